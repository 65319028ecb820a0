//! One row a segment: size, value, risk, trend and recommendation.

use regulars_core::actions::SegmentAction;
use regulars_core::risk::at_stake_and_risk;
use regulars_core::summary::{SegmentSummary, ValueGroup};

use super::{ActionsRequest, Ahead, Before, before};

/// The segments, in the order of the rules.
pub(super) fn segments(request: &ActionsRequest<'_>, ahead: Option<&Ahead>) -> Vec<SegmentAction> {
    let before = before(request);
    let recommendations = request.rules.recommendations();
    let named = request.rules.segments.iter().zip(recommendations).enumerate();
    named
        .filter_map(|(at, (segment, recommendation))| {
            let summary = request.summaries.iter().find(|known| known.segment == segment.name)?;
            let bare = SegmentAction { recommendation, ..of_summary(summary) };
            let valued = with_value(bare, request, ahead.map(|ahead| risk_of(ahead, request.segment, at)));
            Some(match &before {
                Some(before) => with_trend(valued, before),
                None => valued,
            })
        })
        .collect()
}

fn of_summary(summary: &SegmentSummary) -> SegmentAction {
    SegmentAction {
        segment: summary.segment.clone(),
        priority: summary.priority,
        customers: summary.customers,
        customer_share: summary.customer_share,
        revenue_minor: summary.revenue_minor,
        revenue_share: summary.revenue_share,
        predicted_ltv_minor: None,
        predicted_low_minor: None,
        predicted_high_minor: None,
        predicted_share: None,
        at_stake_minor: None,
        at_risk_minor: None,
        before: None,
        customers_before: None,
        predicted_before_minor: None,
        recency_mean: summary.recency_mean,
        frequency_mean: summary.frequency_mean,
        monetary_mean_minor: summary.monetary_mean_minor,
        recommendation: regulars_core::segments::Recommendation::default(),
    }
}

/// What the customers of a segment spent lately, and how much of it is likely to be lost.
fn risk_of(ahead: &Ahead, segment: &[u8], at: usize) -> [i64; 2] {
    let rows = || (0..segment.len()).filter(|row| usize::from(segment[*row]) == at);
    at_stake_and_risk(
        rows().map(|row| ahead.spent_lately_minor[row]),
        rows().map(|row| ahead.chance_to_lose[row]),
    )
    .map(|minor| minor.round() as i64)
}

/// Adds the value that `ltv_summary` has for the segment; nobody brings nothing.
fn with_value(action: SegmentAction, request: &ActionsRequest<'_>, risk: Option<[i64; 2]>) -> SegmentAction {
    let (Ok(value), Some([at_stake, at_risk])) = (request.value, risk) else { return action };
    let is_it = |group: &&ValueGroup| group.grouping == "segment" && group.name == action.segment;
    let group = value.groups.iter().find(is_it);
    let minor = |of: fn(&ValueGroup) -> i64| Some(group.map_or(0, of));
    SegmentAction {
        predicted_ltv_minor: minor(|group| group.predicted_ltv_minor),
        predicted_low_minor: minor(|group| group.predicted_low_minor),
        predicted_high_minor: minor(|group| group.predicted_high_minor),
        predicted_share: group.map_or(Some(0.0), |group| group.share),
        at_stake_minor: Some(at_stake),
        at_risk_minor: Some(at_risk),
        ..action
    }
}

fn with_trend(action: SegmentAction, before: &Before) -> SegmentAction {
    SegmentAction {
        before: Some(before.as_of.clone()),
        customers_before: before.customers(&action.segment),
        predicted_before_minor: before.predicted_minor(&action.segment),
        ..action
    }
}
