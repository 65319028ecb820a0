//! A folder with files to read, and the results.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use arrow::util::display::array_value_to_string;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use regulars_core::config::Config;
use regulars_core::dates::civil_micros;
use regulars_core::progress::Silent;

use crate::{Error, Ingested, InputPaths, MeasureOutcome, Request, TableReader, ingest, measure_customers};

pub(super) struct Shop {
    folder: tempfile::TempDir,
    pub(super) config: Config,
    pub(super) customers: Option<String>,
    pub(super) products: Option<String>,
    pub(super) tables: Option<Arc<dyn TableReader>>,
    pub(super) as_of_micros: Option<i64>,
    pub(super) threads: usize,
    pub(super) today_micros: i64,
}

impl Shop {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().expect("temporary folder");
        fs_err::create_dir(folder.path().join("out")).expect("new folder");
        fs_err::create_dir(folder.path().join("scratch")).expect("new folder");
        Self {
            folder,
            config: Config::default(),
            customers: None,
            products: None,
            tables: None,
            as_of_micros: None,
            threads: 2,
            today_micros: civil_micros(2026, 1, 1).expect("valid"),
        }
    }

    pub(super) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.folder.path().join(name);
        fs_err::write(&path, content).expect("writable");
        path.display().to_string()
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn read(&self, orders: &[String]) -> Result<Ingested, Error> {
        self.request(orders, ingest)
    }

    /// Measures customers directly from the rows, if possible.
    pub(super) fn measure(&self, orders: &[String]) -> Result<MeasureOutcome, Error> {
        self.request(orders, measure_customers)
    }

    fn request<T>(&self, orders: &[String], answer: impl FnOnce(&Request<'_>) -> T) -> T {
        answer(&Request {
            input_paths: &InputPaths {
                orders: orders.to_vec(),
                customers: self.customers.clone(),
                products: self.products.clone(),
                tables: self.tables.clone(),
            },
            config: &self.config,
            as_of_micros: self.as_of_micros,
            today_micros: self.today_micros,
            out: &self.path("out"),
            scratch: &self.path("scratch"),
            threads: self.threads,
            store_options: &[],
            progress: &Silent,
        })
    }

    /// Reads a text and returns the result.
    pub(super) fn read_text(&self, text: impl AsRef<[u8]>) -> Result<Ingested, Error> {
        self.read(&[self.write("orders.csv", text)])
    }

    pub(super) fn table(&self, name: &str) -> Vec<RecordBatch> {
        let file = fs_err::File::open(self.path("out").join(format!("{name}.parquet"))).expect("landed");
        let reader = ParquetRecordBatchReaderBuilder::try_new(file.into_file())
            .expect("Parquet")
            .build()
            .expect("Parquet");
        reader.map(|batch| batch.expect("readable")).collect()
    }

    /// Some columns of a table, one line per row.
    pub(super) fn rows(&self, name: &str, columns: &[&str]) -> Vec<String> {
        let mut rows = Vec::new();
        for batch in self.table(name) {
            for row in 0..batch.num_rows() {
                let cells = columns.iter().map(|c| {
                    let array = batch.column_by_name(c).unwrap_or_else(|| panic!("no column {c}"));
                    array_value_to_string(array, row).expect("printable")
                });
                rows.push(cells.collect::<Vec<_>>().join(" "));
            }
        }
        rows
    }

    /// The sum of the clean amounts.
    pub(super) fn revenue_minor(&self) -> i64 {
        self.table("transactions")
            .iter()
            .map(|batch| {
                let amounts = batch.column_by_name("total_amount_minor").expect("always there");
                (0..amounts.len()).map(|i| amounts.as_primitive::<Int64Type>().value(i)).sum::<i64>()
            })
            .sum()
    }
}

/// Clean, rejected and excluded rows; checks that no row was lost.
pub(super) fn counts(ingested: &Ingested) -> (u64, u64, u64) {
    let rows = ingested.report.rows;
    assert!(rows.add_up(), "{rows:?}");
    (rows.clean, rows.rejected, rows.excluded)
}
