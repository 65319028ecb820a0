//! Products, payment methods and average behaviour of the two shops.
//!
//! Names and percentages only; the customers are in `synthetic` and `kaggle`.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_distr::Gamma;

use crate::calendar::Calendar;
use crate::params::Preset;

/// Order rate on ordinary days, relative to the season.
pub(crate) const ORDINARY_RATE: f64 = 0.8;
/// Spend per order in the season relative to ordinary days.
const SEASON_UPLIFT: f64 = 1.15;
/// Share of the year in the season.
const SEASON_SHARE: f64 = 61.0 / 365.25;
/// Yearly mean of the order rate, relative to the season.
pub(crate) const MEAN_RATE: f64 = SEASON_SHARE + (1.0 - SEASON_SHARE) * ORDINARY_RATE;
/// Yearly mean of the spend per order, relative to ordinary days.
const MEAN_UPLIFT: f64 = 1.0 + (SEASON_UPLIFT - 1.0) * SEASON_SHARE / MEAN_RATE;

/// Percentage of orders in a customer's favourite category; the others follow the shop's distribution.
const FAVOURITE_CATEGORY_PERCENT: u8 = 40;
/// Percentage of orders with a customer's preferred payment method.
const FAVOURITE_PAYMENT_PERCENT: u8 = 70;

/// Names with their percentages, which sum to 100.
type Percentages = &'static [(&'static str, u8)];

const CATEGORIES: Percentages = &[
    ("Electronics", 25),
    ("Clothing", 20),
    ("Home & Garden", 15),
    ("Books", 10),
    ("Sports", 8),
    ("Beauty", 8),
    ("Toys", 5),
    ("Automotive", 4),
    ("Health", 3),
    ("Food & Beverage", 2),
];
const PAYMENTS: Percentages =
    &[("Credit Card", 40), ("Debit Card", 25), ("PayPal", 20), ("Apple Pay", 10), ("Google Pay", 5)];
const STATUSES: Percentages = &[("Completed", 92), ("Refunded", 6), ("Cancelled", 2)];
const QUANTITIES: &[u8] = &[70, 15, 8, 5, 2];

const KAGGLE_CATEGORIES: Percentages = &[
    ("Clothing", 22),
    ("Electronics", 18),
    ("Home & Kitchen", 14),
    ("Beauty", 12),
    ("Books", 10),
    ("Sports", 9),
    ("Groceries", 8),
    ("Toys", 7),
];
/// Relative price of an order in each of [`KAGGLE_CATEGORIES`].
const KAGGLE_PRICES: &[f64] = &[1.0, 3.0, 1.3, 0.6, 0.35, 1.1, 0.5, 0.7];
const KAGGLE_PAYMENTS: Percentages =
    &[("Credit Card", 38), ("Debit Card", 24), ("PayPal", 20), ("Cash on Delivery", 12), ("Gift Card", 6)];
const KAGGLE_QUANTITIES: &[u8] = &[45, 27, 15, 9, 4];

/// A choice by whole percentages, with a single table lookup.
pub(crate) struct Choice {
    slots: [u8; 100],
}

impl Choice {
    /// Repeats each index as many times as its percentage.
    pub(crate) fn from_percents(percents: &[u8]) -> Self {
        debug_assert_eq!(percents.iter().map(|&percent| u32::from(percent)).sum::<u32>(), 100);
        let mut slots = [0; 100];
        let codes =
            percents.iter().enumerate().flat_map(|(code, &percent)| (0..percent).map(move |_| code as u8));
        for (slot, code) in slots.iter_mut().zip(codes) {
            *slot = code;
        }
        Self { slots }
    }

    /// The index of the drawn percentage.
    pub(crate) fn draw(&self, rng: &mut ChaCha8Rng) -> u8 {
        self.slots[draw_percent(rng) as usize]
    }
}

/// An integer from 0 to 99.
pub(crate) fn draw_percent(rng: &mut ChaCha8Rng) -> u8 {
    ((u64::from(rng.random::<u32>()) * 100) >> 32) as u8
}

/// A choice among categories, with a favourite per customer.
///
/// Favourites are drawn from the same percentages, so the overall distribution holds.
pub(crate) struct WordChoice {
    /// The names; a code is an index.
    pub(crate) words: Vec<&'static str>,
    choice: Choice,
    favourite_percent: u8,
}

impl WordChoice {
    pub(crate) fn new(offer: Percentages, favourite_percent: u8) -> Self {
        let percents: Vec<u8> = offer.iter().map(|&(_, percent)| percent).collect();
        let words = offer.iter().map(|&(word, _)| word).collect();
        Self { words, choice: Choice::from_percents(&percents), favourite_percent }
    }

    /// The drawn code, ignoring favourites.
    pub(crate) fn draw(&self, rng: &mut ChaCha8Rng) -> u8 {
        self.choice.draw(rng)
    }

    /// The code chosen by a customer with this favourite.
    pub(crate) fn draw_for(&self, favourite: u8, rng: &mut ChaCha8Rng) -> u8 {
        if draw_percent(rng) < self.favourite_percent { favourite } else { self.choice.draw(rng) }
    }
}

/// One of the two shops.
pub(crate) struct Shop {
    /// Time window of the orders.
    pub(crate) calendar: Calendar,
    /// Product categories.
    pub(crate) categories: WordChoice,
    /// Payment methods.
    pub(crate) payments: WordChoice,
    /// Order statuses, if recorded.
    pub(crate) statuses: Option<WordChoice>,
    /// Quantity minus one.
    pub(crate) quantities: Choice,
    /// Variation of an order's amount around the customer's mean; its mean is one.
    pub(crate) spend_noise: Gamma<f64>,
    /// Relative price of each category; the mean over all orders is one.
    category_price: Vec<f64>,
}

impl Shop {
    pub(crate) fn new(preset: Preset) -> Self {
        match preset {
            Preset::Synthetic => Self {
                calendar: Calendar::from_new_year(2023, 730),
                categories: WordChoice::new(CATEGORIES, FAVOURITE_CATEGORY_PERCENT),
                payments: WordChoice::new(PAYMENTS, FAVOURITE_PAYMENT_PERCENT),
                statuses: Some(WordChoice::new(STATUSES, 0)),
                quantities: Choice::from_percents(QUANTITIES),
                spend_noise: gamma_with_mean_one(4.0),
                // Gamma-Gamma spend is the ground truth of this shop; category prices would distort it.
                category_price: vec![1.0; CATEGORIES.len()],
            },
            Preset::Kaggle => Self {
                calendar: Calendar::from_new_year(2024, 366),
                categories: WordChoice::new(KAGGLE_CATEGORIES, FAVOURITE_CATEGORY_PERCENT),
                payments: WordChoice::new(KAGGLE_PAYMENTS, FAVOURITE_PAYMENT_PERCENT),
                statuses: None,
                quantities: Choice::from_percents(KAGGLE_QUANTITIES),
                spend_noise: gamma_with_mean_one(6.0),
                category_price: normalised(KAGGLE_PRICES, KAGGLE_CATEGORIES),
            },
        }
    }

    /// Price of an order in a category and season, relative to the customer's spend level.
    pub(crate) fn price_factor(&self, category: u8, season: bool) -> f64 {
        let season_factor = if season { SEASON_UPLIFT } else { 1.0 };
        self.category_price[category as usize] * season_factor
    }

    /// The yearly mean of [`Shop::price_factor`] for a customer with this favourite.
    pub(crate) fn mean_price_factor(&self, favourite_category: u8) -> f64 {
        let favourite_share = f64::from(self.categories.favourite_percent) / 100.0;
        let favourite_price = self.category_price[favourite_category as usize];
        MEAN_UPLIFT * (1.0 - favourite_share + favourite_share * favourite_price)
    }
}

/// A gamma distribution with mean one.
pub(crate) fn gamma_with_mean_one(shape: f64) -> Gamma<f64> {
    Gamma::new(shape, 1.0 / shape).expect("the shape is a positive constant")
}

fn normalised(prices: &[f64], offer: Percentages) -> Vec<f64> {
    let mean: f64 =
        prices.iter().zip(offer).map(|(price, &(_, percent))| price * f64::from(percent) / 100.0).sum();
    prices.iter().map(|price| price / mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_complete_and_words_need_no_quotes() {
        let offers = [CATEGORIES, PAYMENTS, STATUSES, KAGGLE_CATEGORIES, KAGGLE_PAYMENTS];
        for offer in offers {
            assert_eq!(offer.iter().map(|&(_, percent)| u32::from(percent)).sum::<u32>(), 100);
            assert!(offer.iter().all(|(word, _)| !word.contains([',', '"', '\n', '\r'])));
        }
        for quantities in [QUANTITIES, KAGGLE_QUANTITIES] {
            assert_eq!(quantities.iter().sum::<u8>(), 100);
        }
        assert_eq!(KAGGLE_PRICES.len(), KAGGLE_CATEGORIES.len());
    }

    #[test]
    fn the_mean_price_factor_is_one_over_all_customers_and_ordinary_days() {
        let shop = Shop::new(Preset::Kaggle);
        let mean: f64 = (0..shop.categories.words.len())
            .map(|code| shop.mean_price_factor(code as u8) * f64::from(KAGGLE_CATEGORIES[code].1) / 100.0)
            .sum();
        assert!((mean / MEAN_UPLIFT - 1.0).abs() < 1e-12, "{mean}");
    }
}
