//! The headline numbers: what each means, and how it changed.

use regulars_core::summary::{Period, PeriodComparison, RunSummary};

use crate::format::{self, Direction, Money};

/// One headline number.
#[derive(Debug)]
pub(crate) struct Kpi {
    pub(crate) id: &'static str,
    pub(crate) label: &'static str,
    pub(crate) value: String,
    /// What it means, in plain words.
    pub(crate) definition: String,
    /// The latest period in words, and how it differs from the one before.
    pub(crate) latest: String,
    pub(crate) change: Option<Change>,
}

/// How a number changed from one period to the next.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) text: String,
    pub(crate) direction: &'static str,
    /// What it is compared with.
    pub(crate) against: String,
}

/// The six headline numbers, in their order on the page.
pub(crate) fn kpis(summary: &RunSummary) -> Vec<Kpi> {
    let money = Money::of(summary);
    let periods = summary.periods.as_ref();
    let comparable = comparable(summary);
    let latest = |text: &dyn Fn(&Period) -> Option<String>| {
        periods.and_then(|p| Some(format!("Last {} days: {}", p.days, text(&p.current)?))).unwrap_or_default()
    };
    let compare = |measure: &dyn Fn(&Period) -> Option<f64>| {
        let p = comparable?;
        let (text, direction) = format::change(measure(&p.current)?, measure(&p.previous)?)?;
        Some(worded(text, direction, p))
    };
    let per_order = |p: &Period| (p.orders > 0).then(|| p.revenue_minor as f64 / p.orders as f64);
    let returning = |p: &Period| (p.customers > 0).then(|| p.returning_customers as f64 / p.customers as f64);
    let whole_history = format!(
        "Over the whole time, {} to {}",
        format::day(&summary.first_purchase),
        format::day(&summary.last_purchase)
    );
    vec![
        Kpi {
            id: "customers",
            label: "Customers",
            value: format::count(summary.customers),
            definition: "Different customers with at least one purchase that counts.".to_owned(),
            latest: latest(&|p| Some(format!("{} bought", format::count(p.customers)))),
            change: compare(&|p| Some(p.customers as f64)),
        },
        Kpi {
            id: "orders",
            label: "Orders",
            value: format::count(summary.orders),
            definition: "Purchases. The lines of one order count once.".to_owned(),
            latest: latest(&|p| Some(format::counted(p.orders, "order", "orders"))),
            change: compare(&|p| Some(p.orders as f64)),
        },
        Kpi {
            id: "revenue",
            label: "Revenue",
            value: money.exact(summary.revenue_minor),
            definition: "What customers paid for the purchases that count, after the policy on refunds and cancellations."
                .to_owned(),
            latest: latest(&|p| Some(money.exact(p.revenue_minor))),
            change: compare(&|p| Some(p.revenue_minor as f64)),
        },
        Kpi {
            id: "average-order-value",
            label: "Average order value",
            value: money.mean(summary.average_order_value_minor),
            definition: "Revenue divided by orders.".to_owned(),
            latest: latest(&|p| per_order(p).map(|mean| format!("{} an order", money.mean(mean)))),
            change: compare(&per_order),
        },
        Kpi {
            id: "repeat-rate",
            label: "Repeat rate",
            value: format::percent(summary.repeat_rate),
            definition: "Share of customers who bought more than once. Below it, of those who bought lately, the share \
                         that had bought before."
                .to_owned(),
            latest: latest(&|p| returning(p).map(|share| format!("{} of buyers had bought before", format::percent(share)))),
            change: comparable.and_then(|p| {
                let (text, direction) = format::change_in_points(returning(&p.current)?, returning(&p.previous)?);
                Some(worded(text, direction, p))
            }),
        },
        Kpi {
            id: "top-fifth",
            label: "Revenue from the top fifth",
            value: format::percent(summary.top_fifth_revenue_share),
            definition: "Share of revenue that comes from the 20% of customers who spent most. The higher, the more \
                         depends on few."
                .to_owned(),
            latest: whole_history,
            change: None,
        },
    ]
}

fn worded(text: String, direction: Direction, periods: &PeriodComparison) -> Change {
    Change {
        text,
        direction: direction.class(),
        against: format!("against the {} days before", periods.days),
    }
}

/// The two periods, if the data reach back over all of both.
pub(crate) fn comparable(summary: &RunSummary) -> Option<&PeriodComparison> {
    summary.periods.as_ref().filter(|p| summary.first_purchase.get(..10) <= p.previous.from.get(..10))
}

/// Why there is no comparison, if there is none.
pub(crate) fn comparison_note(summary: &RunSummary) -> Option<String> {
    match (&summary.periods, comparable(summary)) {
        (_, Some(_)) => None,
        (Some(p), None) => Some(format!(
            "The data begin on {}, so there are no full {} days to compare the last {} days with.",
            format::day(&summary.first_purchase),
            p.days,
            p.days
        )),
        (None, None) => {
            Some("The data cover too short a time to compare one period with another.".to_owned())
        }
    }
}
