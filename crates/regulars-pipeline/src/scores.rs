//! Scores customers, assigns segments, and writes the score tables.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, UInt8Array};
use regulars_core::config::{Config, Method};
use regulars_core::money::minor_per_major;
use regulars_core::segments::{Measure, RuleSet};
use regulars_core::summary::{ScoreThreshold, SegmentCheck, SegmentSummary, TopCustomer};
use regulars_core::tables::{customer_segments, rfm_scores, rfm_summary, rfm_thresholds};
use regulars_engine::RfmColumns;
use regulars_models::cycle_ratio::{CycleRatios, Histories, cycle_ratios};
use regulars_models::rfm::{self, Customers, RfmParams};

use serde::{Deserialize, Serialize};

use crate::segment_checks::check_segments;
use regulars_value::tables::{numbers, whole, words, write, write_rows};
use regulars_value::{Error, Kind, Result};

/// Number of customers with the highest spend to show.
const TOP_CUSTOMERS: usize = 10;

/// Results of scoring, besides the tables.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ScoreOutcome {
    pub(crate) segments: Vec<SegmentSummary>,
    pub(crate) top_customers: Vec<TopCustomer>,
    pub(crate) cuts: Vec<ScoreThreshold>,
    pub(crate) scoring: String,
    pub(crate) top_20_revenue_share: f64,
    pub(crate) purchase_cycle_days: f64,
    pub(crate) segment_checks: Vec<SegmentCheck>,
    /// Caveats about the segments.
    pub(crate) notes: Vec<String>,
}

/// The rule set of a configuration; reads its file if it is one.
pub(crate) fn rule_set(config: &Config) -> Result<RuleSet> {
    let name = &config.segments.rules;
    let is_file = Path::new(name).extension().is_some_and(|e| e.eq_ignore_ascii_case("toml"));
    let rules = if is_file || name.contains('/') {
        let text = fs_err::read_to_string(name).map_err(|e| Error {
            hint: Some("set `segments.rules` to `classic`, `eleven`, or the path of a TOML file".to_owned()),
            ..Error::new(Kind::Input, e.to_string())
        })?;
        RuleSet::parse(&text, name)?
    } else {
        RuleSet::built_in(name)?
    };
    if rules.classes != config.scores.classes {
        return Err(Error {
            hint: Some("use the same number of classes in `scores.classes` and the rule set".to_owned()),
            ..Error::new(
                Kind::Input,
                format!(
                    "rule set `{}` is for {} classes, `scores.classes` is {}",
                    rules.name, rules.classes, config.scores.classes
                ),
            )
        });
    }
    Ok(rules)
}

/// Scores and segments, one element per customer.
pub(crate) struct Scores {
    pub(crate) scored: rfm::Scored,
    pub(crate) sums: Vec<u8>,
    pub(crate) weighted: Vec<f64>,
    pub(crate) cycle_ratios: CycleRatios,
    /// Indices into the rule set's segments.
    pub(crate) segment: Vec<u8>,
}

/// Purchase histories for purchase cycles and segments.
pub(crate) fn histories(columns: &RfmColumns) -> Histories<'_> {
    Histories {
        orders: &columns.frequency_orders,
        days_since_last_order: &columns.recency_days,
        tenure_days: &columns.tenure_days,
    }
}

/// Scores the customers and assigns their segments.
pub(crate) fn scores(columns: &RfmColumns, config: &Config, rules: &RuleSet, decimals: u8) -> Result<Scores> {
    let params = RfmParams { scores: config.scores.clone(), money_decimals: decimals }.check()?;
    let customers = Customers {
        recency_days: &columns.recency_days,
        frequency: &columns.frequency_orders,
        monetary_minor: &columns.monetary_minor,
    };
    let scored = rfm::score(customers, &params)?;
    let cycle_ratios = cycle_ratios(histories(columns))?;
    Ok(Scores {
        sums: rfm::rfm_scores(&scored),
        weighted: rfm::weighted_scores(&scored, &params),
        segment: rfm::segment_indices(&scored, histories(columns), &cycle_ratios.cycle_ratio, rules)?,
        cycle_ratios,
        scored,
    })
}

/// Writes `rfm_scores`, `customer_segments`, `rfm_summary` and `rfm_thresholds` into `dir`.
pub(crate) fn write_scores(
    columns: &RfmColumns,
    scores: &Scores,
    config: &Config,
    rules: &RuleSet,
    decimals: u8,
    dir: &Path,
) -> Result<ScoreOutcome> {
    let Scores { scored, sums, weighted, cycle_ratios, segment } = scores;
    let names: Vec<String> = rules.segments.iter().map(|s| s.name.clone()).collect();
    let bytes = |values: &[u8]| -> ArrayRef { Arc::new(UInt8Array::from(values.to_vec())) };
    let priorities: Vec<i64> =
        segment.iter().map(|s| i64::from(rules.segments[usize::from(*s)].priority)).collect();
    // Two files with one row per customer: written in parallel.
    std::thread::scope(|scope| {
        let beside = scope.spawn(|| {
            let columns = customer_segments::Columns {
                customer_id: Arc::clone(&columns.customer_id),
                segment: words(segment, &names),
                segment_priority: whole(&priorities),
            };
            write(dir, columns.into_list())
        });
        let columns = rfm_scores::Columns {
            customer_id: Arc::clone(&columns.customer_id),
            recency: whole(&columns.recency_days),
            frequency: whole(&columns.frequency_orders),
            monetary_minor: whole(&columns.monetary_minor),
            r_score: bytes(&scored.r),
            f_score: bytes(&scored.f),
            m_score: bytes(&scored.m),
            rfm_score: bytes(sums),
            rfm_weighted_score: numbers(weighted),
            segment: words(segment, &names),
            tenure_days: whole(&columns.tenure_days),
            cycle_ratio: numbers(&cycle_ratios.cycle_ratio),
        };
        write(dir, columns.into_list())?;
        beside.join().map_err(|_panic| {
            Error::new(Kind::Internal, "writing `customer_segments` stopped without a reason")
        })?
    })?;
    let segments = summarise(columns, segment, rules);
    let (segment_checks, notes) = check_segments(columns, scores, rules)?;
    write_summary(&segments, &segment_checks, dir)?;
    write_cuts(&scored.cuts, decimals, dir)?;
    Ok(ScoreOutcome {
        top_customers: top_customers(columns, segment, &names),
        top_20_revenue_share: top_20_share(&columns.monetary_minor),
        scoring: describe(config, rules),
        cuts: scored.cuts.clone(),
        purchase_cycle_days: cycle_ratios.shop_purchase_cycle_days,
        segment_checks,
        notes,
        segments,
    })
}

pub(crate) fn describe(config: &Config, rules: &RuleSet) -> String {
    let scores = &config.scores;
    let method = match scores.method {
        Method::Quantile => "quantiles, equal values get equal scores",
        Method::Ntile => "classes of equal size (NTILE), ties broken by customer id",
        Method::Thresholds => "fixed thresholds",
    };
    let nested = if scores.nested { "; frequency within recency, monetary within frequency" } else { "" };
    let measures: Vec<&str> = rules.measures().into_iter().map(Measure::words).collect();
    let beside = match measures.split_last() {
        None => String::new(),
        Some((last, [])) => format!(", which also uses {last}"),
        Some((last, first)) => format!(", which also uses {} and {last}", first.join(", ")),
    };
    format!(
        "{} classes by {method}{nested}; segments by the rule set “{}”{beside}",
        scores.classes, rules.name
    )
}

#[derive(Default, Clone)]
struct Sums {
    customers: u64,
    recency: i64,
    frequency: i64,
    monetary: i128,
}

fn summarise(columns: &RfmColumns, segment: &[u8], rules: &RuleSet) -> Vec<SegmentSummary> {
    let mut sums = vec![Sums::default(); rules.segments.len()];
    for (i, s) in segment.iter().enumerate() {
        let sum = &mut sums[usize::from(*s)];
        sum.customers += 1;
        sum.recency += columns.recency_days[i];
        sum.frequency += columns.frequency_orders[i];
        sum.monetary += i128::from(columns.monetary_minor[i]);
    }
    let revenue: i128 = sums.iter().map(|s| s.monetary).sum();
    let customers = segment.len().max(1) as f64;
    let mut list: Vec<SegmentSummary> = rules
        .segments
        .iter()
        .zip(&sums)
        .map(|(rule, sum)| {
            let mean = |total: f64, count: f64| if count == 0.0 { 0.0 } else { total / count };
            let count = sum.customers as f64;
            SegmentSummary {
                segment: rule.name.clone(),
                meaning: rule.meaning.clone(),
                priority: rule.priority,
                customers: sum.customers,
                customer_share: count / customers,
                revenue_minor: sum.monetary as i64,
                revenue_share: mean(sum.monetary as f64, revenue as f64),
                recency_mean: mean(sum.recency as f64, count),
                frequency_mean: mean(sum.frequency as f64, count),
                monetary_mean_minor: mean(sum.monetary as f64, count),
                average_order_value_minor: mean(sum.monetary as f64, sum.frequency as f64),
            }
        })
        .collect();
    list.sort_by(|a, b| a.priority.cmp(&b.priority).then_with(|| a.segment.cmp(&b.segment)));
    list
}

fn write_summary(segments: &[SegmentSummary], checks: &[SegmentCheck], dir: &Path) -> Result<()> {
    let row = |s: &SegmentSummary| {
        // The checks are in the order of the rules, the rows by priority.
        let check = checks.iter().find(|check| check.segment == s.segment);
        let share = |of: fn(&SegmentCheck) -> u64| {
            let check = check.filter(|check| check.customers > 0)?;
            Some(of(check) as f64 / check.customers as f64)
        };
        rfm_summary::Row {
            segment: s.segment.clone(),
            segment_priority: u64::from(s.priority),
            customers: s.customers,
            customer_share: s.customer_share,
            revenue_minor: s.revenue_minor,
            revenue_share: s.revenue_share,
            recency_mean: s.recency_mean,
            frequency_mean: s.frequency_mean,
            monetary_mean_minor: s.monetary_mean_minor,
            average_order_value_minor: s.average_order_value_minor,
            bought_last_90d_share: share(|check| check.bought_last_90d),
            overdue_share: share(|check| check.overdue),
            tenure_median: check.and_then(|check| check.tenure_days_median),
            cycle_ratio_median: check.and_then(|check| check.cycle_ratio_median),
            caveat: check.and_then(|check| check.caveat.clone()),
        }
    };
    write_rows(dir, &segments.iter().map(row).collect::<Vec<_>>())
}

fn write_cuts(cuts: &[ScoreThreshold], decimals: u8, dir: &Path) -> Result<()> {
    let unit = minor_per_major(decimals);
    // One column for days, orders and money: money in the currency's unit.
    let shown = |cut: &ScoreThreshold, value: Option<i64>| {
        value.map(|v| if cut.measure == "monetary" { v as f64 / unit } else { v as f64 })
    };
    let row = |cut: &ScoreThreshold| rfm_thresholds::Row {
        measure: cut.measure.clone(),
        within: cut.within.clone(),
        score: cut.score,
        from_value: shown(cut, cut.from),
        to_value: shown(cut, cut.to),
        customers: cut.customers,
    };
    write_rows(dir, &cuts.iter().map(row).collect::<Vec<_>>())
}

fn top_customers(columns: &RfmColumns, segment: &[u8], names: &[String]) -> Vec<TopCustomer> {
    let monetary = &columns.monetary_minor;
    let mut order: Vec<usize> = (0..monetary.len()).collect();
    let by_spend = |a: &usize, b: &usize| monetary[*b].cmp(&monetary[*a]).then(a.cmp(b));
    if order.len() > TOP_CUSTOMERS {
        order.select_nth_unstable_by(TOP_CUSTOMERS - 1, by_spend);
        order.truncate(TOP_CUSTOMERS);
    }
    order.sort_by(by_spend);
    order
        .into_iter()
        .map(|i| TopCustomer {
            customer_id: arrow::util::display::array_value_to_string(&columns.customer_id, i)
                .unwrap_or_default(),
            monetary_minor: monetary[i],
            frequency: columns.frequency_orders[i] as u64,
            recency: columns.recency_days[i],
            segment: names[usize::from(segment[i])].clone(),
        })
        .collect()
}

/// Share of net spend of the top 20% of customers (rounded up) by spend.
fn top_20_share(monetary: &[i64]) -> f64 {
    let total: i128 = monetary.iter().map(|m| i128::from(*m)).sum();
    if total <= 0 {
        return 0.0;
    }
    let fifth = monetary.len().div_ceil(5);
    let mut values = monetary.to_vec();
    if fifth < values.len() {
        values.select_nth_unstable_by(fifth, |a, b| b.cmp(a));
    }
    let top: i128 = values[..fifth].iter().map(|m| i128::from(*m)).sum();
    top as f64 / total as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{AsArray, Int64Array};
    use arrow::datatypes::{Float64Type, Int64Type, UInt8Type};
    use proptest::prelude::*;
    use regulars_value::feature_columns::read_columns;

    /// Twenty customers: the higher the number, the longer ago, the rarer and the smaller.
    fn columns(customers: i64) -> RfmColumns {
        let all = || 0..customers;
        RfmColumns {
            customer_id: Arc::new(Int64Array::from_iter_values(all().map(|row| 100 + row))),
            recency_days: all().map(|row| 10 * row).collect(),
            frequency_orders: all().map(|row| customers - row).collect(),
            monetary_minor: all().map(|row| 1000 * (customers - row)).collect(),
            tenure_days: all().map(|row| 10 * row + 30).collect(),
        }
    }

    fn classic() -> (Config, RuleSet) {
        let config = Config::default();
        let rules = rule_set(&config).expect("built in");
        (config, rules)
    }

    fn read(dir: &Path, table: &str, name: &str) -> ArrayRef {
        read_columns(&dir.join(format!("{table}.parquet")), &[name.to_owned()]).expect("written").remove(0)
    }

    fn integers(dir: &Path, table: &str, name: &str) -> Vec<i64> {
        read(dir, table, name).as_primitive::<Int64Type>().iter().flatten().collect()
    }

    #[test]
    fn fifths_of_twenty_customers_are_four_each() {
        let (config, rules) = classic();
        let found = scores(&columns(20), &config, &rules, 2).expect("scored");
        let expected: Vec<u8> = (0..20).map(|row| 5 - row / 4).collect();
        assert_eq!(found.scored.r, expected);
        assert_eq!(found.scored.f, expected);
        assert_eq!(found.scored.m, expected);
        assert_eq!(found.sums, expected.iter().map(|score| 3 * score).collect::<Vec<u8>>());
        let [r, f, m] = config.scores.weights;
        for (weighted, score) in found.weighted.iter().zip(&expected) {
            assert!((weighted - (r + f + m) * f64::from(*score)).abs() < 1e-8);
        }
        // Every segment is the one of the rules for these scores.
        for (row, score) in expected.iter().enumerate() {
            let customer = regulars_core::segments::Customer {
                scores: [*score; 3],
                orders: 20 - row as i64,
                days_since_last_order: 10 * row as i64,
                tenure_days: 10 * row as i64 + 30,
                cycle_ratio: found.cycle_ratios.cycle_ratio[row],
            };
            assert_eq!(usize::from(found.segment[row]), rules.index_of(&customer));
        }
    }

    #[test]
    fn the_tables_of_scores_repeat_their_columns_and_add_up() {
        let (config, rules) = classic();
        let (columns, folder) = (columns(20), tempfile::tempdir().expect("a folder"));
        let dir = folder.path();
        let scores = scores(&columns, &config, &rules, 2).expect("scored");
        let outcome = write_scores(&columns, &scores, &config, &rules, 2, dir).expect("written");
        assert_eq!(integers(dir, "rfm_scores", "monetary_minor"), columns.monetary_minor);
        assert_eq!(integers(dir, "rfm_scores", "recency"), columns.recency_days);
        assert_eq!(integers(dir, "rfm_scores", "frequency"), columns.frequency_orders);
        assert_eq!(integers(dir, "customer_segments", "customer_id"), (100..120).collect::<Vec<i64>>());
        let r = read(dir, "rfm_scores", "r_score");
        assert_eq!(r.as_primitive::<UInt8Type>().values().to_vec(), scores.scored.r);
        let priorities: Vec<i64> =
            scores.segment.iter().map(|at| i64::from(rules.segments[usize::from(*at)].priority)).collect();
        assert_eq!(integers(dir, "customer_segments", "segment_priority"), priorities);
        // Segments by priority, with the sums of their customers; empty ones are listed.
        assert_eq!(outcome.segments.len(), rules.segments.len());
        assert!(outcome.segments.is_sorted_by_key(|segment| segment.priority));
        let in_segment = |name: &str| -> Vec<usize> {
            (0..20).filter(|row| rules.segments[usize::from(scores.segment[*row])].name == name).collect()
        };
        let revenue: i64 = columns.monetary_minor.iter().sum();
        for segment in &outcome.segments {
            let rows = in_segment(&segment.segment);
            let sum = |values: &[i64]| rows.iter().map(|row| values[*row]).sum::<i64>();
            let mean =
                |values: &[i64]| if rows.is_empty() { 0.0 } else { sum(values) as f64 / rows.len() as f64 };
            assert_eq!(
                (segment.customers, segment.revenue_minor),
                (rows.len() as u64, sum(&columns.monetary_minor))
            );
            assert!((segment.customer_share - rows.len() as f64 / 20.0).abs() < 1e-12);
            assert!(
                (segment.revenue_share - sum(&columns.monetary_minor) as f64 / revenue as f64).abs() < 1e-12
            );
            assert!((segment.recency_mean - mean(&columns.recency_days)).abs() < 1e-9);
            assert!((segment.frequency_mean - mean(&columns.frequency_orders)).abs() < 1e-9);
            assert!((segment.monetary_mean_minor - mean(&columns.monetary_minor)).abs() < 1e-9);
            // Every order is worth 10.00.
            let order = if rows.is_empty() { 0.0 } else { 1000.0 };
            assert!((segment.average_order_value_minor - order).abs() < 1e-9);
        }
        let counts = integers(dir, "rfm_summary", "customers");
        assert_eq!(
            counts,
            outcome.segments.iter().map(|segment| segment.customers as i64).collect::<Vec<_>>()
        );
        // Of 210,000 the four largest have 20 + 19 + 18 + 17 thousand.
        assert!((outcome.top_20_revenue_share - 74.0 / 210.0).abs() < 1e-12);
        assert_eq!(outcome.top_customers.len(), 10);
        let first = &outcome.top_customers[0];
        assert_eq!(
            (first.customer_id.as_str(), first.monetary_minor, first.frequency, first.recency),
            ("100", 20_000, 20, 0)
        );
        assert_eq!(first.segment, rules.segments[usize::from(scores.segment[0])].name);
        // Thresholds: five scores of three measures, money in the currency's unit.
        assert_eq!(integers(dir, "rfm_thresholds", "customers"), [4; 15]);
        let from = read(dir, "rfm_thresholds", "from_value");
        let from: Vec<f64> = from.as_primitive::<Float64Type>().iter().flatten().collect();
        assert_eq!(from[10..], [10.0, 50.0, 90.0, 130.0, 170.0]);
    }

    #[test]
    fn shares_of_bought_and_overdue_are_none_for_an_empty_segment() {
        let (config, rules) = classic();
        let (columns, folder) = (columns(3), tempfile::tempdir().expect("a folder"));
        let scores = scores(&columns, &config, &rules, 2).expect("scored");
        let outcome = write_scores(&columns, &scores, &config, &rules, 2, folder.path()).expect("written");
        let shares = read(folder.path(), "rfm_summary", "bought_last_90d_share");
        let known: Vec<bool> =
            shares.as_primitive::<Float64Type>().iter().map(|share| share.is_some()).collect();
        assert_eq!(
            known,
            outcome.segments.iter().map(|segment| segment.customers > 0).collect::<Vec<bool>>()
        );
        assert!(known.contains(&false) && known.contains(&true));
    }

    #[test]
    fn rules_are_built_in_or_a_file_of_as_many_classes() {
        let mut config = Config::default();
        for name in ["classic", "eleven"] {
            config.segments.rules = name.to_owned();
            assert_eq!(rule_set(&config).expect("built in").name, name);
        }
        config.segments.rules = "none such".to_owned();
        assert_eq!(rule_set(&config).expect_err("unknown").kind, Kind::Input);
        let folder = tempfile::tempdir().expect("a folder");
        config.segments.rules = folder.path().join("missing.toml").display().to_string();
        assert_eq!(rule_set(&config).expect_err("missing").kind, Kind::Input);
        let mut config = Config::default();
        config.scores.classes = 4;
        assert_eq!(rule_set(&config).expect_err("for five").kind, Kind::Input);
    }

    #[test]
    fn nobody_has_no_share_and_losses_have_none() {
        assert!(top_20_share(&[]).abs() < 1e-12);
        assert!(top_20_share(&[-5, 5]).abs() < 1e-12);
        // One of five, one of one, two of six.
        assert!((top_20_share(&[1, 2, 3, 4, 10]) - 0.5).abs() < 1e-12);
        assert!((top_20_share(&[7]) - 1.0).abs() < 1e-12);
        assert!((top_20_share(&[1, 1, 1, 1, 4, 2]) - 0.6).abs() < 1e-12);
        // A refund makes the share of the others larger than everything.
        assert!((top_20_share(&[30, -10, 0, 0, 0]) - 1.5).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn the_top_fifth_is_that_of_the_sorted(values in prop::collection::vec(0_i64..1000, 1..60)) {
            let mut sorted = values.clone();
            sorted.sort_unstable_by(|a, b| b.cmp(a));
            let total: i64 = sorted.iter().sum();
            let top: i64 = sorted[..sorted.len().div_ceil(5)].iter().sum();
            let expected = if total == 0 { 0.0 } else { top as f64 / total as f64 };
            prop_assert!((top_20_share(&values) - expected).abs() < 1e-12);
        }

        #[test]
        fn the_top_customers_are_the_first_of_all_by_spend_then_by_row(
            spend in prop::collection::vec(0_i64..12, 1..40),
        ) {
            let mut columns = columns(spend.len() as i64);
            columns.monetary_minor = spend.clone();
            let names = ["only".to_owned()];
            let found = top_customers(&columns, &vec![0; spend.len()], &names);
            let mut order: Vec<usize> = (0..spend.len()).collect();
            order.sort_by_key(|row| (-spend[*row], *row));
            let expected: Vec<String> = order.iter().take(10).map(|row| (100 + row).to_string()).collect();
            prop_assert_eq!(found.iter().map(|one| one.customer_id.clone()).collect::<Vec<_>>(), expected);
        }

        #[test]
        fn segments_divide_customers_and_revenue(
            rows in prop::collection::vec((0_i64..400, 1_i64..30, -500_i64..100_000, 0_i64..400), 1..80),
        ) {
            let (config, rules) = classic();
            let columns = RfmColumns {
                customer_id: Arc::new(Int64Array::from_iter_values(0..rows.len() as i64)),
                recency_days: rows.iter().map(|row| row.0).collect(),
                frequency_orders: rows.iter().map(|row| row.1).collect(),
                monetary_minor: rows.iter().map(|row| row.2).collect(),
                tenure_days: rows.iter().map(|row| row.0 + row.3).collect(),
            };
            let scores = scores(&columns, &config, &rules, 2).expect("scored");
            let segments = summarise(&columns, &scores.segment, &rules);
            prop_assert_eq!(segments.iter().map(|one| one.customers).sum::<u64>(), rows.len() as u64);
            prop_assert_eq!(
                segments.iter().map(|one| one.revenue_minor).sum::<i64>(),
                columns.monetary_minor.iter().sum::<i64>()
            );
            let (checks, _) = check_segments(&columns, &scores, &rules).expect("checked");
            for (at, check) in checks.iter().enumerate() {
                let own: Vec<usize> =
                    (0..rows.len()).filter(|row| usize::from(scores.segment[*row]) == at).collect();
                prop_assert_eq!(check.customers as usize, own.len());
                let lately = own.iter().filter(|row| rows[**row].0 <= 90).count();
                prop_assert_eq!(check.bought_last_90d as usize, lately);
                let overdue = own.iter().filter(|row| scores.cycle_ratios.cycle_ratio[**row] > 2.0).count();
                prop_assert_eq!(check.overdue as usize, overdue);
                // The lower median.
                let mut tenure: Vec<i64> = own.iter().map(|row| columns.tenure_days[*row]).collect();
                tenure.sort_unstable();
                let middle = own.len().checked_sub(1).map(|last| tenure[last / 2] as f64);
                prop_assert_eq!(check.tenure_days_median, middle);
            }
        }
    }
}
