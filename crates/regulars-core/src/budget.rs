//! What is asked of a budget over the opportunities of a run, and what can be wrong with it, as plain data for
//! the command line, pages and the API.
//!
//! Deliberately not here: the choice of whom to contact (`regulars_models::targeting`).

/// What a campaign costs and is assumed to reach; money in the currency's unit.
#[derive(Debug, Clone, PartialEq)]
pub struct BudgetRequest {
    /// What may be spent on contacts.
    pub budget: f64,
    /// What one contact costs.
    pub contact_cost: f64,
    /// The share of the potential that a contact realises.
    pub response: f64,
    /// What is left of one unit of spend after cost; not given, `value.margin` of the run, and without
    /// that all of the spend.
    pub margin: Option<f64>,
    /// Kinds of opportunities to spend it on; empty for all.
    pub kinds: Vec<String>,
}

/// A part of a request.
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

/// Why a request cannot be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetFault {
    /// Which part of it is wrong; none where the run is.
    pub field: Option<BudgetField>,
    /// What is wrong; lowercase, no final dot.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}
