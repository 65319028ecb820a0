//! A run in progress: `/runs/{id}`.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use regulars_analysis::format::{self, sentence};
use regulars_core::progress::Unit;
use regulars_core::question::{Question, Reading};

use super::nav::Page;
use super::problem::{or_problem, problem};
use super::shell::{Shell, render};
use crate::error::ServerError;
use crate::extract::UrlPath;
use crate::guard::Visitor;
use crate::runs::{Job, StageView, State as RunState};
use crate::shared::Shared;

/// A run in progress.
#[derive(Template)]
#[template(path = "run.html")]
struct RunPage {
    shell: Shell,
    id: String,
    dataset: String,
    heading: &'static str,
    lead: String,
    is_over: bool,
    stages: Vec<StageRow>,
    notes: Vec<String>,
    problem: Option<(String, Option<String>)>,
    question: Option<QuestionView>,
    /// Where the new run is shown.
    shown: String,
    is_done: bool,
    form_token: String,
}

/// A question about how to read the files.
struct QuestionView {
    text: String,
    readings: Vec<ReadingRow>,
}

/// One way to read the files.
struct ReadingRow {
    meaning: String,
    /// Resulting customers, orders and revenue, or why this reading fails.
    counts: Result<[String; 3], String>,
    flag: String,
}

fn question(question: &Question) -> QuestionView {
    let reading = |reading: &Reading| ReadingRow {
        meaning: sentence(&reading.meaning),
        counts: match (&reading.figures, &reading.problem) {
            (Some(f), _) => Ok([
                format::count(f.customers),
                format::count(f.orders),
                format::Money::new(None, f.money_decimals).exact(f.net_minor),
            ]),
            (None, problem) => Err(problem.as_deref().map_or_else(String::new, sentence)),
        },
        flag: reading.flag(),
    };
    QuestionView { text: sentence(&question.text), readings: question.readings.iter().map(reading).collect() }
}

/// One stage, formatted.
struct StageRow {
    name: String,
    amount: String,
    seconds: String,
    /// Progress, if the total is known.
    percent: Option<u32>,
    ended: bool,
}

fn row(stage: &StageView) -> StageRow {
    let word = |n: u64| match stage.unit {
        Unit::Bytes => format::bytes(n),
        Unit::Rows => format::counted(n, "row", "rows"),
        Unit::Parts => format::counted(n, "part", "parts"),
    };
    let amount = match stage.total {
        Some(total) if !stage.ended => format!("{} of {}", word(stage.done), word(total)),
        Some(total) => word(total),
        None if stage.done > 0 => word(stage.done),
        None => String::new(),
    };
    StageRow {
        name: stage.stage.clone(),
        amount,
        seconds: format!("{:.1} s", stage.seconds),
        percent: stage.share.filter(|_| !stage.ended).map(|share| (share * 100.0) as u32),
        ended: stage.ended,
    }
}

/// Shows the progress of a run.
pub(crate) async fn run(
    State(shared): State<Shared>,
    Extension(visitor): Extension<Visitor>,
    path: Result<UrlPath<String>, ServerError>,
) -> Response {
    let found = path.and_then(|UrlPath(id)| Ok(shared.runs()?.find(&id)?));
    let page = found.and_then(|job| {
        let view = job.view();
        let dataset = view.order.dataset;
        let question_of_run = view.error.as_ref().and_then(|failure| failure.question.as_deref());
        let heading = match view.state {
            RunState::Failed if question_of_run.is_some() => "The files can be read in more than one way",
            RunState::Waiting => "Run queued",
            RunState::Running => "Run in progress",
            RunState::Done => "Run finished",
            RunState::Failed => "Run failed",
            RunState::Cancelled => "Run cancelled",
        };
        let as_of = view.order.as_of.map_or_else(String::new, |day| format!(", as of {day}"));
        render(&RunPage {
            shell: Shell::plain(&format!("{dataset} – {}", heading.to_lowercase()), &[]),
            heading,
            lead: format!("Data set {dataset}{as_of}, {:.1} seconds", view.seconds),
            is_over: job.is_over(),
            stages: view.stages.iter().map(row).collect(),
            notes: view.notes,
            question: question_of_run.map(question),
            problem: view
                .error
                .filter(|failure| failure.question.is_none())
                .map(|e| (sentence(&e.message), e.hint.as_deref().map(sentence))),
            shown: Page::Summary.path(&dataset),
            is_done: view.state == RunState::Done,
            form_token: visitor.form_token.unwrap_or_default(),
            id: view.id,
            dataset,
        })
    });
    or_problem(&shared, page).await
}

/// Cancels a run from its page.
pub(crate) async fn cancel(
    State(shared): State<Shared>,
    path: Result<UrlPath<String>, ServerError>,
) -> Response {
    let found = path.and_then(|UrlPath(id)| Ok(shared.runs()?.find(&id)?));
    match found {
        Ok(job) => {
            Job::cancel(&job);
            Redirect::to(&format!("/runs/{}", job.id)).into_response()
        }
        Err(error) => problem(&shared, error).await,
    }
}
