//! An optimiser rule: group complete rows by key in one phase instead of two.
//!
//! DataFusion first groups each partition and then merges partial groups; with about one group per ten rows
//! this does the work twice and keeps every group's state twice. Here rows go to the partition of their key
//! and are grouped once. Deliberately not for the user's SQL, where few groups are as common as many.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::error::Result;
use datafusion::physical_expr::Partitioning;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::repartition::RepartitionExec;

/// Replaces `final <- repartition <- partial` by `single <- repartition` everywhere.
#[derive(Debug)]
pub(crate) struct SinglePhaseAggregates;

impl PhysicalOptimizerRule for SinglePhaseAggregates {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|plan| {
            Ok(match single(&plan)? {
                Some(replaced) => Transformed::yes(replaced),
                None => Transformed::no(plan),
            })
        })
        .data()
    }

    fn name(&self) -> &'static str {
        "single_phase_aggregates"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn single(plan: &Arc<dyn ExecutionPlan>) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let Some(last) = plan.downcast_ref::<AggregateExec>() else { return Ok(None) };
    if *last.mode() != AggregateMode::FinalPartitioned {
        return Ok(None);
    }
    let Some(exchange) = last.input().downcast_ref::<RepartitionExec>() else { return Ok(None) };
    let Some(first) = exchange.input().downcast_ref::<AggregateExec>() else { return Ok(None) };
    let keys = first.group_expr();
    if *first.mode() != AggregateMode::Partial || !keys.is_single() || last.limit_options().is_some() {
        return Ok(None);
    }
    let partitions = exchange.partitioning().partition_count();
    let rows = RepartitionExec::try_new(
        Arc::clone(first.input()),
        Partitioning::Hash(keys.input_exprs(), partitions),
    )?;
    let grouped = AggregateExec::try_new(
        AggregateMode::SinglePartitioned,
        keys.clone(),
        first.aggr_expr().to_vec(),
        first.filter_expr().to_vec(),
        Arc::new(rows),
        first.input_schema(),
    )?;
    Ok(Some(Arc::new(grouped)))
}
