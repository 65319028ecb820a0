//! The section `[source]`: the format of the files.

use serde::{Deserialize, Serialize};

use crate::dates::DateOrder;
use crate::error::{Error, Kind};

/// The format of the files; keys that are not set are detected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Source {
    /// A known export format.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// The field delimiter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// The encoding of text files, such as `utf-8` or `windows-1250`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    /// The sheet of a workbook with the orders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// `12,50` rather than `12.50`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimal_comma: Option<bool>,
    /// The order of day and month in dates such as `03/04/2024`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_order: Option<DateOrder>,
    /// A spreadsheet has swapped day and month in the dates that it could parse, and kept the others as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub swap_converted_dates: Option<bool>,
    /// A blank customer means the customer of the row above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fill_down: Option<bool>,
    /// The time zone that defines days; if not set, times keep their written offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// Timestamps without an offset are UTC rather than local time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamps_are_utc: Option<bool>,
    /// The currency, three letters; overrides the currency in the files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Decimals of the currency: 2 for cents, 0 for yen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub money_decimals: Option<u8>,
    /// What the amount refers to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_is: Option<AmountIs>,
    /// Amounts are in cents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amounts_in_cents: Option<bool>,
    /// What the discount column contains, if there is no total.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount_is: Option<DiscountIs>,
    /// Rows marked as returned reverse a separate row of the sale.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returns_are_rows: Option<bool>,
    /// Rows that reference another order are refunds of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub references_are_refunds: Option<bool>,
    /// Which rows form one order, if there is no order number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_rows: Option<GroupRows>,
    /// Order numbers restart every day, month or year: rows with the same number are one order only on the
    /// same day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_numbers_restart: Option<bool>,
}

/// The name of a text encoding: any label of the WHATWG Encoding Standard (`windows-1250`,
/// `shift_jis`, `latin1`), `latin-1`, or `utf-16` for either byte order.
///
/// Contract: not validated here; unknown encodings are detected when files are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Encoding(String);

impl Encoding {
    /// An encoding with this name.
    pub fn new(label: impl Into<String>) -> Self {
        Self(label.into())
    }

    /// The name as given.
    pub fn label(&self) -> &str {
        &self.0
    }
}

/// What the amount of a row refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AmountIs {
    /// The row: an order, or a line with its own total.
    Row,
    /// One unit: it is multiplied by the quantity.
    Unit,
    /// The whole order: repeated on each of its rows, counted once per order.
    Order,
    /// The whole order, on its first row only.
    FirstRow,
    /// A payment, repeated on the rows of its order; counted once.
    Payment,
    /// A line of the order, repeated for each payment or shipment; counted once.
    Item,
}

impl AmountIs {
    /// All variants.
    pub const ALL: [Self; 6] =
        [Self::Row, Self::Unit, Self::Order, Self::FirstRow, Self::Payment, Self::Item];

    /// The word in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Row => "row",
            Self::Unit => "unit",
            Self::Order => "order",
            Self::FirstRow => "first_row",
            Self::Payment => "payment",
            Self::Item => "item",
        }
    }

    /// The meaning, after "the amount is that of".
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Row => "its row",
            Self::Unit => "one unit, multiplied by the quantity",
            Self::Order => "the whole order, repeated on its rows; it counts once per order",
            Self::FirstRow => "the whole order, on its first row only",
            Self::Payment => "a payment, repeated on the rows of its order; each payment counts once",
            Self::Item => "a line, repeated for each payment or shipment of its order; each line counts once",
        }
    }
}

/// What a discount column contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiscountIs {
    /// A share of the price, 0 to 1.
    Rate,
    /// A share of the price, 0 to 100.
    Percent,
    /// Money off the row.
    Amount,
    /// Money off the whole order, repeated on its rows.
    Order,
    /// Already included in price and amount.
    Ignore,
}

impl DiscountIs {
    /// The word in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::Percent => "percent",
            Self::Amount => "amount",
            Self::Order => "order",
            Self::Ignore => "ignore",
        }
    }

    /// The meaning, after "is".
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Rate => "a rate from 0 to 1",
            Self::Percent => "a percentage",
            Self::Amount => "an amount off the line",
            Self::Order => "an amount off the whole order",
            Self::Ignore => "already included in the price",
        }
    }
}

/// Which rows form one order, if there is no order number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupRows {
    /// Rows of one customer at the same time.
    CustomerAndTime,
    /// Rows of one customer on the same day.
    CustomerAndDay,
    /// Every row is an order.
    None,
}

impl GroupRows {
    /// The word in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::CustomerAndTime => "customer_and_time",
            Self::CustomerAndDay => "customer_and_day",
            Self::None => "none",
        }
    }
}

/// Maximum number of decimals of an amount.
const MAX_DECIMALS: u8 = 6;

impl Source {
    pub(super) fn check(&self) -> Result<(), Error> {
        let fail = |message: String| Err(Error::new(Kind::Config, message));
        if self.money_decimals.is_some_and(|d| d > MAX_DECIMALS) {
            return fail(format!("source.money_decimals is above {MAX_DECIMALS}"));
        }
        if self.delimiter.is_some_and(|d| !d.is_ascii() || matches!(d, '"' | '\n' | '\r')) {
            return fail("source.delimiter is not a single ASCII character".to_owned());
        }
        Ok(())
    }

    /// Appends the section's keys; keys that are not set are commented out.
    pub(super) fn write_commented(&self, out: &mut String) {
        let mut line = |comment: &str, key: &str, value: Option<String>, example: &str| {
            out.push_str("# ");
            out.push_str(comment);
            out.push('\n');
            match value {
                Some(value) => out.push_str(&format!("{key} = {value}\n")),
                None => out.push_str(&format!("# {key} = {example}\n")),
            }
        };
        let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
        line(
            "A known export format; `regulars init --help` lists them.",
            "preset",
            self.preset.as_deref().map(quoted),
            "\"online_retail\"",
        );
        line("The field delimiter.", "delimiter", self.delimiter.map(|d| quoted(&d.to_string())), "\",\"");
        line(
            "The encoding of text files: \"utf-8\", \"windows-1250\", \"shift_jis\", \"utf-16\", ...",
            "encoding",
            self.encoding.as_ref().map(|e| quoted(e.label())),
            "\"utf-8\"",
        );
        line(
            "The sheet of a workbook, \"*\" for all with the same columns, \"!NAME\" for all but one; default: the one with the most rows.",
            "sheet",
            self.sheet.as_deref().map(quoted),
            "\"Orders\"",
        );
        line(
            "true: amounts use a decimal comma, as in 12,50 or 1.234,50.",
            "decimal_comma",
            self.decimal_comma.map(|b| b.to_string()),
            "false",
        );
        line(
            "Order in dates such as 03/04/2024: \"day_first\", \"month_first\" or \"year_first\".",
            "date_order",
            self.date_order.map(|o| {
                quoted(match o {
                    DateOrder::YearFirst => "year_first",
                    DateOrder::DayFirst => "day_first",
                    DateOrder::MonthFirst => "month_first",
                })
            }),
            "\"day_first\"",
        );
        line(
            "true: a spreadsheet has swapped day and month in the dates that it could parse.",
            "swap_converted_dates",
            self.swap_converted_dates.map(|b| b.to_string()),
            "false",
        );
        line(
            "true: a row without a customer belongs to the customer of the row above.",
            "fill_down",
            self.fill_down.map(|b| b.to_string()),
            "false",
        );
        line(
            "true: a row marked as returned reverses an earlier row; false: it is the returned order itself.",
            "returns_are_rows",
            self.returns_are_rows.map(|b| b.to_string()),
            "true",
        );
        line(
            "true: a row that references another order is a refund of it.",
            "references_are_refunds",
            self.references_are_refunds.map(|b| b.to_string()),
            "true",
        );
        line(
            "The time zone that defines days; if not set, times keep their written offset.",
            "timezone",
            self.timezone.as_deref().map(quoted),
            "\"UTC\"",
        );
        line(
            "true: timestamps without an offset are UTC, not local time.",
            "timestamps_are_utc",
            self.timestamps_are_utc.map(|b| b.to_string()),
            "false",
        );
        line(
            "The currency of all amounts; overrides the currency in the files.",
            "currency",
            self.currency.as_deref().map(quoted),
            "\"EUR\"",
        );
        line("Decimals of the currency.", "money_decimals", self.money_decimals.map(|d| d.to_string()), "2");
        line(
            "What the amount refers to: the \"row\", one \"unit\" (times the quantity), the whole \"order\" (repeated on its rows), the whole order on its \"first_row\" only, a \"payment\" or an \"item\" (each repeated on the rows of its order).",
            "amount_is",
            self.amount_is.map(|a| quoted(a.name())),
            "\"row\"",
        );
        line(
            "true: amounts are in cents.",
            "amounts_in_cents",
            self.amounts_in_cents.map(|b| b.to_string()),
            "false",
        );
        line(
            "What a discount column contains: a \"rate\" (0 to 1), a \"percent\" (0 to 100), an \"amount\" off the row, an amount off the whole \"order\" (repeated on its rows), or a discount already included in the price (\"ignore\").",
            "discount_is",
            self.discount_is.map(|d| quoted(d.name())),
            "\"rate\"",
        );
        line(
            "Which rows form one order if there is no order number: \"customer_and_time\", \"customer_and_day\" or \"none\".",
            "group_rows",
            self.group_rows.map(|g| quoted(g.name())),
            "\"none\"",
        );
        line(
            "true: order numbers restart, so that rows with the same number are one order only on the same day.",
            "order_numbers_restart",
            self.order_numbers_restart.map(|b| b.to_string()),
            "false",
        );
    }
}
