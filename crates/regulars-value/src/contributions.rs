//! Contributions of every feature to every customer's forecast, as a file.
//!
//! Customers are processed in chunks, so that memory does not grow with customers times features.

use regulars_core::money::minor_per_major;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, RecordBatch};
use regulars_engine::Format;

use crate::chunked_file::ChunkedFile;
use crate::error::{Error, Kind, Result};
use crate::histories::ids_of;
use crate::learned::StoredForecasts;
use crate::tables::money_minor;
use crate::tables::words;

/// Customers per chunk.
const PIECE: usize = 16_384;

/// The remainder of a forecast after the contributions of all features.
const BASE: &str = "base";

/// Writes the contributions of features to the forecasts of the chosen model.
///
/// Shape: one row per customer and feature, by customer, then in the order of the model; the last row of
/// every customer is `base`, so that the rows add up to the forecast to the minor unit.
/// Units: money over the horizon.
pub(crate) fn write_contributions(
    out: &Path,
    format: Format,
    customer_id: &ArrayRef,
    stored: &StoredForecasts,
    (forecast, over_horizon): (&[f64], &[f64]),
    decimals: u8,
) -> Result<()> {
    let unit = minor_per_major(decimals);
    let mut names = stored.features().to_vec();
    names.push(BASE.to_owned());
    let mut pieces: Option<ChunkedFile> = None;
    for start in (0..forecast.len()).step_by(PIECE) {
        let rows: Vec<usize> = (start..(start + PIECE).min(forecast.len())).collect();
        let Some(found) = stored.contributions(&rows)? else { return Ok(()) };
        let mut minor: Vec<i64> = Vec::with_capacity(rows.len() * names.len());
        for (at, row) in rows.iter().enumerate() {
            let parts = found.row(at).iter().map(|part| money_minor(part * over_horizon[*row], unit));
            let from = minor.len();
            minor.extend(parts);
            let sum = minor[from..].iter().fold(0_i64, |sum, part| sum.saturating_add(*part));
            minor.push(money_minor(forecast[*row], unit).saturating_sub(sum));
        }
        let batch = batch(customer_id, &rows, &names, &minor, decimals)?;
        let writer = match &mut pieces {
            Some(writer) => writer,
            None => pieces.insert(ChunkedFile::create(out, format, &batch.schema())?),
        };
        writer.write(&batch)?;
    }
    pieces.map_or(Ok(()), ChunkedFile::close)
}

fn batch(
    customer_id: &ArrayRef,
    rows: &[usize],
    names: &[String],
    minor: &[i64],
    decimals: u8,
) -> Result<RecordBatch> {
    let internal = |e: arrow::error::ArrowError| Error::new(Kind::Internal, e.to_string());
    let of: Vec<u32> = rows.iter().flat_map(|row| std::iter::repeat_n(*row as u32, names.len())).collect();
    let numbers: Vec<u8> = rows.iter().flat_map(|_| 0..names.len() as u8).collect();
    let money = Decimal128Array::from_iter_values(minor.iter().map(|minor| i128::from(*minor)))
        .with_precision_and_scale(19, decimals.cast_signed())
        .map_err(internal)?;
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("customer_id", ids_of(customer_id, &of)?),
        ("feature", words(&numbers, names)),
        ("contribution", Arc::new(money)),
    ];
    RecordBatch::try_from_iter(columns).map_err(internal)
}
