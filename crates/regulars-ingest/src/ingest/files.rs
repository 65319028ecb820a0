//! The order files, ready to be read by their plans.

use regulars_core::columns::Column;
use regulars_core::config::AmountIs;
use regulars_core::dates::DateOrder;
use regulars_core::money::Notation;

use super::Prepared;
use crate::classify::Rules;
use crate::error::Result;
use crate::inspect::{InputFile, Stored};
use crate::land::{FileLayout, OrderFile};
use crate::placeholders;
use crate::plan::normal_form;
use crate::schema::slot;

/// Combines every file with its rules.
pub(super) fn order_files(prepared: &Prepared) -> Result<Vec<OrderFile>> {
    let settings = &prepared.settings;
    let files = prepared.sorted.orders.iter().enumerate().map(|(number, (input, plan))| {
        let mut index = [None; Column::ALL.len()];
        for (column, mapped) in &plan.columns {
            index[slot(*column)] = Some(mapped.index);
        }
        let width = input.sample.header.len();
        let layout = match &input.stored {
            Stored::Text(table) => FileLayout::Text(table.clone()),
            Stored::Parquet { .. } => FileLayout::Parquet { width },
        };
        let seed = |name: &String| xxhash_rust::xxh3::xxh3_64(normal_form(name).as_bytes());
        let has_total = plan.columns.contains_key(&Column::TotalAmount);
        // Lines of an order have to be distinguished if its amounts may fan out over them.
        let (item_key, other_key) =
            if plan.amount.other_key.is_empty() && plan.amount.is != Some(AmountIs::Item) {
                (plan.amount.item_key.clone(), Vec::new())
            } else {
                (plan.amount.item_key.clone(), plan.amount.other_key.clone())
            };
        let total_decimals = if plan.amount.total_in_cents {
            settings.decimals - 2.min(settings.decimals)
        } else {
            settings.decimals
        };
        let named_currency = prepared.config.source.currency.is_some() && plan.currencies.found.is_empty();
        let file = OrderFile {
            shown: input.location.shown.clone(),
            path: input.path().to_owned(),
            original: input.original.clone(),
            bytes: input.location.bytes,
            layout,
            seeds: input.sample.header.iter().map(seed).collect(),
            item_key,
            other_key,
            multi_value_key: plan.amount.multi_value_key.clone(),
            row_key: row_key(input),
            rules: Rules {
                index,
                kinds: prepared.kinds,
                notation: Notation { decimals: settings.decimals, ..plan.notation },
                total_decimals,
                total_in_micros: plan.amount.total_in_micros,
                refund_decimals: if plan.amount.refund_in_cents { total_decimals } else { settings.decimals },
                price_in_cents: plan.amount.price_in_cents,
                cancelled_amount: plan.amount.cancelled_amount,
                returned_quantity: plan.amount.returned_quantity.clone(),
                discount: plan.amount.discount,
                discount_in_cents: plan.amount.discount_in_cents,
                dates: plan.dates,
                time: plan.time,
                date_order: plan
                    .dates
                    .order
                    .filter(|o| *o != DateOrder::YearFirst)
                    .unwrap_or(prepared.date_order),
                zone: settings.zone,
                local_is_utc: settings.local_is_utc,
                sales: plan.rules.clone(),
                cancelled_prefix: settings.cancelled_prefix,
                references_are_refunds: plan.references_are_refunds,
                totals_on_first_row: plan.totals_on_first_row() && has_total,
                refunds: settings.refunds,
                zero_amounts: settings.zero_amounts,
                watch_currency: plan.columns.contains_key(&Column::Currency)
                    || (!named_currency && !plan.currencies.found.is_empty()),
                only_currency: prepared.config.policy.only_currency.clone(),
                as_of: settings.as_of,
                future_from: settings.future_from,
                line_id_base: number as i64 * 100_000_000_000,
                group: plan.group,
                customers_are_loose: plan.customers_are_loose,
                numbers_are_loose: plan.order_numbers_are_loose,
                numbers_restart: settings.numbers_restart,
                lookups: prepared.sorted.lookups.build(input, plan)?,
                customer_fallback: plan.customer_fallback,
                accounts: prepared.accounts.clone(),
                customer_name: plan.customer_name,
                totals_label: plan.totals_label,
                shop_of_number: plan.shop_of_number,
                not_customers: prepared.config.policy.not_customers.clone().unwrap_or_default(),
                placeholders: placeholders::PlaceholderRule {
                    words_are_placeholders: plan.customer_ids_are_codes && !settings.words_are_customers,
                    ..settings.placeholders
                },
            },
        };
        if let Some(table) = &input.location.table {
            let header = &input.sample.header;
            table.check_columns(|name| {
                header.iter().position(|n| n == name).is_some_and(|at| file.uses(at))
            })?;
        }
        Ok(file)
    });
    files.collect()
}

/// The columns of a table's primary key.
fn row_key(input: &InputFile) -> Vec<usize> {
    let key = input.location.table.iter().flat_map(|table| &table.key);
    key.filter_map(|name| input.sample.header.iter().position(|column| column == name)).collect()
}
