//! Who buys in the synthetic shop: Pareto/NBD customers with gamma-gamma spend.
//!
//! Source: Schmittlein, Morrison & Colombo (1987) for the rates; Fader & Hardie (2013) for the
//! spend, with p = 4, q = 6.25 and v = 61.875 in whole units of money. The season makes the
//! process of orders inhomogeneous; rates and means are those of a whole year.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Gamma, StandardNormal};

use crate::customers::{Behaviour, draw_whole};
use crate::shop::{Choice, Shop};
use crate::table::{Column, Values};

/// Gamma shape of the purchase rates, and its scale in orders a day.
const PURCHASE: (f64, f64) = (1.1, 1.0 / 34.5);
/// Gamma shape of the dropout rates, and its scale in dropouts a day.
const DROPOUT: (f64, f64) = (0.7, 1.0 / 260.0);
/// The shop wins customers ever faster.
const GROWTH: f64 = 1.3;
/// Gamma-gamma's q, and p times v in cents.
const SPEND: (f64, f64) = (6.25, 24_750.0);

/// Mean and deviation.
const AGE: (f64, f64) = (35.0, 12.0);
const AGE_LIMITS: (f64, f64) = (18.0, 80.0);

/// The shop sorts its customers by what it believes they buy, which is the truth times an error
/// of this deviation (of the logarithm): a type says something about the rate, but not all.
const TYPE_ERROR: f64 = 0.5;
/// Quantiles 0.30, 0.77 and 0.92 of that belief, in units of the scale of [`PURCHASE`].
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

/// Draws `count` customers and what the shop knows of them.
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
        // Floors far below what matters, so that gaps and lifetimes stay finite.
        let rates = (rng.sample(purchase).max(1e-9), rng.sample(dropout).max(1e-9));
        let mean_spend_cents = SPEND.1 / rng.sample(spend).max(1e-3);
        let behaviour = Behaviour::draw(shop, GROWTH, rates, mean_spend_cents, rng);

        ages.push(draw_whole(AGE, AGE_LIMITS, rng));
        genders.push(gender.draw(rng));
        cities.push(rng.random_range(0..CITIES.len() as u8));
        let error: f64 = rng.sample(StandardNormal);
        let belief = rates.0 / PURCHASE.1 * (TYPE_ERROR * error).exp();
        types.push(TYPE_LIMITS.iter().filter(|&&limit| belief > limit).count() as u8);
        registrations.push(shop.calendar.first_day + behaviour.start_days as i32);
        behaviours.push(behaviour);
    }
    let attributes = vec![
        Column::new("age", Values::Count(ages)),
        Column::new("gender", Values::words(genders, &GENDERS)),
        Column::new("city", Values::words(cities, &CITIES)),
        Column::new("customer_type", Values::words(types, &TYPES)),
        Column::new("registration_date", Values::Day(registrations)),
    ];
    (behaviours, attributes)
}
