//! Tests of the engine, as one executable: linking DataFusion is what takes time.

mod features;
mod fixtures;
mod limits;
mod naive;
mod overview;
mod sql;
mod timing;
