//! Axes.

use regulars_analysis::format::Money;
use serde_json::{Map, Value, json};

/// An axis: what it shows, in which unit, and where its ticks are.
#[derive(Debug, Clone, Default)]
pub(super) struct Axis(Map<String, Value>);

impl Axis {
    /// An axis with a title at the usual distance.
    pub(super) fn titled(title: impl Into<String>) -> Self {
        Self::default().set("title", json!({ "text": title.into(), "standoff": 8 }))
    }

    /// An upright axis: its title is as far away as its numbers are wide.
    pub(super) fn upright(title: impl Into<String>) -> Self {
        Self::default().set("title", json!({ "text": title.into() }))
    }

    /// An upright axis of counts from zero.
    pub(super) fn counts(title: impl Into<String>, ticks: usize) -> Self {
        Self::upright(title).zero_based().ticks(ticks).whole()
    }

    /// Months.
    pub(super) fn months() -> Self {
        Self::default()
            .set("type", "date")
            .set("tickformat", "%b\n%Y")
            .ticks(12)
            .no_grid()
            .set("tickangle", 0)
    }

    /// Names by position, since shortened names may coincide.
    fn names(names: &[String]) -> Self {
        let places: Vec<usize> = (0..names.len()).collect();
        Self::default().set("tickvals", places).set("ticktext", names).no_grid().no_zero()
    }

    /// Rows of cells or bars, the first on top.
    pub(super) fn rows(names: &[String]) -> Self {
        Self::names(names).range(names.len() as f64 - 0.5, -0.5).set("ticklen", 6)
    }

    /// Columns of cells.
    pub(super) fn columns(names: &[String]) -> Self {
        Self::names(names).ticks(20).set("tickangle", 0)
    }

    /// Horizontal bars, the first on top.
    pub(super) fn bars(names: &[String]) -> Self {
        Self::names(names).set("autorange", "reversed").set("ticklen", 8)
    }

    /// The margin grows with the names.
    pub(super) fn roomy(self) -> Self {
        self.set("automargin", true)
    }

    /// In money: `€20k`.
    pub(super) fn money(self, money: &Money) -> Self {
        let (prefix, suffix) = money.affixes();
        self.set("tickprefix", prefix).set("ticksuffix", suffix).set("tickformat", "~s")
    }

    /// In money or, if not, in plain numbers.
    pub(super) fn money_if(self, is_money: bool, money: &Money) -> Self {
        if is_money { self.money(money) } else { self.set("tickprefix", "").set("ticksuffix", "") }
    }

    /// In percent, from 0 to `end`.
    pub(super) fn percent(self, end: u8) -> Self {
        self.set("ticksuffix", "%").set("range", [0, end]).set("dtick", 20)
    }

    pub(super) fn whole(self) -> Self {
        self.set("tickformat", ",")
    }

    pub(super) fn zero_based(self) -> Self {
        self.set("rangemode", "tozero")
    }

    pub(super) fn ticks(self, most: usize) -> Self {
        self.set("nticks", most)
    }

    /// A tick at every whole number.
    pub(super) fn every_one(self) -> Self {
        self.set("dtick", 1)
    }

    pub(super) fn range(self, from: f64, to: f64) -> Self {
        self.set("range", [from, to])
    }

    pub(super) fn no_grid(self) -> Self {
        self.set("showgrid", false)
    }

    pub(super) fn no_zero(self) -> Self {
        self.set("zeroline", false)
    }

    pub(super) fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.insert(key.to_owned(), value.into());
        self
    }
}

impl From<Axis> for Value {
    fn from(axis: Axis) -> Self {
        Self::Object(axis.0)
    }
}
