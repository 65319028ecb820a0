//! Copies the XGBoost library next to the programs and tells crates that link this one where it is.
//!
//! The library and its bundled OpenMP keep the folder layout of their wheel (`xgboost/lib/` and
//! `xgboost_cpu.libs/`), because that is how they find each other. A program copied together with these two
//! folders runs anywhere. Nothing is downloaded here; `./dev setup` does that.

// Build scripts get their settings from the environment only.
#![allow(clippy::disallowed_methods)]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=XGBOOST_LIB_DIR");
    let given = env::var("XGBOOST_LIB_DIR").unwrap_or_default();
    let Some(library) = fs::canonicalize(&given).ok().filter(|folder| folder.join("libxgboost.so").is_file())
    else {
        println!(
            "cargo::error=XGBoost's library is not in `{given}`: run `./dev setup` once, which puts it there"
        );
        return;
    };
    println!("cargo::rerun-if-changed={}", library.join("libxgboost.so").display());
    let programs = folder_of_programs();
    copy_folder(&library, &programs.join("xgboost/lib"));
    // Next to the program, next to the folder of a test program, and, for a program copied on its own,
    // where the library came from.
    let places = format!("$ORIGIN/xgboost/lib:$ORIGIN/../xgboost/lib:{}", library.display());
    println!("cargo::rustc-link-arg=-Wl,-rpath,{places}");
    println!("cargo::metadata=RPATH={places}");
    if let Some(openmp) = library.parent().and_then(Path::parent).map(|root| root.join("xgboost_cpu.libs"))
        && openmp.is_dir()
    {
        copy_folder(&openmp, &programs.join("xgboost_cpu.libs"));
    }
}

/// `target/<profile>`, four levels above cargo's `OUT_DIR`.
fn folder_of_programs() -> PathBuf {
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets OUT_DIR"));
    out.ancestors().nth(3).expect("OUT_DIR is target/<profile>/build/<crate>/out").to_owned()
}

/// Copies the files of a folder. Each file appears in one piece, even to a program that starts meanwhile.
fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder beside the programs can be made");
    for entry in fs::read_dir(from).expect("the folder of the library can be read").flatten() {
        let target = to.join(entry.file_name());
        let aside = to.join(format!(".{}.{}", entry.file_name().to_string_lossy(), std::process::id()));
        fs::copy(entry.path(), &aside).expect("the library can be copied");
        fs::rename(&aside, &target).expect("the copy can be put in place");
    }
}
