//! The run to compare with: the latest one with an earlier analysis date.
//!
//! Runs of the same day are skipped: nothing has happened since, and a repeated run must give the same bytes.
//! Deliberately not here: movements of customers between runs (`regulars_store::diff`).

use regulars_core::config::Config;
use regulars_core::dates::format_timestamp;
use regulars_core::summary::RunSummary;
use regulars_ingest::Ingested;
use regulars_store::{Dataset, Run};
use serde::Serialize;

/// Segments of the earlier run.
#[derive(Serialize)]
pub(crate) struct PreviousRun {
    /// Its analysis date, `YYYY-MM-DD`.
    pub(crate) as_of: String,
    summary: RunSummary,
    /// Whether its currency and horizon equal those of this run.
    values_compare: bool,
}

impl PreviousRun {
    /// Customers in a segment at the time.
    pub(crate) fn customers(&self, segment: &str) -> Option<u64> {
        self.summary.segments.iter().find(|known| known.segment == segment).map(|known| known.customers)
    }

    /// Their expected spend; 0 for an empty segment.
    pub(crate) fn predicted_minor(&self, segment: &str) -> Option<i64> {
        let value = self.summary.value.as_ref().filter(|_| self.values_compare)?;
        let group = value.groups.iter().find(|group| group.grouping == "segment" && group.name == segment);
        match (group, self.customers(segment)) {
            (Some(group), _) => Some(group.predicted_ltv_minor),
            (None, customers) => customers.filter(|customers| *customers == 0).map(|_| 0),
        }
    }
}

/// The run to compare with; none if no comparable run can be read.
///
/// `scoring` is the scoring method and rule set, in words: runs with others have other segments.
pub(crate) fn latest_comparable(
    dataset: &Dataset,
    ingested: &Ingested,
    config: &Config,
    scoring: &str,
) -> Option<PreviousRun> {
    let now = format_timestamp(ingested.as_of_micros);
    let comparable = |run: &Run| {
        let earlier = &run.manifest.config;
        run.manifest.as_of < now && earlier.segments == config.segments && earlier.scores == config.scores
    };
    // On ties, the newest comes first.
    let runs = dataset.runs().ok()?.complete;
    let mut earlier: Vec<&Run> = runs.iter().filter(|run| comparable(run)).collect();
    earlier.sort_by(|one, other| other.manifest.as_of.cmp(&one.manifest.as_of));
    // A rule set of the same name may have changed.
    let mut summaries = earlier.into_iter().filter_map(|run| run.summary().ok());
    let summary = summaries.find(|summary| summary.scoring == scoring)?;
    Some(PreviousRun {
        as_of: summary.as_of.clone(),
        values_compare: summary.money_decimals == ingested.money_decimals
            && summary.value.as_ref().is_some_and(|value| value.horizon_days == config.value.horizon_days),
        summary,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use regulars_core::dates::end_of_day_micros;

    use super::*;
    use crate::testing::{FIRST_DAY, Shop, orders};
    use crate::{RunOptions, StepSelection};

    #[test]
    fn the_run_before_is_the_latest_of_an_earlier_date_with_the_same_segments() {
        let shop = Shop::new(orders(80, 120, 9));
        let options = RunOptions { steps: StepSelection::parse("scores").expect("known"), ..shop.options() };
        let until = |day: i64| RunOptions {
            as_of_micros: Some(end_of_day_micros(FIRST_DAY + day)),
            ..options.clone()
        };
        // In this order: the dates of the data count, not those of the runs.
        let mut runs = Vec::new();
        for (day, now) in
            [(90, "2024-01-01T10:00:00Z"), (60, "2024-01-02T10:00:00Z"), (119, "2024-01-03T10:00:00Z")]
        {
            runs.push(shop.run(&until(day), now));
        }
        let scoring = runs[0].summary.scoring.clone();
        let (input_paths, config, scratch) =
            (shop.input_paths(), options.config.clone(), shop.folder.path().join("landed"));
        let mut landed = regulars_ingest::ingest(&Shop::request(&input_paths, &config, &scratch).reading())
            .expect("orders");
        let of = |landed: &Ingested, config: &Config, scoring: &str| {
            latest_comparable(&shop.dataset, landed, config, scoring)
                .map(|latest_comparable| latest_comparable.as_of)
        };
        landed.as_of_micros = end_of_day_micros(FIRST_DAY + 119);
        assert_eq!(of(&landed, &config, &scoring), Some(runs[0].summary.as_of.clone()));
        landed.as_of_micros = end_of_day_micros(FIRST_DAY + 90);
        assert_eq!(of(&landed, &config, &scoring), Some(runs[1].summary.as_of.clone()));
        landed.as_of_micros = end_of_day_micros(FIRST_DAY + 60);
        assert_eq!(of(&landed, &config, &scoring), None);
        landed.as_of_micros = end_of_day_micros(FIRST_DAY + 500);
        assert_eq!(of(&landed, &config, &scoring), Some(runs[2].summary.as_of.clone()));
        // Other rules, or the same rules in other words, have other segments.
        let mut eleven = config.clone();
        eleven.segments.rules = "eleven".to_owned();
        assert_eq!(of(&landed, &eleven, &scoring), None);
        assert_eq!(of(&landed, &config, "other words"), None);
        let mut nested = config.clone();
        nested.scores.nested = true;
        assert_eq!(of(&landed, &nested, &scoring), None);
        // Customers by segment are those of the run; value it had none.
        let found = latest_comparable(&shop.dataset, &landed, &config, &scoring).expect("a run");
        let mut names = BTreeSet::new();
        for segment in &runs[2].summary.segments {
            assert_eq!(found.customers(&segment.segment), Some(segment.customers));
            assert_eq!(found.predicted_minor(&segment.segment), None);
            names.insert(segment.segment.as_str());
        }
        assert!(!names.is_empty());
        assert_eq!(found.customers("no such segment"), None);
    }

    #[test]
    fn values_compare_only_over_the_same_horizon() {
        let shop = Shop::usual();
        let earlier = RunOptions { as_of_micros: Some(end_of_day_micros(FIRST_DAY + 330)), ..shop.options() };
        let then = shop.run(&earlier, "2024-01-01T10:00:00Z");
        let scoring = then.summary.scoring.clone();
        let (input_paths, config, scratch) =
            (shop.input_paths(), earlier.config.clone(), shop.folder.path().join("landed"));
        let landed = regulars_ingest::ingest(&Shop::request(&input_paths, &config, &scratch).reading())
            .expect("orders");
        let found = latest_comparable(&shop.dataset, &landed, &config, &scoring).expect("a run");
        let value = then.summary.value.as_ref().expect("long enough");
        let mut total = 0;
        for segment in &then.summary.segments {
            let group = value.groups.iter().find(|g| g.grouping == "segment" && g.name == segment.segment);
            let expected = group.map_or(0, |group| group.predicted_ltv_minor);
            assert_eq!(found.predicted_minor(&segment.segment), Some(expected), "{}", segment.segment);
            total += expected;
        }
        assert!((total - value.total_ltv_minor).abs() <= value.groups.len() as i64);
        let mut longer = config.clone();
        longer.value.horizon_days += 1;
        let found = latest_comparable(&shop.dataset, &landed, &longer, &scoring).expect("a run");
        assert_eq!(found.predicted_minor(&then.summary.segments[0].segment), None);
        let yen = Ingested { money_decimals: 0, ..landed };
        let found = latest_comparable(&shop.dataset, &yen, &config, &scoring).expect("a run");
        assert_eq!(found.predicted_minor(&then.summary.segments[0].segment), None);
    }
}
