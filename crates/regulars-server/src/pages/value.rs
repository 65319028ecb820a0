//! Lifetime value in words and rows: what all customers come to, which model says so, and how it did.

use regulars_core::summary::{ModelRow, RunSummary, ValueSummary, ValuedCustomer};

use crate::format::{self, Money, NOTHING};

/// The card of lifetime value.
#[derive(Debug)]
pub(crate) struct ValueCard {
    pub(crate) title: String,
    pub(crate) lead: String,
    pub(crate) figures: Vec<Figure>,
    pub(crate) warnings: Vec<String>,
    pub(crate) judged: String,
    pub(crate) models: Vec<ModelLine>,
    pub(crate) customers: Vec<CustomerLine>,
}

/// A number with its name and how sure it is.
#[derive(Debug)]
pub(crate) struct Figure {
    pub(crate) label: &'static str,
    pub(crate) value: String,
    pub(crate) detail: String,
}

/// One row of the comparison.
#[derive(Debug)]
pub(crate) struct ModelLine {
    pub(crate) model: String,
    pub(crate) chosen: bool,
    pub(crate) note: String,
    pub(crate) r2: String,
    pub(crate) mae: String,
    pub(crate) rmse: String,
    pub(crate) bias: String,
    pub(crate) purchases_rmse: String,
}

/// One of the customers with the highest value.
#[derive(Debug)]
pub(crate) struct CustomerLine {
    pub(crate) customer: String,
    pub(crate) value: String,
    pub(crate) interval: String,
    pub(crate) purchases: String,
    pub(crate) p_alive: String,
}

/// Lifetime value of a run, if it has any.
pub(crate) fn card(summary: &RunSummary) -> Option<ValueCard> {
    let found = summary.value.as_ref()?;
    let money = Money::of(summary);
    Some(ValueCard {
        title: format!("Lifetime value: the next {} days", found.horizon_days),
        lead: format!("By {}, chosen by {}. {}.", found.model, found.rule, capitalised(&found.reason)),
        figures: figures(found, &money),
        warnings: found.warnings.iter().map(|warning| format!("{}.", capitalised(warning))).collect(),
        judged: format!(
            "Models were fitted to what was known on {} and judged on the {} days after it: {} customers spent {} where \
             {} were expected. The {} intervals held {} of them.",
            format::day(&found.calibration_end),
            found.holdout_days,
            format::count(found.customers_judged),
            money.rounded(found.actual_minor as f64),
            money.rounded(found.expected_minor as f64),
            level(found),
            format::percent(found.coverage)
        ),
        models: found.models.iter().map(|model| line(model, &money)).collect(),
        customers: found.top_customers.iter().map(|customer| customer_line(customer, &money)).collect(),
    })
}

fn figures(found: &ValueSummary, money: &Money) -> Vec<Figure> {
    let level = level(found);
    vec![
        Figure {
            label: "Expected of a customer",
            value: money.mean(found.mean_ltv_minor),
            detail: format!(
                "{} to {} ({level} interval of the mean)",
                money.mean(found.mean_ltv_low_minor),
                money.mean(found.mean_ltv_high_minor)
            ),
        },
        Figure {
            label: "Expected of all",
            value: money.rounded(found.total_ltv_minor as f64),
            detail: format!(
                "{} to {}, {} of it from the top tenth",
                money.rounded(found.total_ltv_low_minor as f64),
                money.rounded(found.total_ltv_high_minor as f64),
                format::percent(found.top_tenth_share)
            ),
        },
        Figure {
            label: "Still customers",
            value: format::percent(found.mean_p_alive),
            detail: "Mean chance that a customer has not left for good".to_owned(),
        },
        Figure {
            label: "Purchases expected",
            value: format::count(found.total_purchases.round() as u64),
            detail: format!(
                "{} to {}; a new customer comes back {:.1} times",
                format::count(found.total_purchases_low.round() as u64),
                format::count(found.total_purchases_high.round() as u64),
                found.new_customer_purchases
            ),
        },
    ]
}

/// The chance that intervals are meant to hold what happens.
fn level(found: &ValueSummary) -> String {
    format!("{:.0}%", found.interval_level * 100.0)
}

fn line(model: &ModelRow, money: &Money) -> ModelLine {
    let amount = |minor: Option<f64>| minor.map_or_else(|| NOTHING.to_owned(), |minor| money.mean(minor));
    ModelLine {
        model: model.model.clone(),
        chosen: model.chosen,
        note: match &model.note {
            Some(note) => note.clone(),
            None if model.kind == "baseline" => "simple forecast, for comparison".to_owned(),
            None => String::new(),
        },
        r2: model.r2.map_or_else(|| NOTHING.to_owned(), rounded),
        mae: amount(model.mae_minor),
        rmse: amount(model.rmse_minor),
        bias: model
            .bias
            .map_or_else(|| NOTHING.to_owned(), |bias| format!("{:+.1}%", bias * 100.0).replace('-', "−")),
        purchases_rmse: model.purchases_rmse.map_or_else(|| NOTHING.to_owned(), |rmse| format!("{rmse:.2}")),
    }
}

fn customer_line(customer: &ValuedCustomer, money: &Money) -> CustomerLine {
    CustomerLine {
        customer: customer.customer_id.clone(),
        value: money.exact(customer.predicted_ltv_minor),
        interval: format!(
            "{} to {}",
            money.exact(customer.predicted_low_minor),
            money.exact(customer.predicted_high_minor)
        ),
        purchases: format!("{:.1}", customer.expected_purchases),
        p_alive: format::percent(customer.p_alive),
    }
}

/// Two decimals; what rounds to nothing has no sign.
fn rounded(value: f64) -> String {
    let hundredths = (value * 100.0).round() + 0.0;
    format!("{:.2}", hundredths / 100.0).replace('-', "−")
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
