//! The sections `[policy]` and `[refunds]`: what counts as a purchase.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind};

/// What to do with money that went back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Refunds {
    /// A cancellation takes its order out, a partial return reduces its order, and what cannot be
    /// matched reduces the customer's spend from its own date on.
    #[default]
    Match,
    /// Leave refunded, returned and cancelled rows out.
    Exclude,
    /// Count them against the customer's spend.
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

    /// What it makes of sums of money, as a sentence without its final dot.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Match => {
                "Cancelled orders are out, returns are taken off the orders they belong to, and a return \
                 without an order is taken off its customer's spend on its own day"
            }
            Self::Exclude => {
                "Refunded orders are out; rows of returns and cancellations are left out and take nothing \
                 off, so that the orders they undo count in full"
            }
            Self::Net => {
                "Returns and cancellations are taken off their customer's spend on their own day; the orders \
                 they undo stay purchases"
            }
            Self::Keep => "Rows of returns and cancellations count like any other row",
        }
    }

    /// Whether rows of money that went back count against the customer's spend.
    pub fn reduce_spend(self) -> bool {
        matches!(self, Self::Match | Self::Net)
    }
}

/// What to do with rows of amount zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZeroAmounts {
    /// A free order is a purchase.
    Keep,
    /// It is not (adjustments, samples, write-offs).
    Exclude,
}

/// What to do with rows that are equal in every field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Duplicates {
    /// Count once where a row is an order, keep where rows are lines of orders or have no number.
    #[default]
    Auto,
    /// Count every row.
    Keep,
    /// Count equal rows once.
    Exclude,
}

/// Orders without a customer id whose e-mail address is that of an account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guests {
    /// They are orders of that customer.
    #[default]
    Account,
    /// The address is a customer of its own.
    Apart,
}

/// What to do with customers such as `0`, `unknown` or `Cash Sale`, who stand for many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placeholders {
    /// Their rows have no customer.
    Exclude,
    /// They are customers like any other.
    Keep,
}

/// What a word in a status or type column says of its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// A sale.
    Sale,
    /// Money that went back.
    Returned,
    /// Called off, failed, void, a test.
    Cancelled,
    /// Not decided yet: unpaid, on hold, a draft.
    Open,
    /// No sale at all: a view, a quote, a payout.
    Ignore,
    /// A part of what another row says as a whole.
    Detail,
}

impl Meaning {
    /// In words, after "means".
    pub fn words(self) -> &'static str {
        match self {
            Self::Sale => "a sale",
            Self::Returned => "money that went back",
            Self::Cancelled => "cancelled",
            Self::Open => "pending",
            Self::Ignore => "no sale",
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
    /// Statuses of purchases that count; compared without case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_statuses: Option<Vec<String>>,
    /// What words mean, by the column of the file they stand in.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub meanings: BTreeMap<String, BTreeMap<String, Meaning>>,
    /// What words mean that are neither known nor in `meanings`; not given, it is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_words: Option<Meaning>,
    /// Refunds, returns and cancellations.
    pub refunds: Refunds,
    /// Rows of amount zero.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zero_amounts: Option<ZeroAmounts>,
    /// Rows equal in every field.
    pub duplicates: Duplicates,
    /// Customers that stand for many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placeholder_customers: Option<Placeholders>,
    /// Ids that stand for many, such as the customer number of a till; not given, it is asked about one that
    /// has far more orders than others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_customers: Option<Vec<String>>,
    /// Guests with the e-mail address of an account.
    pub guests: Guests,
    /// Of several currencies, the one that counts; rows of others are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only_currency: Option<String>,
}

/// How returns and cancellations find their orders, where `policy.refunds` is `match`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RefundMatching {
    /// A return is matched with an order of at most this many days before.
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
            "\n[refunds]\n# With refunds = \"match\": a return is matched with an order of at most this many days before.\nmatch_days = {}\n",
            self.match_days
        ));
    }
}

impl Policy {
    /// Appends the section, keys that are not given as comments.
    pub(super) fn write_commented(&self, out: &mut String) {
        let list = |items: &[String]| toml::Value::from(items.to_vec()).to_string();
        let word = |value: toml::Value| value.to_string();
        let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
        out.push_str(
            "\n[policy]\n# Statuses that make a purchase; without a status column every row is one.\n",
        );
        match &self.completed_statuses {
            Some(statuses) => out.push_str(&format!("completed_statuses = {}\n", list(statuses))),
            None => out.push_str("# completed_statuses = [\"completed\", \"complete\", \"paid\", \"delivered\", \"shipped\"]\n"),
        }
        out.push_str("# Words that are not known, in a status or type column: \"sale\", \"returned\", \"cancelled\", \"open\" or \"ignore\"; not given, it is asked.\n");
        match self.unknown_words {
            Some(meaning) => out.push_str(&format!("unknown_words = {}\n", quoted(meaning.name()))),
            None => out.push_str("# unknown_words = \"sale\"\n"),
        }
        out.push_str(&format!(
            "# Refunds, returns and cancellations: \"match\" (with their orders), \"exclude\", \"net\" (against the customer's spend) or \"keep\".\nrefunds = {}\n",
            toml::Value::try_from(self.refunds).map(word).unwrap_or_default()
        ));
        out.push_str("# Rows of amount zero: \"keep\" or \"exclude\"; a preset may exclude them.\n");
        match self.zero_amounts {
            Some(zero) => out.push_str(&format!(
                "zero_amounts = {}\n",
                toml::Value::try_from(zero).map(word).unwrap_or_default()
            )),
            None => out.push_str("# zero_amounts = \"keep\"\n"),
        }
        out.push_str(&format!(
            "# Rows equal in every field: \"auto\" (once where a row is an order), \"keep\" or \"exclude\".\nduplicates = {}\n",
            toml::Value::try_from(self.duplicates).map(word).unwrap_or_default()
        ));
        out.push_str(
            "# Customers such as 0, unknown or Cash Sale, who stand for many: \"exclude\" or \"keep\".\n",
        );
        match self.placeholder_customers {
            Some(placeholders) => out.push_str(&format!(
                "placeholder_customers = {}\n",
                toml::Value::try_from(placeholders).map(word).unwrap_or_default()
            )),
            None => out.push_str("# placeholder_customers = \"exclude\"\n"),
        }
        out.push_str("# Ids that stand for many, such as the customer number of a till.\n");
        match &self.not_customers {
            Some(ids) => out.push_str(&format!("not_customers = {}\n", list(ids))),
            None => out.push_str("# not_customers = [\"99999\"]\n"),
        }
        out.push_str(&format!(
            "# Orders without a customer id, with the e-mail of an account: \"account\" (its customer's) or \"apart\".\nguests = {}\n",
            toml::Value::try_from(self.guests).map(word).unwrap_or_default()
        ));
        out.push_str("# Of several currencies, the one that counts; rows of others are left out.\n");
        match &self.only_currency {
            Some(currency) => out.push_str(&format!("only_currency = {}\n", quoted(currency))),
            None => out.push_str("# only_currency = \"EUR\"\n"),
        }
        if self.meanings.is_empty() {
            out.push_str("\n# What words mean, by the column of the file they stand in.\n# [policy.meanings.\"Order type\"]\n# \"Layaway\" = \"open\"\n");
        }
        for (column, words) in &self.meanings {
            out.push_str(&format!("\n[policy.meanings.{}]\n", quoted(column)));
            for (word, meaning) in words {
                out.push_str(&format!("{} = {}\n", quoted(word), quoted(meaning.name())));
            }
        }
    }
}
