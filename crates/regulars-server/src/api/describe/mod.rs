//! Every endpoint of the API, declared once: the router, parameter checks, `/api/openapi.json` and
//! `/api/docs` all derive from this list.

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

/// Most rows of a response that is held in memory.
pub(crate) const MAX_ROWS: u64 = 100_000;

/// The response of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answers {
    /// A shape of `schemas.rs`, as JSON.
    Shape(&'static str),
    /// The same, or null.
    MaybeShape(&'static str),
    /// The same as JSON, or its rows as CSV.
    Csv(&'static str),
    /// The same as JSON, or its rows as CSV or Arrow.
    Rows(&'static str),
    /// CSV only.
    File,
    /// Server-sent events.
    Events,
    /// This document itself.
    Document,
}

impl Answers {
    /// The named JSON shape, if any.
    pub(crate) fn shape(self) -> Option<&'static str> {
        match self {
            Self::Shape(name) | Self::MaybeShape(name) | Self::Csv(name) | Self::Rows(name) => Some(name),
            Self::File | Self::Events | Self::Document => None,
        }
    }

    /// The available formats, the default first.
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

/// An operation of an endpoint by another method than GET.
pub(crate) struct Further {
    pub(crate) method: Method,
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) more: &'static str,
    pub(crate) takes: &'static [Takes],
    /// The shape of the request body, as JSON.
    pub(crate) body: Option<&'static str>,
    /// An example request body.
    pub(crate) example: &'static str,
    /// Status code on success.
    pub(crate) status: u16,
    pub(crate) answers: Answers,
    pub(crate) errors: &'static [(u16, &'static str)],
}

impl Further {
    /// All query parameters.
    pub(crate) fn parameters(&self) -> Vec<Parameter> {
        self.takes.iter().flat_map(|takes| parameters(*takes)).collect()
    }
}

/// One endpoint of the API.
pub(crate) struct Endpoint {
    pub(crate) path: &'static str,
    /// Operation id, for generated clients.
    pub(crate) id: &'static str,
    /// Summary, in one sentence.
    pub(crate) title: &'static str,
    /// Further description.
    pub(crate) more: &'static str,
    pub(crate) takes: &'static [Takes],
    pub(crate) answers: Answers,
    /// The operation by another method than GET.
    pub(crate) further: Option<&'static Further>,
    /// Error codes besides those of every endpoint.
    pub(crate) errors: &'static [(u16, &'static str)],
    /// An example on the demo data: path parameters and query string.
    pub(crate) example: (&'static [&'static str], &'static str),
    pub(crate) handler: fn() -> MethodRouter<Shared>,
}

impl Endpoint {
    /// All query parameters.
    pub(crate) fn parameters(&self) -> Vec<Parameter> {
        self.takes.iter().flat_map(|takes| parameters(*takes)).collect()
    }

    /// The operation by `method`, if it is not GET.
    pub(crate) fn further_by(&self, method: &Method) -> Option<&'static Further> {
        self.further.filter(|further| further.method == *method)
    }

    /// Whether it needs no authentication.
    pub(crate) fn is_public(&self) -> bool {
        self.path == "/health"
    }

    /// Whether it is about starting and watching runs, which a server may not allow.
    pub(crate) fn is_of_jobs(&self) -> bool {
        self.path.starts_with("/api/v1/runs")
    }

    /// The path parameters.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }

    /// The path with the file extension of a format.
    pub(crate) fn ending(&self, form: Form) -> String {
        format!("{}.{}", self.path, form.extension())
    }

    /// The formats available by file extension.
    pub(crate) fn endings(&self) -> &'static [Form] {
        let forms = self.answers.forms();
        if forms.len() > 1 { &forms[1..] } else { &[] }
    }

    /// Whether the path ends in a parameter, which then includes the extension.
    pub(crate) fn ends_in_name(&self) -> bool {
        self.path.ends_with('}')
    }

    /// The URL of the example.
    pub(crate) fn example_address(&self) -> String {
        let mut path = self.path.to_owned();
        for (name, value) in self.names().zip(self.example.0) {
            path = path.replace(&format!("{{{name}}}"), value);
        }
        format!("{path}{}", self.example.1)
    }
}
