//! Draws choices that fit together: each dimension among the values that the earlier ones allow.
//!
//! What an export cannot show does not happen in its shop, so that the choices decide the shop.

mod amounts;
mod customers;
mod files;
mod rows;
mod standing;

use super::super::dimension::Dimension;
use super::super::draw::Draw;
use super::wish::{Choices, Wish};

/// Draws the choices of an export. What `wish` asks for is fixed, and the rest follows it.
pub(in crate::exports) fn draw(draw: &mut Draw, wish: &Wish) -> Choices {
    // A wish may be at odds with what was drawn before it; then all is drawn again.
    (0..20_000).find_map(|_| attempt(draw, wish)).unwrap_or(Choices::USUAL)
}

/// One value among those that fit; none if no value fits, or not the one that is wished for.
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
