//! One row per segment: size, value, risk, trend and recommendation.

use regulars_core::actions::SegmentAction;
use regulars_core::cadence::spend_at_cadence_of;
use regulars_core::risk::recent_spend_and_at_risk;
use regulars_core::segments::{Evidence, Recommendation, RecommendationRule};
use regulars_core::summary::{SegmentSummary, ValueGroup};

use super::{ActionsRequest, CustomerForecasts, OrderHistory, PreviousRun};

/// The segments, in the order of the rules.
pub(super) fn segments(
    request: &ActionsRequest<'_>,
    history: &OrderHistory,
    forecasts: Option<&CustomerForecasts>,
) -> Vec<SegmentAction> {
    let rows: Vec<Vec<usize>> = (0..request.rules.segments.len())
        .map(|at| (0..request.segment.len()).filter(|row| usize::from(request.segment[*row]) == at).collect())
        .collect();
    let evidence: Vec<Evidence> =
        rows.iter().map(|rows| evidence(request, history, forecasts, rows)).collect();
    let recommendations = request.rules.recommendations(&evidence);
    let named = request.rules.segments.iter().zip(recommendations).enumerate();
    named
        .filter_map(|(at, (segment, (recommendation_rule, recommendation)))| {
            let summary = request.summaries.iter().find(|known| known.segment == segment.name)?;
            let bare = with_recommendation(of_summary(summary), recommendation_rule, recommendation);
            let known = with_behaviour(bare, request, history, (&rows[at], evidence[at]));
            let valued =
                with_value(known, request, forecasts.map(|forecasts| (forecasts, rows[at].as_slice())));
            Some(match request.previous {
                Some(previous) => with_trend(valued, previous),
                None => valued,
            })
        })
        .collect()
}

fn mean(values: &[f64], rows: &[usize]) -> f64 {
    rows.iter().map(|row| values[*row]).sum::<f64>() / rows.len() as f64
}

/// Behaviour of a segment's customers, for its texts. Nothing for an empty segment.
fn evidence(
    request: &ActionsRequest<'_>,
    history: &OrderHistory,
    forecasts: Option<&CustomerForecasts>,
    rows: &[usize],
) -> Evidence {
    let known = Evidence {
        has_categories: history.has_categories,
        has_products: request.has_products || history.has_categories,
        ..Evidence::default()
    };
    if rows.is_empty() {
        return known;
    }
    let share = |is_one: &dyn Fn(usize) -> bool| {
        rows.iter().filter(|row| is_one(**row)).count() as f64 / rows.len() as f64
    };
    let order_value = |rows: &mut dyn Iterator<Item = usize>| {
        let (spend, orders) = rows.fold((0.0, 0.0), |(spend, orders), row| {
            (spend + request.rfm.monetary_minor[row] as f64, orders + history.orders[row])
        });
        spend / orders
    };
    let all = order_value(&mut (0..history.orders.len()));
    Evidence {
        is_known: true,
        bought_lately_share: share(&|row| history.orders_lately[row] > 0.0),
        mean_p_purchase: forecasts
            .map(|forecasts| mean(&forecasts.p_purchase, rows))
            .filter(|p_purchase| p_purchase.is_finite()),
        one_order_share: share(&|row| history.orders[row] < 2.0),
        small_orders: order_value(&mut rows.iter().copied()) < all,
        ..known
    }
}

/// Adds recent behaviour, and spend at the usual cadence.
fn with_behaviour(
    action: SegmentAction,
    request: &ActionsRequest<'_>,
    history: &OrderHistory,
    (rows, evidence): (&[usize], Evidence),
) -> SegmentAction {
    let horizon = f64::from(request.config.horizon_days);
    let worth = rows.iter().filter_map(|row| {
        spend_at_cadence_of(
            history.orders[*row],
            history.gap_mean_days[*row],
            history.shop_purchase_cycle_days,
            history.order_value_minor[*row],
            horizon,
        )
    });
    let (count, sum) = worth.fold((0, 0.0), |(count, sum), worth| (count + 1, sum + worth));
    let share = |share: f64| if rows.is_empty() { 0.0 } else { share };
    SegmentAction {
        spend_at_cadence_minor: Some(sum.round() as i64),
        customers_with_cadence: Some(count),
        bought_last_90d_share: Some(share(evidence.bought_lately_share)),
        one_order_share: Some(share(evidence.one_order_share)),
        ..action
    }
}

fn of_summary(summary: &SegmentSummary) -> SegmentAction {
    SegmentAction {
        segment: summary.segment.clone(),
        segment_priority: u64::from(summary.priority),
        customers: summary.customers,
        customer_share: summary.customer_share,
        revenue_minor: summary.revenue_minor,
        revenue_share: summary.revenue_share,
        predicted_ltv_minor: None,
        predicted_low_minor: None,
        predicted_high_minor: None,
        predicted_share: None,
        recent_spend_minor: None,
        at_risk_minor: None,
        spend_at_cadence_minor: None,
        customers_with_cadence: None,
        bought_last_90d_share: None,
        one_order_share: None,
        mean_p_purchase: None,
        expected_purchases: None,
        before: None,
        customers_before: None,
        customers_change: None,
        predicted_before_minor: None,
        predicted_change_minor: None,
        recency_mean: summary.recency_mean,
        frequency_mean: summary.frequency_mean,
        monetary_mean_minor: summary.monetary_mean_minor,
        recommendation_rule: String::new(),
        action: String::new(),
        offer: String::new(),
        channel: String::new(),
        cadence: String::new(),
        avoid: String::new(),
    }
}

fn with_recommendation(
    row: SegmentAction,
    rule: RecommendationRule,
    advice: Recommendation,
) -> SegmentAction {
    let Recommendation { action, offer, channel, cadence, avoid } = advice;
    SegmentAction {
        recommendation_rule: rule.name().to_owned(),
        action,
        offer,
        channel,
        cadence,
        avoid,
        ..row
    }
}

/// Recent spend, and spend at risk.
fn risk_of(forecasts: &CustomerForecasts, rows: &[usize]) -> [i64; 2] {
    recent_spend_and_at_risk(
        rows.iter().map(|row| forecasts.recent_spend_minor[*row]),
        rows.iter().map(|row| forecasts.churn_probability[*row]),
    )
    .map(|minor| minor.round() as i64)
}

/// Adds the segment's value from `ltv_summary`; an empty segment has 0.
fn with_value(
    action: SegmentAction,
    request: &ActionsRequest<'_>,
    forecasts: Option<(&CustomerForecasts, &[usize])>,
) -> SegmentAction {
    let (Ok(value), Some((forecasts, rows))) = (request.value, forecasts) else { return action };
    let [recent_spend, at_risk] = risk_of(forecasts, rows);
    let is_it = |group: &&ValueGroup| group.grouping == "segment" && group.name == action.segment;
    let group = value.groups.iter().find(is_it);
    let minor = |of: fn(&ValueGroup) -> i64| Some(group.map_or(0, of));
    SegmentAction {
        predicted_ltv_minor: minor(|group| group.predicted_ltv_minor),
        predicted_low_minor: minor(|group| group.predicted_low_minor),
        predicted_high_minor: minor(|group| group.predicted_high_minor),
        predicted_share: group.map_or(Some(0.0), |group| group.share),
        recent_spend_minor: Some(recent_spend),
        at_risk_minor: Some(at_risk),
        mean_p_purchase: Some(mean(&forecasts.p_purchase, rows)).filter(|p_purchase| p_purchase.is_finite()),
        expected_purchases: Some(rows.iter().map(|row| forecasts.expected_purchases[*row]).sum()),
        ..action
    }
}

fn with_trend(action: SegmentAction, previous: &PreviousRun) -> SegmentAction {
    let customers_before = previous.customers(&action.segment);
    let predicted_before_minor = previous.predicted_minor(&action.segment);
    SegmentAction {
        before: Some(previous.as_of.clone()),
        customers_before,
        customers_change: customers_before.map(|then| action.customers as i64 - then as i64),
        predicted_before_minor,
        predicted_change_minor: action
            .predicted_ltv_minor
            .zip(predicted_before_minor)
            .map(|(now, then)| now - then),
        ..action
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Few, alike, group, value};
    use super::*;

    fn history(few: &Few, orders_lately: &[f64], gaps: &[f64], order_value_minor: &[f64]) -> OrderHistory {
        OrderHistory {
            orders: few.rfm.frequency_orders.iter().map(|orders| *orders as f64).collect(),
            orders_lately: orders_lately.to_vec(),
            gap_mean_days: gaps.to_vec(),
            order_value_minor: order_value_minor.to_vec(),
            shop_purchase_cycle_days: 40.0,
            has_categories: false,
        }
    }

    /// Three customers of the first segment and one of the second.
    fn four() -> (Few, OrderHistory) {
        let few = Few::new(&[(10, 5, 9000, 0), (1, 50, 700, 0), (2, 300, 2000, 0), (4, 10, 4000, 1)]);
        let history = history(
            &few,
            &[3.0, 0.0, 0.0, 1.0],
            &[10.0, f64::NAN, 60.0, 20.0],
            &[900.0, 700.0, 1000.0, 1000.0],
        );
        (few, history)
    }

    #[test]
    fn habits_of_a_segment_are_those_of_its_customers() {
        let (few, history) = four();
        let rows = segments(&few.request(Err("none")), &history, None);
        assert_eq!(rows.len(), few.rules.segments.len());
        let first = &rows[0];
        assert_eq!((first.customers, first.revenue_minor), (3, 11_700));
        assert!((first.bought_last_90d_share.expect("known") - 1.0 / 3.0).abs() < 1e-12);
        assert!((first.one_order_share.expect("known") - 1.0 / 3.0).abs() < 1e-12);
        // Ten orders every 13 days, and two every 50: 100 / 13 * 9.00 + 100 / 50 * 10.00.
        assert_eq!(first.customers_with_cadence, Some(2));
        assert_eq!(first.spend_at_cadence_minor, Some((100.0_f64 / 13.0 * 900.0 + 2000.0).round() as i64));
        // Four orders in (3 * 20 + 40) / 4 = 25 days each: four orders in 100 days.
        assert_eq!(rows[1].spend_at_cadence_minor, Some(4000));
        // Nobody is in the third.
        let third = &rows[2];
        assert_eq!(
            (third.customers, third.customers_with_cadence, third.spend_at_cadence_minor),
            (0, Some(0), Some(0))
        );
        assert_eq!((third.bought_last_90d_share, third.one_order_share), (Some(0.0), Some(0.0)));
        // Without value and an earlier run, nothing is said of them.
        for row in &rows {
            assert!(row.predicted_ltv_minor.is_none() && row.at_risk_minor.is_none() && row.before.is_none());
            assert!(row.customers_change.is_none() && row.expected_purchases.is_none());
        }
    }

    #[test]
    fn value_and_risk_are_those_of_the_segment() {
        let (few, history) = four();
        let mut forecasts = alike(&[100.0, 200.0, 300.0, 400.0], &history.orders, &[5.0, 50.0, 300.0, 10.0]);
        forecasts.p_purchase = vec![0.9, 0.3, 0.0, 0.5];
        forecasts.recent_spend_minor = vec![1000.0, -50.0, 0.0, 600.0];
        forecasts.churn_probability = vec![0.1, 0.9, 1.0, 0.5];
        let names: Vec<String> = few.rules.segments.iter().map(|segment| segment.name.clone()).collect();
        let mut other = group(&names[1], 77);
        other.grouping = "cluster".to_owned();
        let summary = value(vec![other, group(&names[0], 600), group(&names[1], 400)]);
        let rows = segments(&few.request(Ok(&summary)), &history, Some(&forecasts));
        let first = &rows[0];
        assert_eq!(first.predicted_ltv_minor, Some(600));
        assert_eq!((first.predicted_low_minor, first.predicted_high_minor), (Some(590), Some(620)));
        // Refunds do not reduce what is recent spend.
        assert_eq!((first.recent_spend_minor, first.at_risk_minor), (Some(1000), Some(100)));
        assert!((first.mean_p_purchase.expect("customers") - 0.4).abs() < 1e-12);
        assert_eq!((first.expected_purchases, first.predicted_share), (Some(6.0), Some(0.125)));
        // The group of the same name of another grouping is not taken.
        assert_eq!((rows[1].predicted_ltv_minor, rows[1].at_risk_minor), (Some(400), Some(300)));
        // An empty segment is worth nothing, and has no mean.
        assert_eq!((rows[2].predicted_ltv_minor, rows[2].recent_spend_minor), (Some(0), Some(0)));
        assert_eq!((rows[2].mean_p_purchase, rows[2].expected_purchases), (None, Some(0.0)));
        assert_eq!(rows[2].predicted_share, Some(0.0));
    }

    #[test]
    fn evidence_is_none_for_nobody_and_compares_orders_with_all() {
        let (few, history) = four();
        let request = few.request(Err("none"));
        let nobody = evidence(&request, &history, None, &[]);
        assert!(!nobody.is_known && !nobody.has_products);
        // Orders of 157.00 / 17 in all; the first customer's are 9.00, the last one's 10.00.
        assert!(evidence(&request, &history, None, &[0]).small_orders);
        assert!(!evidence(&request, &history, None, &[3]).small_orders);
        let forecasts = alike(&[1.0; 4], &history.orders, &[0.0; 4]);
        let both = evidence(&request, &history, Some(&forecasts), &[0, 1]);
        assert_eq!((both.mean_p_purchase, both.is_known), (Some(0.5), true));
        assert!((both.bought_lately_share - 0.5).abs() < 1e-12 && (both.one_order_share - 0.5).abs() < 1e-12);
        let mut with_categories = history;
        with_categories.has_categories = true;
        let known = evidence(&request, &with_categories, None, &[0]);
        assert!(known.has_categories && known.has_products);
    }
}
