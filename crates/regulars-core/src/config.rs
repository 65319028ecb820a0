//! The configuration: one TOML file, every key with a default.
//!
//! Deliberately not here: file access, the environment and command-line flags.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::columns::Column;
use crate::dates;
use crate::error::{Error, Kind};
use crate::features::FEATURES;

mod policy;
mod serve;
mod setting;
mod source;
mod value;

pub use policy::{Duplicates, Guests, Meaning, Placeholders, Policy, RefundMatching, Refunds, ZeroAmounts};
pub use serve::{Serve, ServePg};
pub use source::{AmountIs, DiscountIs, Encoding, GroupRows, Source};
pub use value::{Criterion, Grain, LEARNED_MODELS, LifetimeValue, Objective, RatePeriod, VALUE_MODELS};

/// Everything a user can set in `regulars.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The version of this file's format; 1.
    pub version: u32,
    /// The format of the files.
    pub source: Source,
    /// Regulars field = column of the file.
    pub mapping: BTreeMap<Column, String>,
    /// What counts as a purchase.
    pub policy: Policy,
    /// How returns and cancellations are matched with orders if `policy.refunds` is `match`.
    pub refunds: RefundMatching,
    /// When a finding becomes an error.
    pub validation: Validation,
    /// How customers are scored.
    pub scores: Scores,
    /// How scores become segments.
    pub segments: Segments,
    /// How customers are clustered.
    pub clusters: Clusters,
    /// How lifetime value is forecast.
    pub value: LifetimeValue,
    /// Access to the pages; never stored in a run.
    #[serde(skip_serializing)]
    pub serve: Serve,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            version: 1,
            source: Source::default(),
            mapping: BTreeMap::new(),
            policy: Policy::default(),
            refunds: RefundMatching::default(),
            validation: Validation::default(),
            scores: Scores::default(),
            segments: Segments::default(),
            clusters: Clusters::default(),
            value: LifetimeValue::default(),
            serve: Serve::default(),
        }
    }
}

/// When a finding becomes an error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Validation {
    /// Invalid dates or amounts above this share of rows are an error.
    pub max_unreadable_share: f64,
    /// Rows without a customer above this share are an error.
    pub max_missing_customer_share: f64,
    /// An amount is an outlier if its logarithm is more than this many interquartile ranges beyond the
    /// quartiles.
    pub outlier_fence: f64,
    /// A gap of at least this many days without an order is reported.
    pub min_gap_days: u32,
}

impl Default for Validation {
    fn default() -> Self {
        Self {
            max_unreadable_share: 0.05,
            max_missing_customer_share: 0.5,
            outlier_fence: 3.0,
            min_gap_days: 14,
        }
    }
}

/// How values become scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Quantiles; equal values get equal scores.
    #[default]
    Quantile,
    /// Like SQL's NTILE: groups of equal size, ties broken by customer id.
    Ntile,
    /// Fixed thresholds.
    Thresholds,
}

/// How customers are scored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scores {
    /// The method.
    pub method: Method,
    /// Number of score levels; scores run from 1 to this.
    pub classes: u8,
    /// Score frequency within each recency score, and monetary within each frequency score.
    pub nested: bool,
    /// Weights of R, F and M in the weighted score.
    pub weights: [f64; 3],
    /// Thresholds of the method `thresholds`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thresholds: Option<Thresholds>,
}

impl Default for Scores {
    fn default() -> Self {
        Self {
            method: Method::Quantile,
            classes: 5,
            nested: false,
            weights: [0.5, 0.3, 0.2],
            thresholds: None,
        }
    }
}

/// Ascending thresholds; a value above n of them is in class n + 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Days since the last order; fewer days give a higher score.
    pub recency_days: Vec<i64>,
    /// Orders.
    pub frequency: Vec<i64>,
    /// Spend, in the currency's unit.
    pub monetary: Vec<f64>,
}

/// How scores become segments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Segments {
    /// `classic`, `eleven`, or the path of a TOML file with rules.
    pub rules: String,
}

impl Default for Segments {
    fn default() -> Self {
        Self { rules: "classic".to_owned() }
    }
}

/// How customers are clustered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Clusters {
    /// Columns of `customer_features` and `rfm_scores` to cluster on.
    pub features: Vec<String>,
    /// Number of clusters; chosen from the data if not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clusters: Option<usize>,
    /// Smallest number of clusters tried.
    pub clusters_min: usize,
    /// Largest number of clusters tried.
    pub clusters_max: usize,
    /// K-means starts per number of clusters.
    pub starts: usize,
    /// Refits on resampled customers to measure stability; 0 skips it.
    pub bootstraps: usize,
    /// Reference data sets of the gap statistic; 0 skips it.
    pub gap_references: usize,
    /// The silhouette is exact up to this many customers, and computed on a sample above.
    pub silhouette_exact_rows: usize,
}

/// Default clustering features.
pub const CLUSTER_FEATURES: [&str; 14] = [
    "recency_days",
    "frequency_orders",
    "monetary",
    "r_score",
    "f_score",
    "m_score",
    "rfm_score",
    "rfm_weighted_score",
    "average_order_value",
    "order_value_deviation",
    "tenure_days",
    "days_between_orders_mean",
    "distinct_categories",
    "distinct_payment_methods",
];

/// Columns of `rfm_scores` that can be used for clustering besides the numeric features.
pub const SCORE_FEATURES: [&str; 5] = ["r_score", "f_score", "m_score", "rfm_score", "rfm_weighted_score"];

impl Default for Clusters {
    fn default() -> Self {
        let mut features: Vec<String> = CLUSTER_FEATURES.iter().map(|f| (*f).to_owned()).collect();
        features.push("quantity_per_order_mean".to_owned());
        Self {
            features,
            clusters: None,
            clusters_min: 2,
            clusters_max: 10,
            starts: 10,
            bootstraps: 10,
            gap_references: 0,
            silhouette_exact_rows: 60_000,
        }
    }
}

impl Clusters {
    fn check(&self) -> Result<(), Error> {
        let fail = |message: String| Err(Error::new(Kind::Config, message));
        let known = |name: &str| {
            SCORE_FEATURES.contains(&name) || FEATURES.iter().any(|f| f.name == name && f.kind.is_number())
        };
        if let Some(unknown) = self.features.iter().find(|name| !known(name)) {
            return Err(Error::new(
                Kind::Config,
                format!("clusters.features: there is no numeric feature `{unknown}`"),
            )
            .hint("docs/features.md lists the features; r_score, f_score, m_score, rfm_score and rfm_weighted_score also work"));
        }
        if self.features.is_empty() {
            return fail("clusters.features is empty".to_owned());
        }
        if let Some(twice) =
            self.features.iter().enumerate().find(|(i, f)| self.features[..*i].contains(f)).map(|(_, f)| f)
        {
            return fail(format!("clusters.features names `{twice}` twice"));
        }
        if self.clusters.is_some_and(|k| !(1..=100).contains(&k)) {
            return fail(format!("clusters.clusters = {}, expected 1 to 100", self.clusters.unwrap_or(0)));
        }
        if self.clusters_min < 2 || self.clusters_max < self.clusters_min || self.clusters_max > 100 {
            return fail(format!(
                "clusters.clusters_min = {} and clusters_max = {}, expected 2 to 100 and min <= max",
                self.clusters_min, self.clusters_max
            ));
        }
        if !(1..=1000).contains(&self.starts) {
            return fail(format!("clusters.starts = {}, expected 1 to 1000", self.starts));
        }
        for (name, value) in [("bootstraps", self.bootstraps), ("gap_references", self.gap_references)] {
            if value > 1000 {
                return fail(format!("clusters.{name} = {value}, expected 0 (none) to 1000"));
            }
        }
        Ok(())
    }
}

impl Config {
    /// Reads and checks a configuration; `origin` names it in errors.
    ///
    /// Errors: [`Kind::Config`] for invalid TOML, an unknown key, or a value out of range.
    pub fn parse(text: &str, origin: &str) -> Result<Self, Error> {
        let config: Self = toml::from_str(text).map_err(|e| {
            let line = e.span().map_or(1, |s| text[..s.start.min(text.len())].matches('\n').count() + 1);
            Error::new(Kind::Config, format!("`{origin}`, line {line}: {}", e.message())).hint(
                renamed(e.message()).unwrap_or("`regulars init` writes a file with every key at its default"),
            )
        })?;
        config.check().map_err(|e| Error { message: format!("`{origin}`: {}", e.message), ..e })?;
        Ok(config)
    }

    /// Checks value ranges and combinations.
    ///
    /// Errors: [`Kind::Config`].
    pub fn check(&self) -> Result<(), Error> {
        let fail = |message: String| Err(Error::new(Kind::Config, message));
        if self.version != 1 {
            return fail(format!("version = {}, this build reads version 1", self.version));
        }
        if let Some(name) = &self.source.timezone {
            dates::zone(name)?;
        }
        self.source.check()?;
        self.refunds.check()?;
        let v = &self.validation;
        for (name, share) in [
            ("max_unreadable_share", v.max_unreadable_share),
            ("max_missing_customer_share", v.max_missing_customer_share),
        ] {
            if !(0.0..=1.0).contains(&share) {
                return fail(format!("validation.{name} = {share}, expected 0 to 1"));
            }
        }
        if !(v.outlier_fence > 0.0) {
            return fail(format!("validation.outlier_fence = {}, expected more than 0", v.outlier_fence));
        }
        self.clusters.check()?;
        self.value.check()?;
        self.check_scores()
    }

    fn check_scores(&self) -> Result<(), Error> {
        let fail = |message: String| Err(Error::new(Kind::Config, message));
        let scores = &self.scores;
        if !(2..=10).contains(&scores.classes) {
            return fail(format!("scores.classes = {}, expected 2 to 10", scores.classes));
        }
        let sum: f64 = scores.weights.iter().sum();
        if scores.weights.iter().any(|w| !(*w >= 0.0)) || (sum - 1.0).abs() > 1e-9 {
            return fail(format!(
                "scores.weights = {:?}: expected three non-negative numbers that add up to 1",
                scores.weights
            ));
        }
        if scores.method != Method::Thresholds {
            return Ok(());
        }
        let Some(thresholds) = &scores.thresholds else {
            return Err(Error::new(
                Kind::Config,
                "scores.method is `thresholds` but there is no [scores.thresholds]",
            )
            .hint("set recency_days, frequency and monetary, each with one value fewer than classes"));
        };
        let wanted = usize::from(scores.classes) - 1;
        let monetary_rises = thresholds.monetary.windows(2).all(|w| w[0] < w[1]);
        let rises = |cuts: &[i64]| cuts.windows(2).all(|w| w[0] < w[1]);
        for (name, len, ascending) in [
            ("recency_days", thresholds.recency_days.len(), rises(&thresholds.recency_days)),
            ("frequency", thresholds.frequency.len(), rises(&thresholds.frequency)),
            (
                "monetary",
                thresholds.monetary.len(),
                monetary_rises && thresholds.monetary.iter().all(|m| m.is_finite()),
            ),
        ] {
            if len != wanted || !ascending {
                return fail(format!("scores.thresholds.{name}: expected {wanted} ascending thresholds"));
            }
        }
        Ok(())
    }

    /// A commented file with every key and this configuration's values; keys that are detected from the files
    /// are commented out.
    pub fn to_commented_toml(&self) -> String {
        let mut out = String::from(
            "# Configuration of Regulars. Every key is optional; keys that are commented out are\n# detected from the files, or have the default shown.\nversion = 1\n\n[source]\n",
        );
        self.source.write_commented(&mut out);
        out.push_str(
            "\n# Regulars field = column of the file. Fields not listed here are detected.\n[mapping]\n",
        );
        let quoted_name = |text: &str| toml::Value::String(text.to_owned()).to_string();
        for column in Column::ALL {
            match self.mapping.get(&column) {
                Some(name) => {
                    out.push_str(&format!(
                        "{} = {}  # {}\n",
                        column.name(),
                        quoted_name(name),
                        column.meaning()
                    ));
                }
                None => out.push_str(&format!("# {} = \"\"  # {}\n", column.name(), column.meaning())),
            }
        }
        self.policy.write_commented(&mut out);
        self.refunds.write_commented(&mut out);
        let word = |value: toml::Value| value.to_string();
        let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
        let v = &self.validation;
        out.push_str(&format!(
            "\n[validation]\n# Shares of rows above which a finding is an error (exit code 1).\nmax_unreadable_share = {:?}\nmax_missing_customer_share = {:?}\n# Report an amount as an outlier this many interquartile ranges beyond the quartiles (log scale).\noutlier_fence = {:?}\n# Report gaps of at least this many days without an order.\nmin_gap_days = {}\n",
            v.max_unreadable_share, v.max_missing_customer_share, v.outlier_fence, v.min_gap_days
        ));
        let c = &self.scores;
        out.push_str(&format!(
            "\n[scores]\n# \"quantile\" (equal values, equal scores), \"ntile\" (groups of equal size, ties broken by customer id) or \"thresholds\".\nmethod = {}\nclasses = {}\n# true: score frequency within each recency score, and monetary within each frequency score.\nnested = {}\n# Weights of recency, frequency and monetary in the weighted score.\nweights = {:?}\n",
            toml::Value::try_from(c.method).map(word).unwrap_or_default(), c.classes, c.nested, c.weights
        ));
        match &c.thresholds {
            Some(t) => out.push_str(&format!(
                "\n[scores.thresholds]\nrecency_days = {:?}\nfrequency = {:?}\nmonetary = {:?}\n",
                t.recency_days, t.frequency, t.monetary
            )),
            None => out.push_str("\n# For method = \"thresholds\": ascending, one fewer than there are classes.\n# [scores.thresholds]\n# recency_days = [30, 90, 180, 365]\n# frequency = [1, 2, 4, 8]\n# monetary = [50.0, 100.0, 250.0, 500.0]\n"),
        }
        out.push_str(&format!(
            "\n[segments]\n# \"classic\", \"eleven\", or the path of a TOML file with your own rules.\nrules = {}\n",
            quoted(&self.segments.rules)
        ));
        let k = &self.clusters;
        let features: String = k.features.iter().map(|f| format!("    {},\n", quoted(f))).collect();
        let forced = k.clusters.map_or_else(|| "# clusters = 5".to_owned(), |n| format!("clusters = {n}"));
        out.push_str(&format!(
            "\n[clusters]\n# Features to cluster on; docs/features.md lists all.\nfeatures = [\n{features}]\n# Number of clusters; if not set, chosen from the data within the two limits below.\n{forced}\nclusters_min = {}\nclusters_max = {}\n# K-means starts per number of clusters.\nstarts = {}\n# Refits on resampled customers to measure stability; 0 skips it.\nbootstraps = {}\n# Reference data sets of the gap statistic (slow); 0 skips it.\ngap_references = {}\n# The silhouette is exact up to this many customers, and computed on a sample above.\nsilhouette_exact_rows = {}\n",
            k.clusters_min, k.clusters_max, k.starts, k.bootstraps, k.gap_references, k.silhouette_exact_rows
        ));
        out.push_str(&self.value.to_commented_toml());
        out.push_str(serve::COMMENTED);
        out
    }
}

/// The new name of a key or value of earlier versions.
fn renamed(message: &str) -> Option<&'static str> {
    const KEYS: [(&str, &str); 3] = [
        ("`total_repeats`", "renamed to `amount_is`: \"order\" for true, \"row\" for false"),
        ("`prior_spread`", "renamed to `prior_sd`"),
        ("unknown variant `apart`", "renamed to \"separate\""),
    ];
    KEYS.iter().find(|(old, _)| message.contains(old)).map(|(_, hint)| *hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dates::DateOrder;

    #[test]
    fn the_commented_file_is_the_default() {
        let text = Config::default().to_commented_toml();
        assert_eq!(Config::parse(&text, "default").expect("parses"), Config::default());
        // Every commented key must be a valid key.
        let is_key = |line: &str| {
            let name = line.split(" = ").next().unwrap_or("");
            line.contains(" = ") && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        };
        let uncommented: String = text
            .lines()
            .map(|l| match l.strip_prefix("# ") {
                Some(rest) if is_key(rest) || rest.starts_with('[') => format!("{rest}\n"),
                _ => format!("{l}\n"),
            })
            .collect();
        let all = Config::parse(&uncommented, "uncommented").expect("parses");
        assert_eq!(all.mapping.len(), Column::ALL.len());
        assert!(all.source.preset.is_some() && all.scores.thresholds.is_some());
        assert!(all.clusters.clusters.is_some());
        assert!(all.value.holdout_days.is_some() && all.value.prior_sd.is_some());
    }

    #[test]
    fn a_full_file_survives_being_written_and_read() {
        let mut config = Config::default();
        config.source.decimal_comma = Some(true);
        config.source.delimiter = Some('\t');
        config.source.encoding = Some(Encoding::new("windows-1250"));
        config.source.sheet = Some("Orders \"2024\"".to_owned());
        config.source.date_order = Some(DateOrder::DayFirst);
        config.mapping.insert(Column::CustomerId, "Kunde \"A\"".to_owned());
        config.policy.zero_amounts = Some(ZeroAmounts::Exclude);
        config.policy.completed_statuses = Some(vec!["ok".to_owned()]);
        config.clusters.clusters = Some(5);
        config.clusters.features.truncate(3);
        config.scores.method = Method::Thresholds;
        config.scores.thresholds = Some(Thresholds {
            recency_days: vec![1, 2, 3, 4],
            frequency: vec![1, 2, 3, 4],
            monetary: vec![0.5, 1.0, 2.0, 3.0],
        });
        assert_eq!(Config::parse(&config.to_commented_toml(), "full").expect("parses"), config);
    }

    #[test]
    fn old_keys_and_values_say_their_new_name() {
        for (setting, hint) in [
            ("source.total_repeats=true", "renamed to `amount_is`: \"order\" for true, \"row\" for false"),
            ("value.prior_spread=1", "renamed to `prior_sd`"),
            ("policy.guests=apart", "renamed to \"separate\""),
        ] {
            let failure = Config::default().with_setting(setting).expect_err(setting);
            assert_eq!(failure.hint.as_deref(), Some(hint), "{}", failure.message);
        }
        let failure = Config::parse("[policy]\nguests = \"apart\"", "x").expect_err("an old value");
        assert_eq!((failure.kind, failure.hint.as_deref()), (Kind::Config, Some("renamed to \"separate\"")));
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        for (text, expected) in [
            ("version = 1\n[scores]\nmethd = \"ntile\"\n", "`x`, line 3: unknown field `methd`"),
            ("version = 2", "version = 2"),
            ("[scores]\nclasses = 1", "scores.classes = 1"),
            ("[scores]\nweights = [0.5, 0.5, 0.5]", "add up to 1"),
            ("[scores]\nmethod = \"thresholds\"", "no [scores.thresholds]"),
            ("[source]\ntimezone = \"Mars\"", "`Mars` is not a time zone"),
            ("[clusters]\nfeatures = [\"favourite_category\"]", "no numeric feature `favourite_category`"),
            ("[clusters]\nclusters_min = 9\nclusters_max = 3", "clusters_min = 9"),
            ("[clusters]\ngap_references = 5000", "clusters.gap_references = 5000"),
            ("[value]\nhorizon_days = 0", "value.horizon_days = 0"),
            ("[value]\nmodels = [\"arima\"]", "no model `arima`"),
            ("[mapping]\ncustomer = \"x\"", "unknown variant `customer`"),
            ("[validation]\noutlier_fence = nan", "outlier_fence"),
        ] {
            let message = Config::parse(text, "x").expect_err(text).message;
            assert!(message.contains(expected), "{message} should contain {expected}");
        }
    }
}
