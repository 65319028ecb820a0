//! Sets the rpath of this crate's programs to XGBoost's library, which `regulars-learners` found.

// Build scripts receive their input through environment variables.
#![allow(clippy::disallowed_methods)]

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if let Ok(places) = std::env::var("DEP_REGULARS_LEARNERS_RPATH") {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{places}");
    }
}
