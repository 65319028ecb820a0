//! Next best action for one customer: recommendation for the segment, upside, and the expected return of a contact.

use regulars_analysis::budget::BudgetOutcome;
use regulars_analysis::campaign::{Campaign, FieldError};
use regulars_analysis::claims::activity::{Risk, risk};
use regulars_analysis::claims::words;
use regulars_analysis::customer::{Customer, Opportunity};
use regulars_analysis::format;
use regulars_core::budget::{BudgetField, BudgetRequest};

use super::campaign::{self, CampaignForm};
use crate::error::ServerError;
use crate::view::View;

/// A number with its label and a line of detail.
#[derive(Debug)]
pub(super) struct Fact {
    pub(super) label: &'static str,
    pub(super) value: String,
    pub(super) detail: String,
}

/// The next best action.
#[derive(Debug)]
pub(super) struct NextAction {
    pub(super) action: String,
    /// How the segment advice applies to this customer.
    pub(super) segment: Option<String>,
    pub(super) advice: [(&'static str, String); 4],
    pub(super) facts: Vec<Fact>,
    /// The campaign form, if the customer has upside.
    pub(super) form: Option<CampaignForm>,
    /// The expected return of a contact, in words.
    pub(super) returns: Option<String>,
}

/// A kind of opportunity, worded for one customer.
fn meaning(kind: &str) -> &'static str {
    match kind {
        "reactivation" => "Win back: no order for more than four times the purchase cycle",
        "retention" => "Retain: no order for more than twice the purchase cycle",
        "second purchase" => "Encourage a second order: one order so far, not too long ago",
        "upsell" => "Upsell: buys repeatedly, with smaller orders than similar customers",
        _ => "Has upside",
    }
}

/// The next best action for a customer; `None` if the run predates recommendations.
///
/// # Errors
///
/// Any error of the backend.
pub(super) fn next_action(view: &View, found: &Customer) -> Result<Option<NextAction>, ServerError> {
    let actions = view.frame.actions()?;
    let of_segment = actions
        .as_ref()
        .and_then(|actions| actions.segments.iter().find(|known| known.segment == found.segment));
    let Some(segment) = of_segment else { return Ok(None) };
    let words = segment.recommendation();
    let (returns, errors) = match &found.opportunity {
        Some(_) => returns(view, found)?,
        None => (None, Vec::new()),
    };
    Ok(Some(NextAction {
        action: match &found.opportunity {
            Some(opportunity) => meaning(&opportunity.kind).to_owned(),
            None => words.action.clone(),
        },
        segment: Some(match found.opportunity {
            Some(_) => format!("Recommendation for the segment “{}”: {}.", segment.segment, words.action),
            None => format!(
                "Recommendation for the whole segment “{}”; this customer’s figures are above.",
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
            campaign::form(view, &path, false, &errors)
        }),
        returns,
    }))
}

fn facts(view: &View, found: &Customer) -> Result<Vec<Fact>, ServerError> {
    let money = &view.money;
    let horizon = view.frame.manifest.config.value.horizon_days;
    let mut facts = Vec::new();
    if let Some(Opportunity { expected_minor, similar_customers_minor, upside_minor, .. }) =
        &found.opportunity
    {
        facts.push(Fact {
            label: "Upside",
            value: money.exact(*upside_minor),
            detail: format!("at most, on top of predicted LTV, in the next {horizon} days"),
        });
        facts.push(Fact {
            label: "Spend of similar customers",
            value: money.exact(*similar_customers_minor),
            detail: format!(
                "compared with this customer’s predicted LTV of {}",
                money.exact(*expected_minor)
            ),
        });
    }
    let Some((stake, at_risk)) = found.recent_spend_minor.zip(found.at_risk_minor) else {
        return Ok(facts);
    };
    let learned = found.value.as_ref().is_some_and(|value| value.p_churn.is_finite());
    let days = view.frame.recent_days();
    match risk(
        stake.round() as i64,
        at_risk.round() as i64,
        learned,
        view.alive_caveat_of(found.row)?.as_ref(),
    ) {
        Risk::Of { recent_spend_minor, risk_minor } => facts.push(Fact {
            label: "At risk",
            value: money.exact(risk_minor),
            detail: format!("of {} spent in the last {days} days", money.exact(recent_spend_minor)),
        }),
        Risk::Unknown { recent_spend_minor } => facts.push(Fact {
            label: "Recent spend",
            value: money.exact(recent_spend_minor),
            detail: format!("in the last {days} days; at risk: {}", words::risk_unknown()),
        }),
        // Without recent spend nothing is at risk; show what could be won back.
        Risk::NoRecentSpend => {
            if let Some(worth) = found.spend_at_cadence_minor {
                facts.push(Fact {
                    label: "At usual cadence",
                    value: money.mean(worth),
                    detail: format!(
                        "in the next {horizon} days, if the customer resumed it; a ceiling, not a forecast"
                    ),
                });
            }
        }
    }
    Ok(facts)
}

/// The expected return of a contact for the campaign in the URL, or its errors.
fn returns(view: &View, found: &Customer) -> Result<(Option<String>, Vec<FieldError>), ServerError> {
    let campaign = &view.query.shown.campaign;
    if campaign.contact_cost.is_empty() && campaign.response.is_empty() && campaign.margin.is_empty() {
        return Ok((None, Vec::new()));
    }
    // The budget pays for exactly one contact.
    let one = Campaign {
        budget: campaign.contact_cost.clone(),
        kinds: std::collections::BTreeSet::default(),
        ..campaign.clone()
    };
    let request: BudgetRequest = match one.read() {
        Ok(request) => request,
        Err(errors) => return Ok((None, errors)),
    };
    let plan = match view.frame.evaluate_contact(&request, &found.id)? {
        BudgetOutcome::Plan(plan) => plan,
        BudgetOutcome::Invalid(error) => {
            // The budget is the contact cost, so its errors belong to that field.
            let field = match error.field {
                Some(BudgetField::Budget) => Some(BudgetField::ContactCost),
                field => field,
            };
            let hint = error.hint.unwrap_or_else(|| "0 or more".to_owned());
            return Ok((None, vec![FieldError { field, message: error.message, hint }]));
        }
    };
    let assumed = campaign::assumed(&plan).map_or_else(String::new, |assumed| format!(" {assumed}"));
    let returns = plan.curve.last().map_or(0, |(_, returns)| *returns);
    Ok((
        Some(if plan.customers.is_empty() {
            format!("A contact is expected to lose money: {} after cost.{assumed}", view.money.exact(returns))
        } else {
            format!(
                "A contact is expected to return {} after cost; break-even response rate: {}.{assumed}",
                view.money.exact(plan.expected_return_minor),
                plan.break_even_response.map_or_else(|| format::NOTHING.to_owned(), format::percent)
            )
        }),
        Vec::new(),
    ))
}
