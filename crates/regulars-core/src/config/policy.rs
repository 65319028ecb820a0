//! The sections `[policy]` and `[refunds]`: what counts as a purchase.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind};

/// How refunds, returns and cancellations are handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, schemars::JsonSchema, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Refunds {
    /// A cancellation removes its order, a partial return reduces its order, and an unmatched return reduces
    /// the customer's spend from its own date on.
    #[default]
    Match,
    /// Exclude refunded, returned and cancelled rows.
    Exclude,
    /// Deduct them from the customer's spend.
    Net,
    /// Count them like any other row.
    Keep,
}

impl Refunds {
    /// The word in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Exclude => "exclude",
            Self::Net => "net",
            Self::Keep => "keep",
        }
    }

    /// The effect on revenue, as a sentence without a full stop.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Match => {
                "Cancelled orders are excluded, returns are deducted from their orders, and a return without \
                 an order is deducted from its customer's spend on the day of the return"
            }
            Self::Exclude => {
                "Refunded orders are excluded; rows of returns and cancellations are ignored, so the orders \
                 they reverse count in full"
            }
            Self::Net => {
                "Returns and cancellations are deducted from their customer's spend on their own day; the \
                 orders they reverse still count as orders"
            }
            Self::Keep => "Rows of returns and cancellations count like any other row",
        }
    }

    /// Whether returns and cancellations reduce the customer's spend.
    pub fn reduce_spend(self) -> bool {
        matches!(self, Self::Match | Self::Net)
    }
}

/// How rows with amount zero are handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZeroAmounts {
    /// A free order counts as an order.
    Keep,
    /// It does not (adjustments, samples, write-offs).
    Exclude,
}

/// How rows that are equal in every field are handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Duplicates {
    /// Count once if a row is an order; keep if rows are order lines or have no order number.
    #[default]
    Auto,
    /// Count every row.
    Keep,
    /// Count equal rows once.
    Exclude,
}

/// Guest orders with the email address of an account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guests {
    /// They count as orders of that customer.
    #[default]
    Account,
    /// The address counts as a separate customer.
    Separate,
}

/// How placeholder customers such as `0`, `unknown` or `Cash Sale`, which stand for many, are handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placeholders {
    /// Their rows count as rows without a customer.
    Exclude,
    /// They count as ordinary customers.
    Keep,
}

/// The meaning of a value in a status or type column.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, schemars::JsonSchema, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// A sale.
    Sale,
    /// A return or refund.
    Returned,
    /// Cancelled, failed, void or a test.
    Cancelled,
    /// Pending: unpaid, on hold or a draft.
    Open,
    /// Not a sale: a view, a quote or a payout.
    Ignore,
    /// Part of another row that has the total.
    Detail,
}

impl Meaning {
    /// The meaning in words, after "means".
    pub fn words(self) -> &'static str {
        match self {
            Self::Sale => "a sale",
            Self::Returned => "a return or refund",
            Self::Cancelled => "cancelled",
            Self::Open => "pending",
            Self::Ignore => "not a sale",
            Self::Detail => "detail of another row",
        }
    }

    /// The word in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sale => "sale",
            Self::Returned => "returned",
            Self::Cancelled => "cancelled",
            Self::Open => "open",
            Self::Ignore => "ignore",
            Self::Detail => "detail",
        }
    }
}

/// What counts as a purchase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Statuses of completed orders; case-insensitive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_statuses: Option<Vec<String>>,
    /// Meanings of status and type values, by column of the file.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub meanings: BTreeMap<String, BTreeMap<String, Meaning>>,
    /// Meaning of unknown values that are not in `meanings`; if not set, Regulars asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_words: Option<Meaning>,
    /// Refunds, returns and cancellations.
    pub refunds: Refunds,
    /// Rows with amount zero.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zero_amounts: Option<ZeroAmounts>,
    /// Rows equal in every field.
    pub duplicates: Duplicates,
    /// How placeholder customers, which stand for many people, are handled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placeholder_customers: Option<Placeholders>,
    /// Ids that cover many customers, such as that of a cash register; if not set, Regulars asks about an id with
    /// far more orders than others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_customers: Option<Vec<String>>,
    /// Guests with the email address of an account.
    pub guests: Guests,
    /// Use only orders in this currency; rows in others are excluded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only_currency: Option<String>,
}

/// How returns and cancellations are matched with orders if `policy.refunds` is `match`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RefundMatching {
    /// A return is matched with an order at most this many days earlier.
    pub match_days: u32,
}

impl Default for RefundMatching {
    fn default() -> Self {
        Self { match_days: 365 }
    }
}

impl RefundMatching {
    pub(super) fn check(&self) -> Result<(), Error> {
        if (1..=36_500).contains(&self.match_days) {
            return Ok(());
        }
        let message = format!("refunds.match_days = {}, expected 1 to 36500", self.match_days);
        Err(Error::new(Kind::Config, message))
    }

    pub(super) fn write_commented(&self, out: &mut String) {
        out.push_str(&format!(
            "\n[refunds]\n# With refunds = \"match\": a return is matched with an order at most this many days earlier.\nmatch_days = {}\n",
            self.match_days
        ));
    }
}

impl Policy {
    /// Appends the section; keys that are not set are commented out.
    pub(super) fn write_commented(&self, out: &mut String) {
        let list = |items: &[String]| toml::Value::from(items.to_vec()).to_string();
        let word = |value: toml::Value| value.to_string();
        let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
        out.push_str(
            "\n[policy]\n# Statuses of completed orders; without a status column every row counts.\n",
        );
        match &self.completed_statuses {
            Some(statuses) => out.push_str(&format!("completed_statuses = {}\n", list(statuses))),
            None => out.push_str("# completed_statuses = [\"completed\", \"complete\", \"paid\", \"delivered\", \"shipped\"]\n"),
        }
        out.push_str("# Meaning of unknown values in a status or type column: \"sale\", \"returned\", \"cancelled\", \"open\" or \"ignore\"; if not set, Regulars asks.\n");
        match self.unknown_words {
            Some(meaning) => out.push_str(&format!("unknown_words = {}\n", quoted(meaning.name()))),
            None => out.push_str("# unknown_words = \"sale\"\n"),
        }
        out.push_str(&format!(
            "# Refunds, returns and cancellations: \"match\" (with their orders), \"exclude\", \"net\" (deduct from the customer's spend) or \"keep\".\nrefunds = {}\n",
            toml::Value::try_from(self.refunds).map(word).unwrap_or_default()
        ));
        out.push_str("# Rows with amount zero: \"keep\" or \"exclude\"; a preset may exclude them.\n");
        match self.zero_amounts {
            Some(zero) => out.push_str(&format!(
                "zero_amounts = {}\n",
                toml::Value::try_from(zero).map(word).unwrap_or_default()
            )),
            None => out.push_str("# zero_amounts = \"keep\"\n"),
        }
        out.push_str(&format!(
            "# Rows equal in every field: \"auto\" (count once if a row is an order), \"keep\" or \"exclude\".\nduplicates = {}\n",
            toml::Value::try_from(self.duplicates).map(word).unwrap_or_default()
        ));
        out.push_str("# Placeholder customers such as 0, unknown or Cash Sale: \"exclude\" or \"keep\".\n");
        match self.placeholder_customers {
            Some(placeholders) => out.push_str(&format!(
                "placeholder_customers = {}\n",
                toml::Value::try_from(placeholders).map(word).unwrap_or_default()
            )),
            None => out.push_str("# placeholder_customers = \"exclude\"\n"),
        }
        out.push_str("# Ids that cover many customers, such as that of a cash register.\n");
        match &self.not_customers {
            Some(ids) => out.push_str(&format!("not_customers = {}\n", list(ids))),
            None => out.push_str("# not_customers = [\"99999\"]\n"),
        }
        out.push_str(&format!(
            "# Guest orders with the email address of an account: \"account\" (count as that customer's) or \"separate\".\nguests = {}\n",
            toml::Value::try_from(self.guests).map(word).unwrap_or_default()
        ));
        out.push_str("# Use only orders in this currency; rows in others are excluded.\n");
        match &self.only_currency {
            Some(currency) => out.push_str(&format!("only_currency = {}\n", quoted(currency))),
            None => out.push_str("# only_currency = \"EUR\"\n"),
        }
        if self.meanings.is_empty() {
            out.push_str("\n# Meanings of status and type values, by column of the file.\n# [policy.meanings.\"Order type\"]\n# \"Layaway\" = \"open\"\n");
        }
        for (column, words) in &self.meanings {
            out.push_str(&format!("\n[policy.meanings.{}]\n", quoted(column)));
            for (word, meaning) in words {
                out.push_str(&format!("{} = {}\n", quoted(word), quoted(meaning.name())));
            }
        }
    }
}
