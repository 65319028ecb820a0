//! The notation of amounts: decimal separator, thousands separator, decimals, currency; determined from the
//! whole sample and checked on every row.

use std::collections::BTreeMap;

use regulars_core::config::Source;
use regulars_core::currency;
use regulars_core::money;

use super::sample::Sample;
use crate::cells::trim;
use crate::error::{Error, Kind, Result};
use crate::question::{ask, reading};

/// The evidence of one amount for the decimal separator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MarkEvidence {
    /// No separator.
    None,
    /// Certainly a decimal comma.
    Comma,
    /// Certainly a decimal point.
    Point,
    /// `1,234`: thousands, or three decimals after a comma.
    CommaGroup,
    /// `1.234`: thousands, or three decimals after a point.
    PointGroup,
}

/// The evidence of an amount.
///
/// A separator followed by a number of final digits other than three is decimal; of two different separators,
/// the last is; a separator that occurs twice groups thousands.
pub(crate) fn mark_evidence(text: &str) -> MarkEvidence {
    let Ok((text, ..)) = money::bare(text) else {
        return MarkEvidence::None;
    };
    let text = text.split(['e', 'E']).next().unwrap_or(text);
    if !text.chars().all(|c| c.is_ascii_digit() || matches!(c, ',' | '.') || money::is_neutral_group(c)) {
        return MarkEvidence::None;
    }
    let (commas, points) = (text.matches(',').count(), text.matches('.').count());
    let tail = |mark: char| text.rsplit_once(mark).map_or(0, |(_, tail)| tail.len());
    let head = |mark: char| text.split_once(mark).map_or("", |(head, _)| head);
    let neutral = text.contains(money::is_neutral_group);
    match (commas, points) {
        (0, 0) => MarkEvidence::None,
        (0, 1) | (1, 0) => {
            let mark = if commas == 1 { ',' } else { '.' };
            // `0.125` and `1234.567` have no groups; a second kind of group leaves the separator to decimals.
            let first = head(mark);
            let grouped =
                tail(mark) == 3 && (1..=3).contains(&first.len()) && !first.starts_with('0') && !neutral;
            match (mark, grouped) {
                (',', true) => MarkEvidence::CommaGroup,
                ('.', true) => MarkEvidence::PointGroup,
                (',', false) => MarkEvidence::Comma,
                _ => MarkEvidence::Point,
            }
        }
        // With one of each, the last is the decimal separator.
        (c, p) if c >= 1 && p >= 1 => {
            if text.rfind(',') > text.rfind('.') {
                MarkEvidence::Comma
            } else {
                MarkEvidence::Point
            }
        }
        (_, 0) => MarkEvidence::Point,
        _ => MarkEvidence::Comma,
    }
}

/// How often each kind of evidence occurred.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    pub(crate) comma: u64,
    pub(crate) point: u64,
    pub(crate) comma_group: u64,
    pub(crate) point_group: u64,
    pub(crate) none: u64,
}

impl Marks {
    pub(crate) fn add(&mut self, text: &str) {
        match mark_evidence(text) {
            MarkEvidence::None => self.none += 1,
            MarkEvidence::Comma => self.comma += 1,
            MarkEvidence::Point => self.point += 1,
            MarkEvidence::CommaGroup => self.comma_group += 1,
            MarkEvidence::PointGroup => self.point_group += 1,
        }
    }
}

/// Whether the amounts in the columns `amounts` have a decimal comma.
///
/// Errors: [`Kind::Ambiguous`] if every amount with a separator can be read in two ways.
pub(super) fn decimal_comma(
    sample: &Sample,
    amounts: &[usize],
    source: &Source,
    shown: &str,
) -> Result<(bool, &'static str)> {
    if let Some(comma) = source.decimal_comma {
        return Ok((comma, "the configuration"));
    }
    // Workbooks and JSON store numbers as such.
    let is_number = |index: &usize| sample.traits.numbers.get(*index) == Some(&true);
    if !amounts.is_empty() && amounts.iter().all(is_number) {
        return Ok((false, "the amounts"));
    }
    let mut marks = Marks::default();
    for index in amounts {
        sample.present(*index).for_each(|value| marks.add(value));
    }
    match (marks.comma, marks.point) {
        (0, 0) => {}
        (comma, point) => return Ok((comma > point, "the amounts")),
    }
    // Other numeric columns use the same notation, if they show it; dates such as 31.12.2024 do not.
    let mut others = Marks::default();
    for index in (0..sample.header.len()).filter(|i| !amounts.contains(i)) {
        if !sample.times[index] && sample.is_numeric(index) && !sample.is_date(index) {
            sample.some(index).for_each(|value| others.add(value));
        }
    }
    if marks.comma_group + marks.point_group == 0 {
        return Ok((others.comma > others.point, "the other columns"));
    }
    if others.comma + others.point > 0 && marks.point_group == 0 {
        return Ok((others.comma > others.point, "the other columns"));
    }
    let point = marks.point_group >= marks.comma_group;
    let example = amounts.iter().find_map(|index| {
        sample
            .present(*index)
            .find(|value| matches!(mark_evidence(value), MarkEvidence::CommaGroup | MarkEvidence::PointGroup))
    });
    let example = example.unwrap_or_default().trim();
    // Commas that separate groups of three and never occur with decimals mean thousands in most of the world.
    // Amounts below a thousand then have no comma.
    if !point && marks.none > 0 && !matches!(sample.delimiter, Some(b';' | b'\t' | b'|')) {
        return Ok((false, "groups of three after a comma"));
    }
    let small = format!("`{example}` is {}, less than a thousand", example.replace([',', '.'], "."));
    let large = format!("`{example}` is {}, a thousand or more", example.replace([',', '.'], ""));
    let readings = vec![
        reading(large, format!("source.decimal_comma={point}")),
        reading(small, format!("source.decimal_comma={}", !point)),
    ];
    let name = amounts.first().map_or("", |i| sample.header[*i].as_str());
    Err(ask(
        format!(
            "the amounts of `{shown}` can be read in two ways: is `{example}` in `{name}` more than a thousand, or less than ten?"
        ),
        readings,
    ))
}

/// The decimals that amounts need: those of the currency, or more if rounding to them would change the sums.
pub(super) fn decimals(
    sample: &Sample,
    amounts: &[usize],
    comma: bool,
    currency: Option<&str>,
    source: &Source,
) -> u8 {
    if let Some(decimals) = source.money_decimals {
        return decimals;
    }
    let usual = currency.map_or(2, currency::decimals).max(2);
    let (mut lost, mut sum, mut most) = (0_i128, 0_i128, 0_u8);
    let (mut amounts_seen, mut finer) = (0_u64, 0_u64);
    for index in amounts {
        for row in 0..sample.rows.len() {
            let Some(micros) = sample.amount(row, *index, comma) else { continue };
            let unit = 10_i64.pow(u32::from(6 - usual));
            lost += i128::from((micros - (micros + unit / 2).div_euclid(unit) * unit).abs());
            sum += i128::from(micros.abs());
            if micros != 0 {
                amounts_seen += 1;
                finer += u64::from(micros % unit != 0);
                let zeros = (0..6).take_while(|n| micros % 10_i64.pow(n + 1) == 0).count() as u8;
                most = most.max(6 - zeros);
            }
        }
    }
    // Dinars have three decimals, whether or not the file names the currency.
    let of_another_currency = currency.is_none() && most == 3 && finer * 2 > amounts_seen;
    // A difference of a thousandth of the sum is more than rounding.
    let is_more = (lost * 1000 > sum && most > usual) || of_another_currency;
    if is_more { most.min(6) } else { usual }
}

/// The currencies that the sample names explicitly.
#[derive(Debug, Clone, Default)]
pub(crate) struct Currencies {
    /// Rows and amount by ISO code or symbol.
    pub(crate) found: BTreeMap<String, (u64, i64)>,
}

impl Currencies {
    pub(crate) fn add(&mut self, mark: &str, rows: u64, amount_minor: i64) {
        let entry = self.found.entry(currency::canonical(mark)).or_default();
        entry.0 += rows;
        entry.1 = entry.1.saturating_add(amount_minor);
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (mark, (rows, amount)) in other.found {
            let entry = self.found.entry(mark).or_default();
            entry.0 += rows;
            entry.1 = entry.1.saturating_add(amount);
        }
    }

    /// The only currency; `None` if none is named.
    pub(crate) fn one(&self) -> Option<String> {
        let coded = self.found.keys().find(|c| is_code(c));
        coded.filter(|code| self.found.keys().all(|other| currency::may_be_same(code, other))).cloned()
    }

    /// Whether an ambiguous symbol occurs beside one for a single currency, such as `$` beside `MX$`: they
    /// mean two currencies.
    pub(crate) fn mixes_signs(&self) -> bool {
        let mut codes = self.found.keys().filter(|mark| is_code(mark));
        codes.any(|code| self.found.keys().any(|sign| !is_code(sign) && currency::may_be_same(sign, code)))
    }

    /// Whether two of them are certainly different.
    pub(crate) fn disagree(&self) -> bool {
        let all: Vec<&String> = self.found.keys().collect();
        all.iter().enumerate().any(|(i, a)| all[..i].iter().any(|b| !currency::may_be_same(a, b)))
    }
}

fn is_code(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase())
}

/// The currencies of the sample.
pub(super) fn currencies(sample: &Sample, column: Option<usize>, amounts: &[usize]) -> Currencies {
    let mut found = Currencies::default();
    if let Some(column) = column {
        // The header may stand between the rows again.
        let name = &sample.header[column];
        for value in sample.present(column).filter(|value| !value.eq_ignore_ascii_case(name)) {
            found.add(value, 1, 0);
        }
        return found;
    }
    for index in amounts {
        for value in sample.present(*index) {
            let plain = value.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b',' | b'-'));
            if let Some(mark) = (!plain).then(|| money::currency_mark(value)).flatten() {
                found.add(mark, 1, 0);
            }
        }
    }
    found
}

/// The question about several currencies in a file or data set.
pub(crate) fn ask_currency(found: &Currencies, place: &str) -> Error {
    let list: Vec<&str> = found.found.keys().map(String::as_str).take(5).collect();
    let mut by_rows: Vec<(&String, &(u64, i64))> = found.found.iter().collect();
    by_rows.sort_by(|a, b| b.1.0.cmp(&a.1.0).then(a.0.cmp(b.0)));
    let mut readings: Vec<_> = by_rows
        .iter()
        .take(5)
        .map(|(code, (rows, _))| {
            reading(
                format!(
                    "only the {} rows in {code} count, the others are excluded",
                    money::format_count(*rows)
                ),
                format!("policy.only_currency={code}"),
            )
        })
        .collect();
    if let Some((code, _)) = by_rows.iter().find(|(code, _)| is_code(code)) {
        readings.push(reading(
            format!("all amounts are already in {code}, whatever the file says"),
            format!("source.currency={code}"),
        ));
    }
    ask(
        format!(
            "the amounts of {place} are in several currencies ({}) and cannot be added up",
            list.join(", ")
        ),
        readings,
    )
}

/// The error for a column that is an amount by name but unreadable.
pub(crate) fn unreadable(sample: &Sample, index: usize, shown: &str) -> Error {
    let example = sample.present(index).find(|v| !super::sample::is_number(v.as_bytes())).unwrap_or("");
    let line = sample.rows.iter().position(|row| row[index] == example).map_or(0, |at| at + 2);
    Error::new(
        Kind::Unreadable,
        format!(
            "the amounts in `{}` of `{shown}` cannot be read; the first is `{}` (row {line})",
            sample.header[index],
            String::from_utf8_lossy(trim(example.as_bytes()))
        ),
    )
    .hint("amounts are numbers such as 1234.50, 1.234,50 or € 12.50; if another column is the amount: --map total_amount=\"NAME\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_told_apart() {
        use MarkEvidence::{Comma, CommaGroup, None, Point, PointGroup};
        for (text, expected) in [
            ("12", None),
            ("12.50", Point),
            ("12,5", Comma),
            ("1,234", CommaGroup),
            ("1.234", PointGroup),
            ("0.125", Point),
            ("1.234,50", Comma),
            ("1,234.50", Point),
            ("1.234.567", Comma),
            ("1,234,567", Point),
            ("€ 1.234", PointGroup),
            ("1234.567", Point),
            ("1 234,500", Comma),
            ("-89.000", PointGroup),
            ("abc", None),
        ] {
            assert_eq!(mark_evidence(text), expected, "{text}");
        }
    }
}
