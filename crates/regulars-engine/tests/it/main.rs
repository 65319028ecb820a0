//! Tests of the engine, as one executable, because linking DataFusion is slow.

mod features;
mod fixtures;
mod limits;
mod naive;
mod overview;
mod postgres_sql;
mod purchases;
mod returns;
mod sql;
mod timing;
