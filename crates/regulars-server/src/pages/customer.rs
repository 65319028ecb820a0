//! One customer: `/d/{dataset}/customers/{id}`. Orders, scores and forecast.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use regulars_analysis::claims::words;
use regulars_analysis::customer::Customer;
use regulars_analysis::filter::Filter;
use regulars_analysis::format::{self, NOTHING};

use super::answer::shown;
use super::card::ChartCard;
use super::nav::Page;
use super::next_action::{Fact, NextAction, next_action};
use super::shell::{PageContext, Shell, render};
use crate::error::ServerError;
use crate::extract::{UrlPath, UrlQuery};
use crate::guard::Visitor;
use crate::palette;
use crate::query::Query;
use crate::shared::Shared;
use crate::view::View;

/// One order.
#[derive(Debug)]
struct OrderLine {
    day: String,
    amount: String,
    kind: &'static str,
    /// Days since the previous order.
    pause: String,
}

/// One customer.
#[derive(Template)]
#[template(path = "customer.html")]
struct CustomerPage {
    shell: Shell,
    id: String,
    segment: (String, String, String),
    cluster: Option<(String, String, String)>,
    decile: Option<(String, String)>,
    facts: Vec<Fact>,
    value: Vec<Fact>,
    /// Shown if there is no forecast.
    no_value: String,
    next: Option<NextAction>,
    charts: Vec<ChartCard>,
    orders: Vec<OrderLine>,
    attributes: Vec<(String, String)>,
    list: String,
    /// The URL of the customer search.
    search: String,
    json: String,
}

pub(crate) async fn customer(
    State(shared): State<Shared>,
    Extension(visitor): Extension<Visitor>,
    path: Result<UrlPath<(String, String)>, ServerError>,
    UrlQuery(query): UrlQuery,
    headers: HeaderMap,
) -> Response {
    let looked = path.and_then(|UrlPath((dataset, id))| {
        Ok((dataset, Query::read(&query)?.with_shown(|shown| shown.customer = Some(id))))
    });
    shown(&shared, visitor, headers, looked, "/customers/", page).await
}

fn page(view: &View, around: &PageContext) -> Result<Response, ServerError> {
    let found = view.named_customer()?;
    let path = view.customer_path(&found.id);
    let segment = {
        let place = view.frame.segments()?.code(&found.segment).map_or(0, usize::from);
        let filter = Filter::default().with_segment(&found.segment);
        (palette::swatch(&palette::segment(place)), found.segment.clone(), view.customers(filter))
    };
    let cluster = match (&found.cluster, view.frame.clusters()?) {
        (Some(label), Some(clusters)) => {
            let place = clusters.code(label).map_or(0, usize::from);
            Some((
                palette::swatch(&palette::cluster(place)),
                view.frame.cluster_name(label),
                view.customers(Filter::default().with_cluster(label)),
            ))
        }
        _ => None,
    };
    let decile = found.decile.map(|decile| {
        let filter = Filter { deciles: [decile.to_string()].into(), ..Filter::default() };
        (format!("LTV decile {decile}"), view.customers(filter))
    });
    let mut page = CustomerPage {
        id: found.id.clone(),
        segment,
        cluster,
        decile,
        facts: facts(view, &found),
        value: value(view, &found)?,
        no_value: if view.frame.summary.value.is_some() {
            "The run has no forecast for this customer.".to_owned()
        } else {
            "This run has no lifetime value forecast.".to_owned()
        },
        next: next_action(view, &found)?,
        charts: ChartCard::all(view, &["customer-orders", "customer-alive", "customer-drivers"])?,
        orders: orders(view, &found),
        attributes: found.attributes.clone(),
        list: view.customers(view.filter()),
        search: Page::Customers.path(view.dataset()),
        json: view.api(&format!("customers/{}", crate::view::path_part(&found.id))),
        shell: Shell::plain("", &[]),
    };
    page.shell = Shell::of_part(Page::Customers, &path, view, around);
    render(&page)
}

fn days_ago(days: i64) -> String {
    match days {
        ..=0 => "today".to_owned(),
        1 => "1 day ago".to_owned(),
        days => format!("{} days ago", format::count(days.unsigned_abs())),
    }
}

fn facts(view: &View, found: &Customer) -> Vec<Fact> {
    let money = &view.money;
    let first = found.orders.iter().find(|order| order.is_purchase);
    let mut facts = vec![
        Fact {
            label: "Last order",
            value: days_ago(found.recency_days),
            detail: format!("recency score {}", found.scores[0]),
        },
        Fact {
            label: "Orders",
            value: format::count(found.orders_counted.unsigned_abs()),
            detail: format!("frequency score {}", found.scores[1]),
        },
        Fact {
            label: "Spend",
            value: money.exact(found.spend_minor),
            detail: format!("monetary score {}", found.scores[2]),
        },
        Fact {
            label: "RFM score",
            value: found.rfm_score.to_string(),
            detail: "sum of R, F and M scores".to_owned(),
        },
    ];
    if found.orders_counted > 0 {
        facts.push(Fact {
            label: "Average order value",
            value: money.mean(found.spend_minor as f64 / found.orders_counted as f64),
            detail: first
                .map_or_else(String::new, |order| format!("first order {}", format::day(&order.date))),
        });
    }
    facts
}

fn value(view: &View, found: &Customer) -> Result<Vec<Fact>, ServerError> {
    let (Some(value), Some(run)) = (&found.value, &view.frame.summary.value) else { return Ok(Vec::new()) };
    let money = &view.money;
    let share = |share: f64| format::percent(share);
    let mut facts = vec![Fact {
        label: "Predicted LTV",
        value: money.exact(value.expected_minor),
        detail: format!(
            "{} to {}, {:.0}% interval, next {} days",
            money.exact(value.low_minor),
            money.exact(value.high_minor),
            run.interval_level * 100.0,
            run.horizon_days
        ),
    }];
    let mut add_probability = |label, number: f64, detail: String| {
        if number.is_finite() {
            facts.push(Fact { label, value: share(number), detail });
        }
    };
    add_probability(
        "P(purchase)",
        value.p_purchase,
        format!("at least one order in the next {} days", run.horizon_days),
    );
    add_probability("P(churn)", value.p_churn, format!("no order in the next {} days", run.holdout_days));
    if value.purchases.is_finite() {
        facts.push(Fact {
            label: "Expected purchases",
            value: format!("{:.1}", value.purchases),
            detail: if value.next_days.is_finite() {
                format!(
                    "in the next {} days; next order: ~{} days (median)",
                    run.horizon_days,
                    format::count(value.next_days.round().max(0.0) as u64)
                )
            } else {
                format!("in the next {} days", run.horizon_days)
            },
        });
    }
    if let Some((expected, actual)) = value.holdout_ltv_minor.zip(value.actual_ltv_minor) {
        facts.push(Fact {
            label: "Backtest",
            value: money.exact(actual),
            detail: format!(
                "actual spend in the {}-day holdout period; forecast: {}",
                run.holdout_days,
                money.exact(expected)
            ),
        });
    }
    facts.push(Fact {
        label: "Likely still active",
        value: share(value.p_alive),
        detail: words::customer(view.alive_caveat_of(found.row)?.as_ref()),
    });
    Ok(facts)
}

fn orders(view: &View, found: &Customer) -> Vec<OrderLine> {
    let mut before: Option<i32> = None;
    let mut lines = Vec::new();
    for order in &found.orders {
        let pause = match before {
            Some(before) if order.is_purchase => {
                format::counted((order.day - before).unsigned_abs().into(), "day", "days")
            }
            _ => NOTHING.to_owned(),
        };
        if order.is_purchase {
            before = Some(order.day);
        }
        lines.push(OrderLine {
            day: format::day(&order.date),
            amount: view.money.exact(order.amount_minor),
            kind: if order.is_purchase { "order" } else { "refund" },
            pause,
        });
    }
    lines.reverse();
    lines
}
