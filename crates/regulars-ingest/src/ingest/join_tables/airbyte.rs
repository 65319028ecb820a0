//! Shopify's tables as written by Airbyte: every version of an order is a row, deletions are rows, nested
//! records are JSON in the row, and refunds are in the order and in `order_refunds`.

use std::collections::{BTreeMap, HashMap};

use regulars_core::dates::{DateOrder, Moment};
use serde_json::Value;

use super::{PlatformJoin, Refund, Row, counted, each_row, fivetran, micro, names, with_columns};
use crate::cells::Cell;
use crate::error::Result;
use crate::inspect::InputFile;
use crate::presets::{self, Preset};

/// Columns of a record that was not flattened.
const FIELDS: [&str; 20] = [
    "id",
    "name",
    "email",
    "created_at",
    "processed_at",
    "updated_at",
    "cancelled_at",
    "currency",
    "financial_status",
    "fulfillment_status",
    "total_price",
    "current_total_price",
    "taxes_included",
    "test",
    "payment_gateway_names",
    "customer",
    "line_items",
    "refunds",
    "deleted_at",
    "total_tax",
];

/// The preset of a file with JSON records in one column, if they are Shopify orders.
pub(super) fn is_raw(input: &InputFile, header: &[String]) -> Option<&'static Preset> {
    let at = header.iter().position(|name| name == "airbyte_data")?;
    let orders = input.sample.rows.iter().take(50).any(|row| {
        serde_json::from_str::<Value>(&row[at])
            .is_ok_and(|v| v.get("financial_status").is_some() && v.get("total_price").is_some())
    });
    if orders { presets::preset("shopify_airbyte").ok() } else { None }
}

/// Time and position of a version; the latest version counts.
type Version = (i64, i64, usize, u64);

#[derive(Default)]
pub(super) struct Airbyte {
    latest: HashMap<String, Version>,
    deleted: HashMap<String, Version>,
    /// Refunds by order and refund id.
    refunds: HashMap<String, BTreeMap<String, Refund>>,
    older: u64,
    deletions: u64,
    undated: u64,
    unknown: u64,
    short: u64,
}

fn utc(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse::<i64>() {
        return Some(number);
    }
    match Cell::Text(text.as_bytes()).moment(DateOrder::YearFirst, None)? {
        Moment::Local(micros) => Some(micros),
        Moment::Offset { local, minutes } => Some(local - i64::from(minutes) * 60_000_000),
    }
}

fn version(place: (usize, u64), updated: &str, extracted: &str) -> Version {
    (utc(updated).unwrap_or(i64::MIN), utc(extracted).unwrap_or(i64::MIN), place.0, place.1)
}

fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn amount(value: Option<&Value>) -> i64 {
    micro(&text(value)).unwrap_or(0)
}

fn list(json: &str) -> Vec<Value> {
    match serde_json::from_str(json) {
        Ok(Value::Array(list)) => list,
        _ => Vec::new(),
    }
}

/// The amount of a refund: its payments, otherwise its lines and adjustments.
fn refund_of(date: String, payments: &[Value], lines: &[Value], adjustments: &[Value]) -> Option<Refund> {
    let is = |payment: &Value, key: &str, wanted: &str| text(payment.get(key)).eq_ignore_ascii_case(wanted);
    let paid: i64 = payments
        .iter()
        .filter(|p| is(p, "kind", "refund") && is(p, "status", "success"))
        .map(|p| amount(p.get("amount")).abs())
        .sum();
    if !payments.is_empty() {
        return (paid > 0).then_some(Refund { date, micro: paid, tax_micro: 0 });
    }
    let sum = |list: &[Value], key: &str| list.iter().map(|v| amount(v.get(key))).sum::<i64>();
    let micro = sum(lines, "subtotal") - sum(adjustments, "amount") - sum(adjustments, "tax_amount");
    (micro > 0).then_some(Refund { date, micro, tax_micro: sum(lines, "total_tax") })
}

fn field_list(value: &Value, key: &str) -> Vec<Value> {
    value.get(key).and_then(Value::as_array).cloned().unwrap_or_default()
}

impl Airbyte {
    pub(super) fn new(others: &[InputFile], taken: &mut [Option<u64>]) -> Result<Self> {
        let mut join = Self::default();
        let refund_files = with_columns(others, &["id", "order_id", "refund_line_items", "transactions"]);
        let told = !refund_files.is_empty();
        for (at, input) in refund_files {
            taken[at] = Some(each_row(input, &mut |_, row| {
                let date = row.first(&["created_at", "processed_at"]).to_owned();
                let found = refund_of(
                    date,
                    &list(row.get("transactions")),
                    &list(row.get("refund_line_items")),
                    &list(row.get("order_adjustments")),
                );
                if let Some(refund) = found {
                    join.add(row.get("order_id"), row.get("id"), refund);
                }
                Ok(())
            })?);
        }
        if !told && let Some(refunds) = fivetran::refunds_from_payments(others, taken)? {
            join.refunds = refunds
                .into_iter()
                .map(|(order, refunds)| {
                    let numbered = refunds.into_iter().enumerate();
                    (order, numbered.map(|(number, refund)| (format!("payment {number}"), refund)).collect())
                })
                .collect();
        }
        Ok(join)
    }

    fn add(&mut self, order: &str, id: &str, refund: Refund) {
        self.refunds.entry(order.to_owned()).or_default().insert(id.to_owned(), refund);
    }

    /// Expands a record in one column to the columns of its fields.
    fn spread(row: &mut Row<'_>) {
        if row.names.has("airbyte_data")
            && let Ok(record) = serde_json::from_str::<Value>(row.get("airbyte_data"))
        {
            for name in FIELDS {
                row.set(name, text(record.get(name)));
            }
        }
    }
}

impl PlatformJoin for Airbyte {
    fn added(&self) -> &'static [&'static str] {
        &[
            "row_is",
            "customer_id",
            "product_id",
            "refunded_amount",
            "airbyte_extracted_at",
            "id",
            "name",
            "email",
            "created_at",
            "updated_at",
            "cancelled_at",
            "currency",
            "financial_status",
            "total_price",
            "current_total_price",
            "taxes_included",
            "test",
            "payment_gateway_names",
            "customer",
            "line_items",
            "refunds",
        ]
    }

    fn date_columns(&self) -> Vec<String> {
        names(&["created_at", "processed_at"])
    }

    fn amount_columns(&self) -> Vec<String> {
        names(&["total_price"])
    }

    fn first_pass(&mut self, file: usize, input: &InputFile) -> Result<()> {
        let mut visit = |line: u64, row: &Row<'_>| {
            let record = serde_json::from_str::<Value>(row.get("airbyte_data")).ok();
            let get = |name: &str| match &record {
                Some(record) => text(record.get(name)),
                None => row.get(name).to_owned(),
            };
            let extracted = row.first(&["airbyte_extracted_at", "airbyte_emitted_at"]);
            let version = version((file, line), &get("updated_at"), extracted);
            let to = if get("total_price").is_empty() { &mut self.deleted } else { &mut self.latest };
            let known = to.entry(get("id")).or_insert(version);
            *known = version.max(*known);
            if !get("deleted_at").is_empty() {
                self.deleted.insert(get("id"), version);
            }
            Ok(())
        };
        each_row(input, &mut visit)?;
        Ok(())
    }

    fn row(&mut self, place: (usize, u64), row: &mut Row<'_>) -> Result<Vec<Refund>> {
        Self::spread(row);
        let id = row.get("id").to_owned();
        if row.get("total_price").is_empty() {
            self.deletions += 1;
            row.set("row_is", "deletion");
            return Ok(Vec::new());
        }
        let latest = self.latest.get(&id).copied();
        if latest.is_some_and(|(_, _, file, line)| (file, line) != place) {
            self.older += 1;
            row.set("row_is", "older version");
            return Ok(Vec::new());
        }
        if self.deleted.contains_key(&id) {
            row.set("row_is", "deleted");
        }
        // Payment gateways are a list.
        let gateways = list(row.get("payment_gateway_names"));
        if gateways.iter().any(|g| g.as_str().is_some_and(|g| g.to_ascii_lowercase().starts_with("bogus"))) {
            row.set("payment_gateway_names", "bogus");
        } else if let [one] = gateways.as_slice() {
            row.set("payment_gateway_names", text(Some(one)));
        }
        match serde_json::from_str::<Value>(row.get("customer")) {
            Ok(Value::Object(customer)) if row.get("customer_id").is_empty() => {
                row.set("customer_id", text(customer.get("id")));
            }
            Ok(Value::Object(_)) => {}
            _ if row.get("customer_id").is_empty() => row.set("customer_id", row.get("customer").to_owned()),
            _ => {}
        }
        if row.get("product_id").is_empty()
            && let Some(line) = list(row.get("line_items")).first()
        {
            row.set("product_id", text(line.get("product_id")));
        }
        let mut refunds = self.refunds.remove(&id).unwrap_or_default();
        for record in list(row.get("refunds")) {
            let created = text(record.get("created_at"));
            let date = if created.is_empty() { text(record.get("processed_at")) } else { created };
            let found = refund_of(
                date,
                &field_list(&record, "transactions"),
                &field_list(&record, "refund_line_items"),
                &field_list(&record, "order_adjustments"),
            );
            // The same refund may be in both places.
            if let Some(refund) = found {
                refunds.entry(text(record.get("id"))).or_insert(refund);
            }
        }
        let taxes_included = row.get("taxes_included").eq_ignore_ascii_case("true");
        let refunds = refunds.into_values().map(|mut refund| {
            refund.micro += if taxes_included { 0 } else { refund.tax_micro };
            refund
        });
        let refunds = fivetran::in_time(refunds);
        let refunded = matches!(row.get("financial_status"), "refunded" | "partially_refunded");
        if !refunds.is_empty() {
            self.short += u64::from(fivetran::is_short(row, &refunds, &self.amount_columns()));
            row.no_longer_refunded(&["financial_status"]);
        } else if refunded {
            // The current total is known, but not the time of the refunds.
            match (row.micro("total_price"), row.micro("current_total_price")) {
                (Some(total), Some(left)) if left < total => {
                    self.undated += 1;
                    row.set("refunded_amount", super::micro_text(total - left));
                    row.no_longer_refunded(&["financial_status"]);
                }
                _ if row.get("financial_status") == "partially_refunded" => self.unknown += 1,
                _ => {}
            }
        }
        Ok(refunds)
    }

    fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = fivetran::short_note(self.short).into_iter().collect();
        let mut say = |count: u64, one: &str, many: &str, what: &str| {
            if count > 0 {
                notes.push(format!("{} {what}", counted(count, one, many)));
            }
        };
        let (row, rows) = ("row is", "rows are");
        say(self.older, row, rows, "an older version of an order in another row; the latest counts");
        say(self.deletions, row, rows, "the deletion of an order, which does not count");
        let (order, orders) = ("refunded order has", "refunded orders have");
        say(
            self.undated,
            order,
            orders,
            "no refund row: `total_price` minus `current_total_price` is deducted on the day of the order",
        );
        let (order, orders) = ("order is", "orders are");
        say(
            self.unknown,
            order,
            orders,
            "partially refunded but counted in full: the amount is not in the files",
        );
        notes
    }
}
