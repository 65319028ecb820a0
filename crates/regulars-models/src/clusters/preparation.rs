//! Feature preparation: missing values, outliers, skew and scale, saved with the model so that new
//! customers are prepared in the same way.
//!
//! For each feature, in this order:
//!
//! 1. **Missing** values become the feature's median. A feature missing for more than `missing_share` of
//!    the customers is dropped: it would mainly say who lacks it.
//! 2. **Winsorising**: values beyond the quantiles `winsor` (type 1: observed values) are set to them.
//! 3. **Log transform** where the skewness is above `log_skewness` and the transform brings it closer to 0:
//!    `ln(1 + x / s)`, with `s` the 10th percentile of the non-zero values. The scale comes from the data, so
//!    dollars or cents, days or hours make no difference. That would tear values of both signs apart at 0: for
//!    them it is `asinh(x / s)`, linear near 0 and logarithmic far from it, with `s` the 90th percentile of
//!    the absolute values if more than a few have either sign.
//! 4. **Standardising** to mean 0 and population standard deviation 1.
//!
//! A feature that is constant after winsorising is dropped, and so is one whose absolute correlation with
//! an earlier feature is above `duplicate_correlation`: it would count twice.

use rayon::prelude::*;
use regulars_stats::clusters::Rows;
use serde::{Deserialize, Serialize};

use super::error::Error;

/// Values of one sign up to this share of the customers count as a few.
const FEW_SHARE: f64 = 0.05;

/// One feature for all customers.
#[derive(Debug, Clone, Copy)]
pub struct Column<'a> {
    /// Feature name.
    pub name: &'a str,
    /// One value per customer; NaN is missing.
    pub values: &'a [f64],
}

/// Preparation settings; see [`super::ClusterParams::check`] for allowed values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PreparationParams {
    /// Whether features are transformed; `false` only fills in missing values and drops constant features.
    pub transform: bool,
    /// Share of missing values above which a feature is dropped.
    pub missing_share: f64,
    /// Quantiles for winsorising.
    pub winsor: [f64; 2],
    /// Skewness above which a log transform is tried.
    pub log_skewness: f64,
    /// Correlation above which a feature counts as a duplicate of an earlier one.
    pub duplicate_correlation: f64,
}

impl Default for PreparationParams {
    fn default() -> Self {
        Self {
            transform: true,
            missing_share: 0.5,
            winsor: [0.005, 0.995],
            log_skewness: 1.0,
            duplicate_correlation: 0.95,
        }
    }
}

/// Fitted preparation of one feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Feature {
    /// Feature name.
    pub name: String,
    /// Replacement for missing values.
    pub median: f64,
    /// Lower winsorising limit.
    pub lower: f64,
    /// Upper winsorising limit.
    pub upper: f64,
    /// Scale of the log transform, if applied.
    pub log_scale: Option<f64>,
    /// Whether it is standardised.
    pub standardised: bool,
    /// Mean after the previous steps.
    pub mean: f64,
    /// Standard deviation after the previous steps; never 0.
    pub deviation: f64,
}

/// A dropped feature and the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Feature name.
    pub name: String,
    /// Reason in words.
    pub reason: String,
}

/// Fitted feature preparation, saved with the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Preparation {
    /// Features used, in the column order of the matrix; at least one.
    pub features: Vec<Feature>,
    /// Features dropped.
    pub dropped: Vec<Dropped>,
}

/// Prepared features of all customers, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    /// Features per row.
    pub width: usize,
    /// All values.
    pub values: Vec<f64>,
}

impl Matrix {
    /// The rows.
    ///
    /// Errors: [`Error::Measure`] if the values do not fill whole rows.
    pub fn rows(&self) -> Result<Rows<'_>, Error> {
        Ok(Rows::new(&self.values, self.width)?)
    }
}

impl Feature {
    /// Prepares a raw value; NaN becomes the median first.
    pub fn prepared(&self, value: f64) -> f64 {
        (self.bent(value) - self.mean) / self.deviation
    }

    fn bent(&self, value: f64) -> f64 {
        let value = if value.is_nan() { self.median } else { value };
        let value = value.clamp(self.lower, self.upper);
        match self.log_scale {
            None => value,
            Some(scale) if self.has_both_signs() => (value / scale).asinh(),
            Some(scale) => value.signum() * (value.abs() / scale).ln_1p(),
        }
    }

    fn has_both_signs(&self) -> bool {
        self.lower < 0.0 && self.upper > 0.0
    }
}

impl Preparation {
    /// Fits the preparation to customers.
    ///
    /// Errors: [`Error::ColumnLength`], [`Error::RepeatedFeature`], [`Error::Infinite`];
    /// [`Error::NoUsableFeature`] if no feature is left.
    pub fn fit(columns: &[Column<'_>], params: &PreparationParams) -> Result<Self, Error> {
        check(columns)?;
        let fitted: Vec<Result<Feature, Dropped>> =
            columns.par_iter().map(|column| fit_one(*column, params)).collect();
        let (mut features, mut dropped) = (Vec::new(), Vec::new());
        let mut kept: Vec<Vec<f64>> = Vec::new();
        for (column, fitted) in columns.iter().zip(fitted) {
            match fitted {
                Err(why) => dropped.push(why),
                Ok(feature) => {
                    let prepared: Vec<f64> =
                        column.values.iter().map(|value| feature.prepared(*value)).collect();
                    if let Some(reason) = copy_of(&prepared, &kept, &features, params) {
                        dropped.push(Dropped { name: feature.name, reason });
                    } else {
                        kept.push(prepared);
                        features.push(feature);
                    }
                }
            }
        }
        if features.is_empty() {
            let reasons: Vec<String> =
                dropped.iter().map(|dropped| format!("`{}` {}", dropped.name, dropped.reason)).collect();
            let reasons = if reasons.is_empty() { "none was given".to_owned() } else { reasons.join("; ") };
            return Err(Error::NoUsableFeature { reasons });
        }
        Ok(Self { features, dropped })
    }

    /// Prepares customers; columns are matched by name, extra ones are ignored.
    ///
    /// Shape: one row per customer, one column per feature used.
    /// Errors: as [`Preparation::fit`], and [`Error::MissingFeature`] if a fitted column is missing.
    pub fn apply(&self, columns: &[Column<'_>]) -> Result<Matrix, Error> {
        check(columns)?;
        let width = self.features.len();
        let rows = columns.first().map_or(0, |column| column.values.len());
        let mut values = vec![0.0; rows * width];
        for (at, feature) in self.features.iter().enumerate() {
            let column = columns
                .iter()
                .find(|column| column.name == feature.name)
                .ok_or_else(|| Error::MissingFeature { name: feature.name.clone() })?;
            for (row, value) in column.values.iter().enumerate() {
                values[row * width + at] = feature.prepared(*value);
            }
        }
        Ok(Matrix { width, values })
    }
}

/// Errors: [`Error::ColumnLength`], [`Error::RepeatedFeature`], [`Error::Infinite`].
pub(super) fn check(columns: &[Column<'_>]) -> Result<(), Error> {
    let rows = columns.first().map_or(0, |column| column.values.len());
    for (at, column) in columns.iter().enumerate() {
        let name = || column.name.to_owned();
        if column.values.len() != rows {
            return Err(Error::ColumnLength { name: name(), expected: rows, found: column.values.len() });
        }
        if columns[..at].iter().any(|other| other.name == column.name) {
            return Err(Error::RepeatedFeature { name: name() });
        }
        if let Some(row) = column.values.iter().position(|value| value.is_infinite()) {
            return Err(Error::Infinite { name: name(), row });
        }
    }
    Ok(())
}

fn fit_one(column: Column<'_>, params: &PreparationParams) -> Result<Feature, Dropped> {
    let name = column.name.to_owned();
    let mut sorted: Vec<f64> = column.values.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let missing = column.values.len() - sorted.len();
    if sorted.is_empty() {
        return Err(Dropped { name, reason: "has no value for any customer".into() });
    }
    let missing_share = missing as f64 / column.values.len() as f64;
    if missing_share > params.missing_share {
        let reason = format!("is missing for {:.0}% of the customers", 100.0 * missing_share);
        return Err(Dropped { name, reason });
    }
    let (lowest, highest) = (sorted[0], sorted[sorted.len() - 1]);
    if lowest >= highest {
        return Err(Dropped { name, reason: "is the same for every customer".into() });
    }
    let reach = lowest.abs().max(highest.abs());
    if !(reach * reach * reach * sorted.len() as f64).is_finite() {
        return Err(Dropped { name, reason: "has values too large to compute with".into() });
    }
    let mut feature = Feature {
        name,
        median: quantile(&sorted, 0.5),
        lower: lowest,
        upper: highest,
        log_scale: None,
        standardised: params.transform,
        mean: 0.0,
        deviation: 1.0,
    };
    if params.transform {
        feature.lower = quantile(&sorted, params.winsor[0]);
        feature.upper = quantile(&sorted, params.winsor[1]);
    }
    if feature.lower >= feature.upper {
        let reason = "is the same for nearly every customer".into();
        return Err(Dropped { name: feature.name, reason });
    }
    if params.transform {
        let plain = moments(column.values.iter().map(|value| feature.bent(*value)));
        if plain.skewness > params.log_skewness {
            let mut sizes: Vec<f64> =
                sorted.iter().map(|value| value.abs()).filter(|value| *value > 0.0).collect();
            sizes.sort_unstable_by(f64::total_cmp);
            // A few refunds below 0 do not make spend a feature of both signs.
            let below = sorted.partition_point(|value| *value < 0.0) as f64 / sorted.len() as f64;
            let two_signs = feature.has_both_signs() && below.min(1.0 - below) > FEW_SHARE;
            let share = if two_signs { 0.9 } else { 0.1 };
            let bent = Feature { log_scale: Some(quantile(&sizes, share)), ..feature.clone() };
            let logged = moments(column.values.iter().map(|value| bent.bent(*value)));
            if logged.skewness.abs() < plain.skewness.abs() {
                feature = bent;
            }
        }
        let Moments { mean, deviation, .. } = moments(column.values.iter().map(|value| feature.bent(*value)));
        // Tolerance for rounding: the standard deviation of equal numbers is not exactly 0.
        if deviation <= 1e-12 * mean.abs() {
            return Err(Dropped { name: feature.name, reason: "is the same for every customer".into() });
        }
        (feature.mean, feature.deviation) = (mean, deviation);
    }
    Ok(feature)
}

/// The smallest value with at least this share of the values at or below it; `sorted` is not empty.
pub(super) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1]
}

struct Moments {
    mean: f64,
    deviation: f64,
    skewness: f64,
}

fn moments(values: impl Iterator<Item = f64> + Clone) -> Moments {
    let count = values.clone().count().max(1) as f64;
    let mean = values.clone().sum::<f64>() / count;
    let (mut squares, mut cubes) = (0.0, 0.0);
    for value in values {
        let apart = value - mean;
        squares += apart * apart;
        cubes += apart * apart * apart;
    }
    let deviation = (squares / count).sqrt();
    let skewness = if deviation > 0.0 { cubes / count / deviation.powi(3) } else { 0.0 };
    Moments { mean, deviation, skewness }
}

/// Reason if the feature duplicates one already used.
fn copy_of(
    prepared: &[f64],
    kept: &[Vec<f64>],
    features: &[Feature],
    params: &PreparationParams,
) -> Option<String> {
    if !params.transform {
        return None;
    }
    let count = prepared.len() as f64;
    // Both are standardised.
    let correlations = kept
        .par_iter()
        .map(|other| prepared.iter().zip(other).map(|(a, b)| a * b).sum::<f64>() / count)
        .collect::<Vec<f64>>();
    let at = correlations.iter().position(|correlation| correlation.abs() > params.duplicate_correlation)?;
    Some(format!("has a correlation of {:.3} with `{}`", correlations[at], features[at].name))
}
