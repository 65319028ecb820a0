//! Key findings of the summary: the first three claims that the data support.
//!
//! Not here: the rules and wording of claims (`regulars_analysis::claims`).

use regulars_analysis::claims::headlines;
use regulars_analysis::claims::words::ClaimText;
use regulars_analysis::error::BackendError;

use crate::view::View;

/// Number of findings shown.
const SHOWN: usize = 3;

/// The first three findings; fewer only if there is very little data.
///
/// # Errors
///
/// Any [`BackendError`] while reading the columns.
pub(crate) fn findings(view: &View) -> Result<Vec<ClaimText>, BackendError> {
    let claims = headlines(&view.figures.summary, &view.frame.summary, &view.scope(), &view.facts()?);
    let words = view.words();
    Ok(claims.iter().take(SHOWN).map(|claim| words.say(claim)).collect())
}
