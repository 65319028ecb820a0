//! Runs started from pages and API, over a runner that follows a script.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use regulars_core::progress::{Progress as _, Unit};
use regulars_core::question::{Question, Reading, ReadingFigures};
use tower::ServiceExt as _;

use super::fake::Fake;
use super::outside::{self};
use super::{TestResponse, ask};
use crate::{App, RunFailure, RunOrder, RunProgress, Runner, ServerConfig, app};

/// The next instruction for the runner.
pub(super) enum Instruction {
    Step(&'static str, Option<u64>),
    Advance(u64),
    Note(&'static str),
    End(Result<&'static str, &'static str>),
    Ask(Question),
}

struct ScriptedRunner(Mutex<Receiver<Instruction>>);

impl Runner for ScriptedRunner {
    fn check(&self, order: &RunOrder) -> Result<(), RunFailure> {
        match order.as_of.as_deref() {
            Some("never") => Err(RunFailure::new("`never` is not a date", None)),
            _ => Ok(()),
        }
    }

    fn run(&self, order: &RunOrder, progress: &RunProgress) -> Result<String, RunFailure> {
        let instructions = self.0.lock().expect("one at a time");
        for setting in &order.set {
            progress.note(setting);
        }
        loop {
            match instructions.recv_timeout(Duration::from_millis(20)) {
                Ok(Instruction::Step(name, total)) => progress.step(name, total, Unit::Rows),
                Ok(Instruction::Advance(amount)) => progress.advance(amount),
                Ok(Instruction::Note(note)) => progress.note(note),
                Ok(Instruction::End(Ok(run))) => return Ok(run.to_owned()),
                Ok(Instruction::Ask(question)) => {
                    let failure = RunFailure::new(question.text.clone(), None);
                    return Err(RunFailure { question: Some(Box::new(question)), ..failure });
                }
                Ok(Instruction::End(Err(message))) => {
                    return Err(RunFailure::new(message, Some("mend it".to_owned())));
                }
                Err(_) if progress.is_cancelled() => {
                    return Err(RunFailure::new("cancelled", None));
                }
                Err(_) => {}
            }
        }
    }
}

pub(super) fn works() -> (App, SyncSender<Instruction>) {
    let (sender, instructions) = sync_channel(100);
    let runner: Arc<dyn Runner> = Arc::new(ScriptedRunner(Mutex::new(instructions)));
    let serving =
        ServerConfig { backend: Fake::demo().backend(), guard: outside::open(), runner: Some(runner) };
    (app(serving), sender)
}

pub(super) async fn order(app: &App, body: &str) -> TestResponse {
    let request = Request::post("/api/v1/runs").header("content-type", "application/json");
    ask(app, request.body(Body::from(body.to_owned())).expect("a request")).await
}

async fn get(app: &App, path: &str) -> TestResponse {
    ask(app, Request::get(path).body(Body::empty()).expect("a request")).await
}

/// Asks until a field is as expected.
pub(super) async fn until(app: &App, path: &str, field: &str, expected: &str) -> serde_json::Value {
    let began = Instant::now();
    loop {
        let response = get(app, path).await.json();
        if response.pointer(field).is_some_and(|value| value == expected) {
            return response;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{field} never became {expected}: {response}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_run_is_started_watched_and_done() {
    let (app, sender) = works();
    let begun = order(&app, r#"{"dataset": "kaggle", "as_of": "2024-12-31"}"#).await;
    assert_eq!(begun.status.as_u16(), 202, "{}", begun.body);
    let place = begun.header("location").to_owned();
    assert_eq!(place, format!("/api/v1/runs/{}", begun.json()["id"].as_str().expect("an id")));
    assert_eq!(begun.json()["as_of"], "2024-12-31");
    for instruction in [
        Instruction::Step("Reading orders", Some(200)),
        Instruction::Advance(50),
        Instruction::Note("dates are UTC"),
    ] {
        sender.send(instruction).expect("the runner listens");
    }
    let view = until(&app, &place, "/notes/0", "dates are UTC").await;
    assert_eq!((view["state"].as_str(), view["stages"][0]["share"].as_f64()), (Some("running"), Some(0.25)));
    let page = get(&app, &place.replace("/api/v1", "")).await;
    for expected in
        ["Run in progress", "Reading orders", "50 rows of 200 rows", "Cancel this run", "data-run-events"]
    {
        assert!(page.body.contains(expected), "the page lacks {expected}");
    }

    let again = order(&app, r#"{"dataset": "kaggle"}"#).await;
    assert_eq!((again.status.as_u16(), again.json()["code"].as_str()), (409, Some("run_in_progress")));
    assert!(
        again.json()["hint"].as_str().is_some_and(|hint| hint.contains(view["id"].as_str().unwrap_or("?")))
    );

    sender.send(Instruction::End(Ok("20250104T000000Z-1"))).expect("the runner listens");
    let view = until(&app, &place, "/state", "done").await;
    assert_eq!(view["run_id"], "20250104T000000Z-1");
    let page = get(&app, &place.replace("/api/v1", "")).await;
    assert!(page.body.contains("View the new run") && page.body.contains("href=\"/d/kaggle\""));
    assert!(!page.body.contains("data-run-events"));
    assert_eq!(order(&app, r#"{"dataset": "kaggle"}"#).await.status.as_u16(), 202, "the next may begin");
}

#[tokio::test]
async fn a_failure_is_said_in_words_with_what_to_do() {
    let (app, sender) = works();
    let place = order(&app, r#"{"dataset": "kaggle"}"#).await.header("location").to_owned();
    sender.send(Instruction::End(Err("cannot read `orders.csv`"))).expect("the runner listens");
    let view = until(&app, &place, "/state", "failed").await;
    assert_eq!(view["error"]["hint"], "mend it");
    let page = get(&app, &place.replace("/api/v1", "")).await;
    assert!(
        page.body.contains("Cannot read “orders.csv”.") && page.body.contains("Mend it."),
        "{}",
        page.body
    );
}

/// A question with a reading that counts and one that asks further.
pub(super) fn question() -> Question {
    let figures = ReadingFigures { customers: 2, orders: 3, net_minor: 123_400, money_decimals: 2 };
    Question {
        text: "the amounts of `orders.csv` can be read in two ways".to_owned(),
        readings: vec![
            Reading { figures: Some(figures), ..Reading::new("of the order", "source.amount_is=order") },
            Reading {
                problem: Some("asks further: who bought?".to_owned()),
                ..Reading::new("of the row", "source.amount_is=row")
            },
        ],
    }
}

#[tokio::test]
async fn a_question_is_shown_with_its_readings_and_answered_by_a_form() {
    let (app, sender) = works();
    let begun = order(&app, r#"{"dataset": "kaggle", "as_of": "2024-12-31"}"#).await;
    let place = begun.header("location").to_owned();
    sender.send(Instruction::Ask(question())).expect("the runner listens");
    let view = until(&app, &place, "/state", "failed").await;
    assert_eq!(view["error"]["question"]["readings"][0]["figures"]["net_minor"], 123_400);
    let shown = place.replace("/api/v1", "");
    let page = get(&app, &shown).await.body;
    for expected in [
        "The amounts of “orders.csv” can be read in two ways.",
        "1,234.00",
        "--set source.amount_is=order",
        "Asks further: who bought?",
    ] {
        assert!(page.contains(expected), "the page lacks {expected}: {page}");
    }
    let response = async |reading: &str| {
        let token = page.split("name=\"form_token\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let body = format!("form_token={}&reading={reading}", token.expect("a form"));
        let request = Request::post(format!("{shown}/answer"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(body));
        ask(&app, request.expect("a request")).await
    };
    assert_eq!(response("2").await.status.as_u16(), 400, "there are two");
    let again = response("0").await;
    assert_eq!(again.status.as_u16(), 303, "{}", again.body);
    let next = format!("/api/v1{}", again.header("location"));
    let view = until(&app, &next, "/notes/0", "source.amount_is=order").await;
    assert_eq!(
        (view["as_of"].as_str(), view["set"][0].as_str()),
        (Some("2024-12-31"), Some("source.amount_is=order"))
    );
    drop(sender);
}

#[tokio::test]
async fn a_run_is_cancelled_while_it_runs_and_while_it_waits() {
    let (app, sender) = works();
    let first = order(&app, r#"{"dataset": "kaggle"}"#).await.header("location").to_owned();
    sender.send(Instruction::Step("Reading orders", None)).expect("the runner listens");
    until(&app, &first, "/state", "running").await;
    let second = order(&app, r#"{"dataset": "synthetic"}"#).await.header("location").to_owned();
    assert_eq!(get(&app, &second).await.json()["state"], "waiting");
    for place in [&second, &first] {
        let response = ask(&app, Request::delete(place).body(Body::empty()).expect("a request")).await;
        assert_eq!(response.status.as_u16(), 202);
        until(&app, place, "/state", "cancelled").await;
    }
    assert_eq!(get(&app, "/api/v1/runs").await.json()["runs"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn orders_that_cannot_be_are_refused_at_once() {
    let (app, _tell) = works();
    for (body, status, code) in [
        ("", 400, "bad_request"),
        ("[]", 400, "bad_request"),
        (r#"{"dataset": "kaggle", "rules": "/etc/passwd"}"#, 400, "bad_request"),
        (r#"{"dataset": "../x"}"#, 404, "unknown_dataset"),
        (r#"{"dataset": "kaggle", "as_of": "never"}"#, 422, "cannot_run"),
    ] {
        let response = order(&app, body).await;
        assert_eq!(
            (response.status.as_u16(), response.json()["code"].as_str()),
            (status, Some(code)),
            "{body}"
        );
    }
    assert_eq!(get(&app, "/api/v1/runs/none").await.status.as_u16(), 404);
    assert_eq!(get(&app, "/runs/none").await.status.as_u16(), 404);
}

#[tokio::test]
async fn the_queue_has_an_end() {
    let (sender, instructions) = sync_channel::<Instruction>(1);
    let runner: Arc<dyn Runner> = Arc::new(ScriptedRunner(Mutex::new(instructions)));
    let names = (0..12).map(|n| format!("shop{n}"));
    let backend = Fake { datasets: names.collect(), ..Fake::demo() };
    let app = app(ServerConfig { backend: backend.backend(), guard: outside::open(), runner: Some(runner) });
    let mut statuses = Vec::new();
    for n in 0..12 {
        statuses.push(order(&app, &format!(r#"{{"dataset": "shop{n}"}}"#)).await.status.as_u16());
    }
    // Eight wait and one runs, once the runner has taken it.
    let taken = statuses.iter().filter(|status| **status == 202).count();
    assert!((8..=9).contains(&taken), "{statuses:?}");
    assert_eq!(statuses.last(), Some(&503), "{statuses:?}");
    drop(sender);
}

/// Reads events until one of that name has come.
async fn events(app: &App, path: &str, last: Option<&str>, until: &str) -> String {
    let mut request = Request::get(path);
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let request = request.body(Body::empty()).expect("a request");
    let response = app.router.clone().oneshot(request).await.expect("the router never fails");
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut body = response.into_body();
    let mut text = String::new();
    while !text.contains(&format!("event: {until}\n")) || !text.ends_with("\n\n") {
        let frame = tokio::time::timeout(Duration::from_secs(20), body.frame()).await.expect("in time");
        let Some(frame) = frame else { break };
        let data = frame.expect("no error").into_data().expect("data");
        text.push_str(std::str::from_utf8(&data).expect("text"));
    }
    text
}

#[tokio::test]
async fn events_come_as_it_goes_and_go_on_where_they_broke() {
    let (app, sender) = works();
    let place = order(&app, r#"{"dataset": "kaggle"}"#).await.header("location").to_owned() + "/events";
    for instruction in [
        Instruction::Step("Reading orders", Some(100)),
        Instruction::Advance(100),
        Instruction::Step("Summing up", None),
    ] {
        sender.send(instruction).expect("the runner listens");
    }
    let text = events(&app, &place, Some("1"), "stage").await;
    assert!(text.contains("id: 2") && text.contains("Summing up") && !text.contains("id: 1\n"), "{text}");
    let text = events(&app, &place, None, "progress").await;
    assert!(text.contains("id: 1") && text.contains("Reading orders") && text.contains("id: 2"), "{text}");
    sender.send(Instruction::End(Ok("20250104T000000Z-1"))).expect("the runner listens");
    let text = events(&app, &place, Some("2"), "end").await;
    assert!(text.contains("event: end") && text.contains("20250104T000000Z-1"), "{text}");
    // All instructions are done.
    assert_eq!(events(&app, &place, Some("3"), "end").await, "");
}

#[tokio::test]
async fn the_page_offers_to_run_again_where_that_is_allowed() {
    let (app, _tell) = works();
    let page = get(&app, "/d/kaggle/data").await.body;
    assert!(page.contains("action=\"/d/kaggle/run\"") && page.contains("name=\"form_token\""));
    assert!(!super::get("/d/kaggle/data").await.body.contains("Run again"));
    let token = page.split("name=\"form_token\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let body = format!("as_of=2024-12-31&form_token={}", token.expect("a token"));
    let request = Request::post("/d/kaggle/run").header("content-type", "application/x-www-form-urlencoded");
    let response = ask(&app, request.body(Body::from(body)).expect("a request")).await;
    assert_eq!(response.status.as_u16(), 303, "{}", response.body);
    let shown = get(&app, response.header("location")).await.body;
    assert!(shown.contains("as of 2024-12-31"), "{shown}");
}

#[tokio::test]
async fn an_open_page_learns_of_a_newer_run() {
    let (app, _tell) = works();
    let current = get(&app, "/api/v1/d/kaggle/current").await.json();
    assert_eq!(current["run_id"], super::fake::CURRENT_RUN);
    let page = get(&app, "/d/kaggle").await.body;
    assert!(page.contains(&format!("data-current=\"{}\" data-dataset=\"kaggle\"", super::fake::CURRENT_RUN)));
    let older = get(&app, &format!("/d/kaggle?run={}", super::fake::OLDER_RUN)).await.body;
    assert!(!older.contains("data-current"));
}
