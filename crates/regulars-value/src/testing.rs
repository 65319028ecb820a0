//! A small shop for this crate's tests: its orders, landed and with features in a temporary folder.
//!
//! Deliberately not here: anything that the tests check.

use std::path::PathBuf;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use regulars_core::config::{Config, LifetimeValue};
use regulars_core::dates::{DAY_MICROS, format_day};
use regulars_core::progress::Silent;
use regulars_engine::{Engine, FeatureParams, Inputs, Options, PurchaseRules, RfmColumns, rfm_from_features};
use regulars_ingest::{Ingested, InputPaths};
use tempfile::TempDir;

use crate::request::{Grouping, ValueRequest};
use crate::validate::ValidateRequest;

/// The first day of every shop here, since 1970.
pub(crate) const FIRST_DAY: i64 = 19_000;

/// A purchase: the customer, the day since [`FIRST_DAY`], the amount in cents.
pub(crate) type Order = (i64, i64, i64);

/// A shop, read and checked like a run's files.
pub(crate) struct Shop {
    pub(crate) orders: Vec<Order>,
    pub(crate) folder: TempDir,
    pub(crate) landed: Ingested,
    pub(crate) engine: Engine,
    pub(crate) inputs: Inputs,
    pub(crate) params: FeatureParams,
    pub(crate) features: PathBuf,
    pub(crate) rfm: RfmColumns,
}

/// The orders as a file.
pub(crate) fn csv(orders: &[Order]) -> String {
    let mut text = "order_id,customer_id,order_date,amount\n".to_owned();
    for (number, (customer, day, cents)) in orders.iter().enumerate() {
        let date = format_day((FIRST_DAY + day) * DAY_MICROS);
        text += &format!("{},{customer},{date},{}.{:02}\n", 1000 + number, cents / 100, cents % 100);
    }
    text
}

/// Customers who arrive within `days`, buy at their own cadence and leave at random.
pub(crate) fn orders(customers: i64, days: i64, seed: u64) -> Vec<Order> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut all = Vec::new();
    for customer in 1..=customers {
        let pace = 8.0 + 60.0 * rng.random::<f64>();
        let usual = 1500.0 + 6000.0 * rng.random::<f64>();
        let mut day = if customer == 1 { 0.0 } else { rng.random::<f64>() * days as f64 * 0.7 };
        while (day as i64) < days {
            let cents = usual * (0.5 + rng.random::<f64>());
            all.push((customer, day as i64, cents as i64));
            if rng.random::<f64>() < 0.12 {
                break;
            }
            day += 1.0 - pace * (1.0 - rng.random::<f64>()).ln();
        }
    }
    // Somebody buys on the last day, so that it is the analysis date.
    all.push((1, days - 1, 2500));
    all
}

impl Shop {
    pub(crate) fn new(orders: Vec<Order>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("orders.csv");
        fs_err::write(&file, csv(&orders)).expect("written");
        let scratch = folder.path().join("scratch");
        fs_err::create_dir(&scratch).expect("created");
        let input_paths = InputPaths { orders: vec![file.display().to_string()], ..InputPaths::default() };
        let config = Config::default();
        let request = ValidateRequest {
            input_paths: &input_paths,
            config: &config,
            as_of_micros: None,
            today_micros: (FIRST_DAY + 5000) * DAY_MICROS,
            scratch: &scratch,
            threads: 2,
            store_options: &[],
            progress: &Silent,
        };
        let landed = regulars_ingest::ingest(&request.reading()).expect("orders");
        let engine =
            Engine::new(Options { threads: 2, memory_limit_bytes: None, temp_dir: scratch.join("engine") })
                .expect("an engine");
        let inputs = Inputs {
            transactions: scratch.join("transactions.parquet"),
            excluded: Some(scratch.join("excluded.parquet")),
            returns: Some(scratch.join("returns.parquet")),
        };
        let rules = PurchaseRules {
            cutoff_micros: landed.as_of_micros,
            orders_are_rows: landed.orders_are_rows,
            negative_rows_are_purchases: false,
        };
        let params = FeatureParams {
            rules,
            categories: landed.categories.clone(),
            payment_methods: landed.payment_methods.clone(),
        };
        let features = scratch.join("customer_features.parquet");
        engine.write_features(&inputs, &params, &features).expect("features");
        let rfm = rfm_from_features(&features).expect("customers");
        Self { orders, folder, landed, engine, inputs, params, features, rfm }
    }

    /// A shop with enough customers and days for every step.
    pub(crate) fn usual() -> Self {
        Self::new(orders(320, 500, 7))
    }

    pub(crate) fn request<'a>(
        &'a self,
        config: &'a LifetimeValue,
        groupings: &'a [Grouping],
    ) -> ValueRequest<'a> {
        ValueRequest {
            engine: &self.engine,
            inputs: &self.inputs,
            params: &self.params,
            features: &self.features,
            scratch: self.folder.path(),
            span_micros: self.landed.span_micros,
            rfm: &self.rfm,
            groupings,
            config,
            money_decimals: 2,
            seed: 3,
            threads: 2,
            dir: self.folder.path(),
        }
    }

    /// Days on which a customer bought, ascending, since 1970, up to a day.
    pub(crate) fn days_of(&self, customer: i64, until: i64) -> Vec<i64> {
        let own = self.orders.iter().filter(|order| order.0 == customer);
        let mut days: Vec<i64> = own.map(|order| FIRST_DAY + order.1).filter(|day| *day <= until).collect();
        days.sort_unstable();
        days.dedup();
        days
    }

    /// Cents that a customer spent after a day and up to another.
    pub(crate) fn cents_of(&self, customer: i64, after: i64, until: i64) -> i64 {
        let own = self.orders.iter().filter(|order| order.0 == customer);
        own.filter(|order| (after + 1..=until).contains(&(FIRST_DAY + order.1))).map(|order| order.2).sum()
    }
}

/// Two quick models and no learned ones.
pub(crate) fn quick() -> LifetimeValue {
    LifetimeValue {
        models: vec!["bg_nbd".to_owned(), "mbg_nbd".to_owned()],
        learned: Vec::new(),
        horizon_days: 90,
        ..LifetimeValue::default()
    }
}
