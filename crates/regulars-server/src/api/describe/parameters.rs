//! The parameters of the API: what an address may say, for the check and for the documentation alike.

use serde_json::{Value, json};

use crate::filter::{Limited, Score, WAS_NOBODY};
use crate::query::{Cells, Colour, Counted, Named, Sort, Span};

/// Parameters that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    /// Which run.
    Run,
    /// Which customers.
    Filter,
    /// How a chart shows them.
    Chart,
    /// How customers are listed, and which of them.
    List,
    /// What a campaign costs and reaches.
    Campaign,
    /// Which rows.
    Rows,
    /// Which columns.
    Columns,
    /// A query.
    Sql,
}

/// One parameter after the question mark.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    /// Its name; one ending in a dot stands for every name that begins so.
    pub(crate) name: String,
    pub(crate) meaning: String,
    pub(crate) schema: Value,
    pub(crate) repeats: bool,
    pub(crate) required: bool,
}

impl Parameter {
    fn new(name: &str, meaning: &str, schema: Value) -> Self {
        let (name, meaning) = (name.to_owned(), meaning.to_owned());
        Self { name, meaning, schema, repeats: false, required: false }
    }

    fn repeated(self) -> Self {
        Self { repeats: true, ..self }
    }

    /// Whether it is this one that an address means.
    pub(crate) fn is(&self, key: &str) -> bool {
        if self.name.ends_with('.') { key.starts_with(&self.name) } else { key == self.name }
    }
}

/// A number, or a share as percent.
const NUMBER: &str = "^[0-9]*[.]?[0-9]+ ?%?$";

fn one_of<T: Named>() -> Value {
    let names: Vec<&str> = T::NAMES.iter().map(|(_, name)| *name).collect();
    json!({ "type": "string", "enum": names, "default": names[0] })
}

/// The parameters of a group.
pub(crate) fn parameters(takes: Takes) -> Vec<Parameter> {
    let text = || json!({ "type": "string" });
    let whole = || json!({ "type": "integer", "minimum": -i64::MAX, "maximum": i64::MAX });
    let month =
        || json!({ "type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$", "examples": ["2024-05"] });
    let day = || json!({ "type": "string", "format": "date", "examples": ["2024-05-31"] });
    match takes {
        Takes::Run => {
            vec![Parameter::new("run", "The run, or `previous`; the current one if left out", text())]
        }
        Takes::Filter => {
            let mut all = vec![
                Parameter::new("segment", "A segment", text()).repeated(),
                Parameter::new("cluster", "The number of a cluster", text()).repeated(),
                Parameter::new("decile", "A tenth by predicted value, 1 the highest", text()).repeated(),
                Parameter::new("acquired_from", "First order not before this month", month()),
                Parameter::new("acquired_to", "First order not after this month", month()),
                Parameter::new("attr.", "An attribute of the customers, such as attr.gender=female", text())
                    .repeated(),
                Parameter::new(
                    "was",
                    &format!("A segment then, or {WAS_NOBODY} for those who were no customers"),
                    text(),
                )
                .repeated(),
                Parameter::new("since", "Then: the end of this earlier day", day()),
                Parameter::new("against", "Then: another run, or `previous`; instead of `since`", text()),
            ];
            for score in Score::ALL {
                let meaning = format!("A score: the column {}", score.column());
                all.push(Parameter::new(score.key(), &meaning, whole()).repeated());
            }
            for limited in Limited::ALL {
                for (end, word) in [("from", "least"), ("to", "most")] {
                    let key = limited.key();
                    let meaning = format!("At {word} this {}", key.replace('_', " "));
                    all.push(Parameter::new(&format!("{key}_{end}"), &meaning, whole()));
                }
            }
            all
        }
        Takes::Chart => vec![
            Parameter::new("colour", "What points are coloured by", one_of::<Colour>()),
            Parameter::new("log", "Axes on a log scale", one_of::<bool>()),
            Parameter::new("cells", "What the cells of the grid show", one_of::<Cells>()),
            Parameter::new(
                "by",
                "What cohorts are put together by; months unless they are many",
                one_of::<Span>(),
            ),
            Parameter::new("show", "What cells of cohorts and movements show", one_of::<Counted>()),
            Parameter::new("customer", "The customer that a chart is about", text()),
        ],
        Takes::List => vec![
            Parameter::new("q", "A part of the id", text()),
            Parameter::new("sort", "What the list is ordered by", one_of::<Sort>()),
            Parameter::new("reverse", "The other way round", one_of::<bool>()),
            Parameter::new(
                "page",
                "A page of `limit` customers, from 1, counted from `offset` on",
                json!({ "type": "integer", "minimum": 1, "maximum": i64::MAX }),
            ),
        ],
        Takes::Campaign => {
            let number = |text: &str| json!({ "type": "string", "pattern": NUMBER, "examples": [text] });
            vec![
                Parameter::new("budget", "What may be spent on contacts; 0 or more", number("5000")),
                Parameter::new("contact_cost", "What one contact costs", number("1.20")),
                Parameter::new(
                    "response",
                    "The share of the potential that a contact realises, 0 to 1 or in percent",
                    number("5%"),
                ),
                Parameter::new(
                    "margin",
                    "Gross margin, 0 to 1 or in percent; that of the run if left out",
                    number("0.4"),
                ),
                Parameter::new("kind", "A kind of opportunity to spend it on; all if left out", text())
                    .repeated(),
            ]
        }
        Takes::Rows => vec![
            Parameter::new(
                "limit",
                "Rows at most; a file (CSV, Arrow) has all of them if left out",
                json!({ "type": "integer", "minimum": 1, "maximum": super::MAX_ROWS }),
            ),
            Parameter::new(
                "offset",
                "Rows left out at the beginning",
                json!({ "type": "integer", "minimum": 0, "maximum": i64::MAX }),
            ),
        ],
        Takes::Columns => vec![Parameter::new(
            "columns",
            "Columns by name, with commas between them; all if left out",
            text(),
        )],
        Takes::Sql => vec![
            Parameter { required: true, ..Parameter::new("q", "The query, in SQL", text()) },
            Parameter::new(
                "limit",
                "Rows after which the answer is cut; 1000 in JSON, 100000 in files if left out",
                json!({ "type": "integer", "minimum": 1, "maximum": super::MAX_ROWS }),
            ),
        ],
    }
}
