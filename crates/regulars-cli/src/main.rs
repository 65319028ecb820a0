//! The program `regulars`: reads the arguments, the environment and the clock, calls the crates that do
//! the work, and prints. No other crate reads any of the three.

use std::process::ExitCode;

use clap::Parser;

mod args;
mod backend;
mod commands;
mod environment;
mod failure;
mod lines;
mod printer;
mod progress;
mod renamed;
mod runner;
mod settings;
mod tables;

// The system allocator returns memory late and scales poorly across threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    if let Some(failure) = renamed::flag(std::env::args_os().skip(1)) {
        return failure.report(args::OutputFormat::Table);
    }
    let args = args::Args::parse();
    let settings = match settings::Settings::resolve(&args) {
        Ok(settings) => settings,
        Err(failure) => return failure.report(args.format),
    };
    match commands::dispatch(args.command, &settings) {
        Ok(code) => code,
        Err(failure) => failure.report(settings.format),
    }
}
