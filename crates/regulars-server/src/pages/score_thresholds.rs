//! Score thresholds: which values get which score.

use regulars_analysis::format::{self, Money};
use regulars_core::label;
use regulars_core::summary::{RunSummary, ScoreThreshold};

/// The thresholds of one measure.
#[derive(Debug)]
pub(crate) struct ThresholdTable {
    pub(crate) title: &'static str,
    pub(crate) explanation: &'static str,
    /// Whether scoring is nested, so that rows name their outer class.
    pub(crate) nested: bool,
    pub(crate) rows: Vec<ThresholdRow>,
}

/// One score of one measure.
#[derive(Debug)]
pub(crate) struct ThresholdRow {
    pub(crate) within: String,
    pub(crate) score: u8,
    pub(crate) values: String,
    pub(crate) customers: String,
}

/// One table per measure, highest score first; grouped by outer class if scoring is nested.
pub(crate) fn tables(summary: &RunSummary) -> Vec<ThresholdTable> {
    let money = Money::of(summary);
    let measures: [(&str, &str, &str); 3] = [
        ("recency", "Recency", "Days since the last order; fewer is better"),
        ("frequency", "Frequency", "Number of orders; more is better"),
        ("monetary", "Monetary", concat!(label!(Spend), "; more is better")),
    ];
    let table = |(measure, title, explanation): (&str, &'static str, &'static str)| {
        let mut cuts: Vec<&ScoreThreshold> = summary.cuts.iter().filter(|c| c.measure == measure).collect();
        cuts.sort_by(|a, b| b.within.cmp(&a.within).then(b.score.cmp(&a.score)));
        let row = |cut: &&ScoreThreshold| ThresholdRow {
            within: cut.within.clone().unwrap_or_default(),
            score: cut.score,
            values: values(cut, &money),
            customers: format::count(cut.customers),
        };
        ThresholdTable {
            title,
            explanation,
            nested: cuts.iter().any(|c| c.within.is_some()),
            rows: cuts.iter().map(row).collect(),
        }
    };
    measures.into_iter().map(table).filter(|t| !t.rows.is_empty()).collect()
}

fn values(cut: &ScoreThreshold, money: &Money) -> String {
    let (Some(from), Some(to)) = (cut.from, cut.to) else { return "no customers".to_owned() };
    let (low, high) = (from.min(to), from.max(to));
    let number = |n: i64| {
        if n < 0 { format!("−{}", format::count(n.unsigned_abs())) } else { format::count(n as u64) }
    };
    let (write, unit): (&dyn Fn(i64) -> String, &str) = match cut.measure.as_str() {
        "recency" => (&number, if high == 1 { " day" } else { " days" }),
        "frequency" => (&number, if high == 1 { " order" } else { " orders" }),
        _ => (&|n| money.exact(n), ""),
    };
    if low == high {
        format!("{}{unit}", write(low))
    } else {
        format!("{} to {}{unit}", write(low), write(high))
    }
}
