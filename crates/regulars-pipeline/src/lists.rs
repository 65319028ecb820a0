//! Exports: the processed CSV files, and the list of one segment for mail and advertising tools.

use regulars_store::Run;

use regulars_value::Result;
use regulars_value::feature_columns::column_names;

/// The processed files, by table; each is written as `<table>.csv`.
pub const PROCESSED: [&str; 6] = [
    "rfm_scores",
    "customer_segments",
    "rfm_summary",
    "rfm_thresholds",
    "customer_features",
    "monthly_revenue",
];

/// The data of a run available to a segment list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SegmentList {
    /// The segment.
    pub segment: String,
    /// The column of `customers` that holds the email address.
    pub email_column: Option<String>,
    /// Whether the run has lifetime value.
    pub has_value: bool,
    /// Whether the run has recommendations.
    pub has_actions: bool,
}

/// Column names that hold an email address in a customers file, most reliable first.
const EMAILS: [&str; 6] = ["email", "e_mail", "email_address", "customer_email", "contact_email", "mail"];

/// The email column among those of the table `customers`.
pub fn email_column(columns: &[String]) -> Option<&String> {
    EMAILS.iter().find_map(|name| columns.iter().find(|column| column == name))
}

/// The data of a run available to the list of a segment.
///
/// Errors: customers that cannot be read.
pub fn segment_list(run: &Run, segment: &str) -> Result<SegmentList> {
    let path = run.dir.join("customers.parquet");
    let attributes = if run.has_table("customers") { column_names(&path)? } else { Vec::new() };
    Ok(SegmentList {
        segment: segment.to_owned(),
        email_column: email_column(&attributes).cloned(),
        has_value: run.has_table("ltv_predictions"),
        has_actions: run.has_table("segment_actions"),
    })
}

/// The query that lists a segment's customers, most valuable first.
///
/// The email address itself is never listed, only the SHA-256 hash (hexadecimal) of its trimmed, lower-case
/// form, as advertising tools expect. Missing data are left empty.
///
/// Quotes in the segment's name are escaped.
pub fn segment_query(list: &SegmentList) -> String {
    let mut columns = vec!["s.customer_id".to_owned()];
    let mut joins = "JOIN customer_features f ON f.customer_id = s.customer_id ".to_owned();
    let mut add = |column: &str| columns.push(column.to_owned());
    match &list.email_column {
        Some(column) => {
            let plain = format!("lower(trim(CAST(e.\"{}\" AS VARCHAR)))", column.replace('"', "\"\""));
            add(&format!("CASE WHEN {plain} LIKE '%@%' THEN sha256({plain}) END AS email_sha256"));
            joins += "LEFT JOIN customers e ON e.customer_id = s.customer_id ";
        }
        None => add("CAST(NULL AS VARCHAR) AS email_sha256"),
    }
    add("s.segment");
    if list.has_value {
        add("v.predicted_ltv, v.p_alive");
        joins += "LEFT JOIN ltv_predictions v ON v.customer_id = s.customer_id ";
    } else {
        add("CAST(NULL AS DOUBLE) AS predicted_ltv, CAST(NULL AS DOUBLE) AS p_alive");
    }
    add("f.favourite_category AS top_category");
    if list.has_actions {
        add("CASE o.kind WHEN 'reactivation' THEN 'Win back' WHEN 'retention' THEN 'Retain before churn' \
             WHEN 'second purchase' THEN 'Encourage a second order' WHEN 'upsell' THEN 'Increase order value' \
             ELSE a.action END AS next_action");
        joins += "LEFT JOIN opportunities o ON o.customer_id = s.customer_id \
                  LEFT JOIN segment_actions a ON a.segment = s.segment ";
    } else {
        add("CAST(NULL AS VARCHAR) AS next_action");
    }
    for score in [
        "recency",
        "frequency",
        "monetary",
        "r_score",
        "f_score",
        "m_score",
        "rfm_score",
        "rfm_weighted_score",
    ] {
        add(&format!("s.{score}"));
    }
    let value = if list.has_value { "v.predicted_ltv DESC, " } else { "" };
    format!(
        "SELECT {} FROM rfm_scores s {joins}WHERE s.segment = '{}' ORDER BY {value}s.monetary DESC, s.customer_id",
        columns.join(", "),
        list.segment.replace('\'', "''")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_name_stays_a_value() {
        let list = SegmentList { segment: "Can't Lose Them".to_owned(), ..SegmentList::default() };
        assert!(segment_query(&list).contains("segment = 'Can''t Lose Them'"));
    }

    #[test]
    fn the_address_itself_is_never_listed() {
        let list = SegmentList { email_column: Some("email".to_owned()), ..SegmentList::default() };
        let query = segment_query(&list);
        assert!(query.contains("sha256(lower(trim(CAST(e.\"email\" AS VARCHAR)))) END AS email_sha256"));
        let columns = ["age", "mail", "email"].map(str::to_owned);
        assert_eq!(email_column(&columns), Some(&columns[2]));
        assert_eq!(email_column(&columns[..1]), None);
    }

    #[test]
    fn processed_files_are_tables() {
        for name in PROCESSED {
            assert!(regulars_core::tables::table(name).is_some(), "{name}");
        }
    }

    use crate::testing::Shop;

    #[test]
    fn a_list_shows_what_the_run_has() {
        let shop = Shop::new(crate::testing::orders(60, 100, 3));
        let options = crate::RunOptions {
            steps: crate::StepSelection::parse("scores").expect("known"),
            ..shop.options()
        };
        let run = shop.run(&options, "2024-01-01T10:00:00Z").run;
        let found = segment_list(&run, "Lost").expect("readable");
        let expected = SegmentList {
            segment: "Lost".to_owned(),
            email_column: None,
            has_value: false,
            has_actions: true,
        };
        assert_eq!(found, expected);
        for name in PROCESSED {
            assert!(run.has_table(name), "{name}");
        }
    }

    #[test]
    fn every_table_of_the_query_is_joined_once_if_it_is_there() {
        for (email, has_value, has_actions) in [
            (false, false, false),
            (true, false, false),
            (false, true, false),
            (false, false, true),
            (true, true, true),
        ] {
            let list = SegmentList {
                segment: "Loyal".to_owned(),
                email_column: email.then(|| "e\"mail".to_owned()),
                has_value,
                has_actions,
            };
            let query = segment_query(&list);
            let joined = |table: &str| query.matches(&format!("JOIN {table} ")).count();
            assert_eq!(joined("customer_features"), 1);
            assert_eq!(joined("customers"), usize::from(email));
            assert_eq!(joined("ltv_predictions"), usize::from(has_value));
            assert_eq!(
                (joined("opportunities"), joined("segment_actions")),
                (usize::from(has_actions), usize::from(has_actions))
            );
            // Twelve columns before the eight of the scores, whatever the run has.
            let columns = query.split_once(" FROM rfm_scores").expect("a query").0;
            for column in [
                "email_sha256",
                "predicted_ltv",
                "p_alive",
                "top_category",
                "next_action",
                "s.rfm_weighted_score",
            ] {
                assert_eq!(columns.matches(column).count(), 1, "{column} in {query}");
            }
            // A quote in a column's name is doubled.
            assert_eq!(query.contains("e.\"e\"\"mail\""), email);
        }
    }
}
