//! SQL queries: `/d/{dataset}/sql`. The query is part of the URL; without JavaScript the page is a plain
//! form.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use regulars_analysis::error::BackendError;
use regulars_analysis::format::{self, sentence};
use regulars_analysis::rows::{QueryAnswer, QueryRequest, ResultTable, RowColumn, RowFormat};
use regulars_core::label;

use super::nav::Page;
use super::problem::or_problem;
use super::shell::{PageContext, Rights, Shell, render};
use crate::api::sql::{SQL_BYTES, USUAL_ROWS};
use crate::assets;
use crate::error::ServerError;
use crate::extract::{UrlPath, UrlQuery};
use crate::guard::Visitor;
use crate::query::Query;
use crate::shared::Shared;
use crate::view::View;

/// An example query: title, required tables and columns, SQL.
type Question = (&'static str, &'static [(&'static str, &'static str)], &'static str);

const EXAMPLES: &[Question] = &[
    (
        concat!(label!(Revenue), " by segment"),
        &[("rfm_scores", "monetary")],
        "SELECT segment, count(*) AS customers, sum(monetary) AS revenue\nFROM rfm_scores\nGROUP BY segment\nORDER BY revenue DESC",
    ),
    (
        concat!(label!(Revenue), " by month"),
        &[("monthly_revenue", "revenue")],
        "SELECT month, revenue, orders, round(revenue / orders, 2) AS average_order\nFROM monthly_revenue\nORDER BY month",
    ),
    (
        "Repeat rate by month of first order",
        &[("customer_features", "first_purchase"), ("rfm_scores", "frequency")],
        "SELECT date_trunc('month', f.first_purchase) AS month, count(*) AS customers,\n  avg(CASE WHEN r.frequency > 1 THEN 1.0 ELSE 0.0 END) AS repeat_rate\nFROM customer_features AS f\nJOIN rfm_scores AS r ON r.customer_id = f.customer_id\nGROUP BY month\nORDER BY month",
    ),
    (
        "Segments by cluster",
        &[("customer_clusters", "cluster_name"), ("rfm_scores", "segment")],
        "SELECT c.cluster_name, r.segment, count(*) AS customers\nFROM customer_clusters AS c\nJOIN rfm_scores AS r ON r.customer_id = c.customer_id\nGROUP BY c.cluster_name, r.segment\nORDER BY customers DESC",
    ),
    (
        "High value, low P(alive)",
        &[("ltv_predictions", "p_alive"), ("ltv_predictions", "predicted_ltv")],
        "SELECT customer_id, predicted_ltv, p_alive\nFROM ltv_predictions\nWHERE p_alive < 0.5\nORDER BY predicted_ltv DESC\nLIMIT 50",
    ),
    (
        concat!(label!(Revenue), " by category"),
        &[("transactions", "product_category"), ("transactions", "total_amount")],
        "SELECT product_category, count(*) AS lines, sum(total_amount) AS revenue\nFROM transactions\nGROUP BY product_category\nORDER BY revenue DESC",
    ),
];

#[derive(Debug)]
struct Example {
    title: &'static str,
    href: String,
}

/// An error in the query.
#[derive(Debug)]
struct Wrong {
    message: String,
    hint: Option<String>,
    position: Option<(u64, u64)>,
}

/// A cell, and whether it has a value.
type ResultCell = (String, bool);

#[derive(Debug)]
struct Found {
    summary: String,
    cut: Option<String>,
    heads: Vec<RowColumn>,
    rows: Vec<Vec<ResultCell>>,
    csv: String,
    arrow: String,
    json: String,
}

/// The SQL page.
#[derive(Template)]
#[template(path = "sql.html")]
struct SqlPage {
    shell: Shell,
    urls: &'static assets::AssetUrls,
    action: String,
    /// The other parameters of the URL.
    hidden: Vec<(String, String)>,
    sql: String,
    longest: usize,
    /// Height of the text area, in lines.
    lines: usize,
    wrong: Option<Wrong>,
    found: Option<Found>,
    tables: Vec<ResultTable>,
    examples: Vec<Example>,
}

pub(crate) async fn sql(
    State(shared): State<Shared>,
    Extension(visitor): Extension<Visitor>,
    path: Result<UrlPath<String>, ServerError>,
    UrlQuery(query): UrlQuery,
) -> Response {
    let rights = Rights::new(visitor, shared.runs().is_ok());
    let outcome = async {
        let UrlPath(dataset) = path?;
        let query = Query::read(&query)?;
        // Holds a query slot only while the query runs.
        let place = if query.shown.search.is_empty() { None } else { Some(shared.query_slot().await?) };
        shared
            .with_view_of(dataset, query, move |view, backend| {
                let around = PageContext::load(view.dataset(), backend, rights)?;
                let run_id = &view.frame.summary.run_id;
                let sql = &view.query.shown.search;
                let request =
                    QueryRequest { sql: sql.clone(), format: RowFormat::Cells, max_rows: USUAL_ROWS };
                let answer = (!sql.is_empty())
                    .then(|| {
                        backend
                            .computer
                            .query(view.dataset(), Some(run_id), &request)
                            .and_then(|found| shown(view, found))
                    })
                    .transpose();
                drop(place);
                let tables = backend.reader.tables(view.dataset(), run_id, None)?;
                page(view, &around, tables, answer.map_err(ServerError::from))
            })
            .await
    };
    or_problem(&shared, outcome.await).await
}

fn page(
    view: &View,
    around: &PageContext,
    tables: Vec<ResultTable>,
    answer: Result<Option<Found>, ServerError>,
) -> Result<Response, ServerError> {
    let path = Page::Sql.path(view.dataset());
    let mut status = axum::http::StatusCode::OK;
    let (found, wrong) = match answer {
        Ok(found) => (found, None),
        Err(error) => {
            status = error.status();
            let ServerError::Backend(BackendError::Query { message, hint, position, .. }) = &error else {
                return Err(error);
            };
            let wrong = Wrong {
                message: sentence(message),
                hint: hint.as_deref().map(sentence),
                position: *position,
            };
            (None, Some(wrong))
        }
    };
    let has = |(table, column): &(&str, &str)| {
        tables.iter().any(|t| t.name == *table && t.columns.iter().any(|c| c.name == *column))
    };
    let examples = EXAMPLES
        .iter()
        .filter(|(_, needs, _)| needs.iter().all(has))
        .map(|(title, _, sql)| Example {
            title,
            href: view.query.with_shown(|shown| (*sql).clone_into(&mut shown.search)).address(&path),
        })
        .collect();
    let sql = view.query.shown.search.clone();
    let page = SqlPage {
        urls: assets::urls(),
        hidden: view.query.with_default_view().pairs(),
        lines: sql.lines().count().clamp(6, 24),
        sql,
        longest: SQL_BYTES,
        wrong,
        found,
        tables,
        examples,
        shell: Shell { charts: false, ..Shell::of_part(Page::Sql, &path, view, around) },
        action: path,
    };
    Ok((status, render(&page)?).into_response())
}

/// The result as cells.
fn shown(view: &View, answer: QueryAnswer) -> Result<Found, BackendError> {
    let mut bytes = Vec::new();
    for piece in answer.body {
        bytes.extend_from_slice(&piece?);
    }
    let unreadable = |e: serde_json::Error| BackendError::Unreadable {
        message: format!("the rows of the query cannot be read ({e})"),
        hint: None,
    };
    let mut rows = Vec::new();
    for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let cells: Vec<Option<String>> = serde_json::from_slice(line).map_err(unreadable)?;
        let cell = |cell: Option<String>| {
            let is_there = cell.is_some();
            (cell.unwrap_or_else(|| format::NOTHING.to_owned()), is_there)
        };
        rows.push(cells.into_iter().map(cell).collect());
    }
    let file = |ending: &str| {
        let pairs = [("run", answer.run_id.as_str()), ("q", view.query.shown.search.as_str())];
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        format!("/api/v1/d/{}/sql{ending}?{query}", view.dataset())
    };
    Ok(Found {
        summary: format!("{} in {:.2} s", format::counted(answer.rows, "row", "rows"), answer.seconds),
        cut: answer.is_cut.then(|| {
            format!(
                "Result truncated: the page shows the first {} rows, a download up to {}.",
                format::count(USUAL_ROWS),
                format::count(crate::api::paging::MAX_ROWS)
            )
        }),
        heads: answer.columns,
        rows,
        csv: file(".csv"),
        arrow: file(".arrow"),
        json: file(""),
    })
}
