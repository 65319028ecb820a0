//! Memory: a plan that does not fit spills, and fails with a clear error if that is not enough.

use std::path::Path;

use regulars_engine::{FeatureParams, Inputs, Kind};

use crate::fixtures::{Ids, day, engine, random_rows, rules, write_run};

const MIB: u64 = 1 << 20;

fn write(
    inputs: &Inputs,
    limit: Option<u64>,
    orders_are_rows: bool,
    folder: &Path,
) -> regulars_engine::Result<Vec<u8>> {
    let out = folder.join(format!("{}_{orders_are_rows}.parquet", limit.unwrap_or(0)));
    let params = FeatureParams {
        rules: rules(day(2024, 12, 31), orders_are_rows),
        categories: None,
        payment_methods: None,
    };
    engine(2, limit, &folder.join("spill")).write_features(inputs, &params, &out)?;
    Ok(fs_err::read(out).expect("written"))
}

#[test]
fn a_small_limit_spills_and_gives_the_same_bytes() {
    let rows = random_rows(21, 400_000, 150_000, 2);
    let folder = tempfile::tempdir().expect("a folder");
    fs_err::create_dir(folder.path().join("spill")).expect("a folder");
    let inputs = write_run(folder.path(), &rows, &[], Ids::Numbers);
    for orders_are_rows in [true, false] {
        let free = write(&inputs, None, orders_are_rows, folder.path()).expect("computes");
        let tight = write(&inputs, Some(64 * MIB), orders_are_rows, folder.path()).expect("spills");
        assert!(free == tight, "the same bytes");
    }
    let params =
        FeatureParams { rules: rules(day(2024, 12, 31), true), categories: None, payment_methods: None };
    let tight = engine(2, Some(64 * MIB), &folder.path().join("spill"));
    let metrics = tight.explain_features(&inputs, &params, true).expect("explains");
    let spills = metrics.split("spill_count=").skip(1).filter(|rest| !rest.starts_with('0')).count();
    assert!(spills > 0, "nothing was spilled:\n{metrics}");
    drop(tight);
    let left = fs_err::read_dir(folder.path().join("spill")).expect("a folder").count();
    assert_eq!(left, 0, "spilled files are removed");
}

#[test]
fn a_limit_that_is_too_low_is_named() {
    let rows = random_rows(22, 50_000, 30_000, 2);
    let folder = tempfile::tempdir().expect("a folder");
    let inputs = write_run(folder.path(), &rows, &[], Ids::Numbers);
    let error = write(&inputs, Some(MIB), true, folder.path()).expect_err("cannot");
    assert_eq!(error.kind(), Kind::Resources, "{error}");
    assert!(error.to_string().contains("the limit of 1048576 bytes is too low"), "{error}");
    assert!(error.hint().expect("known").contains("--memory-limit"));
}

#[test]
fn a_file_that_is_missing_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let inputs = Inputs::transactions_only(folder.path().join("none.parquet"));
    let error = write(&inputs, None, true, folder.path()).expect_err("cannot");
    assert_eq!(error.kind(), Kind::File);
    assert!(error.to_string().contains("none.parquet"), "{error}");
}
