//! The card of a run's stored learned models, for people and for programs: `models/learned/card.json`.
//!
//! It documents training data, expected features, accuracy, and how forecasts are scaled to the level of all
//! customers; every file beside it is listed with its hash.

use std::collections::BTreeMap;

use regulars_learners::file::hash;
use regulars_stats::forecast_accuracy::{ForecastErrors, ForecastMetrics};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The folder of the models, relative to the run's folder.
pub(super) const FOLDER: &str = "models/learned";

/// The card, and the files in our own formats.
pub(super) const CARD: &str = "card.json";
pub(super) const EXPECTATION: &str = "expectation.json";
pub(super) const INTERVALS: &str = "intervals.json";

/// File name of the churn model.
pub(super) const CHURN: &str = "churn";

/// Key of the buy-till-you-die expectation in the blend weights.
pub(super) const OF_HISTORY: &str = "buy_till_you_die";

/// The version of the card.
pub(super) const FORMAT: u32 = 1;

/// Contents of the file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Sealed {
    pub(super) format: u32,
    /// Hash of the text of `card`.
    pub(super) hash: String,
    pub(super) card: Value,
}

/// The card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Card {
    /// Versions of the program and the libraries.
    pub(super) versions: BTreeMap<String, String>,
    pub(super) data: Data,
    /// In the order of the models; the last five are expectations of the buy-till-you-die model.
    pub(super) features: Vec<FeatureCard>,
    pub(super) expectation: ExpectationCard,
    /// The model used for the run's forecasts.
    pub(super) chosen: String,
    /// Its key, if it is a learned model.
    pub(super) chosen_key: Option<String>,
    /// In the order of the tables; the blend last.
    pub(super) models: Vec<ModelCard>,
    /// Weights of the buy-till-you-die expectation and of the models, at least 0.
    pub(super) blend: Vec<Weight>,
    pub(super) churn: ChurnCard,
    /// Spend over the horizon per unit of spend in the target days, for customers with an expectation of 0.
    pub(super) over_horizon: f64,
    pub(super) files: Vec<FileCard>,
}

/// Training data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Data {
    /// Where the input files are listed, with their hashes.
    pub(super) inputs: String,
    /// Customers at the analysis date.
    pub(super) customers: usize,
    /// Days, `YYYY-MM-DD`: the first of the shop; the training cutoff, the test cutoff, and the forecast
    /// origin.
    pub(super) first_day: String,
    pub(super) train_day: String,
    #[serde(alias = "judge_day")]
    pub(super) test_day: String,
    pub(super) as_of_day: String,
    /// Length of the target period after a cutoff, in days.
    pub(super) target_days: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct FeatureCard {
    pub(super) name: String,
    /// Among customers at the analysis date; missing values count as 0.
    pub(super) median: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ExpectationCard {
    /// The buy-till-you-die model for the expectation features.
    pub(super) model: String,
    /// File with the parameters of this model and of the spend model.
    pub(super) file: String,
    /// Lower bound of a customer's expectation, in the currency's unit.
    #[serde(alias = "least")]
    pub(super) lower_bound: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ModelCard {
    /// Key in the configuration.
    pub(super) key: String,
    /// Name in tables.
    pub(super) name: String,
    /// None for the blend.
    pub(super) file: Option<String>,
    /// Whether it predicts a factor on the expectation, instead of spend.
    pub(super) learns_factor: bool,
    /// Factor that scales its total to the expectation of all customers.
    pub(super) level: f64,
    pub(super) holdout: Holdout,
    pub(super) note: Option<String>,
}

/// Holdout accuracy of a model; money in the currency's unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Holdout {
    pub(super) rmse: f64,
    pub(super) mae: f64,
    pub(super) r2: Option<f64>,
    pub(super) bias: Option<f64>,
    pub(super) gini: Option<f64>,
    pub(super) spearman: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Weight {
    pub(super) key: String,
    pub(super) weight: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ChurnCard {
    pub(super) name: String,
    /// None if the buy-till-you-die model was more accurate.
    pub(super) file: Option<String>,
    pub(super) auc: Option<f64>,
    pub(super) brier: f64,
    pub(super) log_loss: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct FileCard {
    pub(super) name: String,
    pub(super) bytes: usize,
    pub(super) hash: String,
}

impl FileCard {
    pub(super) fn of(name: &str, bytes: &[u8]) -> Self {
        Self { name: name.to_owned(), bytes: bytes.len(), hash: hash(bytes) }
    }
}

impl Holdout {
    pub(super) fn of(spend: &ForecastMetrics) -> Self {
        let ForecastErrors { mae, rmse, bias, r2 } = spend.errors;
        Self { rmse, mae, r2, bias, gini: spend.gini, spearman: spend.spearman }
    }

    /// As compared; fields missing from the card are left empty.
    pub(super) fn metrics(&self) -> ForecastMetrics {
        ForecastMetrics {
            errors: ForecastErrors { mae: self.mae, rmse: self.rmse, bias: self.bias, r2: self.r2 },
            total_ape: self.bias.map(f64::abs),
            spearman: self.spearman,
            gini: self.gini,
            top_decile_share: None,
            deciles: Vec::new(),
            decile_mape: None,
        }
    }
}

/// Versions of the training libraries.
pub(super) fn versions() -> BTreeMap<String, String> {
    [
        ("regulars", env!("CARGO_PKG_VERSION")),
        ("lightgbm", regulars_learners::file::LIGHTGBM_VERSION),
        ("xgboost", regulars_learners::file::XGBOOST_VERSION),
    ]
    .into_iter()
    .map(|(name, version)| (name.to_owned(), version.to_owned()))
    .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regulars_stats::forecast_accuracy::forecast_metrics;

    use super::*;

    proptest! {
        #[test]
        fn accuracy_is_compared_as_it_was_measured(
            rows in prop::collection::vec((0.0_f64..1e4, 0.0_f64..1e4), 2..40),
        ) {
            let (actual, forecast): (Vec<f64>, Vec<f64>) = rows.into_iter().unzip();
            let measured = forecast_metrics(&actual, &forecast).expect("rows");
            let text = serde_json::to_string(&Holdout::of(&measured)).expect("text");
            let again = serde_json::from_str::<Holdout>(&text).expect("read").metrics();
            prop_assert_eq!(again.errors, measured.errors);
            prop_assert_eq!((again.gini, again.spearman), (measured.gini, measured.spearman));
            prop_assert_eq!(again.total_ape, measured.total_ape);
            // What is not on the card is left empty.
            prop_assert!(again.deciles.is_empty() && again.decile_mape.is_none());
            prop_assert!(again.top_decile_share.is_none());
        }
    }

    #[test]
    fn a_file_is_listed_with_its_length_and_hash() {
        let card = FileCard::of("a.json", b"abc");
        assert_eq!((card.name.as_str(), card.bytes), ("a.json", 3));
        assert_ne!(card.hash, FileCard::of("a.json", b"abd").hash);
        assert_eq!(card, FileCard::of("a.json", b"abc"));
        assert_eq!(FileCard::of("b.json", b"abc").hash, card.hash);
    }

    #[test]
    fn versions_are_those_of_the_program_and_two_libraries() {
        let names: Vec<String> = versions().into_keys().collect();
        assert_eq!(names, ["lightgbm", "regulars", "xgboost"]);
        assert!(
            versions().values().all(|version| version.chars().next().is_some_and(|c| c.is_ascii_digit()))
        );
    }
}
