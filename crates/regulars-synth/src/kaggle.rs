//! Customers of the small shop: five groups by income and spending score.
//!
//! The groups are similar to those in the mall data sets of clustering tutorials, so that clustering by
//! income and score finds them. Frequency and spend increase with the score; spend also increases slightly
//! with income.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_distr::Gamma;

use crate::customers::{Behaviour, draw_integer};
use crate::shop::{Choice, Shop, gamma_with_mean_one};
use crate::table::{Column, Values};

/// Mean and standard deviation.
type MeanAndDeviation = (f64, f64);

/// A group of customers.
struct CustomerGroup {
    percent: u8,
    income_k: MeanAndDeviation,
    spending_score: MeanAndDeviation,
    age: MeanAndDeviation,
}

const CUSTOMER_GROUPS: [CustomerGroup; 5] = [
    CustomerGroup { percent: 40, income_k: (55.0, 9.0), spending_score: (50.0, 6.5), age: (43.0, 16.0) },
    CustomerGroup { percent: 12, income_k: (26.0, 7.0), spending_score: (20.0, 9.0), age: (45.0, 13.0) },
    CustomerGroup { percent: 11, income_k: (26.0, 6.0), spending_score: (79.0, 9.0), age: (25.0, 5.0) },
    CustomerGroup { percent: 17, income_k: (87.0, 15.0), spending_score: (17.0, 9.0), age: (41.0, 11.0) },
    CustomerGroup { percent: 20, income_k: (86.0, 15.0), spending_score: (82.0, 9.0), age: (33.0, 4.0) },
];

const GENDERS: [&str; 2] = ["Female", "Male"];
const GENDER_PERCENTS: [u8; 2] = [56, 44];

/// Below one: most customers bought in earlier years and place this year's first order early.
const GROWTH: f64 = 0.5;
/// Orders per year at score 0, and the increase up to score 100.
const ORDERS_A_YEAR: (f64, f64) = (2.0, 21.0);
/// Spend per order at score 0 and an income of 60, in cents.
const SPEND_CENTS: f64 = 3_500.0;

/// Draws `count` customers and their attributes.
pub(crate) fn draw(shop: &Shop, count: usize, rng: &mut ChaCha8Rng) -> (Vec<Behaviour>, Vec<Column>) {
    let group_choice = Choice::from_percents(&CUSTOMER_GROUPS.map(|group| group.percent));
    let gender = Choice::from_percents(&GENDER_PERCENTS);
    let rate_noise = gamma_with_mean_one(4.0);
    let spend_noise = gamma_with_mean_one(12.0);
    let dropout = Gamma::new(1.2, 1.0 / 700.0).expect("both constants are positive");

    let mut behaviours = Vec::with_capacity(count);
    let mut ages = Vec::with_capacity(count);
    let mut genders = Vec::with_capacity(count);
    let mut incomes = Vec::with_capacity(count);
    let mut scores = Vec::with_capacity(count);
    for _ in 0..count {
        let group = &CUSTOMER_GROUPS[group_choice.draw(rng) as usize];
        let income_k = draw_integer(group.income_k, (15.0, 140.0), rng);
        let score = draw_integer(group.spending_score, (1.0, 100.0), rng);
        let score_share = f64::from(score) / 100.0;

        let orders_a_year = ORDERS_A_YEAR.0 + ORDERS_A_YEAR.1 * score_share;
        let purchase_rate = orders_a_year / 365.25 * rng.sample(rate_noise);
        // High spenders churn less.
        let dropout_rate = rng.sample(dropout) * (1.6 - score_share);
        let rates = (purchase_rate.max(1e-9), dropout_rate.max(1e-9));
        let income_effect = (f64::from(income_k) / 60.0).powf(0.4);
        let mean_spend_cents =
            SPEND_CENTS * (1.2 * score_share).exp() * income_effect * rng.sample(spend_noise);
        behaviours.push(Behaviour::draw(shop, GROWTH, rates, mean_spend_cents, rng));

        ages.push(draw_integer(group.age, (18.0, 75.0), rng));
        genders.push(gender.draw(rng));
        incomes.push(income_k);
        scores.push(score);
    }
    let attributes = vec![
        Column::new("age", Values::Count(ages)),
        Column::new("gender", Values::words(genders, &GENDERS)),
        Column::new("annual_income_k", Values::Count(incomes)),
        Column::new("spending_score", Values::Count(scores)),
    ];
    (behaviours, attributes)
}
