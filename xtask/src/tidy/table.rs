//! Who may depend on whom: the one table that ARCHITECTURE.md shows and `edges.rs` enforces.

/// One crate of ours.
pub(super) struct Row {
    pub(super) name: &'static str,
    /// Crates of ours it may depend on.
    pub(super) ours: &'static [&'static str],
    /// Crates of [`HEAVY`] it may depend on.
    pub(super) heavy: &'static [&'static str],
}

/// Every crate of ours. A wide diamond: vocabulary, independent parts, one leaf.
pub(super) const TABLE: &[Row] = &[
    Row { name: "regulars-core", ours: &[], heavy: &["arrow-schema", "chrono", "serde", "toml"] },
    Row {
        name: "regulars-synth",
        ours: &["regulars-core"],
        heavy: &["arrow", "chrono", "encoding_rs", "parquet", "rand", "rand_chacha", "rand_distr"],
    },
    Row {
        name: "regulars-ingest",
        // The exports of `regulars-synth` are what its tests read.
        ours: &["regulars-core", "regulars-synth"],
        heavy: &[
            "arrow",
            "calamine",
            "chardetng",
            "chrono",
            "csv-core",
            "encoding_rs",
            "futures",
            "object_store",
            "parquet",
            "serde",
            "tokio",
            "zip",
        ],
    },
    Row { name: "regulars-stats", ours: &[], heavy: &["rayon"] },
    Row {
        name: "regulars-models",
        ours: &["regulars-core", "regulars-stats"],
        heavy: &["rand", "rand_chacha", "rand_distr", "rayon", "serde"],
    },
    Row {
        name: "regulars-learners",
        ours: &["regulars-stats"],
        heavy: &["lightgbm3", "rand", "rand_chacha", "rayon", "serde", "xgb"],
    },
    Row {
        name: "regulars-engine",
        ours: &["regulars-core"],
        heavy: &["arrow", "chrono", "datafusion", "futures", "object_store", "parquet", "tokio"],
    },
    Row { name: "regulars-store", ours: &["regulars-core"], heavy: &["arrow", "chrono", "parquet", "serde"] },
    Row {
        name: "regulars-pipeline",
        ours: &[
            "regulars-core",
            "regulars-engine",
            "regulars-ingest",
            "regulars-learners",
            "regulars-models",
            "regulars-stats",
            "regulars-store",
            "regulars-synth",
        ],
        heavy: &["arrow", "chrono", "futures", "parquet", "rand", "rand_chacha", "rayon", "serde", "tokio"],
    },
    Row { name: "regulars-analysis", ours: &["regulars-core"], heavy: &[] },
    Row {
        name: "regulars-server",
        ours: &["regulars-analysis", "regulars-core"],
        heavy: &["askama", "axum", "chrono", "futures", "plotly", "serde", "tokio", "tower", "tower-http"],
    },
    Row {
        name: "regulars-cli",
        ours: &[
            "regulars-analysis",
            "regulars-core",
            "regulars-engine",
            "regulars-ingest",
            "regulars-learners",
            "regulars-models",
            "regulars-pipeline",
            "regulars-server",
            "regulars-store",
            "regulars-synth",
        ],
        heavy: &[
            "anyhow",
            "arrow",
            "chrono",
            "clap",
            "clap_complete",
            "clap_mangen",
            "comfy-table",
            "futures",
            "indicatif",
            "mimalloc",
            "serde",
            "tokio",
            "toml",
            "tracing-subscriber",
        ],
    },
    Row { name: "xtask", ours: &[], heavy: &["anyhow"] },
];

/// Outside crates that cost build time, or belong in one layer: only rows that name them may have
/// them. A crate not listed here is light and may be used anywhere.
pub(super) const HEAVY: &[&str] = &[
    "anyhow",
    "arrow",
    "arrow-schema",
    "askama",
    "axum",
    "calamine",
    "chardetng",
    "chrono",
    "clap",
    "clap_complete",
    "clap_mangen",
    "comfy-table",
    "csv-core",
    "datafusion",
    "encoding_rs",
    "faer",
    "futures",
    "indicatif",
    "lightgbm3",
    "mimalloc",
    "nalgebra",
    "object_store",
    "parquet",
    "plotly",
    "polars",
    "rand",
    "rand_chacha",
    "rand_distr",
    "rayon",
    "reqwest",
    "serde",
    "sqlx",
    "tokio",
    "tokio-postgres",
    "toml",
    "tower",
    "tower-http",
    "tracing-subscriber",
    "xgb",
    "zip",
];

/// Families of crates that are heavy under any name.
pub(super) const HEAVY_FAMILIES: &[&str] = &["arrow-", "ballista", "datafusion"];

/// How many executables may link the engine; a further one needs a decision in `docs/adr`.
pub(super) const MAX_ENGINE_EXECUTABLES: usize = 4;

/// The crate that makes an executable large.
pub(super) const ENGINE: &str = "datafusion";
