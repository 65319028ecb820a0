//! Forecasts with intervals, as columns.

use regulars_learners::conformal::Interval;

/// Forecasts with the ends of their intervals, one element per customer, in the currency's unit.
#[derive(Debug, Default, Clone)]
pub(crate) struct Ends {
    pub(crate) value: Vec<f64>,
    pub(crate) low: Vec<f64>,
    pub(crate) high: Vec<f64>,
}

impl Ends {
    /// Forecasts of the target days, with intervals, converted to the horizon. Intervals contain the
    /// forecast, even if hardly anybody spends anything and an interval of 0 would suffice.
    pub(crate) fn over(forecast: &[f64], intervals: &[Interval], over_horizon: &[f64]) -> Self {
        let (low, high) = ends(intervals, forecast, over_horizon);
        let value = forecast.iter().zip(over_horizon).map(|(value, factor)| value * factor).collect();
        Self { value, low, high }
    }
}

/// Ends of intervals over the horizon; without a conversion, over the target days.
pub(crate) fn ends(intervals: &[Interval], forecast: &[f64], over_horizon: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let factor = |row: usize| over_horizon.get(row).copied().unwrap_or(1.0);
    intervals
        .iter()
        .enumerate()
        .map(|(row, interval)| {
            let (low, high) = (interval.low.min(forecast[row]), interval.high.max(forecast[row]));
            (low * factor(row), high * factor(row))
        })
        .unzip()
}
