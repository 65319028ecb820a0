//! Histories of small shops: by hand, and by sorting and counting.

use std::sync::Arc;

use arrow::array::{BooleanArray, Int64Array, TimestampMicrosecondArray};
use proptest::prelude::*;
use regulars_core::dates::DAY_MICROS;

use super::*;
use crate::histories::{Columns, period};

/// Customer, day, amount in minor units; a negative amount is a refund.
type Row = (i64, i64, i64);

fn rules(days: Days) -> PurchaseRules {
    PurchaseRules {
        cutoff_micros: end_of_day_micros(days.as_of),
        orders_are_rows: true,
        negative_rows_are_purchases: false,
    }
}

fn customers(days: Days, cuts: &[Days], grain: Grain) -> Customers {
    let mut customers = Customers::new(days, cuts, &rules(days), grain);
    customers.folds[0].purchases = Some(PurchaseDays::default());
    customers
}

fn base_of(customers: Customers) -> Base {
    merged(vec![customers]).expect("ids of one type").0
}

fn fold(rows: &[Row], days: Days, grain: Grain, batch: usize) -> Base {
    let mut customers = customers(days, &[], grain);
    for rows in rows.chunks(batch) {
        let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.iter().map(|r| r.0)));
        // Late in the day: days are calendar days of local time.
        let at: Vec<i64> = rows.iter().map(|r| (r.1 + 1) * DAY_MICROS - 1).collect();
        let amounts: Vec<i64> = rows.iter().map(|r| r.2).collect();
        let is_purchase = BooleanArray::from(amounts.iter().map(|a| *a >= 0).collect::<Vec<bool>>());
        customers.rows(&PurchaseRows {
            customer_id: &ids,
            order: None,
            at_micros: &at,
            amount_minor: &amounts,
            is_purchase: &is_purchase,
            returned_at: None,
        });
    }
    base_of(customers)
}

const ROWS: [Row; 15] = [
    (1, 0, 500),
    (1, 0, 100),
    (1, 10, 300),
    (1, 12, -50),
    (1, 25, 400),
    (2, 3, 700),
    (3, 28, 900),
    (3, 30, 50),
    (4, 2, -10),
    (5, -4, 100),
    (5, 3, 200),
    (5, 20, 200),
    (5, 20, 50),
    (5, 21, 10),
    (5, 29, -60),
];

const DAYS: Days = Days { first: -4, as_of: 30, calibration_end: Some(20) };

fn sums_to(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{found:?}");
    assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?} {expected:?}");
}

#[test]
fn days_are_merged_refunds_taken_back_and_the_future_unknown() {
    for batch in [1, 2, 3, 5, 100] {
        let base = fold(&ROWS, DAYS, Grain::Day, batch);
        // Customer 4 never bought.
        assert_eq!(base.customer_id.as_primitive::<Int64Type>().values().to_vec(), [1, 2, 3, 5]);
        sums_to(&base.now.x, &[2.0, 0.0, 1.0, 3.0]);
        sums_to(&base.now.t_x, &[25.0, 0.0, 2.0, 25.0]);
        sums_to(&base.now.t, &[30.0, 27.0, 2.0, 34.0]);
        sums_to(&base.now.log_intervals, &[150_f64.ln(), 0.0, 2_f64.ln(), (7.0 * 17.0_f64).ln()]);
        assert_eq!(base.now.repeat_minor, [650, 0, 50, 400]);
        assert_eq!(base.now.total_minor, [1250, 700, 950, 500]);
        sums_to(&base.now.mean_spend(100.0), &[3.25, 0.0, 0.5, 4.0 / 3.0]);
        let kept = base.calibration.expect("split");
        assert_eq!(kept.rows, [Some(0), Some(1), Some(3)]);
        sums_to(&kept.then.x, &[1.0, 0.0, 2.0]);
        sums_to(&kept.then.t_x, &[10.0, 0.0, 24.0]);
        sums_to(&kept.then.t, &[20.0, 17.0, 24.0]);
        assert_eq!(kept.then.repeat_minor, [250, 0, 450]);
        sums_to(&kept.purchases, &[1.0, 0.0, 1.0]);
        assert_eq!(kept.spend_minor, [400, 0, -50]);
        sums_to(&kept.purchases_before, &[0.0, 0.0, 1.0]);
        assert_eq!(kept.spend_before_minor, [-50, 0, 250]);
        let weeks: Vec<(i64, u64)> =
            kept.weeks.iter().map(|w| (w.ends_after_days, w.repeat_purchases)).collect();
        assert_eq!(weeks, [(-21, 0), (-14, 1), (-7, 1), (0, 1), (7, 2), (10, 0)]);
    }
}

#[test]
fn who_sent_everything_back_later_was_a_customer_then() {
    let mut customers = customers(DAYS, &[], Grain::Day);
    let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 1, 9]));
    let orders: ArrayRef = Arc::new(Int64Array::from(vec![4, 5, 6]));
    let at: Vec<i64> = [5, 7, 6].iter().map(|day| (day + 1) * DAY_MICROS - 1).collect();
    let returned = TimestampMicrosecondArray::from(vec![None, None, Some(25 * DAY_MICROS)]);
    customers.rows(&PurchaseRows {
        customer_id: &ids,
        order: Some(&orders),
        at_micros: &at,
        amount_minor: &[100, 200, 300],
        is_purchase: &BooleanArray::from(vec![true; 3]),
        returned_at: Some(&returned),
    });
    let base = base_of(customers);
    assert_eq!(base.customer_id.as_primitive::<Int64Type>().values().to_vec(), [1]);
    let kept = base.calibration.as_ref().expect("split");
    assert_eq!(kept.rows, [Some(0), None]);
    assert_eq!(kept.then.total_minor, [300, 300]);
    assert_eq!(kept.spend_minor, [0, 0]);
    let present = base.present().expect("rows").calibration.expect("split");
    assert_eq!((present.rows, present.then.total_minor), (vec![Some(0)], vec![300]));
}

#[test]
fn some_customers_alone_are_what_they_are_among_all() {
    let base = fold(&ROWS, DAYS, Grain::Day, 100);
    let days = base.purchases.as_ref().expect("asked for");
    for (row, x) in base.now.x.iter().enumerate() {
        let mut of: Vec<i32> = (0..days.day.len())
            .filter(|at| days.customer[*at] == row as u32)
            .map(|at| days.day[at])
            .collect();
        of.dedup();
        assert!((of.len() as f64 - 1.0 - x).abs() < 1e-9, "customer {row}: {of:?}");
    }
    // Without customers 1 and 3.
    let some = base.only(&[false, true, false, true]).expect("rows");
    let alone: Vec<Row> = ROWS.iter().copied().filter(|row| row.0 == 2 || row.0 == 5).collect();
    let alone = fold(&alone, DAYS, Grain::Day, 100);
    assert_eq!(some.customer_id.as_ref(), alone.customer_id.as_ref());
    assert_eq!(format!("{:?}", some.now), format!("{:?}", alone.now));
    assert_eq!(format!("{:?}", some.purchases), format!("{:?}", alone.purchases));
    let (some, alone) = (some.calibration.expect("split"), alone.calibration.expect("split"));
    assert_eq!(some.rows, alone.rows);
    assert_eq!(format!("{:?}", some.then), format!("{:?}", alone.then));
    assert_eq!((some.purchases, some.spend_minor), (alone.purchases, alone.spend_minor));
}

#[test]
fn weeks_begin_on_monday() {
    // Day 4 is Monday 1970-01-05.
    let rows = [(1, 3, 100), (1, 4, 100), (1, 10, 100), (1, 11, 100)];
    let base = fold(&rows, Days { first: 3, as_of: 20, calibration_end: None }, Grain::Week, 100);
    sums_to(&base.now.x, &[2.0]);
    sums_to(&base.now.t_x, &[14.0]);
    sums_to(&base.now.t, &[21.0]);
    assert!(base.calibration.is_none());
}

/// A row with everything that the engine may say about it.
#[derive(Debug, Clone, Copy)]
struct Line {
    customer: i64,
    day: i64,
    minor: i64,
    is_purchase: bool,
    /// Returned after the calibration period.
    is_returned: bool,
    /// Day and amount of later lines of the same order.
    late: Option<(i64, i64)>,
}

/// Rows as the engine has them: the lines of an order are its parts.
fn add_lines(customers: &mut Customers, lines: &[Line], batch: usize) {
    let at = |day: i64| day * DAY_MICROS + DAY_MICROS / 2;
    let parts = lines.iter().enumerate().flat_map(|(order, line)| {
        let late = line.late.map(|(day, minor)| Line { day, minor, ..*line });
        std::iter::once(*line).chain(late).map(move |part| (order as i64, part))
    });
    let parts: Vec<(i64, Line)> = parts.collect();
    for parts in parts.chunks(batch) {
        let number = |of: &dyn Fn(&(i64, Line)) -> i64| -> ArrayRef {
            Arc::new(Int64Array::from_iter_values(parts.iter().map(of)))
        };
        let times: Vec<i64> = parts.iter().map(|(_, line)| at(line.day)).collect();
        let amounts: Vec<i64> = parts.iter().map(|(_, line)| line.minor).collect();
        let returned: TimestampMicrosecondArray =
            parts.iter().map(|(_, line)| line.is_returned.then_some(at(DAYS.as_of))).collect();
        customers.rows(&PurchaseRows {
            customer_id: &number(&|(_, line)| line.customer),
            order: Some(&number(&|(order, _)| *order)),
            at_micros: &times,
            amount_minor: &amounts,
            is_purchase: &parts.iter().map(|(_, line)| Some(line.is_purchase)).collect(),
            returned_at: Some(&returned),
        });
    }
}

fn fold_lines(lines: &[Line], grain: Grain, batch: usize) -> Base {
    let mut customers = customers(DAYS, &[], grain);
    add_lines(&mut customers, lines, batch);
    base_of(customers)
}

/// A history by its definition.
#[derive(Debug, Default, PartialEq)]
struct Plain {
    x: i64,
    t_x: i64,
    t: i64,
    repeat_minor: i64,
    total_minor: i64,
    gaps: Vec<i64>,
}

/// Days since the last Monday are taken off; day 4, 1970-01-05, was one.
fn monday_or_day(day: i64, grain: Grain) -> i64 {
    if grain == Grain::Day { day } else { (day - 4).div_euclid(7) * 7 + 4 }
}

/// The history of one customer's money (day, amount, whether a purchase) at the end of a day.
fn plain(money: &[(i64, i64, bool)], grain: Grain, end: i64) -> Option<Plain> {
    let first = money.iter().position(|(_, _, is_purchase)| *is_purchase)?;
    let money = &money[first..];
    let mut periods: Vec<i64> =
        money.iter().filter(|one| one.2).map(|one| monday_or_day(one.0, grain)).collect();
    periods.sort_unstable();
    periods.dedup();
    let is_repeat = |one: &(i64, i64, bool)| one.2 && monday_or_day(one.0, grain) != periods[0];
    let of_first = money.iter().position(is_repeat).unwrap_or(money.len());
    let sum = |money: &[(i64, i64, bool)]| money.iter().map(|one| one.1).sum::<i64>();
    Some(Plain {
        x: periods.len() as i64 - 1,
        t_x: periods[periods.len() - 1] - periods[0],
        t: monday_or_day(end, grain) - periods[0],
        repeat_minor: sum(&money[of_first..]),
        total_minor: sum(money),
        gaps: periods.windows(2).map(|pair| pair[1] - pair[0]).collect(),
    })
}

fn found_in(columns: &Columns, row: usize, gaps: &[i64]) -> Plain {
    let log: f64 = gaps.iter().map(|gap| (*gap as f64).ln()).sum();
    assert!((columns.log_intervals[row] - log).abs() < 1e-9, "{gaps:?} {}", columns.log_intervals[row]);
    Plain {
        x: columns.x[row] as i64,
        t_x: columns.t_x[row] as i64,
        t: columns.t[row] as i64,
        repeat_minor: columns.repeat_minor[row],
        total_minor: columns.total_minor[row],
        gaps: gaps.to_vec(),
    }
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let line = (0_i64..6, -4_i64..=30, -300_i64..1000, 0..10_u8, 1_i64..=10, 0..10_u8);
    prop::collection::vec(line, 0..60).prop_map(|rows| {
        let end = DAYS.calibration_end.expect("set");
        let mut lines: Vec<Line> = rows
            .into_iter()
            .map(|(customer, day, minor, kind, late, more)| {
                let is_purchase = kind < 8;
                let is_returned = is_purchase && kind >= 6 && day <= end;
                let has_late = is_purchase && !is_returned && day <= end && more < 2;
                let late = has_late.then_some((end + late, minor / 2 + 1));
                Line { customer, day, minor, is_purchase, is_returned, late }
            })
            .collect();
        lines.sort_by_key(|line| (line.customer, line.day, !line.is_purchase));
        lines
    })
}

/// What is left of a customer's money today: later lines come last.
fn kept_of(lines: &[&Line]) -> Vec<(i64, i64, bool)> {
    let left = lines.iter().filter(|line| !line.is_returned);
    let late = left.clone().filter_map(|line| line.late.map(|(day, minor)| (day, minor, false)));
    left.clone().map(|line| (line.day, line.minor, line.is_purchase)).chain(late).collect()
}

/// Any cuts within the days of [`DAYS`].
fn cuts() -> impl Strategy<Value = Vec<Days>> {
    let cut = (-4_i64..=30, -4_i64..=30).prop_map(|(one, other)| Days {
        first: DAYS.first,
        as_of: one.max(other),
        calibration_end: Some(one.min(other)),
    });
    prop::collection::vec(cut, 0..5)
}

proptest! {
    #[test]
    fn any_number_of_folds_and_cuts_give_what_each_gives_alone(
        lines in lines(), cuts in cuts(), folds in 1_i64..4, batch in 1_usize..20, by_week in any::<bool>(),
    ) {
        let grain = if by_week { Grain::Week } else { Grain::Day };
        let in_parts = |cuts: &[Days], folds: i64| {
            // Folds get customers in no particular sequence.
            let parts = (0..folds).rev().map(|part| {
                let own: Vec<Line> = lines.iter().copied().filter(|line| line.customer % folds == part).collect();
                let mut customers = customers(DAYS, cuts, grain);
                add_lines(&mut customers, &own, batch);
                customers
            });
            merged(parts.collect()).expect("ids of one type")
        };
        let (base, calibrations) = in_parts(&cuts, folds);
        prop_assert_eq!(format!("{base:?}"), format!("{:?}", in_parts(&[], 1).0));
        for (cut, found) in cuts.iter().zip(&calibrations) {
            let alone = &in_parts(&[*cut], 1).1[0];
            prop_assert_eq!(format!("{found:?}"), format!("{alone:?}"));
        }
        // A look like that of the run, as a cut of a later run.
        let later = Days { as_of: 60, calibration_end: None, ..DAYS };
        let mut customers = customers(later, &[DAYS], grain);
        add_lines(&mut customers, &lines, batch);
        let again = merged(vec![customers]).expect("ids of one type").1;
        let first = base.calibration.as_ref().expect("split");
        prop_assert_eq!(format!("{:?}", again[0]), format!("{first:?}"));
    }

    #[test]
    fn the_fold_is_what_sorting_and_counting_give(
        lines in lines(), batch in 1_usize..20, by_week in any::<bool>(),
    ) {
        let grain = if by_week { Grain::Week } else { Grain::Day };
        let end = DAYS.calibration_end.expect("set");
        let base = fold_lines(&lines, grain, batch);
        let kept = base.calibration.as_ref().expect("split");
        let listed = base.purchases.as_ref().expect("asked for");
        let (mut now_rows, mut then_rows, mut repeats, mut purchases) = (0, 0, Vec::new(), 0);
        for customer in 0..6 {
            let own: Vec<&Line> = lines.iter().filter(|line| line.customer == customer).collect();
            let money = kept_of(&own);
            let now = plain(&money, grain, DAYS.as_of);
            let row = now.as_ref().map(|_| now_rows as u32);
            if let Some(now) = &now {
                let ids = base.customer_id.as_primitive::<Int64Type>();
                prop_assert_eq!(ids.value(now_rows), customer);
                prop_assert_eq!(&found_in(&base.now, now_rows, &now.gaps), now);
                let bought: Vec<i32> =
                    money.iter().filter(|m| m.2).map(|m| monday_or_day(m.0, grain) as i32).collect();
                purchases += bought.len();
                let of_row = (0..listed.day.len()).filter(|at| listed.customer[*at] == now_rows as u32);
                prop_assert_eq!(of_row.map(|at| listed.day[at]).collect::<Vec<_>>(), bought);
                now_rows += 1;
            }
            // At the end of the calibration period nothing had been returned, and no line was late.
            let known: Vec<(i64, i64, bool)> =
                own.iter().filter(|l| l.day <= end).map(|l| (l.day, l.minor, l.is_purchase)).collect();
            let Some(then) = plain(&known, grain, end) else { continue };
            prop_assert_eq!(kept.rows[then_rows], row);
            prop_assert_eq!(&found_in(&kept.then, then_rows, &then.gaps), &then);
            // Money counts from the first purchase that was kept.
            let begun = money.iter().position(|one| one.2).unwrap_or(money.len());
            let after: Vec<&(i64, i64, bool)> = money[begun..].iter().filter(|one| one.0 > end).collect();
            let mut days: Vec<i64> =
                after.iter().filter(|one| one.2).map(|one| monday_or_day(one.0, grain)).collect();
            days.dedup();
            prop_assert_eq!(kept.purchases[then_rows] as usize, days.len());
            prop_assert_eq!(kept.spend_minor[then_rows], after.iter().map(|one| one.1).sum::<i64>());
            then_rows += 1;
            let first_day = money[begun..].first().map(|one| one.0);
            if first_day.is_some_and(|day| day <= end) {
                let mut seen = Vec::new();
                for one in money[begun..].iter().filter(|one| one.2) {
                    let at = monday_or_day(one.0, grain);
                    if !seen.contains(&at) {
                        seen.push(at);
                        repeats.extend((seen.len() > 1).then_some(one.0 - end));
                    }
                }
            }
        }
        prop_assert_eq!((base.now.x.len(), kept.rows.len()), (now_rows, then_rows));
        prop_assert_eq!(listed.day.len(), purchases);
        // Every repeat purchase is in the first week that ends on its day or later.
        let ends: Vec<i64> = kept.weeks.iter().map(|week| week.ends_after_days).collect();
        let mut expected = vec![0; ends.len()];
        for day in repeats {
            expected[ends.iter().position(|end| day <= *end).expect("the last day is in a week")] += 1;
        }
        let found: Vec<u64> = kept.weeks.iter().map(|week| week.repeat_purchases).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn a_period_is_the_monday_on_or_before_its_day(day in -100_000_i64..100_000) {
        prop_assert_eq!(period(day, Grain::Week), monday_or_day(day, Grain::Week));
        prop_assert_eq!(period(day, Grain::Day), day);
    }

    #[test]
    fn purchases_before_the_split_are_those_of_a_window_of_its_length(
        lines in lines(), by_week in any::<bool>(),
    ) {
        let grain = if by_week { Grain::Week } else { Grain::Day };
        let end = DAYS.calibration_end.expect("set");
        // Also those that were returned later: that was not known at the split.
        let lines: Vec<Line> = lines.into_iter().map(|line| Line { late: None, ..line }).collect();
        let base = fold_lines(&lines, grain, 7);
        let kept = base.calibration.as_ref().expect("split");
        let mut at = 0;
        for customer in 0..6 {
            let own: Vec<&Line> = lines.iter().filter(|line| line.customer == customer).collect();
            let Some(begun) = own.iter().position(|line| line.is_purchase) else { continue };
            if own[begun].day > end {
                continue;
            }
            let window = end - (DAYS.as_of - end) + 1..=end;
            let inside: Vec<&&Line> = own[begun..].iter().filter(|l| window.contains(&l.day)).collect();
            let mut days: Vec<i64> =
                inside.iter().filter(|l| l.is_purchase).map(|l| monday_or_day(l.day, grain)).collect();
            days.dedup();
            prop_assert_eq!(kept.purchases_before[at] as usize, days.len());
            prop_assert_eq!(kept.spend_before_minor[at], inside.iter().map(|l| l.minor).sum::<i64>());
            at += 1;
        }
        prop_assert_eq!(kept.rows.len(), at);
    }
}

#[test]
fn later_lines_of_an_order_are_money_of_the_holdout_and_no_purchase() {
    let line =
        |day, minor, late| Line { customer: 1, day, minor, is_purchase: true, is_returned: false, late };
    let base = fold_lines(&[line(2, 100, None), line(18, 200, Some((22, 70)))], Grain::Day, 9);
    assert_eq!((base.now.total_minor, base.now.repeat_minor), (vec![370], vec![270]));
    sums_to(&base.now.x, &[1.0]);
    sums_to(&base.now.t_x, &[16.0]);
    let kept = base.calibration.expect("split");
    assert_eq!((kept.then.total_minor, kept.spend_minor), (vec![300], vec![70]));
    sums_to(&kept.purchases, &[0.0]);
}

#[test]
fn a_shop_without_rows_has_no_customer() {
    let base = base_of(customers(DAYS, &[], Grain::Day));
    assert_eq!((base.customer_id.len(), base.now.x.len()), (0, 0));
    let kept = base.calibration.expect("split");
    assert_eq!((kept.rows.len(), kept.then.x.len()), (0, 0));
    // Day -4 is 24 days before the end: four weeks up to it; the last ten days are a week and three days.
    let ends: Vec<i64> = kept.weeks.iter().map(|week| week.ends_after_days).collect();
    assert_eq!(ends, [-21, -14, -7, 0, 7, 10]);
}

#[test]
fn more_customers_than_fit_at_once_keep_their_order() {
    let customers = 2 * IDS_AT_ONCE as i64 + 3;
    let rows: Vec<Row> = (0..customers).map(|customer| (customer, customer % 20, customer)).collect();
    let base = fold(&rows, DAYS, Grain::Day, 1000);
    let ids = base.customer_id.as_primitive::<Int64Type>().values().to_vec();
    assert_eq!(ids, (0..customers).collect::<Vec<i64>>());
    assert_eq!(base.now.total_minor, ids);
}

#[test]
fn text_ids_are_told_apart_like_numbers() {
    let ids: ArrayRef = Arc::new(arrow::array::StringArray::from(vec!["a", "a", "ab", "b", "b"]));
    let at: Vec<i64> = [1, 2, 2, 2, 5].iter().map(|day| day * DAY_MICROS).collect();
    let mut customers = customers(DAYS, &[], Grain::Day);
    for cut in [0..3, 3..4, 4..5] {
        let ids = ids.slice(cut.start, cut.len());
        customers.rows(&PurchaseRows {
            customer_id: &ids,
            order: None,
            at_micros: &at[cut.clone()],
            amount_minor: &[1, 2, 4, 8, 16][cut.clone()],
            is_purchase: &BooleanArray::from(vec![true; cut.len()]),
            returned_at: None,
        });
    }
    let base = base_of(customers);
    let names: Vec<&str> = base.customer_id.as_string::<i32>().iter().flatten().collect();
    assert_eq!((names, base.now.total_minor), (vec!["a", "ab", "b"], vec![3, 4, 24]));
}
