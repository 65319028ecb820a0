//! One claim in words.

/// One claim in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimText {
    /// The sentence.
    pub headline: String,
    /// The evidence, and what to do about it.
    pub detail: String,
}
