//! The campaign form and its results in words, for the marketing and customer pages.

use regulars_analysis::budget::BudgetPlan;
use regulars_analysis::campaign::{Campaign, FieldError};
use regulars_analysis::format;
use regulars_core::budget::BudgetField;

use crate::view::View;

/// One field of the form.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) value: String,
    pub(crate) example: String,
    pub(crate) help: &'static str,
    /// Error message and hint.
    pub(crate) error: Option<(String, String)>,
}

/// A checkbox for one kind of opportunity.
#[derive(Debug)]
pub(crate) struct KindChoice {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) checked: bool,
}

/// The campaign form.
#[derive(Debug)]
pub(crate) struct CampaignForm {
    pub(crate) action: String,
    /// The other parameters of the URL.
    pub(crate) hidden: Vec<(String, String)>,
    pub(crate) fields: Vec<Field>,
    pub(crate) kinds: Vec<KindChoice>,
    /// An error of the kinds or of the whole run.
    pub(crate) error: Option<(String, String)>,
}

fn words(error: &FieldError) -> (String, String) {
    (
        format!("{}.", format::capitalised(&error.message.replace('`', ""))),
        format!("{}.", format::capitalised(&error.hint)),
    )
}

/// The form at `path`; `with_budget` is false for a single customer.
pub(crate) fn form(view: &View, path: &str, with_budget: bool, errors: &[FieldError]) -> CampaignForm {
    let campaign = &view.query.shown.campaign;
    let rest = view.query.with_shown(|shown| {
        shown.campaign = Campaign::default();
        shown.customer = None;
    });
    let error = |field: Option<BudgetField>| errors.iter().find(|error| error.field == field).map(words);
    let margin = view.frame.manifest.config.value.margin;
    let field = |name, label, value: &str, example: String, help, field| Field {
        name,
        label,
        value: value.to_owned(),
        example,
        help,
        error: error(Some(field)),
    };
    let [budget, cost, response, margin_key, _] = Campaign::KEYS;
    let mut fields = vec![
        field(
            cost,
            "Cost per contact",
            &campaign.contact_cost,
            "1.20".to_owned(),
            "Cost of one letter, call or voucher.",
            BudgetField::ContactCost,
        ),
        field(
            response,
            "Response rate",
            &campaign.response,
            "0.05".to_owned(),
            "Probability that a contacted customer responds and spends the upside, 0 to 1. Test it on a small group first.",
            BudgetField::Response,
        ),
        field(
            margin_key,
            "Gross margin",
            &campaign.margin,
            margin.map_or_else(|| "1".to_owned(), |margin| margin.to_string()),
            if margin.is_some() {
                "For example 0.4; default: the margin of the run."
            } else {
                "For example 0.4; if empty, all spend counts as return."
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
                "Total to spend on contacts.",
                BudgetField::Budget,
            ),
        );
    }
    CampaignForm {
        action: path.to_owned(),
        hidden: rest.pairs(),
        fields,
        kinds: Vec::new(),
        error: error(None).or_else(|| error(Some(BudgetField::Kinds))),
    }
}

/// The margin assumed if none was given, in words.
pub(crate) fn assumed(plan: &BudgetPlan) -> Option<String> {
    plan.assumed.as_ref().map(|assumed| format!("Assumed: {}.", assumed.replace('`', "")))
}

/// The interval of the return, in words.
pub(crate) fn interval(view: &View, plan: &BudgetPlan) -> String {
    format!(
        "{} to {}, {:.0}% interval (random response)",
        view.money.exact(plan.return_low_minor),
        view.money.exact(plan.return_high_minor),
        plan.interval_level * 100.0
    )
}

/// The break-even response rate, in words.
pub(crate) fn break_even(plan: &BudgetPlan) -> String {
    plan.break_even_response.map_or_else(|| format::NOTHING.to_owned(), format::percent)
}
