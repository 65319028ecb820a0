//! Tells programs of this crate where XGBoost's library is, which `regulars-learners` found.

// A build script has no other way to be told.
#![allow(clippy::disallowed_methods)]

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if let Ok(places) = std::env::var("DEP_REGULARS_LEARNERS_RPATH") {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{places}");
    }
}
