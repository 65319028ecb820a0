//! Developer tasks: `cargo xtask tidy` and `cargo xtask docs`.
//!
//! Deliberately not here: building, testing and setup, which the script `dev` does.

#![allow(clippy::print_stdout, reason = "the findings are this program's output")]

mod tidy;

use std::path::Path;
use std::process::ExitCode;

use regulars_core::postgres;

const USAGE: &str =
    "usage: cargo xtask tidy    check the automatable rules of ARCHITECTURE.md and CONTRIBUTING.md
       cargo xtask docs    write docs/tables.md and the generated parts of sql/";

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["tidy"] => {
            let findings = tidy::all(root())?;
            for finding in &findings {
                println!("{finding}");
            }
            println!("tidy: {} findings", findings.len());
            Ok(if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
        }
        ["docs"] => {
            fs_err::write(root().join("docs/tables.md"), regulars_core::tables::page())?;
            for of in postgres::DEMONSTRATIONS {
                fs_err::write(root().join(of.setup), postgres::setup_script(&of))?;
                let analysis = root().join(of.analysis);
                let script = fs_err::read_to_string(&analysis)?;
                fs_err::write(analysis, postgres::with_score_views(&script)?)?;
            }
            Ok(ExitCode::SUCCESS)
        }
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        _ => anyhow::bail!("{USAGE}"),
    }
}

/// The workspace folder.
fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}
