//! Median time to the next purchase for whole tables; patterns with the same answer are computed once.

use regulars_stats::sums::map_rows;

use super::error::Error;
use super::model::FittedLifetimeModel;
use super::patterns::Patterns;
use super::purchase_probabilities::Groups;

impl FittedLifetimeModel {
    /// Median time to the next purchase of each pattern, given that there is one.
    ///
    /// Shape: one value per pattern, above 0, finite.
    /// Units: the model's time unit.
    /// Errors: [`Error::MixedUnits`].
    pub fn median_next_purchases(&self, patterns: &Patterns) -> Result<Vec<f64>, Error> {
        patterns.check_unit(self.unit)?;
        let groups = Groups::of(patterns, &self.model);
        let medians = map_rows(groups.rows.len(), |group| {
            self.model.forecast_for(&patterns.history(groups.rows[group])).median_next_purchase()
        });
        Ok(groups.of_pattern.into_iter().map(|group| medians[group as usize]).collect())
    }
}

#[cfg(test)]
mod tests {
    use crate::bg_cnbd_k::MBG_CNBD_K;
    use crate::lifetime::fit::FitSettings;
    use crate::lifetime::fixtures::{cdnow, shop};
    use crate::lifetime::model::ModelKind;
    use crate::lifetime::patterns::Patterns;

    fn check(kind: ModelKind, patterns: &Patterns) {
        let fitted = kind.fit(patterns, &FitSettings::default()).unwrap();
        let medians = fitted.median_next_purchases(patterns).unwrap();
        for row in (0..patterns.len()).step_by(37) {
            let one = fitted.model.forecast_for(&patterns.history(row)).next_purchase().median;
            assert!((medians[row] / one - 1.0).abs() < 2e-4, "{kind:?} {row} {} {one}", medians[row]);
        }
    }

    #[test]
    fn the_table_has_what_single_customers_have() {
        for &kind in ModelKind::ALL {
            check(kind, &cdnow().patterns);
        }
        // Regular buyers: k is above 1 there.
        check(MBG_CNBD_K, &shop("retail_one_year").0);
    }
}
