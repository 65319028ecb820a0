//! Whole commands, as a user types them: the binary is started, nothing is linked.

mod actions;
mod api;
mod browser;
mod claims;
mod clusters;
mod clv;
mod clv_fit;
mod clv_inputs;
mod commands;
mod e2e;
mod e2e_readers;
mod failures;
mod marketing;
mod past;
mod postgres;
mod postgres_source;
mod predict;
mod publish;
mod publish_failures;
mod reading;
mod remote;
mod reuse;
mod segments;
mod serving;
mod shop;
mod value;
