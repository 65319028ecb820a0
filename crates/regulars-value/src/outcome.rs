//! How a step of a run ended.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind, Result};

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome<T> {
    /// With a result.
    Done(T),
    /// Without, because the data do not allow it.
    Skipped {
        /// Why, in words.
        reason: String,
    },
}

/// Why a step, or a part of it, has no result.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The data do not allow it; the reason in words.
    Skipped(String),
    /// It failed.
    Failed(Error),
}

impl Stop {
    /// The data do not allow it.
    #[expect(clippy::needless_pass_by_value, reason = "for map_err")]
    pub(crate) fn skipped(reason: impl ToString) -> Self {
        Self::Skipped(reason.to_string())
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl<T> Outcome<T> {
    /// The outcome of work that may stop early.
    pub(crate) fn of(result: Result<T, Stop>) -> Result<Self> {
        match result {
            Ok(found) => Ok(Self::Done(found)),
            Err(Stop::Skipped(reason)) => Ok(Self::Skipped { reason }),
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    /// The outcome with another result.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Outcome<U> {
        match self {
            Self::Done(found) => Outcome::Done(change(found)),
            Self::Skipped { reason } => Outcome::Skipped { reason },
        }
    }

    /// The result of a step that is never skipped.
    ///
    /// Errors: it was skipped.
    pub fn into_done(self) -> Result<T> {
        match self {
            Self::Done(found) => Ok(found),
            Self::Skipped { reason } => Err(Error::new(Kind::Internal, reason)),
        }
    }

    /// The result, if there is one.
    pub(crate) fn done(&self) -> Option<&T> {
        match self {
            Self::Done(found) => Some(found),
            Self::Skipped { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    #[test]
    fn only_a_failure_is_an_error() {
        let done = Outcome::of(Ok::<_, Stop>(7)).expect("no failure");
        assert_eq!((done.done(), &done), (Some(&7), &Outcome::Done(7)));
        let skipped: Outcome<i32> = Outcome::of(Err(Stop::skipped("short"))).expect("no failure");
        assert_eq!((skipped.done(), &skipped), (None, &Outcome::Skipped { reason: "short".to_owned() }));
        let failed = Outcome::<i32>::of(Err(Error::new(Kind::Environment, "disk").into()));
        assert_eq!(failed.expect_err("a failure").kind, Kind::Environment);
    }

    #[test]
    fn an_outcome_survives_storage() {
        for outcome in [Outcome::Done(vec![1, 2]), Outcome::Skipped { reason: "none".to_owned() }] {
            let text = serde_json::to_string(&outcome).expect("text");
            assert_eq!(serde_json::from_str::<Outcome<Vec<i32>>>(&text).expect("read"), outcome);
        }
        let text = serde_json::to_value(Outcome::Done(3)).expect("text");
        assert_eq!(text, serde_json::json!({ "done": 3 }));
    }
}
