//! Every address of the API, described once: the router, the check of what is asked, `/api/openapi.json`
//! and `/api/docs` are made from this list.

mod openapi;
mod parameters;
mod schemas;

use axum::routing::{MethodRouter, get};

pub(crate) use openapi::{document, errors_of_all};
pub(crate) use parameters::{Parameter, Takes, parameters};
pub(crate) use schemas::{Shape, shapes};

use super::form::Form;
use crate::routes::Shared;

/// Rows of one answer at most, where it is held as a whole.
pub(crate) const MAX_ROWS: u64 = 100_000;

/// What an address answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answers {
    /// A shape of `schemas.rs` as JSON.
    Shape(&'static str),
    /// The same, or null.
    MaybeShape(&'static str),
    /// The same as JSON, or its rows as CSV.
    Csv(&'static str),
    /// The same as JSON, or its rows as CSV or Arrow.
    Rows(&'static str),
    /// CSV alone.
    File,
    /// This document itself.
    Document,
}

impl Answers {
    /// The shape of JSON, if it has a name.
    pub(crate) fn shape(self) -> Option<&'static str> {
        match self {
            Self::Shape(name) | Self::MaybeShape(name) | Self::Csv(name) | Self::Rows(name) => Some(name),
            Self::File | Self::Document => None,
        }
    }

    /// The forms it comes in, the usual one first.
    pub(crate) fn forms(self) -> &'static [Form] {
        match self {
            Self::Shape(_) | Self::MaybeShape(_) | Self::Document => &[Form::Json],
            Self::Csv(_) => &[Form::Json, Form::Csv],
            Self::Rows(_) => &[Form::Json, Form::Csv, Form::Arrow],
            Self::File => &[Form::Csv],
        }
    }
}

/// One address of the API.
pub(crate) struct Endpoint {
    pub(crate) path: &'static str,
    /// Its name for programs that are made from the document.
    pub(crate) id: &'static str,
    /// What it answers, in one sentence.
    pub(crate) title: &'static str,
    /// What else there is to know.
    pub(crate) more: &'static str,
    pub(crate) takes: &'static [Takes],
    pub(crate) answers: Answers,
    /// Whether it can be asked by POST as well, with a query as JSON.
    pub(crate) posts: bool,
    /// Further codes of errors, beside those of every address.
    pub(crate) errors: &'static [(u16, &'static str)],
    /// An address that answers on the demonstration data: what stands for the names in the path, and what
    /// comes after it.
    pub(crate) example: (&'static [&'static str], &'static str),
    pub(crate) handler: fn() -> MethodRouter<Shared>,
}

impl Endpoint {
    /// Every parameter after the question mark.
    pub(crate) fn parameters(&self) -> Vec<Parameter> {
        self.takes.iter().flat_map(|takes| parameters(*takes)).collect()
    }

    /// The names in the path.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }

    /// The path for a form asked for by the ending.
    pub(crate) fn ending(&self, form: Form) -> String {
        format!("{}.{}", self.path, form.extension())
    }

    /// The forms that an ending asks for.
    pub(crate) fn endings(&self) -> &'static [Form] {
        let forms = self.answers.forms();
        if forms.len() > 1 { &forms[1..] } else { &[] }
    }

    /// Whether the ending is a part of the name that ends the path.
    pub(crate) fn ends_in_name(&self) -> bool {
        self.path.ends_with('}')
    }

    /// The address of the example.
    pub(crate) fn example_address(&self) -> String {
        let mut path = self.path.to_owned();
        for (name, value) in self.names().zip(self.example.0) {
            path = path.replace(&format!("{{{name}}}"), value);
        }
        format!("{path}{}", self.example.1)
    }
}

const NO_RUN: (u16, &str) = (404, "unknown_run");
const NO_DATASET: (u16, &str) = (404, "unknown_dataset");
const UNREADABLE: (u16, &str) = (500, "unreadable_run");
const OF_RUN: &[(u16, &str)] = &[NO_DATASET, NO_RUN, UNREADABLE];

/// Every address of the API, in the order to read them in.
pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        path: "/api/v1/datasets",
        id: "listDatasets",
        title: "The data sets and their finished runs",
        more: "",
        takes: &[],
        answers: Answers::Shape("DatasetList"),
        posts: false,
        errors: &[UNREADABLE],
        example: (&[], ""),
        handler: || get(super::datasets),
    },
    Endpoint {
        path: "/api/v1/d/{dataset}/summary",
        id: "getSummary",
        title: "The headline numbers of a run",
        more: "As `regulars report --format json` prints them.",
        takes: &[Takes::Run],
        answers: Answers::Shape("Summary"),
        posts: false,
        errors: OF_RUN,
        example: (&["synthetic"], ""),
        handler: || get(super::summary),
    },
    Endpoint {
        path: "/api/v1/d/{dataset}/measures",
        id: "getMeasures",
        title: "Every measure of the customers chosen, with its definition",
        more: "",
        takes: &[Takes::Run, Takes::Filter],
        answers: Answers::Csv("Measures"),
        posts: false,
        errors: OF_RUN,
        example: (&["synthetic"], "?segment=Loyal"),
        handler: || get(super::measures),
    },
    Endpoint {
        path: "/api/v1/d/{dataset}/customers",
        id: "listCustomers",
        title: "The customers chosen, searched, sorted and paged",
        more: "JSON holds 50 customers unless `limit` says more; CSV and Arrow hold all of them unless it says less.",
        takes: &[Takes::Run, Takes::Filter, Takes::List, Takes::Rows],
        answers: Answers::Rows("CustomerList"),
        posts: false,
        errors: OF_RUN,
        example: (&["synthetic"], "?segment=Loyal&sort=value&limit=5"),
        handler: || get(super::customers),
    },
    Endpoint {
        path: "/api/v1/d/{dataset}/customers/{customer}",
        id: "getCustomer",
        title: "Everything the run says of one customer",
        more: "Fields ending in `_minor` are in minor units of the currency.",
        takes: &[Takes::Run],
        answers: Answers::Shape("Customer"),
        posts: false,
        errors: &[NO_DATASET, NO_RUN, (404, "unknown_customer"), UNREADABLE],
        example: (&["synthetic", "C1"], ""),
        handler: || get(super::customer),
    },
    Endpoint {
        path: "/api/v1/d/{dataset}/charts",
        id: "listCharts",
        title: "The names of the charts",
        more: "",
        takes: &[Takes::Run],
        answers: Answers::Shape("ChartList"),
        posts: false,
        errors: OF_RUN,
        example: (&["synthetic"], ""),
        handler: || get(super::charts),
    },
    Endpoint {
        path: "/api/v1/d/{dataset}/charts/{chart}",
        id: "getChart",
        title: "One chart, as the page draws it, or the table behind it",
        more: "As JSON a figure of plotly.js, as CSV a row a mark.",
        takes: &[Takes::Run, Takes::Filter, Takes::Chart],
        answers: Answers::Csv("Figure"),
        posts: false,
        errors: &[NO_DATASET, NO_RUN, (404, "unknown_chart"), (404, "not_in_run"), UNREADABLE],
        example: (&["synthetic", "segments"], ""),
        handler: || get(super::chart),
    },
    Endpoint {
        path: "/api/v1/d/{dataset}/tables",
        id: "listTables",
        title: "The tables of a run, with what their rows and columns mean",
        more: "",
        takes: &[Takes::Run],
        answers: Answers::Shape("Tables"),
        posts: false,
        errors: OF_RUN,
        example: (&["synthetic"], ""),
        handler: || get(super::tables),
    },
    Endpoint {
        path: "/api/v1/d/{dataset}/tables/{table}",
        id: "getTable",
        title: "Rows of one table",
        more: "In the order in which they are stored, which never changes. JSON holds 1000 rows unless `limit` says otherwise; CSV and Arrow hold the whole table. The header `Link` names the next page, `X-Total-Count` the number of all rows.",
        takes: &[Takes::Run, Takes::Columns, Takes::Rows],
        answers: Answers::Rows("TableRows"),
        posts: false,
        errors: &[NO_DATASET, NO_RUN, (404, "unknown_table"), UNREADABLE],
        example: (&["synthetic", "rfm_scores"], "?columns=customer_id,segment,monetary&limit=3"),
        handler: || get(super::table),
    },
    Endpoint {
        path: "/api/v1/d/{dataset}/sql",
        id: "query",
        title: "The answer of a query in SQL over the tables of a run",
        more: "A query only reads, and only these tables. It may take 10 seconds, 512 MB and 1 GB of temporary files; two run at a time. `cut` in JSON, `X-Rows-Cut` in the header of files, say whether there were more rows than `limit`.",
        takes: &[Takes::Run, Takes::Sql],
        answers: Answers::Rows("QueryResult"),
        posts: true,
        errors: &[
            (400, "invalid_query"),
            (403, "query_not_allowed"),
            NO_DATASET,
            NO_RUN,
            (422, "query_too_slow"),
            (422, "query_too_large"),
            UNREADABLE,
            (503, "busy"),
        ],
        example: (
            &["synthetic"],
            "?q=SELECT+segment,+count(*)+AS+customers+FROM+rfm_scores+GROUP+BY+segment+ORDER+BY+customers+DESC",
        ),
        handler: || get(super::query_by_address).post(super::query_by_body),
    },
    Endpoint {
        path: "/api/v1/d/{dataset}/validation",
        id: "getValidation",
        title: "What the checks of the data found",
        more: "",
        takes: &[Takes::Run],
        answers: Answers::Shape("Validation"),
        posts: false,
        errors: OF_RUN,
        example: (&["synthetic"], ""),
        handler: || get(super::validation),
    },
    Endpoint {
        path: "/api/v1/d/{dataset}/rejected.csv",
        id: "getRejected",
        title: "The rows that could not be used",
        more: "",
        takes: &[Takes::Run],
        answers: Answers::File,
        posts: false,
        errors: &[NO_DATASET, NO_RUN, (404, "not_in_run"), UNREADABLE],
        example: (&["synthetic"], ""),
        handler: || get(super::rejected),
    },
    Endpoint {
        path: "/api/v1/d/{dataset}/manifest",
        id: "getManifest",
        title: "What a run was made from: inputs, hashes, versions, configuration",
        more: "",
        takes: &[Takes::Run],
        answers: Answers::Shape("Manifest"),
        posts: false,
        errors: OF_RUN,
        example: (&["synthetic"], ""),
        handler: || get(super::manifest),
    },
    Endpoint {
        path: "/api/v1/process",
        id: "getProcess",
        title: "What the serving process uses; null where the system does not say",
        more: "",
        takes: &[],
        answers: Answers::MaybeShape("Process"),
        posts: false,
        errors: &[],
        example: (&[], ""),
        handler: || get(super::process),
    },
    Endpoint {
        path: "/health",
        id: "getHealth",
        title: "200 while runs can be listed, 503 when they cannot",
        more: "For supervisors.",
        takes: &[],
        answers: Answers::Shape("Health"),
        posts: false,
        errors: &[],
        example: (&[], ""),
        handler: || get(super::health),
    },
    Endpoint {
        path: "/api/openapi.json",
        id: "getOpenApi",
        title: "This interface as OpenAPI 3.1",
        more: "",
        takes: &[],
        answers: Answers::Document,
        posts: false,
        errors: &[],
        example: (&[], ""),
        handler: || get(super::openapi),
    },
];
