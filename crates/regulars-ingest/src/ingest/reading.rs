//! The reading plans of a run, for the manifest and the user: assumptions, and what all rows showed.

use regulars_core::columns::Column;
use regulars_core::config::{AmountIs, Guests, Meaning, Refunds};
use regulars_core::dates::DateOrder;
use regulars_core::reading::{Assumption, PlannedColumn, ReadingPlan, RowIs, WordMeaning};

use super::Prepared;
use super::settle::Resolution;
use crate::inspect::{InputFile, Stored};
use crate::land::FileOutcome;
use crate::plan::{FilePlan, RuleKind};
use crate::row_checks::RowChecks;

/// The plan of every file, with what its rows showed.
pub(super) fn plans(prepared: &Prepared, by_file: &[FileOutcome], settled: &Resolution) -> Vec<ReadingPlan> {
    let files = prepared.sorted.orders.iter().zip(by_file).enumerate();
    files
        .map(|(number, ((input, plan), file))| ReadingPlan {
            file: input.location.shown.clone(),
            layout: layout(input),
            preset: plan.preset.map(str::to_owned),
            row_is: row_is(plan, settled, number),
            columns: columns(plan),
            unused: plan.unused.clone(),
            assumptions: assumptions(prepared, plan, file, settled, number),
            meanings: meanings(plan, &file.checks),
        })
        .collect()
}

fn layout(input: &InputFile) -> String {
    match &input.stored {
        Stored::Parquet { .. } if input.location.table.is_some() => {
            "a table of a PostgreSQL database".to_owned()
        }
        Stored::Parquet { .. } => "Parquet".to_owned(),
        Stored::Text(_) if input.sample.delimiter.is_none() => {
            input.notes.first().cloned().unwrap_or_else(|| "a table built from the files".to_owned())
        }
        Stored::Text(table) => {
            let delimiter = match table.delimiter {
                b'\t' => "tab".to_owned(),
                other => format!("`{}`", char::from(other)),
            };
            let encoding = table.form.encoding_name();
            let header = if input.sample.traits.header_missing { ", no header" } else { "" };
            format!(
                "text, fields separated by {delimiter}, {encoding}{header}, first row in line {}",
                table.first_line
            )
        }
    }
}

fn row_is(plan: &FilePlan, settled: &Resolution, number: usize) -> RowIs {
    match settled.scopes[number].0 {
        AmountIs::Payment => RowIs::Payment,
        _ if plan.row_is == RowIs::OrderLine
            && settled.orders_are_rows
            && settled.evidence[number].of_several_rows == 0 =>
        {
            RowIs::Order
        }
        _ if plan.row_is == RowIs::Order && settled.evidence[number].of_several_rows > 0 => RowIs::OrderLine,
        _ => plan.row_is,
    }
}

fn columns(plan: &FilePlan) -> Vec<PlannedColumn> {
    let mapped = plan.columns.iter().map(|(column, mapped)| PlannedColumn {
        role: column.name().to_owned(),
        source: mapped.source.clone(),
        reason: mapped.reason.clone(),
    });
    let status = plan.index(Column::Status);
    let rules = plan.rules.iter().filter(|r| Some(r.index) != status).map(|rule| PlannedColumn {
        role: match rule.kind {
            RuleKind::Status => "status".to_owned(),
            RuleKind::Type { .. } => "type of the row".to_owned(),
            RuleKind::Flag { yes, no: Some(Meaning::Sale) } => format!("{} if yes", meaning_name(yes)),
            RuleKind::Flag { no, .. } => format!("{} if no", meaning_name(no)),
            RuleKind::Filled(meaning) => format!("{} if not empty", meaning_name(meaning)),
            RuleKind::Words => "type words".to_owned(),
            RuleKind::Sign => "sign of the amount".to_owned(),
            RuleKind::Number => "letters of the number".to_owned(),
            RuleKind::Doubtful => "words of failed or returned orders".to_owned(),
        },
        source: rule.source.clone(),
        reason: "its name and values".to_owned(),
    });
    mapped.chain(rules).collect()
}

fn meaning_name(meaning: Option<Meaning>) -> &'static str {
    meaning.map_or("asked", Meaning::name)
}

fn assumption(
    name: &str,
    statement: String,
    by: &str,
    checked: u64,
    violations: u64,
    resolution: &str,
) -> Assumption {
    Assumption {
        name: name.to_owned(),
        statement,
        decided_by: by.to_owned(),
        checked,
        violations,
        resolution: if violations > 0 { resolution.to_owned() } else { String::new() },
        example: None,
    }
}

fn assumptions(
    prepared: &Prepared,
    plan: &FilePlan,
    file: &FileOutcome,
    settled: &Resolution,
    number: usize,
) -> Vec<Assumption> {
    let (checks, found) = (&file.checks, &settled.evidence[number]);
    let mut list: Vec<Assumption> = Vec::new();
    for decision in &plan.decisions {
        let (checked, violations, resolution) = match decision.name {
            "decimal_mark" => {
                let other = if plan.notation.decimal_comma { checks.other_point } else { checks.other_comma };
                (checks.decimals.iter().sum::<u64>(), other, "each is read by its own separator")
            }
            _ => (file.rows, 0, ""),
        };
        list.push(assumption(
            decision.name,
            decision.statement.clone(),
            &decision.decided_by,
            checked,
            violations,
            resolution,
        ));
    }
    let (is, by) = settled.scopes[number];
    list.push(assumption(
        "amount_is",
        format!("an amount refers to {}", is.meaning()),
        by,
        found.of_several_rows,
        match is {
            AmountIs::Order => settled.orders_that_differ,
            _ => 0,
        },
        "the most frequent total of an order counts; in a tie, the last one",
    ));
    let dates = checks.with_offset + checks.without_offset;
    let order = plan.dates.order.filter(|o| *o != DateOrder::YearFirst).unwrap_or(prepared.date_order);
    if order != DateOrder::YearFirst {
        let name = if order == DateOrder::DayFirst { "day first" } else { "month first" };
        list.push(assumption(
            "date_order",
            format!("dates are written {name}"),
            if prepared.date_order_is_given { "the configuration" } else { "dates with a day above 12" },
            dates,
            0,
            "",
        ));
    }
    if prepared.settings.local_is_utc && checks.without_offset > 0 {
        let (statement, by) = match prepared.settings.zone {
            Some(zone) => (format!("times are UTC, converted to {zone}"), "the configuration"),
            None => (
                "times and days are UTC; set source.timezone for the shop's time zone".to_owned(),
                "the preset",
            ),
        };
        list.push(assumption("time_zone", statement, by, dates, 0, ""));
    } else if checks.with_offset > 0 {
        let offset = |minutes: &i16| format!("{:+03}:{:02}", minutes / 60, (minutes % 60).abs());
        let offsets: Vec<String> = checks.offsets.iter().map(offset).collect();
        let statement = match prepared.settings.zone {
            Some(zone) => format!("times are converted from their own UTC offset to {zone}"),
            None => format!("days are counted in each time's own UTC offset ({})", offsets.join(", ")),
        };
        let by = if prepared.settings.zone.is_some() { "the configuration" } else { "the files" };
        list.push(assumption(
            "time_zone",
            statement,
            by,
            dates,
            checks.without_offset,
            "times without an offset are used as written",
        ));
    }
    if prepared.has_ids {
        let restart = prepared.settings.numbers_restart;
        let statement = if restart {
            "order numbers restart: rows with the same number and day are one order"
        } else {
            "rows with the same order number and customer are one order"
        };
        let violations = if restart { 0 } else { settled.restarts.apart };
        list.push(assumption(
            "order_number",
            statement.to_owned(),
            "rows with the same number are on the same days",
            settled.restarts.orders,
            violations,
            "kept as one order",
        ));
    }
    if prepared.settings.refunds == Refunds::Match && settled.returns.returns > 0 {
        list.push(assumption(
            "returns",
            format!(
                "returns are matched with an order of the previous {} days",
                prepared.config.refunds.match_days
            ),
            "the configuration",
            settled.returns.returns,
            settled.returns.returns - settled.returns.matched,
            "deducted from the customer's spend on the day of the return",
        ));
    }
    if checks.guests > 0 {
        let joins = prepared.config.policy.guests == Guests::Account;
        list.push(assumption(
            "guests",
            "a row without a customer id belongs to the account with its email address".to_owned(),
            if joins { "policy.guests = \"account\"" } else { "policy.guests = \"separate\"" },
            checks.guests,
            checks.guests - checks.guests_with_account,
            "the address is a separate customer",
        ));
    }
    let placeholders: u64 = checks.placeholders.values().sum();
    if placeholders > 0 {
        let ids: Vec<String> = checks.placeholders.keys().take(5).map(|id| format!("`{id}`")).collect();
        list.push(assumption(
            "placeholder_customers",
            format!("these ids stand for many customers: {}", ids.join(", ")),
            "their wording",
            file.rows,
            placeholders,
            "rejected; `--set policy.placeholder_customers=keep` counts each as a customer",
        ));
    }
    list
}

fn meanings(plan: &FilePlan, checks: &RowChecks) -> Vec<WordMeaning> {
    let mut list = Vec::new();
    for (rule, words) in plan.rules.iter().zip(&checks.words) {
        let mut of_rule: Vec<WordMeaning> = words
            .iter()
            .filter(|w| w.rows > 0)
            .map(|w| WordMeaning {
                column: rule.source.clone(),
                word: w.word.clone(),
                meaning: w.meaning,
                rows: w.rows,
                amount_minor: w.amount_minor,
            })
            .collect();
        of_rule.sort_by(|a, b| b.rows.cmp(&a.rows).then(a.word.cmp(&b.word)));
        list.extend(of_rule);
    }
    list
}
