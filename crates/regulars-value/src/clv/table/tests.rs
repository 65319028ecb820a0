//! Headers of tables, and invalid rows.

use super::*;

fn check(text: &str, expected: &str) {
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = folder.path().join("customers.csv");
    fs_err::write(&path, text).expect("writable");
    let message = read(&path, false, &[]).expect_err(text).message;
    assert!(message.contains(expected), "{message} should contain {expected}");
}

fn table(text: &str, allow_bad_rows: bool) -> Option<CustomerTable> {
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = folder.path().join("customers.csv");
    fs_err::write(&path, text).expect("writable");
    read(&path, allow_bad_rows, &[]).expect(text)
}

#[test]
fn bad_rows_are_named_with_line_column_and_value() {
    for (rows, expected) in [
        ("1,1,2,-5,3", "line 2: column `T`: `-5`, expected 0 or more"),
        ("1,1,2,NaN,3", "line 2: column `T`: `NaN`, expected a number"),
        ("1,1,2,,3", "line 2: column `T`: the value is missing, expected a number"),
        ("9,0,0,4,\n1,1,12,10,3", "line 3: column `t_x`: `12`, expected at most `T` of the row, 10"),
        ("1,0,3,10,3", "column `t_x`: `3`, expected 0, because `x` is 0"),
        ("1,2,0,10,3", "column `t_x`: `0`, expected more than 0"),
        ("1,1.5,3,10,3", "column `x`: `1.5`, expected a whole number"),
        ("1,1,3,10,inf", "column `m`: `inf`, expected a number"),
        ("1,-1,3,10,3\n2,1,3,-9,4", "2 rows are not valid purchase histories (first: line 2"),
    ] {
        check(&format!("customer_id,x,t_x,T,m\n{rows}\n"), expected);
    }
    check("x,t_x,n\n3,2,6\n", "column `x`: `3`, expected at most `t_x` of the row, 2");
    check("x,t_x_weeks,T_days\n1,1,10\n", "customers.csv` is in weeks, `T_days` in days");
    check("x,t_x,T\n", "has no rows below its header");
    check(
        "x,t_x,n,customers\n1,2,6,5\n0,0,6,-10\n",
        "line 3: column `customers`: `-10`, expected a whole number",
    );
    check("x,t_x,n,customers\n0,0,6,10.5\n", "line 2: column `customers`: `10.5`, expected a whole number");
    check("x,t_x,T,customers\n0,0,10,-3\n", "line 2: column `customers`: `-3`, expected a whole number");
    check("x,t_x,n\n0,0,100000\n", "line 2: column `n`: `100000`, expected at most 10000 occasions");
}

#[test]
fn a_table_is_told_by_its_header() {
    let found = table(
        "customer_id;frequency;recency_weeks;T_weeks;mean_repeat_amount\n7;2;3.5;9;4.25\nA;0;0;9;\n",
        false,
    );
    let found = found.expect("a table");
    assert_eq!((found.unit, found.occasions), (Some(TimeUnit::Weeks), false));
    assert_eq!((found.x, found.t), (vec![2.0, 0.0], vec![9.0, 9.0]));
    assert!(found.id.is_some_and(|ids| ids.as_string_opt::<i32>().is_some()));
    let donors = table("frequency,recency,n_periods,n_customers\n0,0,6,3464\n", false).expect("a table");
    assert!(donors.occasions && donors.count == Some(vec![3464.0]));
    assert!(table("customer_id,date,amount\n1,2024-01-01,5\n", false).is_none());
    let kept = table("customer_id,x,t_x,T\n5,1,3,2\n6,1,1,2\n", true).expect("a table");
    assert_eq!((kept.x.len(), kept.excluded.map(|(rows, _)| rows)), (1, Some(1)));
    assert!(kept.id.is_some_and(|ids| ids.as_primitive_opt::<arrow::datatypes::Int64Type>().is_some()));
}

#[test]
fn odd_tables_are_remarked_on() {
    let found =
        table("customer_id,x,t_x,T,T_weeks\n5,1,3,9,2\n5,2,3,9,2\n6,0,0,9,2\n", false).expect("a table");
    let notes = found.notes("f");
    assert_eq!(notes[0], "f: column `T_weeks` is ignored, `T` is used");
    assert!(notes[1].contains("1 row has the customer of an earlier row (first: 5)"), "{notes:?}");
    let found = table("x,t_x,T\n1,3,2\n1,1,2\n", true).expect("a table");
    assert!(found.notes("f")[0].starts_with("f: 1 row excluded (first: line 2"));
}

#[test]
fn a_header_may_hold_its_delimiter_in_quotes() {
    let found = table("\"na,me; \"\"x\"\"\",customer_id,x,t_x,T\n\"a,b\",7,1,3,9\n", false).expect("a table");
    assert_eq!((found.x, found.t), (vec![1.0], vec![9.0]));
}

#[test]
fn times_are_converted_with_their_logarithms() {
    let mut found = table("x,t_x,T,litt\n2,3,9,0.5\n", false).expect("a table");
    assert_eq!(found.convert(7.0), [vec![3.0], vec![9.0]]);
    assert_eq!((found.t_x, found.t), (vec![21.0], vec![63.0]));
    assert!((found.log_intervals.expect("there")[0] - (0.5 + 2.0 * 7_f64.ln())).abs() < 1e-12);
}
