//! The colours of segments and clusters, the same on every page.
//!
//! Colours are CSS variable names; the style sheet has their values for light and dark mode. They can be
//! distinguished with the common colour vision deficiencies; where there are many, labels help.

/// Number of segment colours in the style sheet.
const SEGMENTS: usize = 12;
/// Number of cluster colours.
const CLUSTERS: usize = 8;

/// The colour of a segment by its position in the rule set, from 0.
pub(crate) fn segment(place: usize) -> String {
    format!("--segment-{}", place % SEGMENTS + 1)
}

/// The colour of a cluster by its position, from 0.
pub(crate) fn cluster(place: usize) -> String {
    format!("--cluster-{}", place % CLUSTERS + 1)
}

/// The class of a swatch in a colour of the style sheet.
pub(crate) fn swatch(colour: &str) -> String {
    colour.trim_start_matches('-').to_owned()
}

/// A colour scale: places from 0 to 1, and their colours.
pub(crate) type Scale = &'static [(f64, &'static str)];

/// Sequential, in five steps.
pub(crate) const SEQUENTIAL: Scale =
    &[(0.0, "--scale-1"), (0.25, "--scale-2"), (0.5, "--scale-3"), (0.75, "--scale-4"), (1.0, "--scale-5")];

/// Sequential; single customers stay visible beside cells of thousands.
pub(crate) const DENSITY: Scale =
    &[(0.0, "--scale-2"), (0.3, "--scale-3"), (0.65, "--scale-4"), (1.0, "--scale-5")];

/// Sequential, for cells with text.
pub(crate) const GROUND: Scale = &[(0.0, "--scale-1"), (0.5, "--scale-2"), (1.0, "--scale-3")];

/// Diverging, for values above and below a neutral one.
pub(crate) const DIVERGING: Scale =
    &[(0.0, "--below-2"), (0.25, "--below-1"), (0.5, "--scale-1"), (0.75, "--scale-3"), (1.0, "--scale-5")];

/// Sequential, for points, which must be visible on the page background.
pub(crate) const POINTS: Scale =
    &[(0.0, "--scale-2"), (0.33, "--scale-3"), (0.67, "--scale-4"), (1.0, "--scale-5")];

/// The colour of text on the sequential scale at `level`, 0 to 1: legible in both themes.
pub(crate) fn ink_at(level: f64) -> &'static str {
    match level {
        ..0.55 => "--ink",
        ..0.8 => "--scale-ink-middle",
        _ => "--scale-ink",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_sheet_has_every_colour_in_both_themes() {
        let css = include_str!("../static/app.css");
        for colour in (0..SEGMENTS).map(segment).chain((0..CLUSTERS).map(cluster)) {
            // Light, dark by system, dark by choice.
            assert_eq!(css.matches(&format!("{colour}:")).count(), 3, "{colour}");
        }
    }
}
