//! Categories of errors.

/// Category of an [`Error`](crate::Error), for mapping to exit codes and HTTP status codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The user's configuration is wrong.
    Config,
    /// The columns passed do not fit together.
    Input,
    /// A parameter search did not converge.
    NotConverged,
}
