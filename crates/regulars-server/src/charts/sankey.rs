//! Sankey diagrams: streams of customers from nodes on the left to nodes on the right.

use serde_json::{Value, json};

use super::figure::Figure;

/// Gap between two nodes, as a share of the height.
const GAP: f64 = 0.025;

/// A node, with the number of customers that pass it.
pub(super) struct Node {
    pub(super) label: String,
    pub(super) hover: String,
    pub(super) colour: String,
    pub(super) customers: u64,
    pub(super) href: Option<String>,
}

/// A stream, from one node on the left to one on the right, by their positions.
pub(super) struct Stream {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) customers: u64,
    pub(super) hover: String,
    pub(super) href: Option<String>,
}

/// The middle of each node of a side.
fn middles(side: &[Node]) -> Vec<f64> {
    let all = side.iter().map(|node| node.customers).sum::<u64>() as f64;
    let room = 1.0 - GAP * side.len().saturating_sub(1) as f64;
    let mut above = 0.0;
    let middle = |node: &Node| {
        let height = node.customers as f64 / all * room;
        let middle = above + height / 2.0;
        above += height + GAP;
        middle.clamp(0.001, 0.999)
    };
    side.iter().map(middle).collect()
}

/// The diagram; links are in two lists, of streams and of nodes.
pub(super) fn sankey(left: &[Node], right: &[Node], streams: &[Stream]) -> Figure {
    let nodes = |of: &dyn Fn(&Node) -> Value| left.iter().chain(right).map(of).collect::<Value>();
    let links = |of: &dyn Fn(&Stream) -> Value| streams.iter().map(of).collect::<Value>();
    let x: Vec<f64> = left.iter().map(|_| 0.001).chain(right.iter().map(|_| 0.999)).collect();
    let y = [middles(left), middles(right)].concat();
    let trace = json!({
        "type": "sankey",
        "arrangement": "fixed",
        "textfont": { "size": 12, "color": "--ink", "shadow": "none" },
        "node": {
            "label": nodes(&|node| json!(node.label)), "color": nodes(&|node| json!(node.colour)),
            "x": x, "y": y,
            "customdata": nodes(&|node| json!(node.hover)), "hovertemplate": "%{customdata}<extra></extra>",
            "pad": 10, "thickness": 14, "line": { "width": 0 },
        },
        "link": {
            "source": links(&|stream| json!(stream.from)), "target": links(&|stream| json!(left.len() + stream.to)),
            "value": links(&|stream| json!(stream.customers)),
            "color": links(&|stream| json!(format!("{}/40", left[stream.from].colour))),
            "customdata": links(&|stream| json!(stream.hover)), "hovertemplate": "%{customdata}<extra></extra>",
        },
    });
    Figure::new(300 + 34 * left.len().max(right.len()), [12, 12, 12]).with(trace).linked_to(
        json!({ "streams": links(&|stream| json!(stream.href)), "nodes": nodes(&|node| json!(node.href)) }),
    )
}
