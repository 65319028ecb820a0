//! The choices of an export: one value per dimension, all compatible.

mod constraints;
mod dimensions;
mod fit;

pub(super) use constraints::{Choices, Constraints, all_values};
pub(super) use dimensions::{
    Ambiguity, CancellationTime, Cents, CustomerKey, Discount, Extras, FileSplit, Flag, FlagForm, FreeOrders,
    Grain, Guests, HeaderStyle, Index, LateChange, NumberStyle, OrderNumber, Placeholder, QuantityName,
    ReturnReference, ReturnSign, Returns, RowOrder, StateColumn, Status, TimePlace, Totals,
};
pub(super) use fit::draw;
