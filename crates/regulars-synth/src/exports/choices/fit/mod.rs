//! Draws compatible choices: for each dimension, one of the values that the earlier choices allow.
//!
//! Events that an export cannot express do not happen in its shop, so the choices determine the shop.

mod amounts;
mod customers;
mod files;
mod rows;
mod statuses;

use super::super::dimension::Dimension;
use super::super::draw::Draw;
use super::constraints::{Choices, Constraints};

/// Draws the choices of an export. Values in `constraints` are fixed, and the rest is drawn to be compatible.
pub(in crate::exports) fn draw(draw: &mut Draw, constraints: &Constraints) -> Choices {
    // A constraint may conflict with earlier choices; then everything is drawn again.
    (0..20_000).find_map(|_| attempt(draw, constraints)).unwrap_or(Choices::USUAL)
}

/// Draws a compatible value; none if there is none, or if the requested one is incompatible.
fn pick<D: Dimension>(
    draw: &mut Draw,
    constraints: Option<D>,
    weights: &[(D, u32)],
    fits: impl Fn(D) -> bool,
) -> Option<D> {
    if let Some(wanted) = constraints {
        return fits(wanted).then_some(wanted);
    }
    let left: Vec<(D, u32)> =
        weights.iter().copied().filter(|&(value, weight)| weight > 0 && fits(value)).collect();
    if left.is_empty() { None } else { Some(draw.weighted(&left)) }
}

fn attempt(draw: &mut Draw, constraints: &Constraints) -> Option<Choices> {
    let mut c = Choices::USUAL;
    rows::rows(draw, constraints, &mut c)?;
    customers::customers(draw, constraints, &mut c)?;
    customers::times(draw, constraints, &mut c)?;
    amounts::amounts(draw, constraints, &mut c)?;
    statuses::statuses(draw, constraints, &mut c)?;
    statuses::returns(draw, constraints, &mut c)?;
    amounts::parts(draw, constraints, &mut c)?;
    files::files(draw, constraints, &mut c)?;
    Some(c)
}
