//! Known export formats, in small excerpts.

use super::shop::{Shop, counts};

#[test]
fn online_retail_lines_are_known_by_their_header() {
    let shop = Shop::new();
    let found = shop
        .read_text(
            "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n\
             536365,85123A,\"HEART, T-LIGHT\",6,12/1/2010 8:26,2.55,17850.0,United Kingdom\n\
             536365,71053,LANTERN,6,12/1/2010 8:26,3.39,17850.0,United Kingdom\n\
             536414,22139,,56,12/1/2010 11:52,0,,United Kingdom\n\
             C536379,D,Discount,-1,12/1/2010 9:41,27.5,14527.0,United Kingdom\n\
             536401,22110,BIRD HOUSE,1,12/13/2010 11:21,0.001,15862.0,United Kingdom\n\
             537197,22841,TIN,1,12/5/2010 14:02,0,12647.0,Germany\n",
        )
        .expect("readable");
    // The discount of a customer without an order is subtracted from that customer's spend.
    assert_eq!(counts(&found), (4, 1, 1));
    assert_eq!(found.config.source.preset.as_deref(), Some("online_retail"));
    assert_eq!(
        shop.rows(
            "transactions",
            &["transaction_id", "customer_id", "product_id", "quantity_milli", "total_amount_minor"]
        ),
        [
            "536365 17850 85123A 6000 1530",
            "536365 17850 71053 6000 2034",
            "C536379 14527 D -1000 -2750",
            "536401 15862 22110 1000 0"
        ]
    );
    assert_eq!(shop.rows("excluded", &["transaction_id", "reason"]), ["537197 zero_amount"]);
}

#[test]
fn shopify_orders_have_their_total_on_the_first_row() {
    let shop = Shop::new();
    let found = shop
        .read_text(
            "Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price,Payment Method\n\
             #1001,ann@x.com,paid,2024-01-05 10:00:00 +0100,EUR,40.00,5,0,45.00,2024-01-05 10:00:00 +0100,1,Mug,20.00,card\n\
             #1001,,,,,,,,,,1,Cup,20.00,\n\
             #1002,bob@x.com,refunded,2024-01-06 10:00:00 +0100,EUR,10.00,0,0,10.00,2024-01-06 10:00:00 +0100,1,Mug,10.00,card\n",
        )
        .expect("readable");
    assert_eq!(counts(&found), (1, 0, 2));
    assert_eq!(shop.rows("excluded", &["transaction_id", "reason"]), ["#1001 order_line", "#1002 refunded"]);
    assert_eq!(
        shop.rows(
            "transactions",
            &["transaction_id", "customer_id", "transaction_date", "total_amount_minor"]
        ),
        ["#1001 ann@x.com 2024-01-05T10:00:00 4500"]
    );
}

#[test]
fn woocommerce_statuses_and_names_are_known() {
    for (header, row) in [
        (
            "Date,Order #,Status,Customer,Customer type,Product(s),Items sold,Coupon(s),N. Revenue,Attribution",
            "2024-05-01 10:00:00,77,completed,Ann Lee,returning,1× Mug,1,,25.00,Direct",
        ),
        (
            "order_id,order_number,date_created,status,total,billing_email",
            "77,77,2024-05-01T10:00:00,wc-completed,25.00,Ann Lee",
        ),
    ] {
        let shop = Shop::new();
        let found = shop.read_text(format!("{header}\n{row}\n")).expect("readable");
        assert_eq!(found.config.source.preset.as_deref(), Some("woocommerce"));
        assert_eq!(
            shop.rows("transactions", &["transaction_id", "customer_id", "total_amount_minor"]),
            ["77 Ann Lee 2500"]
        );
    }
}

#[test]
fn olist_persons_and_payments_are_looked_up() {
    let shop = Shop::new();
    fs_err::create_dir(shop.path("olist")).expect("new folder");
    shop.write(
        "olist/olist_orders_dataset.csv",
        "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date\n\
         o1,c1,delivered,2018-01-01 10:00:00,,\no2,c2,delivered,2018-02-01 10:00:00,,\no3,c3,canceled,2018-03-01 10:00:00,,\n",
    );
    shop.write(
        "olist/olist_customers_dataset.csv",
        "customer_id,customer_unique_id,customer_zip_code_prefix\nc1,ann,1\nc2,ann,1\nc3,bob,2\n",
    );
    shop.write(
        "olist/olist_order_payments_dataset.csv",
        "order_id,payment_sequential,payment_type,payment_installments,payment_value\no1,1,voucher,1,10.10\no1,2,credit_card,1,20.20\no2,1,boleto,1,5.00\no3,1,boleto,1,7.00\n",
    );
    shop.write("olist/olist_sellers_dataset.csv", "seller_id,seller_city\ns1,x\n");
    let found = shop.read(&[shop.path("olist").display().to_string()]).expect("readable");
    assert_eq!(counts(&found), (2, 0, 1));
    assert_eq!(
        shop.rows("transactions", &["transaction_id", "customer_id", "payment_method", "total_amount_minor"]),
        ["o1 ann voucher 3030", "o2 ann boleto 500"]
    );
    fs_err::remove_file(shop.path("olist/olist_customers_dataset.csv")).expect("there");
    let missing = shop.read(&[shop.path("olist").display().to_string()]).expect_err("needs the customers");
    assert!(missing.message.contains("customer_unique_id"), "{missing}");
}

#[test]
fn complete_journey_is_seen_in_its_own_zone() {
    let shop = Shop::new();
    let found = shop
        .read_text("household_id,store_id,basket_id,product_id,quantity,sales_value,transaction_timestamp\n900,330,31198570044,1095275,1,0.50,2018-01-01 04:01:20\n")
        .expect("readable");
    assert_eq!(counts(&found).0, 1);
    assert_eq!(shop.rows("transactions", &["transaction_date"]), ["2017-12-31T23:01:20"]);
}

#[test]
fn cdnow_counts_free_orders_and_equal_rows() {
    let shop = Shop::new();
    let found = shop
        .read_text(
            "customer_id,date,cds,amount\n1,1997-01-01,1,11.77\n2,1997-01-12,1,0.00\n2,1997-01-12,1,0.00\n",
        )
        .expect("readable");
    assert_eq!(counts(&found), (3, 0, 0));
    assert!(found.orders_are_rows);
    assert_eq!(shop.rows("transactions", &["transaction_id"]), ["2", "3", "4"]);
}
