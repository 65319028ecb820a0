//! Data provenance: the run, its files and row counts.

use regulars_analysis::format;
use regulars_core::manifest::{Input, RunManifest};

/// Data provenance.
#[derive(Debug)]
pub(crate) struct Provenance {
    pub(crate) run_id: String,
    pub(crate) started: String,
    pub(crate) versions: String,
    pub(crate) seed: u64,
    pub(crate) rows_read: String,
    pub(crate) rows_clean: String,
    pub(crate) rows_rejected: String,
    pub(crate) rows_excluded: String,
    pub(crate) adds_up: bool,
    pub(crate) inputs: Vec<InputRow>,
    pub(crate) notes: Vec<String>,
}

/// One input file.
#[derive(Debug)]
pub(crate) struct InputRow {
    pub(crate) path: String,
    pub(crate) role: String,
    pub(crate) rows: String,
    pub(crate) size: String,
    pub(crate) hash: String,
    pub(crate) full_hash: String,
}

/// The data provenance of a run.
pub(crate) fn provenance(manifest: &RunManifest) -> Provenance {
    let input = |input: &Input| InputRow {
        path: input.path.clone(),
        role: input.role.clone(),
        rows: format::count(input.rows),
        size: format::bytes(input.bytes),
        hash: input.sha256.chars().take(12).collect(),
        full_hash: input.sha256.clone(),
    };
    let versions: Vec<String> =
        manifest.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    Provenance {
        run_id: manifest.run_id.clone(),
        started: format::instant(&manifest.started_at),
        versions: versions.join(", "),
        seed: manifest.seed,
        rows_read: format::count(manifest.rows.read),
        rows_clean: format::count(manifest.rows.clean),
        rows_rejected: format::count(manifest.rows.rejected),
        rows_excluded: format::count(manifest.rows.excluded),
        adds_up: manifest.rows.add_up(),
        inputs: manifest.inputs.iter().map(input).collect(),
        notes: manifest.notes.clone(),
    }
}
