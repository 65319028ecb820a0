//! A dimension of the layouts: a closed list of named values, of which an export has one.
//!
//! The lists exist so that a test can check that every value occurs.

/// A closed list of named values.
pub(super) trait Dimension: Copy + PartialEq + 'static {
    /// What is chosen.
    const NAME: &'static str;
    /// Every value.
    const ALL: &'static [Self];
    /// The name of the value.
    fn label(self) -> &'static str;
}

/// Declares a dimension: its name, and each value with its label.
macro_rules! dimension {
    ($(#[$about:meta])* $name:ident $title:literal { $($value:ident $label:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "the label of a value says what it is")]
        pub(in crate::exports) enum $name {
            $($value),+
        }

        impl crate::exports::dimension::Dimension for $name {
            const NAME: &'static str = $title;
            const ALL: &'static [Self] = &[$(Self::$value),+];
            fn label(self) -> &'static str {
                match self {
                    $(Self::$value => $label),+
                }
            }
        }
    };
}

pub(super) use dimension;
