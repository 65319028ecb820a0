//! The pages: one struct and one template each; every value is already formatted.
//!
//! To add a page, add a file here, a template, a line in `PAGES` of `answer.rs` and one in `nav.rs`.

mod answer;
mod campaign;
mod card;
mod checks;
mod clusters;
mod cohorts;
mod customer;
mod customers;
mod data;
mod docs;
mod filters;
mod findings;
mod home;
mod kpis;
mod login;
mod marketing;
mod movements;
mod nav;
mod next_action;
pub(crate) mod problem;
mod provenance;
mod reading;
mod revenue_bridge;
mod rfm;
mod run;
mod score_thresholds;
mod segments;
mod shell;
mod sql;
mod summary;
mod value;

pub(crate) use answer::{PAGES, answer, page_html};
pub(crate) use customer::customer;
pub(crate) use docs::docs;
pub(crate) use home::home;
pub(crate) use login::{login, refused};
pub(crate) use nav::Page;
pub(crate) use run::{cancel as cancel_run, run};
pub(crate) use shell::PageContext;
pub(crate) use sql::sql;
