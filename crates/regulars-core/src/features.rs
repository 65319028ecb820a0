//! The customer features: name, kind and definition of each, in one table that plans, pages,
//! exports and docs share.
//!
//! Deliberately not here: how they are computed (the plan of `regulars-engine`, which a test holds
//! against this table).

use crate::label;
use crate::tables::{ColumnDef, Kind};

/// Windows, in days before the cut, in which purchases and spend are counted.
pub const WINDOWS_DAYS: [u32; 4] = [30, 90, 180, 365];

/// Days of each of the two halves that the spend trend compares.
pub const TREND_HALF_DAYS: u32 = 180;

const fn def(name: &'static str, kind: Kind, meaning: &'static str) -> ColumnDef {
    ColumnDef { name, kind, meaning }
}

/// Every customer feature, in the order of the table `customer_features`, after `customer_id`.
///
/// "The cut" is the moment the features are computed at: `as_of` for the scores, earlier for the
/// lifetime models. No feature reads anything later than its cut.
pub const FEATURES: &[ColumnDef] = &[
    def("recency_days", Kind::Days, "Calendar days from the last purchase to the cut"),
    def("frequency_orders", Kind::Count, "Purchases up to the cut; lines of one order are one purchase"),
    def("monetary", Kind::Money, concat!(label!(Spend), " up to the cut")),
    def("first_purchase", Kind::Timestamp, "The first purchase"),
    def("last_purchase", Kind::Timestamp, "The last purchase up to the cut"),
    def("tenure_days", Kind::Days, "Calendar days from the first purchase to the cut"),
    def("average_order_value", Kind::MoneyMean, "Mean amount of a purchase"),
    def("minimum_order_value", Kind::Money, "Smallest amount of a purchase"),
    def("maximum_order_value", Kind::Money, "Largest amount of a purchase"),
    def(
        "order_value_deviation",
        Kind::MoneyMean,
        "Sample standard deviation of the amounts; empty for one purchase",
    ),
    def(
        "days_between_orders_mean",
        Kind::Number,
        "Mean days between purchases in a row; empty for one purchase",
    ),
    def(
        "days_between_orders_deviation",
        Kind::Number,
        "Sample standard deviation of the days between purchases; empty below three purchases",
    ),
    def("orders_last_30d", Kind::Count, "Purchases in the 30 days up to the cut"),
    def("orders_last_90d", Kind::Count, "Purchases in the 90 days up to the cut"),
    def("orders_last_180d", Kind::Count, "Purchases in the 180 days up to the cut"),
    def("orders_last_365d", Kind::Count, "Purchases in the 365 days up to the cut"),
    def("spend_last_30d", Kind::Money, concat!(label!(Spend), " in the 30 days up to the cut")),
    def("spend_last_90d", Kind::Money, concat!(label!(Spend), " in the 90 days up to the cut")),
    def("spend_last_180d", Kind::Money, concat!(label!(Spend), " in the 180 days up to the cut")),
    def("spend_last_365d", Kind::Money, concat!(label!(Spend), " in the 365 days up to the cut")),
    def("distinct_categories", Kind::Count, "Different product categories bought"),
    def("distinct_payment_methods", Kind::Count, "Different payment methods used"),
    def(
        "favourite_category",
        Kind::Text,
        "The category bought most often, in rows; the first by name among equals",
    ),
    def("favourite_category_share", Kind::Share, "Its share of the customer's rows that have a category"),
    def("quantity_total", Kind::Quantity, "Pieces bought"),
    def("quantity_per_order_mean", Kind::Number, "Mean pieces of a purchase"),
    def("weekday_order_share", Kind::Share, "Share of purchases made Monday to Friday"),
    def("weekend_order_share", Kind::Share, "Share of purchases made on Saturday or Sunday"),
    def("winter_order_share", Kind::Share, "Share of purchases made in December, January or February"),
    def("spring_order_share", Kind::Share, "Share of purchases made in March, April or May"),
    def("summer_order_share", Kind::Share, "Share of purchases made in June, July or August"),
    def("autumn_order_share", Kind::Share, "Share of purchases made in September, October or November"),
    def(
        "refund_share",
        Kind::Share,
        "Refunded, returned and cancelled rows as a share of these and the purchase rows",
    ),
    def(
        "spend_trend",
        Kind::Number,
        concat!(
            label!(Spend),
            " of the last 180 days less that of the 180 days before, over their sum: -1 stopped, 0 even, 1 new; empty without spend in either"
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
            Kind::Quantity => "pieces",
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
