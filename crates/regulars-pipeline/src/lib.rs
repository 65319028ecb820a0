//! From sources to a published run: the steps in order.
//!
//! Deliberately not here: reading (`regulars-ingest`), plans (`regulars-engine`), scoring
//! (`regulars-models`), and atomic publishing of runs (`regulars-store`).

mod actions;
mod assign;
mod cluster_table;
mod clusters;
mod clusters_in_batches;
mod clv;
mod contributions;
mod error;
mod feature_columns;
mod learned;
mod lists;
mod new_files;
mod options;
mod past_scores;
mod pieces;
mod predict;
mod run;
mod score_file;
mod scores;
mod segment_checks;
mod steps;
mod summary;
mod tables;
mod timing;
mod validate;
mod value;

pub use actions::{
    Contacts, CustomerOpportunity, actions_of, budget_fault, contacts, contacts_of, opportunities_of,
    write_contacts,
};
pub use assign::{Assigned, ClusterExplanation, assign, explain_cluster};
pub use cluster_table::{
    ClusterTableRequest, TableCluster, TableClusters, cluster_table, write_table_clusters,
};
pub use clv::{
    BootstrapAnswer, BootstrapSettings, ClvFit, ClvFitRequest, ClvPlots, ClvPredictRequest, ClvRequest,
    ClvTimes, CovariatesAnswer, EffectAnswer, FitAnswer, GivenOptions, HoldoutAnswer, Likelihoods,
    OriginAnswer, PosteriorAnswer, Predicted, RollingAnswer, RollingRequest, Sampling, SpendAnswer, clv_fit,
    clv_plot_data, clv_predict, time_unit,
};
pub use error::{Error, Kind, Result};
pub use feature_columns::column_names;
pub use lists::{PROCESSED, SegmentList, email_column, segment_list, segment_query};
pub use options::{Clock, RunOptions};
pub use past_scores::{PastScores, PastScoresRequest, past_scores};
pub use predict::{PredictRequest, PredictedByRun, predict_by_run};
pub use run::{Finished, run, run_tables};
pub use score_file::{ScoredFile, score_file};
pub use steps::{Step, StepSelection};
pub use validate::{ValidateRequest, validate};
pub use value::{AliveOverTime, alive_over_time};
