//! `regulars clv`: lifetime value models without a run.

use std::process::ExitCode;

use regulars_analysis::format;
use regulars_core::config::{Grain, RatePeriod};
use regulars_core::dates::parse_as_of;
use regulars_core::money::{format_count, format_minor_grouped};
use regulars_core::progress::Progress;
use regulars_engine::Format;
use regulars_pipeline::{
    BootstrapSettings, ClvFitRequest, ClvPredictRequest, ClvRequest, ClvTimes, FitSummary, GivenOptions,
    RollingRequest, Sampling, clv_fit, clv_plot_data, clv_predict, time_unit,
};

use crate::args::{
    ClvCommand, ClvFitArgs, ClvPlotArgs, ClvPredictArgs, ClvTimeArgs, OutputFormat, RunSelection, SourceArgs,
};
use crate::environment;
use crate::failure::{Failure, Result};
use crate::printer::{self, line};
use crate::progress::Bars;
use crate::settings::{Settings, Source};

pub(super) fn clv(command: &ClvCommand, settings: &Settings) -> Result<ExitCode> {
    match command {
        ClvCommand::Fit(args) => fit(args, settings),
        ClvCommand::Predict(args) => predict(args, settings),
        ClvCommand::PlotData(args) => plot_data(args, settings),
    }
}

/// The input of a command, with its temporary folder.
struct Reading {
    source: Source,
    scratch: tempfile::TempDir,
    bars: Bars,
}

impl Reading {
    fn new(source: Source, settings: &Settings) -> Result<Self> {
        let scratch = tempfile::Builder::new().prefix("regulars-").tempdir_in(environment::temp_folder())?;
        Ok(Self { source, scratch, bars: Bars::new(settings.show_progress, !settings.quiet) })
    }

    fn request(&self, times: &ClvTimeArgs, given: GivenOptions) -> Result<ClvRequest<'_>> {
        Ok(ClvRequest {
            source: self.source.request(self.scratch.path(), &self.bars),
            times: ClvTimes {
                unit: times.unit.as_deref().map(time_unit).transpose()?,
                calibration_end_micros: times.calibration_end.as_deref().map(parse_as_of).transpose()?,
                grain: times
                    .grain
                    .as_deref()
                    .map(|grain| if grain == "week" { Grain::Week } else { Grain::Day }),
            },
            allow_bad_rows: times.allow_bad_rows,
            prior_sd: times.prior.or(self.source.config.value.prior_sd),
            given,
        })
    }

    fn finish(&self, notes: &[String]) {
        for note in notes {
            self.bars.note(note);
        }
        self.bars.finish();
    }
}

/// The given options that do not apply to every input.
fn given(source: &SourceArgs, times: &ClvTimeArgs) -> GivenOptions {
    GivenOptions {
        for_orders: named(&[
            (source.as_of.is_some(), "--as-of"),
            (times.grain.is_some(), "--grain"),
            (source.preset.is_some(), "--preset"),
            (!source.map.is_empty(), "--map"),
            (source.date_order.is_some(), "--date-order"),
            (source.customers.is_some(), "--customers"),
            (source.products.is_some(), "--products"),
        ]),
        for_times: named(&[(times.unit.is_some(), "--unit")]),
        for_occasions: Vec::new(),
    }
}

fn named(options: &[(bool, &'static str)]) -> Vec<&'static str> {
    options.iter().filter(|(given, _)| *given).map(|(_, name)| *name).collect()
}

fn fit(args: &ClvFitArgs, settings: &Settings) -> Result<ExitCode> {
    if args.seed.is_some() && !args.posterior && args.bootstrap.is_none() {
        return Err(Failure::new("--seed needs --posterior or --bootstrap: nothing else is random")
            .hint("omit --seed"));
    }
    for (given, name) in [
        (args.posterior, "--posterior"),
        (args.origins.is_some(), "--origins"),
        (args.bootstrap.is_some(), "--bootstrap"),
    ] {
        if given && settings.format == OutputFormat::Csv {
            return Err(Failure::new(format!("CSV has one row per parameter and cannot show {name}"))
                .hint("omit --format: JSON shows it"));
        }
    }
    let reading = Reading::new(Source::resolve(&args.source, settings)?, settings)?;
    let fitted = clv_fit(&ClvFitRequest {
        clv: reading.request(&args.times, given(&args.source, &args.times))?,
        models: &args.models,
        covariates: &args.covariates,
        posterior: args.posterior.then(|| Sampling {
            chains: args.chains,
            draws: args.draws,
            warmup: args.warmup,
            acceptance: args.acceptance,
            seed: args.seed.unwrap_or(42),
        }),
        bootstrap: args.bootstrap.map(|draws| BootstrapSettings { draws, seed: args.seed.unwrap_or(42) }),
        rolling: args.origins.map(|origins| RollingRequest { origins, horizon_days: args.horizon_days }),
    })?;
    reading.finish(&fitted.notes);
    match settings.format {
        OutputFormat::Csv => printer::csv(
            &["model", "parameter", "value", "standard_error", "log_likelihood", "aic", "converged", "note"],
            fitted.summaries.iter().flat_map(parameter_rows),
        )?,
        // Scripts rely on JSON as the default of this command.
        OutputFormat::Table | OutputFormat::Json => printer::json(&fitted.summaries)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn parameter_rows(summary: &FitSummary) -> Vec<Vec<String>> {
    let text = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let row = |name: &str, value: Option<f64>, error: Option<f64>| {
        vec![
            summary.model.clone(),
            name.to_owned(),
            text(value),
            text(error),
            text(summary.log_likelihood),
            text(summary.aic),
            summary.converged.to_string(),
            summary.note.clone().unwrap_or_default(),
        ]
    };
    if summary.parameters.is_empty() {
        return vec![row("", None, None)];
    }
    summary
        .parameters
        .iter()
        .map(|(name, value)| row(name, Some(*value), summary.standard_errors.get(name).copied().flatten()))
        .collect()
}

fn predict(args: &ClvPredictArgs, settings: &Settings) -> Result<ExitCode> {
    let format = Format::from_path(&args.out).ok_or_else(|| super::export::unknown_format(&args.out))?;
    let run = match &args.use_run {
        Some(run) => Some(settings.run(&RunSelection { name: args.name.clone(), run: run.clone() })?),
        None => None,
    };
    if args.times.calibration_end.is_some() {
        return Err(Failure::new("predictions start at the analysis date; --calibration-end does not apply")
            .hint("use --as-of DATE to predict from an earlier day"));
    }
    if args.use_run.is_some() && args.times.prior.is_some() {
        return Err(Failure::new("--prior does not apply with --use-run: the model is already fitted")
            .hint("omit --prior, or omit --use-run to fit a new model"));
    }
    let mut given = given(&args.source, &args.times);
    given.for_times.extend(named(&[
        (args.horizon_days.is_some(), "--horizon-days"),
        (args.discount.is_some(), "--discount"),
        (args.interval.is_some(), "--interval"),
        (args.purchase_probabilities.is_some(), "--purchase-probabilities"),
        (args.use_run.is_some(), "--use-run"),
    ]));
    given.for_occasions.extend(args.occasions.map(|_| "--occasions"));
    let reading = Reading::new(Source::resolve(&args.source, settings)?, settings)?;
    let predicted = clv_predict(
        &ClvPredictRequest {
            clv: reading.request(&args.times, given)?,
            horizon_days: args.horizon_days,
            occasions: args.occasions,
            model: args.model.as_deref(),
            run: run.as_ref(),
            discount: args.discount.as_deref().map(parse_discount).transpose()?,
            interval_level: args.interval,
            probabilities: args.purchase_probabilities,
            seed: args.seed,
        },
        format,
        &args.out,
    )?;
    reading.finish(&predicted.notes);
    if !settings.quiet {
        let value = predicted.value.map_or_else(String::new, |value| {
            format!(", total predicted LTV {}", format_minor_grouped((value * 100.0).round() as i64, 2))
        });
        line(format!(
            "{}: {} customers, model {} ({}): {} expected purchases in {}{value}",
            args.out.display(),
            format_count(predicted.customers),
            predicted.model,
            predicted.origin,
            format::mean(predicted.purchases),
            predicted.horizon
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn plot_data(args: &ClvPlotArgs, settings: &Settings) -> Result<ExitCode> {
    let reading = Reading::new(Source::resolve(&args.source, settings)?, settings)?;
    let request = reading.request(&args.times, given(&args.source, &args.times))?;
    let plots = clv_plot_data(&request, &args.models, args.horizon_days)?;
    reading.finish(&plots.notes);
    printer::json(&plots)?;
    Ok(ExitCode::SUCCESS)
}

/// Parses `0.1/year`; a rate without a period is an error.
fn parse_discount(text: &str) -> Result<(f64, RatePeriod)> {
    let bad = |problem: &str| {
        Failure::new(format!("--discount {text}: {problem}"))
            .hint("write 0.1/year, 0.01/month or 0.0003/day; 10% is 0.1")
    };
    let (rate, period) = text.split_once('/').ok_or_else(|| bad("the rate needs a period"))?;
    let period = match period.trim() {
        "year" => RatePeriod::Year,
        "month" => RatePeriod::Month,
        "day" => RatePeriod::Day,
        _ => return Err(bad("the period has to be year, month or day")),
    };
    let rate: f64 = rate.trim().parse().map_err(|_not_a_number| bad("the rate is not a number"))?;
    Ok((rate, period))
}
