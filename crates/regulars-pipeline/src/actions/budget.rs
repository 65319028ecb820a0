//! A budget over the opportunities of a run: customers to contact, and the expected return.
//!
//! Deliberately not here: the selection itself (`regulars_models::targeting`).

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringArray};
use regulars_core::budget::{BudgetFault, BudgetField, BudgetRequest};
use regulars_core::money::minor_per_major;
use regulars_engine::Format;
use regulars_models::targeting::{self, Campaign, CampaignPlan};
use regulars_store::Run;

use super::look_alikes::KINDS;
use super::{CustomerOpportunity, opportunities_of};
use regulars_value::tables::{write_as, write_aside};
use regulars_value::{Error, Kind, Result, money};

/// Points of the curve besides those of the plan.
const CURVE_POINTS: usize = 60;

/// Customers to contact, and the expected return.
#[derive(Debug, Clone, PartialEq)]
pub struct Contacts {
    /// The customers, by rank.
    pub customers: Vec<CustomerOpportunity>,
    /// The plan; its rows are indices into all opportunities of the run.
    pub plan: CampaignPlan,
    /// The margin used.
    pub margin: f64,
    /// Its source, in words, unless it was given.
    pub assumed: Option<String>,
    /// Level of the interval of the return.
    pub interval_level: f64,
    /// Return by number of contacts, regardless of the budget: contacts and expected return.
    pub curve: Vec<(usize, f64)>,
}

/// The campaign of a request, and the source of its margin unless given.
fn campaign(run: &Run, request: &BudgetRequest) -> (Campaign, Option<String>) {
    let settings = &run.manifest.config.value;
    let (margin, assumed) = match (request.margin, settings.margin) {
        (Some(margin), _) => (margin, None),
        (None, Some(margin)) => (margin, Some(format!("margin {margin}, from value.margin of the run"))),
        (None, None) => (1.0, Some("no margin is set: all spend counts as return".to_owned())),
    };
    let campaign = Campaign {
        contact_cost: request.contact_cost,
        response: request.response,
        margin,
        budget: request.budget,
        level: settings.interval_level,
    };
    (campaign, assumed)
}

/// Why a run cannot answer a request, if so; does not check that its tables are readable.
pub fn budget_fault(run: &Run, request: &BudgetRequest) -> Option<BudgetFault> {
    if let Err(error) = campaign(run, request).0.check() {
        return Some(refused(&error));
    }
    let known = KINDS.map(super::look_alikes::Kind::name);
    if let Some(kind) = request.kinds.iter().find(|kind| !known.contains(&kind.as_str())) {
        return Some(BudgetFault {
            field: Some(BudgetField::Kinds),
            message: format!("unknown kind of opportunity `{kind}`"),
            hint: Some(format!("kinds are: {}", known.join(", "))),
        });
    }
    (!run.has_table("opportunities")).then(|| BudgetFault {
        field: None,
        message: format!("run {} has no opportunities", run.run_id()),
        hint: Some("run again: this version computes them".to_owned()),
    })
}

/// Spends a budget on the opportunities of a run.
///
/// Errors: those of [`budget_fault`]; an unreadable table.
pub fn contacts(run: &Run, request: &BudgetRequest) -> Result<Contacts> {
    contacts_of(run, request, &|_| true)
}

/// The same for a subset of customers.
///
/// Errors: as for [`contacts`].
pub fn contacts_of(run: &Run, request: &BudgetRequest, is_one: &dyn Fn(&str) -> bool) -> Result<Contacts> {
    if let Some(fault) = budget_fault(run, request) {
        return Err(Error { hint: fault.hint, ..Error::new(Kind::Input, fault.message) });
    }
    let (campaign, assumed) = campaign(run, request);
    let wanted = |one: &CustomerOpportunity| {
        (request.kinds.is_empty() || request.kinds.contains(&one.kind)) && is_one(&one.customer_id)
    };
    let asked: Vec<CustomerOpportunity> =
        opportunities_of(run)?.unwrap_or_default().into_iter().filter(wanted).collect();
    let unit = minor_per_major(run.manifest.money_decimals);
    let upside: Vec<f64> = asked.iter().map(|one| one.upside_minor as f64 / unit).collect();
    let impossible = |e: targeting::Error| Error::new(Kind::Input, e.to_string());
    let plan = targeting::plan(&upside, &campaign, run.manifest.seed).map_err(impossible)?;
    let curve = targeting::curve(&upside, &campaign, CURVE_POINTS).map_err(impossible)?;
    let customers = plan.rows.iter().map(|row| asked[*row as usize].clone()).collect();
    Ok(Contacts { customers, plan, margin: campaign.margin, assumed, interval_level: campaign.level, curve })
}

fn refused(error: &targeting::Error) -> BudgetFault {
    let (field, hint) = match error {
        targeting::Error::Budget(_) => (Some(BudgetField::Budget), None),
        targeting::Error::ContactCost(_) => (Some(BudgetField::ContactCost), None),
        targeting::Error::Response(_) => {
            (Some(BudgetField::Response), Some("0.05 if one customer in twenty responds"))
        }
        targeting::Error::Margin(_) => {
            (Some(BudgetField::Margin), Some("for example 0.4, if 40 of 100 remain after the cost of goods"))
        }
        targeting::Error::Level(_) => (None, None),
    };
    BudgetFault { field, message: error.to_string(), hint: hint.map(str::to_owned) }
}

/// Writes the customers to contact, by rank; money is decimal.
///
/// Errors: I/O; an existing file is kept then.
pub fn write_contacts(contacts: &Contacts, money_decimals: u8, format: Format, out: &Path) -> Result<()> {
    let unit = minor_per_major(money_decimals);
    let each = &contacts.customers;
    let text = |of: fn(&CustomerOpportunity) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(each.iter().map(of)))
    };
    let of_minor = |of: fn(&CustomerOpportunity) -> i64| {
        let values: Vec<f64> = each.iter().map(|one| of(one) as f64 / unit).collect();
        money(&values, Some(money_decimals))
    };
    let ranks: ArrayRef = Arc::new(Int64Array::from_iter_values(1..=each.len() as i64));
    let columns = vec![
        ("rank", ranks),
        ("customer_id", text(|one| &one.customer_id)),
        ("kind", text(|one| &one.kind)),
        ("segment", text(|one| &one.segment)),
        ("predicted_ltv", of_minor(|one| one.predicted_ltv_minor)),
        ("upside", of_minor(|one| one.upside_minor)),
        ("expected_return", money(&contacts.plan.returns, Some(money_decimals))),
    ];
    write_aside(out, |aside| write_as(format, aside, columns))
}
