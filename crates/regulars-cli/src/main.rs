//! The program `regulars`: reads arguments, the environment and the clock, calls the crates that do
//! the work, and prints. Nothing below it knows any of the three.

use std::process::ExitCode;

use clap::Parser;

mod args;
mod backend;
mod commands;
mod failure;
mod lines;
mod printer;
mod progress;
mod rows;
mod runner;
mod settings;
mod surroundings;

// The system's allocator gives memory back late and serves two threads slowly.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
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
