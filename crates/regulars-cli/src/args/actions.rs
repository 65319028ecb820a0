//! Arguments of `regulars actions`.

use std::path::PathBuf;

use super::RunSelection;

pub(super) const HELP: &str = "\
Examples:
  regulars actions                       recommended actions per segment, and the upside
  regulars --format json actions --name shop --run previous
  regulars actions --budget 5000 --contact-cost 1.20 --response-rate 0.05
  regulars actions --budget 5000 --contact-cost 1.20 --response-rate 0.05 --margin 0.4 --kind reactivation --out contacts.csv

Upside is the additional spend in the horizon if all customers behaved like similar ones: a ceiling, \
not a forecast of a campaign. The response rate is the probability that a contacted customer spends it; only a test can \
measure it.";

#[derive(Debug, clap::Args)]
pub(crate) struct ActionsArgs {
    #[command(flatten)]
    pub(crate) which: RunSelection,
    /// Contact budget; lists the customers to contact
    #[arg(long, value_name = "MONEY", allow_negative_numbers = true, requires_all = ["contact_cost", "response_rate"])]
    pub(crate) budget: Option<f64>,
    /// Cost per contact
    #[arg(long, value_name = "MONEY", allow_negative_numbers = true, requires = "budget")]
    pub(crate) contact_cost: Option<f64>,
    /// Response rate: probability that a contacted customer responds and spends the upside, 0 to 1
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, requires = "budget")]
    pub(crate) response_rate: Option<f64>,
    /// Gross margin, e.g. 0.4 [default: value.margin of the run, else 1]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, requires = "budget")]
    pub(crate) margin: Option<f64>,
    /// Use only this kind of opportunity (reactivation, retention, second-purchase, upsell); repeatable
    #[arg(long, value_name = "KIND", requires = "budget")]
    pub(crate) kind: Vec<String>,
    /// Write the contact list to this file (.csv, .parquet, .json)
    #[arg(long, value_name = "FILE", requires = "budget")]
    pub(crate) out: Option<PathBuf>,
}
