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

use super::similar_customers::KINDS;
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
    /// Source of the margin, in words; `None` if it was given.
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

/// Why a run cannot answer a request; `None` if it can. Does not check that its tables are readable.
pub fn budget_fault(run: &Run, request: &BudgetRequest) -> Option<BudgetFault> {
    if let Err(error) = campaign(run, request).0.check() {
        return Some(refused(&error));
    }
    let known = KINDS.map(super::similar_customers::Kind::name);
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

/// Like [`contacts`], for a subset of customers.
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
    let opportunities: Vec<CustomerOpportunity> =
        opportunities_of(run)?.unwrap_or_default().into_iter().filter(wanted).collect();
    let unit = minor_per_major(run.manifest.money_decimals);
    let upside: Vec<f64> = opportunities.iter().map(|one| one.upside_minor as f64 / unit).collect();
    let impossible = |e: targeting::Error| Error::new(Kind::Input, e.to_string());
    let plan = targeting::plan(&upside, &campaign, run.manifest.seed).map_err(impossible)?;
    let curve = targeting::curve(&upside, &campaign, CURVE_POINTS).map_err(impossible)?;
    let customers = plan.rows.iter().map(|row| opportunities[*row as usize].clone()).collect();
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

#[cfg(test)]
mod tests {
    use arrow::array::AsArray;
    use regulars_engine::Format;
    use regulars_value::feature_columns::read_columns;

    use super::*;
    use crate::testing::Shop;

    fn request(budget: f64) -> BudgetRequest {
        BudgetRequest { budget, contact_cost: 2.0, response: 0.2, margin: Some(0.5), kinds: Vec::new() }
    }

    #[test]
    fn the_budget_is_spent_on_the_largest_returns() {
        let shop = Shop::usual();
        let run = shop.run(&shop.options(), "2024-01-01T10:00:00Z").run;
        let all = opportunities_of(&run).expect("readable").expect("there");
        assert!(all.len() > 5, "{}", all.len());
        // Half of a fifth of the upside comes back; a contact costs 2.00.
        let mut returns: Vec<f64> =
            all.iter().map(|one| one.upside_minor as f64 / 100.0 * 0.1 - 2.0).collect();
        returns.sort_by(|a, b| b.total_cmp(a));
        let worthwhile = returns.iter().filter(|gain| **gain > 0.0).count();
        for budget in [0.0, 1.9, 7.0, 20.0, 1e6] {
            let found = contacts(&run, &request(budget)).expect("a plan");
            let count = ((budget / 2.0).floor() as usize).min(worthwhile);
            assert_eq!(found.customers.len(), count, "{budget}");
            assert!((found.plan.cost - 2.0 * count as f64).abs() < 1e-9);
            let gain: f64 = returns[..count].iter().sum();
            assert!(
                (found.plan.expected_return - gain).abs() < 1e-6,
                "{} {gain}",
                found.plan.expected_return
            );
            assert_eq!(found.plan.worthwhile, worthwhile);
            let ranked: Vec<i64> = found.customers.iter().map(|one| one.upside_minor).collect();
            assert!(ranked.is_sorted_by(|a, b| a >= b));
            // The curve does not know the budget.
            let most = found.curve.iter().map(|point| point.1).fold(f64::NEG_INFINITY, f64::max);
            assert!(
                (most - returns[..worthwhile].iter().sum::<f64>()).abs() < 1e-6 || found.curve.len() > 60
            );
            assert!(found.curve.is_sorted_by_key(|point| point.0));
            assert_eq!((found.margin.to_bits(), found.assumed), (0.5_f64.to_bits(), None));
        }
        // One kind only, and some customers only.
        let kind = all[0].kind.clone();
        let one_kind = BudgetRequest { kinds: vec![kind.clone()], ..request(1e6) };
        let found = contacts(&run, &one_kind).expect("a plan");
        assert!(found.customers.iter().all(|one| one.kind == kind));
        let customer = found.customers.first().map(|one| one.customer_id.clone());
        let only = contacts_of(&run, &request(1e6), &|id| Some(id) == customer.as_deref()).expect("a plan");
        assert_eq!(only.customers.len(), usize::from(customer.is_some()));
        // Without a margin everything counts, and it is said.
        let found = contacts(&run, &BudgetRequest { margin: None, ..request(20.0) }).expect("a plan");
        assert!((found.margin - 1.0).abs() < 1e-12 && found.assumed.is_some());
        // The list, by rank.
        let out = shop.folder.path().join("contacts.parquet");
        let found = contacts(&run, &request(9.0)).expect("a plan");
        write_contacts(&found, 2, Format::Parquet, &out).expect("written");
        let columns = ["rank", "customer_id", "upside"].map(str::to_owned);
        let columns = read_columns(&out, &columns).expect("written");
        let ranks = columns[0].as_primitive::<arrow::datatypes::Int64Type>().values().to_vec();
        assert_eq!(ranks, (1..=found.customers.len() as i64).collect::<Vec<i64>>());
        let ids: Vec<&str> = columns[1].as_string::<i32>().iter().flatten().collect();
        assert_eq!(ids, found.customers.iter().map(|one| one.customer_id.as_str()).collect::<Vec<_>>());
        let upside = columns[2].as_primitive::<arrow::datatypes::Decimal128Type>().values().to_vec();
        assert_eq!(
            upside,
            found.customers.iter().map(|one| i128::from(one.upside_minor)).collect::<Vec<_>>()
        );
    }

    #[test]
    fn requests_that_make_no_sense_name_their_field() {
        let shop = Shop::new(crate::testing::orders(60, 100, 3));
        let options = crate::RunOptions {
            steps: crate::StepSelection::parse("scores").expect("known"),
            ..shop.options()
        };
        let run = shop.run(&options, "2024-01-01T10:00:00Z").run;
        let field = |request: BudgetRequest| budget_fault(&run, &request).map(|fault| fault.field);
        assert_eq!(field(request(10.0)), None);
        assert_eq!(field(BudgetRequest { budget: -1.0, ..request(1.0) }), Some(Some(BudgetField::Budget)));
        assert_eq!(
            field(BudgetRequest { contact_cost: -0.5, ..request(1.0) }),
            Some(Some(BudgetField::ContactCost))
        );
        assert_eq!(field(BudgetRequest { response: 1.5, ..request(1.0) }), Some(Some(BudgetField::Response)));
        assert_eq!(
            field(BudgetRequest { margin: Some(-0.1), ..request(1.0) }),
            Some(Some(BudgetField::Margin))
        );
        let unknown = BudgetRequest { kinds: vec!["win back".to_owned()], ..request(1.0) };
        assert_eq!(field(unknown.clone()), Some(Some(BudgetField::Kinds)));
        assert_eq!(contacts(&run, &unknown).expect_err("unknown").kind, Kind::Input);
        // Nobody has an opportunity without lifetime value.
        let nobody = contacts(&run, &request(10.0)).expect("a plan");
        assert!(nobody.customers.is_empty() && nobody.plan.cost.abs() < 1e-12);
    }
}
