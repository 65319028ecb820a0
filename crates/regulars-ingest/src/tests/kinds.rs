//! More kinds of exports that were once misread: the correct value, or a question.

use std::fmt::Write as _;

use regulars_core::validation::Severity;

use super::shop::Shop;
use crate::{Error, Ingested, Kind};

/// Gross revenue, net revenue and number of orders sold.
fn read(name: &str, text: &str) -> Result<(i64, i64, u64), Error> {
    let shop = Shop::new();
    let file = shop.write(name, text);
    let found: Ingested = shop.read(&[file])?;
    let money = found.report.money;
    Ok((money.gross_minor, money.net_minor, money.gross_orders))
}

/// 30 orders with one to three lines: number, customer, day, and line amounts in cents.
fn orders() -> Vec<(u32, u32, u32, Vec<i64>)> {
    let lines = |i: u32| (0..=i % 3).map(|line| 1_005 + i64::from(i * 131 + line * 977)).collect();
    (0..30).map(|i| (50_001 + i, 1_001 + i % 11, 1 + i % 28, lines(i))).collect()
}

fn money(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

fn total() -> i64 {
    orders().iter().flat_map(|(.., lines)| lines).sum()
}

#[test]
fn a_row_that_adds_up_its_order_counts_once() {
    let mut text = "Satzart,Auftrag,Datum,Kundennummer,Artikel,Betrag\n".to_owned();
    for (order, customer, day, lines) in orders() {
        let sum: i64 = lines.iter().sum();
        writeln!(text, "Kopf,{order},2024-03-{day:02},{customer},,{}", money(sum)).expect("in memory");
        for (at, line) in lines.iter().enumerate() {
            writeln!(text, "Position,{order},2024-03-{day:02},{customer},S{at},{}", money(*line))
                .expect("in memory");
        }
    }
    assert_eq!(read("orders.csv", &text).expect("reads"), (total(), total(), 30));
}

#[test]
fn lines_beside_several_shipments_count_once() {
    let mut text = "order_id,customer_id,order_date,sku,quantity,unit_price,shipment_id\n".to_owned();
    for (order, customer, day, lines) in orders() {
        for (at, line) in lines.iter().enumerate() {
            for shipment in 0..=order % 2 {
                let price = money(*line);
                writeln!(text, "{order},{customer},2024-03-{day:02},S{at},1,{price},P{order}{shipment}")
                    .expect("in memory");
            }
        }
    }
    assert_eq!(read("orders.csv", &text).expect("reads"), (total(), total(), 30));
}

#[test]
fn interfaces_of_payment_providers_give_cents() {
    let (mut stripe, mut square) = (Vec::new(), Vec::new());
    for (order, customer, day, lines) in orders() {
        let amount: i64 = lines.iter().sum();
        stripe.push(format!(
            r#"{{"id": "ch_{order}", "amount": {amount}, "currency": "usd", "customer": "cus_{customer}", "created": "2024-03-{day:02}T10:00:00Z", "status": "succeeded"}}"#
        ));
        square.push(format!(
            r#"{{"id": "o{order}", "created_at": "2024-03-{day:02}T10:00:00Z", "customer_id": "C{customer}", "state": "COMPLETED", "total_money": {{"amount": {amount}, "currency": "USD"}}}}"#
        ));
    }
    for (name, list) in [("stripe.json", stripe), ("square.json", square)] {
        let text = format!(r#"{{"data": [{}]}}"#, list.join(", "));
        assert_eq!(read(name, &text).expect("reads"), (total(), total(), 30), "{name}");
    }
}

#[test]
fn a_list_of_customers_is_no_list_of_orders() {
    let mut text = "Customer ID,Email,Created At,Total Spent,Total Orders\n".to_owned();
    for i in 0..30 {
        writeln!(text, "{i},c{i}@example.com,2024-03-01,{}.50,{}", 20 + i, 1 + i % 4).expect("in memory");
    }
    assert_eq!(read("customers.csv", &text).expect_err("no orders").kind, Kind::Unreadable);
}

#[test]
fn a_shared_sign_beside_a_single_one_is_asked_about() {
    let mut text = "order_id,customer_id,date,total\n".to_owned();
    for i in 0..6_000 {
        let sign = if i < 5_500 { "$" } else { "MX$" };
        writeln!(text, "{i},c{},2024-03-{:02},{sign}{}.50", i % 400, 1 + i % 28, 10 + i % 90)
            .expect("in memory");
    }
    let error = read("orders.csv", &text).expect_err("two currencies");
    assert_eq!(error.kind, Kind::Ambiguous);
    assert!(error.question.is_some_and(|question| question.readings.len() > 1));
}

#[test]
fn refunds_in_a_log_of_events_go_back() {
    let mut text = "event,order_id,user_id,timestamp,revenue\n".to_owned();
    for (order, customer, day, lines) in orders() {
        let amount = money(lines.iter().sum());
        writeln!(text, "Product Viewed,,{customer},2024-03-{day:02}T09:00:00Z,").expect("in memory");
        writeln!(text, "Order Completed,{order},{customer},2024-03-{day:02}T10:00:00Z,{amount}")
            .expect("in memory");
    }
    writeln!(text, "Order Refunded,50001,1001,2024-03-29T10:00:00Z,10.05").expect("in memory");
    assert_eq!(read("events.csv", &text).expect("reads"), (total(), total() - 1_005, 30));
}

#[test]
fn the_last_state_of_an_order_counts_on_the_day_of_the_first() {
    let mut text = "order_id,customer_id,status,changed_at,order_total\n".to_owned();
    for (order, customer, day, lines) in orders() {
        let last = if order % 5 == 0 { "cancelled" } else { "delivered" };
        for (at, state) in ["created", "paid", last].iter().enumerate() {
            let (day, amount) = (day + at as u32, money(lines.iter().sum()));
            writeln!(text, "{order},{customer},{state},2024-03-{day:02},{amount}").expect("in memory");
        }
    }
    let shop = Shop::new();
    let file = shop.write("orders.csv", &text);
    let found = shop.read(&[file]).expect("reads");
    let sold = orders().into_iter().filter(|(order, ..)| order % 5 != 0);
    assert_eq!(found.report.money.gross_minor, sold.flat_map(|(.., lines)| lines).sum::<i64>());
    let days = shop.rows("transactions", &["transaction_id", "transaction_date"]);
    assert_eq!((days.len(), days[0].as_str()), (24, "50001 2024-03-01T00:00:00"));
}

#[test]
fn a_discount_that_every_line_of_the_order_repeats_is_taken_off_once() {
    let mut text = "order_id,customer_id,order_date,sku,quantity,unit_price,order_discount\n".to_owned();
    let mut off = 0;
    for (order, customer, day, lines) in orders() {
        let discount = i64::from(order % 3) * 150;
        off += discount;
        for (at, line) in lines.iter().enumerate() {
            let (price, discount) = (money(*line), money(discount));
            writeln!(text, "{order},{customer},2024-03-{day:02},S{at},1,{price},{discount}")
                .expect("in memory");
        }
    }
    assert_eq!(read("orders.csv", &text).expect("reads"), (total() - off, total() - off, 30));
}

#[test]
fn addresses_of_the_shop_are_nobodys() {
    let mut text = "order_id,email,date,total\n".to_owned();
    for i in 0..60 {
        let who = if i % 4 == 0 { "noreply@shop.example".to_owned() } else { format!("c{}@x.org", i % 9) };
        writeln!(text, "{i},{who},2024-03-{:02},10.50", 1 + i % 28).expect("in memory");
    }
    assert_eq!(read("orders.csv", &text).expect("reads"), (45 * 1_050, 45 * 1_050, 45));
}

/// `fixtures/kinds`: made-up exports of many kinds, each with its truth and, if it leads to a question, the
/// answer.
#[test]
fn exports_of_many_kinds_are_read_right_or_asked_about() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/kinds");
    let truth = fs_err::read_to_string(format!("{folder}/truth.tsv")).expect("there");
    let (mut wrong, mut files) = (Vec::new(), 0);
    for line in truth.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [file, customers, orders, net_minor, answer, what] = cells[..] else { panic!("{line}") };
        files += 1;
        let path = format!("{folder}/{file}");
        let mut shop = Shop::new();
        if !answer.is_empty() {
            let asked = shop.read(std::slice::from_ref(&path)).err().and_then(|e| e.question);
            let readings = asked.map(|question| question.readings).unwrap_or_default();
            if !readings.iter().any(|reading| reading.setting == answer) {
                wrong.push(format!("{file}: `{answer}` is not among the readings"));
            }
            shop = Shop::new();
            shop.config = shop.config.with_setting(answer).expect("a setting");
        }
        let found = match shop.read(std::slice::from_ref(&path)) {
            Ok(found) => found,
            Err(error) => {
                wrong.push(format!("{file} ({what}): {error}"));
                continue;
            }
        };
        let money = found.report.money;
        let names = shop.rows("transactions", &["total_amount_minor", "customer_id"]);
        let bought = names.iter().filter(|row| !row.starts_with('-')).map(|row| row.split_once(' '));
        let bought: std::collections::BTreeSet<_> = bought.flatten().map(|(_, id)| id).collect();
        let read =
            [bought.len() as i64, (money.gross_orders - money.reversed_orders) as i64, money.net_minor];
        let expected = [customers, orders, net_minor].map(|n| n.parse::<i64>().expect("a number"));
        if read != expected {
            wrong.push(format!("{file} ({what}): {read:?}, not {expected:?}"));
        }
    }
    assert!(files > 100 && wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn codes_of_bookings_are_asked_about_with_the_truth_among_the_readings() {
    for (column, sale, back) in [("trans_cd", "S", "R"), ("dr_cr", "DR", "CR")] {
        let mut text = format!("trans_no,cust_no,trans_date,trans_amt,{column}\n");
        for (order, customer, day, lines) in orders() {
            writeln!(text, "{order},{customer},2024-03-{day:02},{},{sale}", money(lines.iter().sum()))
                .expect("in memory");
        }
        writeln!(text, "50101,1001,2024-03-29,3.00,{back}\n50102,1002,2024-03-30,4.00,{back}")
            .expect("in memory");
        let mut shop = Shop::new();
        let file = shop.write("bookings.csv", &text);
        let question = shop.read(std::slice::from_ref(&file)).expect_err("asks").question.expect("asks");
        let asking = shop.config.clone();
        let mut read = |setting: &str| {
            shop.config = asking.with_setting(setting).expect("a setting");
            let money = shop.read(std::slice::from_ref(&file)).ok()?.report.money;
            Some((money.gross_minor, money.net_minor))
        };
        let found: Vec<_> = question.readings.iter().map(|reading| read(&reading.setting)).collect();
        assert!(found.contains(&Some((total(), total() - 700))), "{column}: {found:?}");
    }
}

#[test]
fn codes_of_events_are_asked_about() {
    let mut text = "time,behavior_type,user_id,item_id,price\n".to_owned();
    for (order, customer, day, lines) in orders() {
        for code in 1..=4 {
            let price = money(lines[0]);
            writeln!(
                text,
                "2024-03-{day:02} 10:{:02}:0{code},{code},{customer},S{order},{price}",
                order % 60
            )
            .expect("in memory");
        }
    }
    let error = read("events.csv", &text).expect_err("asks");
    let readings = error.question.expect("asks").readings;
    let only_4 = "policy.meanings.\"behavior_type\"={\"1\"=\"ignore\", \"2\"=\"ignore\", \"3\"=\"ignore\", \"4\"=\"sale\"}";
    assert!(readings.iter().any(|reading| reading.setting == only_4), "{readings:?}");
}

#[test]
fn customers_whose_numbers_lost_their_zeros_half_way_are_an_error() {
    let mut text = "order,date,customer_no,total\n".to_owned();
    for (at, (order, customer, day, lines)) in orders().into_iter().enumerate() {
        let zeros = if at < 15 { "0000" } else { "" };
        writeln!(text, "{order},2024-03-{day:02},{zeros}{customer},{}", money(lines.iter().sum()))
            .expect("in memory");
    }
    let shop = Shop::new();
    let file = shop.write("orders.csv", &text);
    let report = shop.read(&[file]).expect("reads").report;
    let lost = report.findings.iter().find(|finding| finding.check == "lost_zeros").expect("found");
    assert_eq!((lost.severity, lost.count), (Severity::Error, 11));
}

/// The settings that a question offers.
#[track_caller]
fn asked(text: &str) -> Vec<String> {
    let error = read("orders.csv", text).expect_err("asks");
    assert_eq!(error.kind, Kind::Ambiguous, "{error}");
    let question = error.question.expect("a question");
    question.readings.iter().map(|reading| reading.setting.clone()).collect()
}

#[test]
fn rows_that_total_other_rows_of_their_order_count_once() {
    let mut text = "order_id,customer_id,date_added,code,value\n".to_owned();
    let mut sets = "order_id,customer_id,order_date,line_type,sku,line_total\n".to_owned();
    for (order, customer, day, lines) in orders() {
        let sum: i64 = lines.iter().sum();
        let tax = sum / 5;
        for (code, value) in [("sub_total", sum - tax), ("tax", tax), ("total", sum)] {
            writeln!(text, "{order},{customer},2024-03-{day:02},{code},{}", money(value)).expect("in memory");
        }
        for line in &lines {
            // Two thirds of the lines are sets of two components.
            let is_set = line % 3 != 0;
            let kind = if is_set { "set" } else { "single" };
            writeln!(sets, "{order},{customer},2024-03-{day:02},{kind},S{line},{}", money(*line))
                .expect("in memory");
            for part in [line / 4, line - line / 4].iter().filter(|_| is_set) {
                writeln!(sets, "{order},{customer},2024-03-{day:02},component,P{part},{}", money(*part))
                    .expect("in memory");
            }
        }
    }
    assert_eq!(read("totals.csv", &text).expect("reads"), (total(), total(), 30));
    assert_eq!(read("sets.csv", &sets).expect("reads"), (total(), total(), 30));
}

#[test]
fn the_amount_paid_for_the_order_stands_on_each_line() {
    let mut text =
        "id_order,id_customer,date_add,product_id,total_price,total_discounts,total_shipping,total_paid\n"
            .to_owned();
    let mut wanted = 0;
    for (order, customer, day, lines) in orders() {
        let (discount, shipping) = (i64::from(order % 4) * 100, i64::from(order % 2) * 490);
        let paid = lines.iter().sum::<i64>() - discount + shipping;
        wanted += paid;
        for (at, line) in lines.iter().enumerate() {
            let amounts = [*line, discount, shipping, paid].map(money).join(",");
            writeln!(text, "{order},{customer},2024-03-{day:02},S{at},{amounts}").expect("in memory");
        }
    }
    assert_eq!(read("details.csv", &text).expect("reads"), (wanted, wanted, 30));
}

#[test]
fn whole_amounts_beside_whole_taxes_may_be_cents() {
    let text = |currency: &str| {
        let mut text = "order_id,customer_id,order_date,amount,tax,currency\n".to_owned();
        for (order, customer, day, lines) in orders() {
            let sum: i64 = lines.iter().sum();
            writeln!(text, "{order},{customer},2024-03-{day:02},{sum},{},{currency}", sum * 19 / 119)
                .expect("in memory");
        }
        text
    };
    assert!(asked(&text("EUR")).contains(&"source.amounts_in_cents=true".to_owned()));
    // The yen has no smaller unit.
    assert_eq!(read("yen.csv", &text("JPY")).expect("reads").2, 30);
}

#[test]
fn numbers_of_credit_notes_and_notes_about_refunds_take_money_back_or_are_asked_about() {
    let text = |column: &str, note: fn(u32) -> String| {
        let mut text = format!("order_id,customer_id,order_date,total,{column}\n");
        for (order, customer, day, lines) in orders() {
            let note = if order % 5 == 0 { note(order) } else { String::new() };
            let sum = money(lines.iter().sum());
            writeln!(text, "{order},{customer},2024-03-{day:02},{sum},{note}").expect("in memory");
        }
        text
    };
    let notes = asked(&text("Credit Note No", |order| format!("CN-{order}")));
    assert!(notes.iter().any(|setting| setting.contains("returned")), "{notes:?}");
    let notes = asked(&text("comment", |order| format!("Refund of {}.00", order % 9)));
    assert!(notes.iter().any(|setting| setting.contains("returned")), "{notes:?}");
    // Rows that name another order are its refunds.
    let found = read("named.csv", &text("comment", |order| format!("Refund for order {}", order - 1)));
    let (gross, net, orders) = found.expect("reads");
    assert_eq!((gross + (gross - net), orders), (total(), 24));
}

#[test]
fn years_of_two_digits_before_the_month_are_refused() {
    let mut text = "Order,Date,Customer,Total\n".to_owned();
    for i in 0..40 {
        writeln!(text, "{},23-{:02}-{:02},c{},9.50", 500 + i, 1 + i / 20, 1 + i % 20, i % 9)
            .expect("in memory");
    }
    let error = read("orders.csv", &text).expect_err("refused");
    assert_eq!(error.kind, Kind::Unreadable);
    assert!(error.message.contains("23-01-01"), "{error}");
}

#[test]
fn an_order_that_is_paid_is_sold_also_if_it_is_open() {
    let mut text = "order_id,customer_id,created_at,total,order_status,payment_status\n".to_owned();
    for (order, customer, day, lines) in orders() {
        let states = match order % 6 {
            0 => "open,paid",
            1 => "open,voided",
            2 => "cancelled,paid",
            _ => "complete,paid",
        };
        let sum = money(lines.iter().sum());
        writeln!(text, "{order},{customer},2024-03-{day:02},{sum},{states}").expect("in memory");
    }
    assert_eq!(read("orders.csv", &text).expect("reads").2, 20);
}

#[test]
fn credit_notes_that_name_their_invoice_in_a_description_reverse_it() {
    let mut text = "Doc No,Date,Customer,Total,Description\n".to_owned();
    for (order, customer, day, lines) in orders() {
        let sum = money(lines.iter().sum());
        writeln!(text, "INV-{order},2024-03-{day:02},{customer},{sum},Sales invoice").expect("in memory");
        if order % 6 == 0 {
            writeln!(text, "CRN-{order},2024-04-{day:02},{customer},{sum},Credit for INV-{order}")
                .expect("in memory");
        }
    }
    let shop = Shop::new();
    let found = shop.read(&[shop.write("documents.csv", &text)]).expect("reads");
    let money = found.report.money;
    assert_eq!((money.gross_minor, money.gross_orders, money.reversed_orders), (total(), 30, 5));
}

#[test]
fn a_refund_without_a_customer_belongs_to_that_of_the_document_it_refers_to() {
    let mut text = "doc,ref,customer,date,type,amount\n".to_owned();
    for (order, customer, day, lines) in orders() {
        let sum = lines.iter().sum();
        writeln!(text, "S{order},,C{customer},2024-03-{day:02},Sale,{}", money(sum)).expect("in memory");
        if order % 6 == 0 {
            writeln!(text, "R{order},S{order},,2024-04-{day:02},Refund,-{}", money(sum / 3))
                .expect("in memory");
        }
    }
    let returned: i64 = orders().iter().filter(|o| o.0 % 6 == 0).map(|o| o.3.iter().sum::<i64>() / 3).sum();
    assert_eq!(read("documents.csv", &text).expect("reads"), (total(), total() - returned, 30));
}
