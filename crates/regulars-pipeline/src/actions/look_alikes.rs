//! The four kinds of opportunities: which customers, which look-alikes, and by which features.
//!
//! A customer is in one kind only, so upsides of different kinds can be added. Features that result from the
//! outcome are left out: customers who left have a higher recency, returning ones more orders and more
//! categories. Deliberately not here: the search and the sums (`regulars_models::opportunities`).

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use regulars_models::opportunities::neighbours::{Compared, LookAlikeSearch, look_alikes};
use regulars_models::opportunities::standing::{
    CustomerStatus, OrderHistory, customer_statuses, median, purchase_cycles_days,
};
use regulars_models::opportunities::upside::{Values, interval, like_look_alikes};
use regulars_models::opportunities::{self, LOOK_ALIKES};

use super::{ActionsRequest, CustomerForecasts};
use regulars_value::{Error, Kind as ErrorKind, Result};

/// A kind of opportunity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Good customers who have lapsed, compared with similar retained customers.
    Reactivation,
    /// Good customers who are overdue, compared with the same.
    Retention,
    /// Customers with one order so far, compared with those with two.
    SecondPurchase,
    /// Retained customers whose orders are smaller than those of similar customers.
    Upsell,
}

pub(super) const KINDS: [Kind; 4] = [Kind::Reactivation, Kind::Retention, Kind::SecondPurchase, Kind::Upsell];

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Reactivation => "reactivation",
            Self::Retention => "retention",
            Self::SecondPurchase => "second purchase",
            Self::Upsell => "upsell",
        }
    }
}

/// Result for one kind; money in minor units.
pub(super) struct OpportunityResult {
    pub(super) kind: Kind,
    /// Customers with upside, ascending.
    pub(super) rows: Vec<u32>,
    pub(super) expected_minor: Vec<i64>,
    pub(super) look_alike_minor: Vec<i64>,
    /// The interval of the total upside.
    pub(super) interval_minor: [i64; 2],
    pub(super) considered: usize,
    pub(super) without: usize,
    pub(super) sought: usize,
    /// Why there is no number.
    pub(super) reason: Option<String>,
}

impl OpportunityResult {
    fn nothing(kind: Kind, considered: usize, reason: String) -> Self {
        Self {
            kind,
            rows: Vec::new(),
            expected_minor: Vec::new(),
            look_alike_minor: Vec::new(),
            interval_minor: [0; 2],
            considered,
            without: 0,
            sought: 0,
            reason: Some(reason),
        }
    }
}

/// All kinds without a number, for one reason.
pub(super) fn none(reason: &str) -> Vec<OpportunityResult> {
    KINDS
        .into_iter()
        .map(|kind| OpportunityResult::nothing(kind, 0, format!("no lifetime value: {reason}")))
        .collect()
}

/// Customers by kind.
struct Positions {
    purchase_cycles_days: Vec<f64>,
    standing: Vec<CustomerStatus>,
    /// Customers who spent at least the median.
    good: Vec<bool>,
}

impl Positions {
    fn of(ahead: &CustomerForecasts) -> Result<Self> {
        let habits = OrderHistory {
            orders: &ahead.orders,
            recency_days: &ahead.recency_days,
            gap_mean_days: &ahead.gap_mean_days,
        };
        let middle = median(&ahead.monetary_minor).unwrap_or(0.0);
        let purchase_cycles_days = purchase_cycles_days(habits).map_err(|e| fault(&e))?;
        Ok(Self {
            standing: customer_statuses(habits, &purchase_cycles_days).map_err(|e| fault(&e))?,
            purchase_cycles_days,
            good: ahead.monetary_minor.iter().map(|minor| *minor >= middle).collect(),
        })
    }

    fn rows(&self, is_one: impl Fn(CustomerStatus, bool) -> bool) -> Vec<u32> {
        let each = self.standing.iter().zip(&self.good).enumerate();
        each.filter(|(_, (standing, good))| is_one(**standing, **good)).map(|(row, _)| row as u32).collect()
    }

    fn asked(&self, kind: Kind) -> Vec<u32> {
        match kind {
            Kind::Reactivation => self.rows(|standing, good| standing == CustomerStatus::Lapsed && good),
            Kind::Retention => self.rows(|standing, good| standing == CustomerStatus::Overdue && good),
            Kind::SecondPurchase => self.rows(|standing, _| standing == CustomerStatus::OneOrder),
            Kind::Upsell => self.rows(|standing, _| standing == CustomerStatus::Stayed),
        }
    }

    fn among(&self, kind: Kind, orders: &[f64]) -> Vec<u32> {
        match kind {
            // One step further on the same way, retained or not. Customers with many orders buy more often by
            // nature, and would overestimate the upside.
            Kind::SecondPurchase => {
                let rows = 0..orders.len() as u32;
                rows.filter(|row| (2.0..3.0).contains(&orders[*row as usize])).collect()
            }
            _ => self.rows(|standing, _| standing == CustomerStatus::Stayed),
        }
    }
}

/// Finds the opportunities of every kind.
pub(super) fn find(
    request: &ActionsRequest<'_>,
    ahead: &CustomerForecasts,
) -> Result<Vec<OpportunityResult>> {
    let positions = Positions::of(ahead)?;
    let mut rng = ChaCha8Rng::seed_from_u64(request.seed);
    KINDS.into_iter().map(|kind| of_kind(kind, request, ahead, &positions, &mut rng)).collect()
}

fn of_kind(
    kind: Kind,
    request: &ActionsRequest<'_>,
    ahead: &CustomerForecasts,
    positions: &Positions,
    rng: &mut ChaCha8Rng,
) -> Result<OpportunityResult> {
    let (asked, among) = (positions.asked(kind), positions.among(kind, &ahead.orders));
    if asked.is_empty() {
        return Ok(OpportunityResult::nothing(kind, 0, "no customer is eligible".to_owned()));
    }
    let features = features(kind, ahead, &positions.purchase_cycles_days);
    let question = LookAlikeSearch { features: &features, among: &among, asked: &asked };
    let compared = match look_alikes(question) {
        Ok(compared) => compared,
        Err(opportunities::Error::TooFew { found }) => {
            return Ok(OpportunityResult::nothing(kind, asked.len(), too_few(kind, found)));
        }
        Err(error) => return Err(fault(&error)),
    };
    let factor = factors(kind, ahead);
    let values = Values {
        of_look_alikes: if kind == Kind::Upsell { &ahead.order_minor } else { &ahead.predicted_minor },
        factor: &factor,
        expected: &ahead.predicted_minor,
    };
    weigh(kind, &compared, values, (asked.len(), request.config.interval_level), rng)
}

/// Keeps the customers with upside, and totals it.
fn weigh(
    kind: Kind,
    compared: &Compared,
    values: Values<'_>,
    (considered, level): (usize, f64),
    rng: &mut ChaCha8Rng,
) -> Result<OpportunityResult> {
    let would = like_look_alikes(compared, values).map_err(|e| fault(&e))?;
    let minor: Vec<i64> = would.iter().map(|value| value.round() as i64).collect();
    let expected = |at: usize| values.expected[compared.rows[at] as usize] as i64;
    let chosen: Vec<usize> = (0..minor.len()).filter(|at| minor[*at] > expected(*at)).collect();
    let counts = |found: OpportunityResult| OpportunityResult {
        without: compared.without,
        sought: compared.sought,
        ..found
    };
    if chosen.is_empty() {
        let reason = if compared.rows.is_empty() {
            "none of these customers has enough similar customers"
        } else {
            "similar customers do not spend more than these customers are expected to"
        };
        return Ok(counts(OpportunityResult::nothing(kind, considered, reason.to_owned())));
    }
    let [low, high] = interval(compared, &chosen, values, level, rng).map_err(|e| fault(&e))?;
    Ok(counts(OpportunityResult {
        kind,
        rows: chosen.iter().map(|at| compared.rows[*at]).collect(),
        expected_minor: chosen.iter().map(|at| expected(*at)).collect(),
        look_alike_minor: chosen.iter().map(|at| minor[*at]).collect(),
        interval_minor: [low.max(0.0), high.max(0.0)].map(|value| value.round() as i64),
        considered,
        without: 0,
        sought: 0,
        reason: None,
    }))
}

/// Features to find similar customers by.
fn features<'a>(kind: Kind, ahead: &'a CustomerForecasts, purchase_cycles_days: &'a [f64]) -> Vec<&'a [f64]> {
    match kind {
        // Purchase frequency while active: orders by tenure would include the silence.
        Kind::Reactivation | Kind::Retention => {
            vec![purchase_cycles_days, &ahead.order_value_minor, &ahead.categories, &ahead.tenure_days]
        }
        // Orders and categories are a result of coming back.
        Kind::SecondPurchase => vec![&ahead.order_value_minor, &ahead.pieces, &ahead.tenure_days],
        // Order value and pieces are the outcome.
        Kind::Upsell => {
            vec![purchase_cycles_days, &ahead.categories, &ahead.tenure_days, &ahead.recency_days]
        }
    }
}

/// Applies the value of similar customers: for order size, expected spend in proportion.
fn factors(kind: Kind, ahead: &CustomerForecasts) -> Vec<f64> {
    if kind != Kind::Upsell {
        return vec![1.0; ahead.predicted_minor.len()];
    }
    let factor = |(money, order): (&f64, &f64)| if *order > 0.0 { money / order } else { 0.0 };
    ahead.predicted_minor.iter().zip(&ahead.order_minor).map(factor).collect()
}

fn too_few(kind: Kind, found: usize) -> String {
    let who = match kind {
        Kind::SecondPurchase => "have two orders",
        _ => "were retained",
    };
    format!("only {found} customers {who}; more than {LOOK_ALIKES} are needed for a comparison")
}

fn fault(error: &opportunities::Error) -> Error {
    Error::new(ErrorKind::Internal, format!("opportunities: {error}"))
}
