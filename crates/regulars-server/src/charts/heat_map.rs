//! Heat maps: cells in rows and columns, coloured by a value.

use serde_json::{Value, json};

use super::figure::Figure;

/// A heat map of so many columns and rows; each method says what one property of a cell is, given its column
/// and its row.
pub(super) struct HeatMap {
    columns: usize,
    rows: usize,
    trace: Value,
    annotations: Vec<Value>,
    links: Value,
}

impl HeatMap {
    /// Cells coloured by a value; those without one (NaN) stay empty.
    pub(super) fn new(
        columns: usize,
        rows: usize,
        scale: &[(f64, &str)],
        value: impl Fn(usize, usize) -> f64,
    ) -> Self {
        let places = |count: usize| (0..count).collect::<Vec<usize>>();
        let trace = json!({
            "type": "heatmap", "x": places(columns), "y": places(rows), "zmin": 0, "colorscale": scale,
            "showscale": false, "xgap": 3, "ygap": 3, "hoverongaps": false,
        });
        let new = Self { columns, rows, trace, annotations: Vec::new(), links: Value::Null };
        new.each("z", |column, row| json!(value(column, row)))
    }

    /// The values of the two ends of the scale.
    pub(super) fn between(self, low: f64, high: f64) -> Self {
        self.set("zmin", low).set("zmax", high)
    }

    /// The tooltip of each cell.
    pub(super) fn hover(self, of: impl Fn(usize, usize) -> String) -> Self {
        self.each("customdata", |column, row| json!(of(column, row))).tooltip("%{customdata}")
    }

    /// A tooltip in the notation of plotly.js.
    pub(super) fn tooltip(self, tooltip: &str) -> Self {
        self.set("hovertemplate", format!("{tooltip}<extra></extra>"))
    }

    /// Text in each cell that has some, and its colour.
    pub(super) fn text(
        mut self,
        size: u8,
        of: impl Fn(usize, usize) -> Option<(String, &'static str)>,
    ) -> Self {
        for (x, y) in (0..self.columns).flat_map(|x| (0..self.rows).map(move |y| (x, y))) {
            if let Some((text, colour)) = of(x, y) {
                let (x, y) = (&self.trace["x"][x], &self.trace["y"][y]);
                let font = json!({ "size": size, "color": colour });
                self.annotations
                    .push(json!({ "x": x, "y": y, "text": text, "showarrow": false, "font": font }));
            }
        }
        self
    }

    /// The gap between cells, in pixels.
    pub(super) fn gap(self, pixels: u8) -> Self {
        self.set("xgap", pixels).set("ygap", pixels)
    }

    /// The link of each cell.
    pub(super) fn links(mut self, of: impl Fn(usize, usize) -> Option<String>) -> Self {
        self.links = json!([self.grid(|column, row| json!(of(column, row)))]);
        self
    }

    /// Any other property of each cell.
    pub(super) fn each(mut self, key: &str, of: impl Fn(usize, usize) -> Value) -> Self {
        self.trace[key] = self.grid(of);
        self
    }

    /// Any other property.
    pub(super) fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.trace[key] = value.into();
        self
    }

    fn grid(&self, of: impl Fn(usize, usize) -> Value) -> Value {
        (0..self.rows).map(|row| (0..self.columns).map(|column| of(column, row)).collect::<Value>()).collect()
    }

    /// The figure, of this height and with these margins (right, top, bottom).
    pub(super) fn figure(self, height: usize, margins: [u8; 3]) -> Figure {
        let figure = Figure::new(height, margins).with(self.trace).linked_to(self.links);
        if self.annotations.is_empty() { figure } else { figure.set("annotations", self.annotations) }
    }
}
