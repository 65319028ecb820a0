//! Time units, horizons and discount rates as types, so that a model fitted in weeks cannot be asked
//! for "12".

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::error::Error;

/// The unit in which a model counts time.
///
/// A year is 365 days and a month the twelfth part of it, so that twelve months are one year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimeUnit {
    /// 24 hours.
    Days,
    /// 7 days.
    Weeks,
    /// 365/12 days.
    Months,
    /// 365 days.
    Years,
}

impl TimeUnit {
    /// How many days one of it has.
    pub fn days(self) -> f64 {
        match self {
            Self::Days => 1.0,
            Self::Weeks => 7.0,
            Self::Months => 365.0 / 12.0,
            Self::Years => 365.0,
        }
    }

    /// The unit's name, in the plural.
    pub fn name(self) -> &'static str {
        match self {
            Self::Days => "days",
            Self::Weeks => "weeks",
            Self::Months => "months",
            Self::Years => "years",
        }
    }
}

impl FromStr for TimeUnit {
    type Err = Error;

    /// Reads a unit's name, in singular or plural.
    ///
    /// Errors: [`Error::UnknownUnit`].
    fn from_str(text: &str) -> Result<Self, Error> {
        match text.trim().to_ascii_lowercase().as_str() {
            "day" | "days" | "d" => Ok(Self::Days),
            "week" | "weeks" | "w" => Ok(Self::Weeks),
            "month" | "months" => Ok(Self::Months),
            "year" | "years" | "y" => Ok(Self::Years),
            _ => Err(Error::UnknownUnit { text: text.to_owned() }),
        }
    }
}

/// The longest horizon that a forecast is given for, in years: beyond it the models' assumption that
/// nothing changes is no forecast any more.
pub const LONGEST_HORIZON_YEARS: f64 = 50.0;

/// A stretch of time ahead, with its unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Horizon {
    /// How many units.
    pub count: f64,
    /// Of which length.
    pub unit: TimeUnit,
}

impl Horizon {
    /// A checked horizon.
    ///
    /// Errors: [`Error::Horizon`] unless it is longer than 0 and at most [`LONGEST_HORIZON_YEARS`].
    pub fn new(count: f64, unit: TimeUnit) -> Result<Self, Error> {
        let horizon = Self { count, unit };
        horizon.check()?;
        Ok(horizon)
    }

    /// Refuses a horizon that is not a stretch of time, or too long to forecast.
    ///
    /// Errors: [`Error::Horizon`].
    pub fn check(self) -> Result<(), Error> {
        let years = self.count * self.unit.days() / TimeUnit::Years.days();
        if self.count > 0.0 && years <= LONGEST_HORIZON_YEARS {
            Ok(())
        } else {
            Err(Error::Horizon { count: self.count, unit: self.unit })
        }
    }

    /// The same stretch counted in another unit.
    pub fn in_units(self, unit: TimeUnit) -> f64 {
        if unit == self.unit { self.count } else { self.count * self.unit.days() / unit.days() }
    }
}

impl FromStr for Horizon {
    type Err = Error;

    /// Reads `365 days`, `12 months` or `52w`; a number without a unit is refused.
    ///
    /// Errors: [`Error::UnknownUnit`], [`Error::Horizon`].
    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let unit = text[digits..].parse()?;
        let count = text[..digits].parse().unwrap_or(f64::NAN);
        Self::new(count, unit)
    }
}

/// How much less a purchase counts for each period that it is ahead.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Discount {
    /// Nothing is discounted.
    None,
    /// A rate per month; purchases of a month are discounted from its end.
    Monthly(f64),
    /// A rate per day; every purchase is discounted from its moment.
    Daily(f64),
}

impl Discount {
    /// Refuses rates that are no interest.
    ///
    /// Errors: [`Error::DiscountRate`] unless the rate is from 0 to 1.
    pub fn check(self) -> Result<(), Error> {
        match self {
            Self::None => Ok(()),
            Self::Monthly(rate) | Self::Daily(rate) if (0.0..=1.0).contains(&rate) => Ok(()),
            Self::Monthly(rate) | Self::Daily(rate) => Err(Error::DiscountRate { rate }),
        }
    }

    /// The continuous rate per one `unit`: ln(1 + rate) per period of the rate.
    pub fn continuous_rate(self, unit: TimeUnit) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Monthly(rate) => rate.ln_1p() * unit.days() / TimeUnit::Months.days(),
            Self::Daily(rate) => rate.ln_1p() * unit.days(),
        }
    }
}
