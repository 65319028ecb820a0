//! Finds the table in a text whose first line is not the header.
//!
//! Titles and settings before a table have fewer fields; totals follow it. In files saved by a spreadsheet,
//! every line has all delimiters, so the non-empty fields and the values decide.

use super::shapes::{self, Column, Shape};
use crate::records::Records;

/// Records to examine.
const MAX_RECORDS: usize = 5_000;
/// Maximum distance of the header above the first row, in records.
const HEADER_DISTANCE: usize = 4;

/// A table within a text; positions are byte offsets.
#[derive(Debug)]
pub(super) struct Table {
    /// The header's fields; `None` if the table begins with a row.
    pub(super) header: Option<Vec<String>>,
    pub(super) width: usize,
    pub(super) header_start: usize,
    /// The end of the header line, or of the first row if there is no header.
    pub(super) header_end: usize,
    pub(super) rows_start: usize,
    /// Quality of the table, for comparing delimiters.
    pub(super) weight: f64,
}

/// One record of the text.
struct Line {
    start: usize,
    end: usize,
    fields: Vec<String>,
    filled: usize,
}

/// Records of equal width, from the first to the last.
#[derive(Debug, Clone, Copy)]
struct Region {
    width: usize,
    count: usize,
    first: usize,
    last: usize,
}

impl Region {
    fn fit(&self) -> f64 {
        self.count as f64 / (self.last + 1 - self.first) as f64
    }

    fn holds(&self, other: &Self) -> bool {
        self.first <= other.first && other.last <= self.last
    }
}

/// Finds the table that uses this delimiter.
pub(super) fn find_table(text: &[u8], delimiter: u8, short_rows: bool) -> Option<Table> {
    let lines = read_lines(text, delimiter);
    if short_rows {
        let width = lines.iter().map(|l| l.fields.len()).max()?;
        let whole = Region { width, count: lines.len(), first: 0, last: lines.len() - 1 };
        return table_in(&lines, &whole, true);
    }
    let found: Vec<Table> =
        regions(&lines).iter().filter_map(|region| table_in(&lines, region, false)).collect();
    // The widest table with a header; a few rows with too many fields look like a wider table without one.
    let with_header = found.iter().position(|table| table.header.is_some());
    let fullest = (0..found.len()).max_by(|a, b| found[*a].weight.total_cmp(&found[*b].weight));
    found.into_iter().nth(with_header.or(fullest)?)
}

/// The table within a region, with its header.
fn table_in(lines: &[Line], region: &Region, short_rows: bool) -> Option<Table> {
    if region.width < 2 {
        return None;
    }
    let belongs = |at: &usize| short_rows || lines[*at].fields.len() == region.width;
    let members: Vec<usize> = (region.first..=region.last).filter(belongs).collect();
    let mut columns = vec![Column::default(); region.width];
    // Titles of the same width may come first, so the end shows what rows look like.
    for at in last_third(&members) {
        for (column, field) in columns.iter_mut().zip(&lines[*at].fields) {
            column.add(field);
        }
    }
    let first_row = first_row(lines, &members, &columns);
    let header = match first_row {
        Some(0) if !short_rows => header_above(lines, region, &members),
        Some(position) => header_among(lines, &members[..position]).map(|at| (at, lines[at].fields.clone())),
        None => {
            let most = members.iter().map(|at| lines[*at].filled).max()?;
            let full = |at: &usize| lines[*at].filled * 2 > most && lines[*at].filled > 1;
            members.iter().copied().find(full).map(|at| (at, lines[at].fields.clone()))
        }
    };
    let weight = region.fit() * (region.count * (region.width - 1)) as f64;
    // An extra field is a row name or an unquoted comma: then no row fits its header.
    let broken = first_row == Some(0) && !short_rows;
    let broken = broken && header.as_ref().is_some_and(|(_, fields)| fields.len() < region.width);
    let width = if broken { region.width - 1 } else { region.width };
    match (header, first_row) {
        (Some((at, fields)), _) => {
            let mut names: Vec<String> =
                fields.iter().map(|field| super::header::clean_name(field)).collect();
            // Extra columns have no name.
            names.resize(width, String::new());
            let Line { start, end, .. } = lines[at];
            Some(Table {
                header: Some(names),
                width,
                header_start: start,
                header_end: end,
                rows_start: end,
                weight,
            })
        }
        (None, Some(position)) => {
            let Line { start, end, .. } = lines[members[position]];
            Some(Table {
                header: None,
                width,
                header_start: start,
                header_end: end,
                rows_start: start,
                weight,
            })
        }
        (None, None) => None,
    }
}

/// The header among the lines above the first row: the fullest of the nearest lines, or the very first line
/// if rows without values follow it.
fn header_among(lines: &[Line], above: &[usize]) -> Option<usize> {
    let nearest = above.len().saturating_sub(HEADER_DISTANCE);
    let candidates: Vec<usize> = above
        .iter()
        .enumerate()
        .filter(|(position, at)| (*position >= nearest || *position == 0) && are_names(&lines[**at].fields))
        .map(|(_, at)| *at)
        .collect();
    let Some(most) = candidates.iter().map(|at| lines[*at].filled).max() else {
        // Names such as months: the very first line, with nothing but rows below it.
        return (above == [0] && lines[0].filled > 1).then_some(0);
    };
    let fullest: Vec<usize> = candidates.into_iter().filter(|at| lines[*at].filled == most).collect();
    // Of two equal candidates the upper one, since a row may lack its values. But a blank line separates
    // titles from the header.
    let apart = |at: usize| lines.get(at + 1).is_some_and(|next| next.start > lines[at].end);
    let end = *above.last()?;
    let below = |from: usize| !(from..end).any(apart);
    fullest.iter().copied().find(|at| below(*at)).or_else(|| fullest.last().copied())
}

/// Whether a line can be a header: at least two names, not all of them units, hardly any values.
pub(super) fn are_names(fields: &[String]) -> bool {
    let filled: Vec<&String> = fields.iter().filter(|field| !field.trim().is_empty()).collect();
    let values = filled.iter().filter(|f| matches!(shapes::shape(f), Shape::Number | Shape::Date)).count();
    let units = filled.iter().all(|field| shapes::is_unit(field));
    filled.len() > 1 && !units && (values * 3 <= filled.len() || shapes::counts_up(fields))
}

/// Whether rows begin with their numbers, counted from 0 or 1, with gaps.
fn count_up(lines: &[Line], members: &[usize]) -> bool {
    let numbers: Option<Vec<u64>> =
        members.iter().map(|at| lines[*at].fields.first()?.trim().parse().ok()).collect();
    numbers.is_some_and(|numbers| {
        numbers.first().is_some_and(|first| *first <= 1)
            && numbers.windows(2).all(|pair| pair[0] < pair[1])
            && numbers.last().is_some_and(|last| *last <= 2 * numbers.len() as u64)
    })
}

/// A header with one field less than its rows, directly above them: the rows end in a delimiter, or begin
/// with a row name as written by R.
fn header_above(lines: &[Line], region: &Region, members: &[usize]) -> Option<(usize, Vec<String>)> {
    let at = region.first.checked_sub(1)?;
    let line = &lines[at];
    if line.fields.len() + 1 != region.width || line.filled < line.fields.len() || !are_names(&line.fields) {
        return None;
    }
    let mut fields = line.fields.clone();
    let ends_empty = |at: &usize| lines[*at].fields.last().is_some_and(|field| field.trim().is_empty());
    if members.iter().all(ends_empty) {
        fields.push(String::new());
    } else if count_up(lines, members) {
        fields.insert(0, String::new());
    }
    Some((at, fields))
}

fn read_lines(text: &[u8], delimiter: u8) -> Vec<Line> {
    let mut records = Records::new(text, 1, delimiter, usize::MAX);
    let mut lines = Vec::new();
    while let Some(record) = records.next_record() {
        let fields: Vec<String> =
            (0..record.len()).map(|i| String::from_utf8_lossy(record.field(i)).into_owned()).collect();
        let start = record.start;
        let filled = fields.iter().filter(|f| !f.trim().is_empty()).count();
        let end = records.position();
        lines.push(Line { start, end, fields, filled });
        if lines.len() == MAX_RECORDS {
            break;
        }
    }
    lines
}

/// Runs of records of equal width, the widest first; a few wider records within a table are errors.
fn regions(lines: &[Line]) -> Vec<Region> {
    let mut regions: Vec<Region> = Vec::new();
    for (at, line) in lines.iter().enumerate().filter(|(_, l)| l.fields.len() > 1) {
        match regions.iter_mut().find(|r| r.width == line.fields.len()) {
            Some(region) => {
                region.count += 1;
                region.last = at;
            }
            None => regions.push(Region { width: line.fields.len(), count: 1, first: at, last: at }),
        }
    }
    let good = |region: &Region| {
        region.count > 1
            && region.fit() >= 0.6
            && !regions.iter().any(|other| other.count > region.count && other.holds(region))
    };
    let mut found: Vec<Region> = regions.iter().copied().filter(good).collect();
    found.sort_by_key(|region| std::cmp::Reverse(region.width));
    found
}

/// The position of the first record that looks like the rows; `None` if all are words.
fn first_row(lines: &[Line], members: &[usize], columns: &[Column]) -> Option<usize> {
    let valued: Vec<usize> = (0..columns.len()).filter(|i| columns[*i].has_values()).collect();
    if valued.is_empty() {
        return None;
    }
    members.iter().position(|at| lines[*at].filled > 1 && is_row(&lines[*at].fields, &valued, columns))
}

/// Whether at least half of the columns with values have a value of the same kind here.
fn is_row(fields: &[String], valued: &[usize], columns: &[Column]) -> bool {
    let shapes: Vec<(usize, Shape)> = valued
        .iter()
        .filter_map(|i| fields.get(*i).map(|field| (*i, shapes::shape(field))))
        .filter(|(_, shape)| *shape != Shape::Empty)
        .collect();
    let alike = shapes.iter().filter(|(i, shape)| columns[*i].is(*shape)).count();
    let values = shapes.iter().filter(|(_, shape)| matches!(shape, Shape::Number | Shape::Date)).count();
    alike > 0 && alike * 2 >= valued.len() && values * 2 >= shapes.len()
}

/// The last third of a list, at least two elements.
fn last_third<T>(list: &[T]) -> &[T] {
    &list[(list.len() * 2 / 3).min(list.len().saturating_sub(2))..]
}

/// Whether the first row looks like the later ones.
pub(super) fn begins_with_row(rows: &[Vec<String>], width: usize) -> bool {
    let columns = shapes::columns_of(last_third(rows), width);
    let valued: Vec<usize> = (0..width).filter(|i| columns[*i].has_values()).collect();
    rows.first().is_none_or(|first| valued.is_empty() || is_row(first, &valued, &columns))
}
