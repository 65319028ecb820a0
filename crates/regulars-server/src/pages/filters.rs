//! The filter bar: a form that works without JavaScript, and removable chips for the filters in force.

use std::collections::BTreeSet;

use regulars_analysis::error::BackendError;
use regulars_analysis::filter::{ComparedWith, Filter, Limits, NOT_YET_CUSTOMER, RangeFilter, Score};
use regulars_analysis::format;
use regulars_analysis::frame::Coded;

use crate::query::Query;
use crate::view::View;

/// One selectable class.
#[derive(Debug)]
pub(crate) struct ClassChoice {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) count: String,
    pub(crate) checked: bool,
}

/// One filter with its classes.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) key: String,
    pub(crate) title: String,
    /// Number of classes selected.
    pub(crate) chosen: usize,
    pub(crate) classes: Vec<ClassChoice>,
}

/// One selectable month.
#[derive(Debug)]
pub(crate) struct MonthChoice {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) from: bool,
    pub(crate) to: bool,
}

/// One filter in force, and the URL without it.
#[derive(Debug)]
pub(crate) struct Chip {
    pub(crate) label: String,
    pub(crate) href: String,
}

/// The filter bar of a page.
#[derive(Debug)]
pub(crate) struct FilterBar {
    pub(crate) action: String,
    /// The other parameters of the URL.
    pub(crate) hidden: Vec<(String, String)>,
    pub(crate) groups: Vec<Group>,
    pub(crate) months: Vec<MonthChoice>,
    pub(crate) months_chosen: bool,
    pub(crate) chips: Vec<Chip>,
    /// The URL without filters, if any is in force.
    pub(crate) clear: Option<String>,
    /// The number of customers selected, in words.
    pub(crate) text: String,
    /// Filters that do not apply to this run.
    pub(crate) unknown: Vec<String>,
}

/// The filter bar of the page at `path`.
///
/// # Errors
///
/// Any [`BackendError`] while reading the classes.
pub(super) fn bar(view: &View, path: &str) -> Result<FilterBar, BackendError> {
    let filter = &view.query.filter;
    let frame = &view.frame;
    let as_it_is = |label: &str| label.to_owned();
    let segments = frame.segments()?;
    let mut groups = vec![group("segment", "Segment", &segments, &filter.segments, &as_it_is)];
    if let Some(clusters) = frame.clusters()? {
        let named = |label: &str| frame.cluster_name(label);
        groups.push(group("cluster", "Cluster", &clusters, &filter.clusters, &named));
    }
    if let Some(deciles) = frame.deciles()? {
        groups.push(group("decile", "LTV decile", &deciles, &filter.deciles, &decile));
    }
    let none = BTreeSet::new();
    for name in &*frame.attribute_names()? {
        let Some(attribute) = frame.attribute(name)? else { continue };
        let chosen = filter.attributes.get(name).unwrap_or(&none);
        groups.push(group(
            &format!("attr.{name}"),
            &attribute.title(),
            &attribute.classes,
            chosen,
            &as_it_is,
        ));
    }
    groups.retain(|group| !group.classes.is_empty());
    let acquired = frame.acquired()?;
    let month = |label: &String| MonthChoice {
        value: label.clone(),
        label: format::month(label),
        from: filter.acquired_from.as_ref() == Some(label),
        to: filter.acquired_to.as_ref() == Some(label),
    };
    // Scores and limits come from charts and have no form field; they stay until removed.
    let held = Filter {
        scores: filter.scores.clone(),
        limits: filter.limits.clone(),
        was: filter.was.clone(),
        then: filter.then.clone(),
        ..Filter::default()
    };
    let kept = Query { filter: held, ..view.query.with_filter(Filter::default()) };
    let chosen = view.chosen.len() as u64;
    let text = if filter.is_empty() {
        format!("All {}", format::customers(chosen))
    } else {
        format!("{} of {}", format::count(chosen), format::customers(frame.summary.customers))
    };
    Ok(FilterBar {
        action: path.to_owned(),
        hidden: kept.pairs(),
        groups,
        months: acquired.iter().flat_map(|months| months.labels.iter().map(month)).collect(),
        months_chosen: filter.acquired_from.is_some() || filter.acquired_to.is_some(),
        chips: chips(view, path),
        clear: (!filter.is_empty()).then(|| {
            let everybody = Filter { then: filter.then.clone(), ..Filter::default() };
            view.query.with_filter(everybody).address(path)
        }),
        text,
        unknown: view.chosen.unknown.clone(),
    })
}

fn group(
    key: &str,
    title: &str,
    coded: &Coded,
    chosen: &BTreeSet<String>,
    name: &dyn Fn(&str) -> String,
) -> Group {
    let counts = coded.counts();
    let class = |(label, count): (&String, u64)| ClassChoice {
        value: label.clone(),
        label: name(label),
        count: format::count(count),
        checked: chosen.contains(label),
    };
    let classes = coded.labels.iter().zip(counts).filter(|(label, n)| *n > 0 || chosen.contains(*label));
    Group {
        key: key.to_owned(),
        title: title.to_owned(),
        chosen: chosen.len(),
        classes: classes.map(class).collect(),
    }
}

/// A decile of predicted LTV, in words.
pub(crate) fn decile(label: &str) -> String {
    match label {
        "1" => "1 (highest)".to_owned(),
        "10" => "10 (lowest)".to_owned(),
        other => other.to_owned(),
    }
}

fn chips(view: &View, path: &str) -> Vec<Chip> {
    let filter = &view.query.filter;
    let mut chips = Vec::new();
    let mut chip = |label: String, without: Filter| {
        chips.push(Chip { label, href: view.query.with_filter(without).address(path) });
    };
    let without = |change: &dyn Fn(&mut Filter)| -> Filter {
        let mut filter = filter.clone();
        change(&mut filter);
        filter
    };
    for segment in &filter.segments {
        chip(
            format!("Segment: {segment}"),
            without(&|f| {
                let _ = f.segments.remove(segment);
            }),
        );
    }
    for cluster in &filter.clusters {
        let name = view.frame.cluster_name(cluster);
        chip(
            format!("Cluster: {name}"),
            without(&|f| {
                let _ = f.clusters.remove(cluster);
            }),
        );
    }
    for tenth in &filter.deciles {
        chip(
            format!("Value decile: {}", decile(tenth)),
            without(&|f| {
                let _ = f.deciles.remove(tenth);
            }),
        );
    }
    if let Some(month) = &filter.acquired_from {
        chip(format!("First order from {}", format::month(month)), without(&|f| f.acquired_from = None));
    }
    if let Some(month) = &filter.acquired_to {
        chip(format!("First order until {}", format::month(month)), without(&|f| f.acquired_to = None));
    }
    for segment in &filter.was {
        let then = match &filter.then {
            Some(ComparedWith::Day(day)) => format!("on {}", format::day(day)),
            Some(ComparedWith::Run(run)) => format!("in run {run}"),
            None => "at the time".to_owned(),
        };
        let label = if segment == NOT_YET_CUSTOMER {
            format!("Not yet a customer {then}")
        } else {
            format!("Was {segment} {then}")
        };
        chip(
            label,
            without(&|f| {
                let _ = f.was.remove(segment);
            }),
        );
    }
    for (name, classes) in &filter.attributes {
        for class in classes {
            let change = |f: &mut Filter| {
                if let Some(classes) = f.attributes.get_mut(name) {
                    classes.remove(class);
                }
                f.attributes.retain(|_, classes| !classes.is_empty());
            };
            chip(format!("{}: {class}", regulars_analysis::frame::title(name)), without(&change));
        }
    }
    for (score, values) in &filter.scores {
        let words: Vec<String> = values.iter().map(i64::to_string).collect();
        let name = match score {
            Score::Recency => "Recency score",
            Score::Frequency => "Frequency score",
            Score::Monetary => "Monetary score",
        };
        chip(
            format!("{name}: {}", words.join(" or ")),
            without(&|f| {
                let _ = f.scores.remove(score);
            }),
        );
    }
    for (limited, limits) in &filter.limits {
        chip(
            limit_words(view, *limited, *limits),
            without(&|f| {
                let _ = f.limits.remove(limited);
            }),
        );
    }
    chips
}

fn limit_words(view: &View, limited: RangeFilter, limits: Limits) -> String {
    let (name, is_money) = match limited {
        RangeFilter::RecencyDays => ("Days since last order", false),
        RangeFilter::Orders => ("Orders", false),
        RangeFilter::SpendMinor => ("Spend", true),
        RangeFilter::ValueMinor => ("Predicted LTV", true),
        RangeFilter::RfmScore => ("RFM score", false),
        RangeFilter::AlivePercent => ("P(alive) in %", false),
        RangeFilter::ChurnPercent => ("P(churn) in %", false),
    };
    let number = |n: i64| if is_money { view.money.exact(n) } else { n.to_string() };
    match (limits.from, limits.to) {
        (Some(from), Some(to)) if from == to => format!("{name}: {}", number(from)),
        (Some(from), Some(to)) => format!("{name}: {} to {}", number(from), number(to)),
        (Some(from), None) => format!("{name}: {} or more", number(from)),
        (None, Some(to)) => format!("{name}: {} or less", number(to)),
        (None, None) => name.to_owned(),
    }
}
