//! The customer list: columns, search, sorting and paging, for page and API.

use std::cmp::Ordering;
use std::sync::Arc;

use regulars_core::tables::rfm_scores;

use crate::columns::{Column, NO_INTEGER};
use crate::error::BackendError;
use crate::filtered_run::FilteredRun;
use crate::frame::{Coded, Integers, Value};
use crate::table::Cell;

/// What the customer list is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// ID.
    Customer,
    /// Segment, by priority.
    Segment,
    /// Cluster.
    Cluster,
    /// Days since the last order.
    Recency,
    /// Orders.
    Orders,
    /// Spend.
    #[default]
    Spend,
    /// RFM score.
    Score,
    /// Predicted LTV.
    Value,
    /// P(alive).
    Alive,
}

/// Search and order of the list.
#[derive(Debug, Clone, Copy, Default)]
pub struct ListOrder<'a> {
    /// Text that the customer ID contains.
    pub search: &'a str,
    /// The column to sort by.
    pub sort: Sort,
    /// Whether its default order is reversed.
    pub reverse: bool,
}

/// Customers per page.
pub const PER_PAGE: usize = 50;

/// The customers found, with their columns.
pub struct List {
    ids: Arc<Column>,
    segments: Arc<Coded>,
    clusters: Option<Arc<Coded>>,
    recency: Integers,
    orders: Integers,
    spend: Integers,
    score: Integers,
    value: Option<Value>,
    /// Number of matching customers on all pages.
    pub total: usize,
    /// Rows of the page (or all), sorted.
    pub rows: Vec<usize>,
}

/// One column of the list.
pub struct ListColumn {
    /// Column name in files.
    pub name: &'static str,
    /// Column header on pages.
    pub title: &'static str,
    /// Whether its cells are numbers.
    pub is_number: bool,
    /// The sort order of a click on its header.
    pub sort: Option<Sort>,
    /// The cell of a row of the frame.
    pub cell: fn(&List, usize) -> Cell,
}

fn class(coded: &Coded, row: usize) -> Cell {
    Cell::Text(coded.label(row).unwrap_or_default().to_owned())
}

fn money(minor: i64) -> Cell {
    Cell::Money(if minor == NO_INTEGER { f64::NAN } else { minor as f64 })
}

fn valued(list: &List, of: impl Fn(&Value) -> i64) -> Cell {
    money(list.value.as_ref().map_or(NO_INTEGER, of))
}

fn whole(number: i64) -> Cell {
    match u64::try_from(number) {
        Ok(count) => Cell::Count(count),
        Err(_negative) => Cell::Number(number as f64),
    }
}

/// The columns of the list.
pub const COLUMNS: &[ListColumn] = &[
    ListColumn {
        name: "customer_id",
        title: "Customer",
        is_number: false,
        sort: Some(Sort::Customer),
        cell: |l, row| Cell::Text(l.ids.display(row)),
    },
    ListColumn {
        name: "segment",
        title: "Segment",
        is_number: false,
        sort: Some(Sort::Segment),
        cell: |l, row| class(&l.segments, row),
    },
    ListColumn {
        name: "cluster",
        title: "Cluster",
        is_number: false,
        sort: Some(Sort::Cluster),
        cell: |l, row| l.clusters.as_ref().map_or(Cell::Text(String::new()), |c| class(c, row)),
    },
    ListColumn {
        name: "recency",
        title: "Days since last order",
        is_number: true,
        sort: Some(Sort::Recency),
        cell: |l, row| whole(l.recency[row]),
    },
    ListColumn {
        name: "frequency",
        title: "Orders",
        is_number: true,
        sort: Some(Sort::Orders),
        cell: |l, row| whole(l.orders[row]),
    },
    ListColumn {
        name: "monetary",
        title: "Spend",
        is_number: true,
        sort: Some(Sort::Spend),
        cell: |l, row| money(l.spend[row]),
    },
    ListColumn {
        name: "rfm_score",
        title: "RFM score",
        is_number: true,
        sort: Some(Sort::Score),
        cell: |l, row| whole(l.score[row]),
    },
    ListColumn {
        name: "predicted_ltv",
        title: "Predicted LTV",
        is_number: true,
        sort: Some(Sort::Value),
        cell: |l, row| valued(l, |v| v.expected_minor[row]),
    },
    ListColumn {
        name: "predicted_low",
        title: "Low",
        is_number: true,
        sort: None,
        cell: |l, row| valued(l, |v| v.low_minor[row]),
    },
    ListColumn {
        name: "predicted_high",
        title: "High",
        is_number: true,
        sort: None,
        cell: |l, row| valued(l, |v| v.high_minor[row]),
    },
    ListColumn {
        name: "p_alive",
        title: "P(alive)",
        is_number: true,
        sort: Some(Sort::Alive),
        cell: |l, row| Cell::Share(l.value.as_ref().map_or(f64::NAN, |v| v.p_alive[row])),
    },
];

/// The filtered customers whose ID contains the search text, sorted. `part` is an offset and a count; `None`
/// returns all.
///
/// # Errors
///
/// Any [`BackendError`] while reading the columns.
pub fn list(
    run: &FilteredRun,
    order: ListOrder<'_>,
    part: Option<(usize, usize)>,
) -> Result<List, BackendError> {
    let frame = &run.frame;
    let mut list = List {
        ids: frame.ids()?,
        segments: frame.segments()?,
        clusters: frame.clusters()?,
        recency: frame.recency_days()?,
        orders: frame.orders_of_each()?,
        spend: frame.spend_minor()?,
        score: frame.score(rfm_scores::COLUMNS.rfm_score)?,
        value: frame.value()?,
        total: 0,
        rows: Vec::new(),
    };
    let wanted = order.search.to_lowercase();
    let mut rows: Vec<usize> = if wanted.is_empty() {
        run.chosen.rows().collect()
    } else {
        let holds = |row: &usize| list.ids.display(*row).to_lowercase().contains(&wanted);
        run.chosen.rows().filter(holds).collect()
    };
    list.total = rows.len();
    let in_order = |a: &usize, b: &usize| {
        let ordered = compare(&list, order.sort, *a, *b);
        let ordered = if order.reverse { ordered.reverse() } else { ordered };
        ordered.then(a.cmp(b))
    };
    if let Some((from, count)) = part {
        // Rows after the page need no sorting.
        let from = from.min(rows.len());
        let to = from.saturating_add(count).min(rows.len());
        if to < rows.len() {
            rows.select_nth_unstable_by(to, in_order);
            rows.truncate(to);
        }
        rows.sort_unstable_by(in_order);
        rows.drain(..from);
    } else {
        rows.sort_unstable_by(in_order);
    }
    list.rows = rows;
    Ok(list)
}

/// The default order of a column: largest first, names alphabetically, most recent first. Missing values come
/// last.
fn compare(list: &List, sort: Sort, a: usize, b: usize) -> Ordering {
    let most = |values: &[i64]| values[b].cmp(&values[a]);
    match sort {
        Sort::Customer => match &*list.ids {
            Column::Integers(ids) => ids[a].cmp(&ids[b]),
            Column::Text(ids) => ids.text(a).cmp(&ids.text(b)),
            _ => a.cmp(&b),
        },
        Sort::Segment => list.segments.codes[a].cmp(&list.segments.codes[b]),
        Sort::Cluster => list
            .clusters
            .as_ref()
            .map_or(Ordering::Equal, |clusters| clusters.codes[a].cmp(&clusters.codes[b])),
        Sort::Recency => list.recency[a].cmp(&list.recency[b]),
        Sort::Orders => most(&list.orders),
        Sort::Spend => most(&list.spend),
        Sort::Score => most(&list.score),
        Sort::Value => list.value.as_ref().map_or(Ordering::Equal, |value| most(&value.expected_minor)),
        Sort::Alive => list.value.as_ref().map_or(Ordering::Equal, |value| {
            let of = |row: usize| if value.p_alive[row].is_nan() { -1.0 } else { value.p_alive[row] };
            of(b).total_cmp(&of(a))
        }),
    }
}
