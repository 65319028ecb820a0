//! What catalogue functions need to know about tables: which are visible without a schema, and the comments on them and
//! their columns.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use arrow::array::{Array as _, ArrayRef, AsArray as _, BooleanArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarUDF, Signature, SimpleScalarUDF, TypeSignature, Volatility,
};
use datafusion::prelude::SessionContext;
use regulars_core::tables;

/// Tables and columns by OID and column number.
#[derive(Debug, Default)]
pub(crate) struct Relations {
    visible: HashSet<i32>,
    /// By table and column; column 0 stands for the table.
    comments: HashMap<(i32, i32), String>,
}

/// Parts of the names of functions that read [`Relations`].
const NAMES: [&str; 2] = ["_is_visible", "_description"];

/// Whether a statement calls such a function.
pub(crate) fn are_needed(sql: &str) -> bool {
    NAMES.iter().any(|name| sql.contains(name))
}

impl Relations {
    /// Reads the catalogue; the tables of `schema` are visible.
    ///
    /// Errors: the catalogue cannot be read.
    pub(crate) async fn load(ctx: &SessionContext, schema: &str) -> Result<Self> {
        let sql = "SELECT c.oid, n.nspname, c.relname, a.attnum, a.attname FROM pg_catalog.pg_class c \
                   JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                   LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid";
        let mut relations = Self::default();
        for batch in ctx.sql(sql).await?.collect().await? {
            let number = |column: usize| cast(batch.column(column), &DataType::Int32);
            let text = |column: usize| cast(batch.column(column), &DataType::Utf8);
            let (oids, columns) = (number(0)?, number(3)?);
            let (schemas, names, attributes) = (text(1)?, text(2)?, text(4)?);
            let (oids, columns) = (oids.as_primitive::<Int32Type>(), columns.as_primitive::<Int32Type>());
            let texts = [&schemas, &names, &attributes].map(arrow::array::AsArray::as_string::<i32>);
            for row in 0..batch.num_rows() {
                let (oid, of_schema, name) = (oids.value(row), texts[0].value(row), texts[1].value(row));
                if of_schema == schema || of_schema == "pg_catalog" {
                    relations.visible.insert(oid);
                }
                let Some(table) = tables::table(name) else { continue };
                relations.comments.entry((oid, 0)).or_insert_with(|| table.meaning.to_owned());
                let column = table.columns.iter().find(|column| column.name == texts[2].value(row));
                if let (Some(column), true) = (column, columns.is_valid(row)) {
                    relations.comments.insert((oid, columns.value(row)), column.meaning.to_owned());
                }
            }
        }
        Ok(relations)
    }
}

/// `pg_table_is_visible(oid)`, `obj_description(oid [, catalogue])` and `col_description(oid, column)`.
pub(crate) fn functions(relations: &Arc<RwLock<Relations>>) -> [ScalarUDF; 3] {
    let any = |signatures| Signature::one_of(signatures, Volatility::Stable);
    let visible = {
        let relations = Arc::clone(relations);
        move |arguments: &[ColumnarValue]| -> Result<ColumnarValue> {
            let relations = relations.read().unwrap_or_else(PoisonError::into_inner);
            let oids = integers(&arguments[0])?;
            let oids = oids.as_primitive::<Int32Type>();
            let found: BooleanArray =
                oids.iter().map(|oid| oid.map(|oid| relations.visible.contains(&oid))).collect();
            Ok(ColumnarValue::Array(Arc::new(found)))
        }
    };
    let comment = |has_column: bool| {
        let relations = Arc::clone(relations);
        move |arguments: &[ColumnarValue]| -> Result<ColumnarValue> {
            let relations = relations.read().unwrap_or_else(PoisonError::into_inner);
            let arrays = ColumnarValue::values_to_arrays(arguments)?;
            let oids = cast(&arrays[0], &DataType::Int32)?;
            let columns = if has_column { Some(cast(&arrays[1], &DataType::Int32)?) } else { None };
            let oids = oids.as_primitive::<Int32Type>();
            let found: StringArray = (0..oids.len())
                .map(|row| {
                    let column =
                        columns.as_ref().map_or(0, |columns| columns.as_primitive::<Int32Type>().value(row));
                    relations.comments.get(&(oids.value(row), column)).cloned()
                })
                .collect();
            Ok(ColumnarValue::Array(Arc::new(found) as ArrayRef))
        }
    };
    let one = TypeSignature::Any(1);
    let two = TypeSignature::Any(2);
    [
        ScalarUDF::from(SimpleScalarUDF::new_with_signature(
            "pg_table_is_visible",
            any(vec![one.clone()]),
            DataType::Boolean,
            Arc::new(visible),
        )),
        ScalarUDF::from(SimpleScalarUDF::new_with_signature(
            "obj_description",
            any(vec![one, two.clone()]),
            DataType::Utf8,
            Arc::new(comment(false)),
        )),
        ScalarUDF::from(SimpleScalarUDF::new_with_signature(
            "col_description",
            any(vec![two]),
            DataType::Utf8,
            Arc::new(comment(true)),
        )),
    ]
}

fn integers(value: &ColumnarValue) -> Result<ArrayRef> {
    Ok(cast(&ColumnarValue::values_to_arrays(std::slice::from_ref(value))?[0], &DataType::Int32)?)
}
