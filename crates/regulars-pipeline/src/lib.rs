//! From sources to a published run: the steps in order.
//!
//! Deliberately not here: reading (`regulars-ingest`), plans (`regulars-engine`), scoring
//! (`regulars-models`), and atomic publishing of runs (`regulars-store`).

mod actions;
mod assign;
mod cluster_table;
mod clusters;
mod clusters_in_batches;
mod lists;
mod options;
mod past_scores;
mod run;
mod score_file;
mod scores;
mod segment_checks;
mod sql_functions;
mod steps;
mod summary;
#[cfg(test)]
mod testing;

pub use actions::{
    Contacts, CustomerOpportunity, actions_of, budget_fault, contacts, contacts_of, opportunities_of,
    write_contacts,
};
pub use assign::{Assigned, ClusterExplanation, assign, explain_cluster};
pub use cluster_table::{
    ClusterTableRequest, TableCluster, TableClusters, cluster_table, write_table_clusters,
};
pub use lists::{PROCESSED, SegmentList, email_column, segment_list, segment_query};
pub use options::{Clock, RunOptions};
pub use past_scores::{PastScores, PastScoresRequest, past_scores};
pub use regulars_value::feature_columns::column_names;
pub use regulars_value::{
    AliveOverTime, BootstrapIntervals, BootstrapSettings, ClvFit, ClvFitRequest, ClvPlots, ClvPredictRequest,
    ClvRequest, ClvTimes, Coefficient, CovariateEffects, Error, FitSummary, GivenOptions, HoldoutAccuracy,
    Kind, Likelihoods, OriginAccuracy, PosteriorSummary, PredictRequest, Predicted, PredictedByRun, Result,
    RollingAccuracy, RollingRequest, Sampling, SpendAccuracy, ValidateRequest, alive_over_time, clv_fit,
    clv_plot_data, clv_predict, predict_by_run, time_unit, validate,
};
pub use run::{Finished, run, run_tables};
pub use score_file::{ScoredFile, score_file};
pub use sql_functions::sql_functions;
pub use steps::{Step, StepSelection};
