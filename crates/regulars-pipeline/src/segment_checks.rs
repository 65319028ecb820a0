//! Checks the names of segments against their customers: scores compare customers with each other, and a name
//! may promise what days and orders do not support.
//!
//! Deliberately not here: what a name promises, and the sentences (`regulars_core::segments`).

use regulars_core::money::format_count;
use regulars_core::segments::{Claim, RuleSet, caveat};
use regulars_core::summary::SegmentCheck;
use regulars_engine::RfmColumns;
use regulars_models::opportunities::customer_status::median;
use regulars_models::rfm;

use crate::scores::{Scores, histories};
use regulars_value::Result;

/// With fewer customers per score, there are too few to compare.
const CUSTOMERS_OF_A_SCORE: usize = 10;

/// Claims that are always counted, whatever the name promises.
const ALWAYS: [Claim; 2] = [Claim::BoughtLately, Claim::IsOverdue];

/// For one segment, the number of customers, and how many meet each claim.
struct Counts {
    customers: u64,
    holding: Vec<(Claim, u64)>,
}

impl Counts {
    fn holding(&self, claim: Claim) -> u64 {
        self.holding.iter().find(|(known, _)| *known == claim).map_or(0, |(_, count)| *count)
    }
}

/// Counts the claims of the segments' names, and `more` for all.
///
/// Shape: one element per segment, in the order of the rules.
fn count(columns: &RfmColumns, scores: &Scores, rules: &RuleSet, more: &[Claim]) -> Result<Vec<Counts>> {
    let claims = |segment: &regulars_core::segments::Segment| {
        let mut claims: Vec<Claim> =
            segment.promise.iter().flat_map(|promise| promise.claims()).copied().collect();
        claims.extend(more);
        claims.into_iter().map(|claim| (claim, 0)).collect()
    };
    let mut counts: Vec<Counts> =
        rules.segments.iter().map(|segment| Counts { customers: 0, holding: claims(segment) }).collect();
    let customers =
        rfm::customers(&scores.scored, histories(columns), &scores.cycle_ratios.cycle_ratio, rules)?;
    for (customer, segment) in customers.zip(&scores.segment) {
        let of = &mut counts[usize::from(*segment)];
        of.customers += 1;
        for (claim, count) in &mut of.holding {
            *count += u64::from(claim.holds(&customer));
        }
    }
    Ok(counts)
}

/// The caveat of every segment whose name needs one.
fn caveats(counts: &[Counts], rules: &RuleSet) -> Vec<Option<String>> {
    let of = |(counts, segment): (&Counts, &regulars_core::segments::Segment)| {
        let claims = segment.promise.iter().flat_map(|promise| promise.claims());
        let denied: Vec<(Claim, u64)> =
            claims.map(|claim| (*claim, counts.customers - counts.holding(*claim))).collect();
        caveat(counts.customers, &denied)
    };
    counts.iter().zip(&rules.segments).map(of).collect()
}

fn notes(rows: usize, caveats: &[Option<String>], rules: &RuleSet) -> Vec<String> {
    let few = rows < CUSTOMERS_OF_A_SCORE * usize::from(rules.classes);
    let few = few.then(|| {
        let customers = if rows == 1 { "customer" } else { "customers" };
        format!(
            "only {} {customers}: scores compare customers with each other and are unreliable here; use days and orders",
            format_count(rows as u64)
        )
    });
    let each = caveats.iter().zip(&rules.segments).filter_map(|(caveat, segment)| {
        caveat.as_ref().map(|caveat| format!("segment {}: {caveat}", segment.name))
    });
    few.into_iter().chain(each).collect()
}

/// Caveats about the segments' names, and whether there are enough customers to compare.
pub(crate) fn segment_notes(columns: &RfmColumns, scores: &Scores, rules: &RuleSet) -> Result<Vec<String>> {
    let counts = count(columns, scores, rules, &[])?;
    Ok(notes(scores.segment.len(), &caveats(&counts, rules), rules))
}

/// The same, with the figures for each name.
///
/// Shape: one check per segment, in the order of the rules.
pub(crate) fn check_segments(
    columns: &RfmColumns,
    scores: &Scores,
    rules: &RuleSet,
) -> Result<(Vec<SegmentCheck>, Vec<String>)> {
    let counts = count(columns, scores, rules, &ALWAYS)?;
    let caveats = caveats(&counts, rules);
    let notes = notes(scores.segment.len(), &caveats, rules);
    let tenure = medians(scores, rules, |row| columns.tenure_days[row] as f64);
    let ratio = medians(scores, rules, |row| scores.cycle_ratios.cycle_ratio[row]);
    let checks = rules.segments.iter().zip(counts).zip(caveats).zip(tenure.into_iter().zip(ratio)).map(
        |(((segment, counts), caveat), (tenure_days_median, cycle_ratio_median))| SegmentCheck {
            segment: segment.name.clone(),
            customers: counts.customers,
            bought_last_90d: counts.holding(Claim::BoughtLately),
            overdue: counts.holding(Claim::IsOverdue),
            tenure_days_median,
            cycle_ratio_median,
            caveat,
        },
    );
    Ok((checks.collect(), notes))
}

/// The median of each segment's customers; none for an empty segment.
fn medians(scores: &Scores, rules: &RuleSet, value: impl Fn(usize) -> f64) -> Vec<Option<f64>> {
    let mut values: Vec<Vec<f64>> = vec![Vec::new(); rules.segments.len()];
    for (row, segment) in scores.segment.iter().enumerate() {
        values[usize::from(*segment)].push(value(row));
    }
    values.iter().map(|values| median(values)).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::Int64Array;
    use regulars_core::config::Config;

    use super::*;
    use crate::scores::{rule_set, scores};

    /// Customers who all bought once, so many days ago.
    fn once(days_ago: &[i64]) -> RfmColumns {
        RfmColumns {
            customer_id: Arc::new(Int64Array::from_iter_values(0..days_ago.len() as i64)),
            recency_days: days_ago.to_vec(),
            frequency_orders: vec![1; days_ago.len()],
            monetary_minor: vec![500; days_ago.len()],
            tenure_days: days_ago.to_vec(),
        }
    }

    #[test]
    fn few_customers_say_little_and_many_do_not_need_the_note() {
        let config = Config::default();
        let rules = rule_set(&config).expect("built in");
        let notes = |customers: i64| {
            let columns = once(&(0..customers).map(|row| row % 40).collect::<Vec<i64>>());
            let scores = scores(&columns, &config, &rules, 2).expect("scored");
            let notes = segment_notes(&columns, &scores, &rules).expect("counted");
            notes.iter().filter(|note| !note.starts_with("segment ")).count()
        };
        // Ten customers for each of five scores are enough.
        assert_eq!([1, 49, 50, 51].map(notes), [1, 1, 0, 0]);
    }

    #[test]
    fn a_check_has_the_same_notes_as_without_its_figures() {
        let config = Config::default();
        let rules = rule_set(&config).expect("built in");
        let columns = once(&(0..60).map(|row| row * 5).collect::<Vec<i64>>());
        let scores = scores(&columns, &config, &rules, 2).expect("scored");
        let (checks, notes) = check_segments(&columns, &scores, &rules).expect("counted");
        assert_eq!(notes, segment_notes(&columns, &scores, &rules).expect("counted"));
        let caveats = checks.iter().filter(|check| check.caveat.is_some()).count();
        assert_eq!(notes.len(), caveats);
        assert_eq!(checks.iter().map(|check| check.customers).sum::<u64>(), 60);
        // Bought within 90 days: 0, 5, ..., 90.
        assert_eq!(checks.iter().map(|check| check.bought_last_90d).sum::<u64>(), 19);
        for check in &checks {
            assert_eq!(check.tenure_days_median.is_some(), check.customers > 0);
            assert_eq!(check.cycle_ratio_median.is_some(), check.customers > 0);
        }
    }

    #[test]
    fn a_name_is_denied_by_those_who_do_not_do_what_it_says() {
        let rules = rule_set(&Config::default()).expect("built in");
        let claims = |segment: &regulars_core::segments::Segment| -> Vec<Claim> {
            segment.promise.iter().flat_map(|promise| promise.claims()).copied().collect()
        };
        let counts = |held: u64| -> Vec<Counts> {
            let of = |segment| Counts {
                customers: 10,
                holding: claims(segment).into_iter().map(|claim| (claim, held)).collect(),
            };
            rules.segments.iter().map(of).collect()
        };
        assert!(caveats(&counts(10), &rules).iter().all(Option::is_none));
        let promised: Vec<bool> = rules.segments.iter().map(|segment| !claims(segment).is_empty()).collect();
        assert!(promised.contains(&true));
        let denied: Vec<bool> = caveats(&counts(0), &rules).iter().map(Option::is_some).collect();
        assert_eq!(denied, promised);
        // A claim that was not counted holds for nobody.
        let none = Counts { customers: 10, holding: Vec::new() };
        assert_eq!(none.holding(Claim::IsOverdue), 0);
    }

    #[test]
    fn medians_are_of_the_own_segment() {
        let config = Config::default();
        let rules = rule_set(&config).expect("built in");
        let columns = once(&[1, 2, 3, 4]);
        let mut scores = scores(&columns, &config, &rules, 2).expect("scored");
        scores.segment = vec![0, 1, 0, 0];
        let found = medians(&scores, &rules, |row| [10.0, 20.0, 40.0, 30.0][row]);
        assert_eq!(found[..2], [Some(30.0), Some(20.0)]);
        assert!(found[2..].iter().all(Option::is_none));
    }
}
