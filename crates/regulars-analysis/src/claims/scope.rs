//! Which customers claims are about.

/// The customers that the numbers describe.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Whether they cover all customers.
    pub all: bool,
    /// Whether the customers are filtered by past or predicted behaviour.
    pub by_behaviour: bool,
    /// Earliest month of the first order in the filter, `YYYY-MM`, if any.
    pub acquired_from: Option<String>,
}

impl Scope {
    /// All customers.
    pub fn everybody() -> Self {
        Self { all: true, ..Self::default() }
    }
}
