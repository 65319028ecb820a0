//! Exports built to the layouts that platforms write (`fixtures/presets`), each with its right values.

use std::path::PathBuf;

use super::shop::Shop;

fn fixture(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/presets");
    folder.join(name).display().to_string()
}

#[test]
fn probe() {
    let all = [
        "shopify/", "shopify_fivetran/", "shopify_fivetran/order.csv", "shopify_fivetran/order_line.csv", "magento/tables/sales_order_item.csv", "shopify_airbyte/", "shopify_airbyte/orders.csv", "shopify_airbyte/orders_raw.jsonl",
        "woocommerce/webtoffee/", "woocommerce/analytics_orders/", "woocommerce/advanced_order_export/",
        "olist/", "stripe/payments/", "stripe/unified_payments/", "stripe/balance_history/", "magento/grid/",
        "magento/grid/export.csv", "magento/tables/", "magento/tables/sales_order.csv", "amazon/order_report/", "amazon/all_orders/", "amazon/transactions/",
        "amazon/kaggle_sale_report/", "etsy/", "etsy/EtsySoldOrders2024.csv", "etsy/EtsySoldOrderItems2024.csv", "bigcommerce/", "ebay/", "paypal/", "quickbooks/", "square/", "vend_lightspeed/", "xero/",
    ];
    for name in all {
        let shop = Shop::new();
        println!("=== {name}");
        match shop.read(&[fixture(name)]) {
            Err(e) => {
                println!("ERROR {:?} {e}", e.kind);
                if let Some(h) = &e.hint { println!("  hint {h}"); }
                if let Some(q) = &e.question { println!("  {q:#?}"); }
            }
            Ok(found) => {
                println!("{:?} {:?}", found.config.source.preset, found.report.money);
                for row in shop.rows("transactions", &["transaction_id", "customer_id", "transaction_date", "total_amount_minor"]) { println!("   {row}"); }
                for row in shop.rows("excluded", &["transaction_id", "reason"]) { println!("   x {row}"); }
                for row in shop.rows("rejected", &["reason"]) { println!("   r {row}"); }
                for n in &found.notes { println!("   . {n}"); }
                for f in &found.report.findings { println!("   ! {:?} {} {}", f.severity, f.check, f.message); }
            }
        }
    }
}
