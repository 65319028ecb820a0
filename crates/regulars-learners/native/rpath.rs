//! Build script of the crates whose programs and tests link XGBoost: sets the rpath to the library, whose
//! folder `regulars-learners` found. Cargo applies link arguments only to the crate that prints them.

// Build scripts receive their input through environment variables, and answer on standard output.
#![allow(clippy::disallowed_methods, clippy::print_stdout)]

fn main() {
    println!("cargo::rerun-if-changed=../regulars-learners/native/rpath.rs");
    if let Ok(places) = std::env::var("DEP_REGULARS_LEARNERS_RPATH") {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{places}");
    }
}
