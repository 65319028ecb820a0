//! The named layouts: platforms, and mixtures with one or two fixed properties.

mod ambiguous;
mod meaning;
mod notation;
mod platforms;
mod rows;
mod words;

use std::sync::LazyLock;

use super::layout::Layout;

/// All named layouts.
pub(super) static LAYOUTS: LazyLock<Vec<&'static Layout>> = LazyLock::new(|| {
    [
        platforms::PLATFORMS,
        rows::ROWS,
        words::WORDS,
        meaning::MEANING,
        notation::NOTATION,
        ambiguous::AMBIGUOUS,
    ]
    .into_iter()
    .flatten()
    .collect()
});
