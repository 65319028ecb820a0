//! Confidence in the role of a column by its name: from 0 (not) to 1 (certain).
//!
//! Deliberately not here: evidence from the values (see `columns`).

use regulars_core::columns::Column;

use super::vocabulary::{
    AMOUNT, ATTRIBUTE, CANCEL, CARD, CATEGORY, CONFIRMED, COST, COUNT, CURRENCY, CUSTOMER, DATE, DELETE,
    DISCOUNT, DOCUMENT, EMAIL, EVENT, EXCLUDED, FEE, FLAG, GROSS, ID, INCLUDED, KIND, LINE, MINOR, NAME, NET,
    ORDER, ORIGINAL, OTHER_DATE, PAID, PAYMENT, PERSON, PLACE, PRICE, PRODUCT, QUANTITY, RATE, REFUND,
    REVENUE, SHIPPING, SHOP, STATISTIC, STATUS, SUBTOTAL, TAX, TEST, TOTAL, TRACKING, UNIT, VOID, WHEN,
};
use super::words::Name;

/// The order in which roles are assigned; each column of the file gets at most one.
pub(crate) const SEARCH_ORDER: [Column; 10] = [
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

/// What users call the column.
pub(crate) fn role(column: Column) -> &'static str {
    match column {
        Column::CustomerId => "customer",
        Column::TransactionDate => "date",
        Column::TransactionId => "order",
        Column::TotalAmount => "amount",
        other => other.name(),
    }
}

/// The confidence that a column called `name` is `column`.
pub(crate) fn confidence(column: Column, name: &Name) -> f64 {
    if column.name() == name.normal {
        return 0.97;
    }
    match column {
        Column::CustomerId => customer(name),
        Column::TransactionId => order(name),
        Column::TransactionDate => date(name),
        Column::TotalAmount => amount(name),
        Column::Price => price(name),
        Column::Quantity => quantity(name),
        Column::ProductCategory => category(name),
        Column::ProductId => product(name),
        Column::PaymentMethod => payment_method(name),
        Column::Status => status(name),
        Column::RefundedAmount => refunded_amount(name),
        Column::Discount => discount(name),
        Column::Currency => currency(name),
        Column::OriginalTransactionId => original(name),
    }
}

/// Whether the column holds the customer's email address.
pub(crate) fn is_email(name: &Name) -> bool {
    name.has(EMAIL) && !name.has(STATUS) && !name.has(FLAG) && !name.has(KIND) && !name.is_word("newsletter")
}

fn customer(name: &Name) -> f64 {
    if name.is_word("gift") {
        return 0.0;
    }
    let other = STATISTIC
        .and(KIND)
        .and(DATE)
        .and(PLACE)
        .and(ATTRIBUTE)
        .and(SHOP)
        .and(COUNT)
        .and(STATUS)
        .and(FLAG)
        .and(ORIGINAL)
        .and(AMOUNT)
        .and(TAX);
    if is_email(name) {
        return if name.has(SHOP) || name.has(SHIPPING) { 0.0 } else { 0.75 };
    }
    if name.has(other.and(PAYMENT)) && !(name.is_word("account") && name.has(ID)) || name.is_word("order") {
        return 0.0;
    }
    let (is_customer, is_id) = (name.has(CUSTOMER), name.has(ID));
    match (is_customer, is_id) {
        (true, true) => 0.95,
        // A person's name is not an id, but better than nothing.
        (true, false) if name.has(NAME) => 0.61,
        (true, false) if name.is_word("fullname") || name.is_word("billto") || name.is_word("soldto") => 0.61,
        (true, false) if name.is_only(CUSTOMER) => 0.85,
        (false, true) if name.has(PERSON.and(CARD)) && !name.has(ORDER) => 0.8,
        (false, false) if name.has(PERSON.and(CARD)) && name.has(PERSON) && name.has(CARD) => 0.8,
        (false, false) if name.normal == "loyalty_card" => 0.8,
        _ => 0.0,
    }
}

fn order(name: &Name) -> f64 {
    let other = CUSTOMER
        .and(DATE)
        .and(KIND)
        .and(STATUS)
        .and(AMOUNT)
        .and(TOTAL)
        .and(PRICE)
        .and(QUANTITY)
        .and(DISCOUNT)
        .and(TAX)
        .and(SHIPPING)
        .and(CURRENCY)
        .and(EMAIL)
        .and(PLACE)
        .and(COUNT)
        .and(STATISTIC)
        .and(REFUND)
        .and(CANCEL)
        .and(ORIGINAL)
        .and(TRACKING)
        .and(ATTRIBUTE)
        .and(FLAG)
        .and(PAID)
        .and(SHOP);
    match name.normal.as_str() {
        "sales_order" | "sales_order_no" | "sales_document" => return 0.9,
        // If there is nothing better: a number of the row, or of the order.
        "id" => return 0.65,
        "increment_id" => return 0.9,
        "number" | "no" | "nr" => return 0.62,
        _ => {}
    }
    if name.has(LINE) || name.has(PRODUCT) || name.has(PAYMENT) {
        return 0.0;
    }
    let is_order = name.has(ORDER.and(DOCUMENT));
    // `Sales` is revenue, `Sale` an order.
    if !is_order || name.has(other) {
        return 0.0;
    }
    if name.has(ID) {
        return 0.95;
    }
    if name.is_only(ORDER) && !name.is_word("voucher") { 0.8 } else { 0.0 }
}

fn date(name: &Name) -> f64 {
    match name.significant_words().as_str() {
        "created_at" | "created" | "created_date" | "date_created" | "placed_at" | "ordered_at"
        | "purchased_at" | "ordered_on" | "erstellt" | "angelegt" | "cree" | "creado" | "criado"
        | "utworzono" | "utworzenia" | "vytvoreno" | "aangemaakt" => {
            return 0.88;
        }
        "purchased" | "ordered" | "bestellt" | "gekauft" => return 0.9,
        "paid_at" | "processed_at" | "paid_date" | "date_paid" | "completed_at" | "date_completed" => {
            return 0.7;
        }
        "closed_at" | "expires_at" => return 0.0,
        _ => {}
    }
    let other = OTHER_DATE.and(CANCEL).and(REFUND).and(VOID).and(DELETE).and(KIND).and(STATUS).and(TRACKING);
    let is_date = name.has(DATE) || (name.has(WHEN) && name.count_significant_words() > 1);
    if !is_date || name.has(other) || (name.has(CUSTOMER) && name.has(ID)) || name.has(AMOUNT) {
        return 0.0;
    }
    if name.has(COUNT) && !name.has(ORDER) || name.has(ATTRIBUTE) || name.has(TAX) {
        return 0.0;
    }
    if name.has(ORDER) {
        // A time alone is not a date; the values decide.
        return 0.95;
    }
    if name.has(EVENT) {
        // What tickets are for has its own date.
        return 0.86;
    }
    if name.is_only(DATE) && name.normal.chars().count() > 1 {
        return if name.is_word("time") && name.count_significant_words() == 1 { 0.7 } else { 0.85 };
    }
    if name.has(CUSTOMER) || name.has(PRODUCT) { 0.0 } else { 0.7 }
}

/// Words for amounts other than the sale.
fn is_other_amount(name: &Name) -> bool {
    let other = DISCOUNT
        .and(COST)
        .and(FEE)
        .and(REFUND)
        .and(CANCEL)
        .and(STATISTIC)
        .and(RATE)
        .and(DATE)
        .and(SHOP)
        .and(ATTRIBUTE)
        .and(KIND)
        .and(STATUS)
        .and(CATEGORY)
        .and(NAME)
        .and(FLAG)
        .and(TEST);
    // An insured value is not an amount paid.
    let insured = ["insured", "insurance", "coverage", "versicherungssumme"].iter().any(|w| name.is_word(w));
    if insured || name.has(other) || name.is_word("by") || name.is_word("at") || name.is_word("region") {
        return true;
    }
    // `total tax` is a tax; `total incl. tax` is a total.
    let told = name.has(INCLUDED) || name.has(EXCLUDED) || name.has(GROSS);
    (name.has(TAX) || name.has(SHIPPING)) && !told
}

fn amount(name: &Name) -> f64 {
    let about_counts = name.has(QUANTITY) || (name.has(COUNT) && !name.has(ORDER) && !name.has(LINE));
    let many = ["orders", "items", "lines", "units"].iter().any(|w| name.is_word(w));
    if is_other_amount(name)
        || about_counts
        || many
        || (name.has(ID) && !name.is_word("n") && !name.has(TOTAL.and(AMOUNT)))
    {
        return 0.0;
    }
    if name.is_word("id") || name.has(CURRENCY) && !name.has(TOTAL.and(AMOUNT)) {
        return 0.0;
    }
    if name.has(SUBTOTAL) {
        return 0.62;
    }
    let sides = NET.and(GROSS).and(INCLUDED).and(EXCLUDED);
    if name.has(sides) && name.is_only(sides.and(TAX)) {
        // `Gross`, `HT`, `excl. VAT`.
        return 0.75;
    }
    if matches!(name.normal.as_str(), "premium" | "praemie" | "to_pay") {
        return 0.7;
    }
    let is_amount = name.has(TOTAL.and(AMOUNT).and(REVENUE).and(PAID));
    if !is_amount || name.has(PAYMENT) && name.is_only(PAID.and(PAYMENT).and(KIND)) && name.has(KIND) {
        return 0.0;
    }
    if name.is_word("per") || name.has(UNIT) {
        return 0.0;
    }
    // `payment value`, `sales price`: an amount by one word, a price by the other.
    if name.has(PRICE) && !name.has(TOTAL) {
        return 0.0;
    }
    if name.has(PAID) && name.is_only(PAID) {
        return 0.7;
    }
    if name.has(CUSTOMER) && !name.has(PAID) {
        return 0.0;
    }
    if name.has(PAID) && name.has(AMOUNT) {
        // The part of a total that was paid.
        return 0.8;
    }
    // Two words for the total of an order or line.
    let whole = name.has(TOTAL.and(REVENUE))
        && name.has(ORDER.and(LINE).and(AMOUNT).and(PRICE).and(DOCUMENT))
        || name.has(AMOUNT) && name.has(ORDER.and(PAYMENT))
        || name.is_word("grand")
        || name.is_word("grandtotal")
        || name.is_word("gesamt");
    if name.has(NET) || name.has(GROSS) {
        return 0.85;
    }
    if whole { 0.95 } else { 0.85 }
}

fn price(name: &Name) -> f64 {
    let other = STATISTIC.and(COST).and(DISCOUNT).and(SHIPPING).and(TAX).and(RATE).and(FEE).and(KIND);
    let by_unit = name.has(UNIT) && name.has(AMOUNT) && !name.has(QUANTITY);
    let is_after = ["after", "nach", "apres", "despues", "dopo", "apos", "na", "po"]
        .iter()
        .any(|word| name.is_word(word));
    if !(name.has(PRICE) || by_unit)
        || name.has(other) && !name.has(INCLUDED.and(EXCLUDED)) && !is_after
        || name.has(TOTAL)
        || name.is_word("compare")
    {
        return 0.0;
    }
    // Beside `Final price`, `Original price` is the list price before the discount.
    let of = |words: &[&str]| words.iter().any(|word| name.is_word(word));
    match of(&["original", "old", "before", "was"]) {
        true => 0.65,
        false if is_after || of(&["final", "effective", "discounted"]) => 0.9,
        false => 0.85,
    }
}

fn quantity(name: &Name) -> f64 {
    if matches!(
        name.normal.as_str(),
        "items_sold" | "number_of_items" | "item_count" | "n_items" | "num_items" | "total_items"
    ) {
        return 0.8;
    }
    let other = PRICE.and(RATE).and(REFUND).and(CANCEL).and(SHIPPING).and(STATISTIC).and(KIND).and(UNIT);
    let is_stock =
        ["stock", "available", "onhand", "hand", "inventory", "lager", "lagerbestand", "bestand", "reserved"]
            .iter()
            .any(|word| name.is_word(word));
    if is_stock {
        return 0.0;
    }
    if !name.has(QUANTITY) || name.has(other) && !name.is_word("units") || name.is_word("per") {
        return 0.0;
    }
    0.9
}

fn category(name: &Name) -> f64 {
    if !name.has(CATEGORY) || name.has(CUSTOMER) || name.has(ID) {
        return 0.0;
    }
    if name.is_word("sub") || name.is_word("subcategory") { 0.65 } else { 0.9 }
}

fn product(name: &Name) -> f64 {
    let other =
        CATEGORY.and(QUANTITY).and(PRICE).and(AMOUNT).and(TOTAL).and(DISCOUNT).and(TAX).and(KIND).and(STATUS);
    let other = other
        .and(SUBTOTAL)
        .and(SHIPPING)
        .and(COUNT)
        .and(DATE)
        .and(ATTRIBUTE)
        .and(SHOP)
        .and(PAID)
        .and(FLAG)
        .and(RATE);
    let sold = ["product", "products", "item", "sku", "article", "artikel", "lineitem"];
    let is_product = name.has(PRODUCT);
    let ordered = name.has(ORDER) && !name.has(ID);
    let counted = name.has(other) && !sold.iter().any(|w| name.normal == *w);
    if !is_product || counted || ordered || (name.has(ORDER) && name.has(LINE)) {
        return 0.0;
    }
    match name.normal.as_str() {
        "description" | "stock_code" | "stockcode" | "product" | "item" => return 0.75,
        _ => {}
    }
    if name.has(ID) || name.is_word("sku") { 0.95 } else { 0.7 }
}

fn payment_method(name: &Name) -> f64 {
    match name.normal.as_str() {
        "payment" | "payment_type" | "payment_mode" | "pay_method" | "paid_by" | "paid_with"
        | "payment_method" => {
            return 0.9;
        }
        _ => {}
    }
    let other = AMOUNT.and(DATE).and(ID).and(STATUS).and(TOTAL).and(PLACE).and(COUNT).and(FEE).and(REFUND);
    let other = other.and(CONFIRMED).and(FLAG);
    let counted = ["installment", "installments", "sequential", "reference", "gateway"];
    if name.has(PAYMENT) && !name.has(other) && !counted.iter().any(|w| name.is_word(w)) { 0.8 } else { 0.0 }
}

fn status(name: &Name) -> f64 {
    if matches!(name.normal.as_str(), "order_status" | "status") {
        return 0.9;
    }
    let other = CUSTOMER.and(ATTRIBUTE).and(SHOP).and(EMAIL).and(PRODUCT).and(SHIPPING);
    let geography = name.has(PLACE) && !name.is_word("status") && !name.is_only(STATUS.and(ORDER).and(PLACE));
    let elsewhere = [
        "fulfillment",
        "fulfilment",
        "marital",
        "us",
        "loyalty",
        "vip",
        "stock",
        "delivery",
        "tax",
        "return",
    ];
    if !name.has(STATUS) || name.has(other) || geography || elsewhere.iter().any(|w| name.is_word(w)) {
        return 0.0;
    }
    // `State` alone is just as often a place; the values decide.
    if name.normal == "state" || name.normal == "estado" { 0.7 } else { 0.85 }
}

fn refunded_amount(name: &Name) -> f64 {
    let other =
        DATE.and(WHEN).and(ID).and(KIND).and(STATUS).and(QUANTITY).and(FLAG).and(RATE).and(TAX).and(SHIPPING);
    let is_of_order = matches!(name.normal.as_str(), "order_refunded" | "order_refund" | "order_returned");
    let is_about_orders = name.has(ORDER.and(ORIGINAL)) && !name.has(AMOUNT.and(TOTAL)) && !is_of_order;
    if name.has(CANCEL) && name.has(AMOUNT) && name.is_only(CANCEL.and(AMOUNT).and(TOTAL)) {
        return 0.65;
    }
    if !name.has(REFUND)
        || is_about_orders
        || name.has(other)
        || name.is_word("reason")
        || name.is_word("score")
    {
        return 0.0;
    }
    if name.is_word("credit") && !name.has(AMOUNT.and(TOTAL)) || name.has(CARD) {
        return 0.0;
    }
    if name.has(STATISTIC.and(CUSTOMER).and(COUNT)) {
        return 0.0;
    }
    // `return_window`, `returned_bottles` are not amounts.
    let told = REFUND.and(ORDER).and(LINE).and(NET).and(GROSS).and(PAYMENT).and(CURRENCY).and(MINOR);
    let is_part = |word: &&String| matches!(word.as_str(), "partial" | "partially");
    let is_money = if name.words.iter().any(|word| is_part(&word)) {
        let others: Vec<&str> = name.words.iter().filter(|w| !is_part(w)).map(String::as_str).collect();
        Name::new(&others.join(" ")).is_only(told)
    } else {
        name.is_only(told)
    };
    match name.has(AMOUNT.and(TOTAL).and(REVENUE)) {
        true => 0.9,
        false if is_money => 0.7,
        false => 0.0,
    }
}

fn discount(name: &Name) -> f64 {
    let other = ID.and(KIND).and(NAME).and(DATE).and(TAX).and(SHIPPING);
    // `price after discount`
    let is_price = ["after", "before", "nach", "vor", "avant", "apres", "antes", "despues", "prima", "dopo"];
    if is_price.iter().any(|word| name.is_word(word)) {
        return 0.0;
    }
    // `coupon` alone contains codes.
    let is_code = ["coupon", "coupons"].iter().any(|word| name.is_word(word)) && !name.has(AMOUNT);
    // In other shops, a voucher is a receipt.
    if name.is_only(DISCOUNT.and(ORDER)) && name.is_word("voucher") {
        return 0.6;
    }
    if !name.has(DISCOUNT) || name.has(other) || is_code {
        return 0.0;
    }
    if name.is_word("promo") || name.is_word("promotion") || name.is_word("reason") { 0.0 } else { 0.85 }
}

fn currency(name: &Name) -> f64 {
    if !name.has(CURRENCY) || name.has(RATE) || name.has(AMOUNT.and(TOTAL)) || name.is_word("para") {
        return 0.0;
    }
    if name.normal == "currency" || name.is_only(CURRENCY.and(ID)) { 0.95 } else { 0.8 }
}

fn original(name: &Name) -> f64 {
    if name.has(ORIGINAL)
        && name.has(ORDER.and(DOCUMENT))
        && !name.has(DATE.and(AMOUNT).and(TOTAL).and(PRICE))
    {
        return if name.has(ID) { 0.9 } else { 0.7 };
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(text: &str) -> &'static str {
        let name = Name::new(text);
        let scored = Column::ALL.into_iter().map(|c| (confidence(c, &name), c));
        scored
            .filter(|(score, _)| *score >= 0.6)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map_or("-", |(_, column)| column.name())
    }

    #[test]
    fn names_of_many_exports() {
        for (expected, names) in [
            (
                "customer_id",
                "Kundennummer;Customer ID;client;user_id;household_id;Müşteri No;N° client;Klantnummer;买家会员名;email;\
                 Customer Email;Référence client;visitor_id;CUSTOMERID;ID do cliente;Id klienta",
            ),
            (
                "transaction_id",
                "Order ID;Rechnungsnr;Bestellnummer;InvoiceNo;increment_id;N° commande;Sipariş No;订单编号;ORDERNUMBER;\
                 receipt_no;basket_id;Order #;id;Numer zamówienia;Número de pedido;Número do pedido",
            ),
            (
                "transaction_date",
                "Order Date;Rechnungsdatum;Bestelldatum;fecha;invoice_ts;created_at;订单付款时间;Sipariş Tarihi;Date de \
                 commande;Data zamówienia;timestamp;t_date;event_time;Created (UTC);Created date (UTC);Purchase Date;Data do pedido",
            ),
            (
                "total_amount",
                "Order Total;Grand Total;total_price;Sales;amount;Betrag;Rechnungsbetrag;Gesamtbetrag;importe;Montant TTC;\
                 Toplam Tutar;sales_value;payment_value;revenue;Total;N. Revenue;买家实际支付金额;net_amount;line_total;\
                 amount_cents;Wartość zamówienia;Valor total;Totaalbedrag",
            ),
            (
                "price",
                "unit_price;UnitPrice;price;Preis;prix unitaire;sales_price;item-price;Lineitem price;Cena",
            ),
            (
                "quantity",
                "qty;Quantity;Menge;qty_ordered;quantity-purchased;Lineitem quantity;Items sold;Adet;Ilość",
            ),
            ("status", "status;order_status;Financial Status;Bestellstatus;Estado del pedido;Sipariş Durumu"),
            (
                "refunded_amount",
                "Amount Refunded;Total Refunded;Refunded Amount;refund_amount;Montant remboursé",
            ),
            ("discount", "Discount;discount_rate;Rabatt;Remise;Discount Amount;coupon_amount"),
            ("currency", "Currency;currency_code;Währung;Devise"),
            (
                "-",
                "ship_state;store_state;Ship Date;birth date;tax;shipping;Total tax;cancelled_at;Customer type;City;Age;\
                 lifetime_value;cost;profit;Item count of cart;Recnum;tip;updated_at;Store ID;Attribution",
            ),
        ] {
            for name in names.split(';') {
                let name = name.trim();
                assert_eq!(best(name), expected, "{name}");
            }
        }
    }

    #[test]
    fn headers_in_many_languages_are_read_as_their_role() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/words/headers.tsv");
        let text = fs_err::read_to_string(path).unwrap();
        let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split('\t').collect()).collect();
        assert!(rows.len() > 1000);
        let wrong: Vec<String> = rows
            .iter()
            .filter(|row| best(row[2]) != row[0])
            .map(|row| format!("{} ({}): {}, not {}", row[2], row[1], best(row[2]), row[0]))
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
