//! The section `[value]`: how lifetime value is forecast and judged.
//!
//! Deliberately not here: the models. Their names are words here, so that this crate stays the
//! vocabulary.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind};

/// Models that a run can try, as the configuration names them.
pub const VALUE_MODELS: [&str; 6] = ["nbd", "pareto_nbd", "bg_nbd", "mbg_nbd", "bg_cnbd_k", "mbg_cnbd_k"];

/// Models that learn from features, as the configuration names them.
pub const LEARNED_MODELS: [&str; 5] = ["linear", "ridge", "random_forest", "xgboost", "lightgbm"];

/// The longest time that can be forecast: 50 years.
const LONGEST_HORIZON_DAYS: u32 = 18_250;

/// More settings or earlier days than these take hours and tell nothing new.
const MOST_TRIALS: u32 = 200;
const MOST_ORIGINS: u32 = 24;

/// How lifetime value is forecast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Value {
    /// Models to try; the best of these and the learned ones is used.
    pub models: Vec<String>,
    /// Models that learn from features, to try beside them; empty for none.
    pub learned: Vec<String>,
    /// Whether models also learn how often customers will order.
    pub orders: bool,
    /// What is left of one unit of spend after cost; not given, margins are not forecast.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
    /// What boosted trees minimise.
    pub objective: Objective,
    /// Settings that are tried for each model of boosted trees on earlier days, beside the usual ones.
    pub search_trials: u32,
    /// Whether learned models are also judged by five-fold cross-validation.
    pub cross_validate: bool,
    /// Earlier days at which learned models are judged as well, each a holdout before the next.
    pub origins: u32,
    /// Days ahead that value is forecast for.
    pub horizon_days: u32,
    /// Last days of the history that the forecast is judged on; not given, the horizon or a third of
    /// the history, whichever is shorter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holdout_days: Option<u32>,
    /// By what the best model is chosen.
    pub criterion: Criterion,
    /// What is one purchase.
    pub grain: Grain,
    /// The unit of the parameters, `days` or `weeks`.
    pub unit: String,
    /// Interest by which what is further ahead counts for less; 0 discounts nothing.
    pub discount_rate: f64,
    /// The period that the rate is for.
    pub discount_period: RatePeriod,
    /// The chance that an interval is meant to hold what happens.
    pub interval_level: f64,
    /// Pulls parameters towards plain values, for few customers: the standard deviation of their
    /// logarithms; not given, maximum likelihood.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prior_spread: Option<f64>,
}

/// What boosted trees minimise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// Tweedie deviance: many customers who spend nothing, few who spend much.
    #[default]
    Tweedie,
    /// Two models: whether a customer spends anything, and how much if so.
    Hurdle,
    /// Squared error.
    SquaredError,
}

/// By what the best model is chosen, always on the days held out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// The smallest root mean squared error of spend.
    #[default]
    Rmse,
    /// The smallest root mean squared error of purchases.
    PurchasesRmse,
    /// The highest log-likelihood of the purchases.
    LogLikelihood,
}

impl Criterion {
    /// The rule in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Rmse => "the smallest root mean squared error of spend in the days held out",
            Self::PurchasesRmse => "the smallest root mean squared error of purchases in the days held out",
            Self::LogLikelihood => "the highest log-likelihood of the purchases in the days held out",
        }
    }
}

/// What is merged into one purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    /// The purchases of one calendar day.
    #[default]
    Day,
    /// The purchases of one calendar week, Monday to Sunday.
    Week,
}

/// The period of an interest rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum RatePeriod {
    /// 365 days.
    #[default]
    Year,
    /// The twelfth part of a year.
    Month,
    /// A day.
    Day,
}

impl Default for Value {
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
            prior_spread: None,
        }
    }
}

impl Value {
    /// Checks what types cannot.
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
                .hint(format!("models that learn from features are {}", LEARNED_MODELS.join(", "))));
        }
        for (list, names) in [("models", &self.models), ("learned", &self.learned)] {
            if let Some((_, twice)) = names.iter().enumerate().find(|(i, name)| names[..*i].contains(name)) {
                return fail(format!("value.{list} names `{twice}` twice"));
            }
        }
        for (name, days) in [("horizon_days", Some(self.horizon_days)), ("holdout_days", self.holdout_days)] {
            if let Some(days) = days
                && !(1..=LONGEST_HORIZON_DAYS).contains(&days)
            {
                return fail(format!(
                    "value.{name} = {days}, expected 1 to {LONGEST_HORIZON_DAYS} (50 years)"
                ));
            }
        }
        for (name, value, most) in
            [("search_trials", self.search_trials, MOST_TRIALS), ("origins", self.origins, MOST_ORIGINS)]
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
                format!("value.margin = {margin}, expected above 0, at most 1"),
            )
            .hint("0.35 keeps 35 of 100 after cost"));
        }
        if !(0.5..=0.999).contains(&self.interval_level) {
            return fail(format!("value.interval_level = {}, expected 0.5 to 0.999", self.interval_level));
        }
        if let Some(spread) = self.prior_spread
            && !(spread > 0.0 && spread.is_finite())
        {
            return fail(format!("value.prior_spread = {spread}, expected more than 0"));
        }
        Ok(())
    }

    /// The section as it stands in a commented file.
    pub(super) fn to_commented_toml(&self) -> String {
        let list = toml::Value::from(self.models.clone()).to_string();
        let learned = toml::Value::from(self.learned.clone()).to_string();
        let word =
            |value: Result<toml::Value, toml::ser::Error>| value.map(|v| v.to_string()).unwrap_or_default();
        let optional = |key: &str, value: Option<String>, example: &str| {
            value.map_or_else(|| format!("# {key} = {example}"), |value| format!("{key} = {value}"))
        };
        format!(
            "\n[value]\n# Models to try; the best of them is used.\nmodels = {list}\n# Models that learn from features, to try beside them; [] for none.\nlearned = {learned}\n# Whether models also learn how often customers will order.\norders = {}\n# What is left of one unit of spend after cost, to forecast margins as well.\n{}\n# What XGBoost and LightGBM minimise: \"tweedie\" (many spend nothing, few much), \"hurdle\" (whether, and how much), \"squared_error\".\nobjective = {}\n# Settings that are tried for each of these two on earlier days, beside the usual ones.\nsearch_trials = {}\n# Whether learned models are also judged by five-fold cross-validation.\ncross_validate = {}\n# Earlier days at which learned models are judged as well, each a holdout before the next.\norigins = {}\n# Days ahead that lifetime value is forecast for.\nhorizon_days = {}\n# Last days of the history that forecasts are judged on; not given, the horizon or a third of the history.\n{}\n# By what the best model is chosen: \"rmse\" (of spend), \"purchases_rmse\" or \"log_likelihood\".\ncriterion = {}\n# One purchase is what a customer buys in a \"day\" or a \"week\".\ngrain = {}\n# The unit of the models' parameters: \"days\" or \"weeks\".\nunit = \"{}\"\n# Interest that spend ahead is discounted by, for each \"year\", \"month\" or \"day\"; 0 discounts nothing.\ndiscount_rate = {:?}\ndiscount_period = {}\n# The chance that an interval is meant to hold what happens.\ninterval_level = {:?}\n# Pulls parameters towards plain values, for few customers; 1 is firm, 3 is hardly felt.\n{}\n",
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
            optional("prior_spread", self.prior_spread.map(|s| format!("{s:?}")), "2.0"),
        )
    }
}
