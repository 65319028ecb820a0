//! Settings, resolved once before a command runs. Precedence: flags, environment, file, defaults.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use regulars_core::columns::Column;
use regulars_core::config::{Config, Method};
use regulars_core::dates::{self, DateOrder};
use regulars_core::progress::Progress;
use regulars_pipeline::ValidateRequest;
use regulars_store::{Dataset, Home, Run};

use crate::args::{Args, OutputFormat, RunSelection, SourceArgs};
use crate::environment;
use crate::failure::{Failure, Result};
use crate::tables::{PostgresTables, with_query};

/// Settings that every command needs.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    home: PathBuf,
    pub(crate) config: Config,
    pub(crate) format: OutputFormat,
    pub(crate) quiet: bool,
    /// Progress bars and colours are for terminals only.
    pub(crate) show_progress: bool,
    pub(crate) color: bool,
}

impl Settings {
    pub(crate) fn resolve(args: &Args) -> Result<Self> {
        let home = match &args.home {
            Some(home) => home.clone(),
            None => environment::data_folder().ok_or_else(|| {
                Failure::new("there is no folder to store runs in")
                    .hint("set one with --home DIR or REGULARS_HOME")
            })?,
        };
        let default = Path::new("regulars.toml");
        let file = args.config.as_deref().or_else(|| default.is_file().then_some(default));
        let config = match file {
            Some(path) => {
                let text = fs_err::read_to_string(path).map_err(|e| {
                    Failure::new(format!("cannot read the configuration: {e}"))
                        .hint("`regulars init ORDERS` creates one")
                })?;
                Config::parse(&text, &path.display().to_string())?
            }
            None => Config::default(),
        };
        Ok(Self {
            home,
            config,
            format: args.format,
            quiet: args.quiet,
            show_progress: !args.quiet && std::io::stderr().is_terminal(),
            color: std::io::stdout().is_terminal() && !environment::no_color(),
        })
    }

    /// The home folder; created if missing.
    pub(crate) fn home(&self) -> Result<Home> {
        Ok(Home::new(&self.home)?)
    }

    /// The data set with this name, or the one with the latest run.
    pub(crate) fn dataset(&self, name: Option<&str>) -> Result<Dataset> {
        let home = self.home()?;
        if let Some(name) = name {
            return Ok(home.dataset(name)?);
        }
        let mut latest: Option<(String, Dataset)> = None;
        let mut unreadable = None;
        for name in home.datasets()? {
            let dataset = home.dataset(&name)?;
            match dataset.current() {
                Ok(Some(run)) if latest.as_ref().is_none_or(|(at, _)| run.manifest.finished_at > *at) => {
                    latest = Some((run.manifest.finished_at.clone(), dataset));
                }
                Ok(_) => {}
                Err(error) => unreadable = unreadable.or(Some(error)),
            }
        }
        if let (None, Some(error)) = (&latest, unreadable) {
            return Err(error.into());
        }
        latest.map(|(_, dataset)| dataset).ok_or_else(|| {
            Failure::new(format!("there are no runs yet in {}", self.home.display()))
                .hint("create one with `regulars run ORDERS.csv` or `regulars demo`")
        })
    }

    /// The run selected by a command's flags.
    pub(crate) fn run(&self, which: &RunSelection) -> Result<Run> {
        Ok(self.dataset(which.name.as_deref())?.run(&which.run)?)
    }
}

/// The input of a command, with flags applied to the configuration.
pub(crate) struct Source {
    pub(crate) input_paths: regulars_ingest::InputPaths,
    pub(crate) config: Config,
    pub(crate) as_of_micros: Option<i64>,
    pub(crate) today_micros: i64,
    pub(crate) threads: usize,
    pub(crate) store_options: Vec<(String, String)>,
}

impl Source {
    pub(crate) fn resolve(args: &SourceArgs, settings: &Settings) -> Result<Self> {
        let mut config = settings.config.clone();
        apply_preset_and_map(&mut config, args.preset.as_deref(), &args.map)?;
        for setting in &args.set {
            config = config.with_setting(setting)?;
        }
        if let Some(order) = &args.date_order {
            config.source.date_order = Some(match order.as_str() {
                "day_first" => DateOrder::DayFirst,
                "month_first" => DateOrder::MonthFirst,
                _ => DateOrder::YearFirst,
            });
        }
        let threads = args.threads.unwrap_or_else(environment::processors).clamp(1, 256);
        let today_micros = match &args.today {
            Some(day) => dates::parse_as_of(day)?.div_euclid(dates::DAY_MICROS) * dates::DAY_MICROS,
            None => environment::today_micros(),
        };
        Ok(Self {
            input_paths: regulars_ingest::InputPaths {
                orders: with_query(&args.inputs, args.query.as_deref())?,
                customers: args.customers.clone(),
                products: args.products.clone(),
                tables: Some(Arc::new(PostgresTables::new(threads))),
            },
            config,
            as_of_micros: args.as_of.as_deref().map(dates::parse_as_of).transpose()?,
            today_micros,
            threads,
            store_options: environment::store_options(),
        })
    }
}

impl Source {
    /// The request to read and check the input without a run; intermediate files go to `scratch`.
    pub(crate) fn request<'a>(
        &'a self,
        scratch: &'a Path,
        progress: &'a dyn Progress,
    ) -> ValidateRequest<'a> {
        ValidateRequest {
            input_paths: &self.input_paths,
            config: &self.config,
            as_of_micros: self.as_of_micros,
            today_micros: self.today_micros,
            scratch,
            threads: self.threads,
            store_options: &self.store_options,
            progress,
        }
    }
}

/// Applies `--preset` and `--map` to a configuration.
pub(crate) fn apply_preset_and_map(config: &mut Config, preset: Option<&str>, map: &[String]) -> Result<()> {
    if let Some(name) = preset {
        config.source.preset = Some(regulars_ingest::presets::preset(name)?.name.to_owned());
    }
    for entry in map {
        let (column, name) = entry.split_once('=').ok_or_else(|| {
            Failure::new(format!("--map {entry}: expected FIELD=COLUMN"))
                .hint("e.g. --map customer_id=\"Client no\"")
        })?;
        let Some(column) = Column::from_name(column.trim()) else {
            let known: Vec<&str> = Column::ALL.iter().map(|c| c.name()).collect();
            return Err(Failure::new(format!(
                "--map {entry}: there is no Regulars field `{}`",
                column.trim()
            ))
            .hint(format!("the fields are {}", known.join(", "))));
        };
        config.mapping.insert(column, name.trim().to_owned());
    }
    Ok(())
}

/// Applies `--method` and `--rules` to a configuration.
pub(crate) fn apply_scores(config: &mut Config, method: Option<&str>, rules: Option<&str>) {
    if let Some(method) = method {
        config.scores.method = match method {
            "ntile" => Method::Ntile,
            "thresholds" => Method::Thresholds,
            _ => Method::Quantile,
        };
    }
    if let Some(rules) = rules {
        rules.clone_into(&mut config.segments.rules);
    }
}

/// Parses a size such as `2GiB`, `512 MB` or `100000000`.
pub(crate) fn parse_bytes(text: &str) -> Result<u64> {
    let bad = || {
        Failure::new(format!("`{text}` is not a size"))
            .hint("write it as 2GiB, 512MiB or 4GB; at least 64MiB")
    };
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text[..digits].parse().map_err(|_not_a_number| bad())?;
    let unit: f64 = match text[digits..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kib" => 1024.0,
        "kb" => 1e3,
        "m" | "mib" => 1024.0 * 1024.0,
        "mb" => 1e6,
        "g" | "gib" => 1024.0 * 1024.0 * 1024.0,
        "gb" => 1e9,
        "t" | "tib" => 1024.0_f64.powi(4),
        "tb" => 1e12,
        _ => return Err(bad()),
    };
    let bytes = (number * unit) as u64;
    if bytes < 64 << 20 { Err(bad()) } else { Ok(bytes) }
}
