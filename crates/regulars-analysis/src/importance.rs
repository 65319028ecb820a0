//! Permutation importance: how much a forecast needs each feature.

use regulars_core::tables::feature_importance::{COLUMNS, Row};

/// Column names, in files, of the importance and its standard deviation.
pub const NAMES: [&str; 2] = [COLUMNS.rmse_increase_minor.name, COLUMNS.rmse_increase_sd_minor.name];

/// A feature of the best learned model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Importance<'a> {
    /// The model.
    pub model: &'a str,
    /// The feature.
    pub feature: &'a str,
    /// Rise in holdout RMSE when its values are shuffled, minor units.
    pub rise_minor: f64,
    /// Standard deviation over the shuffles; 0 if unknown.
    pub rise_sd_minor: f64,
    /// Mean absolute contribution to a forecast, minor units.
    pub mean_contribution_minor: f64,
}

/// The features by importance, most important first.
///
/// Shape: the rows with a permutation importance, which only the best learned model has.
pub fn by_importance(rows: &[Row]) -> Vec<Importance<'_>> {
    let mut found: Vec<Importance<'_>> = Vec::new();
    for row in rows {
        found.extend(row.rmse_increase_minor.map(|rise_minor| Importance {
            model: &row.model,
            feature: &row.feature,
            rise_minor,
            rise_sd_minor: row.rmse_increase_sd_minor.unwrap_or(0.0),
            mean_contribution_minor: row.mean_contribution_minor,
        }));
    }
    found.sort_by(|a, b| b.rise_minor.total_cmp(&a.rise_minor));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_ranked_and_those_of_other_models_left_out() {
        let row = |feature: &str, rise: Option<f64>| Row {
            feature: feature.to_owned(),
            rmse_increase_minor: rise,
            ..Row::default()
        };
        let rows = [row("tenure_days", Some(2.0)), row("recency_days", Some(9.0)), row("monetary", None)];
        let found: Vec<&str> = by_importance(&rows).iter().map(|one| one.feature).collect();
        assert_eq!(found, ["recency_days", "tenure_days"]);
    }
}
