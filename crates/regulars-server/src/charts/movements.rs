//! Movements between segments: a Sankey diagram, net change per segment, and a file per customer.

use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::frame::present;
use regulars_analysis::movements::{Flow, Movements, movements};
use regulars_analysis::table::{Cell, Table, line};
use regulars_core::label;
use regulars_core::tables::rfm_scores;
use serde_json::{Value, json};

use super::figure::{Drawn, Figure, label, short_label};
use crate::palette;
use crate::view::View;

/// Gap between two segments, as a share of the height.
const GAP: f64 = 0.025;

fn colour(found: &Movements, place: usize) -> String {
    if place < found.outside() { palette::segment(place) } else { "--chart-2".to_owned() }
}

/// A Sankey diagram from the segments then to the segments now.
pub(super) fn streams(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(found) = movements(view)? else { return Ok(None) };
    let all: u64 = found.flows().map(|(_, _, flow)| flow.customers).sum();
    if all == 0 {
        return Ok(None);
    }
    let money = &view.money;
    // Segments then on the left, now on the right; empty ones are left out.
    let left: Vec<(usize, Flow)> =
        (0..=found.outside()).map(|at| (at, found.from(at))).filter(|(_, f)| f.customers > 0).collect();
    let right: Vec<(usize, Flow)> =
        (0..=found.outside()).map(|at| (at, found.to(at))).filter(|(_, f)| f.customers > 0).collect();
    let node =
        |side: &[(usize, Flow)], place: usize| side.iter().position(|(at, _)| *at == place).unwrap_or(0);
    let flows: Vec<(usize, usize, &Flow)> = found.flows().collect();
    let middles = |side: &[(usize, Flow)]| -> Vec<f64> {
        let room = 1.0 - GAP * (side.len() - 1) as f64;
        let mut above = 0.0;
        side.iter()
            .map(|(_, flow)| {
                let height = flow.customers as f64 / all as f64 * room;
                let middle = above + height / 2.0;
                above += height + GAP;
                middle.clamp(0.001, 0.999)
            })
            .collect()
    };
    let name =
        |text: String, flow: &Flow| format!("{} {}", short_label(&text, 18), format::count(flow.customers));
    let labels = left
        .iter()
        .map(|(at, flow)| name(found.was(*at), flow))
        .chain(right.iter().map(|(at, flow)| name(found.is(*at), flow)));
    let said = left
        .iter()
        .map(|(at, flow)| (found.was(*at), "then", flow))
        .chain(right.iter().map(|(at, flow)| (found.is(*at), "now", flow)))
        .map(|(name, when, flow)| {
            format!("{} {when}: {}", label(&name), format::counted(flow.customers, "customer", "customers"))
        });
    let details = flows.iter().map(|(from, to, flow)| {
        let of = found.from(*from).customers;
        format!(
            concat!("{} → {}<br>{}, {} of {}<br>{} of ", label!(revenue)),
            label(&found.was(*from)),
            label(&found.is(*to)),
            format::counted(flow.customers, "customer", "customers"),
            format::percent(flow.customers as f64 / of as f64),
            label(&found.was(*from)),
            money.rounded(flow.spend_minor as f64)
        )
    });
    let both = found.both();
    let stayed = found.stayed().customers as f64 / both.customers as f64;
    Ok(Some(Drawn {
        title: match (both.customers, &found.past.run) {
            (0, Some(_)) => "None of these customers is in both runs".to_owned(),
            (0, None) => format!("None of these customers had ordered by {}", format::day(&found.past.day)),
            (_, Some(_)) => format!("{} of {} are in the same segment", format::percent(stayed), found.of_both()),
            (_, None) => format!(
                "{} of {} are in the same segment on {}",
                format::percent(stayed),
                found.of_both(),
                format::day(&view.frame.summary.as_of)
            ),
        },
        advice: "Segments then on the left, now on the right; a stream's width is its number of customers. Click a stream or a segment for its customers.".to_owned(),
        units: "customers".to_owned(),
        figure: Figure {
            data: vec![json!({
                "type": "sankey",
                "arrangement": "fixed",
                "textfont": { "size": 12, "color": "--ink", "shadow": "none" },
                "node": {
                    "label": labels.collect::<Vec<String>>(),
                    "color": left.iter().chain(&right).map(|(at, _)| colour(&found, *at)).collect::<Vec<String>>(),
                    "x": left.iter().map(|_| 0.001).chain(right.iter().map(|_| 0.999)).collect::<Vec<f64>>(),
                    "y": middles(&left).into_iter().chain(middles(&right)).collect::<Vec<f64>>(),
                    "customdata": said.collect::<Vec<String>>(),
                    "hovertemplate": "%{customdata}<extra></extra>",
                    "pad": 10,
                    "thickness": 14,
                    "line": { "width": 0 },
                },
                "link": {
                    "source": flows.iter().map(|(from, _, _)| node(&left, *from)).collect::<Vec<usize>>(),
                    "target": flows.iter().map(|(_, to, _)| left.len() + node(&right, *to)).collect::<Vec<usize>>(),
                    "value": flows.iter().map(|(_, _, flow)| flow.customers).collect::<Vec<u64>>(),
                    "color": flows.iter().map(|(from, _, _)| format!("{}/40", colour(&found, *from))).collect::<Vec<String>>(),
                    "customdata": details.collect::<Vec<String>>(),
                    "hovertemplate": "%{customdata}<extra></extra>",
                },
            })],
            layout: json!({ "height": 300 + 34 * left.len().max(right.len()), "showlegend": false, "margin": { "l": 12, "r": 12, "t": 12, "b": 12 } }),
            links: json!({
                "streams": flows.iter().map(|(from, to, _)| json!(view.moved(&found, Some(*from), Some(*to)))).collect::<Vec<Value>>(),
                "nodes": left.iter().map(|(at, _)| json!(view.moved(&found, Some(*at), None)))
                    .chain(right.iter().map(|(at, _)| json!(view.moved(&found, None, Some(*at))))).collect::<Vec<Value>>(),
            }),
        },
        table: flows_table(view, &found),
    }))
}

fn flows_table(view: &View, found: &Movements) -> Table {
    let mut table = Table::new(&[
        ("was", "Segment then"),
        ("is", "Segment now"),
        ("customers", "Customers"),
        ("share_of_then", "Share of segment then"),
        ("revenue", label!(Revenue)),
        ("revenue_since", concat!(label!(Revenue), " since")),
        ("rfm_score_rose", "RFM score rose"),
        ("rfm_score_fell", "RFM score fell"),
    ]);
    for (from, to, flow) in found.flows() {
        let of = found.from(from).customers;
        let is_gone = to == found.outside();
        table.push(
            vec![
                Cell::Text(found.was(from)),
                Cell::Text(found.is(to)),
                Cell::Count(flow.customers),
                Cell::Share(flow.customers as f64 / of as f64),
                Cell::Money(flow.spend_minor as f64),
                Cell::Money(if is_gone { f64::NAN } else { flow.since_minor as f64 }),
                Cell::Count(flow.rose),
                Cell::Count(flow.fell),
            ],
            view.moved(found, Some(from), Some(to)),
        );
    }
    table
}

/// Net change of each segment.
pub(super) fn net(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(found) = movements(view)? else { return Ok(None) };
    let mut table = Table::new(&[
        ("segment", "Segment"),
        ("then", "Then"),
        ("now", "Now"),
        ("net", "Net change"),
        ("stayed", "Stayed"),
        ("came", "From other segments"),
        ("new", "New"),
        ("left", "To other segments"),
        ("gone", "Not in this run"),
        ("revenue", label!(Revenue)),
    ]);
    let outside = found.outside();
    let mut shown = Vec::new();
    for (at, name) in found.segments.iter().enumerate() {
        let (then, now) = (found.from(at).customers, found.to(at).customers);
        if then + now == 0 {
            continue;
        }
        let (stayed, new, gone) = (
            found.flow(at, at).customers,
            found.flow(outside, at).customers,
            found.flow(at, outside).customers,
        );
        let net = now as f64 - then as f64;
        table.push(
            vec![
                Cell::Text(name.clone()),
                Cell::Count(then),
                Cell::Count(now),
                Cell::Number(net),
                Cell::Count(stayed),
                Cell::Count(now - stayed - new),
                Cell::Count(new),
                Cell::Count(then - stayed - gone),
                Cell::Count(gone),
                Cell::Money(found.to(at).spend_minor as f64),
            ],
            view.moved(&found, None, Some(at)),
        );
        shown.push((at, name, then, now, net));
    }
    if shown.is_empty() {
        return Ok(None);
    }
    let signed = |net: f64| {
        let count = format::count(net.abs() as u64);
        if net > 0.0 {
            format!("+{count}")
        } else if net < 0.0 {
            format!("−{count}")
        } else {
            "±0".to_owned()
        }
    };
    // Room for the numbers beside the bars, at both ends.
    let nets = || shown.iter().map(|(.., net)| *net);
    let room = nets().map(f64::abs).fold(1.0, f64::max) * 0.3;
    let (lowest, highest) = (nets().fold(0.0, f64::min), nets().fold(0.0, f64::max));
    let range = [if lowest < 0.0 { lowest - room } else { 0.0 }, highest + room];
    let most = shown.iter().max_by(|a, b| a.4.abs().total_cmp(&b.4.abs()).then(b.0.cmp(&a.0)));
    let title = most.map_or_else(String::new, |(_, name, then, now, net)| {
        if *net == 0.0 {
            "No segment changed in size".to_owned()
        } else {
            format!(
                "{name} {} most: {} then, {} now",
                if *net > 0.0 { "grew" } else { "shrank" },
                format::count(*then),
                format::count(*now)
            )
        }
    });
    let names: Vec<String> = shown.iter().map(|(_, name, ..)| short_label(name, 26)).collect();
    Ok(Some(Drawn {
        title,
        advice: "Customers now minus customers then. A segment of the same size may have different members: the table below shows arrivals and departures.".to_owned(),
        units: "customers".to_owned(),
        figure: Figure {
            data: vec![json!({
                "type": "bar",
                "orientation": "h",
                "y": (0..shown.len()).collect::<Vec<usize>>(),
                "x": shown.iter().map(|(.., net)| *net).collect::<Vec<f64>>(),
                "text": shown.iter().map(|(.., net)| signed(*net)).collect::<Vec<String>>(),
                "textposition": "outside",
                "cliponaxis": false,
                "customdata": shown.iter().map(|(_, name, then, now, _)| format!("{}<br>{} then, {} now", label(name), format::count(*then), format::count(*now))).collect::<Vec<String>>(),
                "marker": { "color": shown.iter().map(|(at, ..)| palette::segment(*at)).collect::<Vec<String>>() },
                "hovertemplate": "%{customdata}<extra></extra>",
            })],
            layout: json!({
                "height": 90 + 34 * shown.len().max(3),
                "bargap": 0.36,
                "showlegend": false,
                "margin": { "l": 12, "r": 20, "t": 8, "b": 44 },
                "xaxis": { "title": { "text": "Change in customers", "standoff": 8 }, "nticks": 6, "tickformat": "~s", "range": range },
                "yaxis": super::axes::bars(&names),
            }),
            links: json!([shown.iter().map(|(at, ..)| json!(view.moved(&found, None, Some(*at)))).collect::<Vec<Value>>()]),
        },
        table,
    }))
}

/// Every selected customer, then and now, as CSV with a header; `None` without an earlier date to compare
/// with.
pub(crate) fn movements_file(view: &View) -> Result<Option<String>, BackendError> {
    let Some(found) = movements(view)? else { return Ok(None) };
    let (ids, now) = (view.frame.ids()?, view.frame.segments()?);
    let (score, spend) = (view.frame.score(rfm_scores::COLUMNS.rfm_score)?, view.frame.spend_minor()?);
    let (past, money) = (&found.past, &view.money);
    let mut out = String::new();
    line(&mut out, ["customer_id", "was", "is", "rfm_score_then", "rfm_score", "spend_then", "spend"].iter());
    for row in view.chosen.rows() {
        let then = present(past.rfm_score[row]).map_or_else(String::new, |score| score.to_string());
        line(
            &mut out,
            [
                ids.display(row),
                past.segment.label(row).unwrap_or_default().to_owned(),
                now.label(row).unwrap_or_default().to_owned(),
                then,
                score[row].to_string(),
                money.plain(past.spend_minor[row]),
                money.plain(spend[row]),
            ]
            .iter(),
        );
    }
    Ok(Some(out))
}
