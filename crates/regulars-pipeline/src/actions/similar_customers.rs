//! The four kinds of opportunities: which customers, which similar customers, and by which features.
//!
//! A customer is in one kind only, so upsides of different kinds can be added. Features that result from the
//! outcome are left out: customers who left have a higher recency, returning ones more orders and more
//! categories. Deliberately not here: the search and the sums (`regulars_models::opportunities`).

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use regulars_models::opportunities::customer_status::{
    CustomerStatus, OrderHistory, customer_statuses, median, purchase_cycles_days,
};
use regulars_models::opportunities::neighbours::{
    SimilarCustomerSearch, SimilarCustomers, similar_customers,
};
use regulars_models::opportunities::upside::{Values, interval, upside_of_similar_customers};
use regulars_models::opportunities::{self, SIMILAR_CUSTOMERS};

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
    pub(super) similar_customers_minor: Vec<i64>,
    /// The interval of the total upside.
    pub(super) interval_minor: [i64; 2],
    pub(super) considered: usize,
    pub(super) without: usize,
    pub(super) candidates: usize,
    /// Why there is no number.
    pub(super) reason: Option<String>,
}

impl OpportunityResult {
    fn nothing(kind: Kind, considered: usize, reason: String) -> Self {
        Self {
            kind,
            rows: Vec::new(),
            expected_minor: Vec::new(),
            similar_customers_minor: Vec::new(),
            interval_minor: [0; 2],
            considered,
            without: 0,
            candidates: 0,
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
    status: Vec<CustomerStatus>,
    /// Customers who spent at least the median.
    good: Vec<bool>,
}

impl Positions {
    fn of(forecasts: &CustomerForecasts) -> Result<Self> {
        let history = OrderHistory {
            orders: &forecasts.orders,
            recency_days: &forecasts.recency_days,
            gap_mean_days: &forecasts.gap_mean_days,
        };
        let middle = median(&forecasts.monetary_minor).unwrap_or(0.0);
        let purchase_cycles_days = purchase_cycles_days(history).map_err(|e| model_error(&e))?;
        Ok(Self {
            status: customer_statuses(history, &purchase_cycles_days).map_err(|e| model_error(&e))?,
            purchase_cycles_days,
            good: forecasts.monetary_minor.iter().map(|minor| *minor >= middle).collect(),
        })
    }

    fn rows(&self, is_one: impl Fn(CustomerStatus, bool) -> bool) -> Vec<u32> {
        let each = self.status.iter().zip(&self.good).enumerate();
        each.filter(|(_, (status, good))| is_one(**status, **good)).map(|(row, _)| row as u32).collect()
    }

    fn queries(&self, kind: Kind) -> Vec<u32> {
        match kind {
            Kind::Reactivation => self.rows(|status, good| status == CustomerStatus::Lapsed && good),
            Kind::Retention => self.rows(|status, good| status == CustomerStatus::Overdue && good),
            Kind::SecondPurchase => self.rows(|status, _| status == CustomerStatus::OneOrder),
            Kind::Upsell => self.rows(|status, _| status == CustomerStatus::Stayed),
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
            _ => self.rows(|status, _| status == CustomerStatus::Stayed),
        }
    }
}

/// Finds the opportunities of every kind.
pub(super) fn find(
    request: &ActionsRequest<'_>,
    forecasts: &CustomerForecasts,
) -> Result<Vec<OpportunityResult>> {
    let positions = Positions::of(forecasts)?;
    let mut rng = ChaCha8Rng::seed_from_u64(request.seed);
    KINDS.into_iter().map(|kind| of_kind(kind, request, forecasts, &positions, &mut rng)).collect()
}

fn of_kind(
    kind: Kind,
    request: &ActionsRequest<'_>,
    forecasts: &CustomerForecasts,
    positions: &Positions,
    rng: &mut ChaCha8Rng,
) -> Result<OpportunityResult> {
    let (queries, among) = (positions.queries(kind), positions.among(kind, &forecasts.orders));
    if queries.is_empty() {
        return Ok(OpportunityResult::nothing(kind, 0, "no customer is eligible".to_owned()));
    }
    let features = features(kind, forecasts, &positions.purchase_cycles_days);
    let search = SimilarCustomerSearch { features: &features, among: &among, queries: &queries };
    let found_similar = match similar_customers(search) {
        Ok(found_similar) => found_similar,
        Err(opportunities::Error::TooFew { found }) => {
            return Ok(OpportunityResult::nothing(kind, queries.len(), too_few(kind, found)));
        }
        Err(error) => return Err(model_error(&error)),
    };
    let factor = factors(kind, forecasts);
    let values = Values {
        values_of_similar: if kind == Kind::Upsell {
            &forecasts.order_minor
        } else {
            &forecasts.predicted_minor
        },
        factor: &factor,
        expected: &forecasts.predicted_minor,
    };
    weigh(kind, &found_similar, values, (queries.len(), request.config.interval_level), rng)
}

/// Keeps the customers with upside, and totals it.
fn weigh(
    kind: Kind,
    found_similar: &SimilarCustomers,
    values: Values<'_>,
    (considered, level): (usize, f64),
    rng: &mut ChaCha8Rng,
) -> Result<OpportunityResult> {
    let would = upside_of_similar_customers(found_similar, values).map_err(|e| model_error(&e))?;
    let minor: Vec<i64> = would.iter().map(|value| value.round() as i64).collect();
    let expected = |at: usize| values.expected[found_similar.rows[at] as usize] as i64;
    let chosen: Vec<usize> = (0..minor.len()).filter(|at| minor[*at] > expected(*at)).collect();
    let counts = |found: OpportunityResult| OpportunityResult {
        without: found_similar.without,
        candidates: found_similar.candidates,
        ..found
    };
    if chosen.is_empty() {
        let reason = if found_similar.rows.is_empty() {
            "none of these customers has enough similar customers"
        } else {
            "similar customers do not spend more than these customers are expected to"
        };
        return Ok(counts(OpportunityResult::nothing(kind, considered, reason.to_owned())));
    }
    let [low, high] = interval(found_similar, &chosen, values, level, rng).map_err(|e| model_error(&e))?;
    Ok(counts(OpportunityResult {
        kind,
        rows: chosen.iter().map(|at| found_similar.rows[*at]).collect(),
        expected_minor: chosen.iter().map(|at| expected(*at)).collect(),
        similar_customers_minor: chosen.iter().map(|at| minor[*at]).collect(),
        interval_minor: [low.max(0.0), high.max(0.0)].map(|value| value.round() as i64),
        considered,
        without: 0,
        candidates: 0,
        reason: None,
    }))
}

/// Features to find similar customers by.
fn features<'a>(
    kind: Kind,
    forecasts: &'a CustomerForecasts,
    purchase_cycles_days: &'a [f64],
) -> Vec<&'a [f64]> {
    match kind {
        // Purchase frequency while active: orders by tenure would include the silence.
        Kind::Reactivation | Kind::Retention => {
            vec![
                purchase_cycles_days,
                &forecasts.order_value_minor,
                &forecasts.categories,
                &forecasts.tenure_days,
            ]
        }
        // Orders and categories are a result of coming back.
        Kind::SecondPurchase => vec![&forecasts.order_value_minor, &forecasts.pieces, &forecasts.tenure_days],
        // Order value and pieces are the outcome.
        Kind::Upsell => {
            vec![purchase_cycles_days, &forecasts.categories, &forecasts.tenure_days, &forecasts.recency_days]
        }
    }
}

/// Applies the value of similar customers: for order size, expected spend in proportion.
fn factors(kind: Kind, forecasts: &CustomerForecasts) -> Vec<f64> {
    if kind != Kind::Upsell {
        return vec![1.0; forecasts.predicted_minor.len()];
    }
    let factor = |(money, order): (&f64, &f64)| if *order > 0.0 { money / order } else { 0.0 };
    forecasts.predicted_minor.iter().zip(&forecasts.order_minor).map(factor).collect()
}

fn too_few(kind: Kind, found: usize) -> String {
    let who = match kind {
        Kind::SecondPurchase => "have two orders",
        _ => "were retained",
    };
    format!("only {found} customers {who}; more than {SIMILAR_CUSTOMERS} are needed for a comparison")
}

fn model_error(error: &opportunities::Error) -> Error {
    Error::new(ErrorKind::Internal, format!("opportunities: {error}"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Few, alike, value};
    use super::*;

    /// Forty retained customers who are expected to spend 100.00, then others.
    fn forecasts(others: &[(f64, f64, f64)]) -> (Few, CustomerForecasts) {
        let mut rows = vec![(10_000.0, 5.0, 10.0); 40];
        rows.extend(others);
        let column = |of: fn(&(f64, f64, f64)) -> f64| rows.iter().map(of).collect::<Vec<f64>>();
        let few = Few::new(&rows.iter().map(|row| (row.1 as i64, row.2 as i64, 5000, 0)).collect::<Vec<_>>());
        (few, alike(&column(|row| row.0), &column(|row| row.1), &column(|row| row.2)))
    }

    fn found(others: &[(f64, f64, f64)]) -> Vec<OpportunityResult> {
        let (few, forecasts) = forecasts(others);
        let summary = value(Vec::new());
        find(&few.request(Ok(&summary)), &forecasts).expect("features")
    }

    #[test]
    fn every_kind_has_its_customers() {
        // The purchase cycle is 20 days: overdue after 40, lapsed after 80.
        let found = found(&[
            (1000.0, 5.0, 81.0),
            (2500.0, 5.0, 41.0),
            (700.0, 1.0, 80.0),
            (700.0, 1.0, 81.0),
            (400.0, 5.0, 500.0),
        ]);
        let rows: Vec<Vec<u32>> = found.iter().map(|kind| kind.rows.clone()).collect();
        // Those with one order have nobody to be compared with: two orders have none.
        assert_eq!(rows, [vec![40, 44], vec![41], vec![], vec![]]);
        assert_eq!(found.iter().map(|kind| kind.considered).collect::<Vec<_>>(), [2, 1, 1, 40]);
        assert_eq!(found[0].expected_minor, [1000, 400]);
        assert_eq!(found[0].similar_customers_minor, [10_000, 10_000]);
        assert_eq!((found[1].expected_minor[0], found[1].similar_customers_minor[0]), (2500, 10_000));
        assert_eq!(found[0].candidates, 40);
        // With similar customers that are equal, chance is only who is asked.
        let [low, high] = found[1].interval_minor;
        assert!(low <= 7500 && 7500 <= high, "{low} {high}");
        assert!(found[0].reason.is_none() && found[2].reason.is_some() && found[3].reason.is_some());
    }

    #[test]
    fn a_second_purchase_is_compared_with_two_orders() {
        let mut others = vec![(3000.0, 2.0, 10.0); 31];
        others.push((500.0, 1.0, 10.0));
        let found = found(&others);
        assert_eq!((found[2].rows.as_slice(), found[2].candidates), ([71].as_slice(), 31));
        assert_eq!((found[2].expected_minor[0], found[2].similar_customers_minor[0]), (500, 3000));
    }

    #[test]
    fn upsell_takes_the_order_value_of_others_in_proportion() {
        let (few, mut forecasts) = forecasts(&[(2000.0, 5.0, 10.0)]);
        // The last customer's orders are half as large as those of all others.
        forecasts.order_minor[40] = 500.0;
        let summary = value(Vec::new());
        let found = find(&few.request(Ok(&summary)), &forecasts).expect("features");
        assert_eq!(found[3].rows, [40]);
        assert_eq!((found[3].expected_minor[0], found[3].similar_customers_minor[0]), (2000, 4000));
        assert_eq!(factors(Kind::Upsell, &forecasts)[40].round() as i64, 4);
        assert!(factors(Kind::Retention, &forecasts).iter().all(|factor| (factor - 1.0).abs() < 1e-12));
        forecasts.order_minor[3] = 0.0;
        assert!(factors(Kind::Upsell, &forecasts)[3].abs() < 1e-12);
    }

    #[test]
    fn only_who_spent_at_least_the_median_is_won_back() {
        let (few, mut forecasts) = forecasts(&[(1000.0, 5.0, 500.0), (1000.0, 5.0, 500.0)]);
        forecasts.monetary_minor[40] = 4999.0;
        let summary = value(Vec::new());
        let found = find(&few.request(Ok(&summary)), &forecasts).expect("features");
        assert_eq!((found[0].rows.as_slice(), found[0].considered), ([41].as_slice(), 1));
    }

    #[test]
    fn who_is_expected_to_spend_more_than_the_others_has_no_upside() {
        let found = found(&[(20_000.0, 5.0, 500.0)]);
        assert_eq!((found[0].rows.len(), found[0].considered, found[0].without), (0, 1, 0));
        assert!(found[0].reason.is_some());
        assert_eq!(found[0].interval_minor, [0, 0]);
    }

    #[test]
    fn without_value_every_kind_is_empty() {
        let found = none("too short");
        assert_eq!(found.iter().map(|kind| kind.kind).collect::<Vec<_>>(), KINDS);
        assert!(
            found.iter().all(|kind| kind.rows.is_empty() && kind.considered == 0 && kind.reason.is_some())
        );
    }

    #[test]
    fn a_customer_is_asked_for_one_kind_only() {
        let others: Vec<(f64, f64, f64)> =
            (0..200).map(|row| (f64::from(row), f64::from(row % 6 + 1), f64::from(row * 7 % 150))).collect();
        let (_, forecasts) = forecasts(&others);
        let positions = Positions::of(&forecasts).expect("features");
        let mut queries: Vec<u32> = KINDS.into_iter().flat_map(|kind| positions.queries(kind)).collect();
        let all = queries.len();
        queries.sort_unstable();
        queries.dedup();
        assert_eq!(queries.len(), all);
        // All except those with one order long ago: everybody spent the median.
        let gone = positions.rows(|status, _| status == CustomerStatus::OneOrderLapsed);
        assert_eq!(all + gone.len(), 240);
        // Nobody is compared with somebody who does not buy any more.
        for kind in [Kind::Reactivation, Kind::Retention, Kind::Upsell] {
            let among = positions.among(kind, &forecasts.orders);
            assert!(among.iter().all(|row| positions.status[*row as usize] == CustomerStatus::Stayed));
        }
        let two = positions.among(Kind::SecondPurchase, &forecasts.orders);
        assert!(
            two.iter().all(|row| (forecasts.orders[*row as usize] - 2.0).abs() < 1e-12) && !two.is_empty()
        );
    }
}
