//! The query parameters of the API, for checks and documentation.

use regulars_analysis::cohorts::Span;
use regulars_analysis::customers::Sort;
use regulars_analysis::filter::{NOT_YET_CUSTOMER, RangeFilter, Score};
use serde_json::{Value, json};

use crate::query::{CellMeasure, Colour, Named, RfmCellMeasure};

/// Groups of parameters.
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

/// One query parameter.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    /// Its name; one ending in a dot is a prefix.
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

    /// Whether `key` is this parameter.
    pub(crate) fn is(&self, key: &str) -> bool {
        if self.name.ends_with('.') { key.starts_with(&self.name) } else { key == self.name }
    }
}

/// A number or a percentage.
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
            vec![Parameter::new("run", "Run id, or `previous`; default: the current run", text())]
        }
        Takes::Filter => {
            let mut all = vec![
                Parameter::new("segment", "Segment name", text()).repeated(),
                Parameter::new("cluster", "Cluster number", text()).repeated(),
                Parameter::new("decile", "Decile by predicted LTV, 1 is the highest", text()).repeated(),
                Parameter::new("acquired_from", "First order in this month or later", month()),
                Parameter::new("acquired_to", "First order in this month or earlier", month()),
                Parameter::new(
                    "attr.",
                    "A customer attribute, for example attr.gender=Female; case matters",
                    text(),
                )
                .repeated(),
                Parameter::new(
                    "was",
                    &format!("Segment at the earlier date; {NOT_YET_CUSTOMER}: not yet a customer"),
                    text(),
                )
                .repeated(),
                Parameter::new("since", "Earlier date to compare with; the end of that day", day()),
                Parameter::new(
                    "against",
                    "Earlier run to compare with, or `previous`; instead of `since`",
                    text(),
                ),
            ];
            for score in Score::ALL {
                let meaning = format!("Score in the column {}", score.column().name);
                all.push(Parameter::new(score.key(), &meaning, whole()).repeated());
            }
            for limited in RangeFilter::ALL {
                for (end, word) in [("from", "Minimum"), ("to", "Maximum")] {
                    let key = limited.key();
                    let meaning = format!("{word} {}", limited.words());
                    all.push(Parameter::new(&format!("{key}_{end}"), &meaning, whole()));
                }
            }
            all
        }
        Takes::Chart => vec![
            Parameter::new("colour", "Colour points by", one_of::<Colour>()),
            Parameter::new("log", "Log scale", one_of::<bool>()),
            Parameter::new("cells", "Measure in the cells of the RFM grid", one_of::<RfmCellMeasure>()),
            Parameter::new(
                "by",
                "Cohort period; default: months, or quarters if there are many months",
                one_of::<Span>(),
            ),
            Parameter::new("show", "Measure in the cells of cohorts and movements", one_of::<CellMeasure>()),
            Parameter::new("customer", "Customer id, for charts about one customer", text()),
        ],
        Takes::List => vec![
            Parameter::new("q", "Part of the customer id", text()),
            Parameter::new("sort", "Sort order", one_of::<Sort>()),
            Parameter::new("reverse", "Reverse the sort order", one_of::<bool>()),
            Parameter::new(
                "page",
                "Page of `limit` customers, from 1, counted from `offset`",
                json!({ "type": "integer", "minimum": 1, "maximum": i64::MAX }),
            ),
        ],
        Takes::Campaign => {
            let number = |text: &str| json!({ "type": "string", "pattern": NUMBER, "examples": [text] });
            vec![
                Parameter::new("budget", "Budget for contacts; 0 or more", number("5000")),
                Parameter::new("contact_cost", "Cost per contact", number("1.20")),
                Parameter::new(
                    "response",
                    "Probability that a contacted customer responds and spends the upside, 0 to 1 or in percent",
                    number("5%"),
                ),
                Parameter::new(
                    "margin",
                    "Gross margin, 0 to 1 or in percent; default: that of the run",
                    number("0.4"),
                ),
                Parameter::new("kind", "Kind of opportunity; default: all", text()).repeated(),
            ]
        }
        Takes::Rows => vec![
            Parameter::new(
                "limit",
                "Maximum number of rows; default for files (CSV, Arrow): all",
                json!({ "type": "integer", "minimum": 1, "maximum": super::paging::MAX_ROWS }),
            ),
            Parameter::new(
                "offset",
                "Rows to skip",
                json!({ "type": "integer", "minimum": 0, "maximum": i64::MAX }),
            ),
        ],
        Takes::Columns => {
            vec![Parameter::new("columns", "Comma-separated column names; default: all", text())]
        }
        Takes::Sql => vec![
            Parameter { required: true, ..Parameter::new("q", "SQL query", text()) },
            Parameter::new(
                "limit",
                "Maximum number of rows; default: 1000 in JSON, 100000 in files",
                json!({ "type": "integer", "minimum": 1, "maximum": super::paging::MAX_ROWS }),
            ),
        ],
    }
}
