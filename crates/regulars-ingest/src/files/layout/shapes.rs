//! Classifies fields as numbers, dates or words; a header has words above values.

use regulars_core::dates::{self, DateOrder};

use crate::cells::is_missing_text;

/// The form of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Empty,
    Number,
    Date,
    Text,
}

/// Units and types that appear below a header.
const UNITS: [&str; 44] = [
    "eur",
    "euro",
    "usd",
    "gbp",
    "chf",
    "pln",
    "sek",
    "nok",
    "dkk",
    "czk",
    "huf",
    "try",
    "brl",
    "jpy",
    "cny",
    "inr",
    "€",
    "$",
    "£",
    "¥",
    "%",
    "string",
    "varchar",
    "text",
    "char",
    "int",
    "integer",
    "bigint",
    "number",
    "numeric",
    "decimal",
    "float",
    "double",
    "date",
    "datetime",
    "timestamp",
    "time",
    "bool",
    "boolean",
    "uuid",
    "pcs",
    "stk",
    "yyyy-mm-dd",
    "dd.mm.yyyy",
];

/// Whether a field is a unit or a type, or is in brackets.
pub(super) fn is_unit(field: &str) -> bool {
    let field = field.trim().to_lowercase();
    let bracketed = [('(', ')'), ('[', ']'), ('<', '>')]
        .iter()
        .any(|(open, close)| field.starts_with(*open) && field.ends_with(*close));
    // `varchar(20)`, `decimal(10;2)`
    let bare = field.split('(').next().unwrap_or(&field).trim();
    bracketed || UNITS.contains(&field.as_str()) || (!bare.is_empty() && UNITS.contains(&bare))
}

/// Classifies a field.
pub(super) fn shape(field: &str) -> Shape {
    let field = field.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if is_missing_text(field) {
        return Shape::Empty;
    }
    if !field.bytes().any(|b| b.is_ascii_digit()) {
        return Shape::Text;
    }
    if is_number(field) {
        return Shape::Number;
    }
    let is_moment = [DateOrder::DayFirst, DateOrder::MonthFirst]
        .into_iter()
        .any(|order| dates::parse_moment(field.as_bytes(), order).is_some());
    if is_moment || is_date_of_words(field) { Shape::Date } else { Shape::Text }
}

/// Whether a field is a number, with separators and possibly a currency.
fn is_number(field: &str) -> bool {
    let field = field.strip_prefix('(').and_then(|f| f.strip_suffix(')')).unwrap_or(field);
    let digit = |c: char| c.is_ascii_digit();
    let (Some(from), Some(to)) = (field.find(digit), field.rfind(digit)) else {
        return false;
    };
    let (before, core, after) = (&field[..from], &field[from..=to], &field[to + 1..]);
    let currency = |mark: &str| {
        let mark =
            mark.trim_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '+' | '.' | ',' | '\u{2212}'));
        let letters = mark.chars().filter(char::is_ascii_alphabetic).count();
        mark.is_empty()
            || mark.chars().count() <= 4
                && (letters == 0
                    || mark.contains(['$', '€', '£', '¥'])
                    || matches!(
                        mark,
                        "kr" | "Kr" | "zł" | "Kč" | "Ft" | "lei" | "Rp" | "Rs" | "Fr" | "TL" | "RM"
                    )
                    || (mark.len() == 3 && mark.bytes().all(|b| b.is_ascii_uppercase())))
    };
    let inner = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '\'' | '’') || c.is_whitespace();
    let separators = core.chars().filter(|c| !c.is_ascii_digit()).count();
    // `1.03.2024` is more likely a date, `4.92E+12` a number.
    let plain = core.chars().all(inner) && !is_dotted_date(core) && separators * 2 <= core.len();
    let exponent = core.parse::<f64>().is_ok();
    (plain || exponent) && currency(before) && currency(after)
}

fn is_dotted_date(core: &str) -> bool {
    let parts: Vec<&str> = core.split('.').collect();
    let small = |part: &str| (1..=2).contains(&part.len());
    parts.len() == 3 && (small(parts[0]) && small(parts[1]) || small(parts[1]) && small(parts[2]))
}

/// Whether a field has a year and another number of one or two digits: `Friday, March 1, 2024`, `2024年3月1日`.
fn is_date_of_words(field: &str) -> bool {
    if field.len() > 48 {
        return false;
    }
    // `Q1 2024` is not a date.
    let glued = field.as_bytes().windows(2).any(|w| w[0].is_ascii_alphabetic() && w[1].is_ascii_digit());
    if glued && !field.contains(['T', ':']) {
        return false;
    }
    let groups: Vec<&str> = field.split(|c: char| !c.is_ascii_digit()).filter(|g| !g.is_empty()).collect();
    let year = |group: &&str| group.len() == 4 && (group.starts_with("19") || group.starts_with("20"));
    groups.iter().any(year) && groups.iter().any(|g| g.len() <= 2) && groups.len() <= 7
}

/// Counts of the forms in one column.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Column {
    pub(super) filled: usize,
    numbers: usize,
    dates: usize,
}

impl Column {
    /// Whether at least four in five fields have this form.
    pub(super) fn is(&self, shape: Shape) -> bool {
        let count = match shape {
            Shape::Number => self.numbers,
            Shape::Date => self.dates,
            Shape::Empty | Shape::Text => self.filled - self.numbers - self.dates,
        };
        self.filled > 0 && count * 5 >= self.filled * 4
    }

    pub(super) fn has_values(&self) -> bool {
        self.is(Shape::Number) || self.is(Shape::Date)
    }

    pub(super) fn add(&mut self, field: &str) {
        match shape(field) {
            Shape::Empty => return,
            Shape::Number => self.numbers += 1,
            Shape::Date => self.dates += 1,
            Shape::Text => {}
        }
        self.filled += 1;
    }
}

/// Rows that suffice to classify columns.
pub(super) const MAX_ROWS: usize = 500;

/// Classifies the columns of some rows.
pub(super) fn columns_of(rows: &[Vec<String>], width: usize) -> Vec<Column> {
    let mut columns = vec![Column::default(); width];
    for row in rows.iter().take(MAX_ROWS) {
        for (column, field) in columns.iter_mut().zip(row) {
            column.add(field);
        }
    }
    columns
}

/// Whether the presumed header looks like the rows below it.
pub(super) fn is_data(fields: &[String], rows: &[Vec<String>]) -> bool {
    if counts_up(fields) {
        return false;
    }
    let filled = |at: &usize| !fields[*at].trim().is_empty();
    if rows.is_empty() {
        // Nothing to compare with: names contain letters.
        let values = fields.iter().filter(|f| matches!(shape(f), Shape::Number | Shape::Date)).count();
        return values * 2 > fields.len();
    }
    let columns = columns_of(rows, fields.len());
    let valued: Vec<usize> = (0..fields.len()).filter(|i| columns[*i].has_values()).filter(filled).collect();
    let alike = |at: &usize| columns[*at].is(shape(&fields[*at]));
    !valued.is_empty() && valued.iter().all(alike)
}

/// Whether the numbers among the names are consecutive: 0, 1, 2 or 2022, 2023.
pub(super) fn counts_up(fields: &[String]) -> bool {
    let numbers: Vec<i64> = fields.iter().filter_map(|f| f.trim().parse().ok()).collect();
    let values = fields.iter().filter(|f| matches!(shape(f), Shape::Number | Shape::Date)).count();
    let counted = numbers.windows(2).all(|pair| pair[1] == pair[0] + 1);
    let is_year = numbers.iter().all(|n| (1990..2100).contains(n));
    numbers.len() == values && counted && (numbers.len() > 1 || (values == 1 && is_year))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_look_like_what_they_are() {
        for (shapes, fields) in [
            (
                Shape::Number,
                &[
                    "1",
                    "-5.20",
                    "1,234.50",
                    "1.234,50 €",
                    "R$ 10.00",
                    "1 234,50",
                    "(12.00)",
                    "12 EUR",
                    "4.92E+12",
                    "1'234.50",
                    "20240301",
                    "kr 5",
                    "5 zł",
                    "$5",
                    "0.5",
                    "007",
                ][..],
            ),
            (
                Shape::Date,
                &[
                    "2024-03-01",
                    "01.03.2024",
                    "1.3.24",
                    "3/1/2024 10:05 AM",
                    "Friday, March 1, 2024",
                    "2024年3月1日",
                    "1 mars 2024",
                    "2024-03-01T10:00:00Z",
                ],
            ),
            (
                Shape::Text,
                &[
                    "date",
                    "CA-1001",
                    "Q1 2024",
                    "Order 5",
                    "A1",
                    "Total (2)",
                    "Łukasz",
                    "address2",
                    "Room 101",
                ],
            ),
            (Shape::Empty, &["", " ", "NULL", "n/a", "\u{a0}"]),
        ] {
            for field in fields {
                assert_eq!(shape(field), shapes, "{field:?}");
            }
        }
    }
}
