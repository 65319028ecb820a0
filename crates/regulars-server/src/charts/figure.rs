//! A chart: its figure, the table behind it, and the labels of its marks.

use regulars_analysis::table::Table;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::axes::Axis;

/// A plotly.js figure.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema, Serialize)]
pub(crate) struct Figure {
    /// The traces.
    #[schemars(with = "Vec<serde_json::Map<String, Value>>")]
    pub(crate) data: Vec<Value>,
    /// Overrides of the layout that all charts share.
    #[schemars(with = "serde_json::Map<String, Value>")]
    pub(crate) layout: Value,
    /// Click targets: one URL per trace and mark, in the shape of the marks.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub(crate) links: Value,
}

impl Figure {
    /// A figure of this height and with these margins (right, top, bottom), without a legend.
    pub(super) fn new(height: usize, [right, top, bottom]: [u8; 3]) -> Self {
        let margin = json!({ "l": 12, "r": right, "t": top, "b": bottom });
        Self::default().set("height", height).set("showlegend", false).set("margin", margin)
    }

    /// With another trace.
    pub(super) fn with(mut self, trace: impl Into<Value>) -> Self {
        self.data.push(trace.into());
        self
    }

    /// With a legend, where plotly.js shows one by itself: for more than one trace.
    pub(super) fn legend(mut self) -> Self {
        if let Some(layout) = self.layout.as_object_mut() {
            layout.remove("showlegend");
        }
        self
    }

    pub(super) fn x(self, axis: Axis) -> Self {
        self.set("xaxis", axis)
    }

    pub(super) fn y(self, axis: Axis) -> Self {
        self.set("yaxis", axis)
    }

    /// Bars with this gap between them, as a share of their distance.
    pub(super) fn gap(self, share: f64) -> Self {
        self.set("bargap", share)
    }

    /// Several bars at each place.
    pub(super) fn grouped(self, gap: f64) -> Self {
        self.set("barmode", "group").gap(gap).set("bargroupgap", 0.08)
    }

    /// A dotted line across the figure, at `y`.
    pub(super) fn level(self, y: f64, colour: &str) -> Self {
        self.dotted(json!({ "xref": "paper", "yref": "y", "x0": 0, "x1": 1, "y0": y, "y1": y }), colour)
    }

    /// A dotted upright line, at `x`.
    pub(super) fn upright(self, x: impl Serialize, colour: &str) -> Self {
        self.dotted(json!({ "xref": "x", "yref": "paper", "x0": x, "x1": x, "y0": 0, "y1": 1 }), colour)
    }

    /// A dotted line between two points, given as plotly.js does.
    pub(super) fn dotted(self, mut shape: Value, colour: &str) -> Self {
        shape["type"] = json!("line");
        shape["line"] = json!({ "color": colour, "width": 1.5, "dash": "dot" });
        self.push("shapes", shape)
    }

    /// A small text at a place, given as plotly.js does.
    pub(super) fn note(self, mut at: Value, text: impl Into<String>, colour: &str) -> Self {
        at["text"] = Value::String(text.into());
        at["font"] = json!({ "color": colour, "size": 12 });
        self.push("annotations", at)
    }

    pub(super) fn push(mut self, key: &str, one: Value) -> Self {
        match &mut self.layout[key] {
            Value::Array(all) => all.push(one),
            none => *none = json!([one]),
        }
        self
    }

    /// Links of the marks: those of the rows of `table`, for every trace; none if no row has one.
    pub(super) fn linked(self, table: &Table) -> Self {
        let links: Vec<&Option<String>> = table.rows.iter().map(|row| &row.href).collect();
        if links.iter().all(|href| href.is_none()) {
            return self;
        }
        let each = vec![links; self.data.len()];
        self.linked_to(json!(each))
    }

    /// Links in the shape of the marks.
    pub(super) fn linked_to(mut self, links: Value) -> Self {
        self.links = links;
        self
    }

    /// Any other property of the layout.
    pub(super) fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.layout[key] = value.into();
        self
    }
}

/// A chart with its title, advice, units and table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Drawn {
    /// The finding, in plain words.
    pub(crate) title: String,
    /// How to read or use it, in one sentence.
    pub(crate) advice: String,
    /// Units of the marks.
    pub(crate) units: String,
    pub(crate) figure: Figure,
    /// The data behind the figure.
    pub(crate) table: Table,
}

/// A plotly.js figure with the links of its marks.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Chart")]
pub(crate) struct ChartJson<'a> {
    title: &'a str,
    units: &'a str,
    #[serde(flatten)]
    figure: &'a Figure,
}

impl Drawn {
    /// The chart as JSON, for the API and the page.
    pub(crate) fn json(&self) -> String {
        let json = ChartJson { title: &self.title, units: &self.units, figure: &self.figure };
        serde_json::to_string(&json).expect("values and text keys are always JSON")
    }

    /// The JSON escaped for a script element, whatever names the data contain.
    pub(crate) fn script_json(&self) -> String {
        self.json().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
    }
}

/// A name from the user's data, escaped: plotly.js interprets some HTML in labels.
pub(super) fn label(name: &str) -> String {
    name.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A name from the user's data, shortened to `letters` characters.
pub(super) fn short_label(name: &str, letters: usize) -> String {
    if name.chars().count() <= letters {
        return label(name);
    }
    let cut: String = name.chars().take(letters - 1).collect();
    format!("{}…", label(cut.trim_end()))
}

/// A long name wrapped at about fourteen characters.
pub(super) fn wrapped(name: &str) -> String {
    let mut lines = vec![String::new()];
    for word in name.split_whitespace() {
        let last = lines.last_mut().expect("there is always one");
        if !last.is_empty() && last.chars().count() + word.chars().count() > 13 {
            lines.push(word.to_owned());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines.truncate(4);
    lines.iter().map(|line| short_label(line, 16)).collect::<Vec<_>>().join("<br>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_the_script_element() {
        let figure = Figure { data: vec![json!("</script><!--&")], layout: json!({}), links: Value::Null };
        let drawn = Drawn {
            title: "<b>".to_owned(),
            advice: String::new(),
            units: String::new(),
            figure,
            table: Table::default(),
        };
        let text = drawn.script_json();
        assert!(!text.contains(['<', '>', '&']), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON")["data"][0], "</script><!--&");
        assert_eq!(short_label("a<b and more of it", 6), "a&lt;b a…");
    }
}
