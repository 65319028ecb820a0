//! How values are written for people; see `regulars_analysis::format`.

pub(crate) use regulars_analysis::format::*;
