//! A value from a source, independent of its storage type, and its conversion to an id, an amount, a date or
//! a quantity.

use std::borrow::Cow;

use regulars_core::dates::{self, DateOrder, Epoch, Moment};
use regulars_core::money::{self, AmountProblem, Notation};

/// A value from a source.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cell<'a> {
    Null,
    Text(&'a [u8]),
    Int(i64),
    /// A decimal and its number of decimal places; by reference, to keep cells small.
    Decimal(&'a i128, i8),
    Float(f64),
    Bool(bool),
    /// Microseconds; true for UTC since 1970, false for local time.
    Time(i64, bool),
}

/// Whether a text means "no value": empty, or a word such as `NA` or `null`.
pub fn is_missing_text(text: &str) -> bool {
    is_null_word(trim(text.as_bytes()))
}

/// Words that mean "no value" in exports.
#[inline]
fn is_null_word(text: &[u8]) -> bool {
    if text.first().is_some_and(u8::is_ascii_digit) {
        return false;
    }
    match text.len() {
        0 => true,
        1 => text == b"-",
        2 => text.eq_ignore_ascii_case(b"NA") || text == b"\\N",
        3 => text.eq_ignore_ascii_case(b"nan") || text.eq_ignore_ascii_case(b"n/a") || text == b"NaT",
        4 => text.eq_ignore_ascii_case(b"null") || text.eq_ignore_ascii_case(b"none") || text == b"<NA>",
        6 => text.eq_ignore_ascii_case(b"(null)"),
        _ => false,
    }
}

#[inline]
pub(crate) fn trim(text: &[u8]) -> &[u8] {
    // Fast path: nearly all values begin and end with a letter, a digit or a sign.
    if let (Some(first), Some(last)) = (text.first(), text.last())
        && first.is_ascii_graphic()
        && last.is_ascii_graphic()
    {
        // `="00123"`: spreadsheets protect text this way.
        if *first == b'=' {
            return text.strip_prefix(b"=\"").and_then(|t| t.strip_suffix(b"\"")).unwrap_or(text);
        }
        return text;
    }
    let mut text = text.trim_ascii();
    // Spreadsheets add no-break spaces.
    while let Some(rest) = text.strip_prefix(b"\xc2\xa0").or_else(|| text.strip_suffix(b"\xc2\xa0")) {
        text = rest.trim_ascii();
    }
    text
}

impl<'a> Cell<'a> {
    /// Whether the value is missing.
    #[inline]
    pub(crate) fn is_missing(&self) -> bool {
        match self {
            Cell::Null => true,
            Cell::Text(text) => is_null_word(trim(text)),
            Cell::Float(value) => value.is_nan(),
            _ => false,
        }
    }

    /// The value as text, trimmed.
    pub(crate) fn text(&self) -> Cow<'a, str> {
        match *self {
            Cell::Null => Cow::Borrowed(""),
            Cell::Text(text) => String::from_utf8_lossy(trim(text)),
            Cell::Int(value) => Cow::Owned(value.to_string()),
            Cell::Decimal(value, scale) => Cow::Owned(decimal_text(*value, scale)),
            Cell::Float(value) => Cow::Owned(value.to_string()),
            Cell::Bool(value) => Cow::Borrowed(if value { "true" } else { "false" }),
            Cell::Time(micros, _) => Cow::Owned(dates::format_timestamp(micros)),
        }
    }

    /// The value as an integer, if that loses nothing: no leading zeros. `17850.0` is 17850, since pandas
    /// writes ids as floats in columns with missing values.
    pub(crate) fn whole_id(&self) -> Option<i64> {
        match *self {
            Cell::Int(value) => Some(value),
            Cell::Text(text) => whole_id_text(trim(text)),
            Cell::Float(value) if value.fract() == 0.0 && value.abs() < 9.0e15 => Some(value as i64),
            Cell::Decimal(value, scale) if scale <= 0 || value % 10_i128.pow(scale as u32) == 0 => {
                i64::try_from(if scale > 0 { value / 10_i128.pow(scale as u32) } else { *value }).ok()
            }
            _ => None,
        }
    }

    /// The value as an amount in units of 10^-`decimals`.
    pub(crate) fn amount(&self, notation: Notation) -> Result<i64, AmountProblem> {
        match *self {
            Cell::Null | Cell::Bool(_) | Cell::Time(..) => Err(AmountProblem::NotANumber),
            Cell::Text(text) => money::parse_minor(text, notation),
            Cell::Int(value) => {
                value.checked_mul(10_i64.pow(u32::from(notation.decimals))).ok_or(AmountProblem::TooLarge)
            }
            Cell::Float(value) => money::float_to_minor(value, notation.decimals),
            Cell::Decimal(value, scale) => {
                rescale(*value, scale, notation.decimals).ok_or(AmountProblem::TooLarge)
            }
        }
    }

    /// The value as a point in time; `epoch` defines what bare numbers count from.
    pub(crate) fn moment(&self, order: DateOrder, epoch: Option<Epoch>) -> Option<Moment> {
        match *self {
            Cell::Time(micros, utc) => Some(if utc { Moment::utc(micros) } else { Moment::Local(micros) }),
            Cell::Text(text) => {
                let text = trim(text);
                let counted =
                    if epoch.is_some() { crate::plan::epoch_moment(Cell::Text(text)) } else { None };
                counted.or_else(|| dates::parse_moment(text, order))
            }
            Cell::Int(value) => {
                // A date as a number: 20240331.
                let text = value.to_string();
                crate::plan::epoch_moment(*self).or_else(|| dates::parse_moment(text.as_bytes(), order))
            }
            Cell::Float(_) => crate::plan::epoch_moment(*self),
            _ => None,
        }
    }

    /// The value as a boolean, if it is one.
    pub(crate) fn flag(&self) -> Option<bool> {
        match *self {
            Cell::Bool(value) => Some(value),
            Cell::Int(value @ (0 | 1)) => Some(value == 1),
            Cell::Text(text) => match trim(text).to_ascii_lowercase().as_slice() {
                b"1" | b"1.0" | b"true" | b"yes" | b"y" | b"t" => Some(true),
                b"0" | b"0.0" | b"false" | b"no" | b"n" | b"f" | b"" => Some(false),
                _ => None,
            },
            Cell::Null => Some(false),
            _ => None,
        }
    }
}

/// A number without a trailing unit: `2 pcs`, `3x`, `5 Stk.`; other text is unchanged.
pub(crate) fn without_unit(text: &[u8]) -> &[u8] {
    let text = trim(text);
    let Some(last) = text.iter().rposition(u8::is_ascii_digit) else { return text };
    let (number, unit) = text.split_at(last + 1);
    let begins = number.first().is_some_and(|b| b.is_ascii_digit() || *b == b'-');
    let is_unit = unit.len() <= 12 && unit.iter().any(|b| b.is_ascii_alphabetic() || !b.is_ascii());
    if begins && is_unit { number } else { text }
}

fn whole_id_text(text: &[u8]) -> Option<i64> {
    let text = text.strip_suffix(b".0").unwrap_or(text);
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    if digits.is_empty() || digits.len() > 18 || (digits[0] == b'0' && (digits.len() > 1 || text.len() > 1)) {
        return None;
    }
    let mut value = 0_i64;
    for &byte in digits {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i64::from(byte - b'0');
    }
    Some(if digits.len() == text.len() { value } else { -value })
}

/// Converts a decimal to another number of decimals, rounded half away from zero.
pub(crate) fn rescale(value: i128, scale: i8, decimals: u8) -> Option<i64> {
    let shift = i32::from(decimals) - i32::from(scale);
    let scaled = if shift >= 0 {
        value.checked_mul(10_i128.checked_pow(shift as u32)?)?
    } else {
        divide_rounded(value, 10_i128.checked_pow(shift.unsigned_abs())?)
    };
    i64::try_from(scaled).ok()
}

/// `value / by`, rounded half away from zero; `by` is positive.
pub(crate) fn divide_rounded(value: i128, by: i128) -> i128 {
    let half = by / 2;
    if value >= 0 { (value + half) / by } else { (value - half) / by }
}

fn decimal_text(value: i128, scale: i8) -> String {
    if scale <= 0 {
        return (value * 10_i128.pow(u32::from(scale.unsigned_abs()))).to_string();
    }
    let unit = 10_u128.pow(u32::from(scale.unsigned_abs()));
    let sign = if value < 0 { "-" } else { "" };
    let magnitude = value.unsigned_abs();
    format!(
        "{sign}{}.{:0width$}",
        magnitude / unit,
        magnitude % unit,
        width = usize::from(scale.unsigned_abs())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_keep_what_numbers_lose() {
        for (text, expected) in [
            ("17850", Some(17850)),
            (" 17850.0 ", Some(17850)),
            ("-3", Some(-3)),
            ("0", Some(0)),
            ("007", None),
            ("-0", None),
            ("C536379", None),
            ("1234567890123456789", None),
            ("12.5", None),
            ("", None),
        ] {
            assert_eq!(Cell::Text(text.as_bytes()).whole_id(), expected, "{text:?}");
        }
        assert_eq!(Cell::Float(17850.0).whole_id(), Some(17850));
        assert_eq!(Cell::Decimal(&1_785_000, 2).whole_id(), Some(17850));
        assert_eq!(Cell::Decimal(&1_785_001, 2).whole_id(), None);
    }

    #[test]
    fn every_storage_gives_the_same_amount() {
        let cents = Notation::CENTS;
        for cell in
            [Cell::Text(b"12.5"), Cell::Float(12.5), Cell::Decimal(&12_500, 3), Cell::Decimal(&125, 1)]
        {
            assert_eq!(cell.amount(cents), Ok(1250));
        }
        assert_eq!(Cell::Int(12).amount(cents), Ok(1200));
        assert_eq!(Cell::Int(i64::MAX).amount(cents), Err(AmountProblem::TooLarge));
        assert_eq!(Cell::Decimal(&-12_345, 3).amount(cents), Ok(-1235));
        assert_eq!(Cell::Float(f64::INFINITY).amount(cents), Err(AmountProblem::NotANumber));
    }

    #[test]
    fn numbers_lose_their_unit() {
        for (text, expected) in [
            ("2 pcs", "2"),
            ("3x", "3"),
            ("5 Stk.", "5"),
            ("1,5 kg", "1,5"),
            ("12", "12"),
            ("x2", "x2"),
            ("7.", "7."),
        ] {
            assert_eq!(without_unit(text.as_bytes()), expected.as_bytes(), "{text}");
        }
    }

    #[test]
    fn words_for_nothing_are_nothing() {
        for word in ["", " ", "NULL", "NaN", "n/a", "None", "\\N", "<NA>", "\u{a0}"] {
            assert!(Cell::Text(word.as_bytes()).is_missing(), "{word:?}");
        }
        for word in ["0", "Nan Goldin", "nul"] {
            assert!(!Cell::Text(word.as_bytes()).is_missing(), "{word:?}");
        }
    }
}
