//! Real histories for the tests, from `fixtures/golden`.

use std::str::FromStr;

use super::patterns::{BadRows, CountedPatterns, Histories, History, Patterns, count_patterns};
use super::time::TimeUnit;

/// A numeric table with named columns.
pub(crate) struct Table {
    columns: Vec<(String, Vec<f64>)>,
}

impl Table {
    pub(crate) fn column(&self, name: &str) -> &[f64] {
        &self.columns.iter().find(|(column, _)| column == name).unwrap().1
    }

    fn scaled(&self, name: &str, factor: f64) -> Vec<f64> {
        self.column(name).iter().map(|value| value * factor).collect()
    }
}

impl FromStr for Table {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut lines = text.lines();
        let mut columns: Vec<(String, Vec<f64>)> =
            lines.next().unwrap().split(',').map(|name| (name.to_owned(), Vec::new())).collect();
        for line in lines {
            for (column, value) in columns.iter_mut().zip(line.split(',')) {
                column.1.push(value.parse().unwrap());
            }
        }
        Ok(Self { columns })
    }
}

/// CDNOW sample customers with predictions from R packages.
pub(crate) fn cdnow_table() -> Table {
    include_str!("../../../../fixtures/golden/cdnow_sample.csv").parse().unwrap()
}

/// CDNOW sample histories, in a given unit.
pub(crate) fn cdnow_in(unit: TimeUnit) -> CountedPatterns {
    let table = cdnow_table();
    let per_day = 1.0 / unit.days();
    let (x, t_x, t) = (table.column("x"), table.scaled("t_x", per_day), table.scaled("T", per_day));
    let logs: Vec<f64> = table.column("litt").iter().zip(x).map(|(log, x)| log + x * per_day.ln()).collect();
    let histories = Histories { x, t_x: &t_x, t: &t, log_intervals: Some(&logs), unit };
    count_patterns(&histories, BadRows::Refuse).unwrap()
}

/// CDNOW sample histories in weeks, as in the literature.
pub(crate) fn cdnow() -> CountedPatterns {
    cdnow_in(TimeUnit::Weeks)
}

/// A shop from `fixtures/golden/histories_*.csv` in days, with its holdout purchases by pattern.
pub(crate) fn shop(name: &str) -> (Patterns, Vec<f64>) {
    let text = match name {
        "retail_two_years" => include_str!("../../../../fixtures/golden/histories_retail_two_years.csv"),
        "retail_one_year" => include_str!("../../../../fixtures/golden/histories_retail_one_year.csv"),
        "complete_journey" => include_str!("../../../../fixtures/golden/histories_complete_journey.csv"),
        _ => panic!("no shop {name}"),
    };
    let table: Table = text.parse().unwrap();
    let patterns = Patterns {
        x: table.column("x").iter().map(|x| *x as u32).collect(),
        t_x: table.column("t_x").to_vec(),
        t: table.column("T").to_vec(),
        count: table.column("customers").to_vec(),
        log_intervals: Some(table.column("log_intervals").iter().sum()),
        unit: TimeUnit::Days,
    };
    (patterns, table.column("holdout").to_vec())
}

/// Extreme histories.
pub(crate) fn corners() -> Patterns {
    let mut patterns = Patterns::empty(TimeUnit::Days);
    for (x, t_x, t) in [
        (0, 0.0, 0.0),
        (0, 0.0, 1e-6),
        (0, 0.0, 10_000.0),
        (1, 1e-3, 10_000.0),
        (1, 9_999.0, 10_000.0),
        (7, 3.0, 3.0),
        (30, 40.0, 400.0),
        (10_000, 9_000.0, 10_000.0),
        (10_000, 10_000.0, 10_000.0),
    ] {
        patterns.push(History { x, t_x, t }, 1.0);
    }
    patterns
}
