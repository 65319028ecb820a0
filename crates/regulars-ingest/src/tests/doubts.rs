//! Ambiguous exports: they lead to a question, or are read by the available evidence.

use regulars_core::config::Config;
use regulars_core::dates::parse_as_of;
use regulars_core::validation::Severity;

use super::shop::{Shop, counts};
use crate::Kind;

/// Checks the number of clean rows and the revenue of a text in minor units.
#[track_caller]
fn check(text: &str, clean: u64, revenue_minor: i64) -> Shop {
    let shop = Shop::new();
    let found = shop.read_text(text).unwrap_or_else(|e| panic!("{e}: {text}"));
    assert_eq!((counts(&found).0, shop.revenue_minor()), (clean, revenue_minor), "{text}");
    shop
}

#[track_caller]
fn check_asked(text: &str, message: &str, hint: &str) {
    let error = Shop::new().read_text(text).expect_err(text);
    assert_eq!(error.kind, Kind::Ambiguous, "{error}");
    assert!(error.message.contains(message), "{error}");
    let question = error.question.as_deref().expect("a question");
    assert!(question.readings.iter().any(|r| r.setting.contains(hint)), "{question:?}");
}

#[test]
fn a_total_on_every_line_of_its_order_counts_once() {
    let head = "order_id,customer_id,order_date,product,order_total\n";
    let lines = "1,a,2024-01-05,X,30\n1,a,2024-01-05,Y,30\n2,b,2024-02-05,X,10\n3,a,2024-02-15,Z,70\n3,a,2024-02-15,W,70\n";
    check(&format!("{head}{lines}"), 5, 11_000);
    // Lines with their own amounts.
    let own = "1,a,2024-01-05,X,30\n1,a,2024-01-05,Y,20\n2,b,2024-02-05,X,10\n";
    check(&format!("{head}{own}"), 3, 6_000);
    // Price and quantity show what the column is.
    let priced = "order_id,customer_id,order_date,product,quantity,price,total\n\
        1,a,2024-01-05,X,1,10,30\n1,a,2024-01-05,Y,2,10,30\n2,b,2024-01-06,X,1,10,10\n";
    check(priced, 3, 4_000);
    let of_lines = "order_id,customer_id,order_date,product,quantity,price,total\n\
        1,a,2024-01-05,X,1,10,10\n1,a,2024-01-05,Y,1,10,10\n";
    check(of_lines, 2, 2_000);
    let unclear = "order_id,customer_id,order_date,product,amount\n\
        1,a,2024-01-05,X,30\n1,a,2024-01-05,Y,30\n2,b,2024-02-05,X,10\n2,b,2024-02-05,Y,10\n3,a,2024-02-15,Z,70\n3,a,2024-02-15,W,70\n";
    check_asked(unclear, "the same on all rows of 3", "source.amount_is=order");
    let mut shop = Shop::new();
    shop.config = Config::parse("[source]\namount_is = \"row\"\n", "x").expect("valid");
    shop.read_text(unclear).expect("told");
    assert_eq!(shop.revenue_minor(), 22_000);
}

#[test]
fn numbers_that_start_again_are_other_orders_of_other_customers() {
    let shop = Shop::new();
    let year = |year: u32, customers: &str| {
        let rows: String = (1..=20)
            .map(|i| format!("{i},{customers}{i},{year}-01-{:02},{}\n", i % 28 + 1, i + year))
            .collect();
        format!("order_id,customer_id,order_date,total\n{rows}")
    };
    let files = [shop.write("2023.csv", year(2023, "a")), shop.write("2024.csv", year(2024, "b"))];
    let found = shop.read(&files).expect("orders");
    assert_eq!(counts(&found), (40, 0, 0));
    // The same customers, a year apart: numbers restart there, too.
    let files = [shop.write("2023.csv", year(2023, "a")), shop.write("2024.csv", year(2024, "a"))];
    let found = shop.read(&files).expect("orders");
    assert_eq!(counts(&found), (40, 0, 0));
    assert!(found.notes.iter().any(|n| n.contains("order numbers restart")), "{:?}", found.notes);
    // A later export of the same order: its version counts, and a note says so.
    let order = |total: u32| {
        format!("order_id,customer_id,order_date,total\n1,a,2024-01-05,{total}\n2,b,2024-01-06,7\n")
    };
    let files = [shop.write("a.csv", order(5)), shop.write("b.csv", order(6))];
    let found = shop.read(&files).expect("orders");
    assert_eq!(counts(&found), (2, 0, 2));
    let finding = found.report.findings.iter().find(|f| f.check == "superseded").expect("said");
    assert_eq!(finding.severity, Severity::Error);
}

#[test]
fn points_that_may_be_thousands_are_asked_about() {
    let head = "Kundennummer;Rechnungsdatum;Rechnungsnr;Betrag;Gewicht\n";
    check_asked(
        &format!("{head}1;31.01.2024;R1;1.234;1,5\n2;01.02.2024;R2;2.500;1,5\n1;03.02.2024;R3;999;1,5\n"),
        "is `1.234` in `Betrag` more than a thousand",
        "decimal_comma",
    );
    check(&format!("{head}1;31.01.2024;R1;1.234;1\n2;01.02.2024;R2;2,50;1\n"), 2, 123_650);
    // Decimal points in another column do not outvote the amounts.
    check(&format!("{head}1;31.01.2024;R1;1,50;1.5\n2;01.02.2024;R2;2,50;2.5\n"), 2, 400);
}

#[test]
fn currencies_are_not_added_up() {
    let head = "order_id,customer_id,date,total,currency\n";
    check_asked(
        &format!("{head}1,a,2024-01-01,10,EUR\n2,b,2024-01-02,1000,JPY\n"),
        "several currencies (EUR, JPY)",
        "policy.only_currency=EUR",
    );
    check_asked(
        "order_id,customer_id,date,total\n1,a,2024-01-01,$10.00\n2,b,2024-01-02,€20.00\n",
        "several currencies",
        "only_currency=EUR",
    );
    let shop = Shop::new();
    let found = shop.read_text(format!("{head}1,a,2024-01-01,10,EUR\n2,b,2024-01-02,5,eur\n"));
    assert_eq!(found.expect("one currency").config.source.currency.as_deref(), Some("EUR"));
}

#[test]
fn what_a_customer_is_worth_is_no_amount_of_an_order() {
    check(
        "customer_id,order_date,order_id,customer_lifetime_value,qty,price\n1,2024-01-01,1,500,1,10\n2,2024-01-02,2,600,2,10\n",
        2,
        3_000,
    );
}

#[test]
fn guests_are_told_by_their_address() {
    let head = "order_id,order_status,order_date,order_total,customer_user,billing_email\n";
    let shop = check(
        &format!(
            "{head}1,completed,2024-01-01,5,0,Ann@x.com\n2,completed,2024-01-02,5,0,bob@x.com\n3,completed,2024-01-03,5,7,c@x.com\n4,completed,2024-01-04,5,0,ann@x.com\n"
        ),
        4,
        2_000,
    );
    assert_eq!(shop.rows("transactions", &["customer_id"]), ["ann@x.com", "bob@x.com", "7", "ann@x.com"]);
    // Without an address, a guest is unidentified.
    let found = Shop::new()
        .read_text(
            "order_id,customer_id,date,total\n1,guest,2024-01-01,5\n2,b,2024-01-02,5\n3,Guest,2024-01-02,5\n",
        )
        .expect("orders");
    assert_eq!(counts(&found), (1, 2, 0));
}

#[test]
fn of_two_statuses_the_worse_one_counts() {
    check(
        "customer_id,order_date,order_id,total,payment_status,order_status\n1,2024-01-01,1,5,paid,cancelled\n2,2024-01-02,2,6,paid,completed\n",
        1,
        600,
    );
    // An order paid later is open in only one column.
    check(
        "customer_id,order_date,order_id,total,payment_status,order_status\n1,2024-01-01,1,5,pending,completed\n2,2024-01-02,2,6,paid,completed\n",
        2,
        1_100,
    );
}

#[test]
fn each_file_has_its_own_order_of_day_and_month() {
    let shop = Shop::new();
    let head = "order_id,customer_id,order_date,total\n";
    let files = [
        shop.write("a.csv", format!("{head}1,a,25/01/2024,5\n2,b,03/04/2024,5\n")),
        shop.write("b.csv", format!("{head}3,c,01/25/2024,5\n4,d,03/04/2024,5\n")),
    ];
    shop.read(&files).expect("orders");
    assert_eq!(
        shop.rows("transactions", &["transaction_date"]),
        ["2024-01-25T00:00:00", "2024-04-03T00:00:00", "2024-01-25T00:00:00", "2024-03-04T00:00:00"]
    );
    check_asked(
        &format!("{head}1,a,25/03/2024,5\n2,b,03/26/2024,5\n3,b,03/04/2024,5\n"),
        "some dates in `order_date`",
        "source.date_order=day_first",
    );
}

#[test]
fn the_analysis_date_found_is_the_same_as_the_same_date_given() {
    let text = "order_id,customer_id,date,total\n1,a,2024-01-31 09:00,5\n2,b,2024-02-28 03:40,5\n";
    let mut shop = Shop::new();
    let found = shop.read_text(text).expect("orders").as_of_micros;
    shop.as_of_micros = Some(parse_as_of("2024-02-28").expect("valid"));
    assert_eq!(shop.read_text(text).expect("orders").as_of_micros, found);
}

#[test]
fn ids_that_a_spreadsheet_rounded_are_an_error_of_the_data() {
    let found = Shop::new()
        .read_text("order_id,customer_id,date,total\n1,4.92E+12,2024-01-01,5\n2,4.92E+12,2024-01-02,5\n")
        .expect("orders");
    let finding = found.report.findings.iter().find(|f| f.check == "rounded_id").expect("found");
    assert_eq!((finding.severity, finding.count), (Severity::Error, 2));
}

#[test]
fn columns_that_are_never_filled_are_not_chosen() {
    // As in Stripe: no invoices, but every payment has its own number.
    let shop = check(
        "id,Invoice ID,Created (UTC),Amount,Customer Email\nch_1,,2024-01-01 10:00,5.00,a@x.com\nch_2,,2024-01-02 10:00,6.00,b@x.com\n",
        2,
        1_100,
    );
    assert_eq!(shop.rows("transactions", &["transaction_id"]), ["ch_1", "ch_2"]);
    check(
        "Référence client;Date de commande;N° commande;Montant TTC\nA;31/01/2024;1;12,50\nB;01/02/2024;2;3,00\n",
        2,
        1_550,
    );
    let shop = check("customer_id,order_date,total\n1,45321,5\n2,45330.5,6\n", 2, 1_100);
    assert_eq!(
        shop.rows("transactions", &["transaction_date"]),
        ["2024-01-30T00:00:00", "2024-02-08T12:00:00"]
    );
}

/// Orders of two lines each; `line` writes one line of an order: number, days since the beginning, which line.
fn lines_of_orders(header: &str, orders: u32, line: impl Fn(u32, u32, u32) -> String) -> String {
    let line = &line;
    let rows = (0..orders).flat_map(|order| (0..2).map(move |at| line(order, order / 8, at)));
    std::iter::once(format!("{header}\n")).chain(rows).collect()
}

fn iso(day: u32) -> String {
    format!("2023-{:02}-{:02}", day / 28 % 12 + 1, day % 28 + 1)
}

#[test]
fn lines_that_lose_their_customer_in_later_rows_are_asked_about() {
    let text = |has_number: bool| {
        lines_of_orders("order_id,order_date,customer_id,sku,line_total", 4_000, |order, day, at| {
            if order > 3_900 && at == 1 {
                let number = if has_number { order.to_string() } else { String::new() };
                return format!("{number},,,S{at},2.50\n");
            }
            format!("{order},{},c{},S{at},7.50\n", iso(day), order % 300)
        })
    };
    for has_number in [false, true] {
        check_asked(&text(has_number), "have a product, but neither", "source.fill_down=true");
        let mut shop = Shop::new();
        for (answer, clean, revenue_minor) in [(true, 8_000, 5_950_500), (false, 7_901, 5_925_750)] {
            shop.config = Config::parse(&format!("[source]\nfill_down = {answer}\n"), "x").expect("valid");
            let found = shop.read_text(text(has_number)).expect("told");
            assert_eq!((counts(&found).0, shop.revenue_minor()), (clean, revenue_minor));
        }
    }
}

#[test]
fn lines_that_an_appended_export_has_again_count_once() {
    let header = "order_id,date,customer_id,sku,line_total,exported_at";
    let export = |exported: &str, from: u32| {
        lines_of_orders("", 4_000, |order, day, at| {
            let line = format!("{order},{},c{},S{at},7.50,{exported}\n", iso(day), order % 300);
            if order < from { String::new() } else { line }
        })
    };
    // The second export begins with the last 50 orders of the first.
    let first: String =
        export("2024-05-31", 0).lines().take(1 + 2 * 3_900).map(|line| format!("{line}\n")).collect();
    let text = format!("{header}{first}{}", export("2024-10-31", 3_850).trim_start());
    check(&text, 8_000, 6_000_000);
}

#[test]
fn the_day_of_the_purchase_is_not_the_day_of_the_event() {
    let text = lines_of_orders("Order,Event date,Purchased,Email,Total", 40, |order, day, at| {
        format!(
            "{},{},{},c{}@x.example,9.50\n",
            2 * order + at,
            iso(day + 60 + order * 7 % 11),
            iso(day),
            order % 9
        )
    });
    let shop = check(&text, 80, 76_000);
    assert_eq!(shop.rows("transactions", &["transaction_date"])[0], "2023-01-01T00:00:00");
}

#[test]
fn dates_that_change_their_notation_in_later_rows_are_refused() {
    let text = |late: &dyn Fn(u32, u32) -> String| {
        lines_of_orders("Order,Date,Customer,Total", 4_000, |order, day, at| {
            let (month, day) = (day / 28 % 12 + 1, day % 28 + 1);
            let date = if order < 3_500 {
                format!("{day:02}/{month:02}/{}", 2023 + order / 2_688)
            } else {
                late(month, day)
            };
            format!("{},{date},c{},9.50\n", 2 * order + at, order % 300)
        })
    };
    let kept = text(&|month, day| format!("{day:02}/{month:02}/2024"));
    check(&kept, 8_000, 7_600_000);
    let swapped = text(&|month, day| {
        if day <= 12 { format!("{month:02}/{day:02}/2024") } else { format!("{day:02}/{month:02}/2024") }
    });
    let short = text(&|month, day| format!("24/{month:02}/{day:02}"));
    for changed in [&swapped, &short] {
        let error = Shop::new().read_text(changed).expect_err("the notation changes");
        assert_eq!(error.kind, Kind::Unreadable, "{error}");
        assert!(error.hint.is_some_and(|hint| hint.contains("source.date_order=day_first")));
        let mut shop = Shop::new();
        shop.config = Config::parse("[source]\ndate_order = \"day_first\"\n", "x").expect("valid");
        assert_eq!(shop.read_text(changed).expect("told").report.rows.read, 8_000);
    }
}

#[test]
fn a_reference_that_contains_numbers_of_documents_names_the_order() {
    let mut text = "Nature,Numéro,Date,Client,Montant,Réf\n".to_owned();
    for order in 0..60_u32 {
        let (day, client) = (iso(order), order % 9);
        text += &format!("Facture,{},{day},C{client},20.00,\n", 10_000 + order);
        if order % 3 > 0 {
            text += &format!("Règlement,{},{day},C{client},20.00,{}\n", 70_000 + order, 10_000 + order);
        }
        // Half of the last order but one of the customer: without the reference, the last would be reduced.
        if order % 6 == 5 && order > 18 {
            let of = 10_000 + order - 18;
            text += &format!("Avoir,{},{day},C{client},10.00,{of}\n", 80_000 + order);
            text += &format!("Avoir,{},{day},C{client},10.00,{of}\n", 90_000 + order);
        }
    }
    let money = Shop::new().read_text(&text).expect("reads").report.money;
    assert_eq!((money.gross_orders, money.reversed_orders, money.net_minor), (60, 7, 106_000));
}
