//! From customer attributes to covariates of the models: which process a column affects, and dummy variables
//! for text.
//!
//! Deliberately not here: reading the columns ([`super::attributes`]), the fit (`regulars_models`).

use std::collections::BTreeMap;

use regulars_models::lifetime::Error as ModelError;
use regulars_models::lifetime::covariates::{
    CountedWithCovariates, Covariate, Covariates, Process, count_with_covariates,
};
use regulars_models::lifetime::patterns::{BadRows, CountedPatterns, Histories};

use super::attributes::{Attribute, Values};
use crate::error::{Error, Kind, Result};
use crate::histories::of_rows;

/// Maximum number of categories of a text column.
const MAX_CATEGORIES: usize = 12;

/// Which columns affect which process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct CovariateChoice {
    /// All columns, without duplicates.
    pub(super) columns: Vec<String>,
    purchases: Vec<usize>,
    dropout: Vec<usize>,
}

impl CovariateChoice {
    /// Parses `a,b` or `purchases:a,dropout:b,c`: a column affects both processes, after a prefix only that
    /// one.
    ///
    /// Errors: a prefix or an item without a column.
    pub(super) fn of(items: &[String]) -> Result<Self> {
        let mut wanted = Self::default();
        let mut only: Option<Process> = None;
        for item in items {
            let mut name = item.trim();
            for process in [Process::Purchases, Process::Dropout] {
                let rest = name.strip_prefix(process.name()).and_then(|rest| rest.strip_prefix(':'));
                if let Some(rest) = rest {
                    only = Some(process);
                    name = rest.trim();
                    break;
                }
            }
            if name.is_empty() {
                return Err(Error {
                    hint: Some(
                        "write --covariates age,channel or --covariates purchases:age,dropout:channel"
                            .to_owned(),
                    ),
                    ..Error::new(
                        Kind::Input,
                        format!("--covariates {}: `{item}` names no column", items.join(",")),
                    )
                });
            }
            let at = wanted.columns.iter().position(|known| known == name).unwrap_or_else(|| {
                wanted.columns.push(name.to_owned());
                wanted.columns.len() - 1
            });
            for (process, of) in
                [(Process::Purchases, &mut wanted.purchases), (Process::Dropout, &mut wanted.dropout)]
            {
                if only.is_none_or(|only| only == process) && !of.contains(&at) {
                    of.push(at);
                }
            }
        }
        Ok(wanted)
    }
}

/// One covariate, one value per customer.
#[derive(Debug, Clone, PartialEq)]
struct Encoded {
    /// Index of the requested column.
    of: usize,
    name: String,
    values: Vec<f64>,
}

/// The covariates of a set of customers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Design {
    wanted: CovariateChoice,
    covariates: Vec<Encoded>,
    /// For every text column, its reference category.
    pub(super) compared_with: BTreeMap<String, String>,
}

impl Design {
    /// Makes covariates of columns without missing values.
    ///
    /// Contracts: `attributes` are the columns of `wanted`, in its order (trusted).
    /// Errors: a column with more than [`MAX_CATEGORIES`] categories.
    pub(super) fn of(wanted: &CovariateChoice, attributes: &[Attribute]) -> Result<Self> {
        let mut design =
            Self { wanted: wanted.clone(), covariates: Vec::new(), compared_with: BTreeMap::new() };
        for (of, attribute) in attributes.iter().enumerate() {
            match &attribute.values {
                Values::Numbers(values) => {
                    design.covariates.push(Encoded {
                        of,
                        name: attribute.name.clone(),
                        values: values.clone(),
                    });
                }
                Values::Words(values) => design.add_words(of, &attribute.name, values)?,
            }
        }
        Ok(design)
    }

    fn add_words(&mut self, of: usize, name: &str, values: &[Option<String>]) -> Result<()> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for word in values.iter().flatten() {
            *counts.entry(word).or_default() += 1;
        }
        if counts.len() > MAX_CATEGORIES {
            return Err(too_many(name, &counts));
        }
        // The first of the most frequent: independent of the order of rows.
        let Some(most) = counts.values().max() else { return Ok(()) };
        let Some(common) = counts.iter().find(|(_, count)| *count == most).map(|(word, _)| *word) else {
            return Ok(());
        };
        let column = |word: &str| -> Vec<f64> {
            values.iter().map(|value| f64::from(u8::from(value.as_deref() == Some(word)))).collect()
        };
        if counts.len() == 1 {
            // A constant column: the fit reports that it is dropped.
            self.covariates.push(Encoded { of, name: format!("{name}={common}"), values: column(common) });
            return Ok(());
        }
        for word in counts.keys().filter(|word| **word != common) {
            self.covariates.push(Encoded { of, name: format!("{name}={word}"), values: column(word) });
        }
        self.compared_with.insert(name.to_owned(), common.to_owned());
        Ok(())
    }

    /// The same for the given customers, in their order.
    pub(super) fn take(&self, rows: &[u32]) -> Self {
        let covariates = self.covariates.iter().map(|covariate| Encoded {
            values: of_rows(&covariate.values, rows),
            of: covariate.of,
            name: covariate.name.clone(),
        });
        Self { covariates: covariates.collect(), ..self.clone() }
    }

    /// Counts histories by covariates, with or without those of dropout.
    ///
    /// Contracts: the customers are those of the design, in its order, none excluded (trusted).
    /// Errors: none for a counted table.
    pub(super) fn count(
        &self,
        counted: &CountedPatterns,
        with_dropout: bool,
    ) -> Result<CountedWithCovariates, ModelError> {
        let patterns = &counted.patterns;
        let of_customers = |value: &dyn Fn(usize) -> f64| -> Vec<f64> {
            counted.pattern_of.iter().map(|pattern| value(*pattern as usize)).collect()
        };
        let histories = Histories {
            x: &of_customers(&|pattern| f64::from(patterns.x[pattern])),
            t_x: &of_customers(&|pattern| patterns.t_x[pattern]),
            t: &of_customers(&|pattern| patterns.t[pattern]),
            log_intervals: None,
            unit: patterns.unit,
        };
        let dropout = if with_dropout { self.of_process(&self.wanted.dropout) } else { Vec::new() };
        let covariates =
            Covariates { purchases: &self.of_process(&self.wanted.purchases), dropout: &dropout };
        count_with_covariates(&histories, &covariates, BadRows::Refuse)
    }

    /// Names of the dropout covariates.
    pub(super) fn dropout_names(&self) -> Vec<String> {
        self.of_process(&self.wanted.dropout).iter().map(|covariate| covariate.name.to_owned()).collect()
    }

    fn of_process(&self, columns: &[usize]) -> Vec<Covariate<'_>> {
        columns
            .iter()
            .flat_map(|at| self.covariates.iter().filter(move |covariate| covariate.of == *at))
            .map(|covariate| Covariate { name: &covariate.name, values: &covariate.values })
            .collect()
    }

    /// Notes on the reference categories.
    pub(super) fn notes(&self) -> Vec<String> {
        let note = |(name, word): (&String, &String)| {
            format!("covariate `{name}`: the reference category is `{word}`, the most frequent one")
        };
        self.compared_with.iter().map(note).collect()
    }
}

fn too_many(name: &str, counts: &BTreeMap<&str, usize>) -> Error {
    let numbers = counts.keys().filter(|word| word.parse::<f64>().is_ok()).count();
    let stray = counts.keys().find(|word| word.parse::<f64>().is_err());
    // Mostly numbers: more likely numbers with a typo than text.
    if let (Some(stray), true) = (stray, 2 * numbers > counts.len()) {
        return Error {
            hint: Some("correct the value, or clear it and exclude the row with --allow-bad-rows".to_owned()),
            ..Error::new(
                Kind::Input,
                format!("column `{name}` is not numeric (first other value: `{stray}`)"),
            )
        };
    }
    let some: Vec<String> = counts.keys().take(3).map(|word| format!("`{word}`")).collect();
    Error {
        hint: Some("group its values into fewer categories, or use a number instead".to_owned()),
        ..Error::new(
            Kind::Input,
            format!(
                "column `{name}` has {} categories ({}, ...), expected at most {MAX_CATEGORIES} for a covariate",
                counts.len(),
                some.join(", ")
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(text: &str) -> Result<CovariateChoice> {
        let items: Vec<String> = text.split(',').map(str::to_owned).collect();
        CovariateChoice::of(&items)
    }

    fn words(name: &str, values: &[&str]) -> Attribute {
        let values = values.iter().map(|value| Some((*value).to_owned())).collect();
        Attribute { name: name.to_owned(), values: Values::Words(values) }
    }

    #[test]
    fn a_prefix_holds_until_the_next() {
        for (text, purchases, dropout) in [
            ("a,b", vec![0, 1], vec![0, 1]),
            ("purchases:a,dropout:b", vec![0], vec![1]),
            ("purchases:a,b,dropout:b, c", vec![0, 1], vec![1, 2]),
            ("a,dropout:b", vec![0], vec![0, 1]),
            ("a,a", vec![0], vec![0]),
        ] {
            let found = wanted(text).expect(text);
            assert_eq!((found.purchases, found.dropout), (purchases, dropout), "{text}");
        }
        for text in ["", "a,", "purchases:"] {
            assert!(wanted(text).is_err_and(|error| error.message.contains("names no column")), "{text}");
        }
    }

    #[test]
    fn words_become_columns_for_all_but_the_most_frequent() {
        let both = wanted("city,age").expect("columns");
        let age = Attribute { name: "age".to_owned(), values: Values::Numbers(vec![30.0, 40.0, 20.0, 50.0]) };
        let design =
            Design::of(&both, &[words("city", &["Rome", "Paris", "Rome", "Oslo"]), age]).expect("few");
        let found: Vec<(&str, Vec<f64>)> =
            design.of_process(&both.purchases).iter().map(|c| (c.name, c.values.to_vec())).collect();
        assert_eq!(
            found,
            [
                ("city=Oslo", vec![0.0, 0.0, 0.0, 1.0]),
                ("city=Paris", vec![0.0, 1.0, 0.0, 0.0]),
                ("age", vec![30.0, 40.0, 20.0, 50.0])
            ]
        );
        assert_eq!(design.compared_with["city"], "Rome");
        assert_eq!(design.take(&[3, 0]).covariates[0].values, [1.0, 0.0]);
        // On ties the first by name, independent of the order of rows.
        let one = wanted("city").expect("a column");
        for order in [["b", "a"], ["a", "b"]] {
            let design = Design::of(&one, &[words("city", &order)]).expect("few");
            assert_eq!(design.compared_with["city"], "a");
        }
        let alike = Design::of(&one, &[words("city", &["a", "a"])]).expect("one");
        assert_eq!((alike.covariates.len(), alike.compared_with.len()), (1, 0));
    }

    #[test]
    fn too_many_words_are_refused() {
        let one = wanted("street").expect("a column");
        let many: Vec<String> = (0..13).map(|number| format!("No {number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let refused = Design::of(&one, &[words("street", &many)]).expect_err("many").message;
        assert!(refused.contains("column `street` has 13 categories (`No 0`, `No 1`"), "{refused}");
        let ages: Vec<String> = (20..60).map(|age| age.to_string()).collect();
        let ages: Vec<&str> = ages.iter().map(String::as_str).chain(["old"]).collect();
        let refused = Design::of(&one, &[words("street", &ages)]).expect_err("a slip").message;
        assert!(refused.contains("is not numeric (first other value: `old`)"), "{refused}");
    }

    use regulars_models::lifetime::patterns::count_patterns;
    use regulars_models::lifetime::time::TimeUnit;

    #[test]
    fn histories_are_counted_apart_for_different_covariates() {
        let wanted = wanted("purchases:city,dropout:age").expect("columns");
        let age = Attribute { name: "age".to_owned(), values: Values::Numbers(vec![30.0, 40.0, 30.0, 30.0]) };
        let design =
            Design::of(&wanted, &[words("city", &["Rome", "Rome", "Oslo", "Rome"]), age]).expect("few");
        let (x, t_x, t) = ([1.0, 1.0, 1.0, 1.0], [5.0; 4], [9.0; 4]);
        let histories = Histories { x: &x, t_x: &t_x, t: &t, log_intervals: None, unit: TimeUnit::Days };
        let counted = count_patterns(&histories, BadRows::Refuse).expect("valid");
        assert_eq!(counted.patterns.x.len(), 1);
        // City and age: three different customers; by city alone, two.
        let with = design.count(&counted, true).expect("counted");
        let without = design.count(&counted, false).expect("counted");
        assert_eq!((with.counted.patterns.len(), without.counted.patterns.len()), (3, 2));
        assert_eq!(design.dropout_names(), ["age"]);
        assert_eq!(design.notes().len(), 1);
        // The same customers in another order have the same covariates.
        let turned = design.take(&[3, 2, 1, 0]);
        assert_eq!(turned.take(&[3, 2, 1, 0]), design);
    }
}
