//! Everything in the run about one customer, for page, charts and API.

use regulars_core::risk::recent_spend_and_at_risk;
use regulars_core::tables::{ColumnDef, ltv_predictions, rfm_scores};
use schemars::JsonSchema;
use serde::Serialize;

use crate::columns::{Column, date_of};
use crate::error::BackendError;
use crate::filtered_run::FilteredRun;
use crate::frame::{Integers, Numbers, present};

const OF: ltv_predictions::Columns<ColumnDef> = ltv_predictions::COLUMNS;

/// One customer.
#[derive(Debug, Clone, JsonSchema, Serialize)]
#[expect(missing_docs, reason = "docs of fields become part of the API's schema")]
pub struct Customer {
    /// Row in the [`Frame`](crate::frame::Frame).
    #[serde(skip)]
    pub row: usize,
    /// As written in the run.
    pub id: String,
    pub segment: String,
    pub cluster: Option<String>,
    pub recency_days: i64,
    #[serde(rename = "frequency")]
    pub orders_counted: i64,
    /// Spend, minor units.
    #[serde(rename = "monetary_minor")]
    pub spend_minor: i64,
    /// Recency, frequency, monetary.
    pub scores: [i64; 3],
    pub rfm_score: i64,
    /// Decile of predicted LTV, 1 is the highest.
    pub decile: Option<i64>,
    pub value: Option<CustomerValue>,
    /// Spend in the horizon at the usual cadence, minor units; `None` with one order.
    #[serde(skip)]
    pub spend_at_cadence_minor: Option<f64>,
    /// Recent spend; null without lifetime value.
    pub recent_spend_minor: Option<f64>,
    /// The part of the recent spend that is at risk.
    pub at_risk_minor: Option<f64>,
    pub opportunity: Option<Opportunity>,
    /// Chronological.
    pub orders: Vec<Order>,
    /// Display names and values.
    pub attributes: Vec<(String, String)>,
}

/// Forecast for one customer; NaN for numbers that the run lacks.
#[derive(Debug, Clone, JsonSchema, Serialize)]
#[expect(missing_docs, reason = "docs of fields become part of the API's schema")]
pub struct CustomerValue {
    #[serde(rename = "predicted_ltv_minor")]
    pub expected_minor: i64,
    #[serde(rename = "predicted_low_minor")]
    pub low_minor: i64,
    #[serde(rename = "predicted_high_minor")]
    pub high_minor: i64,
    #[schemars(with = "Option<f64>")]
    pub p_alive: f64,
    #[schemars(with = "Option<f64>")]
    pub p_purchase: f64,
    #[schemars(with = "Option<f64>")]
    pub p_churn: f64,
    #[serde(rename = "expected_purchases")]
    #[schemars(with = "Option<f64>")]
    pub purchases: f64,
    #[serde(rename = "next_purchase_days")]
    #[schemars(with = "Option<f64>")]
    pub next_days: f64,
    /// Expected spend in the holdout period; null for customers acquired later.
    pub holdout_ltv_minor: Option<i64>,
    /// Actual spend in the holdout period.
    pub actual_ltv_minor: Option<i64>,
}

/// Upside of a customer compared with similar customers, minor units.
#[derive(Debug, Clone, JsonSchema, Serialize)]
#[expect(missing_docs, reason = "docs of fields become part of the API's schema")]
pub struct Opportunity {
    pub kind: String,
    #[serde(rename = "predicted_ltv_minor")]
    pub expected_minor: i64,
    #[serde(rename = "similar_customers_ltv_minor")]
    pub similar_customers_minor: i64,
    pub upside_minor: i64,
}

/// One order or refund.
#[derive(Debug, Clone, JsonSchema, Serialize)]
#[expect(missing_docs, reason = "docs of fields become part of the API's schema")]
pub struct Order {
    /// Days from 1970.
    #[serde(skip)]
    pub day: i32,
    pub date: String,
    pub amount_minor: i64,
    pub is_purchase: bool,
}

/// The row of the customer with that ID.
///
/// # Errors
///
/// Any [`BackendError`] while reading the IDs.
pub fn row_of(run: &FilteredRun, id: &str) -> Result<Option<usize>, BackendError> {
    let ids = run.frame.ids()?;
    Ok(match &*ids {
        Column::Text(text) => {
            let code = text.values.iter().position(|value| value == id);
            code.and_then(|code| text.codes.iter().position(|c| *c as usize == code))
        }
        other => (0..other.len()).find(|row| other.display(*row) == id),
    })
}

/// The customer with that ID.
///
/// Shape: `None` if the run has no such customer.
///
/// # Errors
///
/// Any [`BackendError`] while reading the columns.
pub fn customer(run: &FilteredRun, id: &str) -> Result<Option<Customer>, BackendError> {
    let Some(row) = row_of(run, id)? else { return Ok(None) };
    let frame = &run.frame;
    let cluster = frame.clusters()?.and_then(|clusters| clusters.label(row).map(str::to_owned));
    let decile = frame.deciles()?.and_then(|deciles| deciles.label(row).and_then(|label| label.parse().ok()));
    let mut attributes = Vec::new();
    for name in &*frame.attribute_names()? {
        if let Some(attribute) = frame.attribute(name)?
            && let Some(label) = attribute.classes.label(row)
        {
            attributes.push((attribute.title(), label.to_owned()));
        }
    }
    let recent_spend = frame.recent_spend()?.map(|recent_spend| {
        recent_spend_and_at_risk(
            [recent_spend.recent_spend_minor(row)],
            [recent_spend.churn_probability(row)],
        )
    });
    Ok(Some(Customer {
        row,
        id: id.to_owned(),
        segment: frame.segments()?.label(row).unwrap_or_default().to_owned(),
        cluster,
        recency_days: frame.recency_days()?[row],
        orders_counted: frame.orders_of_each()?[row],
        spend_minor: frame.spend_minor()?[row],
        scores: [
            frame.score(rfm_scores::COLUMNS.r_score)?[row],
            frame.score(rfm_scores::COLUMNS.f_score)?[row],
            frame.score(rfm_scores::COLUMNS.m_score)?[row],
        ],
        rfm_score: frame.score(rfm_scores::COLUMNS.rfm_score)?[row],
        decile,
        value: value(run, row)?,
        recent_spend_minor: recent_spend.map(|[recent, _]| recent),
        at_risk_minor: recent_spend.map(|[_, at_risk]| at_risk),
        spend_at_cadence_minor: frame
            .cadence()?
            .and_then(|cadence| cadence.spend_at_cadence_of(row, frame.manifest.config.value.horizon_days)),
        opportunity: opportunity(run, row)?,
        orders: orders(run, row)?,
        attributes,
    }))
}

fn value(run: &FilteredRun, row: usize) -> Result<Option<CustomerValue>, BackendError> {
    let frame = &run.frame;
    let Some(value) = frame.value()? else { return Ok(None) };
    let Some(expected_minor) = present(value.expected_minor[row]) else { return Ok(None) };
    let number = |column: Option<Numbers>| column.map_or(f64::NAN, |values| values[row]);
    let of = |column| frame.numbers(column);
    let money = |column: &Integers| present(column[row]).unwrap_or(expected_minor);
    let holdout = frame.holdout_spend()?.and_then(|holdout| holdout.pair(row));
    Ok(Some(CustomerValue {
        expected_minor,
        low_minor: money(&value.low_minor),
        high_minor: money(&value.high_minor),
        p_alive: value.p_alive[row],
        p_purchase: number(of(OF.p_purchase)?),
        p_churn: number(of(OF.p_churn)?),
        purchases: number(of(OF.expected_purchases)?),
        next_days: number(of(OF.next_purchase_days)?),
        holdout_ltv_minor: holdout.map(|(expected, _)| expected),
        actual_ltv_minor: holdout.map(|(_, actual)| actual),
    }))
}

fn opportunity(run: &FilteredRun, row: usize) -> Result<Option<Opportunity>, BackendError> {
    let Some(found) = run.frame.opportunities()? else { return Ok(None) };
    let of = |column: &Integers| present(column[row]);
    Ok(match (of(&found.expected_minor), of(&found.similar_customers_minor), of(&found.upside_minor)) {
        (Some(expected_minor), Some(similar_customers_minor), Some(upside_minor)) => Some(Opportunity {
            kind: found.kinds.label(row).unwrap_or_default().to_owned(),
            expected_minor,
            similar_customers_minor,
            upside_minor,
        }),
        _ => None,
    })
}

/// The orders of one customer, chronological.
fn orders(run: &FilteredRun, row: usize) -> Result<Vec<Order>, BackendError> {
    let all = run.frame.orders()?;
    let mut found: Vec<Order> = (0..all.customer.len())
        .filter(|at| all.customer[*at] as usize == row)
        .map(|at| Order {
            day: all.day[at],
            date: date_of(all.day[at]),
            amount_minor: all.amount_minor[at],
            is_purchase: all.is_purchase[at],
        })
        .collect();
    // Stable sort: orders of one day keep the order of the files.
    found.sort_by_key(|order| order.day);
    Ok(found)
}
