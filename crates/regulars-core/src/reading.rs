//! How the files of a run were read: every assumption that was made from their beginnings, and what
//! all rows said to it.

use serde::{Deserialize, Serialize};

use crate::config::{AmountIs, Meaning};
use crate::validation::SampleRow;

/// How one file was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadingPlan {
    /// The file, as the user named it.
    pub file: String,
    /// How it is stored: kind, separator, encoding, where the header stands.
    pub layout: String,
    /// The export format it was recognised as.
    pub preset: Option<String>,
    /// What one row is.
    pub row_is: RowIs,
    /// The columns used, and why.
    pub columns: Vec<PlannedColumn>,
    /// Columns of the file that are not used.
    pub unused: Vec<String>,
    /// What was taken for granted, one statement each, and what the rows said to it.
    pub assumptions: Vec<Assumption>,
    /// What words in status and type columns were taken to mean.
    pub meanings: Vec<WordMeaning>,
}

/// What one row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowIs {
    /// An order.
    Order,
    /// A line of an order.
    OrderLine,
    /// A payment of an order.
    Payment,
    /// An event, some of which are purchases.
    Event,
    /// A document: a sale, a credit note, a quote.
    Document,
}

impl RowIs {
    /// In words, with its article.
    pub fn words(self) -> &'static str {
        match self {
            Self::Order => "an order",
            Self::OrderLine => "a line of an order",
            Self::Payment => "a payment of an order",
            Self::Event => "an event",
            Self::Document => "a document",
        }
    }
}

/// A column that is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedColumn {
    /// What it is used as.
    pub role: String,
    /// Its name in the file.
    pub source: String,
    /// Why it was taken.
    pub reason: String,
}

/// Something taken for granted, and how many rows it was wrong for.
///
/// Invariant: looked at on every row, not on a sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assumption {
    /// A stable `snake_case` name, such as `decimal_mark`.
    pub name: String,
    /// What was assumed.
    pub statement: String,
    /// What decided it: the values, a name, the preset, the configuration.
    pub decided_by: String,
    /// Rows (or orders) that it was checked on.
    pub checked: u64,
    /// How many of them contradict it.
    pub violations: u64,
    /// What was done about these; empty without any.
    pub resolution: String,
    /// The first of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<SampleRow>,
}

/// What a word was taken to mean, and what hangs on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordMeaning {
    /// The column of the file.
    pub column: String,
    /// The word as it is written.
    pub word: String,
    /// What it means; `None` if it is not known.
    pub meaning: Option<Meaning>,
    /// Rows with it.
    pub rows: u64,
    /// Their amounts, in minor units.
    pub amount_minor: i64,
}

impl ReadingPlan {
    /// What an amount was taken to belong to, as the configuration says it.
    pub fn amount_is(&self) -> Option<AmountIs> {
        let said = self.assumptions.iter().find(|a| a.name == "amount_is")?;
        AmountIs::ALL.into_iter().find(|is| said.statement.ends_with(is.meaning()))
    }

    /// Whether two files were read by the same plan, whatever their rows said to it.
    fn is_like(&self, other: &Self) -> bool {
        let assumed = |plan: &Self| -> Vec<(String, String)> {
            plan.assumptions.iter().map(|a| (a.name.clone(), a.statement.clone())).collect()
        };
        (&self.layout, &self.preset, self.row_is) == (&other.layout, &other.preset, other.row_is)
            && (&self.columns, &self.unused) == (&other.columns, &other.unused)
            && assumed(self) == assumed(other)
    }

    /// Adds what the rows of another file said.
    fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.assumptions.iter_mut().zip(&other.assumptions) {
            mine.checked += theirs.checked;
            mine.violations += theirs.violations;
            if mine.resolution.is_empty() {
                mine.resolution.clone_from(&theirs.resolution);
            }
            mine.example = mine.example.take().or_else(|| theirs.example.clone());
        }
        for theirs in &other.meanings {
            let is_same = |mine: &&mut WordMeaning| {
                (&mine.column, &mine.word, mine.meaning) == (&theirs.column, &theirs.word, theirs.meaning)
            };
            match self.meanings.iter_mut().find(is_same) {
                Some(mine) => {
                    mine.rows += theirs.rows;
                    mine.amount_minor = mine.amount_minor.saturating_add(theirs.amount_minor);
                }
                None => self.meanings.push(theirs.clone()),
            }
        }
    }
}

/// Files that were read alike, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadAlike {
    /// The files, in order.
    pub files: Vec<String>,
    /// The plan of the first; counts and amounts are those of all of them.
    pub plan: ReadingPlan,
}

impl ReadAlike {
    /// The files in a few words: `orders.csv`, `jan.csv and 11 more that are read alike`.
    pub fn title(&self) -> String {
        match self.files.as_slice() {
            [] => String::new(),
            [one] => one.clone(),
            [first, rest @ ..] => format!("{first} and {} more that are read alike", rest.len()),
        }
    }
}

/// Plans put together, so that a folder of monthly exports is one plan to read.
pub fn read_alike(plans: &[ReadingPlan]) -> Vec<ReadAlike> {
    let mut all: Vec<ReadAlike> = Vec::new();
    for plan in plans {
        match all.iter_mut().find(|other| other.plan.is_like(plan)) {
            Some(other) => {
                other.files.push(plan.file.clone());
                other.plan.add(plan);
            }
            None => all.push(ReadAlike { files: vec![plan.file.clone()], plan: plan.clone() }),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(file: &str, violations: u64) -> ReadingPlan {
        let assumption = |name: &str, statement: String| Assumption {
            name: name.to_owned(),
            statement,
            decided_by: "the values".to_owned(),
            checked: 10,
            violations,
            resolution: if violations > 0 { "rejected".to_owned() } else { String::new() },
            example: None,
        };
        ReadingPlan {
            file: file.to_owned(),
            layout: "Parquet".to_owned(),
            preset: None,
            row_is: RowIs::OrderLine,
            columns: Vec::new(),
            unused: Vec::new(),
            assumptions: vec![assumption(
                "amount_is",
                format!("an amount is that of {}", AmountIs::Order.meaning()),
            )],
            meanings: vec![WordMeaning {
                column: "Status".to_owned(),
                word: "paid".to_owned(),
                meaning: Some(Meaning::Sale),
                rows: 4,
                amount_minor: 100,
            }],
        }
    }

    #[test]
    fn files_that_are_read_alike_are_one_plan_with_all_their_rows() {
        let mut lines = plan("c.csv", 0);
        lines.row_is = RowIs::Order;
        let found = read_alike(&[plan("a.csv", 0), plan("b.csv", 2), lines]);
        assert_eq!(found.len(), 2);
        let both = &found[0];
        assert_eq!(both.title(), "a.csv and 1 more that are read alike");
        let assumed = &both.plan.assumptions[0];
        assert_eq!((assumed.checked, assumed.violations, assumed.resolution.as_str()), (20, 2, "rejected"));
        assert_eq!((both.plan.meanings[0].rows, both.plan.meanings[0].amount_minor), (8, 200));
        assert_eq!((found[1].title(), found[1].plan.assumptions[0].violations), ("c.csv".to_owned(), 0));
    }

    #[test]
    fn what_an_amount_belongs_to_is_told_from_its_statement() {
        for is in AmountIs::ALL {
            let mut said = plan("a.csv", 0);
            said.assumptions[0].statement = format!("an amount is that of {}", is.meaning());
            assert_eq!(said.amount_is(), Some(is));
        }
        let mut none = plan("a.csv", 0);
        none.assumptions.clear();
        assert_eq!(none.amount_is(), None);
    }
}
