//! Layouts that vary the notation of amounts, dates and files.

use super::super::choices::{Ambiguity, Cents, Cut, Discount, Extras, QuantityName, Totals, Wish};
use super::super::dates::DateForm;
use super::super::file::{HeaderAgain, HeaderRow, LineEnd, Preamble};
use super::super::layout::{Layout, mixture};
use super::super::notation::{Decimals, Negative, Thousands};

const ANY: Wish = Wish::ANY;

pub(super) static NOTATION: &[Layout] = &[
    mixture("discount_rate", "a discount from 0 to 1", Wish { discount: Some(Discount::Rate), ..ANY }),
    mixture("discount_percent", "a discount in percent", Wish { discount: Some(Discount::Percent), ..ANY }),
    mixture("discount_amount", "a discount in money", Wish { discount: Some(Discount::Amount), ..ANY }),
    mixture(
        "total_parts",
        "subtotal, discount, shipping and tax beside the total",
        Wish { extras: Some(Extras::Present), ..ANY },
    ),
    mixture(
        "cents_by_name",
        "amounts in cents, according to their names",
        Wish { cents: Some(Cents::ByName), ..ANY },
    ),
    mixture(
        "cents_beside",
        "one column in cents among decimal ones",
        Wish { cents: Some(Cents::Beside), ..ANY },
    ),
    mixture(
        "amount_is_quantity",
        "a column called amount holds pieces",
        Wish { quantity_name: Some(QuantityName::Amount), ..ANY },
    ),
    mixture("indian_groups", "Indian digit groups", Wish { thousands: Some(Thousands::Indian), ..ANY }),
    mixture(
        "apostrophes",
        "apostrophes between thousands",
        Wish { thousands: Some(Thousands::Apostrophe), ..ANY },
    ),
    mixture(
        "narrow_blanks",
        "narrow no-break spaces between thousands",
        Wish { thousands: Some(Thousands::NarrowNoBreak), ..ANY },
    ),
    mixture("brackets", "negative amounts in brackets", Wish { negative: Some(Negative::Brackets), ..ANY }),
    mixture("no_decimals", "a currency without decimals", Wish { decimals: Some(Decimals::Zero), ..ANY }),
    mixture(
        "three_decimals",
        "a currency with three decimals",
        Wish { decimals: Some(Decimals::Three), ..ANY },
    ),
    mixture("four_decimals", "prices far below one", Wish { decimals: Some(Decimals::Four), ..ANY }),
    mixture(
        "half_converted",
        "a spreadsheet swapped day and month of some dates",
        Wish { dates: Some(DateForm::HalfDayFirst), ..ANY },
    ),
    mixture(
        "serial_dates",
        "dates as spreadsheet serial numbers",
        Wish { dates: Some(DateForm::ExcelTime), ..ANY },
    ),
    mixture("unix_times", "dates as seconds", Wish { dates: Some(DateForm::UnixSeconds), ..ANY }),
    mixture("local_offsets", "dates with a UTC offset", Wish { dates: Some(DateForm::OffsetSpaced), ..ANY }),
    mixture(
        "long_dates",
        "dates with weekday and month names",
        Wish { dates: Some(DateForm::Weekdays), ..ANY },
    ),
    mixture("cr_line_ends", "lines end in CR", Wish { line_end: Some(LineEnd::Cr), ..ANY }),
    mixture("preamble", "lines before the header", Wish { preamble: Some(Preamble::Settings), ..ANY }),
    mixture("totals", "rows of totals", Wish { totals: Some(Totals::Monthly), ..ANY }),
    mixture("header_again", "a repeated header", Wish { header_again: Some(HeaderAgain::Sometimes), ..ANY }),
    mixture(
        "no_header_but_plain",
        "no header, but values identify the columns",
        Wish { doubt: Some(Ambiguity::Absent), header: Some(HeaderRow::Absent), ..ANY },
    ),
    mixture("monthly_files", "one file per month", Wish { cut: Some(Cut::Months), ..ANY }),
    mixture("overlapping_files", "two files that share some weeks", Wish { cut: Some(Cut::Overlap), ..ANY }),
];
