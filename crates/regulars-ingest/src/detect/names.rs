//! What a column may be called, and how sure its name makes one.

use regulars_core::columns::Column;

/// The order in which columns are looked for; a column of the file is taken once.
pub(super) const SEARCH_ORDER: [Column; 10] = [
    Column::CustomerId,
    Column::TransactionDate,
    Column::TransactionId,
    Column::TotalAmount,
    Column::Price,
    Column::Quantity,
    Column::ProductCategory,
    Column::ProductId,
    Column::PaymentMethod,
    Column::Status,
];

/// What the user calls the column.
pub(super) fn role(column: Column) -> &'static str {
    match column {
        Column::CustomerId => "customer",
        Column::TransactionDate => "date",
        Column::TransactionId => "order",
        Column::TotalAmount => "amount",
        other => other.name(),
    }
}

const CUSTOMER: &[&str] = &[
    "customer",
    "cust",
    "client",
    "buyer",
    "shopper",
    "user",
    "member",
    "account",
    "household",
    "kunde",
    "kunden",
    "klant",
    "cliente",
    "klient",
    "consumer",
    "purchaser",
    "contact",
    "patron",
];
const ORDER: &[&str] = &[
    "order",
    "invoice",
    "transaction",
    "receipt",
    "basket",
    "sale",
    "purchase",
    "trans",
    "txn",
    "tx",
    "bill",
    "bestellung",
    "rechnung",
    "commande",
    "facture",
    "pedido",
    "factura",
    "ordine",
    "bestelling",
    "auftrag",
    "beleg",
    "ticket",
    "checkout",
    "document",
];
const IDENTIFIER: &[&str] = &[
    "id",
    "ids",
    "no",
    "nr",
    "num",
    "number",
    "nummer",
    "numero",
    "key",
    "code",
    "ref",
    "reference",
    "uuid",
    "guid",
    "identifier",
    "hash",
    // N°
    "n",
];
const DATE: &[&str] = &[
    "date",
    "datetime",
    "timestamp",
    "time",
    "ts",
    "day",
    "datum",
    "fecha",
    "data",
    "dato",
    "jour",
    "when",
    "at",
    "on",
    "zeitpunkt",
    "placed",
    "created",
];
const AMOUNT: &[&str] = &[
    "amount", "total", "revenue", "sales", "sale", "value", "spend", "spent", "betrag", "umsatz", "summe",
    "gesamt", "importe", "montant", "valor", "bedrag", "importo", "paid", "turnover", "sum", "monto",
    "belopp",
];
const PRICE: &[&str] = &["price", "preis", "prix", "precio", "prezzo", "prijs", "einzelpreis", "stueckpreis"];
const QUANTITY: &[&str] = &[
    "quantity", "qty", "units", "pieces", "menge", "anzahl", "cantidad", "quantite", "aantal", "quant",
    "stueck", "pcs",
];
const CATEGORY: &[&str] =
    &["category", "categorie", "kategorie", "categoria", "department", "genre", "warengruppe", "cat"];
const PRODUCT: &[&str] = &[
    "product", "sku", "item", "article", "artikel", "produkt", "stock", "producto", "produit", "asin", "ean",
    "upc", "isbn",
];
const PAYMENT: &[&str] = &["payment", "zahlungsart", "zahlart", "paiement", "pago", "pagamento", "tender"];
const STATUS: &[&str] = &["status", "state", "zustand", "statut", "estado"];

/// Words that make a date another date, an amount another amount.
const OTHER_DATE: &[&str] = &[
    "ship",
    "shipped",
    "shipping",
    "delivery",
    "delivered",
    "due",
    "birth",
    "birthday",
    "update",
    "updated",
    "modified",
    "registration",
    "registered",
    "signup",
    "join",
    "joined",
    "estimated",
    "approved",
    "return",
    "returned",
    "cancelled",
    "canceled",
    "fulfilled",
    "expiry",
    "closed",
    "limit",
    "carrier",
    "zone",
    "refund",
    "refunded",
    "last",
    "dob",
    "review",
];
const OTHER_AMOUNT: &[&str] = &[
    "tax",
    "vat",
    "mwst",
    "discount",
    "shipping",
    "freight",
    "cost",
    "refund",
    "refunded",
    "fee",
    "tip",
    "count",
    "qty",
    "quantity",
    "items",
    "lines",
    "rate",
    "percent",
    "pct",
    "profit",
    "margin",
    "orders",
    "units",
    "weight",
    "id",
    "rabatt",
    "coupon",
    "lifetime",
    "ltv",
    "clv",
    "average",
    "avg",
    "mean",
    "max",
    "min",
    "discounts",
    "taxes",
    "refunds",
    "fees",
    "tips",
    "cumulative",
    "running",
    "goal",
    "target",
    "budget",
    "points",
    "balance",
    "outstanding",
    "date",
    "at",
    "by",
    "rep",
    "person",
    "channel",
    "region",
];

/// Names of columns that hold an e-mail address of the customer.
const EMAILS: [&str; 11] = [
    "email",
    "e_mail",
    "customer_email",
    "email_address",
    "billing_email",
    "email_billing",
    "buyer_email",
    "contact_email",
    "client_email",
    "user_email",
    "mail",
];

/// The column that holds the customer's e-mail address, the surest name first.
pub(super) fn email_column(normal: &[String]) -> Option<usize> {
    EMAILS.iter().find_map(|name| normal.iter().position(|h| h == name))
}

fn exact(column: Column, name: &str) -> Option<f64> {
    let score = match (column, name) {
        (column, name) if column.name() == name => 1.0,
        (
            Column::CustomerId,
            "kundennummer" | "kundennr" | "kunden_nr" | "kundenid" | "klantnummer" | "custid" | "userid"
            | "clientid" | "customerid",
        ) => 0.95,
        (Column::CustomerId, name) if EMAILS.contains(&name) => 0.75,
        (
            Column::CustomerId,
            "visitor_id" | "person_id" | "party_id" | "loyalty_id" | "card_id" | "loyalty_card"
            | "loyalty_number" | "card_number",
        ) => 0.8,
        (
            Column::TransactionId,
            "rechnungsnr" | "rechnungsnummer" | "bestellnr" | "bestellnummer" | "auftragsnummer"
            | "belegnummer" | "ordernr" | "orderid" | "invoiceno" | "invoiceid" | "transactionid",
        ) => 0.95,
        (
            Column::TransactionDate,
            "orderdate" | "invoicedate" | "purchasedate" | "transactiondate" | "rechnungsdatum"
            | "bestelldatum" | "kaufdatum" | "auftragsdatum" | "belegdatum" | "bestelldag",
        ) => 0.95,
        (
            Column::TransactionDate,
            "created_at" | "created" | "date_created" | "placed_at" | "ordered_at" | "purchased_at"
            | "ordered_on",
        ) => 0.88,
        // Where nothing better is there: a number of the row, or of the order.
        (Column::TransactionId, "id") => 0.65,
        (Column::Status, "order_status" | "status") => 0.9,
        (Column::TransactionDate, "paid_at" | "processed_at" | "paid_date") => 0.7,
        (
            Column::TotalAmount,
            "order_total" | "grand_total" | "total_price" | "order_amount" | "order_value"
            | "transaction_amount" | "payment_value" | "total_sales" | "line_total" | "total_spent"
            | "sales_amount" | "purchase_amount" | "total_value" | "gesamtbetrag" | "rechnungsbetrag"
            | "sales_value" | "total_revenue" | "invoice_total" | "invoice_amount" | "totalamount"
            | "totalprice",
        ) => 0.95,
        (Column::TotalAmount, "subtotal" | "sub_total") => 0.62,
        (Column::TotalAmount, "profit" | "cost" | "tax") => 0.0,
        (
            Column::Quantity,
            "cds" | "items_sold" | "number_of_items" | "item_count" | "n_items" | "num_items",
        ) => 0.8,
        (Column::ProductId, "stock_code" | "stockcode" | "description" | "product" | "item") => 0.75,
        (
            Column::Status,
            "is_cancellation" | "is_cancelled" | "is_canceled" | "cancelled" | "canceled" | "is_refunded"
            | "refunded" | "is_returned" | "returned" | "is_return",
        ) => 0.85,
        (
            Column::PaymentMethod,
            "payment" | "payment_type" | "payment_mode" | "pay_method" | "paid_by" | "paid_with",
        ) => 0.9,
        _ => return None,
    };
    Some(score)
}

/// How sure a name (in normal form) makes that the column is `column`; 0 if it does not.
pub(super) fn confidence(column: Column, name: &str) -> f64 {
    if let Some(score) = exact(column, name) {
        return score;
    }
    let words: Vec<&str> = name.split('_').collect();
    let has = |list: &[&str]| words.iter().any(|w| list.contains(w));
    match column {
        Column::CustomerId => match (has(CUSTOMER), has(IDENTIFIER)) {
            _ if has(&[
                "name", "type", "segment", "age", "gender", "city", "country", "state", "since", "rating",
                "zip", "phone", "address", "group", "count",
            ]) =>
            {
                0.0
            }
            (true, true) => 0.95,
            (true, false) if words.len() == 1 => 0.85,
            _ => 0.0,
        },
        Column::TransactionId => match (has(ORDER), has(IDENTIFIER)) {
            _ if has(CUSTOMER)
                || has(DATE)
                || has(&["line", "item", "position", "row", "product", "type", "status"]) =>
            {
                0.0
            }
            (true, true) => 0.95,
            (true, false) if words.len() == 1 => 0.8,
            _ => 0.0,
        },
        Column::TransactionDate => {
            if !has(DATE) || has(OTHER_DATE) || (has(CUSTOMER) && has(IDENTIFIER)) {
                0.0
            } else if has(ORDER) {
                0.95
            } else if words.len() == 1
                && words[0].len() > 2
                && !matches!(words[0], "created" | "placed" | "when")
            {
                0.85
            } else {
                0.7
            }
        }
        Column::TotalAmount => {
            if !has(AMOUNT) || has(OTHER_AMOUNT) || has(&["unit", "price", "per"]) {
                0.0
            } else {
                0.85
            }
        }
        Column::Price => {
            if !has(PRICE) || has(OTHER_AMOUNT) {
                0.0
            } else {
                0.85
            }
        }
        Column::Quantity => {
            if has(QUANTITY) && !has(&["price", "per"]) {
                0.9
            } else {
                0.0
            }
        }
        Column::ProductCategory => {
            if !has(CATEGORY) || has(CUSTOMER) || has(IDENTIFIER) {
                0.0
            } else if has(&["sub", "subcategory"]) {
                0.65
            } else {
                0.9
            }
        }
        Column::ProductId => match (has(PRODUCT), has(IDENTIFIER)) {
            _ if has(CATEGORY) || has(QUANTITY) || has(PRICE) || has(AMOUNT) || has(ORDER) => 0.0,
            (true, true) => 0.95,
            (true, false) => 0.7,
            _ => 0.0,
        },
        Column::PaymentMethod => {
            if has(PAYMENT)
                && !has(AMOUNT)
                && !has(DATE)
                && !has(IDENTIFIER)
                && !has(&["status", "installments", "sequential", "reference"])
            {
                0.8
            } else {
                0.0
            }
        }
        Column::Status => {
            if has(STATUS)
                && !has(CUSTOMER)
                && !has(&[
                    "shipping",
                    "billing",
                    "fulfillment",
                    "address",
                    "marital",
                    "province",
                    "us",
                    "delivery",
                    "loyalty",
                    "membership",
                    "subscription",
                    "vip",
                    "stock",
                    "email",
                    "newsletter",
                ])
                && (words.contains(&"status") || words.len() > 1 || words[0] != "state")
            {
                0.85
            } else {
                0.0
            }
        }
    }
}
