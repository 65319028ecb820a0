//! The functions of a run in the catalogue, so that `\df` and drivers list them.

use std::sync::{Arc, PoisonError, RwLock};

use arrow::array::{ArrayRef, AsArray as _, Float64Array, Int32Array, RecordBatch, StringArray, UInt32Array};
use arrow::compute::{cast, concat_batches, take};
use arrow::datatypes::{DataType, Int32Type};
use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarUDF, Signature, SimpleScalarUDF, TypeSignature, Volatility,
};
use datafusion::prelude::SessionContext;
use regulars_engine::{FunctionType, ModelFunction};

/// The OID of the data set's schema, and the functions that the session has at the moment.
pub(crate) type Functions = Arc<RwLock<(i32, Vec<Entry>)>>;

/// The OID of a schema; 0 if there is none.
///
/// Errors: the catalogue cannot be read.
pub(crate) async fn namespace(ctx: &SessionContext, schema: &str) -> Result<i32> {
    let schema = schema.replace('\'', "''");
    let sql = format!("SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = '{schema}'");
    let found = ctx.sql(&sql).await?.collect().await?;
    let Some(batch) = found.iter().find(|batch| batch.num_rows() > 0) else { return Ok(0) };
    Ok(cast(batch.column(0), &DataType::Int32)?.as_primitive::<Int32Type>().value(0))
}

/// One form of a function.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    name: &'static str,
    arguments: Vec<String>,
    returns: FunctionType,
}

/// OID of the first function: above those of PostgreSQL's own functions, below those of tables.
const FIRST_OID: i32 = 12_000;
/// OIDs of PostgreSQL's types.
const FLOAT8: i32 = 701;
const INT8: i32 = 20;
const TEXT: i32 = 25;

impl Entry {
    /// The forms of a function.
    pub(crate) fn forms(function: &ModelFunction) -> impl Iterator<Item = Self> + '_ {
        function.forms.iter().map(|count| Self {
            name: function.name,
            arguments: function.arguments[..*count].to_vec(),
            returns: function.returns,
        })
    }

    fn result(&self) -> (&'static str, i32) {
        match self.returns {
            FunctionType::Number => ("double precision", FLOAT8),
            FunctionType::Integer => ("bigint", INT8),
            FunctionType::Text => ("text", TEXT),
        }
    }

    fn argument_list(&self) -> String {
        let arguments = self.arguments.iter().map(|name| format!("{name} double precision"));
        arguments.collect::<Vec<_>>().join(", ")
    }
}

/// `pg_proc` with the functions.
pub(crate) async fn with_functions(
    ctx: &SessionContext,
    pg_proc: Arc<dyn TableProvider>,
    functions: &Functions,
) -> Result<Arc<dyn TableProvider>> {
    let (namespace, functions) = functions.read().unwrap_or_else(PoisonError::into_inner).clone();
    let known = ctx.read_table(pg_proc)?.collect().await?;
    let Some(first) = known.first().filter(|_| !functions.is_empty()) else {
        let schema =
            known.first().map_or_else(|| Arc::new(arrow::datatypes::Schema::empty()), RecordBatch::schema);
        return Ok(Arc::new(MemTable::try_new(schema, vec![known])?));
    };
    // Copies of another function's row, with the columns that differ.
    let rows = UInt32Array::from(vec![0; functions.len()]);
    let texts = |of: &dyn Fn(&Entry) -> String| {
        Arc::new(StringArray::from_iter_values(functions.iter().map(of))) as ArrayRef
    };
    let numbers = |of: &dyn Fn(usize, &Entry) -> i32| {
        let values = functions.iter().enumerate().map(|(at, entry)| of(at, entry));
        Arc::new(Int32Array::from_iter_values(values)) as ArrayRef
    };
    let schema = first.schema();
    let columns = schema.fields().iter().zip(first.columns()).map(|(field, column)| {
        let value = match field.name().as_str() {
            "oid" => numbers(&|at, _| FIRST_OID + at as i32),
            "proname" | "prosrc" => texts(&|entry| entry.name.to_owned()),
            "pronamespace" => numbers(&|_, _| namespace),
            "pronargs" => numbers(&|_, entry| entry.arguments.len() as i32),
            "prorettype" => numbers(&|_, entry| entry.result().1),
            "procost" => Arc::new(Float64Array::from(vec![1.0; functions.len()])) as ArrayRef,
            "proargtypes" => texts(&|entry| vec![FLOAT8.to_string(); entry.arguments.len()].join(" ")),
            _ => take(column, &rows, None)?,
        };
        // If a value cannot be cast, the copied one stays.
        Ok(cast(&value, field.data_type()).or_else(|_| take(column, &rows, None))?)
    });
    let added = RecordBatch::try_new(Arc::clone(&schema), columns.collect::<Result<_>>()?)?;
    let all = concat_batches(&schema, known.iter().chain([&added]))?;
    Ok(Arc::new(MemTable::try_new(schema, vec![vec![all]])?))
}

/// `pg_get_function_result(oid)`, `pg_get_function_arguments(oid)` and `pg_get_function_identity_arguments(oid)`.
pub(crate) fn description_functions(functions: &Functions) -> [ScalarUDF; 3] {
    let describe = |name: &str, of: fn(&Entry) -> String| {
        let functions = Arc::clone(functions);
        let value = move |arguments: &[ColumnarValue]| -> Result<ColumnarValue> {
            let functions = functions.read().unwrap_or_else(PoisonError::into_inner);
            let oids = cast(&ColumnarValue::values_to_arrays(&arguments[..1])?[0], &DataType::Int32)?;
            let texts: StringArray = oids
                .as_primitive::<Int32Type>()
                .iter()
                .map(|oid| functions.1.get(usize::try_from(oid? - FIRST_OID).ok()?).map(of))
                .collect();
            Ok(ColumnarValue::Array(Arc::new(texts)))
        };
        let signature = Signature::one_of(vec![TypeSignature::Any(1)], Volatility::Stable);
        ScalarUDF::from(SimpleScalarUDF::new_with_signature(name, signature, DataType::Utf8, Arc::new(value)))
    };
    [
        describe("pg_get_function_result", |entry| entry.result().0.to_owned()),
        describe("pg_get_function_arguments", Entry::argument_list),
        describe("pg_get_function_identity_arguments", Entry::argument_list),
    ]
}
