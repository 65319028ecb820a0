//! How the files were read: the reading plans of the manifest in words.

use regulars_analysis::format::{self, Money, sentence};
use regulars_core::reading::{Assumption, PlanGroup, ReadingPlan, WordMeaning, group_by_plan};

/// Files with the same reading plan, and the plan.
#[derive(Debug)]
pub(crate) struct PlanView {
    pub(crate) title: String,
    /// How they are stored, and what one row is.
    pub(crate) lead: String,
    pub(crate) columns: Vec<ColumnRow>,
    pub(crate) unused: String,
    pub(crate) assumptions: Vec<AssumptionRow>,
    pub(crate) words: Vec<WordRow>,
}

/// A column in use.
#[derive(Debug)]
pub(crate) struct ColumnRow {
    pub(crate) role: String,
    pub(crate) source: String,
    pub(crate) reason: String,
}

/// An assumption.
#[derive(Debug)]
pub(crate) struct AssumptionRow {
    pub(crate) statement: String,
    pub(crate) decided_by: String,
    pub(crate) checked: String,
    /// Rows that violate it, if any.
    pub(crate) against: Option<String>,
    /// Action taken on these rows, with the first as an example.
    pub(crate) resolution: String,
}

/// The meaning assigned to a value of a column.
#[derive(Debug)]
pub(crate) struct WordRow {
    pub(crate) column: String,
    pub(crate) word: String,
    pub(crate) meaning: &'static str,
    pub(crate) rows: String,
    pub(crate) amount: String,
}

/// The reading plans of a run, grouped by files with the same plan.
pub(crate) fn plans(plans: &[ReadingPlan], money: &Money) -> Vec<PlanView> {
    group_by_plan(plans).iter().map(|alike| plan(alike, money)).collect()
}

fn plan(alike: &PlanGroup, money: &Money) -> PlanView {
    let plan = &alike.plan;
    let preset = plan.preset.as_ref().map_or_else(String::new, |name| format!(" Known format: {name}."));
    PlanView {
        title: alike.title(),
        lead: format!("{}{preset} Each row is {}.", sentence(&plan.layout), plan.row_is.words()),
        columns: plan
            .columns
            .iter()
            .map(|column| ColumnRow {
                role: column.role.replace('_', " "),
                source: column.source.clone(),
                reason: column.reason.clone(),
            })
            .collect(),
        unused: plan.unused.join(", "),
        assumptions: plan.assumptions.iter().map(assumption).collect(),
        words: plan.meanings.iter().map(|meaning| word(meaning, money)).collect(),
    }
}

fn assumption(assumed: &Assumption) -> AssumptionRow {
    let example = assumed.example.as_ref().map_or_else(String::new, |row| {
        format!(" First: {}, line {}, “{}”.", row.file, format::count(row.line), row.value)
    });
    AssumptionRow {
        statement: sentence(&assumed.statement),
        decided_by: assumed.decided_by.clone(),
        checked: if assumed.checked == 0 {
            format::NOTHING.to_owned()
        } else {
            format::count(assumed.checked)
        },
        against: (assumed.violations > 0).then(|| format::count(assumed.violations)),
        resolution: format!("{}{example}", sentence(&assumed.resolution)),
    }
}

fn word(meaning: &WordMeaning, money: &Money) -> WordRow {
    WordRow {
        column: meaning.column.clone(),
        word: meaning.word.clone(),
        meaning: meaning.meaning.map_or("unknown", |meaning| meaning.words()),
        rows: format::count(meaning.rows),
        amount: money.exact(meaning.amount_minor),
    }
}
