//! Forecasts with intervals, as columns.

use regulars_learners::conformal::Interval;

/// Forecasts with the ends of their intervals, one element per customer, in the currency's unit.
#[derive(Debug, Default, Clone)]
pub(crate) struct IntervalBounds {
    pub(crate) value: Vec<f64>,
    pub(crate) low: Vec<f64>,
    pub(crate) high: Vec<f64>,
}

impl IntervalBounds {
    /// Forecasts of the target days, with intervals, converted to the horizon. Intervals contain the
    /// forecast, even if nearly all customers spend nothing and an interval of 0 would suffice.
    pub(crate) fn over(forecast: &[f64], intervals: &[Interval], over_horizon: &[f64]) -> Self {
        let (low, high) = bounds_over(intervals, forecast, over_horizon);
        let value = forecast.iter().zip(over_horizon).map(|(value, factor)| value * factor).collect();
        Self { value, low, high }
    }
}

/// Ends of intervals over the horizon; without a conversion, over the target days.
pub(crate) fn bounds_over(
    intervals: &[Interval],
    forecast: &[f64],
    over_horizon: &[f64],
) -> (Vec<f64>, Vec<f64>) {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_forecast_is_within_its_interval_and_all_three_are_converted() {
        let intervals = [
            Interval { low: 1.0, high: 3.0 },
            Interval { low: 0.0, high: 0.0 },
            Interval { low: 5.0, high: 9.0 },
        ];
        let found = IntervalBounds::over(&[2.0, 0.5, 4.0], &intervals, &[1.0, 2.0, 0.5]);
        assert_eq!(found.value, [2.0, 1.0, 2.0]);
        assert_eq!(found.low, [1.0, 0.0, 2.0]);
        assert_eq!(found.high, [3.0, 1.0, 4.5]);
        // Without a conversion the days are those of the forecast.
        let (low, high) = bounds_over(&intervals, &[2.0, 0.5, 4.0], &[]);
        assert_eq!((low, high), (vec![1.0, 0.0, 4.0], vec![3.0, 0.5, 9.0]));
    }

    proptest! {
        #[test]
        fn ends_never_cross_their_forecast(
            rows in prop::collection::vec((0.0_f64..1e6, 0.0_f64..1e6, 0.0_f64..1e6, 0.0_f64..5.0), 0..30),
        ) {
            let intervals: Vec<Interval> =
                rows.iter().map(|row| Interval { low: row.0.min(row.1), high: row.0.max(row.1) }).collect();
            let forecast: Vec<f64> = rows.iter().map(|row| row.2).collect();
            let factors: Vec<f64> = rows.iter().map(|row| row.3).collect();
            let found = IntervalBounds::over(&forecast, &intervals, &factors);
            prop_assert_eq!([found.value.len(), found.low.len(), found.high.len()], [rows.len(); 3]);
            for (row, interval) in intervals.iter().enumerate() {
                prop_assert!(found.low[row] <= found.value[row] && found.value[row] <= found.high[row]);
                // An interval is only ever widened.
                prop_assert!(found.low[row] <= interval.low * factors[row]);
                prop_assert!(found.high[row] >= interval.high * factors[row]);
            }
        }
    }
}
