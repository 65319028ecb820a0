//! Fits models with covariates.

use regulars_stats::intervals::log_interval;
use regulars_stats::optimise::Matrix;
use regulars_stats::special::normal_quantile;

use super::design::{Standardised, standardise};
use super::groups::CountedWithCovariates;
use super::likelihood::{Table, customers_by_group, mean_loss};
use super::{Dropped, Effect, FittedWithCovariates, Process};
use crate::lifetime::boundary;
use crate::lifetime::error::Error;
use crate::lifetime::fit::{
    Boundary, Estimate, FitReport, FitSettings, Likelihood, Maximum, Problem, matrices, maximise,
    sample_sizes,
};
use crate::lifetime::model::ModelKind;
use crate::lifetime::search::{Search, is_in_time_units, starts};
use crate::nbd::NBD;

/// Coefficients above this, per standard deviation of the covariate, are unbounded: one group never does
/// what the others do.
const UNBOUNDED_COEFFICIENT: f64 = 12.0;

/// Coefficients with a standard error above this, per standard deviation of the covariate, are
/// undetermined: the effect could be a factor of over a hundred up or down.
const UNDETERMINED_STANDARD_ERROR: f64 = 3.0;

/// Fits a model with covariates to counted histories.
///
/// Without visible dropout the NBD with the purchase covariates is used, and the report says so. Constant
/// or linearly dependent covariates are listed in `dropped`; their coefficient is 0. With a prior,
/// coefficients are shrunk to 0 per standard deviation of their covariate, and the other parameters like
/// those of a customer with mean covariates.
///
/// Errors: [`Error::NoCovariates`] for models with regular purchases; [`Error::TooFewRepeatCustomers`] without a
/// repeat purchase; [`Error::NotConverged`] with the best parameters (of a customer with mean covariates)
/// and coefficients (per standard deviation).
pub fn fit_with_covariates(
    kind: ModelKind,
    counted: &CountedWithCovariates,
    settings: &FitSettings,
) -> Result<FittedWithCovariates, Error> {
    let model = kind.name();
    if kind.is_regular() {
        return Err(Error::NoCovariates { model });
    }
    let patterns = &counted.counted.patterns;
    let search = Search::new(model, patterns)?;
    let by_group = customers_by_group(patterns, &counted.groups);
    let (purchases, mut dropped) = standardise(&counted.groups, &by_group, Process::Purchases);
    let (leaving, of_dropout) = standardise(&counted.groups, &by_group, Process::Dropout);
    dropped.extend(of_dropout);
    let table = Table::new(search.scaled.clone(), counted.groups.starts.clone(), purchases, leaving);
    let maximum_of = |kind: ModelKind| {
        maximise(&problem(model, &table, kind), settings).map_err(|error| search.unscaled(error))
    };
    let mut maximum = maximum_of(kind)?;
    let mut used = kind;
    let mut words = None;
    if kind.has_dropout() {
        let staying = maximum_of(NBD)?;
        if boundary::dropout_is_negligible(maximum.log_likelihood, staying.log_likelihood) {
            maximum = staying;
            used = NBD;
            words = Some(boundary::no_dropout("NBD"));
            let without = |name: &String| Dropped {
                process: Process::Dropout,
                name: name.clone(),
                why: "no dropout visible".to_owned(),
            };
            dropped.retain(|dropped| dropped.process == Process::Purchases);
            dropped.extend(counted.groups.dropout.iter().map(without));
        }
    }
    let found = Found::new(&table, used, search.scale, &maximum);
    let base = used.parameter_names().len();
    let words = together(words, Found::edges(used, &maximum, counted, &table));
    let effects = |names: &[String], of: &Standardised, coefficients: &[f64]| -> Vec<Effect> {
        let coefficient = |number: usize| of.kept.iter().position(|kept| *kept == number);
        names
            .iter()
            .enumerate()
            .map(|(number, name)| Effect {
                name: name.clone(),
                coefficient: coefficient(number).and_then(|at| coefficients.get(at)).copied().unwrap_or(0.0),
            })
            .collect()
    };
    let (of_purchases, of_dropout) = found.values[base..].split_at(table.purchases.kept.len());
    Ok(FittedWithCovariates {
        model: used.with(&found.values[..base]),
        purchases: effects(&counted.groups.purchases, &table.purchases, of_purchases),
        dropout: effects(&counted.groups.dropout, &table.dropout, of_dropout),
        dropped,
        unit: patterns.unit,
        report: found.report(model, used, counted, &table, &maximum, search.constant, words),
    })
}

/// Combines two boundaries.
fn together(one: Option<Boundary>, other: Option<Boundary>) -> Option<Boundary> {
    [one, other]
        .into_iter()
        .flatten()
        .reduce(|one, other| Boundary { words: format!("{}; {}", one.words, other.words), used: one.used })
}

/// Names of the fitted coefficients, in order.
fn coefficient_names(used: ModelKind, counted: &CountedWithCovariates, table: &Table) -> Vec<String> {
    let labelled = |process: Process, names: &[String], of: &Standardised| -> Vec<String> {
        of.kept.iter().map(|kept| format!("{}: {}", process.name(), names[*kept])).collect()
    };
    let mut names = labelled(Process::Purchases, &counted.groups.purchases, &table.purchases);
    if used.has_dropout() {
        names.extend(labelled(Process::Dropout, &counted.groups.dropout, &table.dropout));
    }
    names
}

fn problem<'a>(model: &'static str, table: &'a Table, kind: ModelKind) -> Problem<'a> {
    let samples = sample_sizes(table.patterns.len())
        .map(|size| -> Likelihood<'a> {
            let sample = table.sample(size);
            Box::new(move |logs| mean_loss(&sample, kind, logs))
        })
        .collect();
    let mut names = kind.parameter_names().to_vec();
    let base = names.len();
    names.extend(table.purchases.kept.iter().map(|_| "coefficient of purchases"));
    if kind.has_dropout() {
        names.extend(table.dropout.kept.iter().map(|_| "coefficient of dropout"));
    }
    let mut starts = starts(kind, 1, &table.patterns);
    for start in &mut starts {
        start.resize(names.len(), 0.0);
    }
    let full: Likelihood<'a> = Box::new(move |logs| mean_loss(table, kind, logs));
    Problem {
        rate: Some("alpha"),
        samples,
        coefficients: names.len() - base,
        ..Problem::new(model, &names, starts, full, table.customers)
    }
}

/// Maximum in the model's time unit and the covariates' own units.
struct Found {
    /// Parameters of a customer with all covariates 0, then coefficients.
    values: Vec<f64>,
    /// Covariance of the log parameters and of the coefficients.
    covariance: Option<Matrix>,
}

impl Found {
    fn new(table: &Table, used: ModelKind, scale: f64, maximum: &Maximum) -> Self {
        let base = used.parameter_names().len();
        let size = maximum.logs.len();
        // Linear map from the search point: coefficients per standard deviation to coefficients per unit,
        // and mean covariates to covariates of 0.
        let mut map = Matrix::identity(size);
        for (number, _) in table.purchases.kept.iter().enumerate() {
            let (mean, deviation) = (table.purchases.means[number], table.purchases.deviations[number]);
            map.set(base + number, base + number, 1.0 / deviation);
            map.set(1, base + number, mean / deviation);
        }
        if used.has_dropout() {
            let first = base + table.purchases.kept.len();
            for (number, _) in table.dropout.kept.iter().enumerate() {
                let (mean, deviation) = (table.dropout.means[number], table.dropout.deviations[number]);
                map.set(first + number, first + number, 1.0 / deviation);
                for (parameter, sign) in used.0.describe().dropout_effects {
                    map.set(*parameter, first + number, -sign * mean / deviation);
                }
            }
        }
        let mut values = map.times(&maximum.logs);
        for (value, name) in values.iter_mut().zip(used.parameter_names()) {
            if is_in_time_units(name) {
                *value += scale.ln();
            }
            // With an unbounded effect, the parameters at 0 may overflow.
            *value = value.exp().clamp(f64::MIN_POSITIVE, f64::MAX);
        }
        let covariance = maximum.covariance.as_ref().map(|covariance| {
            let mut moved = Matrix::zeros(size);
            for i in 0..size {
                for j in 0..size {
                    let mut sum = 0.0;
                    for k in 0..size {
                        for l in 0..size {
                            sum += map.get(i, k) * covariance.get(k, l) * map.get(j, l);
                        }
                    }
                    moved.set(i, j, sum);
                }
            }
            moved
        });
        Self { values, covariance }
    }

    /// Describes the boundaries the fit reached.
    fn edges(
        used: ModelKind,
        maximum: &Maximum,
        counted: &CountedWithCovariates,
        table: &Table,
    ) -> Option<Boundary> {
        let base = used.parameter_names().len();
        let names = coefficient_names(used, counted, table);
        let those = |is: &dyn Fn(usize) -> bool| -> String {
            let found = names.iter().enumerate().filter(|(number, _)| is(base + number));
            found.map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", ")
        };
        let endless = those(&|at| maximum.logs[at].abs() > UNBOUNDED_COEFFICIENT);
        if !endless.is_empty() {
            let words = format!(
                "an effect is unbounded ({endless}): one of the {} covariate groups never buys again or \
                 never drops out, and the coefficient reflects only that",
                counted.groups.len()
            );
            return Some(Boundary { words, used: None });
        }
        let natural: Vec<f64> = maximum.logs[..base].iter().map(|log| log.exp()).collect();
        let plain = boundary::words(maximum, natural[0], used.0.dropout_size(&natural));
        let error = |at: usize| maximum.covariance.as_ref().map(|matrix| matrix.get(at, at).max(0.0).sqrt());
        let open = those(&|at| error(at).is_some_and(|error| error > UNDETERMINED_STANDARD_ERROR));
        let open = (!open.is_empty()).then(|| Boundary {
            words: format!("the data do not determine the size of an effect: {open}"),
            used: None,
        });
        together(plain, open)
    }

    #[expect(clippy::too_many_arguments, reason = "all of it goes into one report")]
    fn report(
        &self,
        model: &str,
        used: ModelKind,
        counted: &CountedWithCovariates,
        table: &Table,
        maximum: &Maximum,
        constant: f64,
        boundary: Option<Boundary>,
    ) -> FitReport {
        let base = used.parameter_names().len();
        let size = self.values.len();
        let mut names: Vec<String> = used.parameter_names().iter().map(|name| (*name).to_owned()).collect();
        names.extend(coefficient_names(used, counted, table));
        let covariance = self.covariance.as_ref();
        let deviation = |i: usize| covariance.map(|matrix| matrix.get(i, i).max(0.0).sqrt());
        let reach = normal_quantile(0.95);
        let parameters = names
            .into_iter()
            .enumerate()
            .map(|(i, name)| {
                let value = self.values[i];
                let (standard_error, interval_90) = if i < base {
                    (
                        deviation(i).map(|of_log| of_log * value),
                        deviation(i).map(|of_log| log_interval(value, of_log, 0.9)),
                    )
                } else {
                    (deviation(i), deviation(i).map(|error| (value - reach * error, value + reach * error)))
                };
                Estimate { name, value, standard_error, interval_90 }
            })
            .collect();
        let [correlation, log_covariance] = matrices(covariance);
        let log_likelihood = maximum.log_likelihood + constant;
        FitReport {
            model: model.to_owned(),
            parameters,
            correlation,
            log_covariance,
            log_likelihood,
            aic: 2.0 * size as f64 - 2.0 * log_likelihood,
            bic: size as f64 * table.customers.ln() - 2.0 * log_likelihood,
            customers: table.customers as u64,
            patterns: table.patterns.len() as u64,
            iterations: maximum.iterations,
            gradient_norm: maximum.gradient_norm,
            converged: true,
            boundary: maximum.with_parameters_at_bound(
                boundary,
                used.parameter_names(),
                &self.values[..base],
            ),
        }
    }
}
