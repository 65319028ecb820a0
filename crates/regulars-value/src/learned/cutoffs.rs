//! Data on every customer at a cutoff: the features of the run, and what a buy-till-you-die model fitted to
//! the same history expects for the target period.
//!
//! Nothing here reads rows from after the cutoff, except for the target.

use std::path::Path;
use std::sync::Arc;

use regulars_core::dates::end_of_day_micros;
use regulars_core::features::FEATURES;
use regulars_core::money::minor_per_major;
use regulars_engine::{Engine, FeatureParams, Inputs, PurchaseRules};
use regulars_learners::Features;
use regulars_models::lifetime::fit::FitSettings;
use regulars_models::lifetime::model::{FittedLifetimeModel, ModelKind};
use regulars_models::lifetime::patterns::Patterns;
use regulars_models::lifetime::time::TimeUnit;

use super::expectation::{EXPECTED, ExpectationModels};
use crate::btyd::spend_model;
use crate::error::{Error, Kind, Result};
use crate::feature_columns::{FeatureColumn, read_features};
use crate::histories::{Calibration, Week};
use crate::outcome::Stop;

/// Features and expectations of the customers at a cutoff, in the order of their ids.
#[derive(Debug)]
pub(crate) struct CutoffData {
    /// The features, then [`EXPECTED`]; shared, because with a million customers they are large.
    pub(super) features: Arc<Features>,
    /// Seasonal factor of the target period, observed a year before.
    pub(crate) season: f64,
}

/// Days of a year, after which seasons repeat.
const YEAR_DAYS: i64 = 365;
/// In the first days of a shop, the model's expectation covers very few customers.
const FIRST_DAYS: i64 = 28;
/// With fewer purchases, a season cannot be distinguished from chance.
const MIN_SEASON_PURCHASES: f64 = 200.0;
/// A larger factor is not seasonal.
const MAX_SEASON_FACTOR: f64 = 2.0;

impl CutoffData {
    /// Features, and expectations for the same customers.
    ///
    /// Errors: columns of other customers, a bug in Regulars.
    pub(super) fn new(mut columns: Vec<FeatureColumn>, expected: [Vec<f64>; 5], season: f64) -> Result<Self> {
        let customers = expected[0].len();
        if columns.iter().any(|column| column.values.len() != customers) {
            return Err(Error::new(
                Kind::Internal,
                "features and histories of a cutoff have different customers",
            ));
        }
        let expected = EXPECTED.into_iter().zip(expected);
        columns.extend(expected.map(|(name, values)| FeatureColumn { name: name.to_owned(), values }));
        let names = columns.iter().map(|column| column.name.clone()).collect();
        let values: Vec<&[f64]> = columns.iter().map(|column| column.values.as_slice()).collect();
        Ok(Self { features: Arc::new(Features::new(names, &values)?), season })
    }

    /// Customers.
    pub(super) fn customers(&self) -> usize {
        self.features.rows()
    }

    /// One of the features.
    pub(super) fn column(&self, name: &str) -> &[f64] {
        let at = self.features.names().iter().position(|other| other == name);
        at.map_or(&[], |at| self.features.column(at))
    }

    /// The given customers, in the order of `rows`.
    pub(super) fn of_rows(&self, rows: &[usize]) -> Self {
        Self { features: Arc::new(self.features.of_rows(rows)), season: self.season }
    }
}

/// At most `most` of so many customers, spread evenly over their ids.
pub(super) fn evenly_spaced(customers: usize, most: usize) -> Vec<usize> {
    (0..customers).step_by(customers.div_ceil(most.max(1)).max(1)).collect()
}

/// Features for learning: all numeric ones.
pub(crate) fn feature_names() -> Vec<String> {
    FEATURES
        .iter()
        .filter(|feature| feature.kind.is_number())
        .map(|feature| feature.name.to_owned())
        .collect()
}

/// Computes the features of all customers who bought by the end of `day`, into `out`.
///
/// Errors: those of the engine.
pub(crate) fn write_features_at(
    engine: &Engine,
    inputs: &Inputs,
    params: &FeatureParams,
    day: i64,
    out: &Path,
) -> Result<()> {
    let rules = PurchaseRules { cutoff_micros: end_of_day_micros(day), ..params.rules.clone() };
    engine.write_features(inputs, &FeatureParams { rules, ..params.clone() }, out)?;
    Ok(())
}

/// Settings of the buy-till-you-die model at a cutoff.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ExpectationSettings<'a> {
    pub(crate) unit: TimeUnit,
    pub(crate) target_days: u32,
    pub(crate) money_decimals: u8,
    pub(crate) settings: &'a FitSettings,
}

impl ExpectationSettings<'_> {
    /// Minor units of one unit of the currency.
    pub(super) fn money_unit(&self) -> f64 {
        minor_per_major(self.money_decimals)
    }

    /// Reads features and adds the expectations of a model of `kind`; `fitted` is the model, if it is already
    /// fitted to these histories. Also returns the models behind the expectations.
    ///
    /// Shape: `kept` has the customers of the file, in its order (checked).
    /// A model that cannot be fitted skips them.
    /// Errors: an unreadable file.
    pub(super) fn cutoff_data(
        &self,
        features: &Path,
        kept: &Calibration,
        kind: ModelKind,
        fitted: Option<&FittedLifetimeModel>,
    ) -> Result<(CutoffData, ExpectationModels), Stop> {
        let columns = read_features(features, &feature_names(), self.money_decimals)?;
        let (expectation_models, expected, season) = self.of(kept, kind, fitted).map_err(Stop::skipped)?;
        Ok((CutoffData::new(columns, expected, season)?, expectation_models))
    }

    /// The models behind the expectations, the columns of [`EXPECTED`] for every customer, and the season.
    fn of(
        &self,
        kept: &Calibration,
        kind: ModelKind,
        fitted: Option<&FittedLifetimeModel>,
    ) -> Result<(ExpectationModels, [Vec<f64>; 5], f64), regulars_models::lifetime::Error> {
        let histories = &kept.then;
        let counted = histories.counted(self.unit)?;
        let purchases = match fitted {
            Some(fitted) => fitted.clone(),
            None => kind.fit(&counted.patterns, self.settings)?,
        };
        let mean = histories.mean_spend(self.money_unit());
        let spend = spend_model(histories, &mean, self.money_unit(), self.settings);
        let expectation_models = ExpectationModels { purchases, spend };
        let expected = expectation_models.columns(histories, &counted, &mean, self.target_days)?;
        let season = self.season(&expectation_models.purchases, &counted.patterns, &kept.weeks)?;
        Ok((expectation_models, expected, season))
    }

    /// Repeat purchases in the target's days a year before, over the model's expectation; 1 if the history is
    /// too short.
    fn season(
        &self,
        fitted: &FittedLifetimeModel,
        patterns: &Patterns,
        weeks: &[Week],
    ) -> Result<f64, regulars_models::lifetime::Error> {
        let to = i64::from(self.target_days) - YEAR_DAYS;
        let from = -YEAR_DAYS;
        let oldest = weeks.first().map_or(0, |week| week.ends_after_days);
        // A target longer than a year covers all seasons.
        if to >= 0 || from - FIRST_DAYS < oldest {
            return Ok(1.0);
        }
        let per_day = 1.0 / fitted.unit.days();
        let times: Vec<f64> = weeks.iter().map(|week| (week.ends_after_days + 1) as f64 * per_day).collect();
        let points = fitted.tracking(patterns, &times)?;
        let in_season = |week: &Week| week.ends_after_days > from && week.ends_after_days <= to;
        let (mut actual, mut expected) = (0.0, 0.0);
        for (week, point) in weeks.iter().zip(&points).filter(|(week, _)| in_season(week)) {
            actual += week.repeat_purchases as f64;
            expected += point.incremental;
        }
        if actual < MIN_SEASON_PURCHASES || expected < MIN_SEASON_PURCHASES {
            return Ok(1.0);
        }
        Ok((actual / expected).clamp(MAX_SEASON_FACTOR.recip(), MAX_SEASON_FACTOR))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regulars_models::lifetime::patterns::{BadRows, Histories, count_patterns};

    use super::*;

    fn column(name: &str, values: &[f64]) -> FeatureColumn {
        FeatureColumn { name: name.to_owned(), values: values.to_vec() }
    }

    fn cutoff_data() -> CutoffData {
        let columns = vec![column("orders", &[1.0, 2.0, f64::NAN]), column("recency", &[9.0, 8.0, 7.0])];
        let expected = [0.0, 0.1, 0.2, 0.3, 0.4].map(|from| vec![from, from + 1.0, from + 2.0]);
        CutoffData::new(columns, expected, 1.25).expect("equal lengths")
    }

    #[test]
    fn expectations_are_the_last_features() {
        let cutoff_data = cutoff_data();
        assert_eq!(cutoff_data.customers(), 3);
        assert_eq!(cutoff_data.features.names()[..2], ["orders", "recency"]);
        assert_eq!(cutoff_data.features.names()[2..], EXPECTED);
        assert_eq!(cutoff_data.column("recency"), [9.0, 8.0, 7.0]);
        assert_eq!(cutoff_data.column("p_alive"), [0.0, 1.0, 2.0]);
        assert_eq!(cutoff_data.column("expected_value"), [0.4, 1.4, 2.4]);
        assert!(cutoff_data.column("no such feature").is_empty());
    }

    #[test]
    fn some_customers_keep_their_features_in_the_order_asked_for() {
        let some = cutoff_data().of_rows(&[2, 0]);
        assert_eq!((some.customers(), some.column("recency")), (2, [7.0, 9.0].as_slice()));
        assert_eq!(some.column("p_purchase"), [2.1, 0.1]);
        assert!((some.season - 1.25).abs() < 1e-12);
    }

    #[test]
    fn columns_of_other_customers_are_a_bug() {
        let expected = || [(); 5].map(|()| vec![1.0, 2.0]);
        let error =
            CutoffData::new(vec![column("orders", &[1.0])], expected(), 1.0).expect_err("one and two");
        assert_eq!(error.kind, Kind::Internal);
        assert!(CutoffData::new(Vec::new(), expected(), 1.0).is_ok());
    }

    #[test]
    fn only_numbers_are_features_to_learn_from() {
        let names = feature_names();
        assert!(!names.is_empty() && !names.contains(&"customer_id".to_owned()));
        for feature in FEATURES {
            assert_eq!(
                names.contains(&feature.name.to_owned()),
                feature.kind.is_number(),
                "{}",
                feature.name
            );
        }
    }

    proptest! {
        #[test]
        fn customers_are_spread_evenly_and_not_more_than_asked_for(
            customers in 0_usize..5000, most in 1_usize..3000,
        ) {
            let rows = evenly_spaced(customers, most);
            prop_assert!(rows.len() <= most && (rows.is_empty() == (customers == 0)));
            if customers <= most {
                prop_assert_eq!(rows, (0..customers).collect::<Vec<usize>>());
            } else {
                let steps: Vec<usize> = rows.windows(2).map(|pair| pair[1] - pair[0]).collect();
                prop_assert!(steps.iter().all(|step| *step == steps[0] && *step >= 2));
                // The next customer would be beyond the last.
                prop_assert!(rows[rows.len() - 1] + customers.div_ceil(most) >= customers);
                // At least half as many as asked for.
                prop_assert!(2 * rows.len() >= most || rows.len() * 2 >= customers);
            }
        }
    }

    /// A shop of 500 days with a model of it, and its weeks with `times` as many purchases as expected.
    fn season_of(target_days: u32, days: i64, times: f64) -> f64 {
        let customers = 3000_u32;
        let x: Vec<f64> = (0..customers).map(|row| f64::from(row % 7)).collect();
        let t: Vec<f64> = (0..customers).map(|row| days as f64 - f64::from(row % 50)).collect();
        let t_x: Vec<f64> = x.iter().zip(&t).map(|(x, t)| t * x / 7.0).collect();
        let histories = Histories { x: &x, t_x: &t_x, t: &t, log_intervals: None, unit: TimeUnit::Days };
        let patterns = count_patterns(&histories, BadRows::Refuse).expect("valid").patterns;
        let settings = FitSettings::default();
        let fitted = ModelKind::ALL[0].fit(&patterns, &settings).expect("fitted");
        let mut weeks: Vec<Week> = (0..days / 7)
            .map(|week| Week { ends_after_days: (week + 1) * 7 - days / 7 * 7, repeat_purchases: 0 })
            .collect();
        let ends: Vec<f64> = weeks.iter().map(|week| (week.ends_after_days + 1) as f64).collect();
        for (week, point) in weeks.iter_mut().zip(fitted.tracking(&patterns, &ends).expect("times")) {
            week.repeat_purchases = (point.incremental * times).round() as u64;
        }
        let expectation =
            ExpectationSettings { unit: TimeUnit::Days, target_days, money_decimals: 2, settings: &settings };
        expectation.season(&fitted, &patterns, &weeks).expect("times")
    }

    #[test]
    fn a_season_is_the_ratio_of_a_year_before_within_reason() {
        assert!((season_of(90, 500, 1.0) - 1.0).abs() < 0.01);
        assert!((season_of(90, 500, 1.4) - 1.4).abs() < 0.01);
        assert!((season_of(90, 500, 0.7) - 0.7).abs() < 0.01);
        // More than twice, or less than half, is not the season.
        assert!((season_of(90, 500, 5.0) - 2.0).abs() < 1e-12);
        assert!((season_of(90, 500, 0.3) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn without_the_days_of_a_year_before_there_is_no_season() {
        // 365 days and 28 more have to be known.
        assert!((season_of(90, 385, 1.5) - 1.0).abs() < 1e-12);
        assert!((season_of(90, 406, 1.5) - 1.5).abs() < 0.01);
        // A target of a year has all seasons.
        assert!((season_of(365, 500, 1.5) - 1.0).abs() < 1e-12);
        // Too few purchases to tell.
        assert!((season_of(90, 500, 0.001) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_unit_of_money_has_its_decimals() {
        let settings = FitSettings::default();
        let of = |money_decimals| {
            ExpectationSettings { unit: TimeUnit::Days, target_days: 1, money_decimals, settings: &settings }
                .money_unit()
        };
        assert_eq!([of(0), of(2), of(3)].map(|unit| unit.round() as i64), [1, 100, 1000]);
    }
}
