//! Stored ids of customers, orders and products: integers if all are, text otherwise.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use regulars_core::columns::Column;

use crate::cells::Cell;

/// An id as stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Id<'a> {
    Whole(i64),
    Text(Cow<'a, str>),
}

/// An id expected to be an integer is not: landing restarts with text ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotWhole(pub(crate) Column);

pub(crate) fn read_id(cell: Cell<'_>, whole: bool, column: Column) -> Result<Id<'_>, NotWhole> {
    if whole {
        return cell.whole_id().map(Id::Whole).ok_or(NotWhole(column));
    }
    let mut text = cell.text();
    // Spreadsheets mark text with an apostrophe: `'001013`.
    if let Some(rest) = text.strip_prefix('\'').filter(|rest| rest.bytes().all(|b| b.is_ascii_digit())) {
        text = Cow::Owned(rest.to_owned());
    }
    // Spreadsheets write 122013 as `122,013`.
    if text.contains(',') && text.bytes().all(|b| b.is_ascii_digit() || b == b',') {
        let mut groups = text.split(',');
        let first = groups.next().is_some_and(|group| (1..=3).contains(&group.len()));
        if first && groups.all(|group| group.len() == 3) {
            return Ok(Id::Text(Cow::Owned(text.replace(',', ""))));
        }
    }
    // Email addresses are case-insensitive.
    if column == Column::CustomerId && text.contains('@') && text.bytes().any(|b| b.is_ascii_uppercase()) {
        return Ok(Id::Text(Cow::Owned(text.to_lowercase())));
    }
    Ok(Id::Text(text))
}

/// The ids of the customers file.
#[derive(Debug)]
pub(crate) enum KnownCustomers {
    Whole(HashSet<i64>),
    Text(HashSet<String>),
}

impl KnownCustomers {
    pub(crate) fn has(&self, id: &Id<'_>) -> bool {
        match (self, id) {
            (Self::Whole(known), Id::Whole(id)) => known.contains(id),
            (Self::Text(known), Id::Text(id)) => known.contains(id.as_ref()),
            (Self::Text(known), Id::Whole(id)) => known.contains(&id.to_string()),
            (Self::Whole(known), Id::Text(id)) => id.parse().is_ok_and(|id: i64| known.contains(&id)),
        }
    }
}

/// A normalised order number: `#1001` becomes `1001`, `so1001` becomes `SO1001`.
pub(crate) fn plain_number(number: &str) -> String {
    number.trim().trim_start_matches('#').to_uppercase()
}

/// A normalised customer: `ANNA  HAHN` becomes `Anna Hahn`, `c-3001` becomes `C-3001`.
pub(crate) fn plain_customer(id: &str) -> String {
    if id.bytes().any(|b| b.is_ascii_digit()) {
        return id.trim().to_uppercase();
    }
    let word = |word: &str| {
        let mut letters = word.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        first + &letters.as_str().to_lowercase()
    };
    id.split_whitespace().map(word).collect::<Vec<String>>().join(" ")
}

/// The number of normalised ids that occur in several spellings.
pub(crate) fn spelled_differently<'a, K: Ord>(ids: impl Iterator<Item = (K, &'a str)>) -> usize {
    let mut spellings: BTreeMap<K, BTreeSet<&str>> = BTreeMap::new();
    for (plain, id) in ids {
        spellings.entry(plain).or_default().insert(id);
    }
    spellings.values().filter(|of| of.len() > 1).count()
}
