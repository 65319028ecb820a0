//! The campaign form: fields stay text in the URL, so that errors can be shown next to what was typed.

use std::collections::BTreeSet;
use std::sync::Arc;

use regulars_core::budget::{BudgetField, BudgetRequest};

use crate::budget::{BudgetOutcome, BudgetPlan};
use crate::error::BackendError;
use crate::filtered_run::FilteredRun;

/// The form fields, as entered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Campaign {
    /// The budget.
    pub budget: String,
    /// Cost per contact.
    pub contact_cost: String,
    /// Response rate.
    pub response: String,
    /// Gross margin.
    pub margin: String,
    /// Kinds of opportunities; all if empty.
    pub kinds: BTreeSet<String>,
}

/// An invalid or missing field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field; `None` if the run does not allow any plan.
    pub field: Option<BudgetField>,
    /// The error; lowercase, no full stop.
    pub message: String,
    /// What is expected.
    pub hint: String,
}

/// The result of a form.
pub enum CampaignResult {
    /// The form is empty.
    Nothing,
    /// The form, or the run, does not allow an answer.
    Invalid(Vec<FieldError>),
    /// The contact plan.
    Plan(Arc<BudgetPlan>),
}

impl Campaign {
    /// The URL parameters of its fields.
    pub const KEYS: [&str; 5] = ["budget", "contact_cost", "response", "margin", "kind"];

    /// Reads one URL parameter; returns whether it belongs to a campaign.
    pub fn take(&mut self, key: &str, value: &str) -> bool {
        let value = value.trim();
        let field = match key {
            "budget" => &mut self.budget,
            "contact_cost" => &mut self.contact_cost,
            "response" => &mut self.response,
            "margin" => &mut self.margin,
            "kind" => {
                if !value.is_empty() {
                    self.kinds.insert(value.to_owned());
                }
                return true;
            }
            _ => return false,
        };
        value.clone_into(field);
        true
    }

    /// The URL parameters, without empty fields.
    pub fn pairs(&self) -> Vec<(String, String)> {
        let [budget, cost, response, margin, kind] = Self::KEYS;
        let fields = [
            (budget, &self.budget),
            (cost, &self.contact_cost),
            (response, &self.response),
            (margin, &self.margin),
        ];
        let pair = |(key, value): (&str, &String)| (key.to_owned(), value.clone());
        let given = fields.into_iter().filter(|(_, value)| !value.is_empty()).map(pair);
        given.chain(self.kinds.iter().map(|value| pair((kind, value)))).collect()
    }

    /// Parses the form.
    ///
    /// # Errors
    ///
    /// Missing and non-numeric fields, one error each.
    pub fn read(&self) -> Result<BudgetRequest, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut number = |field: BudgetField, what: &str, text: &str, example: &str| -> f64 {
            match parsed(text) {
                Some(number) => return number,
                None if text.is_empty() => errors.push(FieldError {
                    field: Some(field),
                    message: format!("{what} is missing"),
                    hint: format!("for example {example}"),
                }),
                None => errors.push(FieldError {
                    field: Some(field),
                    message: format!("{what} “{text}” is not a number"),
                    hint: format!("use a decimal point and no thousands separators, e.g. {example}"),
                }),
            }
            f64::NAN
        };
        let budget = number(BudgetField::Budget, "the budget", &self.budget, "5000");
        let contact_cost =
            number(BudgetField::ContactCost, "the cost per contact", &self.contact_cost, "1.20");
        let response = number(BudgetField::Response, "the response rate", &self.response, "0.05");
        let margin =
            (!self.margin.is_empty()).then(|| number(BudgetField::Margin, "the margin", &self.margin, "0.4"));
        if !errors.is_empty() {
            return Err(errors);
        }
        let kinds = self.kinds.iter().cloned().collect();
        Ok(BudgetRequest { budget, contact_cost, response, margin, kinds })
    }
}

/// A number or a percentage.
fn parsed(text: &str) -> Option<f64> {
    match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().ok().map(|percent| percent / 100.0),
        None => text.parse().ok(),
    }
}

/// Plans the budget of the form for the filtered customers.
///
/// # Errors
///
/// Any [`BackendError`].
pub fn answer(run: &FilteredRun, campaign: &Campaign) -> Result<CampaignResult, BackendError> {
    if *campaign == Campaign::default() {
        return Ok(CampaignResult::Nothing);
    }
    let request = match campaign.read() {
        Ok(request) => request,
        Err(errors) => return Ok(CampaignResult::Invalid(errors)),
    };
    Ok(match &*run.frame.allocate_budget(&request, &run.chosen, &run.filter)? {
        BudgetOutcome::Plan(plan) => CampaignResult::Plan(Arc::clone(plan)),
        BudgetOutcome::Invalid(error) => CampaignResult::Invalid(vec![FieldError {
            field: error.field,
            message: error.message.clone(),
            hint: error.hint.clone().unwrap_or_else(|| "0 or more".to_owned()),
        }]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn campaign(text: &str) -> Campaign {
        let mut campaign = Campaign::default();
        for (key, value) in text.split('&').filter_map(|pair| pair.split_once('=')) {
            assert!(campaign.take(key, value), "{key}");
        }
        campaign
    }

    #[test]
    fn a_form_says_what_is_wrong_field_by_field() {
        let campaign_read =
            campaign("budget=5000&contact_cost=1.20&response=5%&kind=retention&kind=upsell").read();
        let campaign_read = campaign_read.expect("in order");
        assert_eq!(
            (campaign_read.budget, campaign_read.contact_cost, campaign_read.margin),
            (5000.0, 1.2, None)
        );
        assert!(
            (campaign_read.response - 0.05).abs() < 1e-12 && campaign_read.kinds == ["retention", "upsell"]
        );
        let faults = campaign("budget=5,000&response=&margin=much").read().expect_err("faults");
        let errors: Vec<(BudgetField, &str)> =
            faults.iter().map(|f| (f.field.expect("a field"), f.message.as_str())).collect();
        assert_eq!(
            errors,
            [
                (BudgetField::Budget, "the budget “5,000” is not a number"),
                (BudgetField::ContactCost, "the cost per contact is missing"),
                (BudgetField::Response, "the response rate is missing"),
                (BudgetField::Margin, "the margin “much” is not a number"),
            ]
        );
        assert!(!Campaign::default().take("colour", "x"));
        assert_eq!(campaign("budget= 7 &kind=").pairs(), [("budget".to_owned(), "7".to_owned())]);
    }
}
