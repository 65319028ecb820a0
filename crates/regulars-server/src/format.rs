//! Formatting of values for display; see `regulars_analysis::format`.

pub(crate) use regulars_analysis::format::*;
