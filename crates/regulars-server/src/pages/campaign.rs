//! The form of a campaign and what comes of it in words, for the page of marketing and that of a customer.

use regulars_core::budget::BudgetField;

use crate::budget::BudgetPlan;
use crate::campaign::{Campaign, Fault};
use crate::format;
use crate::view::View;

use super::value::capitalised;

/// One field of the form.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) value: String,
    pub(crate) example: String,
    pub(crate) help: &'static str,
    /// What is wrong with it, and what to do.
    pub(crate) fault: Option<(String, String)>,
}

/// One kind of opportunity to choose.
#[derive(Debug)]
pub(crate) struct KindChoice {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) checked: bool,
}

/// The form.
#[derive(Debug)]
pub(crate) struct CampaignForm {
    pub(crate) action: String,
    /// What else the address says.
    pub(crate) hidden: Vec<(String, String)>,
    pub(crate) fields: Vec<Field>,
    pub(crate) kinds: Vec<KindChoice>,
    /// What is wrong with the kinds, or with the run.
    pub(crate) fault: Option<(String, String)>,
}

fn words(fault: &Fault) -> (String, String) {
    (format!("{}.", capitalised(&fault.message.replace('`', ""))), format!("{}.", capitalised(&fault.hint)))
}

/// The form at `path`; with a budget where it is about more than one customer.
pub(crate) fn form(view: &View, path: &str, with_budget: bool, faults: &[Fault]) -> CampaignForm {
    let campaign = &view.query.shown.campaign;
    let rest = view.query.with_shown(|shown| {
        shown.campaign = Campaign::default();
        shown.customer = None;
    });
    let fault = |part: Option<BudgetField>| faults.iter().find(|fault| fault.part == part).map(words);
    let margin = view.frame.manifest.config.value.margin;
    let field = |name, label, value: &str, example: String, help, part| Field {
        name,
        label,
        value: value.to_owned(),
        example,
        help,
        fault: fault(Some(part)),
    };
    let [budget, cost, response, margin_key, _] = Campaign::KEYS;
    let mut fields = vec![
        field(
            cost,
            "Cost of a contact",
            &campaign.contact_cost,
            "1.20".to_owned(),
            "A letter, a call, a voucher: what one costs.",
            BudgetField::ContactCost,
        ),
        field(
            response,
            "Response",
            &campaign.response,
            "0.05".to_owned(),
            "The share of a customer's potential that a contact realises, 0 to 1. Nobody knows it before a trial.",
            BudgetField::Response,
        ),
        field(
            margin_key,
            "Margin",
            &campaign.margin,
            margin.map_or_else(|| "1".to_owned(), |margin| margin.to_string()),
            if margin.is_some() {
                "Gross margin, e.g. 0.4; left empty, that of the run."
            } else {
                "Gross margin, e.g. 0.4; left empty, all of the spend counts as return."
            },
            BudgetField::Margin,
        ),
    ];
    if with_budget {
        fields.insert(
            0,
            field(
                budget,
                "Budget",
                &campaign.budget,
                "5000".to_owned(),
                "What may be spent on contacts.",
                BudgetField::Budget,
            ),
        );
    }
    CampaignForm {
        action: path.to_owned(),
        hidden: rest.pairs(),
        fields,
        kinds: Vec::new(),
        fault: fault(None).or_else(|| fault(Some(BudgetField::Kinds))),
    }
}

/// What is assumed where nothing was given.
pub(crate) fn assumed(plan: &BudgetPlan) -> Option<String> {
    plan.assumed.as_ref().map(|assumed| format!("Assumed: {}.", assumed.replace('`', "")))
}

/// The interval of the return, in words.
pub(crate) fn interval(view: &View, plan: &BudgetPlan) -> String {
    format!(
        "{} to {}, {:.0}% interval by who responds",
        view.money.exact(plan.return_low_minor),
        view.money.exact(plan.return_high_minor),
        plan.interval_level * 100.0
    )
}

/// The response from which on contacts pay, in words.
pub(crate) fn break_even(plan: &BudgetPlan) -> String {
    plan.break_even_response.map_or_else(|| format::NOTHING.to_owned(), format::percent)
}
