//! Keeping a model: a card in JSON, and the trees in their library's own format beside it.
//!
//! LightGBM and XGBoost of any language read the trees. Every file is checked by length and hash before
//! a library sees it, because the libraries trust what they read. Deliberately not here: the disk.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use xxhash_rust::xxh3::xxh3_128;

use crate::churn::Churn;
use crate::error::Error;
use crate::fitted::{Body, Fitted, Library, Trees};

/// The version of LightGBM that is compiled in.
pub const LIGHTGBM_VERSION: &str = "4.7.0";

/// The version of XGBoost that is linked.
pub const XGBOOST_VERSION: &str = "3.2.0";

/// The version of the card.
const FORMAT: u32 = 1;

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFile {
    /// Its name.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Card {
    format: u32,
    /// What it predicts.
    kind: String,
    /// Of the text of `model`.
    hash: String,
    lightgbm: String,
    xgboost: String,
    /// Files with trees, in the order in which the model has them.
    trees: Vec<TreeFile>,
    model: Value,
}

#[derive(Serialize, Deserialize)]
struct TreeFile {
    name: String,
    bytes: usize,
    hash: String,
}

/// The name of a model's card.
pub fn card_name(stem: &str) -> String {
    format!("{stem}.json")
}

/// The files of a model, all of whose names begin with `stem`.
///
/// Shape: the card first.
/// Errors: [`Error::Damaged`] for a model with a number that is not finite.
pub fn save(model: &Fitted, stem: &str) -> Result<Vec<ModelFile>, Error> {
    files("spend", model, Some(&model.body), stem)
}

/// The files of a model of churn.
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

/// A model from its card; `read` gives the content of the other files by name, if they are there.
///
/// Errors: [`Error::Damaged`] for a file that is missing, cut off or changed, a card of a later version,
/// or of a model of churn.
pub fn load(card: &[u8], read: &mut dyn FnMut(&str) -> Option<Vec<u8>>) -> Result<Fitted, Error> {
    let (mut model, files): (Fitted, _) = from_card("spend", card)?;
    fill_from_files(&mut model.body, files, read)?;
    Ok(model)
}

/// A model of churn from its card, in the same way.
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
        return Err(damaged(format!("its card is of a model of {}, expected {kind}", card.kind)));
    }
    if hash(card.model.to_string().as_bytes()) != card.hash {
        return Err(damaged("its card was changed after it was written".into()));
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
        let Some(file) = files.next() else { return Err(damaged("its card names too few files".into())) };
        let Some(bytes) = read(&file.name) else {
            return Err(damaged(format!("`{}` is missing", file.name)));
        };
        if bytes.len() != file.bytes {
            let (found, expected) = (bytes.len(), file.bytes);
            return Err(damaged(format!("`{}` has {found} bytes, expected {expected}", file.name)));
        }
        if hash(&bytes) != file.hash {
            return Err(damaged(format!("`{}` was changed after it was written", file.name)));
        }
        trees.native = bytes;
        Ok(())
    })
}

/// By which a file is told from one that was changed: XXH3, 128 bits, in hex.
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
        Body::Hurdle { chance, amount } => {
            named_trees(chance, &format!("{stem}.chance"), found);
            named_trees(amount, &format!("{stem}.amount"), found);
        }
    }
}

fn fill_trees(body: &mut Body, fill: &mut impl FnMut(&mut Trees) -> Result<(), Error>) -> Result<(), Error> {
    match body {
        Body::Constant(_) | Body::Linear(_) => Ok(()),
        Body::Trees(trees) => fill(trees),
        Body::Hurdle { chance, amount } => {
            fill_trees(chance, fill)?;
            fill_trees(amount, fill)
        }
    }
}
