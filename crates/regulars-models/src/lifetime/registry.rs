//! The registered models, and reading them from files by their key.

use std::collections::HashMap;

use serde::de::{Error, IgnoredAny};
use serde::{Deserialize, Deserializer};

use super::model::{ModelKind, PurchaseModel};

impl ModelKind {
    /// All models, in the order of reports; ties go to the first.
    pub const ALL: &'static [Self] = &[
        crate::nbd::NBD,
        crate::pareto_nbd::PARETO_NBD,
        crate::bg_nbd::BG_NBD,
        crate::mbg_nbd::MBG_NBD,
        crate::bg_cnbd_k::BG_CNBD_K,
        crate::bg_cnbd_k::MBG_CNBD_K,
    ];

    /// The model of a key such as `bg_nbd`.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.key() == key)
    }
}

impl<'de> Deserialize<'de> for ModelKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let key = String::deserialize(deserializer)?;
        Self::from_key(&key).ok_or_else(|| D::Error::custom(format!("unknown model `{key}`")))
    }
}

/// The fields of a stored model, which are flattened into the object that contains it.
#[derive(Deserialize)]
struct Stored {
    model: ModelKind,
    k: Option<u32>,
    #[serde(flatten)]
    fields: HashMap<String, Field>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Field {
    Number(f64),
    Other(IgnoredAny),
}

impl<'de> Deserialize<'de> for PurchaseModel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Stored { model: kind, k, fields } = Stored::deserialize(deserializer)?;
        let value = |name: &&'static str| match fields.get(*name) {
            Some(Field::Number(value)) => Ok(*value),
            Some(Field::Other(_)) => Err(D::Error::custom(format!("parameter `{name}` is not a number"))),
            None => Err(D::Error::missing_field(name)),
        };
        let values = kind.parameter_names().iter().map(value).collect::<Result<_, _>>()?;
        match k {
            Some(k) if kind.is_regular() => Ok(Self { kind, k, values }),
            None if kind.is_regular() => Err(D::Error::missing_field("k")),
            _ => Ok(Self { kind, k: 1, values }),
        }
    }
}
