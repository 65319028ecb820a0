//! The evidence for claims about the filtered customers: the columns that the rules of `claims` use.
//!
//! Not here: the rules and their wording.

use regulars_core::cadence::OVERDUE_CYCLE_RATIO;
use regulars_core::summary::{AliveEvidence, ValueSummary};

use crate::claims::activity::{
    ActivityForecast, AliveCaveat, CustomerActivity, Risk, alive_caveat, customer_alive_caveat, risk,
};
use crate::claims::customers::{Orders, SegmentActivity};
use crate::claims::large_customers::{LargeCustomer, Total, large_customer};
use crate::claims::season::{Season, season};
use crate::claims::words::Words;
use crate::claims::{Facts, Scope};
use crate::error::BackendError;
use crate::filtered_run::FilteredRun;
use crate::frame::present;

impl FilteredRun {
    /// The customers that the figures describe.
    pub fn scope(&self) -> Scope {
        Scope {
            all: self.chosen.is_all(),
            by_behaviour: self.filter.is_by_behaviour(),
            acquired_from: self.filter.acquired_from.clone(),
        }
    }

    /// The wording of claims about them.
    pub fn words(&self) -> Words {
        Words { money: self.money.clone(), all: self.chosen.is_all() }
    }

    /// The seasonal pattern of the filtered customers, if one was measured.
    pub fn season(&self) -> Option<Season> {
        season(&self.figures.summary.months)
    }

    /// Evidence from the columns, in addition to the headline numbers.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`] while reading the columns.
    pub fn facts(&self) -> Result<Facts, BackendError> {
        let orders = self.frame.orders_of_each()?;
        let at_least = |count: i64| self.chosen.rows().filter(|row| orders[*row] >= count).count() as u64;
        Ok(Facts {
            activity: self.segment_activity()?,
            orders: Some(Orders { two: at_least(2), three: at_least(3) }),
        })
    }

    /// Recent buyers and overdue customers per segment; empty if the run has no cadence data.
    fn segment_activity(&self) -> Result<Vec<SegmentActivity>, BackendError> {
        let Some(cadence) = self.frame.cadence()? else { return Ok(Vec::new()) };
        let (segments, recency) = (self.frame.segments()?, self.frame.recency_days()?);
        let mut counts = vec![[0_u64; 3]; segments.labels.len()];
        for row in self.chosen.rows() {
            let Some([all, lately, overdue]) = counts.get_mut(usize::from(segments.codes[row])) else {
                continue;
            };
            *all += 1;
            *lately += u64::from(cadence.bought_lately(row));
            *overdue +=
                u64::from(recency[row] as f64 > OVERDUE_CYCLE_RATIO * cadence.purchase_cycle_days[row]);
        }
        let named = segments.labels.iter().zip(counts).filter(|(_, [all, ..])| *all > 0);
        Ok(named
            .map(|(segment, [all, lately, overdue])| SegmentActivity {
                segment: segment.clone(),
                bought_lately_share: lately as f64 / all as f64,
                overdue_share: overdue as f64 / all as f64,
            })
            .collect())
    }

    /// Recency, purchase cycle and P(alive) of one customer; `None` if the run lacks them.
    pub(crate) fn customer_activity(&self, row: usize) -> Result<Option<CustomerActivity>, BackendError> {
        let (Some(cadence), Some(value)) = (self.frame.cadence()?, self.frame.value()?) else {
            return Ok(None);
        };
        Ok(Some(CustomerActivity {
            recency_days: self.frame.recency_days()?[row] as f64,
            purchase_cycle_days: cadence.purchase_cycle_days[row],
            p_alive: value.p_alive[row],
        }))
    }

    /// Why P(alive) is unreliable for one customer, if it is.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn alive_caveat_of(&self, row: usize) -> Result<Option<AliveCaveat>, BackendError> {
        let evidence = self.frame.summary.value.as_ref().map(of_model);
        let customer = self.customer_activity(row)?;
        Ok(customer.and_then(|customer| customer_alive_caveat(customer, evidence.as_ref())))
    }

    /// Expected activity of the filtered customers, and how reliable P(alive) is for them.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn activity(&self) -> Result<Option<ActivityForecast>, BackendError> {
        let (Some(run), Some(found)) = (&self.frame.summary.value, self.figures.value) else {
            return Ok(None);
        };
        let mut evidence = of_model(run);
        (evidence.silent, evidence.inactive_but_certain) = (0, 0);
        if let (Some(cadence), Some(value)) = (self.frame.cadence()?, self.frame.value()?) {
            let recency = self.frame.recency_days()?;
            for row in self.chosen.rows().filter(|row| value.p_alive[*row].is_finite()) {
                let customer = CustomerActivity {
                    recency_days: recency[row] as f64,
                    purchase_cycle_days: cadence.purchase_cycle_days[row],
                    p_alive: value.p_alive[row],
                };
                evidence.silent += u64::from(customer.is_lapsed());
                evidence.inactive_but_certain += u64::from(customer.is_lapsed_but_certain());
            }
        }
        let sums = self.figures.sums;
        Ok(Some(ActivityForecast {
            customers: sums.valued,
            horizon_days: run.horizon_days,
            p_purchase: Some(sums.purchase_mean()).filter(|mean| mean.is_finite()),
            p_alive: found.alive_mean,
            alive_caveat: alive_caveat(&evidence),
        }))
    }

    /// What can be said about recent spend at risk, minor units.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn risk(&self, recent_spend: i64, at_risk: i64) -> Result<Risk, BackendError> {
        let alive_caveat = self.activity()?.and_then(|forecast| forecast.alive_caveat);
        Ok(risk(recent_spend, at_risk, self.churn_is_learned(), alive_caveat.as_ref()))
    }

    /// Whether the run has a churn model.
    pub fn churn_is_learned(&self) -> bool {
        self.frame.summary.value.as_ref().is_some_and(|value| !value.churn.is_empty())
    }

    /// The customer with the highest expected spend, if that is a large share of the total of the filtered
    /// customers.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn largest_forecast(&self) -> Result<Option<LargeCustomer>, BackendError> {
        let Some(expected) = self.frame.expected_minor()? else { return Ok(None) };
        let valued = self.chosen.rows().filter_map(|row| Some((row, present(expected[row])?)));
        let Some((row, largest)) = valued.max_by_key(|(row, minor)| (*minor, std::cmp::Reverse(*row))) else {
            return Ok(None);
        };
        let id = self.frame.ids()?.display(row);
        let total = self.figures.sums.expected_minor as i64;
        Ok(large_customer(Total::ExpectedSpend, total, self.figures.sums.valued, Some((&id, largest))))
    }
}

/// Evidence about the model behind P(alive); for runs of earlier versions inferred from its name and note.
pub(crate) fn of_model(value: &ValueSummary) -> AliveEvidence {
    value.alive.clone().unwrap_or_else(|| {
        let chosen = value.models.iter().find(|model| model.chosen);
        let blind = |model: &regulars_core::summary::ModelRow| {
            model.model == "NBD" || model.note.as_ref().is_some_and(|note| note.contains("no dropout"))
        };
        AliveEvidence {
            model: value.model.clone(),
            models_dropout: !chosen.is_some_and(blind),
            silent: 0,
            inactive_but_certain: 0,
            silent_p_purchase: None,
        }
    })
}
