//! What the step finds for a small shop.

pub(crate) use super::value_result::ValueResult;
use super::{fit_and_predict, intervals, learn_from_features, read_histories, split};
use crate::histories::Days;
use crate::learned;
use crate::outcome::Outcome;
use crate::request::ValueRequest;
use crate::testing::Shop;
use crate::timing::Stopwatch;

/// Everything of the step before its tables are written.
pub(crate) fn valued(shop: &Shop, request: &ValueRequest<'_>) -> ValueResult {
    let mut days = Days::of(shop.landed.span_micros, shop.landed.as_of_micros);
    split(&mut days, request.config).expect("long enough");
    let (base, cuts) = read_histories(request, days).expect("histories");
    let mut found = fit_and_predict(request, base, days).expect("fitted");
    if !request.config.learned.is_empty() {
        learned::write_features(request, days, &cuts).expect("features");
        let learned = learn_from_features(request, &found, &cuts, &mut Stopwatch::start());
        found.learned = Outcome::of(learned).expect("no failure");
    }
    intervals::apply(request, &mut found).expect("intervals");
    found
}
