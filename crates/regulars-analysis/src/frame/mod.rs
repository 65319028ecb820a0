//! The customers of one run, one row each, with the aligned columns of all customer tables.
//!
//! Columns are read on first use and kept in a cache of fixed size, so memory is limited to columns in use.
//! Filtering is in `filter`, aggregation in `measures`.

mod align;
mod attributes;
mod cache;
mod cadence;
mod coded;
mod customers;
mod ledger;
mod marketing;
mod model_tables;
mod past;

pub use attributes::{Attribute, title};
pub use cache::{Cache, MemorySize};
pub use coded::{Coded, Months, month_name};
pub use customers::{Frame, HoldoutSpend, Integers, Numbers, Value, present};
pub use ledger::{NO_ROW, Orders};
pub use marketing::FirstOrderTrait;
pub use model_tables::distinct;
pub use past::Past;
