//! Flattens a JSON object to named values: `customer: {id: 7}` becomes `customer_id` = 7.

use regulars_core::money::{self, Notation};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Separates the keys of a path.
pub(super) const STEP: char = '\u{1f}';

/// Receives the values of an object.
pub(super) trait Fields {
    /// A value with its path.
    fn value(&mut self, path: &str, text: &str, is_number: bool);
    /// An omitted array of objects.
    fn left_out(&mut self, path: &str);
}

/// Reads an object into `fields`; false, with nothing read, for any other value.
pub(super) struct Record<'a, F> {
    pub(super) fields: &'a mut F,
}

impl<'de, F: Fields> DeserializeSeed<'de> for Record<'_, F> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<bool, D::Error> {
        let mut path = String::new();
        json.deserialize_any(Value { fields: self.fields, path: &mut path, top: true })
    }
}

/// Any value; the result is whether it was an object.
struct Value<'a, F> {
    fields: &'a mut F,
    path: &'a mut String,
    top: bool,
}

impl<F: Fields> Value<'_, F> {
    /// A scalar is not an object.
    fn scalar(self, text: &str, is_number: bool) -> bool {
        if !self.top {
            self.fields.value(self.path, text, is_number);
        }
        false
    }
}

impl<'de, F: Fields> DeserializeSeed<'de> for Value<'_, F> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<bool, D::Error> {
        json.deserialize_any(self)
    }
}

/// `MongoDB` wraps values: `{"$oid": "..."}`.
fn is_wrapper(key: &str) -> bool {
    matches!(
        key,
        "$oid" | "$date" | "$numberLong" | "$numberInt" | "$numberDecimal" | "$numberDouble" | "$uuid"
    )
}

impl<'de, F: Fields> Visitor<'de> for Value<'_, F> {
    type Value = bool;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<bool, E> {
        Ok(self.scalar(if value { "true" } else { "false" }, false))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<bool, E> {
        Ok(self.scalar(&value.to_string(), true))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<bool, E> {
        Ok(self.scalar(&value.to_string(), true))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<bool, E> {
        Ok(self.scalar(&value.to_string(), true))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<bool, E> {
        Ok(self.scalar(value, false))
    }

    fn visit_unit<E: Error>(self) -> Result<bool, E> {
        Ok(self.scalar("", false))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let length = self.path.len();
        while let Some(key) = map.next_key::<String>()? {
            if self.top || !is_wrapper(&key) {
                if length > 0 {
                    self.path.push(STEP);
                }
                self.path.push_str(&key);
            }
            map.next_value_seed(Value { fields: &mut *self.fields, path: &mut *self.path, top: false })?;
            self.path.truncate(length);
        }
        Ok(true)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<bool, A::Error> {
        if self.top {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(false);
        }
        if self.path == REFUNDS {
            let mut refunds = Vec::new();
            while let Some(refund) = list.next_element::<serde_json::Value>()? {
                refunds.push(refund);
            }
            match refunded(&refunds) {
                Some(sum) => self.fields.value("refunds_amount", &sum, true),
                None if refunds.is_empty() => self.fields.value(self.path, "", false),
                None => self.fields.left_out(self.path),
            }
            return Ok(false);
        }
        let mut joined = Joined::default();
        while list.next_element_seed(Item { joined: &mut joined })?.is_some() {}
        if joined.has_objects {
            self.fields.left_out(self.path);
        } else {
            self.fields.value(self.path, &joined.text, false);
        }
        Ok(false)
    }
}

/// The key under which shop APIs list the refunds of an order.
const REFUNDS: &str = "refunds";

/// The sum of an order's refunds: each has a `total` or `amount`, or transactions that do.
///
/// Shape: `None` without refunds, or if one has neither.
fn refunded(refunds: &[serde_json::Value]) -> Option<String> {
    const MILLIONTHS: Notation = Notation { decimal_comma: false, decimals: 6 };
    let amount = |of: &serde_json::Value| {
        let value = of.get("total").or_else(|| of.get("amount"))?;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        money::parse_minor(text.as_bytes(), MILLIONTHS).ok().map(i64::abs)
    };
    let is_refund = |of: &&serde_json::Value| of.get("kind").is_none_or(|kind| kind == "refund");
    let of_transactions = |of: &serde_json::Value| {
        let transactions = of.get("transactions")?.as_array()?;
        transactions.iter().filter(is_refund).map(amount).sum::<Option<i64>>()
    };
    let sum = refunds.iter().map(|one| amount(one).or_else(|| of_transactions(one))).sum::<Option<i64>>()?;
    (!refunds.is_empty()).then(|| format!("{}.{:06}", sum / 1_000_000, sum % 1_000_000))
}

/// The scalars of an array, joined to one text.
#[derive(Default)]
struct Joined {
    text: String,
    has_objects: bool,
}

/// An element of an array within an object.
struct Item<'a> {
    joined: &'a mut Joined,
}

impl Item<'_> {
    fn push(self, text: &str) {
        if !self.joined.text.is_empty() {
            self.joined.text.push_str("; ");
        }
        self.joined.text.push_str(text);
    }
}

impl<'de> DeserializeSeed<'de> for Item<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Item<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.push(if value { "true" } else { "false" });
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.push(&value.to_string());
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.push(&value.to_string());
        Ok(())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.push(&value.to_string());
        Ok(())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.push(value);
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.joined.has_objects = true;
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Item { joined: &mut *self.joined })?.is_some() {}
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refunds_of_an_order_add_up() {
        let sum = |json: &str| refunded(&serde_json::from_str::<Vec<serde_json::Value>>(json).expect("JSON"));
        assert_eq!(sum("[]"), None);
        assert_eq!(sum(r#"[{"total": "-5.00"}, {"total": "-1.25"}]"#).as_deref(), Some("6.250000"));
        let shopify =
            r#"[{"transactions": [{"kind": "refund", "amount": "5.10"}, {"kind": "void", "amount": "9"}]}]"#;
        assert_eq!(sum(shopify).as_deref(), Some("5.100000"));
        assert_eq!(sum(r#"[{"amount": 3}]"#).as_deref(), Some("3.000000"));
        assert_eq!(sum(r#"[{"note": "none"}]"#), None);
    }
}
