//! A chunk of customers: the attributes in the files, and the parameters in the truth file.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Exp1, StandardNormal};

use crate::calendar::Calendar;
use crate::params::Preset;
use crate::shop::Shop;
use crate::table::{Column, Table, Values};
use crate::{kaggle, synthetic};

/// Parameters of one customer.
///
/// Units: days count from the window's start, money in cents.
pub(crate) struct Behaviour {
    /// Time of the first order; within the window.
    pub(crate) start_days: f64,
    /// Mean orders per day while active, over a year with its season.
    pub(crate) purchase_rate_per_day: f64,
    /// Dropout rate per day.
    pub(crate) dropout_rate_per_day: f64,
    /// From the first order until dropout; may extend beyond the window.
    pub(crate) lifetime_days: f64,
    /// Mean amount of an order, over a year with its season.
    pub(crate) mean_spend_cents: f64,
    /// Favourite category, as a code of the shop.
    pub(crate) favourite_category: u8,
    /// Preferred payment method, as a code of the shop.
    pub(crate) favourite_payment: u8,
}

impl Behaviour {
    /// Draws what both shops have in common.
    ///
    /// `dropout_rate_per_day` is positive. `growth` shapes customer acquisition: one for constant, above one
    /// for accelerating, below one if most customers joined at the start.
    pub(crate) fn draw(
        shop: &Shop,
        growth: f64,
        (purchase_rate_per_day, dropout_rate_per_day): (f64, f64),
        mean_spend_cents: f64,
        rng: &mut ChaCha8Rng,
    ) -> Self {
        // The start is Beta(growth, 1), whose quantile function is a power.
        let start_share = rng.random::<f64>().powf(1.0 / growth);
        let lifetime: f64 = rng.sample(Exp1);
        Self {
            start_days: start_share * f64::from(shop.calendar.days - 1),
            purchase_rate_per_day,
            dropout_rate_per_day,
            lifetime_days: lifetime / dropout_rate_per_day,
            mean_spend_cents,
            favourite_category: shop.categories.draw(rng),
            favourite_payment: shop.payments.draw(rng),
        }
    }

    /// Time of dropout, in days since the window's start.
    pub(crate) fn end_days(&self) -> f64 {
        self.start_days + self.lifetime_days
    }
}

/// The customers of one chunk.
pub(crate) struct Cohort {
    /// Their parameters, by ascending id.
    pub(crate) behaviours: Vec<Behaviour>,
    /// Their attributes: all columns of `customers` except the id.
    attributes: Vec<Column>,
}

impl Cohort {
    /// Draws `count` customers.
    pub(crate) fn draw(preset: Preset, shop: &Shop, count: usize, rng: &mut ChaCha8Rng) -> Self {
        let (behaviours, attributes) = match preset {
            Preset::Synthetic => synthetic::draw(shop, count, rng),
            Preset::Kaggle => kaggle::draw(shop, count, rng),
        };
        Self { behaviours, attributes }
    }

    /// The table `truth`: one row per customer, by ascending id.
    ///
    /// Units: rates per day, money in whole units; `lifetime_end` is null for customers still active at the
    /// end of the window.
    pub(crate) fn truth_table(&self, first_id: i64, calendar: &Calendar) -> Table {
        let window_days = f64::from(calendar.days);
        let alive = |behaviour: &Behaviour| behaviour.end_days() >= window_days;
        let each =
            |measure: fn(&Behaviour) -> f64| Values::Number(self.behaviours.iter().map(measure).collect());
        let lifetime_ends = self.behaviours.iter().map(|behaviour| {
            (!alive(behaviour)).then(|| calendar.micros(calendar.second(behaviour.end_days())))
        });
        Table::new(vec![
            Column::new("customer_id", Values::ids(first_id, self.behaviours.len())),
            Column::new("purchase_rate_per_day", each(|behaviour| behaviour.purchase_rate_per_day)),
            Column::new("dropout_rate_per_day", each(|behaviour| behaviour.dropout_rate_per_day)),
            Column::new("lifetime_end", Values::NullableTimestamp(lifetime_ends.collect())),
            Column::new("alive_at_end", Values::Boolean(self.behaviours.iter().map(alive).collect())),
            Column::new("mean_spend", each(|behaviour| behaviour.mean_spend_cents / 100.0)),
        ])
    }

    /// The table `customers`: one row per customer, by ascending id.
    pub(crate) fn into_customer_table(self, first_id: i64) -> Table {
        let ids = Column::new("customer_id", Values::ids(first_id, self.behaviours.len()));
        Table::new(std::iter::once(ids).chain(self.attributes).collect())
    }
}

/// Draws a normally distributed integer.
///
/// Values beyond the limits are reflected: clamping would accumulate customers at the limits.
pub(crate) fn draw_integer(
    (mean, deviation): (f64, f64),
    (lowest, highest): (f64, f64),
    rng: &mut ChaCha8Rng,
) -> i32 {
    let normal: f64 = rng.sample(StandardNormal);
    let drawn = mean + deviation * normal;
    let above = lowest + (drawn - lowest).abs();
    let within = highest - (highest - above).abs();
    within.max(lowest).round() as i32
}
