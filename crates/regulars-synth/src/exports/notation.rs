//! Notation of amounts, and whether it is unambiguous.

use super::dimension::dimension;

dimension! {
    /// The decimal separator.
    Decimal "decimal mark" { Dot "dot", Comma "comma" }
}

dimension! {
    /// The thousands separator.
    Thousands "thousands" {
        Nothing "none", Comma "comma", Dot "dot", Apostrophe "apostrophe", Typographic "typographic apostrophe",
        Blank "blank", NoBreak "no-break blank", NarrowNoBreak "narrow no-break blank", Indian "indian groups",
    }
}

dimension! {
    /// How a negative amount is written.
    Negative "negatives" {
        Minus "minus before", Brackets "brackets", Trailing "minus after", Apostrophe "apostrophe and minus",
    }
}

dimension! {
    /// Where a file names the currency of its amounts.
    CurrencyPlace "currency" {
        NotStated "not stated", SignBefore "sign before", SignAfter "sign after", CodeBefore "code before",
        CodeAfter "code after", Column "column", Header "in headers",
    }
}

dimension! {
    /// Number of decimals of the smallest unit.
    Decimals "decimals" { Zero "0", Two "2", Three "3", Four "4" }
}

dimension! {
    /// Whether trailing zeros are written.
    Padding "padding" { Fixed "all decimals", Trimmed "no trailing zeros" }
}

/// How amounts are written.
#[derive(Debug, Clone)]
pub(super) struct Notation {
    pub(super) decimal: Decimal,
    pub(super) thousands: Thousands,
    pub(super) negative: Negative,
    pub(super) padding: Padding,
    /// Decimals of the integers to write.
    pub(super) decimals: u8,
    /// Text before and after the number, including blanks.
    pub(super) before: String,
    pub(super) after: String,
}

impl Notation {
    /// Digits and a decimal point, as programs write them.
    pub(super) fn plain(decimals: u8) -> Self {
        Self {
            decimal: Decimal::Dot,
            thousands: Thousands::Nothing,
            negative: Negative::Minus,
            padding: Padding::Fixed,
            decimals,
            before: String::new(),
            after: String::new(),
        }
    }

    /// An amount in minor units as text.
    pub(super) fn write(&self, minor: i64) -> String {
        let number = format!("{}{}{}", self.before, self.digits(minor.unsigned_abs()), self.after);
        if minor >= 0 {
            return number;
        }
        match self.negative {
            Negative::Minus => format!("-{number}"),
            Negative::Brackets => format!("({number})"),
            Negative::Trailing => format!("{number}-"),
            Negative::Apostrophe => format!("'-{number}"),
        }
    }

    fn digits(&self, minor: u64) -> String {
        let unit = 10_u64.pow(u32::from(self.decimals));
        let mut text = self.group(&(minor / unit).to_string());
        if self.decimals > 0 {
            let part = format!("{:0width$}", minor % unit, width = usize::from(self.decimals));
            let part = match self.padding {
                Padding::Fixed => part.as_str(),
                Padding::Trimmed => part.trim_end_matches('0'),
            };
            if !part.is_empty() {
                text.push(if self.decimal == Decimal::Dot { '.' } else { ',' });
                text.push_str(part);
            }
        }
        text
    }

    fn group(&self, digits: &str) -> String {
        let mark = match self.thousands {
            Thousands::Nothing => return digits.to_owned(),
            Thousands::Comma | Thousands::Indian => ',',
            Thousands::Dot => '.',
            Thousands::Apostrophe => '\'',
            Thousands::Typographic => '\u{2019}',
            Thousands::Blank => ' ',
            Thousands::NoBreak => '\u{a0}',
            Thousands::NarrowNoBreak => '\u{202f}',
        };
        let mut out = String::with_capacity(digits.len() + 4);
        for (place, digit) in digits.chars().enumerate() {
            let left = digits.len() - place;
            let starts_group = match self.thousands {
                Thousands::Indian => left == 3 || (left > 3 && (left - 3).is_multiple_of(2)),
                _ => left.is_multiple_of(3),
            };
            if place > 0 && starts_group {
                out.push(mark);
            }
            out.push(digit);
        }
        out
    }
}

/// Whether a decimal separator and a thousands separator can be used together.
pub(super) fn fits(decimal: Decimal, thousands: Thousands) -> bool {
    match thousands {
        Thousands::Nothing => true,
        Thousands::Comma | Thousands::Indian | Thousands::Apostrophe | Thousands::Typographic => {
            decimal == Decimal::Dot
        }
        Thousands::Dot | Thousands::Blank | Thousands::NoBreak | Thousands::NarrowNoBreak => {
            decimal == Decimal::Comma
        }
    }
}

/// Whether the amounts, taken together, show which of dot and comma is the decimal separator.
///
/// They do not only if every separator is followed by exactly three digits.
pub(super) fn reads_one_way<'t>(texts: impl Iterator<Item = &'t str>) -> bool {
    let mut doubtful = false;
    for text in texts {
        let start = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
        let end = text.rfind(|c: char| c.is_ascii_digit()).map_or(start, |place| place + 1);
        let number = &text[start..end];
        let marks: Vec<usize> = number.match_indices(['.', ',']).map(|(place, _)| place).collect();
        let [mark] = marks[..] else {
            if marks.len() > 1 {
                return true;
            }
            continue;
        };
        let digits_after = number.len() - mark - 1;
        if digits_after != 3
            || mark > 3
            || number.starts_with('0')
            || number.contains(['\'', '\u{2019}', ' '])
        {
            return true;
        }
        doubtful = true;
    }
    !doubtful
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(notation: &Notation, minor: i64, expected: &str) {
        assert_eq!(notation.write(minor), expected);
    }

    #[test]
    fn amounts_in_several_notations() {
        let plain = Notation::plain(2);
        check(&plain, -123_456, "-1234.56");
        check(&Notation { thousands: Thousands::Comma, ..plain.clone() }, 123_456_789, "1,234,567.89");
        check(&Notation { thousands: Thousands::Indian, ..plain.clone() }, 123_456_789, "12,34,567.89");
        check(
            &Notation {
                thousands: Thousands::NarrowNoBreak,
                decimal: Decimal::Comma,
                after: " €".to_owned(),
                ..plain.clone()
            },
            123_450,
            "1\u{202f}234,50 €",
        );
        check(
            &Notation { negative: Negative::Brackets, before: "$".to_owned(), ..plain.clone() },
            -500,
            "($5.00)",
        );
        check(&Notation { negative: Negative::Trailing, ..plain.clone() }, -500, "5.00-");
        check(&Notation { negative: Negative::Apostrophe, ..plain.clone() }, -500, "'-5.00");
        check(&Notation { padding: Padding::Trimmed, ..plain.clone() }, 1_050, "10.5");
        check(&Notation { padding: Padding::Trimmed, ..plain }, 1_000, "10");
        check(&Notation { thousands: Thousands::Dot, ..Notation::plain(0) }, 125_000, "125.000");
        check(&Notation::plain(4), 169, "0.0169");
    }

    #[test]
    fn three_digits_after_every_separator_are_ambiguous() {
        for (texts, clear) in [
            (&["125.000", "89.000"][..], false),
            (&["125.000", "89.000", "17"], false),
            (&["125.000", "1.125.000"], true),
            (&["125.000", "10.5"], true),
            (&["0.250", "1.125"], true),
            (&["1234.500"], true),
            (&["1,234.50"], true),
            (&["10", "20"], true),
            (&["Rp 125.000"], false),
        ] {
            assert_eq!(reads_one_way(texts.iter().copied()), clear, "{texts:?}");
        }
    }
}
