//! From what was sold to the revenue: what was cancelled, what was returned, what is left, and under which
//! policy.
//!
//! Invariant: shown only where the parts make the whole and the whole is the revenue of the run.

use regulars_core::config::Refunds;
use regulars_core::labels;
use regulars_core::money::format_count;
use regulars_core::summary::RunSummary;
use regulars_core::validation::MoneyTotals;

/// The way from what was sold to the revenue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sold {
    /// What was sold, and what of it went back.
    pub money: MoneyTotals,
    /// What was done with money that went back.
    pub refunds: Refunds,
    /// What the customers in no segment add to the revenue: they bought nothing in these data, but have
    /// returned something, so it is below zero. 0 where nobody is like that.
    pub in_no_segment_minor: i64,
}

/// One part of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// What the amount is, within a sentence.
    pub label: &'static str,
    /// What stands before it: nothing, `−`, or `=`.
    pub sign: &'static str,
    /// The amount, in minor units.
    pub minor: i64,
}

impl Sold {
    /// Of a run.
    ///
    /// `None` for runs from before it was kept, and where it is not what the revenue says.
    pub fn of(summary: &RunSummary) -> Option<Self> {
        let in_segments: i64 = summary.segments.iter().map(|s| s.revenue_minor).sum();
        let found = Self {
            in_no_segment_minor: summary.revenue_minor.saturating_sub(in_segments),
            ..Self::of_totals(summary.money, summary.refunds?)?
        };
        (summary.money.net_minor == summary.revenue_minor).then_some(found)
    }

    /// Of files that were checked without a run.
    pub fn of_totals(money: MoneyTotals, refunds: Refunds) -> Option<Self> {
        money.add_up().then_some(Self { money, refunds, in_no_segment_minor: 0 })
    }

    /// The amounts, from what was sold to the revenue; empty if nothing of it went back.
    pub fn parts(&self) -> Vec<Part> {
        if !self.money.has_returns() {
            return Vec::new();
        }
        let part = |label, sign, minor| Part { label, sign, minor };
        let mut parts = vec![part(labels::SOLD, "", self.money.gross_minor)];
        // Only matching tells a cancelled order from a returned one.
        if self.refunds == Refunds::Match || self.money.cancelled_minor != 0 {
            parts.push(part(labels::CANCELLED, "−", self.money.cancelled_minor));
        }
        parts.push(part(labels::RETURNED, "−", self.money.returned_minor));
        parts.push(part(labels::REVENUE, "=", self.money.net_minor));
        parts
    }

    /// What is to be known of these amounts, each a sentence without its final dot; `amount` writes one.
    pub fn sentences(&self, amount: impl Fn(i64) -> String) -> Vec<String> {
        let mut all = Vec::new();
        if !self.money.has_returns() {
            let sold = amount(self.money.gross_minor);
            let orders = match self.money.gross_orders {
                0 => String::new(),
                1 => " in 1 order".to_owned(),
                orders => format!(" in {} orders", format_count(orders)),
            };
            // Where returns are only left out, or counted as sales, there may be some all the same.
            let returns = if self.refunds.reduce_spend() { "; there are no returns" } else { "" };
            all.push(format!("Total {}: {sold}{orders}{returns}", labels::SOLD));
            if self.refunds.reduce_spend() {
                return all;
            }
        }
        if self.money.reversed_orders > 0 {
            let of = format_count(self.money.gross_orders);
            all.push(format!(
                "Nothing is left of {} of {of} orders",
                format_count(self.money.reversed_orders)
            ));
        }
        all.push(format!("{} (policy {})", self.refunds.sentence(), self.refunds.name()));
        if self.in_no_segment_minor < 0 {
            all.push(format!(
                "{} went back to customers who bought nothing in these data; it reduces the {}, and they are in \
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

    fn of(money: MoneyTotals, refunds: Refunds) -> Sold {
        Sold::of_totals(money, refunds).expect("adds up")
    }

    #[test]
    fn the_parts_make_the_whole() {
        for (refunds, signs) in
            [(Refunds::Match, vec!["", "−", "−", "="]), (Refunds::Net, vec!["", "−", "="])]
        {
            let cancelled_minor = if refunds == Refunds::Match { 200 } else { 0 };
            let money = MoneyTotals { cancelled_minor, returned_minor: 250 - cancelled_minor, ..MONEY };
            let parts = of(money, refunds).parts();
            assert_eq!(parts.iter().map(|p| p.sign).collect::<Vec<_>>(), signs, "{refunds:?}");
            let left: i64 = parts.iter().map(|p| if p.sign == "−" { -p.minor } else { p.minor }).sum();
            assert_eq!(left, 2 * money.net_minor, "sold less what went back, and that again");
        }
        assert_eq!(Sold::of_totals(MoneyTotals { net_minor: 751, ..MONEY }, Refunds::Match), None);
    }

    #[test]
    fn revenue_from_which_nothing_was_taken_is_not_taken_for_what_is_left() {
        let untouched = MoneyTotals { gross_minor: 750, cancelled_minor: 0, returned_minor: 0, ..MONEY };
        for refunds in [Refunds::Match, Refunds::Exclude, Refunds::Net, Refunds::Keep] {
            let sold = of(MoneyTotals { reversed_orders: 0, ..untouched }, refunds);
            assert_eq!(sold.parts(), [], "{refunds:?}");
            let sentences = sold.sentences(|minor| minor.to_string());
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
        let sold = Sold::of(&run).expect("of a run that keeps it");
        assert_eq!(sold.in_no_segment_minor, -30);
        assert!(sold.sentences(|minor| format!("<{minor}>")).iter().any(|s| s.starts_with("<30> ")));
        run.money.gross_minor -= 1;
        assert_eq!(Sold::of(&run), None, "does not add up");
        run.money = MoneyTotals { gross_minor, net_minor: run.revenue_minor, ..MONEY };
        run.revenue_minor += 1;
        assert_eq!(Sold::of(&run), None, "is not what the revenue says");
        run.refunds = None;
        assert_eq!(Sold::of(&run), None, "an older run");
    }
}
