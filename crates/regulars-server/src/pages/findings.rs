//! The sentences that head the summary: the first three claims that the numbers bear out.
//!
//! Deliberately not here: when a claim may be made, and its words (`regulars_analysis::claims`).

use regulars_analysis::claims::headlines;
use regulars_analysis::claims::words::Said;

use crate::backend::BackendError;
use crate::view::View;

/// How many are shown.
const SHOWN: usize = 3;

/// The first three of what can be said; fewer only where there are hardly any data.
///
/// # Errors
///
/// Any [`BackendError`] of the columns.
pub(crate) fn findings(view: &View) -> Result<Vec<Said>, BackendError> {
    let claims = headlines(&view.figures.summary, &view.frame.summary, &view.scope(), &view.facts()?);
    let words = view.words();
    Ok(claims.iter().take(SHOWN).map(|claim| words.say(claim)).collect())
}
