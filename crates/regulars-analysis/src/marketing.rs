//! Segments and opportunities of the filtered customers, for page, charts and files: read from the run
//! without a filter, computed in the same shape with one.

use regulars_core::risk::recent_spend_and_at_risk;
use regulars_core::segments::{Recommendation, RecommendationRule};

use crate::claims::segments::SegmentFacts;
use crate::error::BackendError;
use crate::filtered_run::FilteredRun;
use crate::frame::present;
use crate::measures::by_class;

/// A segment. Money in minor units; `None` if the run has no lifetime value.
#[derive(Debug, Clone)]
pub struct Segment {
    /// Name of the segment.
    pub name: String,
    /// Index in the rule set, which determines its colour.
    pub place: usize,
    /// Number of customers in the segment.
    pub customers: u64,
    /// Spend of these customers.
    pub revenue_minor: i64,
    /// Total predicted LTV of these customers.
    pub expected_minor: Option<i64>,
    /// Prediction interval of the total; for whole segments only.
    pub interval_minor: Option<(i64, i64)>,
    /// Recent spend of these customers.
    pub recent_spend_minor: Option<i64>,
    /// The part of the recent spend that is at risk.
    pub at_risk_minor: Option<i64>,
    /// Behaviour of its customers, as evidence for claims.
    pub facts: SegmentFacts,
    /// The rule that chose the recommendation, for the whole segment.
    pub recommendation_rule: RecommendationRule,
    /// Change since an earlier run, for the whole segment only.
    pub trend: Trend,
    /// The recommended action.
    pub recommendation: Recommendation,
}

/// Change since an earlier run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trend {
    /// A filter is in force, and earlier runs have no figures for the same selection.
    OfSome,
    /// There is no earlier run to compare with.
    None,
    /// Against the run as of `before`.
    Since {
        /// Analysis date of the earlier run.
        before: String,
        /// Change in customers.
        customers: Option<i64>,
        /// Change in predicted LTV.
        expected_minor: Option<i64>,
    },
}

impl Segment {
    /// Share of recent spend that is at risk; NaN without recent spend.
    pub fn risk_share(&self) -> f64 {
        match (self.recent_spend_minor, self.at_risk_minor) {
            (Some(stake), Some(risk)) if stake > 0 => risk as f64 / stake as f64,
            _ => f64::NAN,
        }
    }
}

/// The segments with at least one filtered customer; `None` if the run predates recommendations.
///
/// # Errors
///
/// Any [`BackendError`] while reading the columns.
pub fn segments(run: &FilteredRun) -> Result<Option<Vec<Segment>>, BackendError> {
    let Some(actions) = run.frame.actions()? else { return Ok(None) };
    let coded = &*run.frame.segments()?;
    let place = |name: &str| coded.code(name).map(usize::from);
    if run.chosen.is_all() {
        let of_run = |s: &regulars_core::actions::SegmentAction| Segment {
            name: s.segment.clone(),
            place: place(&s.segment).unwrap_or(0),
            customers: s.customers,
            revenue_minor: s.revenue_minor,
            expected_minor: s.predicted_ltv_minor,
            interval_minor: s.predicted_low_minor.zip(s.predicted_high_minor),
            recent_spend_minor: s.recent_spend_minor,
            at_risk_minor: s.at_risk_minor,
            facts: SegmentFacts {
                segment: s.segment.clone(),
                customers: s.customers,
                bought_lately_share: s.bought_last_90d_share,
                one_order_share: s.one_order_share,
                spend_at_cadence_minor: s.spend_at_cadence_minor,
                customers_with_cadence: s.customers_with_cadence,
                mean_p_purchase: s.mean_p_purchase,
                recent_spend_minor: s.recent_spend_minor,
                horizon_days: horizon(run),
            },
            recommendation_rule: s.rule(),
            trend: s.before.as_ref().map_or(Trend::None, |before| Trend::Since {
                before: before.clone(),
                customers: s.customers_change,
                expected_minor: s.predicted_change_minor,
            }),
            recommendation: s.recommendation(),
        };
        return Ok(Some(actions.segments.iter().filter(|s| s.customers > 0).map(of_run).collect()));
    }
    let sums = by_class(&run.frame, &run.chosen, Some(coded))?;
    let stakes = run.frame.recent_spend()?;
    let mut found = Vec::new();
    for action in &actions.segments {
        let Some(place) = place(&action.segment).filter(|place| sums[*place].customers > 0) else { continue };
        let rows = || run.chosen.rows().filter(move |row| usize::from(coded.codes[*row]) == place);
        let recent_spend = stakes.as_ref().map(|stakes| {
            recent_spend_and_at_risk(
                rows().map(|row| stakes.recent_spend_minor(row)),
                rows().map(|row| stakes.churn_probability(row)),
            )
            .map(|minor| minor.round() as i64)
        });
        let sum = sums[place];
        let recent_spend_minor = recent_spend.map(|[stake, _]| stake);
        found.push(Segment {
            facts: facts_of(
                run,
                &action.segment,
                &rows().collect::<Vec<usize>>(),
                sum.purchase_mean(),
                recent_spend_minor,
            )?,
            recommendation_rule: action.rule(),
            name: action.segment.clone(),
            place,
            customers: sum.customers,
            revenue_minor: sum.spend(),
            expected_minor: stakes.as_ref().map(|_| sum.expected_minor as i64),
            interval_minor: None,
            recent_spend_minor,
            at_risk_minor: recent_spend.map(|[_, risk]| risk),
            trend: Trend::OfSome,
            recommendation: action.recommendation(),
        });
    }
    Ok(Some(found))
}

fn horizon(run: &FilteredRun) -> u32 {
    run.frame.manifest.config.value.horizon_days
}

/// Behaviour of some customers of a segment.
fn facts_of(
    run: &FilteredRun,
    segment: &str,
    rows: &[usize],
    p_purchase: f64,
    recent_spend_minor: Option<i64>,
) -> Result<SegmentFacts, BackendError> {
    let share = |count: usize| count as f64 / rows.len().max(1) as f64;
    let orders = run.frame.orders_of_each()?;
    let cadence = run.frame.cadence()?;
    let cadence = cadence.as_ref();
    let worth = cadence.map(|cadence| {
        let each = rows.iter().filter_map(|row| cadence.spend_at_cadence_of(*row, horizon(run)));
        each.fold((0_u64, 0.0), |(count, sum), worth| (count + 1, sum + worth))
    });
    Ok(SegmentFacts {
        segment: segment.to_owned(),
        customers: rows.len() as u64,
        bought_lately_share: cadence
            .map(|cadence| share(rows.iter().filter(|row| cadence.bought_lately(**row)).count())),
        one_order_share: Some(share(rows.iter().filter(|row| orders[**row] < 2).count())),
        spend_at_cadence_minor: worth.map(|(_, sum)| sum.round() as i64),
        customers_with_cadence: worth.map(|(count, _)| count),
        mean_p_purchase: Some(p_purchase).filter(|p_purchase| p_purchase.is_finite()),
        recent_spend_minor,
        horizon_days: horizon(run),
    })
}

/// A kind of opportunity. Money in minor units.
#[derive(Debug, Clone)]
pub struct Kind {
    /// Name, such as `retention`.
    pub name: String,
    /// Customers with such an opportunity.
    pub customers: u64,
    /// `None` if the upside could not be computed.
    pub sums: Option<KindSums>,
    /// For all customers only.
    pub interval_minor: Option<(i64, i64)>,
    /// Why the upside could not be computed.
    pub reason: Option<String>,
    /// The upside in words, for all customers.
    pub sentence: String,
    /// Customers considered; for all customers.
    pub considered: u64,
    /// Customers considered who have no comparable customers; for all customers.
    pub without_similar_customers: u64,
}

/// Sums over the customers of a kind, minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KindSums {
    /// Expected spend.
    pub expected: i64,
    /// Expected spend if they behaved like similar customers.
    pub look_alike: i64,
    /// Upside.
    pub upside: i64,
}

/// The kinds of opportunities, in the order of the run; empty if the run predates them.
///
/// # Errors
///
/// Any [`BackendError`] while reading the columns.
pub fn kinds(run: &FilteredRun) -> Result<Vec<Kind>, BackendError> {
    let Some(actions) = run.frame.actions()? else { return Ok(Vec::new()) };
    let mut kinds: Vec<Kind> = actions
        .opportunities
        .iter()
        .map(|kind| Kind {
            name: kind.kind.clone(),
            customers: kind.customers,
            sums: kind.upside_minor.map(|upside| KindSums {
                expected: kind.predicted_ltv_minor.unwrap_or(0),
                look_alike: kind.similar_customers_ltv_minor.unwrap_or(0),
                upside,
            }),
            interval_minor: kind.upside_low_minor.zip(kind.upside_high_minor),
            reason: kind.reason.clone(),
            sentence: kind.sentence.clone(),
            considered: kind.considered,
            without_similar_customers: kind.without_similar_customers,
        })
        .collect();
    if run.chosen.is_all() {
        return Ok(kinds);
    }
    let Some(of_each) = run.frame.opportunities()? else { return Ok(kinds) };
    for kind in kinds.iter_mut().filter(|kind| kind.sums.is_some()) {
        let code = of_each.kinds.code(&kind.name);
        let mut sums = KindSums::default();
        kind.customers = 0;
        for row in run.chosen.rows().filter(|row| Some(of_each.kinds.codes[*row]) == code) {
            kind.customers += 1;
            sums.expected += present(of_each.expected_minor[row]).unwrap_or(0);
            sums.look_alike += present(of_each.similar_customers_minor[row]).unwrap_or(0);
            sums.upside += present(of_each.upside_minor[row]).unwrap_or(0);
        }
        kind.sums = Some(sums);
        kind.interval_minor = None;
    }
    Ok(kinds)
}

/// Upsides of the filtered customers, largest first, in minor units.
///
/// # Errors
///
/// Any [`BackendError`] while reading the columns.
pub fn upsides(run: &FilteredRun) -> Result<Vec<i64>, BackendError> {
    let Some(of_each) = run.frame.opportunities()? else { return Ok(Vec::new()) };
    let mut found: Vec<i64> =
        run.chosen.rows().filter_map(|row| present(of_each.upside_minor[row])).collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    Ok(found)
}
