//! A JSON body of the API: a type, with its schema.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

/// A type of a JSON body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Body {
    name: fn() -> Cow<'static, str>,
    pub(super) schema: fn(&mut SchemaGenerator) -> Schema,
}

impl Body {
    /// The body is a `T`.
    pub(crate) const fn of<T: JsonSchema>() -> Self {
        Self { name: T::schema_name, schema: SchemaGenerator::subschema_for::<T> }
    }

    /// The name of its schema.
    pub(crate) fn name(self) -> String {
        (self.name)().into_owned()
    }

    /// A reference to its schema.
    pub(crate) fn reference(self) -> Value {
        json!({ "$ref": format!("{REFERENCE}{}", self.name()) })
    }
}

/// The place of the schemas in the document.
pub(super) const REFERENCE: &str = "#/components/schemas/";
