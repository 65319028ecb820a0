//! Dimensions of an export: rows, order numbers, customers, statuses, returns, amounts.
//!
//! The dimensions of notation, dates and files are in `notation`, `dates` and `file`.

use super::super::dimension::dimension;

dimension! {
    /// What one row represents.
    Grain "row" {
        Order "order", LineTotal "line with total", LinePrice "line with price and quantity",
        LineAll "line with price, quantity and total", RepeatedTotal "line with the order's total on each",
        FirstRowTotal "line with the order's total on the first", PaymentFanout "item times payment",
        ShipmentFanout "item times shipment", RefundFanout "item times refund",
        HeaderLines "header, lines and payments", Events "event", Tables "several tables",
    }
}

impl Grain {
    /// Rows are lines, and their own amounts add up to the order.
    pub(in crate::exports) fn sums_lines(self) -> bool {
        matches!(self, Self::LineTotal | Self::LinePrice | Self::LineAll)
    }

    /// The order has a total of its own in the file.
    pub(in crate::exports) fn has_order_total(self) -> bool {
        matches!(self, Self::Order | Self::RepeatedTotal | Self::FirstRowTotal)
    }
}

dimension! {
    /// How an order number is written.
    OrderNumber "order number" {
        Usual "usual name", Odd "odd name", PartFilled "part-filled beside a filled id",
        ItemAndOrder "item id and increment id", Monthly "begins again each month", Yearly "begins again each year",
        Absent "none",
    }
}

dimension! {
    /// Format of order numbers.
    NumberStyle "number style" {
        Sequence "1001", Prefixed "SO-01001", HashSign "#1001", Long "100147443", Year "2024-0001", Hex "9f86d081",
        Dashed "111-1234567-1234567",
    }
}

dimension! {
    /// How English headers are spelled.
    HeaderStyle "header style" {
        Title "Order Date", Snake "order_date", Camel "orderDate", Pascal "OrderDate", UpperSnake "ORDER_DATE",
        Upper "ORDERDATE", Kebab "order-date",
    }
}

dimension! {
    /// What the customer column holds.
    CustomerKey "customer" { Number "number", Code "code", Email "e-mail", Name "name", Hash "hash" }
}

dimension! {
    /// Further customer columns.
    CustomerExtras "beside the customer" { Nothing "none", Email "e-mail", Name "name", Both "name and e-mail" }
}

impl CustomerExtras {
    pub(in crate::exports) fn has_email(self) -> bool {
        matches!(self, Self::Email | Self::Both)
    }

    pub(in crate::exports) fn has_name(self) -> bool {
        matches!(self, Self::Name | Self::Both)
    }
}

dimension! {
    /// What is written instead of an unknown customer.
    Placeholder "placeholder" {
        NoRows "none", Blank "blank", Zero "0", MinusOne "-1", Guest "guest", Unknown "unknown", NotAvailable "#N/A",
        BlankWord "(blank)", Null "NULL", WalkIn "walk-in", Several "several",
    }
}

dimension! {
    /// Whether guests have an e-mail address in a separate column.
    Guests "guests" { Without "no e-mail", WithEmail "with e-mail" }
}

dimension! {
    /// Whether date and time share a column.
    TimePlace "time" { WithDate "with the date", OwnColumn "own column" }
}

dimension! {
    /// The status of an order.
    Status "status" { Absent "none", Words "words", Magento "Magento's words" }
}

dimension! {
    /// A column with the state or province of an address.
    StateColumn "place named state" { Absent "none", ShipState "ship state", StoreState "store state", Province "province" }
}

dimension! {
    /// A yes/no column that marks cancelled, void, test or returned orders.
    Flag "flag" {
        Absent "none", Voided "voided", Deleted "deleted", Test "test", Cancelled "cancelled", Returned "returned",
    }
}

dimension! {
    /// How yes and no are written.
    FlagForm "yes and no" { Letters "Y/N", Bool "true/false", Digits "1/0", Words "words", UpperBool "TRUE/FALSE" }
}

dimension! {
    /// A column with the time of cancellation.
    CancellationTime "time of cancellation" { Absent "none", CancelledAt "cancelled at", DeletedAt "deleted at" }
}

dimension! {
    /// How returns are represented.
    Returns "returns" {
        Absent "none", StatusWord "status", Column "refund column", NegativeColumn "negative refund column",
        Rows "negative rows", Documents "document types", Kinds "sale and refund rows", Prefix "C before the number",
    }
}

impl Returns {
    /// Whether returns are rows of their own.
    pub(in crate::exports) fn are_rows(self) -> bool {
        matches!(self, Self::Rows | Self::Documents | Self::Kinds | Self::Prefix)
    }

    /// Whether a column holds the row type.
    pub(in crate::exports) fn has_types(self) -> bool {
        matches!(self, Self::Documents | Self::Kinds)
    }

    /// Whether a column holds the returned amount.
    pub(in crate::exports) fn is_column(self) -> bool {
        matches!(self, Self::Column | Self::NegativeColumn)
    }
}

dimension! {
    /// How a return row refers to its order.
    ReturnReference "return names its order" { Nothing "not at all", SameNumber "by its number", Column "in a column" }
}

dimension! {
    /// The sign of amounts on rows whose type marks them as returns.
    ReturnSign "sign of typed returns" { Negative "negative", Positive "positive" }
}

dimension! {
    /// Line discounts.
    Discount "line discount" {
        Absent "none", Rate "rate from 0 to 1", Percent "percent", PercentSign "percent with sign", Amount "amount",
    }
}

dimension! {
    /// Subtotal, discount, shipping and tax columns beside the order total.
    Extras "total's parts" {
        Absent "none", Present "subtotal, discount, shipping, tax", Freight "freight per item",
    }
}

dimension! {
    /// Amounts in the currency's smallest unit.
    Cents "cents" { Absent "none", ByName "by column name", Mixed "one column beside decimal ones" }
}

dimension! {
    /// The name of the quantity column.
    QuantityName "quantity named" { Usual "quantity", Amount "amount" }
}

dimension! {
    /// Orders with a total of zero.
    FreeOrders "free orders" { Absent "none", Some "some" }
}

dimension! {
    /// Total rows.
    Totals "rows of totals" { Absent "none", Grand "grand total", Monthly "monthly subtotals and grand total" }
}

dimension! {
    /// How the export is split into files.
    FileSplit "files" { One "one", Months "one a month", Overlap "two that overlap" }
}

dimension! {
    /// A column that counts the rows.
    Index "row index" { Absent "none", Unnamed "without a name", Named "row id" }
}

dimension! {
    /// The order of rows.
    RowOrder "row order" { Oldest "oldest first", Newest "newest first", Random "random" }
}

dimension! {
    /// A change after more than 5,000 rows.
    LateChange "late change" {
        Absent "none", Lines "orders of several lines", Currency "second currency", Notation "other notation",
        Negative "negative rows", Status "new status", Refunds "refund rows",
    }
}

dimension! {
    /// Why a file is ambiguous or unreadable.
    Ambiguity "doubt" {
        Absent "none", DayOrMonth "day or month", Thousands "thousands or decimals", Edited "edited orders",
        NewReturning "new and returning for customers", Currencies "two currencies", NoHeader "no header",
        Codes "status codes", OrderIds "damaged order ids", CustomerIds "damaged customer ids",
        NoCustomer "no customer column", Discount "percent or amount", Periods "totals of months",
    }
}
