//! JSON Schemas (draft 2020-12, as in OpenAPI 3.1) of what the API sends and takes, derived from the types.

use std::sync::LazyLock;

use regulars_core::tables::tables;
use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use serde_json::{Map, Value};

use super::body::{Body, REFERENCE};
use super::endpoints::ENDPOINTS;
use crate::error::ErrorBody;
use crate::runs::{End, Note, StageView};

/// Errors, and the events of a run: not the answer of an endpoint.
const OTHERS: [Body; 4] =
    [Body::of::<ErrorBody>(), Body::of::<StageView>(), Body::of::<Note>(), Body::of::<End>()];

/// All schemas by name: bodies, and the rows of every table as `tables.NAME`.
pub(crate) fn schemas() -> &'static Map<String, Value> {
    static SCHEMAS: LazyLock<Map<String, Value>> = LazyLock::new(|| {
        let mut settings = SchemaSettings::draft2020_12().for_serialize();
        settings.definitions_path = "/components/schemas".into();
        settings.transforms = vec![Box::new(RecursiveTransform(close))];
        let sent = ENDPOINTS.iter().flat_map(|endpoint| {
            let further = endpoint.further.and_then(|further| further.answers.body());
            [endpoint.answers.body(), further].into_iter().flatten()
        });
        let mut all = definitions(settings.clone(), sent.chain(OTHERS));
        let taken = ENDPOINTS.iter().filter_map(|endpoint| endpoint.further?.body);
        all.append(&mut definitions(settings.for_deserialize(), taken));
        all.extend(tables().iter().map(|table| (format!("tables.{}", table.name), table.row_schema())));
        all
    });
    &SCHEMAS
}

fn definitions(settings: SchemaSettings, bodies: impl Iterator<Item = Body>) -> Map<String, Value> {
    let mut generator = settings.into_generator();
    for body in bodies {
        (body.schema)(&mut generator);
    }
    generator.take_definitions(true)
}

/// Objects have no other fields than those described; descriptions are the Rust doc comments, in terms of JSON.
fn close(schema: &mut Schema) {
    if let Some(Value::String(description)) = schema.get_mut("description") {
        *description = description
            .replace("`None`", "null")
            .replace("[`super::", "`")
            .replace("[`", "`")
            .replace("`]", "`");
    }
    if schema.get("properties").is_some() && schema.get("additionalProperties").is_none() {
        schema.remove("unevaluatedProperties");
        schema.insert("additionalProperties".to_owned(), false.into());
    }
}

/// A schema in readable form.
#[derive(Debug)]
pub(crate) struct ShownSchema {
    pub(crate) name: String,
    pub(crate) what: String,
    /// Name, type and meaning of the fields.
    pub(crate) fields: Vec<[String; 3]>,
}

/// All schemas in readable form.
pub(crate) fn shown_schemas() -> Vec<ShownSchema> {
    let text = |schema: &Value| schema["description"].as_str().unwrap_or_default().replace('\n', " ");
    let shown = |(name, schema): (&String, &Value)| {
        let required = |name: &str| {
            let required = schema["required"].as_array();
            required.is_some_and(|required| required.iter().any(|other| other == name))
        };
        let field = |(name, field): (&String, &Value)| {
            let missing = if required(name) { "" } else { ", may be missing" };
            [name.clone(), format!("{}{missing}", in_words(field)), text(field)]
        };
        ShownSchema {
            name: name.clone(),
            what: text(schema),
            fields: schema["properties"].as_object().into_iter().flatten().map(field).collect(),
        }
    };
    schemas().iter().map(shown).collect()
}

/// A type in words.
fn in_words(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        return name.trim_start_matches(REFERENCE).to_owned();
    }
    for any in ["anyOf", "oneOf"] {
        if let Some(any) = schema[any].as_array() {
            return any.iter().map(in_words).collect::<Vec<_>>().join(" or ");
        }
    }
    if let Some(constant) = schema["const"].as_str() {
        return constant.to_owned();
    }
    if let Some(values) = schema["enum"].as_array() {
        return values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or ");
    }
    let word = |of: &Value| match of.as_str() {
        Some("array") => format!("list of {}", in_words(&schema["items"])),
        Some("string") => "text".to_owned(),
        Some("boolean") => "true or false".to_owned(),
        Some(other) => other.to_owned(),
        None => "any value".to_owned(),
    };
    match &schema["type"] {
        Value::Array(any) => any.iter().map(word).collect::<Vec<_>>().join(" or "),
        one => word(one),
    }
}
