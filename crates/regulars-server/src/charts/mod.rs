//! Charts as data: a plotly.js figure and the table behind it, built from one view and identical in the
//! page, the API and the exported file.
//!
//! Colours are CSS variable names (`--chart-1`) that `static/app.js` resolves, so one figure works in light
//! and dark mode. Rendering is left to the browser.

mod axes;
mod boxes;
mod clusters;
mod cohorts;
mod concentration;
mod customer;
mod data;
mod distributions;
mod figure;
mod grid;
mod heat_map;
mod histogram;
mod marketing;
mod movements;
mod pages;
mod revenue;
mod sankey;
mod scatter;
mod segments;
mod shares;
mod trace;
mod typed;
mod value;
pub(crate) use cohorts::cohort_table;
pub(crate) use figure::ChartJson;
pub(crate) use marketing::nothing_found;
pub(crate) use movements::movements_file;
pub(crate) use pages::{
    CHARTS, RENAMED, chart, dependence_of, is_large, is_of_whole_run, outline, shares_of_attribute, table,
    whole,
};
pub(crate) use typed::base64;
pub(crate) use value::total_interval_meaning;
