//! The section `[value]`: how lifetime value is forecast and tested.
//!
//! Deliberately not here: the models; this crate only knows their names.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind};

/// Buy-till-you-die models that a run can try, by their configuration names.
pub const VALUE_MODELS: [&str; 6] = ["nbd", "pareto_nbd", "bg_nbd", "mbg_nbd", "bg_cnbd_k", "mbg_cnbd_k"];

/// Machine learning models on customer features, by their configuration names.
pub const LEARNED_MODELS: [&str; 5] = ["linear", "ridge", "random_forest", "xgboost", "lightgbm"];

/// The longest horizon: 50 years.
const MAX_HORIZON_DAYS: u32 = 18_250;

/// More trials or origins would take hours and add no insight.
const MAX_TRIALS: u32 = 200;
const MAX_ORIGINS: u32 = 24;

/// How lifetime value is forecast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LifetimeValue {
    /// Buy-till-you-die models to try; the best of these and the learned models is used.
    pub models: Vec<String>,
    /// Machine learning models to try as well; empty for none.
    pub learned: Vec<String>,
    /// Whether learned models also forecast the number of orders.
    pub orders: bool,
    /// Gross margin; if not set, margins are not forecast.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
    /// Objective of the boosted trees.
    pub objective: Objective,
    /// Hyperparameter trials per boosted tree model on earlier data, besides the defaults.
    pub search_trials: u32,
    /// Whether learned models are also tested by five-fold cross-validation.
    pub cross_validate: bool,
    /// Number of additional, earlier forecast origins for backtests, one holdout period apart.
    pub origins: u32,
    /// Forecast horizon in days.
    pub horizon_days: u32,
    /// Length of the holdout period; if not set, the horizon or a third of the history, whichever is shorter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holdout_days: Option<u32>,
    /// Criterion for choosing the best model.
    pub criterion: Criterion,
    /// Which orders count as one purchase.
    pub grain: Grain,
    /// Time unit of the parameters, `days` or `weeks`.
    pub unit: String,
    /// Discount rate; 0 disables discounting.
    pub discount_rate: f64,
    /// Period of the discount rate.
    pub discount_period: RatePeriod,
    /// Level of the prediction intervals.
    pub interval_level: f64,
    /// Prior standard deviation of the parameters (log scale), for small samples; if not set, maximum
    /// likelihood.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prior_sd: Option<f64>,
}

/// Objective of the boosted trees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// Tweedie deviance: suits many customers without spend and few with high spend.
    #[default]
    Tweedie,
    /// Hurdle model: whether a customer spends, and how much if so.
    Hurdle,
    /// Squared error.
    SquaredError,
}

/// Criterion for choosing the best model, always on the holdout period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// The smallest RMSE of spend.
    #[default]
    Rmse,
    /// The smallest RMSE of purchases.
    PurchasesRmse,
    /// The highest log-likelihood of the purchases.
    LogLikelihood,
}

impl Criterion {
    /// The rule in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Rmse => "the smallest RMSE of spend in the holdout period",
            Self::PurchasesRmse => "the smallest RMSE of purchases in the holdout period",
            Self::LogLikelihood => "the highest log-likelihood of the purchases in the holdout period",
        }
    }
}

/// Which orders are merged into one purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    /// Orders of one calendar day.
    #[default]
    Day,
    /// Orders of one calendar week, Monday to Sunday.
    Week,
}

/// The period of a discount rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum RatePeriod {
    /// 365 days.
    #[default]
    Year,
    /// A twelfth of a year.
    Month,
    /// A day.
    Day,
}

impl Default for LifetimeValue {
    fn default() -> Self {
        Self {
            models: VALUE_MODELS.map(str::to_owned).to_vec(),
            learned: LEARNED_MODELS.map(str::to_owned).to_vec(),
            orders: false,
            margin: None,
            objective: Objective::Tweedie,
            search_trials: 0,
            cross_validate: false,
            origins: 0,
            horizon_days: 180,
            holdout_days: None,
            criterion: Criterion::Rmse,
            grain: Grain::Day,
            unit: "days".to_owned(),
            discount_rate: 0.0,
            discount_period: RatePeriod::Year,
            interval_level: 0.9,
            prior_sd: None,
        }
    }
}

impl LifetimeValue {
    /// Checks value ranges and names.
    ///
    /// Errors: [`Kind::Config`].
    pub(super) fn check(&self) -> Result<(), Error> {
        let fail = |message: String| Err(Error::new(Kind::Config, message));
        if self.models.is_empty() {
            return fail("value.models is empty".to_owned());
        }
        if let Some(name) = self.models.iter().find(|name| !VALUE_MODELS.contains(&name.as_str())) {
            return Err(Error::new(Kind::Config, format!("value.models: there is no model `{name}`"))
                .hint(format!("models are {}", VALUE_MODELS.join(", "))));
        }
        if let Some(name) = self.learned.iter().find(|name| !LEARNED_MODELS.contains(&name.as_str())) {
            return Err(Error::new(Kind::Config, format!("value.learned: there is no model `{name}`"))
                .hint(format!("learned models are {}", LEARNED_MODELS.join(", "))));
        }
        for (list, names) in [("models", &self.models), ("learned", &self.learned)] {
            if let Some((_, twice)) = names.iter().enumerate().find(|(i, name)| names[..*i].contains(name)) {
                return fail(format!("value.{list} names `{twice}` twice"));
            }
        }
        for (name, days) in [("horizon_days", Some(self.horizon_days)), ("holdout_days", self.holdout_days)] {
            if let Some(days) = days
                && !(1..=MAX_HORIZON_DAYS).contains(&days)
            {
                return fail(format!("value.{name} = {days}, expected 1 to {MAX_HORIZON_DAYS} (50 years)"));
            }
        }
        for (name, value, most) in
            [("search_trials", self.search_trials, MAX_TRIALS), ("origins", self.origins, MAX_ORIGINS)]
        {
            if value > most {
                return fail(format!("value.{name} = {value}, expected 0 to {most}"));
            }
        }
        if !matches!(self.unit.as_str(), "days" | "weeks") {
            return fail(format!("value.unit = \"{}\", expected \"days\" or \"weeks\"", self.unit));
        }
        if !(0.0..=1.0).contains(&self.discount_rate) {
            return fail(format!("value.discount_rate = {}, expected 0 to 1", self.discount_rate));
        }
        if let Some(margin) = self.margin.filter(|margin| !(*margin > 0.0 && *margin <= 1.0)) {
            return Err(Error::new(
                Kind::Config,
                format!("value.margin = {margin}, expected more than 0 and at most 1"),
            )
            .hint("0.35 is a gross margin of 35%"));
        }
        if !(0.5..=0.999).contains(&self.interval_level) {
            return fail(format!("value.interval_level = {}, expected 0.5 to 0.999", self.interval_level));
        }
        if let Some(spread) = self.prior_sd
            && !(spread > 0.0 && spread.is_finite())
        {
            return fail(format!("value.prior_sd = {spread}, expected more than 0"));
        }
        Ok(())
    }

    /// The section in a commented file.
    pub(super) fn to_commented_toml(&self) -> String {
        let list = toml::Value::from(self.models.clone()).to_string();
        let learned = toml::Value::from(self.learned.clone()).to_string();
        let word =
            |value: Result<toml::Value, toml::ser::Error>| value.map(|v| v.to_string()).unwrap_or_default();
        let optional = |key: &str, value: Option<String>, example: &str| {
            value.map_or_else(|| format!("# {key} = {example}"), |value| format!("{key} = {value}"))
        };
        format!(
            "\n[value]\n# Buy-till-you-die models to try; the best model overall is used.\nmodels = {list}\n# Machine learning models to try as well; [] for none.\nlearned = {learned}\n# Whether learned models also forecast the number of orders.\norders = {}\n# Gross margin, to forecast margins as well.\n{}\n# Objective of XGBoost and LightGBM: \"tweedie\" (many customers without spend), \"hurdle\" (whether, and how much) or \"squared_error\".\nobjective = {}\n# Hyperparameter trials for each of these two on earlier data, besides the defaults.\nsearch_trials = {}\n# Whether learned models are also tested by five-fold cross-validation.\ncross_validate = {}\n# Number of additional, earlier forecast origins for backtests, one holdout period apart.\norigins = {}\n# Forecast horizon in days.\nhorizon_days = {}\n# Length of the holdout period; if not set, the horizon or a third of the history, whichever is shorter.\n{}\n# Criterion for choosing the best model: \"rmse\" (of spend), \"purchases_rmse\" or \"log_likelihood\".\ncriterion = {}\n# Orders of a customer in one \"day\" or \"week\" count as one purchase.\ngrain = {}\n# Time unit of the model parameters: \"days\" or \"weeks\".\nunit = \"{}\"\n# Discount rate per \"year\", \"month\" or \"day\"; 0 disables discounting.\ndiscount_rate = {:?}\ndiscount_period = {}\n# Level of the prediction intervals.\ninterval_level = {:?}\n# Prior standard deviation of the parameters (log scale); smaller shrinks more, 3 is weakly informative.\n{}\n",
            self.orders,
            optional("margin", self.margin.map(|margin| format!("{margin:?}")), "0.35"),
            word(toml::Value::try_from(self.objective)),
            self.search_trials,
            self.cross_validate,
            self.origins,
            self.horizon_days,
            optional("holdout_days", self.holdout_days.map(|d| d.to_string()), "180"),
            word(toml::Value::try_from(self.criterion)),
            word(toml::Value::try_from(self.grain)),
            self.unit,
            self.discount_rate,
            word(toml::Value::try_from(self.discount_period)),
            self.interval_level,
            optional("prior_sd", self.prior_sd.map(|s| format!("{s:?}")), "2.0"),
        )
    }
}
