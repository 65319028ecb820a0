//! A small run for tests: the headline numbers of Online Retail II, two years of a gift wholesaler.

use regulars_core::config::Refunds;
use regulars_core::summary::{
    MonthSummary, Period, PeriodComparison, RunSummary, SegmentSummary, TopCustomer,
};
use regulars_core::validation::MoneyTotals;

pub(crate) fn period(from: &str, to: &str, orders: u64, revenue_minor: i64) -> Period {
    Period {
        from: from.to_owned(),
        to: to.to_owned(),
        customers: orders / 2,
        orders,
        revenue_minor,
        returning_customers: orders / 4,
    }
}

/// Revenue by month from December 2009 to November 2011, in major units.
pub(crate) const RETAIL: [f64; 24] = [
    686_654.0,
    557_319.0,
    506_371.0,
    699_609.0,
    594_609.0,
    599_986.0,
    639_067.0,
    591_637.0,
    604_243.0,
    831_615.0,
    1_036_680.0,
    1_172_336.0,
    572_714.0,
    569_445.0,
    447_137.0,
    595_501.0,
    469_200.0,
    678_595.0,
    661_214.0,
    600_091.0,
    645_344.0,
    952_838.0,
    1_039_319.0,
    1_161_817.0,
];

/// Full months from a first one.
pub(crate) fn months(first: (usize, usize), revenues: &[f64]) -> Vec<MonthSummary> {
    let month = |(at, revenue): (usize, &f64)| {
        let nth = first.0 * 12 + first.1 - 1 + at;
        MonthSummary {
            month: format!("{:04}-{:02}", nth / 12, nth % 12 + 1),
            revenue_minor: (revenue * 100.0).round() as i64,
            orders: 100,
            customers: 50,
            complete: true,
        }
    };
    revenues.iter().enumerate().map(month).collect()
}

pub(crate) fn segment(name: &str, customers: u64, revenue_minor: i64, of: &RunSummary) -> SegmentSummary {
    SegmentSummary {
        segment: name.to_owned(),
        meaning: String::new(),
        priority: 1,
        customers,
        customer_share: customers as f64 / of.customers as f64,
        revenue_minor,
        revenue_share: revenue_minor as f64 / of.revenue_minor as f64,
        recency_mean: 100.0,
        frequency_mean: 2.0,
        monetary_mean_minor: revenue_minor as f64 / customers.max(1) as f64,
        average_order_value_minor: revenue_minor as f64 / customers.max(1) as f64 / 2.0,
    }
}

pub(crate) fn summary() -> RunSummary {
    let mut last = months((2011, 12), &[518_193.0]);
    last[0].complete = false;
    RunSummary {
        dataset: "retail".to_owned(),
        run_id: "run".to_owned(),
        as_of: "2011-12-09".to_owned(),
        currency: Some("GBP".to_owned()),
        money_decimals: 2,
        customers: 5_878,
        orders: 36_969,
        transactions: 36_969,
        revenue_minor: 1_743_153_316,
        money: MoneyTotals::default(),
        refunds: Some(Refunds::Match),
        average_order_value_minor: 47_152.0,
        repeat_rate: 0.72,
        top_20_revenue_share: 0.77,
        first_purchase: "2009-12-01".to_owned(),
        last_purchase: "2011-12-09".to_owned(),
        periods: Some(PeriodComparison {
            days: 90,
            current: period("2011-09-11", "2011-12-09", 6_000, 345_600_272),
            previous: period("2011-06-13", "2011-09-10", 4_000, 184_461_689),
            year_before: Some(period("2010-09-11", "2010-12-09", 5_600, 314_746_627)),
        }),
        segments: Vec::new(),
        months: [months((2009, 12), &RETAIL), last].concat(),
        top_customers: vec![TopCustomer {
            customer_id: "18102".to_owned(),
            monetary_minor: 58_098_800,
            frequency: 145,
            recency: 0,
            segment: "High-Value".to_owned(),
        }],
        cuts: Vec::new(),
        scoring: String::new(),
        purchase_cycle_days: None,
        segment_checks: Vec::new(),
        findings: [0; 3],
        clusters: None,
        value: None,
    }
}
