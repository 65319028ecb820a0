//! Tests of `dataset.rs`: finding and listing runs, also after killed runs.

use super::*;
use crate::error::Kind;
use crate::testing::{begin_and_publish, complete_ids, dataset, point, publish_finished_at, write_segments};

const FIRST: &str = "20260101T000000Z-aa";
const SECOND: &str = "20260102T000000Z-ab";
const THIRD: &str = "20260103T000000Z-b";

fn current_id(dataset: &Dataset) -> Option<String> {
    dataset.current().expect("current").map(|run| {
        run.verify().expect("complete");
        run.run_id().to_owned()
    })
}

/// Creates the files that a writer leaves if it is killed before publication.
fn leave_temporary(dataset: &Dataset, run_id: &str) {
    let folder = dataset.runs_folder().join(format!(".tmp-{run_id}"));
    fs_err::create_dir_all(&folder).expect("created");
    write_segments(&folder, &[(1, "New")]);
    fs_err::write(folder.join("manifest.json"), "{\"version\": 1, \"run_").expect("written");
}

/// Creates the files that a writer leaves if it is killed between the two renames: a complete run without a
/// pointer.
fn leave_unpointed(dataset: &Dataset, run_id: &str) {
    let pointer = fs_err::read_to_string(dataset.folder().join("current")).ok();
    begin_and_publish(dataset, run_id, &[(1, "New")]);
    match pointer {
        Some(text) => point(dataset, &text),
        None => fs_err::remove_file(dataset.folder().join("current")).expect("removed"),
    }
}

fn assert_next_run_works_and_cleans(dataset: &Dataset) {
    begin_and_publish(dataset, "20260109T000000Z-z", &[(9, "Regular")]);
    assert_eq!(current_id(dataset).as_deref(), Some("20260109T000000Z-z"));
    assert!(!dataset.folder().join("current.tmp").exists());
    let names = dataset.names_in_runs().expect("listed");
    assert!(names.iter().all(|name| !name.starts_with('.')), "{names:?}");
}

#[test]
fn a_new_data_set_has_nothing() {
    let (_root, dataset) = dataset();
    assert_eq!(current_id(&dataset), None);
    assert!(dataset.runs().expect("listed").complete.is_empty());
    for selector in ["current", "previous", "2026"] {
        let error = dataset.run(selector).expect_err("none");
        assert_eq!(error.to_string(), "data set `shop` has no complete run");
        assert_eq!(error.kind(), Kind::NotFound);
    }
}

#[test]
fn killed_while_writing() {
    let (_root, dataset) = dataset();
    begin_and_publish(&dataset, FIRST, &[(1, "Lost")]);
    leave_temporary(&dataset, SECOND);
    assert_eq!(current_id(&dataset).as_deref(), Some(FIRST));
    assert_eq!(complete_ids(&dataset), [FIRST]);
    assert!(dataset.runs().expect("listed").problems.is_empty());
    assert_next_run_works_and_cleans(&dataset);
}

#[test]
fn killed_before_the_rename_with_the_pointer_half_written() {
    let (_root, dataset) = dataset();
    begin_and_publish(&dataset, FIRST, &[(1, "Lost")]);
    leave_temporary(&dataset, SECOND);
    fs_err::write(dataset.folder().join("current.tmp"), "2026").expect("written");
    assert_eq!(current_id(&dataset).as_deref(), Some(FIRST));
    assert_next_run_works_and_cleans(&dataset);
}

#[test]
fn killed_between_the_rename_and_the_pointer() {
    let (_root, dataset) = dataset();
    begin_and_publish(&dataset, FIRST, &[(1, "Lost")]);
    leave_unpointed(&dataset, SECOND);
    leave_temporary(&dataset, THIRD);
    fs_err::write(dataset.folder().join("current.tmp"), format!("{SECOND}\n")).expect("written");
    assert_eq!(current_id(&dataset).as_deref(), Some(FIRST));
    assert_eq!(complete_ids(&dataset), [SECOND, FIRST]);
    assert_next_run_works_and_cleans(&dataset);
}

#[test]
fn killed_while_publishing_the_very_first_run() {
    let (_root, dataset) = dataset();
    leave_temporary(&dataset, FIRST);
    fs_err::write(dataset.folder().join("current.tmp"), "20").expect("written");
    assert_eq!(current_id(&dataset), None);
    leave_unpointed(&dataset, SECOND);
    assert_eq!(current_id(&dataset).as_deref(), Some(SECOND));
    assert_next_run_works_and_cleans(&dataset);
}

#[test]
fn killed_while_pruning() {
    let (_root, dataset) = dataset();
    begin_and_publish(&dataset, FIRST, &[(1, "Lost")]);
    begin_and_publish(&dataset, SECOND, &[(1, "Lost")]);
    let temporary = dataset.runs_folder().join(format!(".tmp-removed-{FIRST}"));
    fs_err::rename(dataset.run_folder(FIRST), &temporary).expect("renamed");
    fs_err::remove_file(temporary.join("manifest.json")).expect("removed");
    assert_eq!(complete_ids(&dataset), [SECOND]);
    assert!(dataset.runs().expect("listed").problems.is_empty());
    assert_next_run_works_and_cleans(&dataset);
}

#[test]
fn a_damaged_run_is_reported_and_the_others_work() {
    let (_root, dataset) = dataset();
    for id in [FIRST, SECOND, THIRD] {
        begin_and_publish(&dataset, id, &[(1, "Lost")]);
    }
    for (file, content) in [("manifest.json", "{\"version\": 1,"), ("manifest.json", "")] {
        fs_err::write(dataset.run_folder(SECOND).join(file), content).expect("written");
        let list = dataset.runs().expect("listed");
        assert_eq!(complete_ids(&dataset), [THIRD, FIRST]);
        assert_eq!(list.problems.len(), 1);
        assert_eq!(list.problems[0].run_id, SECOND);
        assert_eq!(list.problems[0].error.kind(), Kind::Damaged);
        assert!(list.problems[0].error.to_string().ends_with("manifest.json"), "{}", list.problems[0].error);
    }
    assert_eq!(dataset.run(SECOND).expect_err("damaged").kind(), Kind::Damaged);
    assert_eq!(dataset.run("previous").expect("skips it").run_id(), FIRST);
    assert_eq!(current_id(&dataset).as_deref(), Some(THIRD));
    assert_next_run_works_and_cleans(&dataset);
}

#[test]
fn a_dangling_pointer_is_an_error_until_the_next_run() {
    let (_root, dataset) = dataset();
    begin_and_publish(&dataset, FIRST, &[(1, "Lost")]);
    for text in ["", "../../etc", "20250101T000000Z-gone", "\u{0}"] {
        point(&dataset, text);
        let error = dataset.current().expect_err("nowhere");
        assert_eq!(error.kind(), Kind::Damaged);
        assert!(
            error.to_string().starts_with("the pointer to the current run of data set `shop` "),
            "{error}"
        );
        assert!(error.hint().is_some());
    }
    assert_next_run_works_and_cleans(&dataset);
}

#[test]
fn runs_are_found_by_selector() {
    let (_root, dataset) = dataset();
    for id in [FIRST, SECOND, THIRD] {
        begin_and_publish(&dataset, id, &[(1, "Lost")]);
    }
    for (selector, expected) in
        [("current", THIRD), ("previous", SECOND), (FIRST, FIRST), ("20260102", SECOND), ("20260103T", THIRD)]
    {
        assert_eq!(dataset.run(selector).expect(selector).run_id(), expected, "{selector}");
    }
    let error = dataset.run("2026010").expect_err("three");
    assert_eq!(error.to_string(), "`2026010` matches 3 runs of data set `shop`");
    for selector in ["1999", "", "../x"] {
        let error = dataset.run(selector).expect_err("none");
        assert_eq!(error.to_string(), format!("data set `shop` has no run `{selector}`"));
        assert_eq!(error.hint(), Some(format!("available runs: {THIRD}, {SECOND}, {FIRST}")));
    }
    point(&dataset, FIRST);
    assert_eq!(dataset.run("previous").expect_err("the oldest").kind(), Kind::NotFound);
}

#[test]
fn runs_of_the_same_second_are_ordered_by_finish_time() {
    let (_root, dataset) = dataset();
    publish_finished_at(&dataset, "20260101T000000Z-ff", "2026-01-01T00:00:00.2Z");
    publish_finished_at(&dataset, "20260101T000000Z-aa", "2026-01-01T00:00:00.75Z");
    assert_eq!(complete_ids(&dataset), ["20260101T000000Z-aa", "20260101T000000Z-ff"]);
    assert_eq!(dataset.run("previous").expect("there").run_id(), "20260101T000000Z-ff");
}

#[test]
fn a_name_that_could_leave_its_folder_is_refused() {
    let (_root, dataset) = dataset();
    for name in ["", "../x", ".tmp-x", "current", "a b"] {
        assert_eq!(dataset.begin(name).expect_err(name).kind(), Kind::Name);
    }
}
