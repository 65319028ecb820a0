//! The tables of six made-up customers, one of them with a name that is no name.

use regulars_analysis::backend::{AliveOverTime, PastScores};
use regulars_analysis::columns::{Column, ColumnKind, NO_CODE, NO_INTEGER, TableShape, TextColumn};
use regulars_core::tables::{
    Row, Value, churn_reliability, cluster_alternatives, cluster_centers, cluster_selection,
    feature_importance, ltv_dependence, ltv_drivers, ltv_tracking,
};

/// An id that would be an element if it were not escaped.
pub(crate) const NASTY: &str = "<script>alert(1)</script>";

/// Everybody but C2.
pub(crate) const BUT_C2: &[&str] = &[NASTY, "C1", "C3", "C4", "C5"];

pub(crate) type Columns = Vec<(&'static str, Column)>;

/// Id, days since the last purchase, purchases, spend, the three scores, segment.
type Customer = (&'static str, i64, i64, i64, [i64; 3], &'static str);

const CUSTOMERS: [Customer; 6] = [
    (NASTY, 1, 4, 100_000, [5, 5, 5], "High-Value"),
    ("C1", 10, 3, 30_000, [4, 4, 4], "High-Value"),
    ("C2", 162, 1, 2_000, [1, 1, 2], "Lost"),
    ("C3", 51, 2, 20_000, [3, 3, 4], "Loyal"),
    ("C4", 5, 1, 3_000, [5, 1, 2], "New"),
    ("C5", 122, 1, 500, [2, 1, 1], "Lost"),
];

/// Customer, transaction, day from 1970, category, payment, amount.
type Line = (&'static str, &'static str, i32, &'static str, &'static str, i64);

/// 1 January 2024.
const NEW_YEAR: i32 = 19_723;

const LINES: [Line; 14] = [
    ("C1", "t1", 9, "Books", "Card", 6_000),
    ("C1", "t1", 9, "Toys", "Card", 4_000),
    ("C2", "t4", 19, "Toys", "Cash", 2_000),
    ("C3", "t5", 35, "Books", "Card", 8_000),
    ("C5", "t8", 59, "Books", "Cash", 1_000),
    ("C5", "t8", 61, "Books", "Cash", -500),
    ("C1", "t2", 74, "Books", "Card", 5_000),
    (NASTY, "t9", 91, "Garden", "Card", 30_000),
    (NASTY, "t10", 110, "Garden", "Card", 20_000),
    ("C3", "t6", 130, "Garden", "PayPal", 12_000),
    (NASTY, "t11", 152, "Books", "Card", 10_000),
    ("C1", "t3", 171, "Garden", "PayPal", 15_000),
    ("C4", "t7", 176, "Toys", "Card", 3_000),
    (NASTY, "t12", 180, "Garden", "PayPal", 40_000),
];

fn text<'a>(values: impl Iterator<Item = &'a str>) -> Column {
    let mut text = TextColumn::default();
    for value in values {
        if value.is_empty() {
            text.codes.push(NO_CODE);
            continue;
        }
        let known = text.values.iter().position(|other| other == value);
        text.codes.push(known.unwrap_or(text.values.len()) as u32);
        if known.is_none() {
            text.values.push(value.to_owned());
        }
    }
    Column::Text(text)
}

/// Mean days between a customer's orders.
fn gap(id: &str) -> f64 {
    match id {
        "C1" => 80.5,
        "C3" => 95.0,
        NASTY => 89.0 / 3.0,
        _ => f64::NAN,
    }
}

/// A table with its columns, of all customers or `only` of some.
pub(crate) fn table(name: &str, only: &[&str]) -> Option<Columns> {
    let there = |id: &str| only.is_empty() || only.contains(&id);
    let customers: Vec<&Customer> = CUSTOMERS.iter().filter(|c| there(c.0)).collect();
    let ids = || ("customer_id", text(customers.iter().map(|c| c.0)));
    let whole = |f: &dyn Fn(&Customer) -> i64| Column::Integers(customers.iter().map(|c| f(c)).collect());
    let first = |id: &str| LINES.iter().find(|line| line.0 == id).map_or(0, |line| NEW_YEAR + line.2);
    Some(match name {
        "rfm_scores" => vec![
            ids(),
            ("recency", whole(&|c| c.1)),
            ("frequency", whole(&|c| c.2)),
            ("monetary_minor", whole(&|c| c.3)),
            ("r_score", whole(&|c| c.4[0])),
            ("f_score", whole(&|c| c.4[1])),
            ("m_score", whole(&|c| c.4[2])),
            ("rfm_score", whole(&|c| c.4.iter().sum())),
            ("segment", text(customers.iter().map(|c| c.5))),
        ],
        "customer_features" => vec![
            ids(),
            ("spend_last_180d_minor", whole(&|c| c.3 / 2)),
            // The gap of the shop is 80.5 days, the median of 29.7, 80.5 and 95.
            ("orders_last_90d", whole(&|c| i64::from(c.1 < 90))),
            ("days_between_orders_mean", Column::Numbers(customers.iter().map(|c| gap(c.0)).collect())),
            ("first_purchase", Column::Days(customers.iter().map(|c| first(c.0)).collect())),
            (
                "favourite_category",
                text(customers.iter().map(|c| if matches!(c.0, "C2" | "C4") { "Toys" } else { "Books" })),
            ),
        ],
        "opportunities" => {
            let rows: Vec<_> =
                super::marketing_shop::OPPORTUNITIES.iter().filter(|one| there(one.0)).collect();
            let of = |f: &dyn Fn(&super::marketing_shop::Opportunity) -> i64| {
                Column::Integers(rows.iter().map(|one| f(one)).collect())
            };
            vec![
                ("customer_id", text(rows.iter().map(|one| one.0))),
                ("kind", text(rows.iter().map(|one| one.1))),
                ("predicted_ltv_minor", of(&|one| one.3)),
                ("similar_customers_ltv_minor", of(&|one| one.4)),
                ("upside_minor", of(&|one| one.4 - one.3)),
            ]
        }
        "customer_clusters" => vec![
            ids(),
            ("cluster", whole(&|c| if c.2 > 1 { 2 } else { 1 })),
            ("silhouette", Column::Numbers(customers.iter().map(|c| c.2 as f64 / 10.0).collect())),
            ("x", Column::Numbers(customers.iter().map(|c| c.1 as f64).collect())),
            ("y", Column::Numbers(customers.iter().map(|c| c.2 as f64).collect())),
        ],
        // C2 has no value, and the rows come in another order.
        "ltv_predictions" => {
            let rows: Vec<&&Customer> = customers.iter().rev().filter(|c| c.0 != "C2").collect();
            let of = |f: &dyn Fn(&Customer) -> i64| Column::Integers(rows.iter().map(|c| f(c)).collect());
            vec![
                ("customer_id", text(rows.iter().map(|c| c.0))),
                ("predicted_ltv_minor", of(&|c| c.3 / 2)),
                ("predicted_low_minor", of(&|c| c.3 / 4)),
                ("predicted_high_minor", of(&|c| c.3)),
                (
                    "p_alive",
                    Column::Numbers(rows.iter().map(|c| if c.1 > 100 { 0.25 } else { 0.75 }).collect()),
                ),
                ("ltv_decile", of(&|c| if c.3 > 50_000 { 1 } else { 6 })),
                ("p_purchase", Column::Numbers(rows.iter().map(|_| 0.5).collect())),
                (
                    "p_churn",
                    Column::Numbers(rows.iter().map(|c| if c.1 > 100 { 0.9 } else { 0.2 }).collect()),
                ),
                ("expected_purchases", Column::Numbers(rows.iter().map(|c| c.2 as f64).collect())),
                ("next_purchase_days", Column::Numbers(rows.iter().map(|_| f64::NAN).collect())),
                (
                    "holdout_p_churn",
                    Column::Numbers(rows.iter().map(|c| if c.1 > 100 { 0.9 } else { 0.2 }).collect()),
                ),
                ("actual_purchases", of(&|c| i64::from(c.0 != "C5"))),
                ("predicted_margin_minor", of(&|c| c.3 / 5)),
                // All but C5 spent twice what was expected.
                ("holdout_ltv_minor", of(&|c| c.3 / 4)),
                ("actual_ltv_minor", of(&|c| if c.0 == "C5" { 0 } else { c.3 / 2 })),
            ]
        }
        // As in a customers file: another order, one who never bought, one who is missing.
        "customers" => vec![
            ("customer_id", text(["Z9", "C4", "C3", "C2", "C1", NASTY].into_iter())),
            ("age", Column::Integers(vec![20, 30, NO_INTEGER, 50, 40, 30])),
            ("gender", text(["x", "female", "male", "", "female", "female"].into_iter())),
            ("city", text(["Nowhere", "Lyon", "Lyon", "Lyon", "<b>Nantes</b>", "Lyon"].into_iter())),
        ],
        "transactions" => {
            let lines: Vec<&Line> = LINES.iter().filter(|line| there(line.0)).collect();
            vec![
                ("customer_id", text(lines.iter().map(|line| line.0))),
                ("transaction_id", text(lines.iter().map(|line| line.1))),
                ("transaction_date", Column::Days(lines.iter().map(|line| NEW_YEAR + line.2).collect())),
                ("product_category", text(lines.iter().map(|line| line.3))),
                ("payment_method", text(lines.iter().map(|line| line.4))),
                ("total_amount_minor", Column::Integers(lines.iter().map(|line| line.5).collect())),
            ]
        }
        "rejected" => vec![
            ("file", text(["orders.csv"].into_iter())),
            ("line", Column::Integers(vec![118])),
            ("reason", text(["missing_customer_id"].into_iter())),
        ],
        other => return about_models(other),
    })
}

/// The tables about models and clusters.
fn about_models(name: &str) -> Option<Columns> {
    let numbers = |values: &[f64]| Column::Numbers(values.to_vec());
    let counts = |values: &[i64]| Column::Integers(values.to_vec());
    let words = |values: &[&'static str]| text(values.iter().copied());
    Some(match name {
        "feature_importance" => declared::<feature_importance::Row>(vec![
            words(&["LightGBM", "LightGBM", "Random forest", "Random forest"]),
            words(&["monetary", "p_alive", "monetary", "p_alive"]),
            numbers(&[0.75, 0.25, 0.5, 0.5]),
            numbers(&[2_000.0, 1_000.0, 1_500.0, 900.0]),
            numbers(&[7_000.0, 500.0, f64::NAN, f64::NAN]),
            numbers(&[100.0, 50.0, f64::NAN, f64::NAN]),
        ]),
        "ltv_dependence" => declared::<ltv_dependence::Row>(vec![
            words(&["LightGBM", "LightGBM"]),
            words(&["monetary", "monetary"]),
            numbers(&[10.0, 1_000.0]),
            numbers(&[1_000.0, 30_000.0]),
        ]),
        "ltv_drivers" => declared::<ltv_drivers::Row>(vec![
            words(&["C1", "C1", "C5", NASTY]),
            counts(&[1, 2, 1, 1]),
            words(&["monetary", "p_alive", "p_alive", "monetary"]),
            counts(&[4_000, -500, -900, 20_000]),
        ]),
        "churn_reliability" => declared::<churn_reliability::Row>(vec![
            words(&["LightGBM", "LightGBM"]),
            counts(&[30, 10]),
            numbers(&[0.2, 0.9]),
            numbers(&[0.24, 0.88]),
        ]),
        "ltv_tracking" => declared::<ltv_tracking::Row>(vec![
            words(&["Pareto/NBD"; 3]),
            Column::Days(vec![NEW_YEAR + 7, NEW_YEAR + 14, NEW_YEAR + 21]),
            counts(&[0, 1, 1]),
            counts(&[5, 7, 3]),
            numbers(&[5.5, 6.0, 6.0]),
            counts(&[5, 12, 15]),
            numbers(&[5.5, 11.5, 17.5]),
        ]),
        "cluster_centers" => declared::<cluster_centers::Row>(vec![
            counts(&[1, 2, 1, 2]),
            words(&["One", "Two", "One", "Two"]),
            words(&["recency_days", "recency_days", "m_score", "m_score"]),
            numbers(&[96.0, 20.0, 1.7, 4.3]),
            numbers(&[122.0, 10.0, 2.0, 4.0]),
            numbers(&[0.9, -0.9, f64::NAN, f64::NAN]),
        ]),
        "cluster_selection" => declared::<cluster_selection::Row>(vec![
            counts(&[2, 3, 4]),
            words(&["chosen", "runner-up", ""]),
            numbers(&[90.0, 60.0, 50.0]),
            counts(&[0, 1, 0]),
            numbers(&[0.41, 0.3, 0.2]),
            numbers(&[f64::NAN; 3]),
            numbers(&[f64::NAN; 3]),
            numbers(&[f64::NAN; 3]),
            numbers(&[0.95, 0.7, 0.4]),
            numbers(&[f64::NAN; 3]),
            numbers(&[f64::NAN; 3]),
            counts(&[1; 3]),
            counts(&[1; 3]),
            counts(&[1; 3]),
            counts(&[1; 3]),
        ]),
        "cluster_alternatives" => declared::<cluster_alternatives::Row>(vec![
            words(&["k-means", "density"]),
            counts(&[2, 2]),
            numbers(&[0.41, 0.5]),
            numbers(&[0.95, 0.9]),
            numbers(&[1.0, 0.8]),
            numbers(&[f64::NAN; 2]),
            numbers(&[0.0, 0.25]),
            words(&["3, 3", "3, 2"]),
        ]),
        _ => return None,
    })
}

/// The columns of a declared table, in order.
fn declared<R: Row>(columns: Vec<Column>) -> Columns {
    assert_eq!(columns.len(), R::COLUMNS.len());
    R::COLUMNS.iter().map(|column| column.stored).zip(columns).collect()
}

/// The columns of rows of a declared table.
pub(crate) fn columns_of<R: Row>(rows: &[R]) -> Columns {
    let values: Vec<Vec<Value<'_>>> = rows.iter().map(Row::values).collect();
    let column = |at: usize| {
        let cells = || values.iter().map(|row| &row[at]);
        if cells().any(|cell| matches!(cell, Value::Text(_))) {
            let texts = cells().map(|cell| if let Value::Text(text) = cell { text.as_ref() } else { "" });
            return text(texts);
        }
        if cells().any(|cell| matches!(cell, Value::Number(_))) {
            let number = |cell: &Value<'_>| if let Value::Number(number) = cell { *number } else { f64::NAN };
            return Column::Numbers(cells().map(number).collect());
        }
        let integer = |cell: &Value<'_>| if let Value::Integer(number) = cell { *number } else { NO_INTEGER };
        Column::Integers(cells().map(integer).collect())
    };
    declared::<R>((0..R::COLUMNS.len()).map(column).collect())
}

/// Rows and columns of a table.
pub(crate) fn shape(columns: &Columns) -> TableShape {
    let kind = |column: &Column| match column {
        Column::Integers(_) => ColumnKind::Integers,
        Column::Numbers(_) => ColumnKind::Numbers,
        Column::Text(_) => ColumnKind::Text,
        Column::Days(_) => ColumnKind::Days,
    };
    TableShape {
        rows: columns.first().map_or(0, |(_, column)| column.len()),
        columns: columns.iter().map(|(name, column)| ((*name).to_owned(), kind(column))).collect(),
    }
}

/// 30 June 2024, the analysis date.
const AS_OF: i32 = NEW_YEAR + 181;

/// The segment of every customer who had bought by a day: by the number of orders, so that it can be worked
/// out by hand.
pub(crate) fn past(day: i32, only: &[&str]) -> PastScores {
    let known: Vec<(&str, usize, i64)> = CUSTOMERS
        .iter()
        .filter(|customer| only.is_empty() || only.contains(&customer.0))
        .filter_map(|customer| {
            let lines: Vec<&Line> =
                LINES.iter().filter(|line| line.0 == customer.0 && NEW_YEAR + line.2 <= day).collect();
            let mut orders: Vec<&str> = lines.iter().filter(|line| line.5 >= 0).map(|line| line.1).collect();
            orders.dedup();
            (!orders.is_empty())
                .then(|| (customer.0, orders.len(), lines.iter().map(|line| line.5).sum::<i64>()))
        })
        .collect();
    PastScores {
        customer_id: text(known.iter().map(|of| of.0)),
        segment: match text(known.iter().map(|of| if of.1 > 1 { "Loyal" } else { "New" })) {
            Column::Text(text) => text,
            _ => TextColumn::default(),
        },
        rfm_score: known.iter().map(|of| if of.1 > 1 { 12 } else { 7 }).collect(),
        spend_minor: known.iter().map(|of| of.2).collect(),
    }
}

/// 90% on the day of an order, less with every week without one, to ten days after the analysis date.
pub(crate) fn alive(purchase_days: &[i32]) -> Option<AliveOverTime> {
    let first = purchase_days.iter().copied().min()?;
    let days: Vec<i32> = (first..=AS_OF + 10).collect();
    let chance = |day: &i32| {
        let last = purchase_days.iter().filter(|bought| *bought <= day).max().copied().unwrap_or(*day);
        0.9 * 0.95_f64.powi((day - last) / 7)
    };
    Some(AliveOverTime { model: "BG/NBD".to_owned(), p_alive: days.iter().map(chance).collect(), days })
}
