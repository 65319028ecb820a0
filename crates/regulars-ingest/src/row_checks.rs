//! Checks of the reading plan on every row: the words used, the notation of values, the customers. Counted
//! while rows are classified, so that nothing depends on a sample.
//!
//! Deliberately not here: conclusions from the counts (see `settle`).

use std::collections::BTreeMap;

use regulars_core::config::Meaning;
use regulars_core::currency;
use regulars_core::dates::Moment;

use crate::cells::{Cell, trim};
use crate::classify::Cells;
use crate::plan::{
    Currencies, DateSequence, FILLED, MarkEvidence, OrderEvidence, RuleKind, SaleRule, letters_of,
    mark_evidence, word_of,
};

/// The meaning of a row by its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RowMeaning {
    /// `None` if a word is unknown.
    pub(crate) meaning: Option<Meaning>,
    /// By a type column: the row is a separate document.
    pub(crate) by_type: bool,
}

impl RowMeaning {
    pub(crate) const SALE: Self = Self { meaning: Some(Meaning::Sale), by_type: false };

    /// Precedence over the meanings of other columns.
    fn weight(self) -> u8 {
        match self.meaning {
            Some(Meaning::Sale) => 0,
            Some(Meaning::Open) => 1,
            None => 2,
            Some(Meaning::Returned) if !self.by_type => 3,
            Some(Meaning::Returned) => 4,
            Some(Meaning::Cancelled) => 5,
            Some(Meaning::Detail) => 6,
            Some(Meaning::Ignore) => 7,
        }
    }
}

/// A word of a column with its meaning, row count and amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WordCount {
    pub(crate) word: String,
    pub(crate) meaning: Option<Meaning>,
    pub(crate) rows: u64,
    pub(crate) amount_minor: i64,
}

/// Distinct words of a column to count individually.
const WORDS: usize = 300;

/// All counts of one file.
#[derive(Debug, Clone, Default)]
pub(crate) struct RowChecks {
    /// Word counts by rule.
    pub(crate) words: Vec<Vec<WordCount>>,
    /// The word of the current row, by rule; `u32::MAX` for none.
    current: Vec<u32>,
    /// Amounts by number of decimals written: none, one or two, three, more.
    pub(crate) decimals: [u64; 4],
    /// Sums of the amounts without and with decimals.
    pub(crate) whole_minor: i128,
    pub(crate) decimal_minor: i128,
    /// Amounts that clearly use the other decimal separator.
    pub(crate) other_comma: u64,
    pub(crate) other_point: u64,
    pub(crate) dates: OrderEvidence,
    pub(crate) date_sequence: DateSequence,
    /// Lines with neither a customer nor a date, which may belong to the order above.
    pub(crate) continuations: u64,
    pub(crate) with_offset: u64,
    pub(crate) without_offset: u64,
    /// The UTC offsets seen, in minutes.
    pub(crate) offsets: Vec<i16>,
    pub(crate) currencies: Currencies,
    last_mark: Option<(String, u64, i64, bool)>,
    /// Placeholder ids, with their row counts.
    pub(crate) placeholders: BTreeMap<String, u64>,
    /// Rows with an address but no customer, and those whose address belongs to an account.
    pub(crate) guests: u64,
    pub(crate) guests_with_account: u64,
    pub(crate) rounded_orders: u64,
    pub(crate) rounded_order: Option<String>,
    /// Rows with a quantity other than one where the amount is price times quantity.
    pub(crate) pieces: u64,
    /// Number of discounts larger than the amount, and the first of them.
    pub(crate) discounts_beyond: u64,
    pub(crate) discount_beyond: Option<String>,
    pub(crate) refunds: u64,
    /// Refunds larger than the amount.
    pub(crate) refunds_beyond: u64,
    pub(crate) refunds_unreadable: u64,
}

impl RowChecks {
    /// The meaning of a record by its columns.
    #[inline]
    pub(crate) fn meaning(&mut self, rules: &[SaleRule], record: &impl Cells) -> RowMeaning {
        if self.words.len() < rules.len() {
            self.words.resize(rules.len(), Vec::new());
            self.current.resize(rules.len(), u32::MAX);
        }
        let (mut strongest, mut is_paid) = (RowMeaning::SALE, false);
        for (at, rule) in rules.iter().enumerate() {
            let cell = record.cell(rule.index);
            let meaning = self.word(at, rule, cell);
            let by_type = rule.returns_are_rows
                || matches!(rule.kind, RuleKind::Type { .. } | RuleKind::Sign | RuleKind::Number);
            is_paid |= rule.is_of_payment && meaning == Some(Meaning::Sale) && !cell.is_missing();
            let mut found = RowMeaning { meaning, by_type };
            if rule.kind == RuleKind::Status
                && !rule.is_first_status
                && matches!(meaning, None | Some(Meaning::Open))
            {
                // The first status column decides what a later one leaves open.
                found.meaning = Some(Meaning::Sale);
            }
            if found.weight() > strongest.weight() {
                strongest = found;
            }
        }
        if is_paid && strongest.meaning == Some(Meaning::Open) { RowMeaning::SALE } else { strongest }
    }

    /// Finds the word of a cell among the words seen. A linear search: there are few words.
    fn word(&mut self, at: usize, rule: &SaleRule, cell: Cell<'_>) -> Option<Meaning> {
        self.current[at] = u32::MAX;
        if cell.is_missing() && rule.kind != RuleKind::Sign {
            return Some(Meaning::Sale);
        }
        let known = &mut self.words[at];
        let text = match cell {
            cell if rule.kind == RuleKind::Number => {
                std::borrow::Cow::Owned(letters_of(&cell.text()).into_bytes())
            }
            Cell::Text(text) => std::borrow::Cow::Borrowed(trim(text)),
            other => std::borrow::Cow::Owned(other.text().into_owned().into_bytes()),
        };
        if let Some(found) = known.iter().position(|w| w.word.as_bytes() == text.as_ref()) {
            self.current[at] = found as u32;
            return known[found].meaning;
        }
        let meaning = rule.meaning(cell).or(rule.unknown);
        // Times and reasons are all different, so they count as one word.
        let word = match rule.kind {
            RuleKind::Filled(_) => FILLED.to_owned(),
            RuleKind::Number => letters_of(&cell.text()),
            _ if known.len() >= WORDS => "(other words)".to_owned(),
            _ => word_of(cell),
        };
        let found = known.iter().position(|w| w.word == word && w.meaning == meaning).unwrap_or_else(|| {
            known.push(WordCount { word, meaning, rows: 0, amount_minor: 0 });
            known.len() - 1
        });
        self.current[at] = found as u32;
        meaning
    }

    /// Counts the words of the current row.
    #[inline]
    pub(crate) fn count_words(&mut self, rules: &[SaleRule], amount_minor: i64) {
        for at in 0..rules.len() {
            if let Some(word) = self.words.get_mut(at).and_then(|w| w.get_mut(self.current[at] as usize)) {
                word.rows += 1;
                word.amount_minor = word.amount_minor.saturating_add(amount_minor);
            }
        }
    }

    /// Whether an unknown word occurred in a column that determines sales.
    pub(crate) fn has_unknown_words(&self, rules: &[SaleRule]) -> bool {
        rules
            .iter()
            .zip(&self.words)
            .any(|(rule, words)| asks(rule) && words.iter().any(|w| w.meaning.is_none() && w.rows > 0))
    }

    #[inline]
    pub(crate) fn count_decimals(&mut self, written: u8, minor: i64) {
        *(if written == 0 { &mut self.whole_minor } else { &mut self.decimal_minor }) +=
            i128::from(minor.abs());
        let class = match written {
            0 => 0,
            1 | 2 => 1,
            3 => 2,
            _ => 3,
        };
        self.decimals[class] += 1;
    }

    /// Counts an amount that the file's notation cannot read; returns whether it clearly uses the other
    /// decimal separator.
    pub(crate) fn is_of_other_mark(&mut self, text: &[u8], decimal_comma: bool) -> bool {
        match str::from_utf8(text).map(mark_evidence) {
            Ok(MarkEvidence::Comma) if !decimal_comma => self.other_comma += 1,
            Ok(MarkEvidence::Point) if decimal_comma => self.other_point += 1,
            _ => return false,
        }
        true
    }

    #[inline]
    pub(crate) fn look_at_date(&mut self, cell: Cell<'_>, moment: Moment) {
        match moment {
            Moment::Local(_) => self.without_offset += 1,
            Moment::Offset { minutes, .. } => {
                self.with_offset += 1;
                if !self.offsets.contains(&minutes) && self.offsets.len() < 8 {
                    self.offsets.push(minutes);
                }
            }
        }
        if let Cell::Text(text) = cell
            && text.get(4) != Some(&b'-')
        {
            self.dates.add(text);
            self.date_sequence.add(text);
        }
    }

    /// Counts the currency of a row; returns whether it is the currency that counts.
    pub(crate) fn count_currency(&mut self, mark: &str, amount_minor: i64, only: Option<&str>) -> bool {
        if let Some((last, rows, amount, agrees)) = &mut self.last_mark
            && last == mark
        {
            *rows += 1;
            *amount = amount.saturating_add(amount_minor);
            return *agrees;
        }
        self.flush_currency();
        let agrees = only
            .is_none_or(|only| currency::may_be_same(&currency::canonical(mark), &currency::canonical(only)));
        self.last_mark = Some((mark.to_owned(), 1, amount_minor, agrees));
        agrees
    }

    pub(crate) fn flush_currency(&mut self) {
        if let Some((mark, rows, amount, _)) = self.last_mark.take() {
            self.currencies.add(&mark, rows, amount);
        }
    }

    pub(crate) fn count_placeholder(&mut self, cell: Cell<'_>) {
        let id = cell.text();
        if let Some(count) = self.placeholders.get_mut(id.as_ref()) {
            *count += 1;
        } else if self.placeholders.len() < 50 {
            self.placeholders.insert(id.into_owned(), 1);
        }
    }

    pub(crate) fn count_rounded_order(&mut self, cell: Cell<'_>) {
        self.rounded_orders += 1;
        if self.rounded_order.is_none() {
            self.rounded_order = Some(cell.text().into_owned());
        }
    }

    #[inline]
    pub(crate) fn count_pieces(&mut self, quantity_milli: Option<i64>) {
        self.pieces += u64::from(!matches!(quantity_milli, None | Some(1_000 | -1_000)));
    }

    pub(crate) fn count_discount_beyond(&mut self, cell: Cell<'_>) {
        self.discounts_beyond += 1;
        if self.discount_beyond.is_none() {
            self.discount_beyond = Some(cell.text().into_owned());
        }
    }

    pub(crate) fn count_refund(&mut self, back_minor: i64, amount_minor: i64) {
        self.refunds += 1;
        self.refunds_beyond += u64::from(back_minor > amount_minor.saturating_add(1));
    }

    pub(crate) fn count_unreadable_refund(&mut self, _cell: Cell<'_>) {
        self.refunds_unreadable += 1;
    }

    /// Adds the counts of the next task of the same file.
    pub(crate) fn merge(&mut self, mut later: Self) {
        self.flush_currency();
        later.flush_currency();
        if self.words.len() < later.words.len() {
            self.words.resize(later.words.len(), Vec::new());
            self.current.resize(later.words.len(), u32::MAX);
        }
        for (mine, theirs) in self.words.iter_mut().zip(later.words) {
            for word in theirs {
                match mine.iter_mut().find(|w| w.word == word.word && w.meaning == word.meaning) {
                    Some(known) => {
                        known.rows += word.rows;
                        known.amount_minor = known.amount_minor.saturating_add(word.amount_minor);
                    }
                    None => mine.push(word),
                }
            }
        }
        for (sum, count) in self.decimals.iter_mut().zip(later.decimals) {
            *sum += count;
        }
        self.whole_minor += later.whole_minor;
        self.decimal_minor += later.decimal_minor;
        self.other_comma += later.other_comma;
        self.other_point += later.other_point;
        self.dates.merge(later.dates);
        self.date_sequence.merge(later.date_sequence);
        self.continuations += later.continuations;
        self.with_offset += later.with_offset;
        self.without_offset += later.without_offset;
        for minutes in later.offsets {
            if !self.offsets.contains(&minutes) && self.offsets.len() < 8 {
                self.offsets.push(minutes);
            }
        }
        self.currencies.merge(later.currencies);
        for (id, rows) in later.placeholders {
            *self.placeholders.entry(id).or_default() += rows;
        }
        self.guests += later.guests;
        self.guests_with_account += later.guests_with_account;
        self.rounded_orders += later.rounded_orders;
        self.rounded_order = self.rounded_order.take().or(later.rounded_order);
        self.pieces += later.pieces;
        self.discounts_beyond += later.discounts_beyond;
        self.discount_beyond = self.discount_beyond.take().or(later.discount_beyond);
        self.refunds += later.refunds;
        self.refunds_beyond += later.refunds_beyond;
        self.refunds_unreadable += later.refunds_unreadable;
    }
}

/// Whether unknown words of the column lead to a question.
pub(crate) fn asks(rule: &SaleRule) -> bool {
    rule.kind != RuleKind::Status || rule.is_first_status
}
