//! Model files: a JSON card, and the trees next to it in the library's own format.
//!
//! LightGBM and XGBoost can read the tree files from any language. Every file is checked by length and hash
//! before a library reads it, because the libraries trust their input. Deliberately not here: the disk.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use xxhash_rust::xxh3::xxh3_128;

use crate::churn::Churn;
use crate::error::Error;
use crate::fitted::{Body, FittedLearner, Library, Trees};

/// Version of LightGBM compiled in.
pub const LIGHTGBM_VERSION: &str = "4.7.0";

/// Version of XGBoost linked.
pub const XGBOOST_VERSION: &str = "3.2.0";

/// Version of the card format.
const FORMAT: u32 = 1;

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFile {
    /// File name.
    pub name: String,
    /// File content.
    pub bytes: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Card {
    format: u32,
    /// What the model predicts.
    kind: String,
    /// Hash of the text of `model`.
    hash: String,
    lightgbm: String,
    xgboost: String,
    /// Tree files, in the order of the model's trees.
    trees: Vec<TreeFile>,
    model: Value,
}

#[derive(Serialize, Deserialize)]
struct TreeFile {
    name: String,
    bytes: usize,
    hash: String,
}

/// Returns the file name of a model's card.
pub fn card_name(stem: &str) -> String {
    format!("{stem}.json")
}

/// Serialises a model into files whose names begin with `stem`.
///
/// Shape: the card first.
/// Errors: [`Error::Damaged`] for a model with a number that is not finite.
pub fn save(model: &FittedLearner, stem: &str) -> Result<Vec<ModelFile>, Error> {
    files("spend", model, Some(&model.body), stem)
}

/// Serialises a churn model.
pub(crate) fn save_churn(model: &Churn, stem: &str) -> Result<Vec<ModelFile>, Error> {
    files("churn", model, model.body(), stem)
}

fn files(
    kind: &str,
    model: &impl Serialize,
    body: Option<&Body>,
    stem: &str,
) -> Result<Vec<ModelFile>, Error> {
    let damaged = |problem: String| Error::Damaged { problem };
    let mut trees = Vec::new();
    if let Some(body) = body {
        named_trees(body, stem, &mut trees);
    }
    let body = serde_json::to_value(model).map_err(|error| damaged(error.to_string()))?;
    let card = Card {
        format: FORMAT,
        kind: kind.into(),
        hash: hash(body.to_string().as_bytes()),
        lightgbm: LIGHTGBM_VERSION.into(),
        xgboost: XGBOOST_VERSION.into(),
        trees: trees
            .iter()
            .map(|(name, trees)| TreeFile {
                name: name.clone(),
                bytes: trees.native.len(),
                hash: hash(&trees.native),
            })
            .collect(),
        model: body,
    };
    let mut text = serde_json::to_string_pretty(&card).map_err(|error| damaged(error.to_string()))?;
    text.push('\n');
    let card = ModelFile { name: card_name(stem), bytes: text.into_bytes() };
    let trees = trees.into_iter().map(|(name, trees)| ModelFile { name, bytes: trees.native.clone() });
    Ok(std::iter::once(card).chain(trees).collect())
}

/// Loads a model from its card; `read` returns the content of the other files by name, if they exist.
///
/// Errors: [`Error::Damaged`] for a file that is missing, truncated or modified, a card of a later version,
/// or the card of a churn model.
pub fn load(card: &[u8], read: &mut dyn FnMut(&str) -> Option<Vec<u8>>) -> Result<FittedLearner, Error> {
    let (mut model, files): (FittedLearner, _) = from_card("spend", card)?;
    fill_from_files(&mut model.body, files, read)?;
    Ok(model)
}

/// Loads a churn model from its card.
///
/// Errors: as [`load`].
pub fn load_churn(card: &[u8], read: &mut dyn FnMut(&str) -> Option<Vec<u8>>) -> Result<Churn, Error> {
    let (mut model, files): (Churn, _) = from_card("churn", card)?;
    if let Some(body) = model.body_mut() {
        fill_from_files(body, files, read)?;
    }
    Ok(model)
}

fn from_card<T: DeserializeOwned>(kind: &str, card: &[u8]) -> Result<(T, Vec<TreeFile>), Error> {
    let damaged = |problem: String| Error::Damaged { problem };
    let card: Card =
        serde_json::from_slice(card).map_err(|error| damaged(format!("its card cannot be read: {error}")))?;
    if card.format != FORMAT {
        return Err(damaged(format!("its card has format {}, expected {FORMAT}", card.format)));
    }
    if card.kind != kind {
        return Err(damaged(format!("its card is for a {} model, expected {kind}", card.kind)));
    }
    if hash(card.model.to_string().as_bytes()) != card.hash {
        return Err(damaged("its card was modified after it was written".into()));
    }
    let model = serde_json::from_value(card.model)
        .map_err(|error| damaged(format!("its card cannot be read: {error}")))?;
    Ok((model, card.trees))
}

fn fill_from_files(
    body: &mut Body,
    files: Vec<TreeFile>,
    read: &mut dyn FnMut(&str) -> Option<Vec<u8>>,
) -> Result<(), Error> {
    let damaged = |problem: String| Error::Damaged { problem };
    let mut files = files.into_iter();
    fill_trees(body, &mut |trees: &mut Trees| {
        let Some(file) = files.next() else { return Err(damaged("its card lists too few files".into())) };
        let Some(bytes) = read(&file.name) else {
            return Err(damaged(format!("`{}` is missing", file.name)));
        };
        if bytes.len() != file.bytes {
            let (found, expected) = (bytes.len(), file.bytes);
            return Err(damaged(format!("`{}` has {found} bytes, expected {expected}", file.name)));
        }
        if hash(&bytes) != file.hash {
            return Err(damaged(format!("`{}` was modified after it was written", file.name)));
        }
        trees.native = bytes;
        Ok(())
    })
}

/// Content hash that detects modified files: XXH3, 128 bits, in hex.
pub fn hash(bytes: &[u8]) -> String {
    format!("{:032x}", xxh3_128(bytes))
}

fn named_trees<'a>(body: &'a Body, stem: &str, found: &mut Vec<(String, &'a Trees)>) {
    match body {
        Body::Constant(_) | Body::Linear(_) => {}
        Body::Trees(trees) => {
            let end = match trees.library {
                Library::LightGbm => "lightgbm.txt",
                Library::XgBoost => "xgboost.ubj",
            };
            found.push((format!("{stem}.{end}"), trees));
        }
        Body::Hurdle { probability, amount } => {
            named_trees(probability, &format!("{stem}.chance"), found);
            named_trees(amount, &format!("{stem}.amount"), found);
        }
    }
}

fn fill_trees(body: &mut Body, fill: &mut impl FnMut(&mut Trees) -> Result<(), Error>) -> Result<(), Error> {
    match body {
        Body::Constant(_) | Body::Linear(_) => Ok(()),
        Body::Trees(trees) => fill(trees),
        Body::Hurdle { probability, amount } => {
            fill_trees(probability, fill)?;
            fill_trees(amount, fill)
        }
    }
}
