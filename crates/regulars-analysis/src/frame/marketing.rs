//! Recommended actions of a run, spend at risk and upside per customer, and contact budgets.

use std::collections::BTreeSet;
use std::sync::Arc;

use regulars_core::actions::Actions;
use regulars_core::budget::BudgetRequest;
use regulars_core::features::spend_last;
use regulars_core::risk::recent_days;
use regulars_core::tables::{
    ColumnDef, customer_features, opportunities, opportunity_summary, segment_actions, transactions,
};

use super::attributes::Attribute;
use super::cache::MemorySize;
use super::coded::{Coded, NONE};
use super::customers::{Frame, Integers, Numbers, PREDICTIONS, present};
use super::ledger::NO_ROW;
use crate::budget::BudgetOutcome;
use crate::columns::{Column, ColumnKind, NO_INTEGER};
use crate::error::BackendError;
use crate::filter::Filter;
use crate::format::Money;
use crate::selection::Selection;

impl MemorySize for BudgetOutcome {
    fn bytes(&self) -> usize {
        match self {
            Self::Plan(plan) => 1024 + 160 * plan.customers.len(),
            Self::Invalid(_) => 256,
        }
    }
}

/// Recent spend of each customer, and the probability of losing it.
#[derive(Clone)]
pub(crate) struct RecentSpend {
    minor: Integers,
    p_alive: Numbers,
    p_churn: Option<Numbers>,
}

impl RecentSpend {
    /// Recent spend, minor units.
    pub(crate) fn recent_spend_minor(&self, row: usize) -> f64 {
        present(self.minor[row]).map_or(f64::NAN, |minor| minor as f64)
    }

    /// P(churn) or, without a churn model, 1 - P(alive).
    pub(crate) fn churn_probability(&self, row: usize) -> f64 {
        let churn = self.p_churn.as_ref().map_or(f64::NAN, |churn| churn[row]);
        if churn.is_nan() { 1.0 - self.p_alive[row] } else { churn }
    }
}

/// Upside of customers if they behaved like similar customers; no value for customers without an opportunity.
#[derive(Clone)]
pub struct Opportunities {
    /// Kind of opportunity, in the order of the run.
    pub kinds: Arc<Coded>,
    pub expected_minor: Integers,
    pub similar_customers_minor: Integers,
    pub upside_minor: Integers,
}

/// A trait known at the first order, as classes.
pub enum FirstOrderTrait {
    /// A customer attribute.
    Attribute(Arc<Attribute>),
    /// A property of the first order: title and classes.
    Order(&'static str, Arc<Coded>),
}

impl FirstOrderTrait {
    /// The title.
    pub fn title(&self) -> String {
        match self {
            Self::Attribute(attribute) => attribute.title(),
            Self::Order(title, _) => (*title).to_owned(),
        }
    }

    /// The class of each customer.
    pub fn classes(&self) -> &Coded {
        match self {
            Self::Attribute(attribute) => &attribute.classes,
            Self::Order(_, classes) => classes,
        }
    }

    /// The attribute name, if it is an attribute.
    pub fn attribute(&self) -> Option<&str> {
        match self {
            Self::Attribute(attribute) => Some(&attribute.name),
            Self::Order(..) => None,
        }
    }
}

/// Number of classes of the first order's amount.
const AMOUNT_CLASSES: usize = 4;

impl Frame {
    /// The run's recommended actions.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn actions(&self) -> Result<Option<Actions>, BackendError> {
        if !self.has(segment_actions::COLUMNS.segment)? || !self.has(opportunity_summary::COLUMNS.kind)? {
            return Ok(None);
        }
        let (segments, opportunities) = (self.rows()?, self.rows()?);
        Ok(Some(Actions {
            segments: segments.map(Arc::unwrap_or_clone).unwrap_or_default(),
            opportunities: opportunities.map(Arc::unwrap_or_clone).unwrap_or_default(),
        }))
    }

    /// Number of days that count as recent spend.
    pub fn recent_days(&self) -> u32 {
        recent_days(self.manifest.config.value.horizon_days)
    }

    /// Recent spend and churn risk of each customer; `None` if the run has no lifetime value.
    pub(crate) fn recent_spend(&self) -> Result<Option<RecentSpend>, BackendError> {
        let Some(recent) = spend_last(self.recent_days()) else { return Ok(None) };
        let (Some(recent_spend_minor), Some(p_alive)) =
            (self.integers(recent)?, self.numbers(PREDICTIONS.p_alive)?)
        else {
            return Ok(None);
        };
        let p_churn = self.numbers(PREDICTIONS.p_churn)?;
        Ok(Some(RecentSpend { minor: recent_spend_minor, p_alive, p_churn }))
    }

    /// Opportunities of each customer; `None` if the run has none.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn opportunities(&self) -> Result<Option<Opportunities>, BackendError> {
        const OF: opportunities::Columns<ColumnDef> = opportunities::COLUMNS;
        let Some(column) = self.column(OF.kind)? else { return Ok(None) };
        let actions = self.actions()?;
        let kinds = self.cached("opportunity kinds", || {
            let known = actions.iter().flat_map(|actions| &actions.opportunities);
            let order: Vec<&str> = known.map(|kind| kind.kind.as_str()).collect();
            Ok(Coded::of_text(&column, &order))
        })?;
        let of = |column| self.integers(column);
        Ok(match (of(OF.predicted_ltv_minor)?, of(OF.similar_customers_ltv_minor)?, of(OF.upside_minor)?) {
            (Some(expected_minor), Some(similar_customers_minor), Some(upside_minor)) => {
                Some(Opportunities { kinds, expected_minor, similar_customers_minor, upside_minor })
            }
            _ => None,
        })
    }

    /// The list of a segment for email and advertising tools.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn segment_list(&self, segment: &str) -> Result<Vec<u8>, BackendError> {
        self.backend.computer.segment_list(&self.dataset, &self.run, segment)
    }

    /// Allocates a budget to the selected customers, those of `filter`.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn allocate_budget(
        &self,
        request: &BudgetRequest,
        chosen: &Selection,
        filter: &Filter,
    ) -> Result<Arc<BudgetOutcome>, BackendError> {
        self.cached(&format!("budget {request:?} {filter:?}"), || {
            let among = if chosen.is_all() { None } else { Some(self.names(chosen)?) };
            self.backend.computer.budget(&self.dataset, &self.run, request, among.as_ref())
        })
    }

    /// Evaluates a contact of one customer.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn evaluate_contact(
        &self,
        request: &BudgetRequest,
        customer: &str,
    ) -> Result<BudgetOutcome, BackendError> {
        let among = BTreeSet::from([customer.to_owned()]);
        self.backend.computer.budget(&self.dataset, &self.run, request, Some(&among))
    }

    /// The ids of the selected customers.
    fn names(&self, chosen: &Selection) -> Result<BTreeSet<String>, BackendError> {
        let ids = self.ids()?;
        Ok(chosen.rows().map(|row| ids.display(row)).collect())
    }

    /// Traits known at the first order: attributes of the customer and of that order.
    ///
    /// Favourite categories are excluded: they depend on later orders.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn first_order_traits(&self) -> Result<Vec<FirstOrderTrait>, BackendError> {
        let mut found = Vec::new();
        for name in &*self.attribute_names()? {
            // Dates do not describe new customers.
            if name == customer_features::COLUMNS.favourite_category.name || self.is_date(name)? {
                continue;
            }
            found.extend(self.attribute(name)?.map(FirstOrderTrait::Attribute));
        }
        let columns = transactions::COLUMNS;
        for (column, title) in
            [(columns.product_category, "First bought"), (columns.payment_method, "First paid by")]
        {
            if let Some(classes) = self.first_lines(column)? {
                found.push(FirstOrderTrait::Order(title, classes));
            }
        }
        let classes = self.first_amounts()?;
        if classes.labels.len() > 1 {
            found.push(FirstOrderTrait::Order("First order", classes));
        }
        Ok(found)
    }

    /// Whether a customer attribute is a date.
    fn is_date(&self, name: &str) -> Result<bool, BackendError> {
        let shape = self.shape("customers")?;
        let columns = shape.iter().flat_map(|shape| &shape.columns);
        Ok(columns.into_iter().any(|(column, kind)| column == name && *kind == ColumnKind::Days))
    }

    /// The class of the most expensive line on each customer's first day.
    fn first_lines(&self, column: ColumnDef) -> Result<Option<Arc<Coded>>, BackendError> {
        let Some(classes) = self.line_classes(column)? else { return Ok(None) };
        let rows = self.count()?;
        let found = self.cached(&format!("first {}", column.name), || {
            let lines = self.lines()?;
            let Column::Days(days) = self.read_one(transactions::COLUMNS.transaction_date)? else {
                return Ok(Coded::default());
            };
            // Per customer: the day, the amount, the class.
            let mut best: Vec<Option<(i32, i64, u16)>> = vec![None; rows];
            let each = lines.customer.iter().zip(&lines.amount_minor).zip(days.iter().zip(&classes.codes));
            for ((&customer, &amount), (&day, &code)) in each {
                if customer == NO_ROW || amount == NO_INTEGER || amount < 0 {
                    continue;
                }
                let Some(best) = best.get_mut(customer as usize) else { continue };
                let is_better =
                    best.is_none_or(|(first, most, _)| day < first || day == first && amount > most);
                if is_better {
                    *best = Some((day, amount, code));
                }
            }
            let codes = best.iter().map(|best| best.map_or(NONE, |(_, _, code)| code)).collect();
            Ok(Coded { codes, labels: classes.labels.clone() })
        })?;
        Ok(Some(found))
    }

    /// Customers in groups of equal size by the amount of their first order.
    fn first_amounts(&self) -> Result<Arc<Coded>, BackendError> {
        let rows = self.count()?;
        self.cached("first amounts", || {
            let orders = self.orders()?;
            let mut first: Vec<Option<(i32, i64)>> = vec![None; rows];
            for at in (0..orders.customer.len()).filter(|at| orders.is_purchase[*at]) {
                let place = &mut first[orders.customer[at] as usize];
                if place.is_none_or(|(day, _)| orders.day[at] < day) {
                    *place = Some((orders.day[at], orders.amount_minor[at]));
                }
            }
            let amounts: Vec<Option<i64>> =
                first.iter().map(|first| first.map(|(_, amount)| amount)).collect();
            Ok(amount_classes(&amounts, &Money::of(&self.summary)))
        })
    }
}

/// Amounts in groups of about equal size; equal amounts are in one group.
fn amount_classes(amounts: &[Option<i64>], money: &Money) -> Coded {
    let mut sorted: Vec<i64> = amounts.iter().copied().flatten().collect();
    sorted.sort_unstable();
    if sorted.is_empty() {
        return Coded { codes: vec![NONE; amounts.len()], labels: Vec::new() };
    }
    let mut cuts: Vec<i64> =
        (1..AMOUNT_CLASSES).map(|part| sorted[sorted.len() * part / AMOUNT_CLASSES]).collect();
    cuts.dedup();
    cuts.retain(|cut| *cut > sorted[0]);
    let shown = |minor: i64| money.rounded(minor as f64);
    let label = |part: usize| match (part.checked_sub(1).map(|below| cuts[below]), cuts.get(part)) {
        (None, Some(to)) => format!("less than {}", shown(*to)),
        (Some(from), Some(to)) => format!("{} to {}", shown(from), shown(*to)),
        (Some(from), None) => format!("{} or more", shown(from)),
        (None, None) => "any amount".to_owned(),
    };
    Coded {
        codes: amounts
            .iter()
            .map(|amount| amount.map_or(NONE, |amount| cuts.partition_point(|cut| *cut <= amount) as u16))
            .collect(),
        labels: (0..=cuts.len()).map(label).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amount_classes_are_of_equal_size_and_equal_amounts_share_one() {
        let money = Money::new(Some("EUR"), 0);
        let amounts: Vec<Option<i64>> = (1..=8).map(Some).chain([None]).collect();
        let found = amount_classes(&amounts, &money);
        assert_eq!(found.codes, [0, 0, 1, 1, 2, 2, 3, 3, NONE]);
        assert_eq!(found.labels, ["less than €3", "€3 to €5", "€5 to €7", "€7 or more"]);
        let equal = amount_classes(&[Some(5); 4], &money);
        assert_eq!((equal.codes, equal.labels), (vec![0; 4], vec!["any amount".to_owned()]));
        assert_eq!(amount_classes(&[None], &money).codes, [NONE]);
    }
}
