//! Every address of the API, described once: the router, the check of what is asked, `/api/openapi.json`
//! and `/api/docs` are made from this list.

mod list;
mod openapi;
mod parameters;
mod schemas;

use axum::http::Method;
use axum::routing::MethodRouter;

pub(crate) use list::ENDPOINTS;
pub(crate) use openapi::{document, errors_of_all, errors_of_further};
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
    /// Events as they happen.
    Events,
    /// This document itself.
    Document,
}

impl Answers {
    /// The shape of JSON, if it has a name.
    pub(crate) fn shape(self) -> Option<&'static str> {
        match self {
            Self::Shape(name) | Self::MaybeShape(name) | Self::Csv(name) | Self::Rows(name) => Some(name),
            Self::File | Self::Events | Self::Document => None,
        }
    }

    /// The forms it comes in, the usual one first.
    pub(crate) fn forms(self) -> &'static [Form] {
        match self {
            Self::Shape(_) | Self::MaybeShape(_) | Self::Document => &[Form::Json],
            Self::Csv(_) => &[Form::Json, Form::Csv],
            Self::Rows(_) => &[Form::Json, Form::Csv, Form::Arrow],
            Self::File => &[Form::Csv],
            Self::Events => &[Form::Events],
        }
    }
}

/// What an address does beside being read.
pub(crate) struct Further {
    pub(crate) method: Method,
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) more: &'static str,
    pub(crate) takes: &'static [Takes],
    /// The shape of what is sent, as JSON.
    pub(crate) body: Option<&'static str>,
    /// What the body of an example is.
    pub(crate) example: &'static str,
    /// The code of success.
    pub(crate) status: u16,
    pub(crate) answers: Answers,
    pub(crate) errors: &'static [(u16, &'static str)],
}

impl Further {
    /// Every parameter after the question mark.
    pub(crate) fn parameters(&self) -> Vec<Parameter> {
        self.takes.iter().flat_map(|takes| parameters(*takes)).collect()
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
    /// What it does by another method than GET.
    pub(crate) further: Option<&'static Further>,
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

    /// What is done by `method`, if it is not reading.
    pub(crate) fn further_by(&self, method: &Method) -> Option<&'static Further> {
        self.further.filter(|further| further.method == *method)
    }

    /// Whether everybody is answered.
    pub(crate) fn is_public(&self) -> bool {
        self.path == "/health"
    }

    /// Whether it is about runs that are on their way, which a server may not allow.
    pub(crate) fn is_of_jobs(&self) -> bool {
        self.path.starts_with("/api/v1/runs")
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
