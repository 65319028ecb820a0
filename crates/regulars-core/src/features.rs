//! The customer features: name, kind and definition of each, shared by plans, pages, exports and docs.
//!
//! Deliberately not here: their computation (`regulars-engine`; a test compares it with this table).

use crate::label;
use crate::tables::{ColumnDef, Kind};

/// Windows, in days before the cutoff, for counting orders and spend.
pub const WINDOWS_DAYS: [u32; 4] = [30, 90, 180, 365];

/// Length in days of each of the two periods that the spend trend compares.
pub const TREND_HALF_DAYS: u32 = 180;

const fn def(name: &'static str, kind: Kind, meaning: &'static str) -> ColumnDef {
    ColumnDef { name, kind, meaning }
}

/// All customer features, in the order of the table `customer_features`, after `customer_id`.
///
/// "The cutoff" is the end of the day for which features are computed: `as_of` for the scores, earlier for
/// training and testing lifetime value models. No feature uses data after its cutoff.
pub const FEATURES: &[ColumnDef] = &[
    def("recency_days", Kind::Days, "Calendar days from the last order to the cutoff"),
    def("frequency_orders", Kind::Count, "Orders up to the cutoff; lines of one order count once"),
    def("monetary", Kind::Money, concat!(label!(Spend), " up to the cutoff")),
    def("first_purchase", Kind::Timestamp, "Time of the first order"),
    def("last_purchase", Kind::Timestamp, "Time of the last order up to the cutoff"),
    def("tenure_days", Kind::Days, "Calendar days from the first order to the cutoff"),
    def("average_order_value", Kind::MoneyMean, "Mean order amount"),
    def("minimum_order_value", Kind::Money, "Smallest order amount"),
    def("maximum_order_value", Kind::Money, "Largest order amount"),
    def(
        "order_value_deviation",
        Kind::MoneyMean,
        "Sample standard deviation of the order amounts; empty for one order",
    ),
    def(
        "days_between_orders_mean",
        Kind::Number,
        "Mean days between consecutive orders; empty for one order",
    ),
    def(
        "days_between_orders_deviation",
        Kind::Number,
        "Sample standard deviation of the days between orders; empty for fewer than three orders",
    ),
    def("orders_last_30d", Kind::Count, "Orders in the 30 days up to the cutoff"),
    def("orders_last_90d", Kind::Count, "Orders in the 90 days up to the cutoff"),
    def("orders_last_180d", Kind::Count, "Orders in the 180 days up to the cutoff"),
    def("orders_last_365d", Kind::Count, "Orders in the 365 days up to the cutoff"),
    def("spend_last_30d", Kind::Money, concat!(label!(Spend), " in the 30 days up to the cutoff")),
    def("spend_last_90d", Kind::Money, concat!(label!(Spend), " in the 90 days up to the cutoff")),
    def("spend_last_180d", Kind::Money, concat!(label!(Spend), " in the 180 days up to the cutoff")),
    def("spend_last_365d", Kind::Money, concat!(label!(Spend), " in the 365 days up to the cutoff")),
    def("distinct_categories", Kind::Count, "Number of distinct product categories"),
    def("distinct_payment_methods", Kind::Count, "Number of distinct payment methods"),
    def("favourite_category", Kind::Text, "Most frequent category, by rows; ties are broken by name"),
    def("favourite_category_share", Kind::Share, "Its share of the customer's rows with a category"),
    def("quantity_total", Kind::Quantity, "Units bought"),
    def("quantity_per_order_mean", Kind::Number, "Mean units per order"),
    def("weekday_order_share", Kind::Share, "Share of orders placed Monday to Friday"),
    def("weekend_order_share", Kind::Share, "Share of orders placed on Saturday or Sunday"),
    def("winter_order_share", Kind::Share, "Share of orders placed in December, January or February"),
    def("spring_order_share", Kind::Share, "Share of orders placed in March, April or May"),
    def("summer_order_share", Kind::Share, "Share of orders placed in June, July or August"),
    def("autumn_order_share", Kind::Share, "Share of orders placed in September, October or November"),
    def(
        "refund_share",
        Kind::Share,
        "Refunded, returned and cancelled rows as a share of these and the order rows",
    ),
    def(
        "spend_trend",
        Kind::Number,
        concat!(
            label!(Spend),
            " of the last 180 days minus that of the 180 days before, divided by their sum: -1 stopped, 0 steady, 1 new; empty without spend in either"
        ),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_docs_says_the_same() {
        let page = include_str!("../../../docs/features.md");
        let rows: Vec<&str> = page.lines().filter(|l| l.starts_with("| `")).collect();
        let unit = |kind| match kind {
            Kind::Days => "days",
            Kind::Count => "count",
            Kind::Money | Kind::MoneyMean => "money",
            Kind::Timestamp => "timestamp",
            Kind::Text => "text",
            Kind::Share => "0 to 1",
            Kind::Quantity => "units",
            _ => "number",
        };
        let expected: Vec<String> =
            FEATURES.iter().map(|f| format!("| `{}` | {} | {} |", f.name, unit(f.kind), f.meaning)).collect();
        assert_eq!(rows, expected);
    }

    #[test]
    fn every_feature_is_named_once_and_says_its_windows() {
        let names: std::collections::BTreeSet<&str> = FEATURES.iter().map(|f| f.name).collect();
        assert_eq!(names.len(), FEATURES.len());
        for days in WINDOWS_DAYS {
            assert!(names.contains(format!("orders_last_{days}d").as_str()));
            assert!(names.contains(format!("spend_last_{days}d").as_str()));
        }
    }
}
