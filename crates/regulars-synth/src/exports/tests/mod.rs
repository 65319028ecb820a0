//! Properties of the exports themselves.

mod reader;

use std::collections::{BTreeMap, BTreeSet};

use encoding_rs::Encoding;

use super::*;

fn check_sums(export: &Export) {
    let truth = &export.truth;
    let what = format!("{} {}: {}", export.name, export.seed, export.layout);
    assert_eq!(truth.net_minor, truth.gross_minor - truth.cancelled_minor - truth.returned_minor, "{what}");
    assert_eq!(truth.net_minor, truth.by_customer.values().map(|(_, net)| net).sum::<i64>(), "{what}");
    assert_eq!(truth.orders, truth.by_customer.values().map(|(orders, _)| orders).sum::<u64>(), "{what}");
    let kept = truth.by_customer.values().filter(|(orders, _)| *orders > 0).count() as u64;
    assert_eq!(truth.customers, kept, "{what}");
    assert!(truth.orders > 0 && truth.orders <= truth.gross_orders, "{what}");
    assert!(truth.first_day <= truth.last_day, "{what}");
    assert!(truth.by_customer.keys().all(|key| !key.is_empty()), "{what}");
    assert_eq!(export.is_unambiguous, export.readings == Readings::Unambiguous, "{what}");
    assert_eq!(export.is_unambiguous, export.ambiguity.is_none(), "{what}");
    if let Readings::Ambiguous(readings) = &export.readings {
        let first = &readings[0];
        assert_eq!((first.orders, first.gross_minor), (truth.orders, truth.gross_minor), "{what}");
    }
}

/// The text of a file, decoded by its byte order mark or by the encoding that the export names.
fn text(export: &Export, file: &ExportFile) -> String {
    let name =
        export.choices.iter().find(|(name, _)| *name == "encoding").map_or("UTF-8", |(_, value)| value);
    let label = if name.starts_with("UTF-8") { "UTF-8" } else { name };
    let encoding = Encoding::for_label(label.as_bytes()).expect("a known encoding");
    let (text, _, faulty) = encoding.decode(&file.bytes);
    assert!(!faulty, "{} {}: {name}", export.name, export.seed);
    text.into_owned()
}

/// Splits text into lines of cells, respecting quotes.
fn cells(text: &str, delimiter: char) -> Vec<Vec<String>> {
    let mut lines = vec![vec![String::new()]];
    let mut quoted = false;
    for letter in text.replace("\r\n", "\n").replace('\r', "\n").chars() {
        let line = lines.last_mut().expect("never empty");
        match letter {
            '"' => quoted = !quoted,
            '\n' if !quoted => lines.push(vec![String::new()]),
            _ if letter == delimiter && !quoted => line.push(String::new()),
            _ => line.last_mut().expect("never empty").push(letter),
        }
    }
    lines
}

#[test]
fn every_layout_has_consistent_sums_and_can_be_parsed() {
    let mut names = BTreeSet::new();
    for layout in layouts() {
        assert!(names.insert(layout.name), "{} twice", layout.name);
        for seed in 0..4 {
            let export = export(layout, seed);
            check_sums(&export);
            assert!(!export.files.is_empty());
            for file in &export.files {
                let text = text(&export, file);
                let best = [',', ';', '\t', '|']
                    .into_iter()
                    .map(|delimiter| {
                        let lines = cells(&text, delimiter);
                        let mut widths: BTreeMap<usize, usize> = BTreeMap::new();
                        for line in &lines {
                            *widths.entry(line.len()).or_default() += 1;
                        }
                        // Lines of the most frequent width, if above one.
                        widths
                            .into_iter()
                            .filter(|(width, _)| *width > 1)
                            .map(|(_, lines)| lines)
                            .max()
                            .unwrap_or(0)
                    })
                    .max()
                    .unwrap_or(0);
                assert!(best >= 2 || export.files.len() > 2, "{} {seed}: {}\n{text}", layout.name, file.name);
            }
        }
    }
    assert!(names.len() >= 40, "{}", names.len());
}

#[test]
fn named_layouts_have_the_named_property() {
    for (name, dimension, value) in [
        ("payment_fanout", "row", "item times payment"),
        ("cents_beside", "cents", "one column beside decimal ones"),
        ("late_currency", "late change", "second currency"),
        ("chinese_gbk", "encoding", "GBK"),
        ("japanese_shift_jis", "encoding", "Shift_JIS"),
        ("polish_windows_1250", "encoding", "windows-1250"),
        ("turkish_windows_1254", "encoding", "windows-1254"),
        ("russian_windows_1251", "encoding", "windows-1251"),
        ("no_header_but_plain", "header", "absent"),
    ] {
        let layout = layout(name).expect("a layout of that name");
        for seed in 0..10 {
            let export = export(layout, seed);
            let found = export.choices.iter().find(|(found, _)| *found == dimension).expect("a dimension").1;
            assert_eq!(found, value, "{name} {seed}: {}", export.layout);
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_export() {
    for seed in 0..60 {
        assert_eq!(random_export(seed), random_export(seed));
        assert_ne!(random_export(seed).files, random_export(seed + 1).files);
    }
    for layout in layouts() {
        assert_eq!(export(layout, 5), export(layout, 5));
    }
}

#[test]
fn every_value_of_every_dimension_occurs() {
    let mut left: BTreeSet<(&str, &str)> = dimensions()
        .into_iter()
        .flat_map(|(dimension, values)| values.into_iter().map(move |value| (dimension, value)))
        .collect();
    let mut platforms: BTreeSet<&str> =
        layouts().iter().filter(|layout| layout.is_platform()).map(|layout| layout.name).collect();
    let mut ambiguous = 0;
    for layout in layouts() {
        for choice in &export(layout, 5).choices {
            left.remove(choice);
        }
    }
    for seed in 0..2_000 {
        let export = random_export(seed);
        check_sums(&export);
        for choice in &export.choices {
            left.remove(choice);
        }
        platforms.remove(export.name);
        ambiguous += u64::from(!export.is_unambiguous);
    }
    assert!(left.is_empty(), "never drawn: {left:?}");
    assert!(platforms.is_empty(), "never drawn: {platforms:?}");
    assert!((60..300).contains(&ambiguous), "{ambiguous} of 2000 are ambiguous");
}

#[test]
fn returns_never_exceed_orders() {
    // Whole returns remove the value of orders, never more than was bought.
    for seed in 0..400 {
        let truth = random_export(seed).truth;
        assert!(truth.cancelled_minor >= 0 && truth.returned_minor >= 0);
        assert!(truth.net_minor >= 0, "{seed}: {truth:?}");
        if truth.cancelled_minor > 0 {
            assert!(truth.orders < truth.gross_orders, "{seed}");
        }
    }
}
