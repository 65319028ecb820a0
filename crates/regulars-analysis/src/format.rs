//! Formatting of values for people: money, shares, changes, dates.
//!
//! The API sends raw numbers instead.

use regulars_core::money;
use regulars_core::money::minor_per_major;
use regulars_core::summary::RunSummary;

/// Text of an empty cell.
pub const NOTHING: &str = "–";

/// Money format of a run.
#[derive(Debug, Clone)]
pub struct Money {
    currency: Option<String>,
    decimals: u8,
}

impl Money {
    /// The format of a run.
    pub fn of(summary: &RunSummary) -> Self {
        Self { currency: summary.currency.clone(), decimals: summary.money_decimals }
    }

    /// The format of a currency, if known, with this number of decimals.
    pub fn new(currency: Option<&str>, decimals: u8) -> Self {
        Self { currency: currency.map(str::to_owned), decimals }
    }

    /// An exact amount for programs: `1234.50`.
    pub fn plain(&self, minor: i64) -> String {
        money::format_minor(minor, self.decimals)
    }

    /// An amount in major units.
    pub fn units_of(&self, minor: f64) -> f64 {
        minor / minor_per_major(self.decimals)
    }

    /// A short amount, for cells and axes: `€1.2M`, `€45k`, `€73`.
    pub fn short(&self, minor: f64) -> String {
        let units = self.units_of(minor);
        let (value, letter) = match units.abs() {
            size if size >= 999_500_000.0 => (units / 1e9, "B"),
            size if size >= 999_500.0 => (units / 1e6, "M"),
            size if size >= 999.5 => (units / 1e3, "k"),
            _ => (units, ""),
        };
        let digits = usize::from(value.abs() < 9.95 && !letter.is_empty());
        let (prefix, suffix) = self.affixes();
        let number = format!("{:.digits$}", value.abs());
        let sign = if value < 0.0 { "−" } else { "" };
        format!("{sign}{prefix}{number}{letter}{suffix}")
    }

    /// An amount as a headline: `€17.8M`, `€178k`, exact below 100,000.
    pub fn headline(&self, minor: f64) -> String {
        match abbreviated(self.units_of(minor)) {
            Some(number) => {
                let (prefix, suffix) = self.affixes();
                let sign = if minor < 0.0 { "−" } else { "" };
                format!("{sign}{prefix}{number}{suffix}")
            }
            None => self.mean(minor),
        }
    }

    /// An exact amount: `€1,234.50`, `−€5.00`, `1,234.50 CHF`.
    pub fn exact(&self, minor: i64) -> String {
        let grouped = money::format_minor_grouped(minor, self.decimals);
        let (sign, amount) = grouped.strip_prefix('-').map_or(("", grouped.as_str()), |rest| ("−", rest));
        match self.currency.as_deref() {
            None => format!("{sign}{amount}"),
            Some(code) => match symbol(code) {
                Some(symbol) => format!("{sign}{symbol}{amount}"),
                None => format!("{sign}{amount}\u{a0}{code}"),
            },
        }
    }

    /// A mean of amounts, to the nearest minor unit.
    pub fn mean(&self, minor: f64) -> String {
        self.exact(minor.round() as i64)
    }

    /// An amount for running text, without decimals if it is large: `€2,029,188`, `€73.07`.
    pub fn rounded(&self, minor: f64) -> String {
        let unit = minor_per_major(self.decimals);
        if minor.abs() < 1000.0 * unit {
            return self.mean(minor);
        }
        Self { currency: self.currency.clone(), decimals: 0 }.mean(minor / unit)
    }

    /// Replaces currency codes in a sentence by symbols: `1,234.50 EUR` becomes `€1,234.50`.
    pub fn in_text(&self, sentence: &str) -> String {
        let Some((code, symbol)) = self.currency.as_deref().and_then(|code| Some((code, symbol(code)?)))
        else {
            return sentence.to_owned();
        };
        let after = format!(" {code}");
        let mut parts = sentence.split(&after).peekable();
        let mut out = String::with_capacity(sentence.len());
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                out.push_str(part);
                break;
            }
            let amount = part.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ','));
            let digits = &part[amount.len()..];
            if digits.starts_with(|c: char| c.is_ascii_digit()) {
                let (before, sign) = amount.strip_suffix('-').map_or((amount, ""), |before| (before, "−"));
                out.push_str(&format!("{before}{sign}{symbol}{digits}"));
            } else {
                out.push_str(part);
                out.push_str(&after);
            }
        }
        out
    }

    /// An interval, rounded: `€20 to €140`.
    pub fn between(&self, low_minor: i64, high_minor: i64) -> String {
        format!("{} to {}", self.rounded(low_minor as f64), self.rounded(high_minor as f64))
    }

    /// An amount in major units, for axes.
    pub fn units(&self, minor: i64) -> f64 {
        minor as f64 / minor_per_major(self.decimals)
    }

    /// Prefix and suffix of axis numbers.
    pub fn affixes(&self) -> (String, String) {
        match self.currency.as_deref() {
            None => (String::new(), String::new()),
            Some(code) => symbol(code).map_or_else(
                || (String::new(), format!("\u{a0}{code}")),
                |symbol| (symbol.to_owned(), String::new()),
            ),
        }
    }
}

/// Unambiguous currency symbols; other currencies keep their code.
fn symbol(code: &str) -> Option<&'static str> {
    Some(match code {
        "EUR" => "€",
        "USD" => "$",
        "GBP" => "£",
        "JPY" => "¥",
        "INR" => "₹",
        "BRL" => "R$",
        _ => return None,
    })
}

/// A size from 100,000 with a letter, without sign: `178k`, `17.8M`, `1.2B`.
fn abbreviated(value: f64) -> Option<String> {
    match value.abs() {
        size if size >= 999_950_000.0 => Some(format!("{:.1}B", size / 1e9)),
        size if size >= 999_500.0 => Some(format!("{:.1}M", size / 1e6)),
        size if size >= 100_000.0 => Some(format!("{:.0}k", size / 1e3)),
        _ => None,
    }
}

/// A count as a headline: `1.2M`, exact below a million.
pub fn headline_count(n: u64) -> String {
    abbreviated(n as f64).filter(|_| n >= 1_000_000).unwrap_or_else(|| count(n))
}

/// A count: `1,234`.
pub fn count(n: u64) -> String {
    money::format_count(n)
}

/// A count with its noun: `1 customer`, `1,234 customers`.
pub fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// A number of customers: `1 customer`, `1,234 customers`.
pub fn customers(n: u64) -> String {
    counted(n, "customer", "customers")
}

/// A share as percent with one decimal; never `0.0%` for a nonzero share, nor `100.0%` for a share below 1.
pub fn percent(share: f64) -> String {
    if !share.is_finite() {
        return NOTHING.to_owned();
    }
    let hundredfold = share * 100.0;
    if hundredfold > 0.0 && hundredfold < 0.05 {
        "<0.1%".to_owned()
    } else if (99.95..100.0).contains(&hundredfold) {
        ">99.9%".to_owned()
    } else {
        signed(format!("{hundredfold:.1}%"))
    }
}

/// A share for running text: whole percent from 1% to 99%, and for exactly 0% and 100%.
pub fn percent_in_text(share: f64) -> String {
    let hundredfold = share * 100.0;
    if (1.0..=99.0).contains(&hundredfold) || [0.0, 100.0].contains(&hundredfold) {
        format!("{hundredfold:.0}%")
    } else {
        percent(share)
    }
}

/// A mean with one decimal and thousands grouped.
pub fn mean(value: f64) -> String {
    let tenths = (value * 10.0).round() as i64;
    signed(money::format_minor_grouped(tenths, 1))
}

/// A whole number with thousands grouped.
pub fn whole(value: f64) -> String {
    signed(money::format_minor_grouped(value.round() as i64, 0))
}

/// Two decimals; no sign if it rounds to zero.
pub fn two(value: f64) -> String {
    let hundredths = (value * 100.0).round() + 0.0;
    signed(format!("{:.2}", hundredths / 100.0))
}

fn signed(text: String) -> String {
    text.strip_prefix('-').map(|rest| format!("−{rest}")).unwrap_or(text)
}

/// Direction of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// More.
    Up,
    /// Less.
    Down,
    /// Unchanged, to the last digit shown.
    Level,
}

impl Direction {
    /// The CSS class.
    pub fn class(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Level => "level",
        }
    }
}

/// A change: `+12.3%`, `−4.0%`, `0.0%`; `None` if the base is not positive.
pub fn change(current: f64, previous: f64) -> Option<(String, Direction)> {
    if previous <= 0.0 || !current.is_finite() {
        return None;
    }
    Some(with_sign((current / previous - 1.0) * 100.0, "%"))
}

/// A change of a share in percentage points: `+4.1 points`.
pub fn change_in_points(current: f64, previous: f64) -> (String, Direction) {
    with_sign((current - previous) * 100.0, " points")
}

fn with_sign(value: f64, unit: &str) -> (String, Direction) {
    let magnitude = (value.abs() * 10.0).round() as i64;
    let text = money::format_minor_grouped(magnitude, 1);
    if magnitude == 0 {
        (format!("{text}{unit}"), Direction::Level)
    } else if value > 0.0 {
        (format!("+{text}{unit}"), Direction::Up)
    } else {
        (format!("−{text}{unit}"), Direction::Down)
    }
}

/// The months of the year, shortened.
pub const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn month_name(number: &str) -> Option<&'static str> {
    MONTHS.get(number.parse::<usize>().ok()?.checked_sub(1)?).copied()
}

/// A period by its first and last day.
pub fn span(first: &str, last: &str) -> String {
    format!("{} to {}", day(first), day(last))
}

/// `2024-12-31` (or a longer timestamp) as `31 Dec 2024`; any other text unchanged.
pub fn day(date: &str) -> String {
    let read = || {
        let mut parts = date.get(..10)?.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        Some(format!("{} {} {year}", day.parse::<u8>().ok()?, month_name(month)?))
    };
    read().unwrap_or_else(|| date.to_owned())
}

/// `2024-12` as `Dec 2024`; any other text unchanged.
pub fn month(month: &str) -> String {
    let read = || {
        let (year, number) = month.split_once('-')?;
        Some(format!("{} {year}", month_name(number)?))
    };
    read().unwrap_or_else(|| month.to_owned())
}

/// `2024-12-31T23:59:00Z` as `31 Dec 2024, 23:59 UTC`; any other text unchanged.
pub fn instant(timestamp: &str) -> String {
    let time = timestamp.get(11..16).filter(|time| time.as_bytes()[2] == b':');
    match time {
        Some(time) if timestamp.ends_with('Z') || timestamp.ends_with("+00:00") => {
            format!("{}, {time} UTC", day(timestamp))
        }
        _ => timestamp.to_owned(),
    }
}

/// A size in bytes: `12.3 MB`.
pub fn bytes(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["bytes", "kB", "MB", "GB"] {
        if value < 1000.0 {
            return if unit == "bytes" {
                counted(bytes, "byte", "bytes")
            } else {
                format!("{value:.1} {unit}")
            };
        }
        value /= 1000.0;
    }
    format!("{value:.1} TB")
}

/// Text with a capital letter.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// An error message as a sentence, with quotation marks instead of backticks.
pub fn sentence(message: &str) -> String {
    let mut quoted = String::with_capacity(message.len() + 8);
    for (i, part) in message.split('`').enumerate() {
        if i > 0 {
            quoted.push(if i % 2 == 1 { '“' } else { '”' });
        }
        quoted.push_str(part);
    }
    let end = if quoted.is_empty() || quoted.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{}{end}", capitalised(&quoted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_as_people_do() {
        let money =
            |currency: Option<&str>, decimals| Money { currency: currency.map(str::to_owned), decimals };
        assert_eq!(money(Some("EUR"), 2).exact(123_456_789), "€1,234,567.89");
        assert_eq!(money(Some("EUR"), 2).exact(-500), "−€5.00");
        assert_eq!(money(Some("CHF"), 2).exact(123_450), "1,234.50\u{a0}CHF");
        assert_eq!(money(Some("JPY"), 0).exact(12_345), "¥12,345");
        assert_eq!(money(None, 2).exact(1), "0.01");
        assert_eq!(money(None, 2).mean(1234.5), "12.35");
        assert_eq!(money(Some("EUR"), 2).rounded(202_918_768.0), "€2,029,188");
        assert_eq!(money(Some("EUR"), 2).rounded(7_307.0), "€73.07");
        for (minor, expected) in [
            (1_781_234_560.0, "€17.8M"),
            (-17_812_300.0, "−€178k"),
            (9_999_999.0, "€99,999.99"),
            (99_996_000_000.0, "€1.0B"),
        ] {
            assert_eq!(money(Some("EUR"), 2).headline(minor), expected);
        }
        assert_eq!(money(Some("CHF"), 2).headline(123_456_789.0), "1.2M\u{a0}CHF");
        assert_eq!(
            (headline_count(999_999).as_str(), headline_count(1_250_000).as_str()),
            ("999,999", "1.2M")
        );
        for (minor, expected) in [
            (123_456_789.0, "€1.2M"),
            (4_512_300.0, "€45k"),
            (7_307.0, "€73"),
            (99_960.0, "€1.0k"),
            (-250_000.0, "−€2.5k"),
            (0.0, "€0"),
        ] {
            assert_eq!(money(Some("EUR"), 2).short(minor), expected);
        }
        assert_eq!(money(None, 2).plain(-123_450), "-1234.50");
        let sentence = "They bring 1,234.50 EUR: -2.00 EUR more (0.10 EUR to 3 EUR). Paid in EUR.";
        assert_eq!(
            money(Some("EUR"), 2).in_text(sentence),
            "They bring €1,234.50: −€2.00 more (€0.10 to €3). Paid in EUR."
        );
        assert_eq!(money(Some("CHF"), 2).in_text("3 CHF"), "3 CHF");
    }

    #[test]
    fn shares_never_round_to_none_or_all() {
        for (share, expected) in [
            (0.0, "0.0%"),
            (0.0001, "<0.1%"),
            (0.123_45, "12.3%"),
            (0.9999, ">99.9%"),
            (1.0, "100.0%"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(percent(share), expected);
        }
        assert_eq!(percent_in_text(0.683), "68%");
        for (share, expected) in
            [(0.0, "0%"), (0.004, "0.4%"), (0.052, "5%"), (0.996, "99.6%"), (1.0, "100%")]
        {
            assert_eq!(percent_in_text(share), expected);
        }
    }

    #[test]
    fn changes_carry_their_sign() {
        assert_eq!(change(112.0, 100.0), Some(("+12.0%".to_owned(), Direction::Up)));
        assert_eq!(change(96.0, 100.0), Some(("−4.0%".to_owned(), Direction::Down)));
        assert_eq!(change(100.0, 100.0), Some(("0.0%".to_owned(), Direction::Level)));
        assert_eq!(change(5.0, 0.0), None);
        assert_eq!(change_in_points(0.62, 0.58).0, "+4.0 points");
    }

    #[test]
    fn days_and_sizes() {
        assert_eq!(day("2024-12-01"), "1 Dec 2024");
        assert_eq!(day("2024-12-31 23:59:59"), "31 Dec 2024");
        assert_eq!(day("long ago"), "long ago");
        assert_eq!(month("2024-02"), "Feb 2024");
        assert_eq!(month("2024-13"), "2024-13");
        assert_eq!(instant("2025-01-02T03:04:05Z"), "2 Jan 2025, 03:04 UTC");
        assert_eq!(instant("yesterday"), "yesterday");
        assert_eq!(bytes(999), "999 bytes");
        assert_eq!(bytes(12_345_678), "12.3 MB");
        assert_eq!(mean(1234.56), "1,234.6");
        assert_eq!(whole(-1234.0), "−1,234");
    }
}
