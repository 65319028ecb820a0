//! Requests to allocate a contact budget, and their errors, as plain data for the command line, pages and the
//! API.
//!
//! Deliberately not here: the choice of customers to contact (`regulars_models::targeting`).

/// Cost and assumed response of a campaign; money in units of the currency.
#[derive(Debug, Clone, PartialEq)]
pub struct BudgetRequest {
    /// The contact budget.
    pub budget: f64,
    /// Cost per contact.
    pub contact_cost: f64,
    /// Response rate: the probability that a contacted customer realises the full upside, else none; 0 to 1.
    pub response: f64,
    /// Gross margin; if not set, `value.margin` of the run, else 1.
    pub margin: Option<f64>,
    /// Kinds of opportunities to include; empty for all.
    pub kinds: Vec<String>,
}

/// A field of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BudgetField {
    /// [`BudgetRequest::budget`].
    Budget,
    /// [`BudgetRequest::contact_cost`].
    ContactCost,
    /// [`BudgetRequest::response`].
    Response,
    /// [`BudgetRequest::margin`].
    Margin,
    /// [`BudgetRequest::kinds`].
    Kinds,
}

/// An error of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetFault {
    /// The invalid field; `None` if the run is the problem.
    pub field: Option<BudgetField>,
    /// What is wrong; lowercase, no full stop.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}
