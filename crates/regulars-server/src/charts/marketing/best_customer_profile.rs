//! Best-customer profile for acquisition.

use regulars_analysis::best_customer_profile::{self, MIN_CUSTOMERS, MIN_CUSTOMERS_PER_TRAIT, TraitLift};
use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::table::{Cell, TableOf};
use serde_json::{Value, json};

use super::super::axes::Axis;
use super::super::figure::{Drawn, Figure, short_label};
use super::super::trace::Trace;
use crate::view::View;

/// Maximum number of traits drawn.
const MAX_TRAITS: usize = 14;

/// The traits known at the first order that are more, or less, common among the best customers.
pub(crate) fn best_customer_profile(view: &View) -> Result<Option<Drawn>, BackendError> {
    let Some(profile) = best_customer_profile::best_customer_profile(view)? else { return Ok(None) };
    let found = &profile.traits;
    let Some(first) = found.first() else { return Ok(None) };
    let href = |one: &TraitLift| one.filter.clone().map(|filter| view.customers(filter));
    let lift = |end: usize| move |one: &TraitLift| Cell::Score((one.lift[end] * 1000.0).round() / 1000.0);
    // If there are too many to draw, show the extremes.
    let is_shown =
        |at: usize| found.len() <= MAX_TRAITS || at < MAX_TRAITS / 2 || at >= found.len() - MAX_TRAITS / 2;
    let shown = found.iter().enumerate().filter(|(at, _)| is_shown(*at)).map(|(_, one)| one);
    let shown: Vec<&TraitLift> = shown.collect();
    let names: Vec<String> = shown.iter().map(|one| short_label(&one.label, 34)).collect();
    let hover = |one: &TraitLift| {
        let [lift, low, high] = one.lift.map(format::two);
        let (label, best) = (short_label(&one.label, 60), format::count(one.best_customers));
        let customers = format::customers(one.customers);
        format!("{label}<br>{best} of {customers} are best customers<br>lift {lift}, {low} to {high}")
    };
    let beyond = |end: usize| move |one: &TraitLift| (one.lift[end] - one.lift[0]).abs();
    let links: Vec<Option<String>> = shown.iter().map(|one| href(one)).collect();
    Ok(Some(Drawn {
        title: if first.lift[1] > 1.0 {
            format!("“{}”: {}× as likely to be a best customer", first.label, format::mean(first.lift[0]))
        } else {
            "No trait is more common among the best customers".to_owned()
        },
        advice: format!(
            "Best customers: the 20% with the highest predicted LTV, {} or more in the next {} days. Of {} with at least {MIN_CUSTOMERS_PER_TRAIT} customers, those that differ by more than three standard errors (error bars) are shown. Target new customers with traits to the right of the dotted line, and test with a campaign.{}",
            view.money.rounded(profile.threshold_minor as f64),
            view.frame.manifest.config.value.horizon_days,
            format::counted(profile.traits_compared as u64, "trait", "traits"),
            if profile.has_attributes {
                " Attributes are as in the customers file, not as at the first order."
            } else {
                ""
            },
        ),
        units: "lift: share of best customers relative to all customers with a known value".to_owned(),
        figure: Figure::new(84 + 28 * shown.len().max(4), [20, 8, 48])
            .with(
                Trace::points(shown, 11.0)
                    .set("y", (0..names.len()).collect::<Vec<usize>>())
                    .x(|one| one.lift[0])
                    .errors("x", beyond(2), beyond(1), ("--muted", 1.6, 4))
                    .hover(hover)
                    .colours(|one| if one.lift[0] > 1.0 { "--chart-1" } else { "--below-2" }),
            )
            .upright(1, "--muted")
            .x(Axis::titled("Lift (1 = same as all customers)").zero_based().ticks(7).no_zero())
            .y(Axis::bars(&names).roomy())
            .linked_to(if links.iter().all(Option::is_none) { Value::Null } else { json!([links]) }),
        table: TableOf::new(found)
            .text("known_first", "Trait", |one| &one.label)
            .count("customers", "Customers", |one| one.customers)
            .count("top_customers", "Best customers", |one| one.best_customers)
            .cells("lift", "Lift", lift(0))
            .cells("lift_low", "from", lift(1))
            .cells("lift_high", "to", lift(2))
            .links(href),
    }))
}

/// Why there is no best-customer profile, and what data would help.
///
/// # Errors
///
/// Any [`BackendError`] while reading the columns.
pub(crate) fn nothing_found(view: &View) -> Result<String, BackendError> {
    if view.frame.expected_minor()?.is_none() {
        return Ok("The best-customer profile needs lifetime value, which this run does not have.".to_owned());
    }
    let Some(profile) = best_customer_profile::best_customer_profile(view)? else {
        return Ok(format!(
            "Fewer than {MIN_CUSTOMERS} customers with a predicted LTV are selected: too few to compare."
        ));
    };
    let attributes = if profile.has_attributes {
        ""
    } else {
        " The run has no customer attributes: add a customer file (`--customers FILE`) with, for example, age, city or acquisition channel to compare more."
    };
    Ok(if profile.compared.is_empty() {
        format!("The data have no traits known at the first order.{attributes}")
    } else {
        format!(
            "Compared: {}. None differs by more than three standard errors between the 20% with the highest predicted LTV and all customers.{attributes}",
            profile.compared.join(", ").to_lowercase()
        )
    })
}
