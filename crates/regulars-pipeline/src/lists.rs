//! What is handed on: the processed CSV files, and the list of one segment.

/// The processed files, by table; each is written as `<table>.csv`.
pub const PROCESSED: [&str; 6] =
    ["rfm_scores", "customer_segments", "rfm_summary", "rfm_cuts", "customer_features", "monthly_revenue"];

/// The query that lists a segment's customers, most valuable first.
///
/// The name is a value, not SQL: quotes in it are doubled.
pub fn segment_query(segment: &str) -> String {
    format!(
        "SELECT customer_id, segment, recency, frequency, monetary, r_score, f_score, m_score, rfm_score, rfm_weighted_score \
         FROM rfm_scores WHERE segment = '{}' ORDER BY monetary DESC, customer_id",
        segment.replace('\'', "''")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_name_stays_a_value() {
        assert!(segment_query("Can't Lose Them").contains("segment = 'Can''t Lose Them'"));
    }

    #[test]
    fn processed_files_are_tables() {
        for name in PROCESSED {
            assert!(regulars_core::tables::table(name).is_some(), "{name}");
        }
    }
}
