//! SQL functions that use the models of a run.

use std::sync::Arc;

use regulars_core::segments::{Customer, RuleSet};
use regulars_engine::{FunctionType, FunctionValues, ModelFunction};
use regulars_models::clusters::Column;
use regulars_store::Run;
use regulars_value::{Result, value_functions};

use crate::clusters::read_model;

/// All functions of a run: `rfm_segment` by its rules, `cluster_of` by its clusters, and those of [`value_functions`]; each
/// only if the run has what it needs.
///
/// Errors: a stored model that cannot be read.
pub fn sql_functions(run: &Run) -> Result<Vec<ModelFunction>> {
    let mut functions: Vec<ModelFunction> = rfm_segment(run).into_iter().collect();
    functions.extend(cluster_of(run)?);
    functions.extend(value_functions(run)?);
    Ok(functions)
}

/// The segment by the run's rules, if they are a built-in rule set. With all arguments it is exact; with the scores alone,
/// the rules' other conditions are taken as met.
fn rfm_segment(run: &Run) -> Option<ModelFunction> {
    let rules = RuleSet::built_in(&run.manifest.config.segments.rules).ok()?;
    let arguments = ["r_score", "f_score", "m_score", "frequency", "recency", "tenure_days", "cycle_ratio"];
    Some(ModelFunction {
        name: "rfm_segment",
        arguments: arguments.map(ToOwned::to_owned).to_vec(),
        forms: vec![3, arguments.len()],
        returns: FunctionType::Text,
        meaning: "Segment by the run's rules; with the scores alone, their other conditions are taken as met",
        compute: Arc::new(move |columns| {
            let rows = 0..columns[0].len();
            let names = rows.map(|row| {
                let score = |column: usize| {
                    let score = columns[column][row];
                    let is_score = score.fract() == 0.0 && (1.0..=f64::from(rules.classes)).contains(&score);
                    if is_score {
                        Ok(score as u8)
                    } else {
                        Err(format!("{score} is not a score from 1 to {}", rules.classes))
                    }
                };
                let scores = [score(0)?, score(1)?, score(2)?];
                let segment = if columns.len() == 3 {
                    rules.segment_by_scores(scores)
                } else {
                    let whole = |column: usize| columns[column][row] as i64;
                    rules.segment_of(&Customer {
                        scores,
                        orders: whole(3),
                        days_since_last_order: whole(4),
                        tenure_days: whole(5),
                        cycle_ratio: columns[6][row],
                    })
                };
                Ok(segment.name.clone())
            });
            Ok(FunctionValues::Texts(names.collect::<std::result::Result<_, String>>()?))
        }),
    })
}

/// The number of the nearest cluster of the run; the arguments are the features of the clusters.
fn cluster_of(run: &Run) -> Result<Option<ModelFunction>> {
    let Some((model, _)) = read_model(&run.dir)? else { return Ok(None) };
    let arguments: Vec<String> =
        model.preparation.features.iter().map(|feature| feature.name.clone()).collect();
    Ok(Some(ModelFunction {
        name: "cluster_of",
        forms: vec![arguments.len()],
        arguments,
        returns: FunctionType::Integer,
        meaning: "Number of the nearest cluster of the run",
        compute: Arc::new(move |columns| {
            let columns: Vec<Column<'_>> = model
                .preparation
                .features
                .iter()
                .zip(columns)
                .map(|(feature, values)| Column { name: &feature.name, values })
                .collect();
            let placed = model.assign(&columns).map_err(|e| e.to_string())?;
            let numbers = placed.labels.iter().map(|label| i64::from(model.clusters[*label as usize].id));
            Ok(FunctionValues::Integers(numbers.collect()))
        }),
    }))
}
