//! Scores customers, assigns segments, and writes the score tables.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, UInt8Array};
use regulars_core::config::{Config, Method};
use regulars_core::money::minor_per_major;
use regulars_core::segments::{Measure, RuleSet};
use regulars_core::summary::{ScoreCut, SegmentCheck, SegmentSummary, TopCustomer};
use regulars_core::tables::{customer_segments, rfm_scores, rfm_summary, rfm_thresholds};
use regulars_engine::RfmColumns;
use regulars_models::pace::{Histories, Pace, pace};
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
    pub(crate) cuts: Vec<ScoreCut>,
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
    pub(crate) pace: Pace,
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
    let pace = pace(histories(columns))?;
    Ok(Scores {
        sums: rfm::rfm_scores(&scored),
        weighted: rfm::weighted_scores(&scored, &params),
        segment: rfm::segment_indices(&scored, histories(columns), &pace.cycle_ratio, rules)?,
        pace,
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
    let Scores { scored, sums, weighted, pace, segment } = scores;
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
            cycle_ratio: numbers(&pace.cycle_ratio),
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
        purchase_cycle_days: pace.shop_purchase_cycle_days,
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

fn write_cuts(cuts: &[ScoreCut], decimals: u8, dir: &Path) -> Result<()> {
    let unit = minor_per_major(decimals);
    // One column for days, orders and money: money in the currency's unit.
    let shown = |cut: &ScoreCut, value: Option<i64>| {
        value.map(|v| if cut.measure == "monetary" { v as f64 / unit } else { v as f64 })
    };
    let row = |cut: &ScoreCut| rfm_thresholds::Row {
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
