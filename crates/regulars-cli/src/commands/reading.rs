//! The reading plan in the terminal, and the steps from gross sales to revenue.

use comfy_table::{Cell, Color};
use regulars_analysis::claims::words;
use regulars_analysis::revenue_bridge::{BridgeStep, RevenueBridge};
use regulars_core::money::{format_count, format_minor_grouped};
use regulars_core::reading::{PlanGroup, ReadingPlan, group_by_plan};

use crate::failure::Result;
use crate::printer::{self, Align, line};
use crate::settings::Settings;

/// Prints the plans; files that are read in the same way share one.
pub(super) fn print_plans(plans: &[ReadingPlan], money_decimals: u8, settings: &Settings) -> Result<()> {
    for alike in group_by_plan(plans) {
        print_plan(&alike, money_decimals, settings)?;
        line("")?;
    }
    Ok(())
}

fn print_plan(alike: &PlanGroup, money_decimals: u8, settings: &Settings) -> Result<()> {
    let plan = &alike.plan;
    line(format!("Reading plan of {}", alike.title()))?;
    let preset = plan.preset.as_ref().map_or_else(String::new, |name| format!("; known format {name}"));
    line(format!("{}{preset}; one row is {}", plan.layout, plan.row_is.words()))?;
    let mut columns = printer::table(
        &[("used as", Align::Left), ("column", Align::Left), ("why", Align::Left)],
        settings.color,
    );
    for column in &plan.columns {
        columns.add_row([&column.role, &column.source, &column.reason]);
    }
    line(columns)?;
    if !plan.unused.is_empty() {
        line(format!("columns not used: {}", plan.unused.join(", ")))?;
    }
    print_assumptions(plan, settings)?;
    print_meanings(plan, money_decimals, settings)
}

fn print_assumptions(plan: &ReadingPlan, settings: &Settings) -> Result<()> {
    if plan.assumptions.is_empty() {
        return Ok(());
    }
    let mut table = printer::table(
        &[
            ("assumed", Align::Left),
            ("based on", Align::Left),
            ("checked", Align::Right),
            ("exceptions", Align::Right),
            ("handling", Align::Left),
        ],
        settings.color,
    );
    for assumed in &plan.assumptions {
        let against = Cell::new(format_count(assumed.violations));
        let against =
            if settings.color && assumed.violations > 0 { against.fg(Color::Yellow) } else { against };
        table.add_row([
            Cell::new(&assumed.statement),
            Cell::new(&assumed.decided_by),
            // The assumption applies to no row of these files.
            Cell::new(if assumed.checked == 0 { "-".to_owned() } else { format_count(assumed.checked) }),
            against,
            Cell::new(&assumed.resolution),
        ]);
    }
    line(table)
}

fn print_meanings(plan: &ReadingPlan, money_decimals: u8, settings: &Settings) -> Result<()> {
    if plan.meanings.is_empty() {
        return Ok(());
    }
    let mut table = printer::table(
        &[
            ("column", Align::Left),
            ("value", Align::Left),
            ("meaning", Align::Left),
            ("rows", Align::Right),
            ("amount", Align::Right),
        ],
        settings.color,
    );
    for word in &plan.meanings {
        table.add_row([
            word.column.clone(),
            word.word.clone(),
            word.meaning.map_or("(unknown)", |meaning| meaning.words()).to_owned(),
            format_count(word.rows),
            format_minor_grouped(word.amount_minor, money_decimals),
        ]);
    }
    line(table)
}

/// Prints the steps from gross sales to revenue, and the policy applied.
pub(super) fn print_revenue_bridge(bridge: &RevenueBridge, amount: impl Fn(i64) -> String) -> Result<()> {
    let steps = bridge.steps();
    if !steps.is_empty() {
        let shown = |step: &BridgeStep| {
            let text = format!("{} {}", step.label, amount(step.minor));
            if step.sign.is_empty() { text } else { format!("{} {text}", step.sign) }
        };
        line(words::plain(&steps.iter().map(shown).collect::<Vec<_>>().join(" ")))?;
    }
    bridge.sentences(&amount).iter().try_for_each(|sentence| line(words::plain(&format!("{sentence}."))))
}
