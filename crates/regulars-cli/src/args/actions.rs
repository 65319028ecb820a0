//! `regulars actions` as the user types it.

use std::path::PathBuf;

use super::WhichArgs;

pub(super) const HELP: &str = "\
Examples:
  regulars actions                       what to do about each segment, and what customers could bring
  regulars --format json actions --name shop --run previous
  regulars actions --budget 5000 --contact-cost 1.20 --response 0.05
  regulars actions --budget 5000 --contact-cost 1.20 --response 0.05 --margin 0.4 --kind reactivation --out contacts.csv

A potential is what customers would bring in the horizon if all of them behaved as their look-alikes, less what they \
are expected to bring: a ceiling, no forecast of a campaign. The response is the share of it that a contact realises; \
nobody knows it before a trial.";

#[derive(Debug, clap::Args)]
pub(crate) struct ActionsArgs {
    #[command(flatten)]
    pub(crate) which: WhichArgs,
    /// Money that may be spent on contacts: lists whom to contact
    #[arg(long, value_name = "MONEY", allow_negative_numbers = true, requires_all = ["contact_cost", "response"])]
    pub(crate) budget: Option<f64>,
    /// What one contact costs
    #[arg(long, value_name = "MONEY", allow_negative_numbers = true, requires = "budget")]
    pub(crate) contact_cost: Option<f64>,
    /// The share of a customer's potential that a contact realises, 0 to 1
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, requires = "budget")]
    pub(crate) response: Option<f64>,
    /// Gross margin, e.g. 0.4 [default: value.margin of the run, else all of it]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, requires = "budget")]
    pub(crate) margin: Option<f64>,
    /// Spend it on this kind of opportunity only; can be given several times
    #[arg(long, value_name = "KIND", requires = "budget")]
    pub(crate) kind: Vec<String>,
    /// Write whom to contact to this file (.csv, .parquet, .json)
    #[arg(long, value_name = "FILE", requires = "budget")]
    pub(crate) out: Option<PathBuf>,
}
