//! The tables of a finished run as plain data, for reports, pages and budgets.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use arrow::util::display::array_value_to_string;
use regulars_core::actions::{Actions, OpportunityKind, SegmentAction};
use regulars_core::segments::{AdviceRule, Recommendation};
use regulars_store::Run;

use crate::error::{Error, Kind, Result};
use crate::feature_columns::{column_names, read_columns};

/// A customer with upside.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerOpportunity {
    /// Customer id.
    pub customer_id: String,
    /// The kind.
    pub kind: String,
    /// The customer's segment.
    pub segment: String,
    /// Expected spend in the horizon.
    pub expected_ltv_minor: i64,
    /// Spend in the horizon if the customer behaved like similar customers.
    pub upside_minor: i64,
}

/// The recommendations of a run; none if the run is older than the step.
///
/// Errors: unreadable tables.
pub fn actions_of(run: &Run) -> Result<Option<Actions>> {
    let (Some(segments), Some(kinds)) =
        (Stored::read(run, "segment_actions")?, Stored::read(run, "opportunity_summary")?)
    else {
        return Ok(None);
    };
    Ok(Some(Actions { segments: segments.each(segment)?, opportunities: kinds.each(kind)? }))
}

/// Customers with upside, by customer; none if the run is older than the step.
///
/// Errors: an unreadable table.
pub fn opportunities_of(run: &Run) -> Result<Option<Vec<CustomerOpportunity>>> {
    Stored::read(run, "opportunities")?.map(|stored| stored.each(customer)).transpose()
}

fn segment(stored: &Stored, row: usize) -> Result<SegmentAction> {
    let count = |name| Ok::<_, Error>(stored.whole(name, row)?.unwrap_or(0) as u64);
    let number = |name| Ok::<_, Error>(stored.number(name, row)?.unwrap_or(0.0));
    Ok(SegmentAction {
        segment: stored.text("segment", row)?,
        priority: count("segment_priority")? as u32,
        customers: count("customers")?,
        customer_share: number("customer_share")?,
        revenue_minor: stored.whole("revenue_minor", row)?.unwrap_or(0),
        revenue_share: number("revenue_share")?,
        predicted_ltv_minor: stored.whole("predicted_ltv_minor", row)?,
        predicted_low_minor: stored.whole("predicted_low_minor", row)?,
        predicted_high_minor: stored.whole("predicted_high_minor", row)?,
        predicted_share: stored.number("predicted_share", row)?,
        recent_spend_minor: stored.whole("recent_spend_minor", row)?,
        at_risk_minor: stored.whole("at_risk_minor", row)?,
        spend_at_cadence_minor: stored.of_later(|s| s.whole("spend_at_cadence_minor", row)),
        customers_with_cadence: stored
            .of_later(|s| s.whole("customers_with_cadence", row))
            .map(|count| count as u64),
        bought_last_90d_share: stored.of_later(|s| s.number("bought_last_90d_share", row)),
        one_order_share: stored.of_later(|s| s.number("one_order_share", row)),
        mean_p_purchase: stored.of_later(|s| s.number("mean_p_purchase", row)),
        expected_purchases: stored.of_later(|s| s.number("expected_purchases", row)),
        before: stored.text_or_none("before", row)?,
        customers_before: stored.whole("customers_before", row)?.map(|count| count as u64),
        predicted_before_minor: stored.whole("predicted_before_minor", row)?,
        recency_mean: number("recency_mean")?,
        frequency_mean: number("frequency_mean")?,
        monetary_mean_minor: number("monetary_mean_minor")?,
        advice_rule: stored
            .of_later(|s| s.text_or_none("advice_rule", row))
            .and_then(|name| AdviceRule::named(&name))
            .unwrap_or_default(),
        recommendation: Recommendation {
            action: stored.text("action", row)?,
            offer: stored.text("offer", row)?,
            channel: stored.text("channel", row)?,
            cadence: stored.text("cadence", row)?,
            avoid: stored.text("avoid", row)?,
        },
    })
}

fn kind(stored: &Stored, row: usize) -> Result<OpportunityKind> {
    let count = |name| Ok::<_, Error>(stored.whole(name, row)?.unwrap_or(0) as u64);
    Ok(OpportunityKind {
        kind: stored.text("kind", row)?,
        customers: count("customers")?,
        considered: count("considered")?,
        without_look_alikes: count("without_look_alikes")?,
        look_alikes: count("look_alikes")?,
        expected_ltv_minor: stored.whole("expected_ltv_minor", row)?,
        look_alike_ltv_minor: stored.whole("look_alike_ltv_minor", row)?,
        upside_minor: stored.whole("upside_minor", row)?,
        upside_low_minor: stored.whole("upside_low_minor", row)?,
        upside_high_minor: stored.whole("upside_high_minor", row)?,
        sentence: stored.text("sentence", row)?,
        reason: stored.text_or_none("reason", row)?,
    })
}

fn customer(stored: &Stored, row: usize) -> Result<CustomerOpportunity> {
    Ok(CustomerOpportunity {
        customer_id: stored.text("customer_id", row)?,
        kind: stored.text("kind", row)?,
        segment: stored.text("segment", row)?,
        expected_ltv_minor: stored.whole("expected_ltv_minor", row)?.unwrap_or(0),
        upside_minor: stored.whole("upside_minor", row)?.unwrap_or(0),
    })
}

/// A table in memory.
struct Stored {
    table: &'static str,
    names: Vec<String>,
    columns: Vec<ArrayRef>,
}

impl Stored {
    fn read(run: &Run, table: &'static str) -> Result<Option<Self>> {
        if !run.has_table(table) {
            return Ok(None);
        }
        let path = run.dir.join(format!("{table}.parquet"));
        let names = column_names(&path)?;
        let columns = read_columns(&path, &names)?;
        // Integers of any width are read as one type.
        let plain = columns.iter().map(|column| match column.data_type() {
            DataType::Dictionary(..) => cast(column, &DataType::Utf8),
            _ => Ok(column.clone()),
        });
        let columns = plain
            .collect::<std::result::Result<_, _>>()
            .map_err(|e| Error::new(Kind::Internal, e.to_string()))?;
        Ok(Some(Self { table, names, columns }))
    }

    fn each<T>(&self, of: impl Fn(&Self, usize) -> Result<T>) -> Result<Vec<T>> {
        (0..self.columns.first().map_or(0, Array::len)).map(|row| of(self, row)).collect()
    }

    fn column(&self, name: &str) -> Result<&ArrayRef> {
        let at = self.names.iter().position(|known| known == name);
        at.map(|at| &self.columns[at]).ok_or_else(|| self.damaged(name))
    }

    fn damaged(&self, column: &str) -> Error {
        Error {
            hint: Some("run again to rebuild the table".to_owned()),
            ..Error::new(
                Kind::Environment,
                format!("table `{}` has no column `{column}` of the expected kind", self.table),
            )
        }
    }

    /// A column that runs of earlier versions do not have.
    fn of_later<T>(&self, value: impl Fn(&Self) -> Result<Option<T>>) -> Option<T> {
        value(self).ok().flatten()
    }

    fn text(&self, name: &str, row: usize) -> Result<String> {
        array_value_to_string(self.column(name)?, row).map_err(|_not_text| self.damaged(name))
    }

    fn text_or_none(&self, name: &str, row: usize) -> Result<Option<String>> {
        if self.column(name)?.is_null(row) { Ok(None) } else { self.text(name, row).map(Some) }
    }

    fn whole(&self, name: &str, row: usize) -> Result<Option<i64>> {
        let values = self.column(name)?.as_primitive_opt::<Int64Type>().ok_or_else(|| self.damaged(name))?;
        Ok(values.is_valid(row).then(|| values.value(row)))
    }

    fn number(&self, name: &str, row: usize) -> Result<Option<f64>> {
        let values =
            self.column(name)?.as_primitive_opt::<Float64Type>().ok_or_else(|| self.damaged(name))?;
        Ok(values.is_valid(row).then(|| values.value(row)))
    }
}
