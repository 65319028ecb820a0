//! Fits lifetime models to a table `customer_id,x,t_x,T,m`, forecasts its customers and times each step,
//! for `bench/clv.sh`. Not the product's command line.
//!
//! `bg_nbd:0.2,4.4,0.8,2.4` prints the log-likelihood of given parameters instead, for comparing with the
//! optimum of another package.
//!
//! ```text
//! clv FILE.csv UNIT [bg_nbd|mbg_nbd|pareto_nbd|nbd|bg_cnbd_k|mbg_cnbd_k|gamma_gamma|predict]...
//! ```
//!
//! `sample_bg_nbd` and so on sample the posterior.

use std::error::Error;
use std::io::Write;
use std::time::Instant;

use regulars_models::gamma_gamma::{self, Spend};
use regulars_models::lifetime::bayes::{BayesSettings, Marginal, Sampled};
use regulars_models::lifetime::clv::Discount;
use regulars_models::lifetime::fit::{FitReport, FitSettings};
use regulars_models::lifetime::model::{FittedLifetimeModel, ModelKind, PurchaseModel};
use regulars_models::lifetime::patterns::{BadRows, Histories, count_patterns};
use regulars_models::lifetime::time::{Horizon, TimeUnit};

/// Columns of the table; `litt` (the sum of log interpurchase times) is optional.
#[derive(Default)]
struct Columns {
    x: Vec<f64>,
    t_x: Vec<f64>,
    t: Vec<f64>,
    mean: Vec<f64>,
    litt: Option<Vec<f64>>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: clv FILE.csv UNIT [MODEL]...")?;
    let unit: TimeUnit = arguments.next().ok_or("the time unit is missing")?.parse()?;
    let mut out = std::io::stdout().lock();

    let began = Instant::now();
    let columns = read(&fs_err::read_to_string(path)?)?;
    writeln!(out, "read {:.4} s, {} customers", began.elapsed().as_secs_f64(), columns.x.len())?;

    let began = Instant::now();
    let histories = Histories {
        x: &columns.x,
        t_x: &columns.t_x,
        t: &columns.t,
        log_intervals: columns.litt.as_deref(),
        unit,
    };
    let counted = count_patterns(&histories, BadRows::Exclude)?;
    writeln!(
        out,
        "count {:.4} s, {} patterns, {} rows excluded",
        began.elapsed().as_secs_f64(),
        counted.patterns.len(),
        counted.excluded.total()
    )?;

    let settings = FitSettings::default();
    let mut last: Option<FittedLifetimeModel> = None;
    for name in arguments {
        let began = Instant::now();
        match name.as_str() {
            "gamma_gamma" => {
                let fitted = gamma_gamma::fit(&Spend { x: &columns.x, mean: &columns.mean }, &settings)?;
                print(&mut out, began, &fitted.report)?;
            }
            "predict" => {
                let fitted = last.as_ref().ok_or("predict must follow a model")?;
                let horizon = Horizon::new(365.0, TimeUnit::Days)?;
                let forecast = fitted.forecast(&counted.patterns, horizon, Discount::Monthly(0.01))?;
                let expected = counted.to_customers(&forecast.expected_purchases);
                let alive = counted.to_customers(&forecast.p_alive);
                let value = counted.to_customers(&forecast.discounted_purchases);
                writeln!(
                    out,
                    "predict {:.4} s, mean P(alive) {:.6}, purchases in 365 days {:.1}, discounted {:.1}",
                    began.elapsed().as_secs_f64(),
                    alive.iter().flatten().sum::<f64>() / alive.len() as f64,
                    expected.iter().flatten().sum::<f64>(),
                    value.iter().flatten().sum::<f64>(),
                )?;
            }
            "sample_gamma_gamma" => {
                let spend = Spend { x: &columns.x, mean: &columns.mean };
                let sampled = gamma_gamma::sample(&spend, &BayesSettings::default())?.sampled;
                print_sampled(&mut out, began, &sampled)?;
            }
            other if other.starts_with("sample_") => {
                let kind = kind_of(other.trim_start_matches("sample_"))?;
                let posterior = kind.sample(&counted.patterns, &BayesSettings::default())?;
                print_sampled(&mut out, began, &posterior.sampled)?;
            }
            other if other.starts_with("gamma_gamma:") => {
                let values = other.trim_start_matches("gamma_gamma:").split(',').map(str::parse);
                let values = values.collect::<Result<Vec<f64>, _>>()?;
                let &[p, q, gamma] = values.as_slice() else { return Err("expected p,q,gamma".into()) };
                let spend = Spend { x: &columns.x, mean: &columns.mean };
                let sum =
                    gamma_gamma::log_likelihood(&gamma_gamma::GammaGammaParams { p, q, gamma }, &spend)?;
                writeln!(out, "given Gamma-Gamma ll={sum:.6}")?;
            }
            other if other.contains(':') => {
                let model = given(other)?;
                let patterns = &counted.patterns;
                let sum: f64 = (0..patterns.len())
                    .map(|row| patterns.count[row] * model.log_likelihood(&patterns.history(row)))
                    .sum();
                writeln!(out, "given {} ll={sum:.6}", model.kind.name())?;
            }
            other => {
                let kind = kind_of(other)?;
                let fitted = kind.fit(&counted.patterns, &settings)?;
                print(&mut out, began, &fitted.report)?;
                last = Some(fitted);
            }
        }
    }
    Ok(())
}

fn kind_of(name: &str) -> Result<ModelKind, Box<dyn Error>> {
    Ok(ModelKind::from_key(name).ok_or_else(|| format!("there is no model `{name}`"))?)
}

fn print_sampled(out: &mut impl Write, began: Instant, sampled: &Sampled) -> Result<(), Box<dyn Error>> {
    let worst = |of: fn(&Marginal) -> f64, pick: fn(f64, f64) -> f64| {
        sampled.parameters.iter().map(of).reduce(pick).unwrap_or(f64::NAN)
    };
    writeln!(
        out,
        "sample {:.4} s, {} {} draws, {} likelihoods, R-hat {:.4}, effective draws {:.0} (tail {:.0}), {} \
         divergences {}",
        began.elapsed().as_secs_f64(),
        sampled.model,
        sampled.draws.len(),
        sampled.evaluations,
        worst(|parameter| parameter.r_hat, f64::max),
        worst(|parameter| parameter.ess_bulk, f64::min),
        worst(|parameter| parameter.ess_tail, f64::min),
        sampled.divergences,
        sampled.problems.join("; "),
    )?;
    Ok(())
}

/// Builds a model from the parameters in an argument.
fn given(argument: &str) -> Result<PurchaseModel, Box<dyn Error>> {
    let (name, values) = argument.split_once(':').ok_or("expected MODEL:parameters")?;
    let values = values.split(',').map(str::parse).collect::<Result<Vec<f64>, _>>()?;
    let kind = kind_of(name)?;
    if kind.is_regular() || kind.parameter_names().len() != values.len() {
        return Err("expected nbd, pareto_nbd, bg_nbd or mbg_nbd with a number per parameter".into());
    }
    Ok(kind.with(&values))
}

fn print(out: &mut impl Write, began: Instant, report: &FitReport) -> Result<(), Box<dyn Error>> {
    let parameters: Vec<String> = report
        .parameters
        .iter()
        .map(|parameter| format!("{}={:.6}", parameter.name, parameter.value))
        .collect();
    writeln!(
        out,
        "fit {:.4} s, {} ll={:.6} {} iterations={} {}",
        began.elapsed().as_secs_f64(),
        report.model,
        report.log_likelihood,
        parameters.join(" "),
        report.iterations,
        report.boundary.as_ref().map_or("", |boundary| boundary.words.as_str()),
    )?;
    Ok(())
}

fn read(text: &str) -> Result<Columns, Box<dyn Error>> {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().ok_or("the file is empty")?.split(',').collect();
    let place = |name: &str| header.iter().position(|column| *column == name);
    let column_index = |name: &str| place(name).ok_or_else(|| format!("there is no column `{name}`"));
    let (x, t_x, t, m) = (column_index("x")?, column_index("t_x")?, column_index("T")?, column_index("m")?);
    let litt = place("litt");
    let mut columns = Columns { litt: litt.map(|_| Vec::new()), ..Columns::default() };
    let mut fields = Vec::new();
    for line in lines {
        fields.clear();
        fields.extend(line.split(','));
        let number = |at: usize| fields.get(at).map_or(Ok(f64::NAN), |field| field.parse::<f64>());
        columns.x.push(number(x)?);
        columns.t_x.push(number(t_x)?);
        columns.t.push(number(t)?);
        columns.mean.push(number(m)?);
        if let (Some(values), Some(at)) = (&mut columns.litt, litt) {
            values.push(number(at)?);
        }
    }
    Ok(columns)
}
