//! Time units, horizons and discount rates as types, so that a bare "12" is never taken for a horizon.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::error::Error;
pub use super::unit::TimeUnit;

impl FromStr for TimeUnit {
    type Err = Error;

    /// Parses a unit name, in singular or plural.
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

/// Longest forecast horizon in years; beyond it the models' assumption of stable behaviour is untenable.
pub const MAX_HORIZON_YEARS: f64 = 50.0;

/// A forecast horizon with its unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Horizon {
    /// Number of units.
    pub count: f64,
    /// Unit.
    pub unit: TimeUnit,
}

impl Horizon {
    /// Creates a checked horizon.
    ///
    /// Errors: [`Error::Horizon`] unless it is longer than 0 and at most [`MAX_HORIZON_YEARS`].
    pub fn new(count: f64, unit: TimeUnit) -> Result<Self, Error> {
        let horizon = Self { count, unit };
        horizon.check()?;
        Ok(horizon)
    }

    /// Rejects an invalid or too long horizon.
    ///
    /// Errors: [`Error::Horizon`].
    pub fn check(self) -> Result<(), Error> {
        let years = self.count * self.unit.days() / TimeUnit::Years.days();
        if self.count > 0.0 && years <= MAX_HORIZON_YEARS {
            Ok(())
        } else {
            Err(Error::Horizon { count: self.count, unit: self.unit })
        }
    }

    /// Length in another unit.
    pub fn in_units(self, unit: TimeUnit) -> f64 {
        if unit == self.unit { self.count } else { self.count * self.unit.days() / unit.days() }
    }
}

impl FromStr for Horizon {
    type Err = Error;

    /// Parses `365 days`, `12 months` or `52w`; a number without a unit is rejected.
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

/// Discounting of future purchases.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Discount {
    /// No discounting.
    None,
    /// Rate per month; the purchases of a month are discounted from its end.
    Monthly(f64),
    /// Rate per day; each purchase is discounted from its own time.
    Daily(f64),
}

impl Discount {
    /// Rejects invalid rates.
    ///
    /// Errors: [`Error::DiscountRate`] unless the rate is from 0 to 1.
    pub fn check(self) -> Result<(), Error> {
        match self {
            Self::None => Ok(()),
            Self::Monthly(rate) | Self::Daily(rate) if (0.0..=1.0).contains(&rate) => Ok(()),
            Self::Monthly(rate) | Self::Daily(rate) => Err(Error::DiscountRate { rate }),
        }
    }

    /// Continuous rate per `unit`: ln(1 + rate) per period of the rate.
    pub fn continuous_rate(self, unit: TimeUnit) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Monthly(rate) => rate.ln_1p() * unit.days() / TimeUnit::Months.days(),
            Self::Daily(rate) => rate.ln_1p() * unit.days(),
        }
    }
}
