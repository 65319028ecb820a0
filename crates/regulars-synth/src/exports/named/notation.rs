//! Layouts that vary the notation of amounts, dates and files.

use super::super::choices::{
    Ambiguity, Cents, Constraints, Discount, Extras, FileSplit, QuantityName, Totals,
};
use super::super::dates::DateForm;
use super::super::file::{HeaderAgain, HeaderRow, LineEnd, Preamble};
use super::super::layout::{Layout, mixture};
use super::super::notation::{Decimals, Negative, Thousands};

const ANY: Constraints = Constraints::ANY;

pub(super) static NOTATION: &[Layout] = &[
    mixture("discount_rate", "a discount from 0 to 1", Constraints { discount: Some(Discount::Rate), ..ANY }),
    mixture(
        "discount_percent",
        "a discount in percent",
        Constraints { discount: Some(Discount::Percent), ..ANY },
    ),
    mixture(
        "discount_amount",
        "a discount in money",
        Constraints { discount: Some(Discount::Amount), ..ANY },
    ),
    mixture(
        "total_parts",
        "subtotal, discount, shipping and tax beside the total",
        Constraints { extras: Some(Extras::Present), ..ANY },
    ),
    mixture(
        "cents_by_name",
        "amounts in cents, according to their names",
        Constraints { cents: Some(Cents::ByName), ..ANY },
    ),
    mixture(
        "cents_beside",
        "one column in cents among decimal ones",
        Constraints { cents: Some(Cents::Mixed), ..ANY },
    ),
    mixture(
        "amount_is_quantity",
        "a column called amount holds pieces",
        Constraints { quantity_name: Some(QuantityName::Amount), ..ANY },
    ),
    mixture(
        "indian_groups",
        "Indian digit groups",
        Constraints { thousands: Some(Thousands::Indian), ..ANY },
    ),
    mixture(
        "apostrophes",
        "apostrophes between thousands",
        Constraints { thousands: Some(Thousands::Apostrophe), ..ANY },
    ),
    mixture(
        "narrow_blanks",
        "narrow no-break spaces between thousands",
        Constraints { thousands: Some(Thousands::NarrowNoBreak), ..ANY },
    ),
    mixture(
        "brackets",
        "negative amounts in brackets",
        Constraints { negative: Some(Negative::Brackets), ..ANY },
    ),
    mixture(
        "no_decimals",
        "a currency without decimals",
        Constraints { decimals: Some(Decimals::Zero), ..ANY },
    ),
    mixture(
        "three_decimals",
        "a currency with three decimals",
        Constraints { decimals: Some(Decimals::Three), ..ANY },
    ),
    mixture("four_decimals", "prices far below one", Constraints { decimals: Some(Decimals::Four), ..ANY }),
    mixture(
        "half_converted",
        "a spreadsheet swapped day and month of some dates",
        Constraints { dates: Some(DateForm::HalfDayFirst), ..ANY },
    ),
    mixture(
        "serial_dates",
        "dates as spreadsheet serial numbers",
        Constraints { dates: Some(DateForm::ExcelTime), ..ANY },
    ),
    mixture("unix_times", "dates as seconds", Constraints { dates: Some(DateForm::UnixSeconds), ..ANY }),
    mixture(
        "local_offsets",
        "dates with a UTC offset",
        Constraints { dates: Some(DateForm::OffsetSpaced), ..ANY },
    ),
    mixture(
        "long_dates",
        "dates with weekday and month names",
        Constraints { dates: Some(DateForm::Weekdays), ..ANY },
    ),
    mixture("cr_line_ends", "lines end in CR", Constraints { line_end: Some(LineEnd::Cr), ..ANY }),
    mixture("preamble", "lines before the header", Constraints { preamble: Some(Preamble::Settings), ..ANY }),
    mixture("totals", "rows of totals", Constraints { totals: Some(Totals::Monthly), ..ANY }),
    mixture(
        "header_again",
        "a repeated header",
        Constraints { header_again: Some(HeaderAgain::Sometimes), ..ANY },
    ),
    mixture(
        "no_header_but_plain",
        "no header, but values identify the columns",
        Constraints { ambiguity: Some(Ambiguity::Absent), header: Some(HeaderRow::Absent), ..ANY },
    ),
    mixture(
        "monthly_files",
        "one file per month",
        Constraints { file_split: Some(FileSplit::Months), ..ANY },
    ),
    mixture(
        "overlapping_files",
        "two files that share some weeks",
        Constraints { file_split: Some(FileSplit::Overlap), ..ANY },
    ),
];
