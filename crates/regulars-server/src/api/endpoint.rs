//! One endpoint of the API: its path, parameters, answers and errors.

use axum::http::Method;
use axum::routing::MethodRouter;

use super::body::Body;
use super::form::Form;
use super::parameters::{Parameter, Takes, parameters};
use crate::shared::Shared;

/// The response of an endpoint.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answers {
    /// JSON.
    Json(Body),
    /// JSON, or null.
    MaybeJson(Body),
    /// JSON, or its rows as CSV.
    Csv(Body),
    /// JSON, or its rows as CSV or Arrow.
    Rows(Body),
    /// CSV only.
    File,
    /// Server-sent events.
    Events,
    /// This document itself.
    Document,
}

impl Answers {
    /// The JSON body, if any.
    pub(crate) fn body(self) -> Option<Body> {
        match self {
            Self::Json(body) | Self::MaybeJson(body) | Self::Csv(body) | Self::Rows(body) => Some(body),
            Self::File | Self::Events | Self::Document => None,
        }
    }

    /// The available formats, the default first.
    pub(crate) fn forms(self) -> &'static [Form] {
        match self {
            Self::Json(_) | Self::MaybeJson(_) | Self::Document => &[Form::Json],
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
    /// The request body, as JSON.
    pub(crate) body: Option<Body>,
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
