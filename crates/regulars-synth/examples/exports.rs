//! Writes exports to folders, with their truth as JSON, for inspection.
//!
//! `cargo run -p regulars-synth --example exports -- OUT N FIRST_SEED [LAYOUT]`: N exports from that seed on,
//! of one layout or of any. With the `LAYOUT` `all`, N exports of every named layout.

use std::path::Path;

use regulars_synth::exports::{Export, Readings, export, layout, layouts, random_export};

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (Some(out), Some(count), Some(first)) = (
        arguments.first(),
        arguments.get(1).and_then(|text| text.parse::<u64>().ok()),
        arguments.get(2).and_then(|text| text.parse::<u64>().ok()),
    ) else {
        return Err(std::io::Error::other("expected OUT N FIRST_SEED [LAYOUT]"));
    };
    let seeds = first..first + count;
    let out = Path::new(out);
    match arguments.get(3).map(String::as_str) {
        None => seeds.map(random_export).try_for_each(|sample| write(out, &sample)),
        Some("all") => layouts()
            .iter()
            .flat_map(|layout| seeds.clone().map(move |seed| export(layout, seed)))
            .try_for_each(|sample| write(out, &sample)),
        Some(name) => {
            let Some(layout) = layout(name) else {
                let names: Vec<&str> = layouts().iter().map(|layout| layout.name).collect();
                return Err(std::io::Error::other(format!(
                    "no layout `{name}`; there are {}",
                    names.join(", ")
                )));
            };
            seeds.map(|seed| export(layout, seed)).try_for_each(|sample| write(out, &sample))
        }
    }
}

/// One folder: the files, and `truth.json` beside them.
fn write(out: &Path, sample: &Export) -> std::io::Result<()> {
    let folder = out.join(format!("{:06}_{}", sample.seed, sample.name));
    fs_err::create_dir_all(&folder)?;
    for file in &sample.files {
        fs_err::write(folder.join(&file.name), &file.bytes)?;
    }
    fs_err::write(folder.join("truth.json"), json(sample))
}

fn json(sample: &Export) -> String {
    let truth = &sample.truth;
    let customers: Vec<String> = truth
        .by_customer
        .iter()
        .map(|(key, (orders, net))| format!("    {}: [{orders}, {net}]", text(key)))
        .collect();
    let readings: Vec<String> = match &sample.readings {
        Readings::Unambiguous => vec![text("unambiguous")],
        Readings::Unreadable => vec![text("unreadable")],
        Readings::Ambiguous(readings) => readings
            .iter()
            .map(|reading| {
                text(&format!(
                    "{}: {} orders, gross {}, net {}",
                    reading.interpretation, reading.orders, reading.gross_minor, reading.net_minor
                ))
            })
            .collect(),
    };
    let fields = [
        ("layout", text(&format!("{}: {}", sample.name, sample.layout))),
        ("seed", sample.seed.to_string()),
        ("is_unambiguous", sample.is_unambiguous.to_string()),
        ("ambiguity", sample.ambiguity.as_deref().map_or("null".to_owned(), text)),
        ("readings", format!("[{}]", readings.join(", "))),
        ("customers", truth.customers.to_string()),
        ("orders", truth.orders.to_string()),
        ("gross_orders", truth.gross_orders.to_string()),
        ("gross_minor", truth.gross_minor.to_string()),
        ("cancelled_minor", truth.cancelled_minor.to_string()),
        ("returned_minor", truth.returned_minor.to_string()),
        ("net_minor", truth.net_minor.to_string()),
        ("money_decimals", truth.money_decimals.to_string()),
        ("currency", truth.currency.as_deref().map_or("null".to_owned(), text)),
        ("first_day", truth.first_day.to_string()),
        ("last_day", truth.last_day.to_string()),
        ("by_customer", format!("{{\n{}\n  }}", customers.join(",\n"))),
    ];
    let fields: Vec<String> =
        fields.iter().map(|(name, value)| format!("  {}: {value}", text(name))).collect();
    format!("{{\n{}\n}}\n", fields.join(",\n"))
}

fn text(content: &str) -> String {
    format!("\"{}\"", content.replace('\\', "\\\\").replace('"', "\\\""))
}
