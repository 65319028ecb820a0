//! The commands, one file each.

use std::process::ExitCode;

use clap::CommandFactory;

use crate::args::{Args, Command};
use crate::failure::Result;
use crate::settings::Settings;

mod actions;
mod cluster;
mod clusters;
mod clv;
mod demo;
mod export;
mod init;
mod predict;
mod publish;
mod reading;
mod report;
mod run;
mod runs;
mod score;
mod secrets;
mod serve;
mod sql;
pub(crate) mod sql_worker;
mod synth;
mod validate;
mod value;
mod wire_listener;
mod wire_worker;

pub(crate) use actions::minor;
pub(crate) use sql::engine;

/// Runs a command.
pub(crate) fn dispatch(command: Command, settings: &Settings) -> Result<ExitCode> {
    match command {
        Command::Demo(args) => demo::demo(&args, settings),
        Command::Synth(args) => synth::synth(&args, settings),
        Command::Init(args) => init::init(&args, settings),
        Command::Validate(args) => validate::validate(&args, settings),
        Command::Run(args) => run::run(&args, settings),
        Command::Score(args) => score::score(&args, settings),
        Command::Report(args) => report::report(&args, settings),
        Command::Actions(args) => actions::actions(&args, settings),
        Command::Runs(args) => runs::runs(&args, settings),
        Command::Sql(args) => sql::sql(&args, settings),
        Command::SqlWorker => sql_worker::answer(),
        Command::WireWorker => wire_worker::serve(),
        Command::Export(args) => export::export(&args, settings),
        Command::Publish(args) => publish::publish(&args, settings),
        Command::Cluster(args) => cluster::cluster(&args, settings),
        Command::ClusterExplain(args) => clusters::explain(&args, settings),
        Command::Assign(args) => clusters::assign(&args, settings),
        Command::Predict(args) => predict::predict(&args, settings),
        Command::Clv(command) => clv::clv(&command, settings),
        Command::Serve(args) => serve::serve(&args, settings),
        Command::Password(args) => secrets::password(&args, settings),
        Command::Token { name } => secrets::token(&name, settings),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "regulars", &mut script);
            write_out(&script)
        }
        Command::Man => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Args::command()).render(&mut page)?;
            write_out(&page)
        }
    }
}

fn write_out(bytes: &[u8]) -> Result<ExitCode> {
    std::io::Write::write_all(&mut std::io::stdout().lock(), bytes)?;
    Ok(ExitCode::SUCCESS)
}
