//! The choices of an export: one value per dimension, all compatible.

mod dimensions;
mod fit;
mod wish;

pub(super) use dimensions::{
    Ambiguity, Cents, CustomerKey, Cut, Discount, Extras, Flag, FlagForm, FreeOrders, Grain, Guests,
    HeaderStyle, Index, Late, Link, NumberStyle, OrderNumber, Place, Placeholder, QuantityName, ReturnSign,
    Returns, RowOrder, Stamp, Status, TimePlace, Totals,
};
pub(super) use fit::draw;
pub(super) use wish::{Choices, Wish, all_values};
