//! The list of all dimensions: chosen values, and those required by a named layout.

use super::super::dates::DateForm;
use super::super::dimension::Dimension;
use super::super::file::{
    BlankLines, Charset, Delimiter, Footer, HeaderAgain, HeaderRow, LastLine, LineEnd, Preamble, Quoting,
    Ragged,
};
use super::super::languages::Language;
use super::super::notation::{CurrencyPlace, Decimal, Decimals, Negative, Padding, Thousands};
use super::dimensions::{
    Ambiguity, CancellationTime, Cents, CustomerExtras, CustomerKey, Discount, Extras, FileSplit, Flag,
    FlagForm, FreeOrders, Grain, Guests, HeaderStyle, Index, LateChange, NumberStyle, OrderNumber,
    Placeholder, QuantityName, ReturnReference, ReturnSign, Returns, RowOrder, StateColumn, Status,
    TimePlace, Totals,
};

macro_rules! choices {
    ($($field:ident: $dimension:ty = $usual:expr),+ $(,)?) => {
        /// One value of each dimension.
        #[derive(Debug, Clone)]
        pub(in crate::exports) struct Choices {
            $(pub(in crate::exports) $field: $dimension),+
        }

        /// Values required by a layout.
        #[derive(Debug, Clone, Copy)]
        pub(in crate::exports) struct Constraints {
            $(pub(in crate::exports) $field: Option<$dimension>),+
        }

        impl Constraints {
            /// No requirements.
            pub(in crate::exports) const ANY: Self = Self { $($field: None),+ };
        }

        impl Choices {
            /// The plainest export.
            pub(in crate::exports) const USUAL: Self = Self { $($field: $usual),+ };

            /// Name of each dimension, and its value.
            pub(in crate::exports) fn labels(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((<$dimension>::NAME, self.$field.label())),+]
            }

            /// Whether there is a header.
            pub(in crate::exports) fn header_is_there(&self) -> bool {
                self.header == HeaderRow::Present
            }

            /// The choices that differ from the plainest, in words.
            pub(in crate::exports) fn describe(&self) -> String {
                let mut out = Vec::new();
                $(if self.$field != Self::USUAL.$field {
                    out.push(format!("{}: {}", <$dimension>::NAME, self.$field.label()));
                })+
                if out.is_empty() { "plain".to_owned() } else { out.join("; ") }
            }
        }

        /// Every dimension with all its values.
        pub(in crate::exports) fn all_values() -> Vec<(&'static str, Vec<&'static str>)> {
            vec![$((
                <$dimension>::NAME,
                <$dimension>::ALL.iter().map(|value| value.label()).collect(),
            )),+]
        }
    };
}

choices! {
    ambiguity: Ambiguity = Ambiguity::Absent,
    late: LateChange = LateChange::Absent,
    grain: Grain = Grain::Order,
    language: Language = Language::English,
    order_number: OrderNumber = OrderNumber::Usual,
    number_style: NumberStyle = NumberStyle::Sequence,
    header_style: HeaderStyle = HeaderStyle::Title,
    customer: CustomerKey = CustomerKey::Number,
    customer_extras: CustomerExtras = CustomerExtras::Nothing,
    placeholder: Placeholder = Placeholder::NoRows,
    guests: Guests = Guests::Without,
    dates: DateForm = DateForm::Iso,
    time: TimePlace = TimePlace::WithDate,
    decimals: Decimals = Decimals::Two,
    currency: CurrencyPlace = CurrencyPlace::NotStated,
    decimal: Decimal = Decimal::Dot,
    thousands: Thousands = Thousands::Nothing,
    negative: Negative = Negative::Minus,
    padding: Padding = Padding::Fixed,
    status: Status = Status::Absent,
    place: StateColumn = StateColumn::Absent,
    flag: Flag = Flag::Absent,
    flag_form: FlagForm = FlagForm::Bool,
    cancellation_time: CancellationTime = CancellationTime::Absent,
    returns: Returns = Returns::Absent,
    return_reference: ReturnReference = ReturnReference::Nothing,
    return_sign: ReturnSign = ReturnSign::Negative,
    discount: Discount = Discount::Absent,
    extras: Extras = Extras::Absent,
    cents: Cents = Cents::Absent,
    quantity_name: QuantityName = QuantityName::Usual,
    free_orders: FreeOrders = FreeOrders::Absent,
    totals: Totals = Totals::Absent,
    file_split: FileSplit = FileSplit::One,
    index: Index = Index::Absent,
    row_order: RowOrder = RowOrder::Oldest,
    delimiter: Delimiter = Delimiter::Comma,
    quoting: Quoting = Quoting::Needed,
    charset: Charset = Charset::Utf8,
    line_end: LineEnd = LineEnd::Lf,
    preamble: Preamble = Preamble::Nothing,
    footer: Footer = Footer::Nothing,
    blank_lines: BlankLines = BlankLines::Nothing,
    header_again: HeaderAgain = HeaderAgain::Never,
    ragged: Ragged = Ragged::Even,
    last_line: LastLine = LastLine::Ended,
    header: HeaderRow = HeaderRow::Present,
}
