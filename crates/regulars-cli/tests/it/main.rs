//! Whole commands, as a user types them: the binary is started, nothing is linked.

mod actions;
mod api;
mod browser;
mod clusters;
mod clv;
mod clv_fit;
mod clv_inputs;
mod commands;
mod e2e;
mod failures;
mod predict;
mod remote;
mod shop;
mod value;
