//! What is at risk, what customers could bring, whom new ones should be like, and what a budget returns.

mod budget;
mod look_alikes;
mod opportunities;
mod segments;

pub(crate) use budget::curve;
pub(crate) use look_alikes::{look_alikes, nothing_found};
pub(crate) use opportunities::{kinds, potential};
pub(crate) use segments::{at_risk, value_and_risk};
