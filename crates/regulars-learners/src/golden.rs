//! Golden values from the boosting libraries' Python packages, for the tests of both.

use rayon::prelude::*;
use serde_json::Value;

use crate::contributions::Contributions;
use crate::features::Features;
use crate::loss::Loss;

/// One data set, split into training and test rows.
pub(crate) struct Golden {
    features: Features,
    target: Vec<f64>,
    learned: usize,
    models: Vec<Value>,
}

/// One model fitted by a Python package.
pub(crate) struct Expected {
    pub(crate) rounds: u32,
    predictions: Vec<f64>,
    contributions: Vec<Vec<f64>>,
    gain: Vec<f64>,
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|v| v.as_f64().unwrap_or(f64::NAN)).collect()
}

impl Golden {
    pub(crate) fn read() -> Self {
        let text = include_str!("../../../fixtures/golden/learners/boosting.json");
        let all: Value = serde_json::from_str(text).expect("golden values");
        let columns: Vec<Vec<f64>> =
            all["columns"].as_array().expect("columns").iter().map(numbers).collect();
        let names = all["names"].as_array().expect("names").iter();
        let names = names.map(|name| name.as_str().expect("a name").to_owned()).collect();
        Self {
            features: Features::new(names, &columns.iter().map(Vec::as_slice).collect::<Vec<_>>())
                .expect("features"),
            target: numbers(&all["target"]),
            learned: all["learned"].as_u64().expect("a number") as usize,
            models: all["models"].as_array().expect("models").clone(),
        }
    }

    /// The expected values of one model.
    pub(crate) fn expected(&self, library: &str, name: &str) -> Expected {
        let model = self.models.iter().find(|model| model["library"] == library && model["name"] == name);
        let model = model.expect("a golden model");
        Expected {
            rounds: model["rounds"].as_u64().expect("a number") as u32,
            predictions: numbers(&model["predictions"]),
            contributions: model["contributions"].as_array().expect("rows").iter().map(numbers).collect(),
            gain: numbers(&model["gain"]),
        }
    }

    /// Features and target for training and testing, of the rows whose target `counts`.
    pub(crate) fn parts(&self, counts: impl Fn(f64) -> bool) -> [(Features, Vec<f64>); 2] {
        [0..self.learned, self.learned..self.target.len()].map(|range| {
            let rows: Vec<usize> = range.filter(|row| counts(self.target[*row])).collect();
            (self.features.of_rows(&rows), rows.iter().map(|row| self.target[*row]).collect())
        })
    }
}

/// The same parts, with 0/1 targets for probability models.
pub(crate) fn parts_for(
    golden: &Golden,
    loss: Loss,
    counts: impl Fn(f64) -> bool,
) -> [(Features, Vec<f64>); 2] {
    golden.parts(counts).map(|(features, target)| match loss {
        Loss::Binary => (features, target.iter().map(|value| f64::from(u8::from(*value > 0.0))).collect()),
        _ => (features, target),
    })
}

/// Checks that parallel fits equal sequential ones, and that the seed has an effect.
pub(crate) fn check_at_once<T: Send + PartialEq>(of: impl Fn(u32) -> T + Sync) {
    let alone: Vec<T> = (0..12).map(&of).collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(6).build().expect("threads");
    let at_once: Vec<T> = pool.install(|| (0..12).into_par_iter().with_max_len(1).map(&of).collect());
    assert!(alone == at_once);
    assert!(alone[0] != alone[1]);
}

impl Expected {
    /// Checks that everything agrees to one part in a million.
    pub(crate) fn check(&self, what: &str, predicted: &[f64], parts: &Contributions, gain: &[f64]) {
        assert_eq!(predicted.len(), self.predictions.len(), "{what}");
        let near = |found: f64, expected: f64, size: f64| {
            assert!((found - expected).abs() <= 1e-6 * size.max(1.0), "{what}: {found} is not {expected}");
        };
        for (found, expected) in predicted.iter().zip(&self.predictions) {
            near(*found, *expected, expected.abs());
        }
        for (row, expected) in self.contributions.iter().enumerate() {
            let size = expected.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
            for (found, expected) in parts.row(row).iter().chain([&parts.base]).zip(expected) {
                near(*found, *expected, size);
            }
        }
        let most = self.gain.iter().copied().fold(0.0, f64::max);
        for (found, expected) in gain.iter().zip(&self.gain) {
            near(*found, *expected, most);
        }
    }
}
