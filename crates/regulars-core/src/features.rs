//! The customer features: name, kind and definition of each, shared by plans, pages, exports and docs.
//!
//! Deliberately not here: their computation (`regulars-engine`; a test compares it with this table).

use crate::tables::{ColumnDef, customer_features};

/// Windows, in days before the cutoff, for counting orders and spend.
pub const WINDOWS_DAYS: [u32; 4] = [30, 90, 180, 365];

/// Length in days of each of the two periods that the spend trend compares.
pub const TREND_HALF_DAYS: u32 = 180;

/// All customer features, in the order of the table `customer_features`, after `customer_id`.
///
/// "The cutoff" is the end of the day for which features are computed: `as_of` for the scores, earlier for
/// training and testing lifetime value models. No feature uses data after its cutoff.
pub const FEATURES: &[ColumnDef] = match customer_features::LIST.split_first() {
    Some((_customer, features)) => features,
    None => &[],
};

const OF: customer_features::Columns<ColumnDef> = customer_features::COLUMNS;

/// Orders in each of the windows.
pub const ORDERS_LAST: [ColumnDef; 4] =
    [OF.orders_last_30d, OF.orders_last_90d, OF.orders_last_180d, OF.orders_last_365d];

/// Spend in each of the windows.
pub const SPEND_LAST: [ColumnDef; 4] =
    [OF.spend_last_30d_minor, OF.spend_last_90d_minor, OF.spend_last_180d_minor, OF.spend_last_365d_minor];

/// Orders in the last `days`, one of the windows.
pub fn orders_last(days: u32) -> Option<ColumnDef> {
    WINDOWS_DAYS.iter().position(|window| *window == days).map(|at| ORDERS_LAST[at])
}

/// Spend in the last `days`, one of the windows.
pub fn spend_last(days: u32) -> Option<ColumnDef> {
    WINDOWS_DAYS.iter().position(|window| *window == days).map(|at| SPEND_LAST[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_docs_says_the_same() {
        let page = include_str!("../../../docs/features.md");
        let rows: Vec<&str> = page.lines().filter(|l| l.starts_with("| `")).collect();
        let expected: Vec<String> = FEATURES
            .iter()
            .map(|f| format!("| `{}` | {} | {} |", f.name, f.kind.unit(), f.meaning))
            .collect();
        assert_eq!(rows, expected);
    }

    #[test]
    fn every_feature_is_named_once_and_says_its_windows() {
        let names: std::collections::BTreeSet<&str> = FEATURES.iter().map(|f| f.name).collect();
        assert_eq!(names.len(), FEATURES.len());
        for days in WINDOWS_DAYS {
            assert_eq!(orders_last(days).map(|f| f.name.to_owned()), Some(format!("orders_last_{days}d")));
            assert_eq!(spend_last(days).map(|f| f.name.to_owned()), Some(format!("spend_last_{days}d")));
        }
    }
}
