//! What the checks of the data found.

use regulars_core::validation::{Finding, Severity, ValidationReport};

use crate::format;

/// The summary of the checks.
#[derive(Debug)]
pub(crate) struct Checks {
    /// The verdict, in one sentence.
    pub(crate) verdict: &'static str,
    /// Errors, warnings, notes: class of the style sheet, count and noun.
    pub(crate) tallies: [(&'static str, String); 3],
    pub(crate) findings: Vec<FindingRow>,
    /// Why rows were left out, and how many.
    pub(crate) left_out: Vec<(String, String)>,
}

/// One row of the table of findings.
#[derive(Debug)]
pub(crate) struct FindingRow {
    pub(crate) severity: &'static str,
    pub(crate) message: String,
    pub(crate) count: String,
    pub(crate) share: String,
    pub(crate) action: String,
    pub(crate) sample: String,
}

/// The checks of a run, worst first.
pub(crate) fn checks(report: &ValidationReport) -> Checks {
    let tally = |severity, class, one, many| {
        let n = report.findings.iter().filter(|f| f.severity == severity).count() as u64;
        // Colour is for what is there.
        (if n == 0 { "none" } else { class }, format::counted(n, one, many))
    };
    let reasons = |verb: &str, list: &[(String, u64)]| -> Vec<(String, String)> {
        list.iter()
            .map(|(reason, n)| {
                (format!("{verb}: {}", reason.replace('_', " ")), format::counted(*n, "row", "rows"))
            })
            .collect()
    };
    let mut left_out = reasons("Rejected", &report.rejected_by_reason);
    left_out.extend(reasons("Excluded", &report.excluded_by_reason));
    Checks {
        verdict: match report.worst() {
            Some(Severity::Error) => "A check failed: treat the numbers above with care until it is settled",
            Some(Severity::Warning) => "The numbers can be used; some answers may be a little off",
            Some(Severity::Info) | None => "Nothing stands in the way of using these numbers",
        },
        tallies: [
            tally(Severity::Error, "error", "error", "errors"),
            tally(Severity::Warning, "warning", "warning", "warnings"),
            tally(Severity::Info, "note", "note", "notes"),
        ],
        findings: report.findings.iter().map(row).collect(),
        left_out,
    }
}

fn row(finding: &Finding) -> FindingRow {
    FindingRow {
        severity: match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "note",
        },
        message: finding.message.clone(),
        count: format::count(finding.count),
        share: format::percent(finding.share),
        action: finding.action.clone(),
        sample: finding.samples.first().map_or_else(String::new, |sample| {
            let place = format!("first: {}, line {}", sample.file, format::count(sample.line));
            if sample.value.is_empty() { place } else { format!("{place}, “{}”", sample.value) }
        }),
    }
}
