//! The statements that read a relation: one, or one for each range of pages of a large table.

use super::catalog::{Relation, quoted};

/// Pages in a piece: 8 MiB.
const PIECE_PAGES: u64 = 1 << 10;

/// The statements whose rows, one after the other, are all rows. They do not depend on the number of connections.
pub(super) fn statements(relation: &Relation) -> Vec<String> {
    let columns: Vec<String> = relation
        .columns
        .iter()
        .filter(|column| column.codec.is_some())
        .map(|column| {
            let cast = column.cast.map_or_else(String::new, |to| format!("::{to}"));
            format!("{}{cast}", quoted(&column.name))
        })
        .collect();
    let statement = |range: &str| {
        let (columns, from) = (columns.join(", "), &relation.from);
        let conditions: Vec<&str> =
            relation.condition.as_deref().into_iter().chain(Some(range).filter(|r| !r.is_empty())).collect();
        let conditions = if conditions.is_empty() {
            String::new()
        } else {
            format!(" WHERE {}", conditions.join(" AND "))
        };
        format!("COPY (SELECT {columns} FROM {from}{conditions}) TO STDOUT (FORMAT binary)")
    };
    let pages = relation.pages.unwrap_or(0);
    if pages <= PIECE_PAGES {
        return vec![statement("")];
    }
    // The last piece has no end: pages that were added since hold rows that this snapshot does not see.
    let starts: Vec<u64> = (0..pages).step_by(PIECE_PAGES as usize).collect();
    starts
        .iter()
        .enumerate()
        .map(|(at, start)| {
            let end =
                starts.get(at + 1).map_or_else(String::new, |end| format!(" AND ctid < '({end},0)'::tid"));
            statement(&format!("ctid >= '({start},0)'::tid{end}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::catalog::Column;
    use super::*;
    use crate::copy_decode::Codec;

    fn relation(pages: Option<u64>) -> Relation {
        let column = |name: &str, codec: Option<Codec>, cast| Column {
            name: name.to_owned(),
            type_name: "money".to_owned(),
            codec,
            cast,
        };
        Relation {
            name: "orders".to_owned(),
            from: "\"public\".\"orders\"".to_owned(),
            columns: vec![
                column("a \"b\"", Some(Codec::Int(4)), None),
                column("photo", None, None),
                column("total", Some(Codec::NumericText), Some("numeric")),
            ],
            key: Vec::new(),
            pages,
            condition: None,
            oid: None,
            has_row_versions: true,
            notes: Vec::new(),
        }
    }

    #[test]
    fn ranges_of_pages_follow_each_other() {
        const SELECT: &str = "COPY (SELECT \"a \"\"b\"\"\", \"total\"::numeric FROM \"public\".\"orders\"";
        const END: &str = ") TO STDOUT (FORMAT binary)";
        for pages in [None, Some(0), Some(1024)] {
            assert_eq!(statements(&relation(pages)), [format!("{SELECT}{END}")]);
        }
        let ranges = [
            " WHERE ctid >= '(0,0)'::tid AND ctid < '(1024,0)'::tid",
            " WHERE ctid >= '(1024,0)'::tid AND ctid < '(2048,0)'::tid",
            " WHERE ctid >= '(2048,0)'::tid",
        ];
        let expected = ranges.map(|range| format!("{SELECT}{range}{END}"));
        assert_eq!(statements(&relation(Some(2049))), expected);
        let newer = Relation { condition: Some("(n > 1)".to_owned()), ..relation(Some(1025)) };
        let range = " WHERE (n > 1) AND ctid >= '(1024,0)'::tid";
        assert_eq!(statements(&newer)[1], format!("{SELECT}{range}{END}"));
    }
}
