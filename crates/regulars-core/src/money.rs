//! Money as an exact number of minor units: parsing and formatting.
//!
//! Sums of integers do not depend on their order, so results are identical for any number of threads.
//! Deliberately not here: currency conversion.

use thiserror::Error;

/// Why a text is not a valid amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AmountProblem {
    /// Empty.
    #[error("is empty")]
    Empty,
    /// Not a number in the expected notation; also NaN and infinity.
    #[error("is not a number")]
    NotANumber,
    /// Does not fit an Int64 of minor units.
    #[error("is too large for Int64 minor units")]
    TooLarge,
}

/// The notation of amounts in a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notation {
    /// `12,50` rather than `12.50`; the other character then groups thousands.
    pub decimal_comma: bool,
    /// Number of decimals: 2 for cents.
    pub decimals: u8,
}

impl Notation {
    /// Decimal point and cents.
    pub const CENTS: Self = Self { decimal_comma: false, decimals: 2 };
}

/// Minor units in one unit of a currency: 100 for cents.
pub fn minor_per_major(decimals: u8) -> f64 {
    10_f64.powi(i32::from(decimals))
}

/// A parsed amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// In units of 10^-`decimals` of the notation, rounded half away from zero.
    pub minor: i64,
    /// Number of decimals in the text, including trailing zeros.
    pub decimals_written: u8,
}

/// Parses an amount into minor units, rounding half away from zero.
///
/// Units: 10^-`decimals`.
/// Errors: see [`parse_amount`].
pub fn parse_minor(text: &[u8], notation: Notation) -> Result<i64, AmountProblem> {
    Ok(parse_amount(text, notation)?.minor)
}

/// Parses an amount.
///
/// Accepts leading and trailing signs, accounting parentheses, currency signs and codes on either side,
/// grouped digits, a leading apostrophe, `10.-`, and exponents as written by spreadsheets and pandas.
///
/// Errors: see [`AmountProblem`]; a misplaced separator is an error.
pub fn parse_amount(text: &[u8], notation: Notation) -> Result<Amount, AmountProblem> {
    if let Some(amount) = parse_plain(text, notation) {
        return Ok(amount);
    }
    parse_general(text, notation)
}

/// Parses the most common form: an optional minus, digits, a point, at most `decimals` digits.
///
/// Shape: `None` for anything else, which [`parse_amount`] may still accept.
pub fn parse_plain(text: &[u8], notation: Notation) -> Option<Amount> {
    let (negative, digits) = match text.first()? {
        b'-' => (true, &text[1..]),
        _ => (false, text),
    };
    // 18 digits cannot overflow.
    if digits.is_empty() || digits.len() + usize::from(notation.decimals) > 18 {
        return None;
    }
    let point = if notation.decimal_comma { b',' } else { b'.' };
    let mut value: i64 = 0;
    let mut decimals_seen: Option<u8> = None;
    for &byte in digits {
        if byte.is_ascii_digit() {
            if let Some(seen) = &mut decimals_seen {
                if *seen == notation.decimals {
                    return None;
                }
                *seen += 1;
            }
            value = value * 10 + i64::from(byte - b'0');
        } else if byte == point && decimals_seen.is_none() {
            decimals_seen = Some(0);
        } else {
            return None;
        }
    }
    if digits.len() == 1 && decimals_seen.is_some() {
        return None;
    }
    let decimals_written = decimals_seen.unwrap_or(0);
    for _ in decimals_written..notation.decimals {
        value *= 10;
    }
    Some(Amount { minor: if negative { -value } else { value }, decimals_written })
}

fn parse_general(text: &[u8], notation: Notation) -> Result<Amount, AmountProblem> {
    let text = str::from_utf8(text).map_err(|_not_utf8| AmountProblem::NotANumber)?;
    let ours = (!text.is_ascii()).then(|| crate::dates::ascii_digits(text));
    let text = ours.as_deref().unwrap_or(text);
    let (bare, negative, _) = bare(text)?;
    let (mantissa, exponent) = match bare.find(['e', 'E']) {
        Some(at) => {
            let exponent: i32 = bare[at + 1..].parse().map_err(|_bad| AmountProblem::NotANumber)?;
            (&bare[..at], exponent)
        }
        None => (bare, 0),
    };
    let (magnitude, decimals_written) = parse_mantissa(mantissa, exponent, notation)?;
    let signed = if negative { -magnitude } else { magnitude };
    let minor = i64::try_from(signed).map_err(|_overflow| AmountProblem::TooLarge)?;
    Ok(Amount { minor, decimals_written })
}

/// The currency sign or code in an amount, if any.
pub fn currency_mark(text: &str) -> Option<&str> {
    bare(text).ok()?.2
}

/// An amount without sign and currency: its digits with separators, whether it is negative, and the currency
/// as written.
///
/// Sign and currency may be in any order and on either side: `-€5`, `€ -5`, `5 EUR`, `5-`.
///
/// Errors: [`AmountProblem`] if it is empty or has two signs.
pub fn bare(text: &str) -> Result<(&str, bool, Option<&str>), AmountProblem> {
    let mut text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    // Spreadsheets mark text with an apostrophe, often before a minus.
    if let Some(rest) = text.strip_prefix('\'') {
        text = rest.strip_suffix('\'').unwrap_or(rest).trim_start();
    }
    // In Shift_JIS, a yen sign is a backslash.
    text = text.strip_prefix('\\').unwrap_or(text);
    if text.is_empty() {
        return Err(AmountProblem::Empty);
    }
    let mut negative = false;
    if let Some(inner) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        negative = true;
        text = inner.trim();
    }
    let (mut signs, mut currency) = (0, None);
    loop {
        let before = text;
        if currency.is_none() {
            let (rest, mark) = crate::currency::strip(text);
            (text, currency) = (rest.trim(), mark);
        }
        // `10.-` and `10,--` in Swiss and German prices.
        for end in [":-", ".-", ",-", ".–", ",–", ".—", ",—", ".--", ",--"] {
            if let Some(rest) = text.strip_suffix(end).filter(|r| r.ends_with(|c: char| c.is_ascii_digit())) {
                text = rest;
            }
        }
        // Debit and credit of a customer account.
        for (end, credit) in [("DR", false), ("Dr", false), ("CR", true), ("Cr", true)] {
            if let Some(rest) =
                text.strip_suffix(end).filter(|r| r.ends_with(|c: char| c.is_ascii_digit() || c == ' '))
            {
                signs += u32::from(credit);
                negative ^= credit;
                text = rest.trim();
            }
        }
        for sign in ['-', '\u{2212}', '\u{2013}', '+'] {
            if let Some(rest) = text.strip_prefix(sign).or_else(|| text.strip_suffix(sign)) {
                signs += 1;
                negative ^= sign != '+';
                text = rest.trim();
            }
        }
        if text == before {
            break;
        }
    }
    if signs > 1 || text.is_empty() {
        return Err(AmountProblem::NotANumber);
    }
    Ok((text, negative, currency))
}

fn parse_mantissa(text: &str, exponent: i32, notation: Notation) -> Result<(i128, u8), AmountProblem> {
    let point = if notation.decimal_comma { ',' } else { '.' };
    let (whole, fraction) = text.split_once(point).unwrap_or((text, ""));
    if whole.is_empty() && fraction.is_empty() {
        return Err(AmountProblem::NotANumber);
    }
    let mut digits = String::with_capacity(text.len());
    push_whole(whole, notation.decimal_comma, &mut digits)?;
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return Err(AmountProblem::NotANumber);
    }
    digits.push_str(fraction);
    // The value is `digits` x 10^shift minor units.
    let shift = i64::from(exponent) + i64::from(notation.decimals) - fraction.len() as i64;
    Ok((scale_digits(digits.trim_start_matches('0'), shift)?, fraction.len().min(255) as u8))
}

/// Appends the digits before the point and checks that they are grouped correctly.
fn push_whole(whole: &str, decimal_comma: bool, digits: &mut String) -> Result<(), AmountProblem> {
    let group = if decimal_comma { '.' } else { ',' };
    let is_group = |c: char| c == group || is_neutral_group(c);
    let mut parts = whole.split(is_group);
    let first = parts.next().unwrap_or("");
    let mut grouped = false;
    digits.push_str(first);
    for part in parts {
        grouped = true;
        // Indian numbers have groups of two before the last three digits: 12,34,567.
        if part.len() != 3 && part.len() != 2 {
            return Err(AmountProblem::NotANumber);
        }
        digits.push_str(part);
    }
    let last_group_is_three = !grouped || whole.rsplit(is_group).next().is_some_and(|p| p.len() == 3);
    let first_fits = !grouped || (1..=3).contains(&first.len());
    if last_group_is_three && first_fits && digits.bytes().all(|b| b.is_ascii_digit()) {
        Ok(())
    } else {
        Err(AmountProblem::NotANumber)
    }
}

/// Whether a character groups digits in every notation: spaces of any width and apostrophes.
pub fn is_neutral_group(c: char) -> bool {
    matches!(c, ' ' | '\'' | '’' | 'ʼ' | '´' | '`' | '\u{a0}' | '\u{2007}'..='\u{200a}' | '\u{202f}')
}

/// `digits` x 10^`shift`, rounded half away from zero.
fn scale_digits(digits: &str, shift: i64) -> Result<i128, AmountProblem> {
    if digits.is_empty() {
        return Ok(0);
    }
    let kept = digits.len() as i64 + shift.min(0);
    if kept < 0 {
        return Ok(0);
    }
    if kept + shift.max(0) > 30 {
        return Err(AmountProblem::TooLarge);
    }
    let (head, tail) = digits.split_at(kept as usize);
    let mut value: i128 = 0;
    for byte in head.bytes() {
        value = value * 10 + i128::from(byte - b'0');
    }
    if tail.bytes().next().is_some_and(|b| b >= b'5') {
        value += 1;
    }
    Ok(value * 10_i128.pow(shift.max(0) as u32))
}

/// Converts a float, as found in Parquet files, through its shortest decimal form, so that `1.005` is exactly
/// that.
///
/// Errors: [`AmountProblem::NotANumber`] for NaN and infinity, [`AmountProblem::TooLarge`].
#[inline]
pub fn float_to_minor(value: f64, decimals: u8) -> Result<i64, AmountProblem> {
    if !value.is_finite() {
        return Err(AmountProblem::NotANumber);
    }
    let scaled = value * minor_per_major(decimals);
    // The nearest integer is correct unless the value is close to a half.
    let nearest = scaled.round();
    if nearest.abs() < 9.0e15 && (scaled - nearest).abs() < 0.499 {
        return Ok(nearest as i64);
    }
    parse_minor(format!("{value}").as_bytes(), Notation { decimal_comma: false, decimals })
}

/// Formats minor units as a decimal: `-1234567` with two decimals is `-12345.67`.
pub fn format_minor(minor: i64, decimals: u8) -> String {
    let unit = 10_u64.pow(u32::from(decimals));
    let magnitude = minor.unsigned_abs();
    let sign = if minor < 0 { "-" } else { "" };
    if decimals == 0 {
        return format!("{sign}{magnitude}");
    }
    format!("{sign}{}.{:0width$}", magnitude / unit, magnitude % unit, width = usize::from(decimals))
}

/// Formats minor units with grouped thousands: `-12,345.67`.
pub fn format_minor_grouped(minor: i64, decimals: u8) -> String {
    let plain = format_minor(minor, decimals);
    let (whole, fraction) = plain.split_once('.').map_or((plain.as_str(), None), |(w, f)| (w, Some(f)));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |d| ("-", d));
    let mut out = format!("{sign}{}", group_digits(digits));
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// A measure such as an RMSE with two decimals and thousands separators: `1,689.05`.
pub fn format_grouped(value: f64) -> String {
    format_minor_grouped((value * 100.0).round() as i64, 2)
}

/// Formats a count with grouped thousands.
pub fn format_count(count: u64) -> String {
    group_digits(&count.to_string())
}

fn group_digits(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COMMA: Notation = Notation { decimal_comma: true, decimals: 2 };

    fn check(text: &str, notation: Notation, expected: Result<i64, AmountProblem>) {
        assert_eq!(parse_minor(text.as_bytes(), notation), expected, "{text:?}");
    }

    #[test]
    fn amounts_as_people_and_programs_write_them() {
        for (text, expected) in [
            ("12.5", 1250),
            ("12", 1200),
            ("-0.01", -1),
            (".5", 50),
            ("5.", 500),
            ("1,234.50", 123_450),
            ("12,34,567.00", 123_456_700),
            ("1 234.50", 123_450),
            ("1'234.50", 123_450),
            ("€12.50", 1250),
            ("$ -12.50", -1250),
            ("-$12.50", -1250),
            ("12.50 EUR", 1250),
            ("USD 12.50", 1250),
            ("(12.50)", -1250),
            ("12.50-", -1250),
            ("\u{2212}3", -300),
            ("+3", 300),
            ("'-40.00", -4000),
            ("R$ 10.00", 1000),
            ("1\u{202f}234.50 zł", 123_450),
            ("CHF 1’234.50", 123_450),
            ("10.-", 1000),
            ("Rp 5", 500),
            ("1.5E+3", 150_000),
            ("1e-05", 0),
            ("0.005", 1),
            ("-0.005", -1),
            ("0.00499999", 0),
            ("2.675", 268),
            (" 7 ", 700),
            ("92233720368547758.07", i64::MAX),
        ] {
            check(text, Notation::CENTS, Ok(expected));
        }
        for (text, expected) in [("12,50", 1250), ("1.234,50", 123_450), ("-0,5", -50), ("1.234", 123_400)] {
            check(text, COMMA, Ok(expected));
        }
        check("500", Notation { decimal_comma: false, decimals: 0 }, Ok(500));
        check("1.2345", Notation { decimal_comma: false, decimals: 4 }, Ok(12_345));
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        use AmountProblem::{Empty, NotANumber, TooLarge};
        for (text, expected) in [
            ("", Empty),
            ("  ", Empty),
            ("NaN", NotANumber),
            ("inf", NotANumber),
            ("-Infinity", NotANumber),
            ("12,50", NotANumber),
            ("1,2345.00", NotANumber),
            ("1.2.3", NotANumber),
            ("--5", NotANumber),
            ("-5-", NotANumber),
            ("abc", NotANumber),
            ("€", NotANumber),
            (".", NotANumber),
            ("-", NotANumber),
            ("1e", NotANumber),
            ("92233720368547758.08", TooLarge),
            ("1e300", TooLarge),
            ("1e2000000000", TooLarge),
        ] {
            check(text, Notation::CENTS, Err(expected));
        }
    }

    #[test]
    fn floats_mean_their_shortest_decimal() {
        assert_eq!(float_to_minor(1.005, 2), Ok(101));
        assert_eq!(float_to_minor(0.1 + 0.2, 2), Ok(30));
        assert_eq!(float_to_minor(-2.675, 2), Ok(-268));
        assert_eq!(float_to_minor(f64::NAN, 2), Err(AmountProblem::NotANumber));
        assert_eq!(float_to_minor(1e300, 2), Err(AmountProblem::TooLarge));
    }

    proptest! {
        #[test]
        fn every_amount_survives_being_written_and_read(minor: i64, decimals in 0_u8..5) {
            let notation = Notation { decimal_comma: false, decimals };
            prop_assert_eq!(parse_minor(format_minor(minor, decimals).as_bytes(), notation), Ok(minor));
            prop_assert_eq!(parse_minor(format_minor_grouped(minor, decimals).as_bytes(), notation), Ok(minor));
        }

        #[test]
        fn no_text_panics(bytes: Vec<u8>, decimal_comma: bool) {
            let _ = parse_minor(&bytes, Notation { decimal_comma, decimals: 2 });
        }
    }
}
