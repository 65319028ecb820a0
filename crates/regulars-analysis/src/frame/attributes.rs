//! Customer attributes to filter by: age bands, city, gender, year of registration.
//!
//! Only attributes with few distinct values: filtering by email address is a search.

use std::collections::BTreeSet;
use std::sync::Arc;

use regulars_core::money::minor_per_major;
use regulars_core::tables::{ColumnDef, customer_features, customers};

use super::cache::MemorySize;
use super::coded::{Coded, NONE};
use super::customers::Frame;
use crate::columns::{Column, NO_DAY, NO_INTEGER};
use crate::error::BackendError;
use crate::format;

/// Most distinct values offered as a filter.
const MAX_VALUES: usize = 60;
/// Integers with at most this many distinct values are not put into bands.
const MAX_OWN: usize = 12;
/// Target number of bands for other numbers.
const BANDS: f64 = 9.0;

/// One attribute, as classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The column's name, as in the URL.
    pub name: String,
    /// The value of each customer, as a class.
    pub classes: Coded,
}

impl Attribute {
    /// Display name: `customer_type` is `Customer type`.
    pub fn title(&self) -> String {
        title(&self.name)
    }
}

/// The display name of a column.
pub fn title(name: &str) -> String {
    // Names that do not follow from the column.
    match name {
        "p_alive" => return "P(alive)".to_owned(),
        "p_purchase" => return "P(purchase)".to_owned(),
        "rfm_score" => return "RFM score".to_owned(),
        "rfm_weighted_score" => return "Weighted RFM score".to_owned(),
        "r_score" => return "Recency score".to_owned(),
        "f_score" => return "Frequency score".to_owned(),
        "m_score" => return "Monetary score".to_owned(),
        "expected_value" => return "Buy-till-you-die forecast".to_owned(),
        "expected_order_value" => return "Expected spend per purchase".to_owned(),
        "recency_days" => return "Days since last order".to_owned(),
        "tenure_days" => return "Days since first order".to_owned(),
        "frequency_orders" => return "Orders".to_owned(),
        "monetary" => return "Spend".to_owned(),
        "days_between_orders_mean" => return "Mean days between orders".to_owned(),
        "days_between_orders_deviation" => return "Variation of days between orders".to_owned(),
        "order_value_deviation" => return "Variation of order value".to_owned(),
        "quantity_total" => return "Units bought".to_owned(),
        "quantity_per_order_mean" => return "Units per order".to_owned(),
        _ => {}
    }
    let name = name.trim_end_matches("_minor");
    let words = match name.rsplit_once('_') {
        Some((rest, days)) if days.strip_suffix('d').is_some_and(|n| n.parse::<u32>().is_ok()) => {
            format!("{}, {} days", rest.replace("_last", ""), days.trim_end_matches('d'))
        }
        _ => name.to_owned(),
    };
    format::capitalised(&words.replace('_', " "))
}

impl MemorySize for Attribute {
    fn bytes(&self) -> usize {
        self.classes.bytes()
    }
}

/// An attribute that every run has: what a customer buys most.
const FAVOURITE: ColumnDef = customer_features::COLUMNS.favourite_category;

impl Frame {
    /// The attributes that customers can be filtered by, in the order of the source.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn attribute_names(&self) -> Result<Arc<Vec<String>>, BackendError> {
        self.cached("attributes", || {
            let mut names = Vec::new();
            for (name, _) in self.candidates()? {
                if self.attribute(&name)?.is_some() {
                    names.push(name);
                }
            }
            Ok(names)
        })
    }

    fn candidates(&self) -> Result<Vec<(String, &'static str)>, BackendError> {
        let mut found = Vec::new();
        if let Some(shape) = &*self.shape(customers::NAME)? {
            let others = shape.columns.iter().filter(|(name, _)| name != customers::COLUMNS.customer_id.name);
            found.extend(others.map(|(name, _)| (name.clone(), customers::NAME)));
        }
        if self.has(FAVOURITE)? && found.iter().all(|(other, _)| other != FAVOURITE.name) {
            found.push((FAVOURITE.name.to_owned(), FAVOURITE.table));
        }
        Ok(found)
    }

    /// One attribute; `None` if it does not exist or has too many values to filter by.
    ///
    /// # Errors
    ///
    /// Any [`BackendError`].
    pub fn attribute(&self, name: &str) -> Result<Option<Arc<Attribute>>, BackendError> {
        let Some((_, table)) = self.candidates()?.into_iter().find(|(other, _)| other == name) else {
            return Ok(None);
        };
        let money = if name.ends_with("_minor") { self.summary.money_decimals } else { 0 };
        let found = self.cached(&format!("attribute {name}"), || {
            let column = self.read(table, &[name])?.pop().unwrap_or(Column::Integers(Vec::new()));
            let column = self.aligned(table, column)?;
            Ok(Attribute { name: name.to_owned(), classes: classes(&column, money).unwrap_or_default() })
        })?;
        Ok((!found.classes.labels.is_empty()).then_some(found))
    }
}

/// The classes of a column; `None` if it has no values, or too many distinct ones.
fn classes(column: &Column, decimals: u8) -> Option<Coded> {
    let found = match column {
        Column::Text(text) => {
            let used: BTreeSet<u32> = text.codes.iter().copied().collect();
            if used.len() > MAX_VALUES + 1 {
                return None;
            }
            let mut coded = Coded::of_text(column, &[]);
            drop_unused(&mut coded);
            coded
        }
        Column::Integers(values) => of_integers(values, decimals),
        Column::Numbers(values) => banded(values, 0.0),
        Column::Days(days) => {
            let mut months = super::coded::Months::default();
            let years: Vec<i64> = days
                .iter()
                .map(
                    |day| if *day == NO_DAY { NO_INTEGER } else { i64::from(months.of(*day).div_euclid(12)) },
                )
                .collect();
            Coded::of_integers(&years, &[])
        }
    };
    (!found.labels.is_empty() && found.labels.len() <= MAX_VALUES).then_some(found)
}

/// Drops classes that occur only for customers outside the frame.
fn drop_unused(coded: &mut Coded) {
    let mut used = vec![false; coded.labels.len()];
    for code in &coded.codes {
        if let Some(used) = used.get_mut(usize::from(*code)) {
            *used = true;
        }
    }
    let mut next = 0_u16;
    let places: Vec<u16> = used
        .iter()
        .map(|used| {
            let place = if *used { next } else { NONE };
            next += u16::from(*used);
            place
        })
        .collect();
    for code in &mut coded.codes {
        *code = places.get(usize::from(*code)).copied().unwrap_or(NONE);
    }
    let mut kept = used.iter();
    coded.labels.retain(|_| kept.next().copied().unwrap_or(false));
}

fn of_integers(values: &[i64], decimals: u8) -> Coded {
    let present = values.iter().copied().filter(|v| *v != NO_INTEGER);
    let mut different = BTreeSet::new();
    for value in present {
        different.insert(value);
        if different.len() > MAX_OWN {
            let unit = minor_per_major(decimals);
            let numbers: Vec<f64> =
                values.iter().map(|v| if *v == NO_INTEGER { f64::NAN } else { *v as f64 / unit }).collect();
            return banded(&numbers, 1.0);
        }
    }
    Coded::of_integers(values, &[])
}

/// Bands of a round width between the 1st and 99th percentile; values beyond join the outermost bands.
///
/// `step`: 1 for integers, so that bands do not overlap; 0 otherwise.
fn banded(values: &[f64], step: f64) -> Coded {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    if sorted.is_empty() {
        return Coded { codes: vec![NONE; values.len()], labels: Vec::new() };
    }
    sorted.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share).round() as usize];
    let (low, high) = (at(0.01), at(0.99));
    let width = round_width((high - low) / BANDS, step);
    let first = (low / width).floor();
    let bands = (((high / width).floor() - first) as usize + 1).min(MAX_VALUES);
    let label = |band: usize| {
        let from = (first + band as f64) * width;
        let to = from + width;
        let number = |value: f64| {
            let text = format!("{value:.4}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        };
        if bands == 1 {
            "all".to_owned()
        } else if band == 0 {
            format!("under {}", number(to))
        } else if band + 1 == bands {
            format!("{} and over", number(from))
        } else if step > 0.0 && width > step {
            format!("{}–{}", number(from), number(to - step))
        } else if step > 0.0 {
            number(from)
        } else {
            format!("{} to {}", number(from), number(to))
        }
    };
    let code = |value: &f64| {
        if value.is_finite() {
            ((value / width).floor() - first).clamp(0.0, bands as f64 - 1.0) as u16
        } else {
            NONE
        }
    };
    Coded { codes: values.iter().map(code).collect(), labels: (0..bands).map(label).collect() }
}

/// The smallest of 1, 2, 5, 10, 20, ... that is at least `width`.
fn round_width(width: f64, step: f64) -> f64 {
    if width <= 0.0 || !width.is_finite() {
        return 1.0;
    }
    let power = 10_f64.powf(width.log10().floor());
    let rounded = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|w| *w >= width * 0.999);
    rounded.unwrap_or(power * 10.0).max(step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::TextColumn;

    #[test]
    fn ages_fall_into_bands_of_ten() {
        let ages: Vec<i64> = (18..=79).chain([NO_INTEGER, 300]).collect();
        let coded = of_integers(&ages, 0);
        assert_eq!(coded.labels.first().map(String::as_str), Some("under 20"));
        assert_eq!(coded.labels[1], "20–29");
        assert_eq!(coded.labels.last().map(String::as_str), Some("70 and over"));
        assert_eq!(
            (coded.label(0), coded.label(2), coded.label(11)),
            (Some("under 20"), Some("20–29"), Some("20–29"))
        );
        assert_eq!(coded.label(62), None);
        assert_eq!(coded.label(63), Some("70 and over"));
    }

    #[test]
    fn few_numbers_are_their_own_classes_and_shares_get_bands() {
        assert_eq!(of_integers(&[3, 1, 2, 1], 0).labels, ["1", "2", "3"]);
        let coded = banded(&(0..=100).map(|n| f64::from(n) / 100.0).collect::<Vec<_>>(), 0.0);
        assert!(coded.labels.len() <= 11 && coded.labels[1].contains(" to "), "{:?}", coded.labels);
        assert_eq!(banded(&[5.0, 5.0], 0.0).labels, ["all"]);
    }

    #[test]
    fn a_column_of_many_names_is_no_attribute() {
        let names: Vec<String> = (0..100).map(|n| format!("name {n}")).collect();
        let text = TextColumn { codes: (0..100).collect(), values: names };
        assert_eq!(classes(&Column::Text(text.clone()), 0), None);
        // But it is if only a few of them belong to customers with an order.
        let few = TextColumn { codes: vec![5, 7, 5], values: text.values };
        let coded = classes(&Column::Text(few), 0).expect("two values");
        assert_eq!((coded.labels.len(), coded.label(2)), (2, Some("name 5")));
    }

    #[test]
    fn dates_are_years() {
        let coded = classes(&Column::Days(vec![0, 400, NO_DAY]), 0).expect("years");
        assert_eq!(
            (coded.labels, coded.codes),
            (vec!["1970".to_owned(), "1971".to_owned()], vec![0, 1, NONE])
        );
    }
}
