//! The card of the learned models that a run keeps, for people and for programs: `models/learned/card.json`.
//!
//! It says what the models were learned from, which features they expect, how they did, and by what their
//! forecasts are brought to the level of all customers; every file beside it is named with its hash.

use std::collections::BTreeMap;

use regulars_learners::file::hash;
use regulars_stats::forecast::{Comparison, Errors};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The folder of the models, within the folder of a run.
pub(super) const FOLDER: &str = "models/learned";

/// The card, and the files that have no library's format.
pub(super) const CARD: &str = "card.json";
pub(super) const EXPECTATION: &str = "expectation.json";
pub(super) const INTERVALS: &str = "intervals.json";

/// How the model of staying away is filed.
pub(super) const CHURN: &str = "churn";

/// What is expected of a customer, among the weights of the blend.
pub(super) const OF_HISTORY: &str = "buy_till_you_die";

/// The version of the card.
pub(super) const FORMAT: u32 = 1;

/// What stands in the file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Sealed {
    pub(super) format: u32,
    /// Of the text of `card`.
    pub(super) hash: String,
    pub(super) card: Value,
}

/// The card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Card {
    /// Versions of the product and of the libraries.
    pub(super) versions: BTreeMap<String, String>,
    pub(super) data: Data,
    /// In the order in which models have them; the last five are what is expected.
    pub(super) features: Vec<FeatureCard>,
    pub(super) expectation: ExpectationCard,
    /// The model that the run's forecasts come from.
    pub(super) chosen: String,
    /// Its key, if it learned.
    pub(super) chosen_key: Option<String>,
    /// In the order of the tables; the blend last.
    pub(super) models: Vec<ModelCard>,
    /// Weights of what is expected and of the models, not below 0.
    pub(super) blend: Vec<Weight>,
    pub(super) churn: ChurnCard,
    /// What the horizon holds of one unit of spend in the target days, of customers of whom nothing is
    /// expected.
    pub(super) over_horizon: f64,
    pub(super) files: Vec<FileCard>,
}

/// What models learned from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Data {
    /// Where the files are named, with their hashes.
    pub(super) inputs: String,
    /// Customers at the analysis date.
    pub(super) customers: usize,
    /// Days, `YYYY-MM-DD`: the first of the shop; the cuts that models learned at, were judged at, and
    /// predict from.
    pub(super) first_day: String,
    pub(super) train_day: String,
    pub(super) judge_day: String,
    pub(super) as_of_day: String,
    /// Days after a cut that spend is learned of.
    pub(super) target_days: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct FeatureCard {
    pub(super) name: String,
    /// Of the customers at the analysis date; who has no value counts as 0.
    pub(super) median: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ExpectationCard {
    /// The buy-till-you-die model that says what to expect.
    pub(super) model: String,
    /// Its parameters and those of the model of spend.
    pub(super) file: String,
    /// What is expected of a customer counts as at least this much, in the currency's unit.
    pub(super) least: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ModelCard {
    /// As the configuration names it.
    pub(super) key: String,
    /// As tables name it.
    pub(super) name: String,
    /// None for the blend.
    pub(super) file: Option<String>,
    /// Whether it says a factor on what is expected, instead of spend.
    pub(super) learns_factor: bool,
    /// What brings its sum to what is expected of all customers.
    pub(super) level: f64,
    pub(super) holdout: Holdout,
    pub(super) note: Option<String>,
}

/// How a model did on the days held out; money in the currency's unit.
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
    /// None where the buy-till-you-die model was nearer to what happened.
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
    pub(super) fn of(spend: &Comparison) -> Self {
        let Errors { mae, rmse, bias, r2 } = spend.errors;
        Self { rmse, mae, r2, bias, gini: spend.gini, spearman: spend.spearman }
    }

    /// The same as it was compared; what the card does not say is left empty.
    pub(super) fn comparison(&self) -> Comparison {
        Comparison {
            errors: Errors { mae: self.mae, rmse: self.rmse, bias: self.bias, r2: self.r2 },
            total_ape: self.bias.map(f64::abs),
            spearman: self.spearman,
            gini: self.gini,
            top_decile_share: None,
            deciles: Vec::new(),
            decile_mape: None,
        }
    }
}

/// The versions of what learned the models.
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
