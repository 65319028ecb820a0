//! Layouts of platforms and public data sets, with the pages that document them.

use super::super::layout::{Layout, platform};
use super::super::platforms;

pub(super) static PLATFORMS: &[Layout] = &[
    platform(
        "shopify_orders",
        "Shopify's orders export, one line per order",
        Some("https://help.shopify.com/en/manual/fulfillment/managing-orders/exporting-orders"),
        &platforms::SHOPIFY_ORDERS,
    ),
    platform(
        "shopify_lines",
        "Shopify's orders export with lines",
        Some("https://help.shopify.com/en/manual/fulfillment/managing-orders/exporting-orders"),
        &platforms::SHOPIFY_LINES,
    ),
    platform(
        "shopify_fivetran",
        "Shopify's API tables as Fivetran writes them",
        Some("https://fivetran.com/docs/connectors/applications/shopify/connector-schema"),
        &platforms::SHOPIFY_FIVETRAN,
    ),
    platform(
        "shopify_airbyte",
        "Shopify's API tables as Airbyte writes them",
        Some("https://docs.airbyte.com/integrations/sources/shopify"),
        &platforms::SHOPIFY_AIRBYTE,
    ),
    platform(
        "woocommerce_analytics",
        "WooCommerce's analytics of orders",
        Some("https://woocommerce.com/document/woocommerce-analytics/"),
        &platforms::WOOCOMMERCE_ANALYTICS,
    ),
    platform(
        "woocommerce_orders",
        "WooCommerce orders by an export plugin",
        Some("https://woocommerce.com/document/ordercustomer-csv-export/"),
        &platforms::WOOCOMMERCE_ORDERS,
    ),
    platform(
        "woocommerce_lines",
        "WooCommerce items by an export plugin",
        Some("https://woocommerce.com/document/ordercustomer-csv-export/"),
        &platforms::WOOCOMMERCE_LINES,
    ),
    platform(
        "magento_orders",
        "Magento's grid of orders",
        Some(
            "https://experienceleague.adobe.com/en/docs/commerce-admin/stores-sales/order-management/orders/orders",
        ),
        &platforms::MAGENTO_ORDERS,
    ),
    platform(
        "magento_items",
        "Magento's order items with their orders",
        Some(
            "https://experienceleague.adobe.com/en/docs/commerce-admin/stores-sales/order-management/orders/orders",
        ),
        &platforms::MAGENTO_ITEMS,
    ),
    platform(
        "prestashop",
        "PrestaShop's list of orders",
        Some("https://docs.prestashop-project.org/1.7-documentation/user-guide/managing-orders/orders"),
        &platforms::PRESTASHOP,
    ),
    platform(
        "stripe",
        "Stripe's unified payments",
        Some("https://support.stripe.com/questions/exporting-payment-reports"),
        &platforms::STRIPE,
    ),
    platform(
        "paypal",
        "PayPal's activity",
        Some("https://developer.paypal.com/docs/reports/"),
        &platforms::PAYPAL,
    ),
    platform(
        "amazon_all_orders",
        "Amazon's report of all orders",
        Some("https://sellercentral.amazon.com/gp/help/external/200547170"),
        &platforms::AMAZON_ALL_ORDERS,
    ),
    platform(
        "amazon_order_report",
        "Amazon's order report",
        Some("https://sellercentral.amazon.com/gp/help/external/201648780"),
        &platforms::AMAZON_ORDER_REPORT,
    ),
    platform(
        "etsy_orders",
        "Etsy's sold orders",
        Some("https://help.etsy.com/hc/en-us/articles/360000343508"),
        &platforms::ETSY_ORDERS,
    ),
    platform(
        "etsy_items",
        "Etsy's sold order items",
        Some("https://help.etsy.com/hc/en-us/articles/360000343508"),
        &platforms::ETSY_ITEMS,
    ),
    platform(
        "ebay",
        "eBay's orders report",
        Some("https://www.ebay.com/help/selling/selling-tools/seller-hub"),
        &platforms::EBAY,
    ),
    platform(
        "xero",
        "Xero's sales invoices",
        Some("https://central.xero.com/s/article/Export-sales-invoices"),
        &platforms::XERO,
    ),
    platform("sales_by_customer", "a bookkeeping program's sales by customer", None, &platforms::QUICKBOOKS),
    platform(
        "lightspeed",
        "Lightspeed's sales history",
        Some("https://x-series-support.lightspeedhq.com/hc/en-us/articles/25534196030619"),
        &platforms::LIGHTSPEED,
    ),
    platform(
        "square",
        "Square's item details",
        Some(
            "https://squareup.com/help/us/en/article/5072-summaries-and-reports-from-the-online-square-dashboard",
        ),
        &platforms::SQUARE,
    ),
    platform(
        "olist",
        "Olist's files",
        Some("https://www.kaggle.com/datasets/olistbr/brazilian-ecommerce"),
        &platforms::OLIST,
    ),
    platform(
        "olist_joined",
        "Olist's joined table",
        Some("https://www.kaggle.com/datasets/olistbr/brazilian-ecommerce"),
        &platforms::OLIST_JOINED,
    ),
    platform(
        "online_retail",
        "UCI Online Retail",
        Some("https://archive.ics.uci.edu/dataset/352/online+retail"),
        &platforms::ONLINE_RETAIL,
    ),
    platform(
        "online_retail_ii",
        "UCI Online Retail II",
        Some("https://archive.ics.uci.edu/dataset/502/online+retail+ii"),
        &platforms::ONLINE_RETAIL_II,
    ),
    platform("ta_feng", "Ta-Feng's grocery lines", None, &platforms::TA_FENG),
    platform("superstore", "the Superstore data set used in courses", None, &platforms::SUPERSTORE),
    platform("cdnow", "CDNOW's purchases", None, &platforms::CDNOW),
];
