//! Builds batches of the landed tables row by row.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, DictionaryArray, Int32Builder, Int64Builder, RecordBatch, StringArray, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::{Int32Type, SchemaRef};

use crate::classify::{PartialRow, Rejection, Row};
use crate::ids::Id;
use crate::schema::{self, IdKinds};

enum IdBuilder {
    Whole(Int64Builder),
    Text(StringBuilder),
}

impl IdBuilder {
    fn new(whole: bool) -> Self {
        if whole { Self::Whole(Int64Builder::new()) } else { Self::Text(StringBuilder::new()) }
    }

    fn push(&mut self, id: Option<&Id<'_>>) {
        match (self, id) {
            (Self::Whole(builder), Some(Id::Whole(id))) => builder.append_value(*id),
            (Self::Text(builder), Some(Id::Text(id))) => builder.append_value(id),
            (Self::Text(builder), Some(Id::Whole(id))) => builder.append_value(id.to_string()),
            (Self::Whole(builder), _) => builder.append_null(),
            (Self::Text(builder), _) => builder.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Whole(builder) => Arc::new(builder.finish()),
            Self::Text(builder) => Arc::new(builder.finish()),
        }
    }
}

/// A column with few distinct words.
///
/// The last word is checked first, since exports are often grouped.
#[derive(Default)]
struct WordBuilder {
    keys: Int32Builder,
    words: Vec<String>,
    index: std::collections::HashMap<String, i32>,
    last: i32,
}

impl WordBuilder {
    fn push(&mut self, word: Option<&str>) {
        let Some(word) = word else {
            self.keys.append_null();
            return;
        };
        if self.words.get(self.last as usize).is_none_or(|last| last != word) {
            self.last = match self.find(word) {
                Some(known) => known,
                None => {
                    let key = self.words.len() as i32;
                    self.words.push(word.to_owned());
                    self.index.insert(word.to_owned(), key);
                    key
                }
            };
        }
        self.keys.append_value(self.last);
    }

    /// Searches linearly: for a few words, this is faster than hashing.
    fn find(&self, word: &str) -> Option<i32> {
        if self.words.len() <= 16 {
            self.words.iter().position(|known| known == word).map(|at| at as i32)
        } else {
            self.index.get(word).copied()
        }
    }

    fn finish(&mut self) -> ArrayRef {
        let words = std::mem::take(&mut self.words);
        self.index.clear();
        self.last = 0;
        let values: ArrayRef = Arc::new(StringArray::from(words));
        let array = DictionaryArray::<Int32Type>::try_new(self.keys.finish(), values);
        // Every key was assigned to a word above.
        Arc::new(array.expect("keys lie within the words"))
    }
}

/// Builds batches of `transactions`, or of `excluded`, which has three more columns.
pub(crate) struct RowsBuilder {
    schema: SchemaRef,
    transaction: IdBuilder,
    customer: IdBuilder,
    date: TimestampMicrosecondBuilder,
    category: WordBuilder,
    product: IdBuilder,
    price: Int64Builder,
    quantity: Int64Builder,
    payment: WordBuilder,
    status: WordBuilder,
    amount: Int64Builder,
    why: Option<(WordBuilder, WordBuilder, Int64Builder)>,
    rows: usize,
}

impl RowsBuilder {
    pub(crate) fn clean(kinds: IdKinds) -> Self {
        Self::new(schema::transactions(kinds), kinds, false)
    }

    pub(crate) fn excluded(kinds: IdKinds) -> Self {
        Self::new(schema::excluded(kinds), kinds, true)
    }

    fn new(schema: SchemaRef, kinds: IdKinds, with_reason: bool) -> Self {
        Self {
            schema,
            transaction: IdBuilder::new(kinds.transaction),
            customer: IdBuilder::new(kinds.customer),
            date: TimestampMicrosecondBuilder::new(),
            category: WordBuilder::default(),
            product: IdBuilder::new(kinds.product),
            price: Int64Builder::new(),
            quantity: Int64Builder::new(),
            payment: WordBuilder::default(),
            status: WordBuilder::default(),
            amount: Int64Builder::new(),
            why: with_reason.then(Default::default),
            rows: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows
    }

    pub(crate) fn push(&mut self, row: &Row<'_>) {
        self.rows += 1;
        self.transaction.push(Some(&row.transaction));
        self.customer.push(Some(&row.customer));
        self.date.append_value(row.micros);
        self.category.push(row.category.as_deref());
        self.product.push(row.product.as_ref());
        self.price.append_option(row.price_minor);
        self.quantity.append_option(row.quantity_milli);
        self.payment.push(row.payment.as_deref());
        self.status.push(row.status.as_deref());
        self.amount.append_value(row.amount_minor);
    }

    pub(crate) fn push_excluded(&mut self, row: &Row<'_>, reason: &str, file: &str, line: u64) {
        self.push(row);
        self.push_why(reason, file, line);
    }

    /// Adds a row that is not a sale, with everything readable in it.
    pub(crate) fn push_partial(&mut self, row: &PartialRow<'_>, reason: &str, file: &str, line: u64) {
        self.rows += 1;
        self.transaction.push(row.transaction.as_ref());
        self.customer.push(row.customer.as_ref());
        self.date.append_option(row.micros);
        self.category.push(None);
        self.product.push(row.product.as_ref());
        self.price.append_null();
        self.quantity.append_null();
        self.payment.push(None);
        self.status.push(row.status.as_deref());
        self.amount.append_option(row.amount_minor);
        self.push_why(reason, file, line);
    }

    fn push_why(&mut self, reason: &str, file: &str, line: u64) {
        if let Some((reasons, files, lines)) = &mut self.why {
            reasons.push(Some(reason));
            files.push(Some(file));
            lines.append_value(line as i64);
        }
    }

    pub(crate) fn finish(&mut self) -> RecordBatch {
        self.rows = 0;
        let mut columns: Vec<ArrayRef> = vec![
            self.transaction.finish(),
            self.customer.finish(),
            Arc::new(self.date.finish()),
            self.category.finish(),
            self.product.finish(),
            Arc::new(self.price.finish()),
            Arc::new(self.quantity.finish()),
            self.payment.finish(),
            self.status.finish(),
            Arc::new(self.amount.finish()),
        ];
        if let Some((reasons, files, lines)) = &mut self.why {
            columns.push(reasons.finish());
            columns.push(files.finish());
            columns.push(Arc::new(lines.finish()));
        }
        RecordBatch::try_new(self.schema.clone(), columns)
            .expect("columns are built to the schema, one value a row each")
    }
}

/// Builds batches of `rejected`.
#[derive(Default)]
pub(crate) struct RejectedBuilder {
    file: WordBuilder,
    line: Int64Builder,
    reason: WordBuilder,
    column: WordBuilder,
    value: StringBuilder,
    row: StringBuilder,
    rows: usize,
}

impl RejectedBuilder {
    pub(crate) fn len(&self) -> usize {
        self.rows
    }

    pub(crate) fn push(&mut self, file: &str, line: u64, rejection: &Rejection, raw: &str) {
        self.rows += 1;
        self.file.push(Some(file));
        self.line.append_value(line as i64);
        self.reason.push(Some(rejection.reason));
        self.column.push((!rejection.column.is_empty()).then_some(rejection.column));
        self.value.append_value(&rejection.value);
        self.row.append_value(raw);
    }

    pub(crate) fn finish(&mut self) -> RecordBatch {
        self.rows = 0;
        let columns: Vec<ArrayRef> = vec![
            self.file.finish(),
            Arc::new(self.line.finish()),
            self.reason.finish(),
            self.column.finish(),
            Arc::new(self.value.finish()),
            Arc::new(self.row.finish()),
        ];
        RecordBatch::try_new(schema::rejected(), columns)
            .expect("columns are built to the schema, one value a row each")
    }
}
