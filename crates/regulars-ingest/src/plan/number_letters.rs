//! Letters in order numbers that show the type of a row: `CN-1042` is a credit note beside `INV-1041`.

use std::collections::BTreeMap;

use regulars_core::columns::Column;
use regulars_core::config::Meaning;

use super::columns::Columns;
use super::flags::amounts_have_no_sign;
use super::meanings;
use super::sales::RuleKind;
use super::sample::Sample;

/// The letters before or after the digits of a number: `CN` in `CN-1042`.
pub(crate) fn letters_of(number: &str) -> String {
    let number = number.trim();
    let is_letter = |c: &char| c.is_alphabetic();
    let before: String = number.chars().take_while(is_letter).collect();
    let after: String = number.chars().rev().take_while(is_letter).collect();
    if before.chars().count() > 1 { before } else { after.chars().rev().collect() }
}

/// A rule for numbers whose letters mark refund documents, beside unsigned amounts.
pub(super) fn number_letters_rule(
    sample: &Sample,
    columns: &Columns,
    index: usize,
) -> Option<(RuleKind, Option<Meaning>)> {
    if columns.get(&Column::TransactionId).is_none_or(|m| m.index != index) {
        return None;
    }
    let mut rows: BTreeMap<String, usize> = BTreeMap::new();
    for number in sample.present(index) {
        *rows.entry(letters_of(number)).or_default() += 1;
        if rows.len() > 12 {
            return None;
        }
    }
    // Two letters may identify a shop, unless other letters mean a document type.
    let has_sales = rows.keys().any(|letters| meanings::type_meaning(letters) == Some(Meaning::Sale));
    let is_other = |letters: &str| {
        let meaning = meanings::type_meaning(letters);
        let is_sure = has_sales || letters.len() > 4;
        is_sure && letters.len() > 1 && !matches!(meaning, None | Some(Meaning::Sale | Meaning::Detail))
    };
    let others: usize = rows.iter().filter(|(letters, _)| is_other(letters)).map(|(_, rows)| rows).sum();
    (others > 1 && others * 2 < sample.rows.len() && amounts_have_no_sign(sample, columns))
        .then_some((RuleKind::Number, None))
}

#[cfg(test)]
mod tests {
    use super::letters_of;

    #[test]
    fn letters_stand_before_or_after_the_digits() {
        let found = ["CN-1042", "10001-REFUND", "1042", "C1042", "INV/2024/7"].map(letters_of);
        assert_eq!(found, ["CN", "REFUND", "", "", "INV"]);
    }
}
