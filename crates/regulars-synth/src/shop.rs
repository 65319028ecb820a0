//! What the two shops sell, how it is paid, and how their customers behave on average.
//!
//! Words and percentages only; who the customers are is in `synthetic` and `kaggle`.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_distr::Gamma;

use crate::calendar::Calendar;
use crate::params::Preset;

/// Share of orders that an ordinary day keeps of what a day of the season has.
pub(crate) const ORDINARY_KEEP: f64 = 0.8;
/// How much more is spent per order in the season.
const SEASON_UPLIFT: f64 = 1.15;
/// Share of the year that is season.
const SEASON_SHARE: f64 = 61.0 / 365.25;
/// A year's mean of the rate of orders, where the season's is one.
pub(crate) const MEAN_KEEP: f64 = SEASON_SHARE + (1.0 - SEASON_SHARE) * ORDINARY_KEEP;
/// A year's mean of the spend per order, where an ordinary day's is one.
const MEAN_UPLIFT: f64 = 1.0 + (SEASON_UPLIFT - 1.0) * SEASON_SHARE / MEAN_KEEP;

/// Percentage of orders in a customer's favourite category; the rest as the whole shop buys.
const FAVOURITE_CATEGORY_PERCENT: u8 = 40;
/// Percentage of orders paid as a customer prefers.
const FAVOURITE_PAYMENT_PERCENT: u8 = 70;

/// Words and whole percentages; they sum to 100.
type Offer = &'static [(&'static str, u8)];

const CATEGORIES: Offer = &[
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
const PAYMENTS: Offer =
    &[("Credit Card", 40), ("Debit Card", 25), ("PayPal", 20), ("Apple Pay", 10), ("Google Pay", 5)];
const STATUSES: Offer = &[("Completed", 92), ("Refunded", 6), ("Cancelled", 2)];
const QUANTITIES: &[u8] = &[70, 15, 8, 5, 2];

const KAGGLE_CATEGORIES: Offer = &[
    ("Clothing", 22),
    ("Electronics", 18),
    ("Home & Kitchen", 14),
    ("Beauty", 12),
    ("Books", 10),
    ("Sports", 9),
    ("Groceries", 8),
    ("Toys", 7),
];
/// What an order in each of [`KAGGLE_CATEGORIES`] costs, up to a common factor.
const KAGGLE_PRICES: &[f64] = &[1.0, 3.0, 1.3, 0.6, 0.35, 1.1, 0.5, 0.7];
const KAGGLE_PAYMENTS: Offer =
    &[("Credit Card", 38), ("Debit Card", 24), ("PayPal", 20), ("Cash on Delivery", 12), ("Gift Card", 6)];
const KAGGLE_QUANTITIES: &[u8] = &[45, 27, 15, 9, 4];

/// A choice by whole percentages, in one look at a table.
pub(crate) struct Choice {
    slots: [u8; 100],
}

impl Choice {
    /// Chooses the place of each percentage as often as it says.
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

    /// The place of the percentage that was drawn.
    pub(crate) fn draw(&self, rng: &mut ChaCha8Rng) -> u8 {
        self.slots[draw_percent(rng) as usize]
    }
}

/// A whole number from 0 to 99.
pub(crate) fn draw_percent(rng: &mut ChaCha8Rng) -> u8 {
    ((u64::from(rng.random::<u32>()) * 100) >> 32) as u8
}

/// A choice among words, of which each customer has a favourite.
///
/// The favourites are drawn like everything else, so that over all customers the percentages hold.
pub(crate) struct WordChoice {
    /// The words; a code is a place among them.
    pub(crate) words: Vec<&'static str>,
    choice: Choice,
    favourite_percent: u8,
}

impl WordChoice {
    pub(crate) fn new(offer: Offer, favourite_percent: u8) -> Self {
        let percents: Vec<u8> = offer.iter().map(|&(_, percent)| percent).collect();
        let words = offer.iter().map(|&(word, _)| word).collect();
        Self { words, choice: Choice::from_percents(&percents), favourite_percent }
    }

    /// The code that was drawn, without regard to favourites.
    pub(crate) fn draw(&self, rng: &mut ChaCha8Rng) -> u8 {
        self.choice.draw(rng)
    }

    /// The code that a customer with this favourite chooses.
    pub(crate) fn draw_for(&self, favourite: u8, rng: &mut ChaCha8Rng) -> u8 {
        if draw_percent(rng) < self.favourite_percent { favourite } else { self.choice.draw(rng) }
    }
}

/// One of the two shops.
pub(crate) struct Shop {
    /// When it sold.
    pub(crate) calendar: Calendar,
    /// What it sells.
    pub(crate) categories: WordChoice,
    /// How it is paid.
    pub(crate) payments: WordChoice,
    /// What became of an order, where that is recorded.
    pub(crate) statuses: Option<WordChoice>,
    /// Pieces less one.
    pub(crate) quantities: Choice,
    /// How an order's amount varies around the customer's mean; its mean is one.
    pub(crate) spend_noise: Gamma<f64>,
    /// What an order costs in each category; the mean over all orders is one.
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
                spend_noise: noise_around_one(4.0),
                // Gamma-gamma spend is the truth of this shop; prices by category would blur it.
                category_price: vec![1.0; CATEGORIES.len()],
            },
            Preset::Kaggle => Self {
                calendar: Calendar::from_new_year(2024, 366),
                categories: WordChoice::new(KAGGLE_CATEGORIES, FAVOURITE_CATEGORY_PERCENT),
                payments: WordChoice::new(KAGGLE_PAYMENTS, FAVOURITE_PAYMENT_PERCENT),
                statuses: None,
                quantities: Choice::from_percents(KAGGLE_QUANTITIES),
                spend_noise: noise_around_one(6.0),
                category_price: normalised(KAGGLE_PRICES, KAGGLE_CATEGORIES),
            },
        }
    }

    /// What an order costs in a category and season, relative to the customer's spend level.
    pub(crate) fn price_factor(&self, category: u8, season: bool) -> f64 {
        let season_factor = if season { SEASON_UPLIFT } else { 1.0 };
        self.category_price[category as usize] * season_factor
    }

    /// The mean of [`Shop::price_factor`] over a year of orders of a customer with this favourite.
    pub(crate) fn mean_price_factor(&self, favourite_category: u8) -> f64 {
        let favourite_share = f64::from(self.categories.favourite_percent) / 100.0;
        let favourite_price = self.category_price[favourite_category as usize];
        MEAN_UPLIFT * (1.0 - favourite_share + favourite_share * favourite_price)
    }
}

/// A gamma distribution of mean one.
pub(crate) fn noise_around_one(shape: f64) -> Gamma<f64> {
    Gamma::new(shape, 1.0 / shape).expect("the shape is a positive constant")
}

fn normalised(prices: &[f64], offer: Offer) -> Vec<f64> {
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
