//! Charts as data: a figure of plotly.js, made from the summary, the same in the page and the API.
//!
//! Colours are names of the style sheet (`--chart-1`), which `static/app.js` looks up, so that one
//! figure fits light and dark. Deliberately not here: drawing.

mod revenue;
mod segments;

use regulars_core::summary::RunSummary;
use serde::Serialize;
use serde_json::Value;

pub(crate) use revenue::revenue;
pub(crate) use segments::segments;

/// A figure of plotly.js.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Figure {
    /// Its traces.
    pub(crate) data: Vec<Value>,
    /// What differs from the layout that all our charts share.
    pub(crate) layout: Value,
}

impl Figure {
    /// The figure as text that can stand inside a script element, whatever names the data hold.
    pub(crate) fn to_script_json(&self) -> String {
        let json = serde_json::to_string(self).expect("values and text keys are always JSON");
        json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
    }
}

/// The chart of that name.
pub(crate) fn by_name(name: &str, summary: &RunSummary) -> Option<Figure> {
    match name {
        "segments" => Some(segments(summary)),
        "revenue" => Some(revenue(summary)),
        _ => None,
    }
}

/// A name of the user's data as plotly.js shall show it: its labels read a little HTML.
fn label(name: &str) -> String {
    name.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_name_cannot_leave_the_script_element() {
        let figure = Figure { data: vec![json!("</script><!--&")], layout: json!({}) };
        let text = figure.to_script_json();
        assert!(!text.contains(['<', '>', '&']), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON")["data"][0], "</script><!--&");
    }
}
