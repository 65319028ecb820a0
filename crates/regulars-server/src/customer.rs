//! Everything in the run about one customer, for page, charts and API.

use regulars_core::dates::{DAY_MICROS, format_day};
use regulars_core::risk::recent_spend_and_at_risk;
use regulars_core::tables::{ColumnDef, ltv_predictions, rfm_scores};
use schemars::JsonSchema;
use serde::Serialize;

use crate::backend::BackendError;
use crate::columns::Column;
use crate::error::ServerError;
use crate::frame::{Integers, Numbers, present};
use crate::view::View;

const OF: ltv_predictions::Columns<ColumnDef> = ltv_predictions::COLUMNS;

/// One customer.
#[derive(Debug, Clone, JsonSchema, Serialize)]
pub(crate) struct Customer {
    /// Its row in the frame.
    #[serde(skip)]
    pub(crate) row: usize,
    /// As written in the run.
    pub(crate) id: String,
    pub(crate) segment: String,
    pub(crate) cluster: Option<String>,
    pub(crate) recency_days: i64,
    #[serde(rename = "frequency")]
    pub(crate) orders_counted: i64,
    /// Spend, minor units.
    #[serde(rename = "monetary_minor")]
    pub(crate) spend_minor: i64,
    /// Recency, frequency, monetary.
    pub(crate) scores: [i64; 3],
    pub(crate) rfm_score: i64,
    /// Decile of predicted LTV, 1 is the highest.
    pub(crate) decile: Option<i64>,
    pub(crate) value: Option<CustomerValue>,
    /// Spend in the horizon at the usual cadence, minor units; `None` with one order.
    #[serde(skip)]
    pub(crate) spend_at_cadence_minor: Option<f64>,
    /// Recent spend; null without lifetime value.
    pub(crate) recent_spend_minor: Option<f64>,
    /// How much of it is at risk.
    pub(crate) at_risk_minor: Option<f64>,
    pub(crate) opportunity: Option<Opportunity>,
    /// Chronological.
    pub(crate) orders: Vec<Order>,
    /// Display names and values.
    pub(crate) attributes: Vec<(String, String)>,
}

/// Forecast for one customer; NaN for numbers that the run lacks.
#[derive(Debug, Clone, JsonSchema, Serialize)]
pub(crate) struct CustomerValue {
    #[serde(rename = "predicted_ltv_minor")]
    pub(crate) expected_minor: i64,
    #[serde(rename = "predicted_low_minor")]
    pub(crate) low_minor: i64,
    #[serde(rename = "predicted_high_minor")]
    pub(crate) high_minor: i64,
    #[schemars(with = "Option<f64>")]
    pub(crate) p_alive: f64,
    #[schemars(with = "Option<f64>")]
    pub(crate) p_purchase: f64,
    #[schemars(with = "Option<f64>")]
    pub(crate) p_churn: f64,
    #[serde(rename = "expected_purchases")]
    #[schemars(with = "Option<f64>")]
    pub(crate) purchases: f64,
    #[serde(rename = "next_purchase_days")]
    #[schemars(with = "Option<f64>")]
    pub(crate) next_days: f64,
    /// Expected spend in the holdout period; null for customers acquired later.
    pub(crate) holdout_ltv_minor: Option<i64>,
    /// Actual spend in the holdout period.
    pub(crate) actual_ltv_minor: Option<i64>,
}

/// Upside of a customer compared with look-alikes, minor units.
#[derive(Debug, Clone, JsonSchema, Serialize)]
pub(crate) struct Opportunity {
    pub(crate) kind: String,
    #[serde(rename = "predicted_ltv_minor")]
    pub(crate) expected_minor: i64,
    #[serde(rename = "similar_customers_ltv_minor")]
    pub(crate) look_alike_minor: i64,
    pub(crate) upside_minor: i64,
}

/// One order or refund.
#[derive(Debug, Clone, JsonSchema, Serialize)]
pub(crate) struct Order {
    /// Days from 1970.
    #[serde(skip)]
    pub(crate) day: i32,
    pub(crate) date: String,
    pub(crate) amount_minor: i64,
    pub(crate) is_purchase: bool,
}

/// The row of the customer with that ID.
///
/// # Errors
///
/// Any [`BackendError`] while reading the IDs.
pub(crate) fn row_of(view: &View, id: &str) -> Result<Option<usize>, BackendError> {
    let ids = view.frame.ids()?;
    Ok(match &*ids {
        Column::Text(text) => {
            let code = text.values.iter().position(|value| value == id);
            code.and_then(|code| text.codes.iter().position(|c| *c as usize == code))
        }
        other => (0..other.len()).find(|row| other.display(*row) == id),
    })
}

/// The customer named in the URL.
///
/// # Errors
///
/// [`ServerError::UnknownCustomer`]; any [`BackendError`] while reading the columns.
pub(crate) fn customer(view: &View) -> Result<Customer, ServerError> {
    let id = view.query.shown.customer.clone().unwrap_or_default();
    let unknown = ServerError::UnknownCustomer { id: id.clone(), dataset: view.dataset().to_owned() };
    let row = row_of(view, &id)?.ok_or(unknown)?;
    let frame = &view.frame;
    let cluster = frame.clusters()?.and_then(|clusters| clusters.label(row).map(str::to_owned));
    let decile = frame.deciles()?.and_then(|deciles| deciles.label(row).and_then(|label| label.parse().ok()));
    let mut attributes = Vec::new();
    for name in &frame.attribute_names()?.0 {
        if let Some(attribute) = frame.attribute(name)?
            && let Some(label) = attribute.classes.label(row)
        {
            attributes.push((attribute.title(), label.to_owned()));
        }
    }
    let stakes = frame.stakes()?.map(|stakes| {
        recent_spend_and_at_risk([stakes.spent_lately_minor(row)], [stakes.chance_to_lose(row)])
    });
    Ok(Customer {
        row,
        id,
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
        value: value(view, row)?,
        recent_spend_minor: stakes.map(|[recent, _]| recent),
        at_risk_minor: stakes.map(|[_, at_risk]| at_risk),
        spend_at_cadence_minor: frame
            .cadence()?
            .and_then(|cadence| cadence.spend_at_cadence_of(row, frame.manifest.config.value.horizon_days)),
        opportunity: opportunity(view, row)?,
        orders: orders(view, row)?,
        attributes,
    })
}

fn value(view: &View, row: usize) -> Result<Option<CustomerValue>, BackendError> {
    let frame = &view.frame;
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

fn opportunity(view: &View, row: usize) -> Result<Option<Opportunity>, BackendError> {
    let Some(found) = view.frame.opportunities()? else { return Ok(None) };
    let of = |column: &Integers| present(column[row]);
    Ok(match (of(&found.expected_minor), of(&found.look_alike_minor), of(&found.upside_minor)) {
        (Some(expected_minor), Some(look_alike_minor), Some(upside_minor)) => Some(Opportunity {
            kind: found.kinds.label(row).unwrap_or_default().to_owned(),
            expected_minor,
            look_alike_minor,
            upside_minor,
        }),
        _ => None,
    })
}

/// The orders of one customer, chronological.
fn orders(view: &View, row: usize) -> Result<Vec<Order>, BackendError> {
    let all = view.frame.orders()?;
    let mut found: Vec<Order> = (0..all.customer.len())
        .filter(|at| all.customer[*at] as usize == row)
        .map(|at| Order {
            day: all.day[at],
            date: format_day(i64::from(all.day[at]) * DAY_MICROS),
            amount_minor: all.amount_minor[at],
            is_purchase: all.is_purchase[at],
        })
        .collect();
    // Stable sort: orders of one day keep the order of the files.
    found.sort_by_key(|order| order.day);
    Ok(found)
}
