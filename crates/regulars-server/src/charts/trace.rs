//! Bars, lines and points: one trace, with one mark per item.

use serde::Serialize;
use serde_json::{Value, json};

/// A trace made of items: each method says what one property of a mark is, given its item.
#[derive(Debug, Clone)]
pub(super) struct Trace<T> {
    items: Vec<T>,
    trace: Value,
}

impl<T: Copy> Trace<T> {
    fn of(items: impl IntoIterator<Item = T>, trace: Value) -> Self {
        Self { items: items.into_iter().collect(), trace }
    }

    /// Upright bars.
    pub(super) fn columns(items: impl IntoIterator<Item = T>) -> Self {
        Self::of(items, json!({ "type": "bar" })).colour("--chart-1")
    }

    /// Horizontal bars, by position.
    pub(super) fn bars(items: impl IntoIterator<Item = T>) -> Self {
        let trace = Self::columns(items).set("orientation", "h");
        let places: Vec<usize> = (0..trace.items.len()).collect();
        trace.set("y", places)
    }

    /// A line through the items.
    pub(super) fn line(items: impl IntoIterator<Item = T>, colour: &str, width: f64) -> Self {
        let line = json!({ "color": colour, "width": width });
        Self::of(items, json!({ "type": "scatter", "mode": "lines", "line": line }))
    }

    /// One point per item.
    pub(super) fn points(items: impl IntoIterator<Item = T>, size: f64) -> Self {
        Self::of(items, json!({ "type": "scatter", "mode": "markers", "marker": { "size": size } }))
    }

    pub(super) fn name(self, name: &str) -> Self {
        self.set("name", name)
    }

    pub(super) fn x<V: Serialize>(self, of: impl Fn(T) -> V) -> Self {
        self.each("x", of)
    }

    pub(super) fn y<V: Serialize>(self, of: impl Fn(T) -> V) -> Self {
        self.each("y", of)
    }

    /// Columns at months, named `YYYY-MM`.
    pub(super) fn months<'a>(self, of: impl Fn(T) -> &'a String) -> Self {
        let trace = self.x(|item| format!("{}-01", of(item)));
        trace.set("xperiod", "M1").set("xperiodalignment", "middle")
    }

    /// Text beside each bar.
    pub(super) fn text(self, of: impl Fn(T) -> String) -> Self {
        self.each("text", of).set("textposition", "outside").set("cliponaxis", false)
    }

    /// The tooltip of each mark.
    pub(super) fn hover(self, of: impl Fn(T) -> String) -> Self {
        self.details(of, "%{customdata}")
    }

    /// A tooltip, in the notation of plotly.js, with details of each mark.
    pub(super) fn details<V: Serialize>(self, of: impl Fn(T) -> V, tooltip: &str) -> Self {
        self.each("customdata", of).tooltip(tooltip)
    }

    /// A tooltip without details.
    pub(super) fn tooltip(self, tooltip: &str) -> Self {
        self.set("hovertemplate", format!("{tooltip}<extra></extra>"))
    }

    pub(super) fn colour(self, colour: &str) -> Self {
        self.marker("color", colour)
    }

    pub(super) fn colours<V: Serialize>(mut self, of: impl Fn(T) -> V) -> Self {
        self.trace["marker"]["color"] = self.items.iter().map(|item| json!(of(*item))).collect();
        self
    }

    /// Points on the line as well.
    pub(super) fn with_points(self, size: u8) -> Self {
        self.set("mode", "lines+markers").marker("size", size)
    }

    pub(super) fn dash(mut self, dash: &str) -> Self {
        self.trace["line"]["dash"] = json!(dash);
        self
    }

    /// Fills the area below the line.
    pub(super) fn filled(self) -> Self {
        self.set("fill", "tozeroy").set("fillcolor", "--chart-1-veil")
    }

    /// Error bars along an axis (`x` or `y`): how far each reaches up and down.
    pub(super) fn errors(
        self,
        axis: &str,
        up: impl Fn(T) -> f64,
        down: impl Fn(T) -> f64,
        (colour, thickness, width): (&str, f64, u8),
    ) -> Self {
        let each = |of: &dyn Fn(T) -> f64| self.items.iter().map(|item| of(*item)).collect::<Vec<f64>>();
        let errors = json!({
            "type": "data", "symmetric": false, "array": each(&up), "arrayminus": each(&down),
            "color": colour, "thickness": thickness, "width": width,
        });
        self.set(&format!("error_{axis}"), errors)
    }

    /// Equal error bars in both directions.
    pub(super) fn deviations(
        self,
        axis: &str,
        of: impl Fn(T) -> f64,
        (colour, thickness, width): (&str, f64, u8),
    ) -> Self {
        let each: Vec<f64> = self.items.iter().map(|item| of(*item)).collect();
        let errors =
            json!({ "type": "data", "array": each, "color": colour, "thickness": thickness, "width": width });
        self.set(&format!("error_{axis}"), errors)
    }

    /// Any other property of the markers.
    pub(super) fn marker(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.trace["marker"][key] = value.into();
        self
    }

    /// Any other property of each mark.
    pub(super) fn each<V: Serialize>(mut self, key: &str, of: impl Fn(T) -> V) -> Self {
        self.trace[key] = self.items.iter().map(|item| json!(of(*item))).collect();
        self
    }

    /// Any other property of the trace.
    pub(super) fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.trace[key] = value.into();
        self
    }
}

impl<T> From<Trace<T>> for Value {
    fn from(trace: Trace<T>) -> Self {
        trace.trace
    }
}

/// A dotted diagonal to compare with.
pub(super) fn diagonal(name: &str, colour: &str, from: f64, to: f64) -> Value {
    let line = Trace::line([from, to], colour, 1.5).name(name).x(|at| at).y(|at| at);
    line.dash("dot").set("hoverinfo", "skip").into()
}
