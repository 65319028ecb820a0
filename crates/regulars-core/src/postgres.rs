//! PostgreSQL 12 and later, so far as it follows from declarations: the tables of a run in the scripts of `sql/`
//! (`setup`) and as they are published (`published`), and the scores and segments (`scores`).
//!
//! Deliberately not here: the analyses, which are written by hand in `sql/`, and connections to a server.

mod layout;
mod published;
mod scores;
mod setup;
mod types;

pub use published::{PublishedColumn, PublishedTable};
pub use scores::{BEGIN_SCORES, END_SCORES, ViewMethod, score_view_queries, score_views};
pub use setup::setup_script;
pub use types::{SqlType, identifier};

pub use crate::segments::sql::literal;

use crate::error::{Error, Kind};

/// A demonstration data set, for which `sql/` has a pair of scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demonstration {
    /// Name of the data set, and of the schema that its tables are in.
    pub name: &'static str,
    /// The script that creates and loads the tables.
    pub setup: &'static str,
    /// The script with the analyses.
    pub analysis: &'static str,
    /// The columns of the customers file beside the id.
    attributes: &'static [Attribute],
}

/// A column of `customers` that the customers file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Attribute {
    name: &'static str,
    definition: &'static str,
    meaning: &'static str,
}

const AGE: Attribute =
    Attribute { name: "age", definition: "smallint CHECK (age BETWEEN 0 AND 150)", meaning: "Age in years" };
const GENDER: Attribute = Attribute { name: "gender", definition: "text", meaning: "Gender" };

/// The demonstration data sets.
pub const DEMONSTRATIONS: [Demonstration; 2] = [
    Demonstration {
        name: "synthetic",
        setup: "sql/setup_database.sql",
        analysis: "sql/rfm_analysis.sql",
        attributes: &[
            AGE,
            GENDER,
            Attribute { name: "city", definition: "text", meaning: "City" },
            Attribute { name: "customer_type", definition: "text", meaning: "Kind of customer" },
            Attribute {
                name: "registration_date",
                definition: "timestamp",
                meaning: "Day of the registration",
            },
        ],
    },
    Demonstration {
        name: "kaggle",
        setup: "sql/setup_kaggle_database.sql",
        analysis: "sql/kaggle_rfm_analysis.sql",
        attributes: &[
            AGE,
            GENDER,
            Attribute {
                name: "annual_income_k",
                definition: "integer CHECK (annual_income_k >= 0)",
                meaning: "Annual income in thousands",
            },
            Attribute {
                name: "spending_score",
                definition: "smallint CHECK (spending_score BETWEEN 0 AND 100)",
                meaning: "Spending score of the source, 0 to 100",
            },
        ],
    },
];

/// A script with its generated part replaced by the present one.
///
/// Errors: [`Kind::Rules`] if the script has no generated part.
pub fn with_score_views(script: &str) -> Result<String, Error> {
    let parts = script
        .split_once(BEGIN_SCORES)
        .and_then(|(before, rest)| rest.split_once(END_SCORES).map(|(_, after)| (before, after)));
    let (before, after) = parts.ok_or_else(|| {
        Error::new(Kind::Rules, format!("the script has no lines `{BEGIN_SCORES}` and `{END_SCORES}`"))
    })?;
    Ok(format!("{before}{BEGIN_SCORES}\n{}{END_SCORES}{after}", score_views()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REMEDY: &str = "is not up to date; write it with `cargo xtask docs`";

    #[test]
    fn the_setup_scripts_are_the_generated_ones() {
        let found = [
            include_str!("../../../sql/setup_database.sql"),
            include_str!("../../../sql/setup_kaggle_database.sql"),
        ];
        for (demonstration, found) in DEMONSTRATIONS.iter().zip(found) {
            assert!(found == setup_script(demonstration), "{} {REMEDY}", demonstration.setup);
        }
    }

    #[test]
    fn the_views_of_the_analyses_are_the_generated_ones() {
        let found = [
            include_str!("../../../sql/rfm_analysis.sql"),
            include_str!("../../../sql/kaggle_rfm_analysis.sql"),
        ];
        for (demonstration, found) in DEMONSTRATIONS.iter().zip(found) {
            let expected = with_score_views(found).expect("has a generated part");
            assert!(found == expected, "{} {REMEDY}", demonstration.analysis);
        }
    }

    #[test]
    fn only_the_generated_part_is_replaced() {
        let script = format!("before\n{BEGIN_SCORES}\nold\n{END_SCORES}\nafter\n");
        let replaced = with_score_views(&script).expect("has a generated part");
        assert!(replaced.starts_with("before\n") && replaced.ends_with("\nafter\n"), "{replaced}");
        assert!(!replaced.contains("old\n") && replaced.contains("VIEW rfm_computed"), "{replaced}");
        assert_eq!(with_score_views(&replaced).expect("has a generated part"), replaced);
        assert!(with_score_views("SELECT 1;").is_err());
    }

    #[test]
    fn quotes_are_doubled() {
        assert_eq!(literal("Can't Lose Them"), "'Can''t Lose Them'");
    }
}
