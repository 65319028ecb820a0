//! Files of other customers, read, checked and prepared like a run's own, for its stored models.

use std::path::PathBuf;

use regulars_core::config::{Config, Refunds};
use regulars_engine::{Engine, FeatureParams, Inputs, Options, PurchaseRules};
use regulars_ingest::Ingested;
use regulars_store::Run;

use crate::error::Result;
use crate::feature_columns::FeatureColumn;
use crate::validate::{ValidateRequest, check_purchases};

/// The files that were read.
pub struct NewFiles {
    /// Report, notes and settings of reading.
    pub landed: Ingested,
    /// With the policy and currency of the run.
    pub config: Config,
    /// For plans over the files.
    pub engine: Engine,
    /// The rules that define a purchase.
    pub rules: PurchaseRules,
    /// The clean tables.
    pub inputs: Inputs,
    features: PathBuf,
}

/// Reads files with the run's policy and currency.
///
/// Errors: those of reading; files without a purchase.
pub fn read_as(request: &ValidateRequest<'_>, run: &Run) -> Result<NewFiles> {
    let mut config = Config {
        policy: run.manifest.config.policy.clone(),
        scores: run.manifest.config.scores.clone(),
        ..request.config.clone()
    };
    config.source.money_decimals = Some(run.manifest.money_decimals);
    config.check()?;
    let landed = regulars_ingest::ingest(&ValidateRequest { config: &config, ..request.clone() }.reading())?;
    check_purchases(&landed)?;
    let engine = Engine::new(Options {
        threads: request.threads,
        memory_limit_bytes: None,
        temp_dir: request.scratch.join("engine"),
    })?;
    let rules = PurchaseRules {
        cutoff_micros: landed.as_of_micros,
        orders_are_rows: landed.orders_are_rows,
        negative_rows_are_purchases: config.policy.refunds == Refunds::Keep,
    };
    let inputs = Inputs {
        transactions: request.scratch.join("transactions.parquet"),
        excluded: Some(request.scratch.join("excluded.parquet")),
        returns: Some(request.scratch.join("returns.parquet")),
    };
    let features = request.scratch.join("customer_features.parquet");
    Ok(NewFiles { landed, config, engine, rules, inputs, features })
}

impl NewFiles {
    /// Computes the features of all customers, and returns the path of their table.
    ///
    /// Errors: those of the engine.
    pub fn features(&self) -> Result<&PathBuf> {
        let params = FeatureParams {
            rules: self.rules.clone(),
            categories: self.landed.categories.clone(),
            payment_methods: self.landed.payment_methods.clone(),
        };
        self.engine.write_features(&self.inputs, &params, &self.features)?;
        Ok(&self.features)
    }
}

/// Features that require several orders.
const FROM_SEVERAL_ORDERS: [&str; 3] = ["tenure_days", "days_between_orders_mean", "order_value_deviation"];

/// Part of the names of features for the last days before the analysis date.
const IN_LAST_DAYS: &str = "_last_";

/// Warns about features that no customer here has, but most customers of the run had: the files lack their
/// source, so every customer looks inactive.
///
/// `once`: no customer here has several orders. `consequence`: possible effect.
pub fn missing_features<'a>(
    features_of_run: impl Iterator<Item = &'a str>,
    columns: &[FeatureColumn],
    once: bool,
    consequence: &str,
) -> Option<String> {
    let names: Vec<String> = features_of_run
        // No recent purchases does not mean that files are missing.
        .filter(|name| !name.contains(IN_LAST_DAYS))
        .filter(|name| !(once && FROM_SEVERAL_ORDERS.contains(name)))
        .filter(|name| {
            let column = columns.iter().find(|column| column.name == *name);
            column.is_some_and(|column| column.values.iter().all(|value| value.is_nan() || *value == 0.0))
        })
        .map(|name| format!("`{name}`"))
        .collect();
    (!names.is_empty()).then(|| {
        format!(
            "{} {} 0 or missing for every customer of these files, but not for those of the run: if the run was given \
             files that are missing here (--products, payments), {consequence}",
            names.join(", "),
            if names.len() == 1 { "is" } else { "are" }
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, values: &[f64]) -> FeatureColumn {
        FeatureColumn { name: name.to_owned(), values: values.to_vec() }
    }

    /// Names in the warning, if there is one.
    fn named(features_of_run: &[&str], columns: &[FeatureColumn], once: bool) -> Vec<String> {
        let warning = missing_features(features_of_run.iter().copied(), columns, once, "nothing");
        let words = warning.unwrap_or_default();
        words.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn only_features_that_nobody_has_and_most_had_are_lacking() {
        let columns = [
            column("pieces", &[0.0, f64::NAN]),
            column("categories", &[0.0, 1.0]),
            column("returns", &[f64::NAN, f64::NAN]),
            column("discounts", &[0.0, 0.0]),
        ];
        assert_eq!(named(&["pieces", "categories", "returns"], &columns, false), ["pieces", "returns"]);
        // Not had by the run, or not computed here.
        assert!(named(&["categories", "unknown"], &columns, false).is_empty());
        assert!(named(&[], &columns, false).is_empty());
    }

    #[test]
    fn no_recent_purchase_is_no_missing_file() {
        let columns = [column("orders_last_30d", &[0.0]), column("monetary", &[0.0])];
        assert_eq!(named(&["orders_last_30d", "monetary"], &columns, false), ["monetary"]);
    }

    #[test]
    fn customers_with_one_order_lack_no_gaps() {
        let columns = [
            column("tenure_days", &[0.0]),
            column("days_between_orders_mean", &[f64::NAN]),
            column("pieces", &[0.0]),
        ];
        let features_of_run = ["tenure_days", "days_between_orders_mean", "pieces"];
        assert_eq!(named(&features_of_run, &columns, true), ["pieces"]);
        assert_eq!(named(&features_of_run, &columns, false), features_of_run);
    }

    #[test]
    fn files_without_customers_lack_everything_that_was_had() {
        assert_eq!(named(&["pieces"], &[column("pieces", &[])], false), ["pieces"]);
    }
}
