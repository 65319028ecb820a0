//! Scoring: from three columns to three columns of scores and their cut points.

use std::borrow::Cow;
use std::thread;

use regulars_core::segments::{Customer, RuleSet};
use regulars_core::summary::ScoreThreshold;

use super::classify::{Binning, by_cut_points, ntile, quantile_cut_points};
use super::params::ValidRfmParams;
use super::thresholds::describe;
use crate::cycle_ratio::Histories;
use crate::error::Error;

/// The customers to score, as columns.
///
/// Contracts:
/// - the three columns have one value per customer, in the same order (checked);
/// - rows are sorted by customer id, ascending (trusted): `ntile` breaks ties by row.
#[derive(Debug, Clone, Copy)]
pub struct Customers<'a> {
    /// Days from the last order to the analysis date.
    pub recency_days: &'a [i64],
    /// Number of orders.
    pub frequency: &'a [i64],
    /// Spend, in minor units; can be negative.
    pub monetary_minor: &'a [i64],
}

/// Scores of all customers.
///
/// Shape: `r`, `f` and `m` have one value per customer, in input order, each 1 to `classes`.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// Number of scores, from 1.
    pub classes: u8,
    /// Recency scores; the highest bought last.
    pub r: Vec<u8>,
    /// Frequency scores; the highest buys most often.
    pub f: Vec<u8>,
    /// Monetary scores; the highest spends most.
    pub m: Vec<u8>,
    /// Smallest value, largest value and customers per score: recency, then frequency, then monetary, each
    /// by score. With nested scores, frequency has these lines per recency score (`within` is `R5`),
    /// monetary per pair of scores (`R5 F3`); groups without customers are left out.
    pub cuts: Vec<ScoreThreshold>,
}

/// Scores customers on recency, frequency and monetary value; see [`super`] for the methods.
///
/// Shape: without customers there are no scores, and the cuts have zero customers (nested: for recency
/// only).
/// Errors: [`Error::ColumnLengths`].
pub fn score(customers: Customers<'_>, params: &ValidRfmParams) -> Result<Scored, Error> {
    let rows = customers.recency_days.len();
    if customers.frequency.len() != rows || customers.monetary_minor.len() != rows {
        return Err(Error::ColumnLengths {
            recency: rows,
            frequency: customers.frequency.len(),
            monetary: customers.monetary_minor.len(),
        });
    }
    let [recency_rule, frequency_rule, monetary_rule] = &params.binning;
    let classes = params.classes;
    let recency = Measure {
        name: "recency",
        values: customers.recency_days,
        binning: recency_rule,
        fewer_is_better: true,
        classes,
    };
    let frequency = Measure {
        name: "frequency",
        values: customers.frequency,
        binning: frequency_rule,
        fewer_is_better: false,
        classes,
    };
    let monetary = Measure {
        name: "monetary",
        values: customers.monetary_minor,
        binning: monetary_rule,
        fewer_is_better: false,
        classes,
    };
    let [(r, recency_cuts), (f, frequency_cuts), (m, monetary_cuts)] = if params.nested {
        let (r, recency_cuts) = recency.score_all();
        let by_recency = groups(&r, classes, |r| format!("R{r}"));
        let (f, frequency_cuts) = frequency.score_within(&by_recency);
        let pairs: Vec<u8> = r.iter().zip(&f).map(|(r, f)| (r - 1) * classes + f).collect();
        let by_both = groups(&pairs, classes * classes, |pair| {
            format!("R{} F{}", (pair - 1) / classes + 1, (pair - 1) % classes + 1)
        });
        let (m, monetary_cuts) = monetary.score_within(&by_both);
        [(r, recency_cuts), (f, frequency_cuts), (m, monetary_cuts)]
    } else {
        thread::scope(|scope| {
            let monetary = scope.spawn(|| monetary.score_all());
            let frequency = scope.spawn(|| frequency.score_all());
            let recency = recency.score_all();
            [recency, joined(frequency), joined(monetary)]
        })
    };
    let cuts = [recency_cuts, frequency_cuts, monetary_cuts].concat();
    Ok(Scored { classes, r, f, m, cuts })
}

/// R + F + M of each customer.
///
/// Shape: one value per customer, 3 to 3 × `classes`.
pub fn rfm_scores(scored: &Scored) -> Vec<u8> {
    triples(scored).map(|(r, f, m)| r + f + m).collect()
}

/// Weighted mean of the three scores of each customer, with the weights of `params`.
///
/// Rounded to nine decimals, so that it is 3.4 and not 3.4000000000000004, and compares equal wherever it
/// was computed.
///
/// Shape: one value per customer, 1 to `classes`.
pub fn weighted_scores(scored: &Scored, params: &ValidRfmParams) -> Vec<f64> {
    let [of_r, of_f, of_m] = params.weights;
    triples(scored)
        .map(|(r, f, m)| {
            let exact = of_r * f64::from(r) + of_f * f64::from(f) + of_m * f64::from(m);
            (exact * 1e9).round() / 1e9
        })
        .collect()
}

/// Segment of each customer, as an index into `rules.segments`.
///
/// `cycle_ratio` comes from [`crate::cycle_ratio`].
///
/// Shape: one value per customer.
/// Errors: [`Error::RuleSetClasses`] if the rules expect another number of scores;
/// [`Error::HistoryLengths`].
pub fn segment_indices(
    scored: &Scored,
    histories: Histories<'_>,
    cycle_ratio: &[f64],
    rules: &RuleSet,
) -> Result<Vec<u8>, Error> {
    // A checked rule set has at most 101 segments.
    Ok(customers(scored, histories, cycle_ratio, rules)?
        .map(|customer| rules.index_of(&customer) as u8)
        .collect())
}

/// The customers in the form that `rules` are applied to.
///
/// Shape: one entry per customer, in order.
/// Errors: as [`segment_indices`].
pub fn customers<'a>(
    scored: &'a Scored,
    histories: Histories<'a>,
    cycle_ratio: &'a [f64],
    rules: &RuleSet,
) -> Result<impl Iterator<Item = Customer> + 'a, Error> {
    if rules.classes != scored.classes {
        return Err(Error::RuleSetClasses {
            rules: rules.name.clone(),
            expected: rules.classes,
            found: scored.classes,
        });
    }
    let Histories { orders, days_since_last_order, tenure_days } = histories;
    let rows = scored.r.len();
    if [orders.len(), days_since_last_order.len(), tenure_days.len(), cycle_ratio.len()] != [rows; 4] {
        return Err(Error::HistoryLengths {
            orders: orders.len(),
            days_since_last_order: days_since_last_order.len(),
            tenure_days: tenure_days.len(),
        });
    }
    Ok(triples(scored).enumerate().map(move |(row, (r, f, m))| Customer {
        scores: [r, f, m],
        orders: orders[row],
        days_since_last_order: days_since_last_order[row],
        tenure_days: tenure_days[row],
        cycle_ratio: cycle_ratio[row],
    }))
}

fn triples(scored: &Scored) -> impl Iterator<Item = (u8, u8, u8)> {
    scored.r.iter().zip(&scored.f).zip(&scored.m).map(|((r, f), m)| (*r, *f, *m))
}

/// One of the three columns, and how it is scored.
#[derive(Clone, Copy)]
struct Measure<'a> {
    name: &'static str,
    values: &'a [i64],
    binning: &'a Binning,
    fewer_is_better: bool,
    classes: u8,
}

/// A group of customers within which a measure is scored.
struct Group {
    label: String,
    rows: Vec<usize>,
}

impl Measure<'_> {
    /// Scores among all customers.
    fn score_all(self) -> (Vec<u8>, Vec<ScoreThreshold>) {
        let scores = self.scores_of(self.values);
        let cuts = describe(self.name, None, self.values, &scores, self.classes);
        (scores, cuts)
    }

    /// Scores within each group; the groups contain every row once.
    fn score_within(self, groups: &[Group]) -> (Vec<u8>, Vec<ScoreThreshold>) {
        let mut scores = vec![0; self.values.len()];
        let mut cuts = Vec::new();
        for group in groups {
            let values: Vec<i64> = group.rows.iter().map(|row| self.values[*row]).collect();
            let of_group = self.scores_of(&values);
            cuts.extend(describe(self.name, Some(&group.label), &values, &of_group, self.classes));
            for (row, score) in group.rows.iter().zip(of_group) {
                scores[*row] = score;
            }
        }
        (scores, cuts)
    }

    fn scores_of(self, values: &[i64]) -> Vec<u8> {
        let cut_points = match self.binning {
            Binning::Ntile if self.fewer_is_better => {
                // `!` reverses the order like minus does, without overflow. Ties keep their order, which
                // reversing the classes would not preserve.
                let descending: Vec<i64> = values.iter().map(|value| !value).collect();
                return ntile(&descending, self.classes);
            }
            Binning::Ntile => return ntile(values, self.classes),
            Binning::Quantile => Cow::Owned(quantile_cut_points(values, self.classes)),
            Binning::Thresholds(cut_points) => Cow::Borrowed(cut_points.as_slice()),
        };
        let mut scores = by_cut_points(values, &cut_points);
        if self.fewer_is_better {
            for score in &mut scores {
                *score = self.classes + 1 - *score;
            }
        }
        scores
    }
}

/// Rows of each key from 1 to `largest`, in order; keys without rows are left out.
fn groups(keys: &[u8], largest: u8, label: impl Fn(u8) -> String) -> Vec<Group> {
    let mut rows_of: Vec<Vec<usize>> = vec![Vec::new(); usize::from(largest)];
    for (row, key) in keys.iter().enumerate() {
        rows_of[usize::from(*key) - 1].push(row);
    }
    (1..=largest)
        .zip(rows_of)
        .filter(|(_, rows)| !rows.is_empty())
        .map(|(key, rows)| Group { label: label(key), rows })
        .collect()
}

fn joined<T>(handle: thread::ScopedJoinHandle<'_, T>) -> T {
    match handle.join() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}
