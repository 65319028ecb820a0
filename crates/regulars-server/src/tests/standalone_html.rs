//! A run as one file.

use std::collections::BTreeSet;

use regulars_analysis::error::BackendError;

use super::fake::Fake;
use crate::standalone_html;

fn written(backend: Fake) -> String {
    let backend = backend.backend();
    standalone_html(&backend, "synthetic", None).expect("a run")
}

#[test]
fn the_file_holds_the_pages_and_leads_nowhere() {
    let file = written(Fake::demo());
    let plotly = file.rfind("<script>").expect("plotly.js");
    let pages = &file[..plotly];
    for expected in [
        "id=\"summary\"",
        "id=\"rfm\"",
        "id=\"value\"",
        "id=\"marketing\"",
        "id=\"cohorts\"",
        "id=\"movements\"",
        "€1,555.00",
        "href=\"#rfm\"",
        "data:text/csv",
    ] {
        assert!(pages.contains(expected), "missing: {expected}");
    }
    for address in [
        "href=\"/",
        "src=\"/",
        "action=\"/",
        "data-chart=\"/",
        "http://127",
        "<form",
        "id=\"customers\"",
        "id=\"sql\"",
        "class=\"options",
    ] {
        assert!(!pages.contains(address), "{address} leads to a server");
    }
    // Every chart has its marks in the file, also the pictures.
    let charts = pages.matches(" data-chart=").count();
    let figures = pages.matches("-figure\">").count();
    assert!(charts > 12, "{charts}");
    assert_eq!(charts, figures);
    assert!(!pages.contains("\"links\":"), "a mark leads to the server");
}

#[test]
fn ids_are_unique_and_names_of_ids_lead_to_one() {
    let file = written(Fake::demo());
    let pages = &file[..file.rfind("<script>").expect("plotly.js")];
    let values = |name: &str| -> Vec<String> {
        let sign = format!(" {name}=\"");
        let parts = pages.split(&sign).skip(1);
        parts.map(|part| part.split('"').next().unwrap_or_default().to_owned()).collect()
    };
    let ids = values("id");
    let known: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(known.len(), ids.len(), "an id stands twice");
    for name in ["aria-labelledby", "aria-describedby", "for"] {
        for id in values(name).iter().flat_map(|ids| ids.split(' ')) {
            assert!(known.contains(&id.to_owned()), "{name} names {id}");
        }
    }
}

#[test]
fn the_same_run_is_the_same_file() {
    assert!(written(Fake::demo()) == written(Fake::demo()));
}

#[test]
fn who_asks_for_no_run_is_told() {
    let backend = Fake::demo().backend();
    let result = standalone_html(&backend, "other", None);
    assert!(matches!(result, Err(BackendError::UnknownDataset { .. })), "{result:?}");
}
