//! Our own SQL functions: one registry, for every session. Plans name them directly.
//!
//! Deliberately few: built-in expressions are used where possible. All are exact: integers in, integers out,
//! except the last step of a standard deviation.

mod bit_count;
mod category_code;
mod category_name;
mod code_counts;
mod customer_sums;
mod gap_squares;
mod intervals;
mod minor_to_decimal;
mod own_copy;
mod percentile_disc;
pub(crate) mod postgres_casts;
mod precise_avg;
mod sample_deviation;
mod sorted_groups;
mod sums_by_group;

use std::sync::Arc;

use datafusion::logical_expr::{AggregateUDF, ScalarUDF};
use datafusion::prelude::SessionContext;

pub(crate) use category_code::string_list;
pub(crate) use intervals::{interval_micros, timestamp_difference};
pub(crate) use minor_to_decimal::minor_to_decimal;
pub(crate) use sample_deviation::SQUARES;

/// Registers all our functions in a session.
pub(crate) fn register(session: &SessionContext) {
    for function in [bit_count(), category_code(), category_name(), own_copy(), sample_deviation()] {
        session.register_udf(function.as_ref().clone());
    }
    for function in [code_counts(), customer_sums(), gap_squares(), percentile_disc()] {
        session.register_udaf(function.as_ref().clone());
    }
}

pub(crate) fn bit_count() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(bit_count::BitCount::new()))
}

pub(crate) fn category_code() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(category_code::CategoryCode::new()))
}

pub(crate) fn category_name() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(category_name::CategoryName::new()))
}

pub(crate) fn own_copy() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(own_copy::OwnCopy::new()))
}

pub(crate) fn sample_deviation() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(sample_deviation::SampleDeviation::new()))
}

pub(crate) fn code_counts() -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::new_from_impl(code_counts::CodeCounts::new()))
}

pub(crate) fn customer_sums() -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::new_from_impl(customer_sums::CustomerSums::new()))
}

pub(crate) fn gap_squares() -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::new_from_impl(gap_squares::GapSquares::new()))
}

pub(crate) fn percentile_disc() -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::new_from_impl(percentile_disc::PercentileDisc::new()))
}

/// For SQL only: plans average floats.
pub(crate) fn precise_avg() -> AggregateUDF {
    AggregateUDF::new_from_impl(precise_avg::PreciseAvg::new())
}

/// The names of the fields that `customer_sums` returns.
pub(crate) fn customer_sums_fields() -> Vec<String> {
    customer_sums::result_fields().iter().map(|field| field.name().clone()).collect()
}
