//! The one place that gives classes their colours, so that a segment has the same on every page.
//!
//! Colours are names of the style sheet, which holds their values for light and dark. They can be told
//! apart by readers with any of the usual colour deficiencies; where many stand side by side, names do.

/// Colours there are for segments; the style sheet has as many.
const SEGMENTS: usize = 12;
/// Colours there are for clusters.
const CLUSTERS: usize = 8;

/// The colour of a segment by its place in the rule set, from 0.
pub(crate) fn segment(place: usize) -> String {
    format!("--segment-{}", place % SEGMENTS + 1)
}

/// The colour of a cluster by its place, from 0.
pub(crate) fn cluster(place: usize) -> String {
    format!("--cluster-{}", place % CLUSTERS + 1)
}

/// From little to much, in five steps.
pub(crate) fn scale() -> serde_json::Value {
    serde_json::json!([
        [0, "--scale-1"],
        [0.25, "--scale-2"],
        [0.5, "--scale-3"],
        [0.75, "--scale-4"],
        [1, "--scale-5"]
    ])
}

/// The same where one customer in a cell must be seen beside cells of thousands.
pub(crate) fn density() -> serde_json::Value {
    serde_json::json!([[0, "--scale-2"], [0.3, "--scale-3"], [0.65, "--scale-4"], [1, "--scale-5"]])
}

/// From little to much behind text.
pub(crate) fn ground() -> serde_json::Value {
    serde_json::json!([[0, "--scale-1"], [0.5, "--scale-2"], [1, "--scale-3"]])
}

/// From far below to far above, by way of nothing.
pub(crate) fn both_ways() -> serde_json::Value {
    serde_json::json!([
        [0, "--below-2"],
        [0.25, "--below-1"],
        [0.5, "--scale-1"],
        [0.75, "--scale-3"],
        [1, "--scale-5"]
    ])
}

/// The same for points, which must be seen on the ground of the page.
pub(crate) fn point_scale() -> serde_json::Value {
    serde_json::json!([[0, "--scale-2"], [0.33, "--scale-3"], [0.67, "--scale-4"], [1, "--scale-5"]])
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
