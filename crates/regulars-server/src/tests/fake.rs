//! A backend over six made-up customers, for tests and for `examples/fake.rs`.
//!
//! The summary was worked out by hand from the tables of `shop.rs`, so that counting can be held against
//! it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use regulars_analysis::backend::{AliveOverTime, Backend, PastScores, RunComputer, RunReader, RunRow};
use regulars_analysis::budget::BudgetOutcome;
use regulars_analysis::columns::{Column, TableShape};
use regulars_analysis::error::BackendError;
use regulars_analysis::rows::{Pieces, QueryAnswer, QueryRequest, ResultTable, RowFormat, RowRange};
use regulars_core::budget::BudgetRequest;
use regulars_core::config::{Config, Meaning, Refunds};
use regulars_core::manifest::{Input, RunManifest};
use regulars_core::reading::{Assumption, PlannedColumn, ReadingPlan, RowIs, WordMeaning};
use regulars_core::summary::{
    AliveEvidence, ChurnRow, ClusterEntry, ClusterSummary, LargestInHoldout, ModelRow, MonthSummary, Period,
    PeriodComparison, RunSummary, ScoreThreshold, SegmentCheck, SegmentShare, SegmentSummary, TopCustomer,
    ValueDecile, ValueGroup, ValueSummary, ValuedCustomer,
};
use regulars_core::validation::{
    ColumnCompleteness, Finding, MoneyTotals, RowCounts, SampleRow, Severity, ValidationReport,
};

use super::{marketing_shop, rows, shop};

/// The run shown unless another is asked for.
pub(crate) const CURRENT_RUN: &str = "20250103T091500Z-4f2a9c1e";
/// The run before it.
pub(crate) const OLDER_RUN: &str = "20241203T091502Z-77b0d2aa";

/// Data sets with two runs each, identical except for the name and, for the second, the currency.
pub(crate) struct Fake {
    /// The data sets, in order.
    pub(crate) datasets: Vec<String>,
    /// Changes every summary before it goes out.
    pub(crate) adjust: fn(&mut RunSummary),
    /// Tables that the runs have not.
    pub(crate) without: &'static [&'static str],
    /// The only customers there are, if not all.
    pub(crate) only: &'static [&'static str],
    /// Whether the current run lacks a customer of the older one: C2.
    pub(crate) fewer_now: bool,
}

impl Fake {
    /// The two demonstration data sets.
    pub(crate) fn demo() -> Self {
        Self {
            datasets: vec!["synthetic".to_owned(), "kaggle".to_owned()],
            adjust: |_| (),
            without: &[],
            only: &[],
            fewer_now: false,
        }
    }

    /// A run with scores alone.
    #[allow(dead_code, reason = "the example shows runs with everything")]
    pub(crate) fn scores_only() -> Self {
        Self {
            adjust: |summary| {
                summary.clusters = None;
                summary.value = None;
            },
            without: &["customer_clusters", "ltv_predictions", "opportunities", "customers"],
            ..Self::demo()
        }
    }

    /// The only customers of a run, if not all.
    fn only(&self, run: &str) -> &'static [&'static str] {
        if self.fewer_now && run == CURRENT_RUN { shop::BUT_C2 } else { self.only }
    }

    /// A table of a run, if it has it.
    fn stored(&self, run: &str, table: &str) -> Option<shop::Columns> {
        let has_value = !self.without.contains(&"ltv_predictions");
        // The older run has nothing before it.
        let actions = || marketing_shop::actions(run == CURRENT_RUN, has_value);
        match table {
            _ if self.without.contains(&table) => None,
            "segment_actions" => Some(shop::columns_of(&actions().segments)),
            "opportunity_summary" => Some(shop::columns_of(&actions().opportunities)),
            _ => shop::table(table, self.only(run)),
        }
    }

    /// The runs to serve.
    pub(crate) fn backend(self) -> Backend {
        let fake = Arc::new(self);
        Backend { reader: fake.clone(), computer: fake }
    }

    /// Checks that there is such a data set and such a run, and names the run.
    fn find(&self, dataset: &str, run: Option<&str>) -> Result<String, BackendError> {
        if !self.datasets.iter().any(|name| name == dataset) {
            return Err(BackendError::UnknownDataset { dataset: dataset.to_owned() });
        }
        match run {
            None | Some(CURRENT_RUN) => Ok(CURRENT_RUN.to_owned()),
            Some(OLDER_RUN | "previous") => Ok(OLDER_RUN.to_owned()),
            Some(run) => Err(BackendError::UnknownRun { dataset: dataset.to_owned(), run: run.to_owned() }),
        }
    }
}

impl RunReader for Fake {
    fn datasets(&self) -> Result<Vec<String>, BackendError> {
        Ok(self.datasets.clone())
    }

    fn runs(&self, dataset: &str) -> Result<Vec<RunRow>, BackendError> {
        self.find(dataset, None)?;
        // The second data set ran last.
        let minute = if self.datasets.get(1).is_some_and(|name| name == dataset) { "16" } else { "15" };
        let row = |run_id: &str, started_at: String, current| RunRow {
            run_id: run_id.to_owned(),
            started_at,
            current,
        };
        Ok(vec![
            row(CURRENT_RUN, format!("2025-01-03T09:{minute}:00Z"), true),
            row(OLDER_RUN, "2024-12-03T09:15:02Z".to_owned(), false),
        ])
    }

    fn summary(&self, dataset: &str, run: Option<&str>) -> Result<RunSummary, BackendError> {
        let mut summary = summary(dataset, &self.find(dataset, run)?);
        (self.adjust)(&mut summary);
        Ok(summary)
    }

    fn manifest(&self, dataset: &str, run: Option<&str>) -> Result<RunManifest, BackendError> {
        let mut manifest = manifest(dataset, &self.find(dataset, run)?);
        if self.without.contains(&"ltv_predictions") {
            manifest.steps.push("value".to_owned());
            manifest
                .notes
                .push("no lifetime value: the orders cover 32 days, and at least 56 are needed".to_owned());
        }
        Ok(manifest)
    }

    fn validation(&self, dataset: &str, run: Option<&str>) -> Result<ValidationReport, BackendError> {
        self.find(dataset, run)?;
        Ok(validation())
    }

    fn table(&self, dataset: &str, run: &str, table: &str) -> Result<Option<TableShape>, BackendError> {
        let run = self.find(dataset, Some(run))?;
        Ok(self.stored(&run, table).map(|columns| shop::shape(&columns)))
    }

    fn columns(
        &self,
        dataset: &str,
        run: &str,
        table: &str,
        names: &[&str],
    ) -> Result<Vec<Column>, BackendError> {
        let run = self.find(dataset, Some(run))?;
        let columns = self.stored(&run, table).unwrap_or_default();
        let one = |name: &&str| {
            let found = columns.iter().find(|(column, _)| column == name).map(|(_, column)| column.clone());
            found.ok_or_else(|| BackendError::Unreadable {
                message: format!("table `{table}` has no column `{name}`"),
                hint: None,
            })
        };
        names.iter().map(one).collect()
    }

    fn tables(&self, dataset: &str, run: &str, only: Option<&str>) -> Result<Vec<ResultTable>, BackendError> {
        self.find(dataset, Some(run))?;
        let there = rows::TABLES.iter().filter(|name| !self.without.contains(name));
        let wanted = there.filter(|name| only.is_none_or(|only| only == **name));
        Ok(wanted.map(|name| rows::table(name, self.only)).collect())
    }

    fn rows(
        &self,
        dataset: &str,
        run: &str,
        table: &str,
        range: &RowRange,
        format: RowFormat,
    ) -> Result<Pieces, BackendError> {
        self.find(dataset, Some(run))?;
        Ok(rows::rows(table, self.only, range, format))
    }
}

impl RunComputer for Fake {
    fn segment_list(&self, dataset: &str, run: &str, segment: &str) -> Result<Vec<u8>, BackendError> {
        self.find(dataset, Some(run))?;
        Ok(format!("customer_id,email_sha256,segment\n7,,{segment}\n").into_bytes())
    }

    fn budget(
        &self,
        dataset: &str,
        run: &str,
        request: &BudgetRequest,
        among: Option<&BTreeSet<String>>,
    ) -> Result<BudgetOutcome, BackendError> {
        self.find(dataset, Some(run))?;
        Ok(marketing_shop::budget(request, among))
    }

    fn past_scores(&self, dataset: &str, run: &str, day: i32) -> Result<PastScores, BackendError> {
        self.find(dataset, Some(run))?;
        Ok(shop::past(day, self.only(run)))
    }

    fn alive_over_time(
        &self,
        dataset: &str,
        run: &str,
        purchase_days: &[i32],
    ) -> Result<Option<AliveOverTime>, BackendError> {
        self.find(dataset, Some(run))?;
        if self.without.contains(&"ltv_predictions") {
            return Ok(None);
        }
        Ok(shop::alive(purchase_days))
    }

    fn query(
        &self,
        dataset: &str,
        run: Option<&str>,
        request: &QueryRequest,
    ) -> Result<QueryAnswer, BackendError> {
        rows::query(&self.find(dataset, run)?, request)
    }
}

/// What the six customers paid, and what went back.
const MONEY: MoneyTotals = MoneyTotals {
    gross_minor: 168_000,
    cancelled_minor: 8_000,
    returned_minor: 4_500,
    net_minor: 155_500,
    gross_orders: 13,
    reversed_orders: 1,
};

const ROWS: RowCounts = RowCounts { read: 412_806, clean: 391_442, rejected: 1_204, excluded: 20_160 };

fn summary(dataset: &str, run_id: &str) -> RunSummary {
    let top = |id: &str, spend: i64, frequency: u64, recency: i64, segment: &str| TopCustomer {
        customer_id: id.to_owned(),
        monetary_minor: spend,
        frequency,
        recency,
        segment: segment.to_owned(),
    };
    RunSummary {
        dataset: dataset.to_owned(),
        run_id: run_id.to_owned(),
        as_of: "2024-06-30".to_owned(),
        currency: Some(if dataset == "kaggle" { "INR" } else { "EUR" }.to_owned()),
        money_decimals: 2,
        customers: 6,
        orders: 12,
        transactions: 14,
        revenue_minor: 155_500,
        money: MONEY,
        refunds: Some(Refunds::Match),
        average_order_value_minor: 155_500.0 / 12.0,
        repeat_rate: 0.5,
        top_20_revenue_share: 1300.0 / 1555.0,
        first_purchase: "2024-01-10".to_owned(),
        last_purchase: "2024-06-29".to_owned(),
        periods: Some(PeriodComparison {
            days: 60,
            current: Period {
                from: "2024-05-02".to_owned(),
                to: "2024-06-30".to_owned(),
                customers: 4,
                orders: 5,
                revenue_minor: 80_000,
                returning_customers: 3,
            },
            previous: Period {
                from: "2024-03-03".to_owned(),
                to: "2024-05-01".to_owned(),
                customers: 2,
                orders: 3,
                revenue_minor: 55_000,
                returning_customers: 1,
            },
            year_before: None,
        }),
        segments: segments(),
        months: months(),
        top_customers: vec![
            top(shop::NASTY, 100_000, 4, 1, "High-Value"),
            top("C1", 30_000, 3, 10, "High-Value"),
            top("C3", 20_000, 2, 51, "Loyal"),
            top("C4", 3_000, 1, 5, "New"),
            top("C2", 2_000, 1, 162, "Lost"),
            top("C5", 500, 1, 122, "Lost"),
        ],
        cuts: cuts(),
        scoring: "Scores 1 to 5 by quantiles of all customers, equal values always in the same score; segments by the \
                  rule set “classic”."
            .to_owned(),
        purchase_cycle_days: Some(31.5),
        segment_checks: segment_checks(),
        findings: [0, 2, 1],
        clusters: Some(clusters()),
        value: Some(value()),
    }
}

fn value() -> ValueSummary {
    let model = |name: &str, kind: &str, chosen: bool, rmse_minor: f64| ModelRow {
        model: name.to_owned(),
        kind: kind.to_owned(),
        chosen,
        r2: Some(0.52),
        mae_minor: Some(18_412.0),
        rmse_minor: Some(rmse_minor),
        bias: Some(-0.031),
        gini: Some(0.781),
        purchases_rmse: Some(1.62),
        purchases_bias: Some(-0.02),
        holdout_log_likelihood: (kind == "probabilistic").then_some(-61_882.4),
        note: (name == "NBD").then(|| "<b>no dropout</b> visible in this window".to_owned()),
        rmse_without_largest_minor: Some(rmse_minor / 2.0),
        mae_without_largest_minor: Some(17_000.0),
        bias_without_largest: Some(0.02),
        ..ModelRow::default()
    };
    ValueSummary {
        model: "Pareto/NBD".to_owned(),
        rule: "the smallest RMSE of spend in the holdout period".to_owned(),
        reason: "412.30, the best of 6 buy-till-you-die models (NBD 415.00)".to_owned(),
        runner_up: Some("NBD".to_owned()),
        horizon_days: 365,
        calibration_end: "2024-04-18".to_owned(),
        holdout_days: 243,
        holdout_customers: 46_213,
        actual_minor: 812_300_400,
        expected_minor: 787_119_088,
        actual_purchases: 109_411.0,
        holdout_expected_purchases: 107_222.8,
        interval_level: 0.9,
        interval_covers: "what a customer will happen to do".to_owned(),
        coverage: 0.913,
        purchases_coverage: 0.921,
        discount: None,
        customers: 6,
        total_ltv_minor: 1_204_118_000,
        total_ltv_low_minor: 1_181_500_000,
        total_ltv_high_minor: 1_226_700_000,
        total_purchases: 161_208.4,
        total_purchases_low: 160_100.0,
        total_purchases_high: 162_300.0,
        mean_ltv_minor: 24_292.2,
        mean_ltv_low_minor: 23_835.9,
        mean_ltv_high_minor: 24_747.8,
        mean_p_alive: 0.684,
        top_10_share: 0.371,
        new_customer_purchases: 3.42,
        spend_frequency_correlation: Some(0.03),
        warnings: vec!["the sum of all forecasts was 12% too low in the holdout period".to_owned()],
        models: vec![
            model("NBD", "probabilistic", false, 44_310.0),
            model("Pareto/NBD", "probabilistic", true, 41_002.0),
            model("overall mean", "baseline", false, 52_777.0),
        ],
        top_customers: vec![ValuedCustomer {
            customer_id: "C1".to_owned(),
            predicted_ltv_minor: 912_345,
            predicted_low_minor: 640_000,
            predicted_high_minor: 1_240_000,
            p_alive: 0.987,
            expected_purchases: 61.4,
            p_purchase: Some(0.999),
        }],
        groups: groups(),
        deciles: vec![decile(1, 60_000.0, 66_000.0, Some(0.88)), decile(2, 20_000.0, 19_000.0, None)],
        best_learned: Some("LightGBM".to_owned()),
        features: Vec::new(),
        churn_bands: Vec::new(),
        total_error: 0.031,
        total_errors: 1,
        total_margin_minor: None,
        churn: vec![ChurnRow {
            model: "LightGBM".to_owned(),
            chosen: true,
            auc: Some(0.881),
            brier: 0.137,
            log_loss: 0.426,
        }],
        origins: Vec::new(),
        mean_p_purchase: Some(0.5),
        alive: Some(AliveEvidence {
            model: "Pareto/NBD".to_owned(),
            models_dropout: true,
            silent: 2,
            inactive_but_certain: 0,
            silent_p_purchase: Some(0.1),
        }),
        largest: Some(LargestInHoldout {
            customer_id: "C1".to_owned(),
            actual_minor: 60_000_000,
            expected_minor: 1_200_000,
            share: 60_000_000.0 / 812_300_400.0,
            model_without: "NBD".to_owned(),
        }),
    }
}

fn groups() -> Vec<ValueGroup> {
    let group = |grouping: &str, name: &str, predicted_ltv_minor: i64| ValueGroup {
        grouping: grouping.to_owned(),
        name: name.to_owned(),
        customers: 2,
        predicted_ltv_minor,
        predicted_low_minor: predicted_ltv_minor - 10_000,
        predicted_high_minor: predicted_ltv_minor + 20_000,
        share: Some(0.5),
        mean_p_alive: 0.75,
        mean_p_churn: Some(0.2),
        mean_p_purchase: 0.6,
        ..ValueGroup::default()
    };
    vec![
        group("all", "all", 1_204_118_000),
        group("segment", "Lost", 50_000),
        group("segment", "High-Value", 900_000_000),
        group("cluster", "Recent frequent big spenders", 800_000_000),
        group("decile", "1", 500_000_000),
    ]
}

fn decile(decile: u64, expected_minor: f64, actual_minor: f64, coverage: Option<f64>) -> ValueDecile {
    let model = "Pareto/NBD".to_owned();
    ValueDecile { model, decile, customers: 4_621, expected_minor, actual_minor, coverage }
}

fn clusters() -> ClusterSummary {
    let entry = |cluster: u32, name: &str, customers: u64, share: f64| ClusterEntry {
        cluster,
        name: name.to_owned(),
        traits: vec!["recent".to_owned(), "frequent".to_owned()],
        customers,
        customer_share: share,
        revenue_minor: 123_456_789,
        revenue_share: 1.0 - share,
        recency_mean: 31.25,
        frequency_mean: 7.5,
        monetary_mean_minor: 45_678.0,
        silhouette: Some(0.41),
        examples: vec!["C00001".to_owned()],
        segments: vec![
            SegmentShare { segment: "Lost".to_owned(), customers: customers / 2 },
            SegmentShare { segment: "Loyal".to_owned(), customers: customers - customers / 2 },
        ],
    };
    ClusterSummary {
        strength: "moderate".to_owned(),
        reasons: vec!["the mean silhouette is 0.41".to_owned()],
        rule: "the highest mean silhouette".to_owned(),
        runner_up: Some(3),
        elbow: Some(4),
        silhouette: Some(0.41),
        warnings: vec![],
        notes: vec![],
        clusters: vec![
            entry(1, "Lapsed one-time buyers", 35_000, 0.7),
            entry(2, "Recent frequent big spenders", 15_000, 0.3),
        ],
    }
}

/// Name, meaning, customers, revenue, mean recency, mean frequency, average order value.
type SegmentRow = (&'static str, &'static str, u64, i64, f64, f64, f64);

fn segments() -> Vec<SegmentSummary> {
    let rows: [SegmentRow; 4] = [
        ("High-Value", "Bought lately, buy often, spend most", 2, 130_000, 5.5, 3.5, 130_000.0 / 7.0),
        ("Loyal", "Buy often and spend much, last purchase a while ago", 1, 20_000, 51.0, 2.0, 10_000.0),
        ("New", "Bought lately, but seldom and little so far", 1, 3_000, 5.0, 1.0, 3_000.0),
        ("Lost", "Bought seldom, little, and long ago", 2, 2_500, 142.0, 1.0, 1_250.0),
    ];
    let segment = |(i, row): (usize, SegmentRow)| SegmentSummary {
        segment: row.0.to_owned(),
        meaning: row.1.to_owned(),
        priority: i as u32 + 1,
        customers: row.2,
        customer_share: row.2 as f64 / 6.0,
        revenue_minor: row.3,
        revenue_share: row.3 as f64 / 155_500.0,
        recency_mean: row.4,
        frequency_mean: row.5,
        monetary_mean_minor: row.3 as f64 / row.2 as f64,
        average_order_value_minor: row.6,
    };
    rows.into_iter().enumerate().map(segment).collect()
}

/// Both who are lost bought more than 90 days ago, and one of those who are loyal.
fn segment_checks() -> Vec<SegmentCheck> {
    let rows = [("High-Value", 2, 2, 0), ("Loyal", 1, 0, 0), ("New", 1, 1, 0), ("Lost", 2, 0, 1)];
    let check = |(segment, customers, bought_last_90d, overdue): (&str, u64, u64, u64)| {
        SegmentCheck {
        segment: segment.to_owned(),
        customers,
        bought_last_90d,
        overdue,
        tenure_days_median: Some(120.0),
        cycle_ratio_median: Some(1.25),
        caveat: (segment == "Lost").then(|| {
            "1 of 2 customers ordered within four times their purchase cycle; the name compares customers within this shop only"
                .to_owned()
        }),
    }
    };
    rows.into_iter().map(check).collect()
}

fn months() -> Vec<MonthSummary> {
    let rows = [
        ("2024-01", 12_000, 2, 2),
        ("2024-02", 9_000, 2, 2),
        ("2024-03", 4_500, 1, 1),
        ("2024-04", 50_000, 2, 1),
        ("2024-05", 12_000, 1, 1),
        ("2024-06", 68_000, 4, 3),
    ];
    let month = |(month, revenue_minor, orders, customers): (&str, i64, u64, u64)| MonthSummary {
        month: month.to_owned(),
        revenue_minor,
        orders,
        customers,
        complete: month != "2024-01",
    };
    rows.into_iter().map(month).collect()
}

/// From, to, customers.
type ThresholdRow = (i64, i64, u64);

fn cuts() -> Vec<ScoreThreshold> {
    let table: [(&str, [ThresholdRow; 5]); 3] = [
        (
            "recency",
            [(311, 702, 9_902), (168, 310, 9_921), (77, 167, 9_889), (29, 76, 9_940), (0, 28, 9_916)],
        ),
        ("frequency", [(1, 1, 10_735), (2, 3, 9_120), (4, 6, 9_884), (7, 12, 10_012), (13, 96, 9_817)]),
        (
            "monetary",
            [
                (499, 7_980, 9_914),
                (7_981, 21_455, 9_913),
                (21_456, 48_903, 9_914),
                (48_904, 102_117, 9_913),
                (102_118, 1_851_921, 9_914),
            ],
        ),
    ];
    let mut out = Vec::new();
    for (measure, scores) in table {
        for (i, (from, to, customers)) in scores.into_iter().enumerate() {
            out.push(ScoreThreshold {
                measure: measure.to_owned(),
                within: None,
                score: i as u8 + 1,
                from: Some(from),
                to: Some(to),
                customers,
            });
        }
    }
    out
}

fn manifest(dataset: &str, run_id: &str) -> RunManifest {
    let input = |path: &str, role: &str, bytes, sha256: &str, rows| Input {
        path: path.to_owned(),
        role: role.to_owned(),
        bytes,
        sha256: sha256.repeat(4),
        rows,
    };
    RunManifest {
        version: RunManifest::VERSION,
        run_id: run_id.to_owned(),
        dataset: dataset.to_owned(),
        started_at: "2025-01-03T09:15:00Z".to_owned(),
        finished_at: "2025-01-03T09:15:07Z".to_owned(),
        inputs: vec![
            input(
                "data/synthetic/transactions.parquet",
                "transactions",
                14_208_113,
                "9d1f6c2be07a4853",
                ROWS.read,
            ),
            input("data/synthetic/customers.parquet", "customers", 1_320_455, "03be77f1a9c4d260", 50_000),
        ],
        notes: vec![
            "No currency column: amounts are taken as EUR, as configured".to_owned(),
            "Dates are read as year first".to_owned(),
        ],
        config: Config::default(),
        steps: vec!["scores".to_owned()],
        reused: Vec::new(),
        seed: 42,
        as_of: "2024-06-30 23:59:59".to_owned(),
        today: "2025-01-03".to_owned(),
        money_decimals: 2,
        currency: Some("EUR".to_owned()),
        rows: ROWS,
        customers: 6,
        tables: Vec::new(),
        versions: BTreeMap::from([
            ("regulars".to_owned(), "0.1.0".to_owned()),
            ("datafusion".to_owned(), "55.2.0".to_owned()),
        ]),
        timings_seconds: vec![("ingest".to_owned(), 2.4), ("scores".to_owned(), 1.1)],
        timings_of_parts_seconds: Vec::new(),
        peak_memory_bytes: 412_000_000,
        threads: 2,
        clusters: None,
        value: None,
        reading: vec![reading_plan()],
    }
}

fn reading_plan() -> ReadingPlan {
    let column = |role: &str, source: &str, reason: &str| PlannedColumn {
        role: role.to_owned(),
        source: source.to_owned(),
        reason: reason.to_owned(),
    };
    ReadingPlan {
        file: "data/synthetic/transactions.parquet".to_owned(),
        layout: "Parquet".to_owned(),
        preset: None,
        row_is: RowIs::Order,
        columns: vec![
            column("customer_id", "Customer ID", "its name, and ids in every row"),
            column("transaction_date", "Date", "its name, and days in every row"),
            column("total_amount", "Total", "its name, and amounts in every row"),
        ],
        unused: vec!["Notes".to_owned()],
        assumptions: vec![Assumption {
            name: "date_order".to_owned(),
            statement: "days are written year, month, day".to_owned(),
            decided_by: "the values".to_owned(),
            checked: ROWS.read,
            violations: 2,
            resolution: "2 rows are rejected as unreadable_date".to_owned(),
            example: None,
        }],
        meanings: vec![WordMeaning {
            column: "Status".to_owned(),
            word: "voided".to_owned(),
            meaning: Some(Meaning::Cancelled),
            rows: 7_772,
            amount_minor: 8_000,
        }],
    }
}

fn validation() -> ValidationReport {
    let sample = |line, value: &str| SampleRow {
        file: "transactions.parquet".to_owned(),
        line,
        value: value.to_owned(),
    };
    let finding =
        |check: &str, severity, column: &str, count: u64, message: &str, action: &str, samples| Finding {
            check: check.to_owned(),
            severity,
            column: Some(column.to_owned()),
            count,
            share: count as f64 / ROWS.read as f64,
            message: message.to_owned(),
            action: action.to_owned(),
            samples,
        };
    ValidationReport {
        rows: ROWS,
        money: MONEY,
        rejected_by_reason: vec![
            ("missing_customer_id".to_owned(), 1_181),
            ("unreadable_amount".to_owned(), 23),
        ],
        excluded_by_reason: vec![("return".to_owned(), 12_388), ("cancelled_order".to_owned(), 7_772)],
        columns: vec![
            ColumnCompleteness {
                column: "customer_id".to_owned(),
                source: "Customer ID".to_owned(),
                missing: 1_181,
                missing_share: 1_181.0 / ROWS.read as f64,
            },
            ColumnCompleteness {
                column: "payment_method".to_owned(),
                source: "Payment".to_owned(),
                missing: 82_561,
                missing_share: 0.2,
            },
            ColumnCompleteness {
                column: "status".to_owned(),
                source: String::new(),
                missing: ROWS.read,
                missing_share: 1.0,
            },
        ],
        findings: vec![
            finding(
                "missing_customer_id",
                Severity::Warning,
                "customer_id",
                1_181,
                "1,181 rows have no customer",
                "They are kept aside as rejected; guest orders can be given an email address as their customer",
                vec![sample(118, "")],
            ),
            finding(
                "outlying_amounts",
                Severity::Warning,
                "total_amount",
                12,
                "12 amounts lie far outside the others",
                "They count; look at them, since a few can carry a mean",
                vec![sample(90_211, "18519.21")],
            ),
            finding(
                "constant_column",
                Severity::Info,
                "state",
                0,
                "The column state has no value in any row",
                "It is left out of every breakdown",
                Vec::new(),
            ),
        ],
    }
}
