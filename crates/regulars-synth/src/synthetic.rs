//! Customers of the synthetic shop: Pareto/NBD purchases with Gamma-Gamma spend.
//!
//! Source: Schmittlein, Morrison & Colombo (1987) for the rates; Fader & Hardie (2013) for the spend, with p
//! = 4, q = 6.25 and v = 61.875 in whole units of money. The season makes the order process inhomogeneous;
//! rates and means are yearly.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Gamma, StandardNormal};

use crate::customers::{Behaviour, draw_integer};
use crate::shop::{Choice, Shop};
use crate::table::{Column, Values};

/// Gamma shape of the purchase rates, and its scale in orders per day.
const PURCHASE: (f64, f64) = (1.1, 1.0 / 34.5);
/// Gamma shape of the dropout rates, and its scale in dropouts per day.
const DROPOUT: (f64, f64) = (0.7, 1.0 / 260.0);
/// Customer acquisition accelerates.
const GROWTH: f64 = 1.3;
/// Gamma-Gamma's q, and p times v in cents.
const SPEND: (f64, f64) = (6.25, 24_750.0);

/// Mean and standard deviation.
const AGE: (f64, f64) = (35.0, 12.0);
const AGE_LIMITS: (f64, f64) = (18.0, 80.0);

/// The shop classifies customers by its estimate of their purchase rate, which has an error with this
/// standard deviation (log scale): a type is informative about the rate, but not exact.
const TYPE_ERROR: f64 = 0.5;
/// Quantiles 0.30, 0.77 and 0.92 of that estimate, in units of the scale of [`PURCHASE`].
const TYPE_LIMITS: [f64; 3] = [0.392, 1.722, 3.255];
const TYPES: [&str; 4] = ["New", "Regular", "Premium", "VIP"];

const GENDERS: [&str; 3] = ["Female", "Male", "Other"];
const GENDER_PERCENTS: [u8; 3] = [50, 48, 2];
const CITIES: [&str; 20] = [
    "New York",
    "Los Angeles",
    "Chicago",
    "Houston",
    "Phoenix",
    "Philadelphia",
    "San Antonio",
    "San Diego",
    "Dallas",
    "San Jose",
    "Austin",
    "Jacksonville",
    "Fort Worth",
    "Columbus",
    "Charlotte",
    "San Francisco",
    "Indianapolis",
    "Seattle",
    "Denver",
    "Boston",
];

/// Draws `count` customers and their attributes.
pub(crate) fn draw(shop: &Shop, count: usize, rng: &mut ChaCha8Rng) -> (Vec<Behaviour>, Vec<Column>) {
    let purchase = Gamma::new(PURCHASE.0, PURCHASE.1).expect("both constants are positive");
    let dropout = Gamma::new(DROPOUT.0, DROPOUT.1).expect("both constants are positive");
    let spend = Gamma::new(SPEND.0, 1.0).expect("both constants are positive");
    let gender = Choice::from_percents(&GENDER_PERCENTS);

    let mut behaviours = Vec::with_capacity(count);
    let mut ages = Vec::with_capacity(count);
    let mut genders = Vec::with_capacity(count);
    let mut cities = Vec::with_capacity(count);
    let mut types = Vec::with_capacity(count);
    let mut registrations = Vec::with_capacity(count);
    for _ in 0..count {
        // Lower bounds far below relevant values, so that gaps and lifetimes stay finite.
        let rates = (rng.sample(purchase).max(1e-9), rng.sample(dropout).max(1e-9));
        let mean_spend_cents = SPEND.1 / rng.sample(spend).max(1e-3);
        let behaviour = Behaviour::draw(shop, GROWTH, rates, mean_spend_cents, rng);

        ages.push(draw_integer(AGE, AGE_LIMITS, rng));
        genders.push(gender.draw(rng));
        cities.push(rng.random_range(0..CITIES.len() as u8));
        let error: f64 = rng.sample(StandardNormal);
        let estimated_rate = rates.0 / PURCHASE.1 * (TYPE_ERROR * error).exp();
        types.push(TYPE_LIMITS.iter().filter(|&&limit| estimated_rate > limit).count() as u8);
        registrations.push(shop.calendar.first_day + behaviour.start_days as i32);
        behaviours.push(behaviour);
    }
    let attributes = vec![
        Column::new("age", Values::Count(ages)),
        Column::new("gender", Values::words(genders, &GENDERS)),
        Column::new("city", Values::words(cities, &CITIES)),
        Column::new("customer_type", Values::words(types, &TYPES)),
        Column::new("registration_date", Values::Date(registrations)),
    ];
    (behaviours, attributes)
}
