//! A run and the customers selected by a filter, with their figures: pages, reports and files are made from
//! it, so that they cannot disagree.
use crate::error::BackendError;
use crate::filter::Filter;
use crate::format::Money;
use crate::frame::Frame;
use crate::measures::{Figures, figures};
use crate::select::select;
use crate::selection::Selection;

/// A run through a filter.
pub struct FilteredRun {
    /// The run's customers.
    pub frame: Frame,
    /// The filter in force.
    pub filter: Filter,
    /// The customers who match it.
    pub chosen: Selection,
    /// Their headline numbers.
    pub figures: Figures,
    /// How money is written.
    pub money: Money,
}

impl FilteredRun {
    /// Applies the filter to an open run.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn new(frame: Frame, filter: Filter) -> Result<Self, BackendError> {
        let chosen = select(&frame, &filter)?;
        let figures = (*frame.cached(&format!("figures {filter:?}"), || figures(&frame, &chosen))?).clone();
        let money = Money::of(&frame.summary);
        Ok(Self { frame, filter, chosen, figures, money })
    }

    /// The data set's name.
    pub fn dataset(&self) -> &str {
        &self.frame.summary.dataset
    }
}
