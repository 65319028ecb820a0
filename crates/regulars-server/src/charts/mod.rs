//! Charts as data: a figure of plotly.js and the table it is drawn from, made from one view, the same
//! in the page, the API and the file.
//!
//! Colours are names of the style sheet (`--chart-1`), which `static/app.js` looks up, so that one
//! figure fits light and dark. Deliberately not here: drawing.

mod axes;
mod bars;
mod bins;
mod boxes;
mod clusters;
mod cohorts;
mod concentration;
mod customer;
mod data;
mod distributions;
mod grid;
mod marketing;
mod movements;
mod pages;
mod revenue;
mod scatter;
mod segments;
mod typed;
mod value;

use serde::Serialize;
use serde_json::Value;

pub(crate) use cohorts::cohort_table;
pub(crate) use marketing::nothing_found;
pub(crate) use movements::movements_file;
pub(crate) use pages::{
    CHARTS, chart, dependence_of, is_large, is_of_whole_run, outline, shares_of_attribute, table, whole,
};
use typed::Typed;
pub(crate) use typed::base64;
use value::feature_meaning;
pub(crate) use value::sums_hold;

use crate::table::Table;

/// A figure of plotly.js.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub(crate) struct Figure {
    /// Its traces.
    pub(crate) data: Vec<Value>,
    /// What differs from the layout that all our charts share.
    pub(crate) layout: Value,
    /// Where a click leads: an address a trace and mark, in the shape of the marks.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub(crate) links: Value,
}

/// A chart with all that stands around it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Drawn {
    /// What it says, in plain words.
    pub(crate) title: String,
    /// What to do with it, one sentence.
    pub(crate) advice: String,
    /// What its marks are counted in.
    pub(crate) units: String,
    pub(crate) figure: Figure,
    /// What it is drawn from.
    pub(crate) table: Table,
}

/// A chart as the script reads it.
#[derive(Serialize)]
struct ChartJson<'a> {
    title: &'a str,
    units: &'a str,
    #[serde(flatten)]
    figure: &'a Figure,
}

impl Drawn {
    /// The chart as JSON: the answer of the API, and what the page holds.
    pub(crate) fn json(&self) -> String {
        let json = ChartJson { title: &self.title, units: &self.units, figure: &self.figure };
        serde_json::to_string(&json).expect("values and text keys are always JSON")
    }

    /// The same as text that can stand inside a script element, whatever names the data hold.
    pub(crate) fn script_json(&self) -> String {
        self.json().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
    }
}

/// A name of the user's data as plotly.js shall show it: its labels read a little HTML.
fn label(name: &str) -> String {
    name.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A name of the user's data where there is little room.
fn short_label(name: &str, letters: usize) -> String {
    if name.chars().count() <= letters {
        return label(name);
    }
    let cut: String = name.chars().take(letters - 1).collect();
    format!("{}…", label(cut.trim_end()))
}

/// A long name on lines of about fourteen letters.
fn wrapped(name: &str) -> String {
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
    use serde_json::json;

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
