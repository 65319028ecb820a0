//! Time units.

use serde::{Deserialize, Serialize};

/// Time unit of a model.
///
/// A year is 365 days and a month one twelfth of it, so twelve months are one year.
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
    /// Days per unit.
    pub fn days(self) -> f64 {
        match self {
            Self::Days => 1.0,
            Self::Weeks => 7.0,
            Self::Months => 365.0 / 12.0,
            Self::Years => 365.0,
        }
    }

    /// Name of the unit, in the plural.
    pub fn name(self) -> &'static str {
        match self {
            Self::Days => "days",
            Self::Weeks => "weeks",
            Self::Months => "months",
            Self::Years => "years",
        }
    }
}
