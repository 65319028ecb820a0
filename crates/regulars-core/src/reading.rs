//! The reading plan of a run's files: every assumption made from the beginning of a file, and the result of
//! checking it against all rows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{AmountIs, Meaning};
use crate::validation::SampleRow;

/// The reading plan of one file.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
pub struct ReadingPlan {
    /// The file, as the user named it.
    pub file: String,
    /// File type, delimiter, encoding and position of the header.
    pub layout: String,
    /// The recognised export format.
    pub preset: Option<String>,
    /// What one row represents.
    pub row_is: RowIs,
    /// The columns used, and why.
    pub columns: Vec<PlannedColumn>,
    /// Columns of the file that are not used.
    pub unused: Vec<String>,
    /// The assumptions, and the result of checking them.
    pub assumptions: Vec<Assumption>,
    /// The assumed meanings of status and type values.
    pub meanings: Vec<WordMeaning>,
}

/// What one row represents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
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
    /// The name with its article.
    pub fn words(self) -> &'static str {
        match self {
            Self::Order => "an order",
            Self::OrderLine => "an order line",
            Self::Payment => "a payment of an order",
            Self::Event => "an event",
            Self::Document => "a document",
        }
    }
}

/// A column that is used.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct PlannedColumn {
    /// Role of the column, such as `customer_id`.
    pub role: String,
    /// Name of the column in the file.
    pub source: String,
    /// Why it was chosen.
    pub reason: String,
}

/// An assumption, and the number of rows that contradict it.
///
/// Invariant: checked on every row, not on a sample.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct Assumption {
    /// A stable `snake_case` name, such as `decimal_mark`.
    pub name: String,
    /// The assumption.
    pub statement: String,
    /// What it is based on: the values, a column name, the preset or the configuration.
    pub decided_by: String,
    /// Number of rows (or orders) checked.
    pub checked: u64,
    /// Number of exceptions.
    pub violations: u64,
    /// How the exceptions were handled; empty if there are none.
    pub resolution: String,
    /// The first exception.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<SampleRow>,
}

/// The assumed meaning of a value, and the rows affected.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
pub struct WordMeaning {
    /// The column of the file.
    pub column: String,
    /// The value as written.
    pub word: String,
    /// Its meaning; `None` if unknown.
    pub meaning: Option<Meaning>,
    /// Rows with it.
    pub rows: u64,
    /// Their amounts, in minor units.
    pub amount_minor: i64,
}

impl ReadingPlan {
    /// What amounts were assumed to refer to, as a configuration value.
    pub fn amount_is(&self) -> Option<AmountIs> {
        let amount_is = self.assumptions.iter().find(|a| a.name == "amount_is")?;
        AmountIs::ALL.into_iter().find(|is| amount_is.statement.ends_with(is.meaning()))
    }

    /// Whether two files have the same plan, apart from the results of checking it.
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

/// Files with the same reading plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanGroup {
    /// The files, in order.
    pub files: Vec<String>,
    /// The plan of the first file, with the counts and amounts of all files.
    pub plan: ReadingPlan,
}

impl PlanGroup {
    /// The files in a few words: `orders.csv`, `jan.csv and 11 more of the same format`.
    pub fn title(&self) -> String {
        match self.files.as_slice() {
            [] => String::new(),
            [one] => one.clone(),
            [first, rest @ ..] => format!("{first} and {} more of the same format", rest.len()),
        }
    }
}

/// Groups files with the same plan, so that a folder of monthly exports shows one plan.
pub fn group_by_plan(plans: &[ReadingPlan]) -> Vec<PlanGroup> {
    let mut all: Vec<PlanGroup> = Vec::new();
    for plan in plans {
        match all.iter_mut().find(|other| other.plan.is_like(plan)) {
            Some(other) => {
                other.files.push(plan.file.clone());
                other.plan.add(plan);
            }
            None => all.push(PlanGroup { files: vec![plan.file.clone()], plan: plan.clone() }),
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
                format!("an amount refers to {}", AmountIs::Order.meaning()),
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
        let found = group_by_plan(&[plan("a.csv", 0), plan("b.csv", 2), lines]);
        assert_eq!(found.len(), 2);
        let both = &found[0];
        assert_eq!(both.title(), "a.csv and 1 more of the same format");
        let assumed = &both.plan.assumptions[0];
        assert_eq!((assumed.checked, assumed.violations, assumed.resolution.as_str()), (20, 2, "rejected"));
        assert_eq!((both.plan.meanings[0].rows, both.plan.meanings[0].amount_minor), (8, 200));
        assert_eq!((found[1].title(), found[1].plan.assumptions[0].violations), ("c.csv".to_owned(), 0));
    }

    #[test]
    fn what_an_amount_belongs_to_is_told_from_its_statement() {
        for is in AmountIs::ALL {
            let mut amount_is = plan("a.csv", 0);
            amount_is.assumptions[0].statement = format!("an amount refers to {}", is.meaning());
            assert_eq!(amount_is.amount_is(), Some(is));
        }
        let mut none = plan("a.csv", 0);
        none.assumptions.clear();
        assert_eq!(none.amount_is(), None);
    }
}
