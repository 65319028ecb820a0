//! Spelling of headers: one wording per column, in one style per file.

use super::super::choices::{Cents, HeaderStyle};
use super::super::draw::Draw;

/// Chooses and spells the headers of one file.
pub(in crate::exports) struct HeaderWriter {
    style: HeaderStyle,
    cents: Cents,
    /// Written in brackets after the name of each amount column.
    currency: Option<&'static str>,
    used: Vec<String>,
}

impl HeaderWriter {
    pub(in crate::exports) fn new(style: HeaderStyle, cents: Cents, currency: Option<&'static str>) -> Self {
        Self { style, cents, currency, used: Vec::new() }
    }

    /// Writes the header of a column: one of the wordings that no other column of the file uses.
    pub(in crate::exports) fn write(&mut self, draw: &mut Draw, wordings: &[&str], is_money: bool) -> String {
        let start = draw.below(wordings.len());
        let mut header = String::new();
        for turn in 0..wordings.len() {
            header = self.spell(wordings[(start + turn) % wordings.len()], is_money);
            if !self.used.contains(&header) {
                break;
            }
        }
        while self.used.contains(&header) {
            header.push('2');
        }
        self.used.push(header.clone());
        header
    }

    fn spell(&self, wording: &str, is_money: bool) -> String {
        let in_cents = is_money && self.cents == Cents::ByName;
        let plain = wording.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ' || c == '-');
        if self.style == HeaderStyle::Title || !plain {
            return match (in_cents, self.currency) {
                (true, _) => format!("{wording} (cents)"),
                (false, Some(code)) if is_money => format!("{wording} ({code})"),
                _ => wording.to_owned(),
            };
        }
        let wording = if in_cents { format!("{wording} Cents") } else { wording.to_owned() };
        let words: Vec<String> = wording.split([' ', '-']).map(str::to_lowercase).collect();
        match self.style {
            HeaderStyle::Title => wording,
            HeaderStyle::Snake => words.join("_"),
            HeaderStyle::Kebab => words.join("-"),
            HeaderStyle::UpperSnake => words.join("_").to_uppercase(),
            HeaderStyle::Upper => words.concat().to_uppercase(),
            HeaderStyle::Pascal => words.iter().map(|word| capital(word)).collect(),
            HeaderStyle::Camel => {
                words[0].clone() + &words[1..].iter().map(|word| capital(word)).collect::<String>()
            }
        }
    }
}

fn capital(word: &str) -> String {
    match word {
        "id" => "ID".to_owned(),
        _ => {
            let mut letters = word.chars();
            letters
                .next()
                .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(style: HeaderStyle, cents: Cents, wording: &'static str, expected: &str) {
        let header = HeaderWriter::new(style, cents, None).spell(wording, true);
        assert_eq!(header, expected);
    }

    #[test]
    fn headers_in_their_styles() {
        check(HeaderStyle::Snake, Cents::Absent, "Order Date", "order_date");
        check(HeaderStyle::Camel, Cents::Absent, "Order ID", "orderID");
        check(HeaderStyle::Pascal, Cents::Absent, "Unit Price", "UnitPrice");
        check(HeaderStyle::Upper, Cents::Absent, "Order Number", "ORDERNUMBER");
        check(HeaderStyle::Kebab, Cents::Absent, "Order ID", "order-id");
        check(HeaderStyle::Title, Cents::ByName, "Total", "Total (cents)");
        check(HeaderStyle::Snake, Cents::ByName, "Total", "total_cents");
        check(HeaderStyle::Snake, Cents::Absent, "Order #", "Order #");
    }
}
