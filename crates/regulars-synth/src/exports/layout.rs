//! A layout, and how an export is drawn from it.

use super::choices::{self, Constraints};
use super::draw::Draw;
use super::named::LAYOUTS;
use super::platforms::{self, PlatformFormat};
use super::{Export, mixture};

/// Percentage of random exports that use a platform layout.
const PLATFORMS_PERCENT: u32 = 20;

/// A layout of exports.
#[derive(Debug)]
pub struct Layout {
    /// Name of the layout.
    pub name: &'static str,
    /// Description.
    pub title: &'static str,
    /// Documentation page, for platforms.
    pub source: Option<&'static str>,
    make: Make,
}

/// How exports of a layout are generated.
#[derive(Debug)]
enum Make {
    Platform(&'static PlatformFormat),
    Mixture(Constraints),
}

impl Layout {
    /// Whether it is a platform or a public data set rather than a mixture.
    pub fn is_platform(&self) -> bool {
        matches!(self.make, Make::Platform(_))
    }
}

#[cfg(test)]
impl Layout {
    /// The format of a platform; none for a mixture.
    pub(super) fn plan(&self) -> Option<&'static PlatformFormat> {
        match self.make {
            Make::Platform(plan) => Some(plan),
            Make::Mixture(_) => None,
        }
    }
}

/// A mixture with `constraints` fixed.
pub(super) const fn mixture(name: &'static str, title: &'static str, constraints: Constraints) -> Layout {
    Layout { name, title, source: None, make: Make::Mixture(constraints) }
}

/// A platform.
pub(super) const fn platform(
    name: &'static str,
    title: &'static str,
    source: Option<&'static str>,
    plan: &'static PlatformFormat,
) -> Layout {
    Layout { name, title, source, make: Make::Platform(plan) }
}

/// All named layouts.
pub fn layouts() -> &'static [&'static Layout] {
    &LAYOUTS
}

/// The layout with this name.
pub fn layout(name: &str) -> Option<&'static Layout> {
    LAYOUTS.iter().copied().find(|layout| layout.name == name)
}

/// Every dimension of mixtures with its possible values, as named by [`Export::choices`].
pub fn dimensions() -> Vec<(&'static str, Vec<&'static str>)> {
    let mut all = choices::all_values();
    if let Some(encodings) = all.iter_mut().find(|(name, _)| *name == "encoding") {
        encodings.1 = mixture::encodings();
    }
    all.push((mixture::SIGN, mixture::signs()));
    all
}

/// An export of a layout. The same seed gives the same bytes.
pub fn export(layout: &Layout, seed: u64) -> Export {
    let stream =
        layout.name.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let mut draw = Draw::new(seed, stream);
    match &layout.make {
        Make::Platform(plan) => platforms::export(&mut draw, layout.name, layout.title, seed, plan),
        Make::Mixture(constraints) => mixture::export(&mut draw, layout.name, seed, constraints),
    }
}

/// A random export: a platform's layout, or a mixture of dimensions. The same seed gives the same bytes.
pub fn random_export(seed: u64) -> Export {
    let mut draw = Draw::new(seed, 0);
    if draw.chance(PLATFORMS_PERCENT) {
        let platforms: Vec<&Layout> = LAYOUTS.iter().copied().filter(|layout| layout.is_platform()).collect();
        return export(platforms[draw.below(platforms.len())], seed);
    }
    mixture::export(&mut draw, "mixture", seed, &Constraints::ANY)
}
