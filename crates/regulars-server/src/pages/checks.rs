//! Results of the data quality checks.

use regulars_analysis::format;
use regulars_core::validation::{Finding, Severity, ValidationReport};

/// The summary of the checks.
#[derive(Debug)]
pub(crate) struct Checks {
    /// The verdict, in one sentence.
    pub(crate) verdict: &'static str,
    /// Errors, warnings, notes: CSS class, and count with noun.
    pub(crate) tallies: [(&'static str, String); 3],
    pub(crate) findings: Vec<FindingRow>,
    /// Reasons for omitted rows, with counts.
    pub(crate) left_out: Vec<(String, String)>,
}

/// One row of the findings table.
#[derive(Debug)]
pub(crate) struct FindingRow {
    pub(crate) severity: &'static str,
    pub(crate) message: String,
    pub(crate) count: String,
    pub(crate) share: String,
    pub(crate) action: String,
    pub(crate) sample: String,
}

/// The checks of a run, most severe first.
pub(crate) fn checks(report: &ValidationReport) -> Checks {
    let tally = |severity, class, one, many| {
        let n = report.findings.iter().filter(|f| f.severity == severity).count() as u64;
        // Tallies of zero have no colour.
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
            Some(Severity::Error) => {
                "A check failed: treat the figures above with caution until it is resolved"
            }
            Some(Severity::Warning) => "The data are usable; some figures may be slightly inaccurate",
            Some(Severity::Info) | None => "No problems found",
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
