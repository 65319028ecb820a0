//! Recommendations of a run: the rows of `segment_actions` and `opportunity_summary`.
//!
//! Deliberately not here: the computation (`regulars-models`), and the texts (`segments`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::segments::{Recommendation, RecommendationRule};
/// A kind of opportunity: a row of `opportunity_summary`.
pub use crate::tables::opportunity_summary::Row as OpportunityKind;
/// A segment with its recommended action: a row of `segment_actions`.
pub use crate::tables::segment_actions::Row as SegmentAction;

/// Both tables of a run.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
pub struct Actions {
    /// Segments, in the order of the rules.
    pub segments: Vec<SegmentAction>,
    /// Kinds of opportunities, in a fixed order.
    pub opportunities: Vec<OpportunityKind>,
}

impl SegmentAction {
    /// The rule that chose the recommendation; as named if the rule is unknown.
    pub fn rule(&self) -> RecommendationRule {
        RecommendationRule::named(&self.recommendation_rule).unwrap_or_default()
    }

    /// The recommendation.
    pub fn recommendation(&self) -> Recommendation {
        Recommendation {
            action: self.action.clone(),
            offer: self.offer.clone(),
            channel: self.channel.clone(),
            cadence: self.cadence.clone(),
            avoid: self.avoid.clone(),
        }
    }
}
