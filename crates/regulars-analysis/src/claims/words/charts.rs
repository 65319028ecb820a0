//! Titles and advice of charts.

use regulars_core::label;

use super::super::customers::Skew;
use super::super::patterns::{TopAcquisitionMonth, TopSpendGroup, Weekdays};
use super::super::revenue::{Months, MonthsOfYear};
use crate::format::{self, Money};

/// The days of the week, from Monday.
pub const WEEKDAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The best full month compared with the latest.
pub fn best_months(found: Option<&Months>, money: &Money) -> String {
    match found {
        Some(Months { best, latest: None }) => format!(
            "Best full month so far: {}, {}",
            format::month(&best.month),
            money.rounded(best.revenue_minor as f64)
        ),
        Some(Months { best, latest: Some(latest) }) => format!(
            "Best month: {} with {}; latest full month: {} with {}",
            format::month(&best.month),
            money.rounded(best.revenue_minor as f64),
            format::month(&latest.month),
            money.rounded(latest.revenue_minor as f64)
        ),
        None => "The data do not cover a full month yet".to_owned(),
    }
}

/// Title and advice for the months of the year.
pub fn months_of_year(found: &MonthsOfYear) -> [String; 2] {
    match found {
        MonthsOfYear::Season { strongest, times, years } => [
            format!("{} is the strongest month: {times:.1} times the trend", MONTHS[*strongest]),
            format!(
                "Seasonality measured over {years} years of full months. Compare a month with the same month of the previous \
                 year, not with the previous month."
            ),
        ],
        MonthsOfYear::NoSeason => [
            "No significant seasonality".to_owned(),
            "Different months were strong in different years, so a strong month may not repeat next year."
                .to_owned(),
        ],
        MonthsOfYear::TooShort => [
            "Mean by month of the year".to_owned(),
            "Fewer than two full years: seasonality cannot be separated from trend or chance yet.".to_owned(),
        ],
    }
}

/// Title and advice for the days of the week.
pub fn weekdays(found: Weekdays) -> [String; 2] {
    match found {
        Weekdays::Strong { day, share } => [
            format!("Most orders on {}: {}", WEEKDAYS[day], format::percent_in_text(share)),
            "Send messages shortly before strong days, and plan staff accordingly.".to_owned(),
        ],
        Weekdays::Even { day, share } => [
            "No day of the week stands out".to_owned(),
            format!(
                "{} has the most orders, {}; an equal share would be 14.3%. The difference is too small to plan around.",
                WEEKDAYS[day],
                format::percent(share)
            ),
        ],
    }
}

/// The month with most new customers; `month` is its name.
pub fn acquired(found: Option<(TopAcquisitionMonth, &str)>) -> String {
    match found {
        Some((most, month)) => {
            format!("Most new customers in {}: {}", format::month(month), format::count(most.customers))
        }
        None => "Customers by month of first order".to_owned(),
    }
}

/// The column with the most missing values; `alone` if no other has as many.
pub fn missing(column: &str, share: f64, alone: bool) -> String {
    format!(
        "{column} is missing in {} of rows{}",
        format::percent_in_text(share),
        if alone { ", more than any other column" } else { ", as much as any other column" }
    )
}

/// The group that spends most, as part of a title; empty if none clearly does.
pub fn attribute(found: Option<(TopSpendGroup, &str)>, money: &Money) -> String {
    found.map_or_else(String::new, |(most, name)| {
        format!(
            "; highest spend per customer among groups of at least 2%: {name}, {}",
            money.rounded(most.mean_minor)
        )
    })
}

/// Median and mean spend.
pub fn skew(found: Skew, money: &Money) -> [String; 2] {
    [
        format!(
            "Spend per customer: median {}, mean {}",
            money.rounded(found.median_minor),
            money.rounded(found.mean_minor)
        ),
        if found.most_are_far_below() {
            concat!(
                "Most customers spend far less than average: ",
                label!(revenue),
                " depends on the few on the right."
            )
        } else {
            concat!(
                "The further the mean is above the median, the more ",
                label!(revenue),
                " depends on the few on the right."
            )
        }
        .to_owned(),
    ]
}

/// Median and mean expected spend.
pub fn value_skew(found: Skew, horizon_days: u32, money: &Money) -> [String; 2] {
    [
        format!(
            "Predicted LTV per customer, next {horizon_days} days: median {}, mean {}",
            money.rounded(found.median_minor),
            money.rounded(found.mean_minor)
        ),
        if found.most_are_far_below() {
            "Predicted LTV times gross margin is the most that keeping a customer can return; most customers are worth far \
             less than average."
        } else {
            "Predicted LTV times gross margin is the most that keeping a customer can return."
        }
        .to_owned(),
    ]
}

/// Share of one-time buyers.
pub fn frequency(once: f64) -> String {
    format!("{} of customers ordered only once", format::percent_in_text(once))
}

/// Advice from the share of one-time buyers.
pub fn one_order_advice(once: f64) -> &'static str {
    if once > 0.5 {
        "Most customers are lost after their first order: send them a second-order campaign."
    } else {
        "Click a bar for its customers."
    }
}

/// Customers who account for half of revenue; `share` is their share of all customers.
pub fn concentration_curve(half: u64, share: f64, all: bool) -> String {
    format!(
        concat!("Half of ", label!(revenue), " comes from {}, {} of {}"),
        format::customers(half),
        format::percent_in_text(share),
        if all { "all" } else { "these" }
    )
}

/// The segment with more than its share of revenue, or the only segment, or neither.
pub fn segments(best: Option<(&str, f64, f64)>, only: Option<&str>) -> String {
    match (best, only) {
        (Some((segment, customers, revenue)), _) => format!(
            concat!("{} is {} of customers but {} of ", label!(revenue), ": retain them first"),
            segment,
            format::percent_in_text(customers),
            format::percent_in_text(revenue)
        ),
        (None, Some(only)) => format!("All of these customers are {only}"),
        (None, None) => {
            concat!("Each segment’s share of ", label!(revenue), " matches its share of customers").to_owned()
        }
    }
}
