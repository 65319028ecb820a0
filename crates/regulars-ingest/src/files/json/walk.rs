//! Finds the arrays of objects in a document, and reads the chosen one.

use std::collections::HashMap;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::flatten::Record;
use super::{Found, Json, Row};

/// Every array reached through object keys alone, with the fields of its objects.
#[derive(Debug, Default)]
pub(super) struct Survey {
    pub(super) lists: Vec<Found>,
    by_keys: HashMap<Vec<String>, usize>,
    keys: Vec<String>,
}

impl Survey {
    /// Walks a value; returns whether it is an object.
    pub(super) fn walk_top(&mut self, json: &mut Json) -> serde_json::Result<bool> {
        Walk { survey: self }.deserialize(json)
    }

    /// Adds a value as a row.
    pub(super) fn as_row(&mut self, json: &mut Json) -> serde_json::Result<()> {
        let at = self.list();
        let list = &mut self.lists[at];
        let is_object = Record { fields: list }.deserialize(json)?;
        *(if is_object { &mut list.objects } else { &mut list.others }) += 1;
        Ok(())
    }

    /// The array at the current path.
    fn list(&mut self) -> usize {
        let lists = &mut self.lists;
        *self.by_keys.entry(self.keys.clone()).or_insert_with_key(|keys| {
            lists.push(Found { keys: keys.clone(), ..Found::default() });
            lists.len() - 1
        })
    }
}

struct Walk<'a> {
    survey: &'a mut Survey,
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<bool, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = bool;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_bool<E: Error>(self, _value: bool) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_i64<E: Error>(self, _value: i64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_u64<E: Error>(self, _value: u64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_f64<E: Error>(self, _value: f64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_str<E: Error>(self, _value: &str) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_unit<E: Error>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            self.survey.keys.push(key);
            map.next_value_seed(Walk { survey: &mut *self.survey })?;
            self.survey.keys.pop();
        }
        Ok(true)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<bool, A::Error> {
        let at = self.survey.list();
        let list = &mut self.survey.lists[at];
        while let Some(is_object) = elements.next_element_seed(Record { fields: list })? {
            *(if is_object { &mut list.objects } else { &mut list.others }) += 1;
        }
        Ok(false)
    }
}

/// Receives a row, or `None` for an element that is not an object; returns false to stop.
pub(super) type Write<'a> = &'a mut dyn FnMut(Option<&[String]>) -> bool;

/// Reads the objects of one array.
pub(super) struct Extract<'a> {
    list: &'a Found,
    write: Write<'a>,
}

impl<'a> Extract<'a> {
    pub(super) fn new(list: &'a Found, write: Write<'a>) -> Self {
        Self { list, write }
    }

    /// Follows the keys to the array and reads it.
    pub(super) fn walk_top(&mut self, json: &mut Json) -> serde_json::Result<()> {
        Descend { extract: self, depth: 0 }.deserialize(json)
    }

    /// Reads a value as a row.
    pub(super) fn as_row(&mut self, json: &mut Json) -> serde_json::Result<()> {
        let mut row = Row::of(&self.list.columns);
        let is_object = Record { fields: &mut row }.deserialize(json)?;
        self.put(is_object.then_some(&row))
    }

    fn put<E: Error>(&mut self, row: Option<&Row<'_>>) -> Result<(), E> {
        let goes_on = (self.write)(row.map(|row| row.values.as_slice()));
        if goes_on { Ok(()) } else { Err(E::custom("stopped")) }
    }
}

struct Descend<'b, 'a> {
    extract: &'b mut Extract<'a>,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Descend<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Descend<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_bool<E: Error>(self, _value: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _value: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _value: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _value: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _value: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let wanted = self.extract.list.keys.get(self.depth);
        while let Some(key) = map.next_key::<String>()? {
            if wanted == Some(&key) {
                map.next_value_seed(Descend { extract: &mut *self.extract, depth: self.depth + 1 })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        if self.depth != self.extract.list.keys.len() {
            while elements.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        let mut row = Row::of(&self.extract.list.columns);
        while let Some(is_object) = elements.next_element_seed(Record { fields: &mut row })? {
            self.extract.put(is_object.then_some(&row))?;
            row.clear();
        }
        Ok(())
    }
}
