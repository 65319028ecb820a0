//! The three tables as Parquet.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};
use regulars_core::actions::{OpportunityKind, SegmentAction};

use super::ActionsRequest;
use super::opportunities::{Found, KINDS};
use crate::error::Result;
use crate::tables::{column, nullable, words, write};
use crate::value::ids_of;

/// Columns of a table, from its rows.
struct Rows<'a, T>(&'a [T]);

impl<T> Rows<'_, T> {
    fn text(&self, of: impl Fn(&T) -> &str) -> ArrayRef {
        Arc::new(StringArray::from_iter_values(self.0.iter().map(of)))
    }

    fn text_or_none(&self, of: impl Fn(&T) -> Option<&String>) -> ArrayRef {
        Arc::new(self.0.iter().map(of).collect::<StringArray>())
    }

    fn whole(&self, of: impl Fn(&T) -> i64) -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(self.0.iter().map(of)))
    }

    fn whole_or_none(&self, of: impl Fn(&T) -> Option<i64>) -> ArrayRef {
        Arc::new(self.0.iter().map(of).collect::<Int64Array>())
    }

    fn number(&self, of: impl Fn(&T) -> f64) -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(self.0.iter().map(of)))
    }
}

pub(super) fn segments(dir: &Path, segments: &[SegmentAction]) -> Result<()> {
    let rows = Rows(segments);
    let number = |of: fn(&SegmentAction) -> Option<f64>| -> ArrayRef {
        Arc::new(segments.iter().map(of).collect::<Float64Array>())
    };
    write(
        &dir.join("segment_actions.parquet"),
        vec![
            column("segment", rows.text(|s| &s.segment)),
            column("segment_priority", rows.whole(|s| i64::from(s.priority))),
            column("customers", rows.whole(|s| s.customers as i64)),
            column("customer_share", rows.number(|s| s.customer_share)),
            column("revenue_minor", rows.whole(|s| s.revenue_minor)),
            column("revenue_share", rows.number(|s| s.revenue_share)),
            nullable("predicted_ltv_minor", rows.whole_or_none(|s| s.predicted_ltv_minor)),
            nullable("predicted_low_minor", rows.whole_or_none(|s| s.predicted_low_minor)),
            nullable("predicted_high_minor", rows.whole_or_none(|s| s.predicted_high_minor)),
            nullable("predicted_share", number(|s| s.predicted_share)),
            nullable("recent_spend_minor", rows.whole_or_none(|s| s.recent_spend_minor)),
            nullable("at_risk_minor", rows.whole_or_none(|s| s.at_risk_minor)),
            nullable("spend_at_cadence_minor", rows.whole_or_none(|s| s.spend_at_cadence_minor)),
            nullable(
                "customers_with_cadence",
                rows.whole_or_none(|s| s.customers_with_cadence.map(|n| n as i64)),
            ),
            nullable("bought_last_90d_share", number(|s| s.bought_last_90d_share)),
            nullable("one_order_share", number(|s| s.one_order_share)),
            nullable("mean_p_purchase", number(|s| s.mean_p_purchase)),
            nullable("expected_purchases", number(|s| s.expected_purchases)),
            nullable("before", rows.text_or_none(|s| s.before.as_ref())),
            nullable("customers_before", rows.whole_or_none(|s| s.customers_before.map(|n| n as i64))),
            nullable("customers_change", rows.whole_or_none(SegmentAction::customers_change)),
            nullable("predicted_before_minor", rows.whole_or_none(|s| s.predicted_before_minor)),
            nullable("predicted_change_minor", rows.whole_or_none(SegmentAction::predicted_change_minor)),
            column("recency_mean", rows.number(|s| s.recency_mean)),
            column("frequency_mean", rows.number(|s| s.frequency_mean)),
            column("monetary_mean_minor", rows.number(|s| s.monetary_mean_minor)),
            column("advice_rule", rows.text(|s| s.advice_rule.name())),
            column("action", rows.text(|s| &s.recommendation.action)),
            column("offer", rows.text(|s| &s.recommendation.offer)),
            column("channel", rows.text(|s| &s.recommendation.channel)),
            column("cadence", rows.text(|s| &s.recommendation.cadence)),
            column("avoid", rows.text(|s| &s.recommendation.avoid)),
        ],
    )
}

/// One row per customer with upside; a customer is in one kind at most.
pub(super) fn opportunities(request: &ActionsRequest<'_>, found: &[Found]) -> Result<()> {
    let mut rows: Vec<(u32, u8, i64, i64)> = Vec::new();
    for (kind, of_kind) in found.iter().enumerate() {
        let money = of_kind.expected_minor.iter().zip(&of_kind.look_alike_minor);
        rows.extend(
            of_kind.rows.iter().zip(money).map(|(row, (now, would))| (*row, kind as u8, *now, *would)),
        );
    }
    rows.sort_unstable();
    let customers: Vec<u32> = rows.iter().map(|(row, ..)| *row).collect();
    let kinds: Vec<u8> = rows.iter().map(|(_, kind, ..)| *kind).collect();
    let segments: Vec<u8> = rows.iter().map(|(row, ..)| request.segment[*row as usize]).collect();
    let names: Vec<String> = request.rules.segments.iter().map(|segment| segment.name.clone()).collect();
    let each = Rows(&rows);
    write(
        &request.dir.join("opportunities.parquet"),
        vec![
            column("customer_id", ids_of(&request.rfm.customer_id, &customers)?),
            column("kind", words(&kinds, &KINDS.map(|kind| kind.name().to_owned()))),
            column("segment", words(&segments, &names)),
            column("expected_ltv_minor", each.whole(|(.., now, _)| *now)),
            column("look_alike_ltv_minor", each.whole(|(.., would)| *would)),
            column("upside_minor", each.whole(|(.., now, would)| would - now)),
        ],
    )
}

pub(super) fn summary(dir: &Path, kinds: &[OpportunityKind]) -> Result<()> {
    let rows = Rows(kinds);
    write(
        &dir.join("opportunity_summary.parquet"),
        vec![
            column("kind", rows.text(|k| &k.kind)),
            column("customers", rows.whole(|k| k.customers as i64)),
            column("considered", rows.whole(|k| k.considered as i64)),
            column("without_look_alikes", rows.whole(|k| k.without_look_alikes as i64)),
            column("look_alikes", rows.whole(|k| k.look_alikes as i64)),
            nullable("expected_ltv_minor", rows.whole_or_none(|k| k.expected_ltv_minor)),
            nullable("look_alike_ltv_minor", rows.whole_or_none(|k| k.look_alike_ltv_minor)),
            nullable("upside_minor", rows.whole_or_none(|k| k.upside_minor)),
            nullable("upside_low_minor", rows.whole_or_none(|k| k.upside_low_minor)),
            nullable("upside_high_minor", rows.whole_or_none(|k| k.upside_high_minor)),
            column("sentence", rows.text(|k| &k.sentence)),
            nullable("reason", rows.text_or_none(|k| k.reason.as_ref())),
        ],
    )
}
