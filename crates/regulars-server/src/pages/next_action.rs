//! What to do next about one customer: what is done about its segment, what it could bring, and what a contact
//! would return.

use regulars_analysis::claims::presence::{Risk, risk};
use regulars_analysis::claims::words;
use regulars_core::budget::{BudgetField, BudgetRequest};

use super::campaign::{self, CampaignForm};
use super::customer::Fact;
use crate::budget::BudgetAnswer;
use crate::campaign::{Campaign, Fault};
use crate::customer::{Customer, Opportunity};
use crate::error::ServerError;
use crate::format;
use crate::view::View;

/// What to do next.
#[derive(Debug)]
pub(super) struct NextAction {
    pub(super) action: String,
    /// Whom the words are about.
    pub(super) segment: Option<String>,
    pub(super) advice: [(&'static str, String); 4],
    pub(super) facts: Vec<Fact>,
    /// Whether there is anything that a contact could realise.
    pub(super) form: Option<CampaignForm>,
    /// What a contact is expected to return, in words.
    pub(super) returns: Option<String>,
}

/// What is meant by a kind of opportunity, of one customer.
fn meaning(kind: &str) -> &'static str {
    match kind {
        "reactivation" => "Win back: silent for more than four times the usual gap between orders",
        "retention" => "Ask back before it is gone: silent for more than twice the usual gap between orders",
        "second purchase" => "Bring to the second order: one order so far, not too long ago",
        "upsell" => "Offer more for an order: comes back, with smaller orders than its look-alikes",
        _ => "Could bring more",
    }
}

/// What to do about a customer; `None` if the run is older than the step that says it.
///
/// # Errors
///
/// What the backend reports.
pub(super) fn next_action(view: &View, found: &Customer) -> Result<Option<NextAction>, ServerError> {
    let told = view.frame.told()?;
    let of_segment =
        told.actions().and_then(|told| told.segments.iter().find(|known| known.segment == found.segment));
    let Some(segment) = of_segment else { return Ok(None) };
    let words = &segment.recommendation;
    let (returns, faults) = match &found.opportunity {
        Some(_) => returns(view, found)?,
        None => (None, Vec::new()),
    };
    Ok(Some(NextAction {
        action: match &found.opportunity {
            Some(opportunity) => meaning(&opportunity.kind).to_owned(),
            None => words.action.clone(),
        },
        segment: Some(match found.opportunity {
            Some(_) => format!("All customers of “{}”: {}.", segment.segment, words.action),
            None => format!(
                "Advice for the segment “{}” as a whole; the numbers of this customer stand above.",
                segment.segment
            ),
        }),
        advice: [
            ("Offer", words.offer.clone()),
            ("Channel", words.channel.clone()),
            ("How often", words.cadence.clone()),
            ("Avoid", words.avoid.clone()),
        ],
        facts: facts(view, found)?,
        form: found.opportunity.as_ref().map(|_| {
            let path = format!("{}#next", view.customer_path(&found.id));
            campaign::form(view, &path, false, &faults)
        }),
        returns,
    }))
}

fn facts(view: &View, found: &Customer) -> Result<Vec<Fact>, ServerError> {
    let money = &view.money;
    let horizon = view.frame.manifest.config.value.horizon_days;
    let mut facts = Vec::new();
    if let Some(Opportunity { expected_minor, look_alike_minor, potential_minor, .. }) = &found.opportunity {
        facts.push(Fact {
            label: "Potential",
            value: money.exact(*potential_minor),
            detail: format!("above what is expected in the next {horizon} days, at most"),
        });
        facts.push(Fact {
            label: "Like its look-alikes",
            value: money.exact(*look_alike_minor),
            detail: format!(
                "what it would bring if it did as they did, of {} expected",
                money.exact(*expected_minor)
            ),
        });
    }
    let Some([stake, at_risk]) = found.at_stake_and_risk_minor else { return Ok(facts) };
    let learned = found.value.as_ref().is_some_and(|value| value.p_churn.is_finite());
    let days = view.frame.days_at_stake();
    match risk(stake.round() as i64, at_risk.round() as i64, learned, view.doubt_of(found.row)?.as_ref()) {
        Risk::Of { stake_minor, risk_minor } => facts.push(Fact {
            label: "At risk",
            value: money.exact(risk_minor),
            detail: format!("of {} spent in the last {days} days", money.exact(stake_minor)),
        }),
        Risk::Unseen { stake_minor } => facts.push(Fact {
            label: "Spent lately",
            value: money.exact(stake_minor),
            detail: format!("in the last {days} days; at risk: {}", words::risk_unseen()),
        }),
        // Nothing is left to lose: what would come back.
        Risk::NothingAtStake => {
            if let Some(worth) = found.at_own_pace_minor {
                facts.push(Fact {
                    label: "At its own pace",
                    value: money.mean(worth),
                    detail: format!(
                        "in the next {horizon} days, if it came back to it: a ceiling, no forecast"
                    ),
                });
            }
        }
    }
    Ok(facts)
}

/// What a contact returns by the campaign of the address, or what is wrong with that.
fn returns(view: &View, found: &Customer) -> Result<(Option<String>, Vec<Fault>), ServerError> {
    let campaign = &view.query.shown.campaign;
    if campaign.contact_cost.is_empty() && campaign.response.is_empty() && campaign.margin.is_empty() {
        return Ok((None, Vec::new()));
    }
    // One contact costs all of the budget.
    let one = Campaign {
        budget: campaign.contact_cost.clone(),
        kinds: std::collections::BTreeSet::default(),
        ..campaign.clone()
    };
    let asked: BudgetRequest = match one.read() {
        Ok(asked) => asked,
        Err(faults) => return Ok((None, faults)),
    };
    let plan = match view.frame.spend_on(&asked, &found.id)? {
        BudgetAnswer::Plan(plan) => plan,
        BudgetAnswer::Fault(fault) => {
            // The budget is the cost: what is wrong with it is wrong with that.
            let part = match fault.field {
                Some(BudgetField::Budget) => Some(BudgetField::ContactCost),
                part => part,
            };
            let hint = fault.hint.unwrap_or_else(|| "0 or more".to_owned());
            return Ok((None, vec![Fault { part, message: fault.message, hint }]));
        }
    };
    let assumed = campaign::assumed(&plan).map_or_else(String::new, |assumed| format!(" {assumed}"));
    let returns = plan.curve.last().map_or(0, |(_, returns)| *returns);
    Ok((
        Some(if plan.customers.is_empty() {
            format!(
                "A contact costs more than it is expected to return: {} after its cost.{assumed}",
                view.money.exact(returns)
            )
        } else {
            format!(
                "A contact is expected to return {} after its cost; it pays for itself from a response of {} on.{assumed}",
                view.money.exact(plan.expected_return_minor),
                plan.break_even_response.map_or_else(|| format::NOTHING.to_owned(), format::percent)
            )
        }),
        Vec::new(),
    ))
}
