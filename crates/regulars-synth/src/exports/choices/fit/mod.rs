//! Draws compatible choices: for each dimension, one of the values that the earlier choices allow.
//!
//! Events that an export cannot express do not happen in its shop, so the choices determine the shop.

mod amounts;
mod customers;
mod files;
mod rows;
mod standing;

use super::super::dimension::Dimension;
use super::super::draw::Draw;
use super::wish::{Choices, Wish};

/// Draws the choices of an export. Values in `wish` are fixed, and the rest is drawn to be compatible.
pub(in crate::exports) fn draw(draw: &mut Draw, wish: &Wish) -> Choices {
    // A wish may conflict with earlier choices; then everything is drawn again.
    (0..20_000).find_map(|_| attempt(draw, wish)).unwrap_or(Choices::USUAL)
}

/// Draws a compatible value; none if there is none, or if the requested one is incompatible.
fn pick<D: Dimension>(
    draw: &mut Draw,
    wish: Option<D>,
    weights: &[(D, u32)],
    fits: impl Fn(D) -> bool,
) -> Option<D> {
    if let Some(wanted) = wish {
        return fits(wanted).then_some(wanted);
    }
    let left: Vec<(D, u32)> =
        weights.iter().copied().filter(|&(value, weight)| weight > 0 && fits(value)).collect();
    if left.is_empty() { None } else { Some(draw.weighted(&left)) }
}

fn attempt(draw: &mut Draw, wish: &Wish) -> Option<Choices> {
    let mut c = Choices::USUAL;
    rows::rows(draw, wish, &mut c)?;
    customers::customers(draw, wish, &mut c)?;
    customers::times(draw, wish, &mut c)?;
    amounts::amounts(draw, wish, &mut c)?;
    standing::standing(draw, wish, &mut c)?;
    standing::returns(draw, wish, &mut c)?;
    amounts::parts(draw, wish, &mut c)?;
    files::files(draw, wish, &mut c)?;
    Some(c)
}
