//! A small shop for this crate's tests: orders as a file, a home for its runs, and a fake clock.
//!
//! Deliberately not here: anything that the tests check.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use arrow::array::{ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use regulars_core::config::Config;
use regulars_core::dates::{DAY_MICROS, format_day};
use regulars_core::progress::Silent;
use regulars_ingest::InputPaths;
use regulars_store::{Dataset, Home, Run};
use regulars_value::ValidateRequest;
use regulars_value::feature_columns::read_columns;
use tempfile::TempDir;

use crate::options::{Clock, RunOptions};
use crate::run::{Finished, run};

/// The first day of every shop here, since 1970: 2022-01-08.
pub(crate) const FIRST_DAY: i64 = 19_000;

/// A purchase: the customer, the day since [`FIRST_DAY`], the amount in cents.
pub(crate) type Order = (i64, i64, i64);

/// A time that stands still.
pub(crate) struct At(pub(crate) &'static str);

impl Clock for At {
    fn now(&self) -> String {
        self.0.to_owned()
    }

    fn peak_memory_bytes(&self) -> u64 {
        0
    }
}

pub(crate) struct Shop {
    pub(crate) orders: Vec<Order>,
    pub(crate) folder: TempDir,
    pub(crate) file: PathBuf,
    pub(crate) dataset: Dataset,
}

/// A customer by its orders: days, ascending, and the sum of the amounts in cents.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Bought {
    pub(crate) days: Vec<i64>,
    pub(crate) cents: i64,
}

/// Customers who arrive within `days`, buy at their own cadence and leave at random.
pub(crate) fn orders(customers: i64, days: i64, seed: u64) -> Vec<Order> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut all = vec![(1, 0, 2500), (1, days - 1, 2500)];
    for customer in 2..=customers {
        let mean_gap = 8.0 + 50.0 * rng.random::<f64>();
        let usual = 1500.0 + 6000.0 * rng.random::<f64>();
        let mut day = rng.random::<f64>() * days as f64 * 0.7;
        while (day as i64) < days {
            all.push((customer, day as i64, (usual * (0.5 + rng.random::<f64>())) as i64));
            if rng.random::<f64>() < 0.15 {
                break;
            }
            day += 1.0 - mean_gap * (1.0 - rng.random::<f64>()).ln();
        }
    }
    all
}

impl Shop {
    pub(crate) fn new(orders: Vec<Order>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let dataset = Home::new(folder.path().join("home")).expect("a home").dataset("shop").expect("a name");
        let file = folder.path().join("orders.csv");
        let mut text = "order_id,customer_id,order_date,amount\n".to_owned();
        for (number, (customer, day, cents)) in orders.iter().enumerate() {
            let date = format_day((FIRST_DAY + day) * DAY_MICROS);
            text += &format!("{},{customer},{date},{}.{:02}\n", 1000 + number, cents / 100, cents % 100);
        }
        fs_err::write(&file, text).expect("written");
        Self { orders, folder, file, dataset }
    }

    /// 200 customers in 400 days.
    pub(crate) fn usual() -> Self {
        Self::new(orders(200, 400, 11))
    }

    /// All steps, with two quick models and few repetitions.
    pub(crate) fn options(&self) -> RunOptions {
        let mut options =
            RunOptions::new(vec![self.file.display().to_string()], (FIRST_DAY + 5000) * DAY_MICROS);
        options.config.value.models = vec!["bg_nbd".to_owned(), "mbg_nbd".to_owned()];
        options.config.value.learned = Vec::new();
        options.config.value.horizon_days = 90;
        options.config.clusters.bootstraps = 2;
        options.config.clusters.gap_references = 2;
        options.threads = 2;
        options
    }

    pub(crate) fn run(&self, options: &RunOptions, now: &'static str) -> Finished {
        run(&self.dataset, options, &Silent, &At(now)).expect("a run")
    }

    /// The customers by id who had bought by a day since [`FIRST_DAY`].
    pub(crate) fn bought(&self, until: i64) -> BTreeMap<i64, Bought> {
        let mut all: BTreeMap<i64, Bought> = BTreeMap::new();
        for (customer, day, cents) in self.orders.iter().filter(|order| order.1 <= until) {
            let one = all.entry(*customer).or_default();
            one.days.push(*day);
            one.cents += cents;
        }
        for one in all.values_mut() {
            one.days.sort_unstable();
        }
        all
    }

    /// Files to be checked with that configuration.
    pub(crate) fn request<'a>(
        input_paths: &'a InputPaths,
        config: &'a Config,
        scratch: &'a Path,
    ) -> ValidateRequest<'a> {
        fs_err::create_dir_all(scratch).expect("created");
        ValidateRequest {
            input_paths,
            config,
            as_of_micros: None,
            today_micros: (FIRST_DAY + 5000) * DAY_MICROS,
            scratch,
            threads: 2,
            store_options: &[],
            progress: &Silent,
        }
    }

    pub(crate) fn input_paths(&self) -> InputPaths {
        InputPaths { orders: vec![self.file.display().to_string()], ..InputPaths::default() }
    }
}

pub(crate) fn column(path: &Path, name: &str) -> ArrayRef {
    read_columns(path, &[name.to_owned()]).expect("a table").remove(0)
}

/// A whole-number column of a run's table.
pub(crate) fn integers(run: &Run, table: &str, name: &str) -> Vec<i64> {
    let found =
        cast(&column(&run.table_path(table).expect("a table"), name), &DataType::Int64).expect("whole");
    found.as_primitive::<Int64Type>().iter().flatten().collect()
}

pub(crate) fn numbers(run: &Run, table: &str, name: &str) -> Vec<f64> {
    let found =
        cast(&column(&run.table_path(table).expect("a table"), name), &DataType::Float64).expect("numbers");
    found.as_primitive::<Float64Type>().iter().flatten().collect()
}

pub(crate) fn texts(run: &Run, table: &str, name: &str) -> Vec<String> {
    let found = cast(&column(&run.table_path(table).expect("a table"), name), &DataType::Utf8).expect("text");
    found.as_string::<i32>().iter().flatten().map(str::to_owned).collect()
}
