//! Turns counts into findings: the name, severity and remedy of each check.

use std::collections::BTreeMap;

use regulars_core::columns::Column;
use regulars_core::config::{AmountIs, Meaning, Validation};
use regulars_core::dates::{self, DAY_MICROS};
use regulars_core::money::{format_count, format_minor_grouped};
use regulars_core::validation::{
    ColumnCompleteness, Finding, RowCounts, SampleRow, Severity, ValidationReport,
};

use super::{Occurrences, Tally};
use crate::ingest::Resolution;
use crate::land::FileOutcome;
use crate::row_checks::RowChecks;
use crate::schema::slot;

/// The time span of the rows of one file.
#[derive(Debug, Clone)]
pub(crate) struct FileSpan {
    pub(crate) shown: String,
    pub(crate) first: i64,
    pub(crate) last: i64,
}

/// Context for judging a tally.
#[derive(Debug)]
pub(crate) struct FindingContext<'a> {
    pub(crate) limits: &'a Validation,
    pub(crate) decimals: u8,
    /// Source column by canonical column; empty if there is none.
    pub(crate) sources: &'a [(Column, String)],
    pub(crate) spans: &'a [FileSpan],
    /// Rows kept although they equal an earlier one.
    pub(crate) equal_rows_kept: &'a Occurrences,
    pub(crate) customers_known: bool,
    /// What the rows of each file showed about its reading plan.
    pub(crate) by_file: &'a [FileOutcome],
    pub(crate) settled: &'a Resolution,
}

struct Findings {
    list: Vec<Finding>,
    rows: u64,
}

impl Findings {
    fn add(
        &mut self,
        check: &str,
        severity: Severity,
        column: &str,
        counted: &Occurrences,
        message: String,
        action: &str,
    ) {
        if counted.count == 0 {
            return;
        }
        self.list.push(Finding {
            check: check.to_owned(),
            severity,
            column: (!column.is_empty()).then(|| column.to_owned()),
            count: counted.count,
            share: counted.count as f64 / self.rows.max(1) as f64,
            message,
            action: action.to_owned(),
            samples: counted.samples.0.clone(),
        });
    }
}

pub(crate) fn counted_rows(count: u64) -> String {
    format!("{} {}", format_count(count), if count == 1 { "row" } else { "rows" })
}

/// Builds the report of a tally.
pub(crate) fn findings(tally: &Tally, context: &FindingContext<'_>) -> ValidationReport {
    let mut found = Findings { list: Vec::new(), rows: tally.read };
    rejections(tally, context.limits, &mut found);
    exclusions(tally, context, &mut found);
    values(tally, context, &mut found);
    plan_findings(context, &mut found);
    coverage(tally, context, &mut found);
    columns(tally, context, &mut found);
    if tally.clean == 0 {
        let all = Occurrences { count: tally.read.max(1), ..Occurrences::default() };
        found.add(
            "no_clean_rows",
            Severity::Error,
            "",
            &all,
            "no row counts as a purchase".to_owned(),
            "see the reasons below",
        );
    }
    let money = &tally.money;
    if tally.clean >= 20 && money.gross_minor > 0 && money.net_minor.saturating_mul(20) <= money.gross_minor {
        let back = Occurrences { count: tally.negative.count.max(1), ..tally.negative.clone() };
        found.add(
            "nothing_left",
            Severity::Error,
            "",
            &back,
            "hardly any revenue is left: nearly everything sold was refunded".to_owned(),
            "rows with negative amounts may be payments, not refunds: leave them out, or set what their type means with policy.meanings",
        );
    }
    found
        .list
        .sort_by(|a, b| b.severity.cmp(&a.severity).then(b.count.cmp(&a.count)).then(a.check.cmp(&b.check)));
    let by_count = |mut list: Vec<(String, u64)>| {
        list.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        list
    };
    ValidationReport {
        rows: RowCounts {
            read: tally.read,
            clean: tally.clean,
            rejected: tally.rejected_count(),
            excluded: tally.excluded_count(),
        },
        money: regulars_core::validation::MoneyTotals::default(),
        rejected_by_reason: by_count(
            tally.rejected.iter().map(|(r, (c, _))| ((*r).to_owned(), c.count)).collect(),
        ),
        excluded_by_reason: by_count(
            tally.excluded.iter().map(|(r, c)| ((*r).to_owned(), c.count)).collect(),
        ),
        columns: completeness(tally, context),
        findings: found.list,
    }
}

fn rejections(tally: &Tally, limits: &Validation, found: &mut Findings) {
    for (reason, (counted, column)) in &tally.rejected {
        let share = counted.count as f64 / tally.read.max(1) as f64;
        let limit = if matches!(*reason, "missing_customer_id" | "placeholder_customer") {
            limits.max_missing_customer_share
        } else {
            limits.max_unreadable_share
        };
        let severity = match *reason {
            // Not rows, so nothing is lost.
            "footer" | "repeated_header" => Severity::Info,
            // The rows that follow have other columns.
            "other_header" => Severity::Error,
            _ if share > limit => Severity::Error,
            _ => Severity::Warning,
        };
        let n = counted_rows(counted.count);
        let (message, hint) = match *reason {
            "missing_customer_id" => {
                (format!("{n} without a customer"), "rejected: no customer id (guest orders?)")
            }
            "missing_transaction_id" => (
                format!("{n} without an order number"),
                "rejected; map another column if these are purchases",
            ),
            "placeholder_customer" => (
                format!(
                    "{n} with a placeholder customer id, such as `{}`",
                    counted.samples.0.first().map_or("", |s| s.value.as_str())
                ),
                "rejected: guests are not one customer; --set policy.placeholder_customers=keep counts each of these ids as one",
            ),
            "totals_row" => {
                (format!("{n} with totals of other rows (`Total`)"), "rejected: a total, not a sale")
            }
            "missing_date" => (format!("{n} without a date"), "rejected"),
            "unreadable_date" => (
                format!("{n} with a date that cannot be read"),
                "rejected; see source.date_order in the configuration",
            ),
            "date_before_1970" => (
                format!("{n} dated 1970-01-01 or earlier, which stands for a missing date in many programs"),
                "rejected",
            ),
            "future_date" => {
                (format!("{n} dated in the future"), "rejected; check the source's clock and date format")
            }
            "missing_amount" => (format!("{n} without an amount"), "rejected"),
            "unreadable_amount" => (
                format!("{n} with an amount that is not a number"),
                "rejected; see source.decimal_comma in the configuration",
            ),
            "amount_too_large" => {
                (format!("{n} with an amount beyond what can be counted in minor units"), "rejected")
            }
            "wrong_width" => (
                format!("{n} with more or fewer fields than the header"),
                "rejected; a field with the delimiter in it needs quotes",
            ),
            "footer" => (
                format!("{n} after the table, such as totals or the report's author"),
                "skipped; see the rejected rows",
            ),
            "other_header" => (
                format!("{n} with the header of another table"),
                "the rows below it have other columns: save each table as a file of its own",
            ),
            "repeated_header" => {
                (format!("{n} that repeat the header (concatenated files?)"), "skipped: not an order")
            }
            "broken_json" => (
                format!("{n} that are not a JSON object"),
                "rejected; the value shows where the line breaks off",
            ),
            "line_too_long" => {
                (format!("{n} longer than 16 MiB"), "rejected; is this really a text file of orders?")
            }
            other => (format!("{n}: {other}"), "rejected"),
        };
        found.add(reason, severity, column, counted, message, hint);
    }
}

/// The words by which rows were excluded, with their row counts and amounts, and whether that is a large
/// share.
///
/// Amounts repeated on every row of an order are not added up.
fn words_of(context: &FindingContext<'_>, meaning: Meaning) -> (String, bool) {
    let mut words: BTreeMap<&str, (u64, i64)> = BTreeMap::new();
    let mut sold = 0_i64;
    for file in context.by_file {
        for word in file.checks.words.iter().flatten() {
            if word.meaning == Some(meaning) {
                let of = words.entry(&word.word).or_default();
                *of = (of.0 + word.rows, of.1.saturating_add(word.amount_minor));
            }
            if word.meaning == Some(Meaning::Sale) {
                sold = sold.saturating_add(word.amount_minor);
            }
        }
    }
    let once = context.settled.scopes.iter().all(|(is, _)| matches!(is, AmountIs::Row | AmountIs::Unit));
    let mut list: Vec<(&str, (u64, i64))> = words.into_iter().filter(|(_, (rows, _))| *rows > 0).collect();
    list.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let sum: i64 = list.iter().map(|(_, (_, amount))| amount).sum();
    let shown: Vec<String> = list
        .iter()
        .take(4)
        .map(|(word, (count, amount))| {
            let amount = format_minor_grouped(*amount, context.decimals);
            let n = counted_rows(*count);
            if once { format!("`{word}`: {n}, {amount}") } else { format!("`{word}`: {n}") }
        })
        .collect();
    let text = if shown.is_empty() { String::new() } else { format!(" ({})", shown.join("; ")) };
    (text, sum.saturating_mul(20) > sold && sold > 0)
}

fn exclusions(tally: &Tally, context: &FindingContext<'_>, found: &mut Findings) {
    let (open, much) = words_of(context, Meaning::Open);
    for (reason, counted) in &tally.excluded {
        let n = counted_rows(counted.count);
        let (severity, column, message, action) = match *reason {
            "cancelled" => (
                Severity::Info,
                "status",
                format!("{n} cancelled{}", words_of(context, Meaning::Cancelled).0),
                "excluded (policy.refunds)",
            ),
            "refunded" => (Severity::Info, "status", format!("{n} refunded"), "excluded (policy.refunds)"),
            "returned" => (
                Severity::Info,
                "total_amount",
                format!("{n} with a negative amount"),
                "excluded as returns (policy.refunds)",
            ),
            "status" => (
                if much { Severity::Warning } else { Severity::Info },
                "status",
                format!("{n} not completed{open}"),
                "excluded (policy.completed_statuses)",
            ),
            "not_a_sale" => (
                Severity::Info,
                "",
                format!("{n} that are not sales{}", words_of(context, Meaning::Ignore).0),
                "excluded; see the words in the reading plan",
            ),
            "detail_row" => (
                Severity::Info,
                "",
                format!("{n} with details of another row"),
                "excluded; see the words in the reading plan",
            ),
            "unknown_word" => (
                Severity::Warning,
                "status",
                format!("{n} with an unknown word"),
                "excluded; if these are sales: --set policy.unknown_words=sale",
            ),
            "other_currency" => (
                Severity::Warning,
                "currency",
                format!("{n} in another currency"),
                "excluded (policy.only_currency)",
            ),
            "cancelled_order" => (
                Severity::Info,
                "total_amount",
                format!("{n} of orders later cancelled or returned in full"),
                "excluded with their cancellation (policy.refunds)",
            ),
            "cancellation" => (
                Severity::Info,
                "total_amount",
                format!("{n} that cancel an earlier order"),
                "excluded with that order (policy.refunds)",
            ),
            "return" => (
                Severity::Info,
                "total_amount",
                format!("{n} that return a part of an earlier order"),
                "deducted from that order (policy.refunds)",
            ),
            "returned_line" => (
                Severity::Info,
                "total_amount",
                format!("{n} returned later, while the rest of the order was not"),
                "excluded (policy.refunds)",
            ),
            "repeated_line" => (
                Severity::Info,
                "",
                format!(
                    "{n} that repeat a line of their order, for another payment, shipment, category or tax"
                ),
                "excluded; each line and payment counts once (--set source.amount_is=row counts every row)",
            ),
            "order_total_row" => (
                Severity::Warning,
                "total_amount",
                format!("{n} that add up the other rows of their order, as in nearly every order"),
                "excluded: the lines count, not their total; --set source.amount_is=row counts every row",
            ),
            "zero_amount" => (
                Severity::Info,
                "total_amount",
                format!("{n} with amount zero"),
                "excluded (policy.zero_amounts)",
            ),
            "after_as_of" => (
                Severity::Info,
                "transaction_date",
                format!("{n} after the analysis date"),
                "excluded (--as-of)",
            ),
            "order_line" => (
                Severity::Info,
                "",
                format!("{n} that only continue an order"),
                "excluded: the order's first row has its total",
            ),
            "duplicate" => (
                if counted.count * 10 > tally.read { Severity::Error } else { Severity::Warning },
                "",
                format!("{n} equal to an earlier one in every field"),
                "counted once (policy.duplicates)",
            ),
            "superseded" => (
                if counted.count * 10 > tally.read { Severity::Error } else { Severity::Warning },
                "transaction_id",
                format!("{n} of orders that a later file has in a different version"),
                "the later file counts; different orders need different numbers",
            ),
            "refunded_twice" => (
                Severity::Info,
                "total_amount",
                format!("{n} that refund an order already cancelled by its status"),
                "excluded: the order no longer counts",
            ),
            "overlap" => (Severity::Warning, "", format!("{n} are in more than one file"), "counted once"),
            other => (Severity::Info, "", format!("{n}: {other}"), "excluded"),
        };
        found.add(reason, severity, column, counted, message, action);
    }
}

fn values(tally: &Tally, context: &FindingContext<'_>, found: &mut Findings) {
    let n = |counted: &Occurrences| counted_rows(counted.count);
    found.add(
        "zero_amount_kept",
        Severity::Info,
        "total_amount",
        &tally.zero,
        format!("{} with amount zero", n(&tally.zero)),
        "kept as purchases (policy.zero_amounts)",
    );
    found.add(
        "negative_amount_kept",
        Severity::Info,
        "total_amount",
        &tally.negative,
        format!("{} with a negative amount", n(&tally.negative)),
        "kept (policy.refunds)",
    );
    let often = tally.disagree.count * 20 > tally.clean;
    found.add(
        "total_disagrees",
        if often { Severity::Warning } else { Severity::Info },
        "total_amount",
        &tally.disagree,
        format!("{} whose total is not price times quantity", n(&tally.disagree)),
        "the total counts; discounts and shipping explain some",
    );
    found.add("equal_rows_kept", Severity::Warning, "", &Occurrences { count: context.equal_rows_kept.count, samples: context.equal_rows_kept.samples.clone() }, format!("{} equal to an earlier one in every field", n(context.equal_rows_kept)), "kept: without line numbers, equal rows may be real (policy.duplicates = \"exclude\" counts them once)");
    found.add(
        "rounded_id",
        Severity::Error,
        "customer_id",
        &tally.damaged_ids,
        format!("{} whose customer is a rounded number such as 4.92E+12", n(&tally.damaged_ids)),
        "different customers have become one: export the ids again, as text, without a spreadsheet in between",
    );
    let lost = context.settled.lost_zeros;
    found.add(
        "lost_zeros",
        Severity::Error,
        "customer_id",
        &Occurrences { count: lost, samples: tally.zero_led_ids.samples.clone() },
        format!(
            "{} {} with and without leading zeros",
            format_count(lost),
            if lost == 1 { "customer whose number appears" } else { "customers whose numbers appear" }
        ),
        "each counts as two: export the ids again, as text, without a spreadsheet in between",
    );
    if context.customers_known {
        found.add(
            "unknown_customer",
            Severity::Warning,
            "customer_id",
            &tally.unknown_customers,
            format!("{} of customers missing in the customers file", n(&tally.unknown_customers)),
            "kept; their attributes are empty",
        );
    }
    if let Some((limit, count)) = tally.outliers(context.limits.outlier_fence) {
        let samples = tally
            .largest
            .iter()
            .filter(|(amount, _)| *amount > limit)
            .map(|(_, sample)| sample.clone())
            .collect();
        found.add(
            "outlying_amount",
            Severity::Warning,
            "total_amount",
            &Occurrences { count, samples: super::Samples(samples) },
            format!(
                "{} with an amount far above the others (over {})",
                counted_rows(count),
                format_minor_grouped(limit, context.decimals)
            ),
            "kept; make sure that they are real",
        );
    }
    let repaired = Occurrences { count: tally.repaired_lines, ..Occurrences::default() };
    found.add(
        "mixed_encoding",
        Severity::Warning,
        "",
        &repaired,
        format!("{} not in UTF-8", counted_rows(repaired.count)),
        &format!(
            "read as {}, by all such lines of a file; set source.encoding if names look wrong",
            tally.repaired_as.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
        ),
    );
}

/// Findings about deviations of the rows from the plan.
fn plan_findings(context: &FindingContext<'_>, found: &mut Findings) {
    let settled = context.settled;
    let counted = |count: u64| Occurrences { count, ..Occurrences::default() };
    let orders = |n: u64| if n == 1 { "1 order".to_owned() } else { format!("{} orders", format_count(n)) };
    found.add(
        "totals_differ",
        Severity::Warning,
        "total_amount",
        &counted(settled.orders_that_differ),
        format!("{} whose rows give different totals", orders(settled.orders_that_differ)),
        "the most frequent total of an order counts; in a tie, the last one",
    );
    found.add(
        "order_days_apart",
        Severity::Warning,
        "transaction_id",
        &counted(settled.restarts.apart),
        format!("{} whose rows lie more than three days apart", orders(settled.restarts.apart)),
        "kept as one order; --set source.order_numbers_restart=true makes them separate orders",
    );
    // Integer amounts a hundred times larger than decimal ones are cents.
    let mut merged = RowChecks::default();
    for file in context.by_file {
        merged.decimals[0] += file.checks.decimals[0];
        merged.decimals[1] += file.checks.decimals[1];
        merged.whole_minor += file.checks.whole_minor;
        merged.decimal_minor += file.checks.decimal_minor;
    }
    let [whole, decimal, ..] = merged.decimals.map(i128::from);
    let is_large =
        whole >= 10 && decimal >= 10 && merged.whole_minor * decimal > 30 * merged.decimal_minor * whole;
    found.add(
        "amounts_without_decimals",
        Severity::Error,
        "total_amount",
        &counted(if is_large { merged.decimals[0] } else { 0 }),
        format!(
            "{} without decimals, on average {} times as large as the others: are these in cents?",
            counted_rows(merged.decimals[0]),
            format_count(((merged.whole_minor * decimal) / (merged.decimal_minor * whole).max(1)) as u64)
        ),
        "kept as they are; if they are cents, read that file separately with --set source.amounts_in_cents=true",
    );
    let returns = &settled.returns;
    let unmatched = returns.returns - returns.matched;
    found.add(
        "unmatched_return",
        Severity::Info,
        "total_amount",
        &counted(unmatched),
        format!(
            "{} of {} returns match no earlier order",
            format_count(unmatched),
            format_count(returns.returns)
        ),
        "deducted from the customer's spend on the day of the return",
    );
    for file in context.by_file {
        let checks = &file.checks;
        let sample = checks.rounded_order.clone().unwrap_or_default();
        found.add(
            "rounded_order",
            Severity::Error,
            "transaction_id",
            &counted(checks.rounded_orders),
            format!("{} whose order is a rounded number such as {sample}", counted_rows(checks.rounded_orders)),
            "different orders may have the same number, and are separated by customer and day: export the numbers again, as text",
        );
        found.add(
            "refund_beyond_amount",
            Severity::Warning,
            "total_amount",
            &counted(checks.refunds_beyond),
            format!("{} with a refund above the amount", counted_rows(checks.refunds_beyond)),
            "counted as a full refund",
        );
        found.add(
            "unreadable_refund",
            Severity::Warning,
            "refunded_amount",
            &counted(checks.refunds_unreadable),
            format!("{} with a refund that is not a number", counted_rows(checks.refunds_unreadable)),
            "counted without it",
        );
        let other = checks.other_comma + checks.other_point;
        found.add(
            "other_decimal_mark",
            Severity::Warning,
            "total_amount",
            &counted(other),
            format!("{} whose amount has a different decimal separator", counted_rows(other)),
            "each is read by its own separator, which is unambiguous",
        );
        let more = checks.decimals[2] + checks.decimals[3];
        let whole = context.decimals <= 2;
        found.add(
            "more_decimals",
            Severity::Info,
            "total_amount",
            &counted(if whole { more } else { 0 }),
            format!("{} with more than two decimals", counted_rows(more)),
            "rounded to the minor unit; --set source.money_decimals=4 keeps more",
        );
    }
}

fn coverage(tally: &Tally, context: &FindingContext<'_>, found: &mut Findings) {
    let min_gap = i64::from(context.limits.min_gap_days);
    let days: Vec<i64> = tally.days.keys().copied().collect();
    let gaps: Vec<(i64, i64)> = days
        .windows(2)
        .filter(|pair| pair[1] - pair[0] > min_gap)
        .map(|pair| (pair[0] + 1, pair[1] - 1))
        .collect();
    if let Some(longest) = gaps.iter().max_by_key(|(from, to)| to - from) {
        let day = |d: i64| dates::format_day(d * DAY_MICROS);
        let sample = |(from, to): &(i64, i64)| SampleRow {
            file: String::new(),
            line: 0,
            value: format!(
                "{} to {} ({} days)",
                day(*from),
                day(*to),
                format_count((to - from + 1).unsigned_abs())
            ),
        };
        let missing: i64 = gaps.iter().map(|(from, to)| to - from + 1).sum();
        let span = days.last().zip(days.first()).map_or(1, |(last, first)| last - first + 1);
        found.list.push(Finding {
            check: "coverage_gap".to_owned(),
            severity: Severity::Warning,
            column: Some("transaction_date".to_owned()),
            count: gaps.len() as u64,
            share: missing as f64 / span as f64,
            message: format!(
                "{} of {min_gap} days or more without a purchase; the longest is {} to {}",
                if gaps.len() == 1 {
                    "1 gap".to_owned()
                } else {
                    format!("{} gaps", format_count(gaps.len() as u64))
                },
                day(longest.0),
                day(longest.1)
            ),
            action: "is a file missing? recency and trends are unreliable across a gap".to_owned(),
            samples: gaps.iter().take(5).map(sample).collect(),
        });
    }
    for (i, later) in context.spans.iter().enumerate() {
        for earlier in &context.spans[..i] {
            let (from, to) = (earlier.first.max(later.first), earlier.last.min(later.last));
            if from > to || found.list.iter().filter(|f| f.check == "files_overlap").count() >= 5 {
                continue;
            }
            found.list.push(Finding {
                check: "files_overlap".to_owned(),
                severity: Severity::Info,
                column: Some("transaction_date".to_owned()),
                count: 1,
                share: 0.0,
                message: format!(
                    "`{}` and `{}` overlap in time, {} to {}",
                    earlier.shown,
                    later.shown,
                    dates::format_day(from),
                    dates::format_day(to)
                ),
                action: "rows that are in both are counted once".to_owned(),
                samples: Vec::new(),
            });
        }
    }
}

fn columns(tally: &Tally, context: &FindingContext<'_>, found: &mut Findings) {
    for (column, source) in context.sources {
        let missing = tally.missing[slot(*column)];
        let optional = !matches!(
            column,
            Column::CustomerId | Column::TransactionId | Column::TransactionDate | Column::TotalAmount
        );
        if optional && !source.is_empty() && missing * 10 > tally.read {
            let counted = Occurrences { count: missing, ..Occurrences::default() };
            let message = format!("{} without a value in `{}`", counted_rows(missing), column.name());
            found.add(
                &format!("missing_{}", column.name()),
                Severity::Info,
                column.name(),
                &counted,
                message,
                "kept; features based on it are empty for these rows",
            );
        }
    }
}

fn completeness(tally: &Tally, context: &FindingContext<'_>) -> Vec<ColumnCompleteness> {
    context
        .sources
        .iter()
        .map(|(column, source)| {
            let missing = if source.is_empty() { tally.read } else { tally.missing[slot(*column)] };
            ColumnCompleteness {
                column: column.name().to_owned(),
                source: source.clone(),
                missing,
                missing_share: missing as f64 / tally.read.max(1) as f64,
            }
        })
        .collect()
}
