//! What pictures may be said to show, in words: a title, and what to do with it.

use regulars_core::label;

use super::super::customers::Skew;
use super::super::patterns::{MostNew, SpendsMost, Weekdays};
use super::super::revenue::{Months, MonthsOfYear};
use crate::format::{self, Money};

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
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

/// The best full month, and the latest one against it.
pub fn best_months(found: Option<&Months>, money: &Money) -> String {
    match found {
        Some(Months { best, latest: None }) => format!(
            "{} was the best month so far: {}",
            format::month(&best.month),
            money.rounded(best.revenue_minor as f64)
        ),
        Some(Months { best, latest: Some(latest) }) => format!(
            "The best month was {} with {}; {}, the latest full month, brought {}",
            format::month(&best.month),
            money.rounded(best.revenue_minor as f64),
            format::month(&latest.month),
            money.rounded(latest.revenue_minor as f64)
        ),
        None => "The data do not cover a full month yet".to_owned(),
    }
}

/// What months of the year say: a title, and what to do with it.
pub fn months_of_year(found: &MonthsOfYear) -> [String; 2] {
    match found {
        MonthsOfYear::Season { strongest, times, years } => [
            format!("{} is the strongest month: {times:.1} times the trend", MONTHS[*strongest]),
            format!(
                "A season, measured on {years} years of full months that move alike. Compare a month with the same month of the \
                 year before, not with the one before it."
            ),
        ],
        MonthsOfYear::NoSeason => [
            "No seasonal pattern measured: months of the year differ no more than by chance".to_owned(),
            "Over the full years of the data the same months did not move alike, so a strong month need not come again a year \
             later."
                .to_owned(),
        ],
        MonthsOfYear::TooShort => [
            "Mean by month of the year".to_owned(),
            "Less than two full years of months: a season cannot be told from a trend or from chance yet.".to_owned(),
        ],
    }
}

/// What days of the week say: a title, and what to do with it.
pub fn weekdays(found: Weekdays) -> [String; 2] {
    match found {
        Weekdays::Strong { day, share } => [
            format!("{} brings most orders: {} of them", WEEKDAYS[day], format::percent_in_text(share)),
            "Send messages so that they are read shortly before the strong days, and plan staff by them."
                .to_owned(),
        ],
        Weekdays::Even { day, share } => [
            "No day of the week stands out".to_owned(),
            format!(
                "{} has most orders, {} of them, where an equal share is 14.3%: too little to plan by.",
                WEEKDAYS[day],
                format::percent_in_text(share)
            ),
        ],
    }
}

/// The month with most new customers; `month` is its name.
pub fn acquired(found: Option<(MostNew, &str)>) -> String {
    match found {
        Some((most, month)) => {
            format!("Most new customers came in {}: {}", format::month(month), format::count(most.customers))
        }
        None => "Customers by the month of their first order".to_owned(),
    }
}

/// The column that is empty most often, and whether no other is as often.
pub fn missing(column: &str, share: f64, alone: bool) -> String {
    format!(
        "{column} is missing in {} of rows{}",
        format::percent_in_text(share),
        if alone { ", more than any other column" } else { ", as much as any other column" }
    )
}

/// The group that spends most, as a part of a title; nothing where none does clearly.
pub fn attribute(found: Option<(SpendsMost, &str)>, money: &Money) -> String {
    found.map_or_else(String::new, |(most, name)| {
        format!("; {name} spend most: {} each", money.rounded(most.mean_minor))
    })
}

/// The median customer beside the average one.
pub fn skew(found: Skew, money: &Money) -> [String; 2] {
    [
        format!(
            "The median customer spent {}, the average one {}",
            money.rounded(found.median_minor),
            money.rounded(found.mean_minor)
        ),
        if found.most_are_far_below() {
            concat!(
                "Most customers spend far less than average: ",
                label!(revenue),
                " depends on the few at the right end."
            )
        } else {
            concat!(
                "The further the average lies above the median, the more of ",
                label!(revenue),
                " depends on the few at the right end."
            )
        }
        .to_owned(),
    ]
}

/// What is expected of the median customer and of the average one.
pub fn value_skew(found: Skew, horizon_days: u32, money: &Money) -> [String; 2] {
    [
        format!(
            "In the next {horizon_days} days the median customer is expected to spend {}, the average one {}",
            money.rounded(found.median_minor),
            money.rounded(found.mean_minor)
        ),
        if found.most_are_far_below() {
            "Expected spend times your margin is the most that keeping a customer may cost; most customers are worth far less \
             than average."
        } else {
            "Expected spend times your margin is the most that keeping a customer may cost."
        }
        .to_owned(),
    ]
}

/// How many ordered once.
pub fn frequency(once: f64) -> String {
    format!("{} of customers ordered once only", format::percent_in_text(once))
}

/// What follows from how many ordered once.
pub fn one_order_advice(once: f64) -> &'static str {
    if once > 0.5 {
        "Most customers are lost between the first order and the second: that step deserves its own message."
    } else {
        "Click a bar for its customers."
    }
}

/// Which customers bring half; `share` is theirs of all customers.
pub fn concentration_curve(half: u64, share: f64, all: bool) -> String {
    format!(
        concat!("Half of ", label!(revenue), " comes from {}, {} of {}"),
        format::counted(half, "customer", "customers"),
        format::percent_in_text(share),
        if all { "all" } else { "these" }
    )
}

/// A segment that brings more than its share of customers; the only one there is; or that none does.
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
