//! Tests of the engine, as one executable: linking DataFusion is what takes time.

mod features;
mod fixtures;
mod limits;
mod naive;
mod overview;
mod returns;
mod sql;
mod timing;
