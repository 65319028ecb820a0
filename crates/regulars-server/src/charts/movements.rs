//! Movements between segments: a Sankey diagram, net change per segment, and a file per customer.

use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::frame::present;
use regulars_analysis::movements::{Flow, Movements, movements};
use regulars_analysis::table::{Table, TableOf, line};
use regulars_core::label;
use regulars_core::tables::rfm_scores;

use super::axes::Axis;
use super::figure::{Drawn, Figure, label, short_label};
use super::sankey::{Node, Stream, sankey};
use super::trace::Trace;
use crate::palette;
use crate::view::View;

/// A Sankey diagram from the segments then to the segments now.
pub(super) fn streams(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(found) = movements(view)? else { return Ok(None) };
    if found.flows().all(|(_, _, flow)| flow.customers == 0) {
        return Ok(None);
    }
    // Segments then on the left, now on the right; empty ones are left out.
    let side = |of: &dyn Fn(usize) -> Flow| -> Vec<(usize, Flow)> {
        (0..=found.outside()).map(|at| (at, of(at))).filter(|(_, flow)| flow.customers > 0).collect()
    };
    let (left, right) = (side(&|at| found.from(at)), side(&|at| found.to(at)));
    let nodes = |side: &[(usize, Flow)], when: &str| -> Vec<Node> {
        let node = |(at, flow): &(usize, Flow)| {
            let is_then = when == "then";
            let name = if is_then { found.was(*at) } else { found.is(*at) };
            let (from, to) = if is_then { (Some(*at), None) } else { (None, Some(*at)) };
            Node {
                label: format!("{} {}", short_label(&name, 18), format::count(flow.customers)),
                hover: format!("{} {when}: {}", label(&name), format::customers(flow.customers)),
                colour: if *at < found.outside() { palette::segment(*at) } else { "--chart-2".to_owned() },
                customers: flow.customers,
                href: view.moved(&found, from, to),
            }
        };
        side.iter().map(node).collect()
    };
    let place = |side: &[(usize, Flow)], of: usize| side.iter().position(|(at, _)| *at == of).unwrap_or(0);
    let stream = |(from, to, flow): (usize, usize, &Flow)| Stream {
        from: place(&left, from),
        to: place(&right, to),
        customers: flow.customers,
        hover: format!(
            concat!("{was} → {}<br>{}, {} of {was}<br>{} of ", label!(revenue)),
            label(&found.is(to)),
            format::customers(flow.customers),
            format::percent(flow.customers as f64 / found.from(from).customers as f64),
            view.money.rounded(flow.spend_minor as f64),
            was = label(&found.was(from)),
        ),
        href: view.moved(&found, Some(from), Some(to)),
    };
    let streams: Vec<Stream> = found.flows().map(stream).collect();
    let both = found.both().customers;
    let stayed = format::percent(found.stayed().customers as f64 / both as f64);
    Ok(Some(Drawn {
        title: match (both, &found.past.run) {
            (0, Some(_)) => "None of these customers is in both runs".to_owned(),
            (0, None) => format!("None of these customers had ordered by {}", format::day(&found.past.day)),
            (_, Some(_)) => format!("{stayed} of {} are in the same segment", found.of_both()),
            (_, None) => format!(
                "{stayed} of {} are in the same segment on {}",
                found.of_both(),
                format::day(&view.frame.summary.as_of)
            ),
        },
        advice: "Segments then on the left, now on the right; a stream's width is its number of customers. Click a stream or a segment for its customers.".to_owned(),
        units: "customers".to_owned(),
        figure: sankey(&nodes(&left, "then"), &nodes(&right, "now"), &streams),
        table: flows_table(view, &found),
    }))
}

fn flows_table(view: &View, found: &Movements) -> Table {
    let is_gone = |to: usize| to == found.outside();
    TableOf::new(found.flows())
        .text("was", "Segment then", |(from, ..)| found.was(from))
        .text("is", "Segment now", |(_, to, _)| found.is(to))
        .count("customers", "Customers", |(.., flow)| flow.customers)
        .share("share_of_then", "Share of segment then", |(from, _, flow)| {
            flow.customers as f64 / found.from(from).customers as f64
        })
        .money("revenue", label!(Revenue), |(.., flow)| flow.spend_minor)
        .money("revenue_since", concat!(label!(Revenue), " since"), |(_, to, flow)| {
            (!is_gone(to)).then_some(flow.since_minor)
        })
        .count("rfm_score_rose", "RFM score rose", |(.., flow)| flow.rose)
        .count("rfm_score_fell", "RFM score fell", |(.., flow)| flow.fell)
        .links(|(from, to, _)| view.moved(found, Some(from), Some(to)))
}

/// Net change of each segment.
pub(super) fn net(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(found) = movements(view)? else { return Ok(None) };
    let (then, now) = (|at: usize| found.from(at).customers, |at: usize| found.to(at).customers);
    let shown: Vec<usize> = (0..found.segments.len()).filter(|at| then(*at) + now(*at) > 0).collect();
    if shown.is_empty() {
        return Ok(None);
    }
    let name = |at: usize| &found.segments[at];
    let net = |at: usize| now(at) as f64 - then(at) as f64;
    let stayed = |at: usize| found.flow(at, at).customers;
    let new = |at: usize| found.flow(found.outside(), at).customers;
    let gone = |at: usize| found.flow(at, found.outside()).customers;
    let table = TableOf::new(shown.iter().copied())
        .text("segment", "Segment", name)
        .count("then", "Then", then)
        .count("now", "Now", now)
        .number("net", "Net change", net)
        .count("stayed", "Stayed", stayed)
        .count("came", "From other segments", |at| now(at) - stayed(at) - new(at))
        .count("new", "New", new)
        .count("left", "To other segments", |at| then(at) - stayed(at) - gone(at))
        .count("gone", "Not in this run", gone)
        .money("revenue", label!(Revenue), |at| found.to(at).spend_minor)
        .links(|at| view.moved(&found, None, Some(at)));
    let signed = |net: f64| match format::count(net.abs() as u64) {
        count if net > 0.0 => format!("+{count}"),
        count if net < 0.0 => format!("−{count}"),
        _ => "±0".to_owned(),
    };
    // Room for the numbers beside the bars, at both ends.
    let nets = || shown.iter().map(|at| net(*at));
    let room = nets().map(f64::abs).fold(1.0, f64::max) * 0.3;
    let (lowest, highest) = (nets().fold(0.0, f64::min), nets().fold(0.0, f64::max));
    let low = if lowest < 0.0 { lowest - room } else { 0.0 };
    let most = shown.iter().copied().max_by(|a, b| net(*a).abs().total_cmp(&net(*b).abs()).then(b.cmp(a)));
    let sizes = |at: usize| format!("{} then, {} now", format::count(then(at)), format::count(now(at)));
    let title = most.map_or_else(String::new, |at| match net(at) {
        0.0 => "No segment changed in size".to_owned(),
        net => format!("{} {} most: {}", name(at), if net > 0.0 { "grew" } else { "shrank" }, sizes(at)),
    });
    let names: Vec<String> = shown.iter().map(|at| short_label(name(*at), 26)).collect();
    Ok(Some(Drawn {
        title,
        advice: "Customers now minus customers then. A segment of the same size may have different members: the table below shows arrivals and departures.".to_owned(),
        units: "customers".to_owned(),
        figure: Figure::new(90 + 34 * shown.len().max(3), [20, 8, 44])
            .with(
                Trace::bars(shown)
                    .x(net)
                    .text(|at| signed(net(at)))
                    .hover(|at| format!("{}<br>{}", label(name(at)), sizes(at)))
                    .colours(palette::segment),
            )
            .gap(0.36)
            .x(Axis::titled("Change in customers").ticks(6).set("tickformat", "~s").range(low, highest + room))
            .y(Axis::bars(&names).roomy())
            .linked(&table),
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
