//! Revenue bridge: from gross sales, less cancelled and returned orders, to revenue, with the refund policy.
//!
//! Invariant: shown only if the steps add up and the total is the revenue of the run.

use regulars_core::config::Refunds;
use regulars_core::labels;
use regulars_core::money::format_count;
use regulars_core::summary::RunSummary;
use regulars_core::validation::MoneyTotals;

/// The amounts that lead from gross sales to revenue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevenueBridge {
    /// Sold, cancelled and returned.
    pub money: MoneyTotals,
    /// How refunds were handled.
    pub refunds: Refunds,
    /// Revenue of customers in no segment, who returned something but bought nothing in these data: negative,
    /// or 0 if there are none.
    pub in_no_segment_minor: i64,
}

/// One row of the bridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BridgeStep {
    /// Label of the amount, lowercase.
    pub label: &'static str,
    /// Sign before it: empty, `−` or `=`.
    pub sign: &'static str,
    /// The amount, in minor units.
    pub minor: i64,
}

impl RevenueBridge {
    /// The bridge of a run.
    ///
    /// Shape: `None` for runs that do not store it, and if the total differs from the revenue.
    pub fn of(summary: &RunSummary) -> Option<Self> {
        let in_segments: i64 = summary.segments.iter().map(|s| s.revenue_minor).sum();
        let found = Self {
            in_no_segment_minor: summary.revenue_minor.saturating_sub(in_segments),
            ..Self::of_totals(summary.money, summary.refunds?)?
        };
        (summary.money.net_minor == summary.revenue_minor).then_some(found)
    }

    /// The bridge of files validated without a run.
    pub fn of_totals(money: MoneyTotals, refunds: Refunds) -> Option<Self> {
        money.add_up().then_some(Self { money, refunds, in_no_segment_minor: 0 })
    }

    /// The amounts from sold to revenue; empty if nothing was cancelled or returned.
    pub fn steps(&self) -> Vec<BridgeStep> {
        if !self.money.has_returns() {
            return Vec::new();
        }
        let step = |label, sign, minor| BridgeStep { label, sign, minor };
        let mut steps = vec![step(labels::SOLD, "", self.money.gross_minor)];
        // Only the match policy distinguishes cancelled from returned orders.
        if self.refunds == Refunds::Match || self.money.cancelled_minor != 0 {
            steps.push(step(labels::CANCELLED, "−", self.money.cancelled_minor));
        }
        steps.push(step(labels::RETURNED, "−", self.money.returned_minor));
        steps.push(step(labels::REVENUE, "=", self.money.net_minor));
        steps
    }

    /// Notes on these amounts, each a sentence without its final period; `amount` formats an amount.
    pub fn sentences(&self, amount: impl Fn(i64) -> String) -> Vec<String> {
        let mut all = Vec::new();
        if !self.money.has_returns() {
            let sold = amount(self.money.gross_minor);
            let orders = match self.money.gross_orders {
                0 => String::new(),
                1 => " in 1 order".to_owned(),
                orders => format!(" in {} orders", format_count(orders)),
            };
            // If returns are excluded or counted as sales, the data may still contain some.
            let returns = if self.refunds.reduce_spend() { "; there are no returns" } else { "" };
            all.push(format!("Total {}: {sold}{orders}{returns}", labels::SOLD));
            if self.refunds.reduce_spend() {
                return all;
            }
        }
        if self.money.reversed_orders > 0 {
            let of = format_count(self.money.gross_orders);
            let how = if self.money.cancelled_minor == 0 { "returned" } else { "cancelled or returned" };
            all.push(format!(
                "{} of {of} orders were {how} in full",
                format_count(self.money.reversed_orders)
            ));
        }
        all.push(format!("{} (policy {})", self.refunds.sentence(), self.refunds.name()));
        if self.in_no_segment_minor < 0 {
            all.push(format!(
                "{} was refunded to customers who bought nothing in these data; it reduces the {}, and they are in \
                 no segment",
                amount(-self.in_no_segment_minor),
                labels::REVENUE
            ));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::testing::summary;

    const MONEY: MoneyTotals = MoneyTotals {
        gross_minor: 1000,
        cancelled_minor: 200,
        returned_minor: 50,
        net_minor: 750,
        gross_orders: 10,
        reversed_orders: 2,
    };

    fn bridge(money: MoneyTotals, refunds: Refunds) -> RevenueBridge {
        RevenueBridge::of_totals(money, refunds).expect("adds up")
    }

    #[test]
    fn the_steps_add_up() {
        for (refunds, signs) in
            [(Refunds::Match, vec!["", "−", "−", "="]), (Refunds::Net, vec!["", "−", "="])]
        {
            let cancelled_minor = if refunds == Refunds::Match { 200 } else { 0 };
            let money = MoneyTotals { cancelled_minor, returned_minor: 250 - cancelled_minor, ..MONEY };
            let steps = bridge(money, refunds).steps();
            assert_eq!(steps.iter().map(|p| p.sign).collect::<Vec<_>>(), signs, "{refunds:?}");
            let left: i64 = steps.iter().map(|p| if p.sign == "−" { -p.minor } else { p.minor }).sum();
            assert_eq!(left, 2 * money.net_minor, "sold less what went back, and that again");
        }
        assert_eq!(RevenueBridge::of_totals(MoneyTotals { net_minor: 751, ..MONEY }, Refunds::Match), None);
    }

    #[test]
    fn without_returns_there_are_no_steps() {
        let untouched = MoneyTotals { gross_minor: 750, cancelled_minor: 0, returned_minor: 0, ..MONEY };
        for refunds in [Refunds::Match, Refunds::Exclude, Refunds::Net, Refunds::Keep] {
            let bridge = bridge(MoneyTotals { reversed_orders: 0, ..untouched }, refunds);
            assert_eq!(bridge.steps(), [], "{refunds:?}");
            let sentences = bridge.sentences(|minor| minor.to_string());
            assert_eq!(sentences.len(), if refunds.reduce_spend() { 1 } else { 2 }, "{sentences:?}");
            assert!(sentences[0].contains("750") && sentences[0].contains("10"), "{sentences:?}");
            assert_eq!(
                sentences[sentences.len() - 1].contains(refunds.name()),
                !refunds.reduce_spend(),
                "{sentences:?}"
            );
        }
    }

    #[test]
    fn money_of_customers_in_no_segment_is_named() {
        let mut run = summary();
        let in_segments: i64 = run.segments.iter().map(|s| s.revenue_minor).sum();
        run.revenue_minor = in_segments - 30;
        run.refunds = Some(Refunds::Match);
        let gross_minor = run.revenue_minor + 250;
        run.money = MoneyTotals { gross_minor, net_minor: run.revenue_minor, ..MONEY };
        let bridge = RevenueBridge::of(&run).expect("of a run that keeps it");
        assert_eq!(bridge.in_no_segment_minor, -30);
        assert!(bridge.sentences(|minor| format!("<{minor}>")).iter().any(|s| s.starts_with("<30> ")));
        run.money.gross_minor -= 1;
        assert_eq!(RevenueBridge::of(&run), None, "does not add up");
        run.money = MoneyTotals { gross_minor, net_minor: run.revenue_minor, ..MONEY };
        run.revenue_minor += 1;
        assert_eq!(RevenueBridge::of(&run), None, "is not what the revenue says");
        run.refunds = None;
        assert_eq!(RevenueBridge::of(&run), None, "an older run");
    }
}
