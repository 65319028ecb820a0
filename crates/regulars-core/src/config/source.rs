//! The section `[source]`: how the files are written.

use serde::{Deserialize, Serialize};

use crate::dates::DateOrder;
use crate::error::{Error, Kind};

/// How the files are written; what is not given is detected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Source {
    /// A known export format.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// The character between fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// The encoding of text files, such as `utf-8` or `windows-1250`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    /// The sheet of a workbook that has the orders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// `12,50` rather than `12.50`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimal_comma: Option<bool>,
    /// The order of day and month in dates such as `03/04/2024`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_order: Option<DateOrder>,
    /// A spreadsheet has taken day for month where it could, and left the other dates as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub swap_converted_dates: Option<bool>,
    /// A blank customer is that of the row above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fill_down: Option<bool>,
    /// The zone whose days are counted; not given, times keep the offset they are written with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// Timestamps without an offset are UTC rather than local.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamps_are_utc: Option<bool>,
    /// The currency, three letters; given, amounts are taken to be in it whatever the file says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Decimals of the currency: 2 for cents, 0 for yen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub money_decimals: Option<u8>,
    /// What the amount belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_is: Option<AmountIs>,
    /// Amounts are whole cents rather than units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amounts_in_cents: Option<bool>,
    /// What the discount column holds, where there is no total.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount_is: Option<DiscountIs>,
    /// What a column calls returned is a row beside the one that was sold, and takes its money back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returns_are_rows: Option<bool>,
    /// Rows that name another order take its money back, whatever else they say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub references_are_refunds: Option<bool>,
    /// Which rows are one purchase, where there is no order number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_rows: Option<GroupRows>,
    /// Order numbers begin again, every day, month or year: rows of one number are one order only on
    /// one day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_numbers_restart: Option<bool>,
}

/// The name of a text encoding: any label of the WHATWG Encoding Standard (`windows-1250`,
/// `shift_jis`, `latin1`), `latin-1`, or `utf-16` for either byte order.
///
/// Contract: whether there is such an encoding is checked where files are read (trusted here).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Encoding(String);

impl Encoding {
    /// An encoding by its name.
    pub fn new(label: impl Into<String>) -> Self {
        Self(label.into())
    }

    /// The name, as it was given.
    pub fn label(&self) -> &str {
        &self.0
    }
}

/// What the amount of a row belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AmountIs {
    /// The row: an order, or a line with its own total.
    Row,
    /// One piece: it counts times the quantity.
    Unit,
    /// The whole order: it stands on each of its rows, and counts once an order.
    Order,
    /// The whole order, on its first row alone.
    FirstRow,
    /// A payment, which stands on each row of its order that lists the payment again; it counts once.
    Payment,
    /// A line of the order, which stands there again for each of its payments or shipments; it counts
    /// once.
    Item,
}

impl AmountIs {
    /// Every one.
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

    /// What it means, after "the amount is that of".
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Row => "its row",
            Self::Unit => "one piece, and counts times the quantity",
            Self::Order => "the whole order, repeated on its rows; it counts once an order",
            Self::FirstRow => "the whole order, on its first row alone",
            Self::Payment => "a payment, repeated on the rows of its order; each payment counts once",
            Self::Item => "a line, repeated for each payment or shipment of its order; each line counts once",
        }
    }
}

/// What a discount column holds.
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
    /// Something that price and amount have in them already.
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

    /// What it is, after "is": `money off the line`.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Rate => "a share of 0 to 1",
            Self::Percent => "a percentage",
            Self::Amount => "money off the line",
            Self::Order => "money off the whole order",
            Self::Ignore => "in the price already",
        }
    }
}

/// Which rows are one purchase, where there is no order number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupRows {
    /// Those of one customer at one time.
    CustomerAndTime,
    /// Those of one customer on one day.
    CustomerAndDay,
    /// Every row is a purchase.
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

/// The most decimals an amount of money may have.
const MOST_DECIMALS: u8 = 6;

impl Source {
    pub(super) fn check(&self) -> Result<(), Error> {
        let fail = |message: String| Err(Error::new(Kind::Config, message));
        if self.money_decimals.is_some_and(|d| d > MOST_DECIMALS) {
            return fail(format!("source.money_decimals is above {MOST_DECIMALS}"));
        }
        if self.delimiter.is_some_and(|d| !d.is_ascii() || matches!(d, '"' | '\n' | '\r')) {
            return fail("source.delimiter is not a single ASCII character".to_owned());
        }
        Ok(())
    }

    /// Appends the section's keys, those that are not given as comments.
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
        line(
            "The character between fields.",
            "delimiter",
            self.delimiter.map(|d| quoted(&d.to_string())),
            "\",\"",
        );
        line(
            "The encoding of text files: \"utf-8\", \"windows-1250\", \"shift_jis\", \"utf-16\", ...",
            "encoding",
            self.encoding.as_ref().map(|e| quoted(e.label())),
            "\"utf-8\"",
        );
        line(
            "The sheet of a workbook, \"*\" for all with the same columns, \"!NAME\" for all but one; not given, the one with the most rows.",
            "sheet",
            self.sheet.as_deref().map(quoted),
            "\"Orders\"",
        );
        line(
            "true: amounts are written 12,50 or 1.234,50.",
            "decimal_comma",
            self.decimal_comma.map(|b| b.to_string()),
            "false",
        );
        line(
            "Dates such as 03/04/2024: \"day_first\", \"month_first\" or \"year_first\".",
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
            "true: a spreadsheet has swapped day and month of the dates that it could read.",
            "swap_converted_dates",
            self.swap_converted_dates.map(|b| b.to_string()),
            "false",
        );
        line(
            "true: a row without a customer has that of the row above.",
            "fill_down",
            self.fill_down.map(|b| b.to_string()),
            "false",
        );
        line(
            "true: a row that is called returned takes back an earlier one; false: it is the order that came back.",
            "returns_are_rows",
            self.returns_are_rows.map(|b| b.to_string()),
            "true",
        );
        line(
            "true: a row that names another order is a refund of it.",
            "references_are_refunds",
            self.references_are_refunds.map(|b| b.to_string()),
            "true",
        );
        line(
            "The zone whose days are counted; not given, times keep the offset they are written with.",
            "timezone",
            self.timezone.as_deref().map(quoted),
            "\"UTC\"",
        );
        line(
            "true: timestamps without an offset are UTC, not local.",
            "timestamps_are_utc",
            self.timestamps_are_utc.map(|b| b.to_string()),
            "false",
        );
        line(
            "The currency of all amounts, whatever the files say.",
            "currency",
            self.currency.as_deref().map(quoted),
            "\"EUR\"",
        );
        line("Decimals of the currency.", "money_decimals", self.money_decimals.map(|d| d.to_string()), "2");
        line(
            "What the amount belongs to: its \"row\", one \"unit\" (times the quantity), the whole \"order\" (repeated on its rows), the order's \"first_row\", a \"payment\" or an \"item\" (each repeated on the rows of its order).",
            "amount_is",
            self.amount_is.map(|a| quoted(a.name())),
            "\"row\"",
        );
        line(
            "true: amounts are whole cents.",
            "amounts_in_cents",
            self.amounts_in_cents.map(|b| b.to_string()),
            "false",
        );
        line(
            "What a discount column holds: a \"rate\" (0 to 1), a \"percent\" (0 to 100), an \"amount\", an amount off the whole order that its rows repeat (\"order\"), or nothing that is not in the price already (\"ignore\").",
            "discount_is",
            self.discount_is.map(|d| quoted(d.name())),
            "\"rate\"",
        );
        line(
            "Which rows are one purchase where there is no order number: \"customer_and_time\", \"customer_and_day\" or \"none\".",
            "group_rows",
            self.group_rows.map(|g| quoted(g.name())),
            "\"none\"",
        );
        line(
            "true: order numbers begin again, so that rows of one number are one order only on one day.",
            "order_numbers_restart",
            self.order_numbers_restart.map(|b| b.to_string()),
            "false",
        );
    }
}
