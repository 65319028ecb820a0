//! What surrounds every page: the header with its switches, and where our files are.

use std::fmt::Write as _;

use regulars_core::summary::RunSummary;
use serde::Deserialize;

use crate::assets::{self, AssetUrls};
use crate::backend::RunRow;
use crate::format;

/// The part of an address that says how a page is to be shown.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct PageQuery {
    /// The run; the current one if absent.
    pub(crate) run: Option<String>,
    /// `light` or `dark`; what the reader chose or the system says if absent.
    pub(crate) theme: Option<String>,
}

impl PageQuery {
    /// The theme asked for, if it is one.
    pub(crate) fn theme(&self) -> Option<&'static str> {
        match self.theme.as_deref() {
            Some("light") => Some("light"),
            Some("dark") => Some("dark"),
            _ => None,
        }
    }
}

/// One entry of a switch.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) label: String,
    pub(crate) note: String,
    pub(crate) href: String,
    pub(crate) chosen: bool,
}

/// What surrounds a page.
#[derive(Debug)]
pub(crate) struct Shell {
    pub(crate) title: String,
    pub(crate) theme: Option<&'static str>,
    /// The data set shown, if the page shows one.
    pub(crate) dataset: Option<String>,
    pub(crate) datasets: Vec<Choice>,
    /// The run shown, in words.
    pub(crate) run: String,
    pub(crate) runs: Vec<Choice>,
    /// The analysis date, in words.
    pub(crate) as_of: String,
    /// Where to go from an older run, when one is shown.
    pub(crate) current_run: Option<String>,
    /// Whether the page has charts.
    pub(crate) charts: bool,
    pub(crate) urls: &'static AssetUrls,
    pub(crate) version: &'static str,
}

impl Shell {
    /// Around a page that shows no data set.
    pub(crate) fn plain(title: &str, datasets: &[String]) -> Self {
        Self {
            title: title.to_owned(),
            theme: None,
            dataset: None,
            datasets: datasets.iter().map(|name| dataset_choice(name, None, None)).collect(),
            run: String::new(),
            runs: Vec::new(),
            as_of: String::new(),
            current_run: None,
            charts: false,
            urls: assets::urls(),
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    /// Around a page about one run.
    pub(crate) fn of_run(
        title: &str,
        summary: &RunSummary,
        datasets: &[String],
        runs: &[RunRow],
        query: &PageQuery,
    ) -> Self {
        let theme = query.theme();
        let name = summary.dataset.as_str();
        let shown = runs.iter().find(|run| run.run_id == summary.run_id);
        let is_older = shown.is_some_and(|run| !run.current);
        let run_choice = |run: &RunRow| Choice {
            label: format::instant(&run.started_at),
            note: if run.current { "current".to_owned() } else { String::new() },
            href: address(name, (!run.current).then_some(run.run_id.as_str()), theme),
            chosen: run.run_id == summary.run_id,
        };
        Self {
            theme,
            dataset: Some(name.to_owned()),
            datasets: datasets.iter().map(|other| dataset_choice(other, Some(name), theme)).collect(),
            run: shown.map_or_else(|| summary.run_id.clone(), |run| format::instant(&run.started_at)),
            runs: runs.iter().map(run_choice).collect(),
            as_of: format::day(&summary.as_of),
            current_run: is_older.then(|| address(name, None, theme)),
            charts: true,
            ..Self::plain(title, &[])
        }
    }
}

fn dataset_choice(name: &str, shown: Option<&str>, theme: Option<&str>) -> Choice {
    Choice {
        label: name.to_owned(),
        note: String::new(),
        href: address(name, None, theme),
        chosen: shown == Some(name),
    }
}

/// The address of a page about a data set; names need no escaping, see `routes::check_names`.
pub(crate) fn address(dataset: &str, run: Option<&str>, theme: Option<&str>) -> String {
    let mut out = format!("/d/{dataset}");
    let mut separator = '?';
    for (key, value) in [("run", run), ("theme", theme)] {
        if let Some(value) = value {
            // Writing to a String cannot fail.
            let _ = write!(out, "{separator}{key}={value}");
            separator = '&';
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_state_is_in_the_address() {
        assert_eq!(address("shop", None, None), "/d/shop");
        assert_eq!(address("shop", Some("r1"), None), "/d/shop?run=r1");
        assert_eq!(address("shop", None, Some("dark")), "/d/shop?theme=dark");
        assert_eq!(address("shop", Some("r1"), Some("dark")), "/d/shop?run=r1&theme=dark");
    }
}
