//! The result of each reading of a question: the files are read once per reading, into a temporary folder.

use std::collections::HashSet;
use std::path::Path;

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::Int64Type;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use regulars_core::progress::{Silent, Unit};
use regulars_core::question::ReadingFigures;
use xxhash_rust::xxh3::xxh3_64;

use super::{InputPaths, Request, land_all, prepare};
use crate::error::Error;

/// Adds the results to the readings of the error's question.
pub(super) fn fill_in(request: &Request<'_>, mut error: Error) -> Error {
    let Some(question) = &mut error.question else { return error };
    request.progress.step(
        "Computing the result of each reading",
        Some(question.readings.len() as u64),
        Unit::Parts,
    );
    for reading in &mut question.readings {
        match figures(request, &reading.setting) {
            Ok(found) => reading.figures = Some(found),
            Err(problem) => reading.problem = Some(problem),
        }
        request.progress.advance(1);
    }
    error
}

fn figures(request: &Request<'_>, setting: &str) -> Result<ReadingFigures, String> {
    let config = request.config.with_setting(setting).map_err(|e| e.message)?;
    let folder =
        tempfile::Builder::new().prefix("reading-").tempdir_in(request.scratch).map_err(|e| e.to_string())?;
    let (out, scratch) = (folder.path().join("out"), folder.path().join("scratch"));
    for new in [&out, &scratch] {
        fs_err::create_dir(new).map_err(|e| e.to_string())?;
    }
    let input_paths = read_again(request);
    let again = Request {
        input_paths: &input_paths,
        config: &config,
        out: &out,
        scratch: &scratch,
        progress: &Silent,
        as_of_micros: request.as_of_micros,
        today_micros: request.today_micros,
        threads: request.threads,
        store_options: request.store_options,
    };
    let landed = prepare(&again).and_then(|prepared| land_all(&again, prepared)).map_err(|error| {
        if error.question.is_some() { format!("asks further: {}", error.message) } else { error.message }
    })?;
    count(&out, landed.money_decimals, landed.orders_are_rows).map_err(|e| e.to_string())
}

/// Standard input cannot be read twice, so its copy is used.
fn read_again(request: &Request<'_>) -> InputPaths {
    let mut input_paths = request.input_paths.clone();
    let copies: Vec<String> = fs_err::read_dir(request.scratch)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().display().to_string())
        .filter(|path| path.contains("spool-"))
        .collect();
    if let [copy] = copies.as_slice() {
        for input in &mut input_paths.orders {
            if input == "-" {
                input.clone_from(copy);
            }
        }
    }
    input_paths
}

fn count(out: &Path, money_decimals: u8, orders_are_rows: bool) -> Result<ReadingFigures, std::io::Error> {
    let file = fs_err::File::open(out.join("transactions.parquet"))?;
    let other = std::io::Error::other::<parquet::errors::ParquetError>;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file.into_file()).map_err(other)?;
    let mask = ProjectionMask::roots(builder.parquet_schema(), [0, 1, 9]);
    let (mut customers, mut orders, mut net, mut rows) = (HashSet::new(), HashSet::new(), 0_i64, 0_u64);
    for batch in builder.with_projection(mask).build().map_err(other)? {
        let batch = batch.map_err(std::io::Error::other)?;
        let amounts = batch.column(2).as_primitive::<Int64Type>();
        for row in 0..batch.num_rows() {
            let amount = amounts.value(row);
            net = net.saturating_add(amount);
            if amount < 0 {
                continue;
            }
            rows += 1;
            let customer = hash(batch.column(1), row);
            customers.insert(customer);
            if !orders_are_rows {
                orders.insert((customer, hash(batch.column(0), row)));
            }
        }
    }
    let orders = if orders_are_rows { rows } else { orders.len() as u64 };
    Ok(ReadingFigures { customers: customers.len() as u64, orders, net_minor: net, money_decimals })
}

fn hash(ids: &ArrayRef, row: usize) -> u64 {
    match ids.as_primitive_opt::<Int64Type>() {
        Some(ids) => xxh3_64(&ids.value(row).to_le_bytes()),
        None => xxh3_64(ids.as_string::<i32>().value(row).as_bytes()),
    }
}
