//! Functions that clients call when they connect, besides those of `datafusion-pg-catalog`.

use std::sync::{Arc, PoisonError, RwLock};

use arrow::array::{ArrayRef, AsArray as _, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::exec_datafusion_err;
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Signature, SimpleScalarUDF, Volatility};
use datafusion::prelude::SessionContext;
use datafusion::scalar::ScalarValue;

use crate::function_catalog::{Functions, description_functions};
use crate::relations::{self, Relations};
use crate::variables::{SERVER_VERSION, Variables};

/// Registers the functions in a session of `user`.
pub(crate) fn register(
    session: &SessionContext,
    user: &str,
    variables: &Arc<RwLock<Variables>>,
    relations: &Arc<RwLock<Relations>>,
    functions: &Functions,
) {
    for function in relations::functions(relations).into_iter().chain(description_functions(functions)) {
        session.register_udf(function);
    }
    let version = format!("PostgreSQL {SERVER_VERSION} (Regulars {})", env!("CARGO_PKG_VERSION"));
    let user = ScalarValue::from(user);
    for function in [
        constant("version", ScalarValue::from(version)),
        constant("current_user", user.clone()),
        constant("session_user", user.clone()),
        constant("user", user),
        constant("pg_backend_pid", ScalarValue::from(std::process::id() as i32)),
        constant("pg_is_in_recovery", ScalarValue::from(false)),
        constant("pg_advisory_unlock_all", ScalarValue::Utf8(None)),
        constant("pg_my_temp_schema", ScalarValue::from(0_i32)),
        constant("inet_server_addr", ScalarValue::Utf8(None)),
        constant("inet_server_port", ScalarValue::Int32(None)),
        constant("pg_function_is_visible", ScalarValue::from(true)),
        constant("pg_type_is_visible", ScalarValue::from(true)),
        constant("has_column_privilege", ScalarValue::from(true)),
        constant("has_function_privilege", ScalarValue::from(true)),
        constant("has_sequence_privilege", ScalarValue::from(true)),
        constant("shobj_description", ScalarValue::Utf8(None)),
        constant("pg_get_viewdef", ScalarValue::Utf8(None)),
        constant("pg_get_indexdef", ScalarValue::Utf8(None)),
        constant("pg_get_triggerdef", ScalarValue::Utf8(None)),
        constant("pg_get_serial_sequence", ScalarValue::Utf8(None)),
        constant("pg_get_functiondef", ScalarValue::Utf8(None)),
        // No types besides the built-in ones.
        constant("to_regtype", ScalarValue::Int32(None)),
        constant("pg_table_size", ScalarValue::Int64(None)),
        constant("pg_indexes_size", ScalarValue::Int64(None)),
        constant("pg_database_size", ScalarValue::Int64(None)),
        constant("pg_tablespace_location", ScalarValue::Utf8(None)),
        constant("pg_size_pretty", ScalarValue::Utf8(None)),
        constant("json_build_object", ScalarValue::Utf8(None)),
        constant("pg_collation_is_visible", ScalarValue::from(true)),
        constant("pg_encoding_max_length", ScalarValue::from(4_i32)),
        current_setting(variables),
        current_schema(session),
    ] {
        session.register_udf(function);
    }
}

/// A function that returns the same value for all arguments.
fn constant(name: &str, value: ScalarValue) -> ScalarUDF {
    let data_type = value.data_type();
    let signature = Signature::one_of(
        vec![
            datafusion::logical_expr::TypeSignature::Nullary,
            datafusion::logical_expr::TypeSignature::VariadicAny,
        ],
        Volatility::Stable,
    );
    let value = move |_: &[ColumnarValue]| Ok(ColumnarValue::Scalar(value.clone()));
    ScalarUDF::from(SimpleScalarUDF::new_with_signature(name, signature, data_type, Arc::new(value)))
}

/// `current_schema()`: the schema of unqualified names.
fn current_schema(session: &SessionContext) -> ScalarUDF {
    let state = session.state_weak_ref();
    let value = move |_: &[ColumnarValue]| -> Result<ColumnarValue> {
        let schema =
            state.upgrade().map(|state| state.read().config_options().catalog.default_schema.clone());
        Ok(ColumnarValue::Scalar(ScalarValue::Utf8(schema)))
    };
    let signature = Signature::nullary(Volatility::Stable);
    let name = "current_schema";
    ScalarUDF::from(SimpleScalarUDF::new_with_signature(name, signature, DataType::Utf8, Arc::new(value)))
}

/// `current_setting(name [, missing_ok])`.
fn current_setting(variables: &Arc<RwLock<Variables>>) -> ScalarUDF {
    let variables = Arc::clone(variables);
    let value = move |arguments: &[ColumnarValue]| -> Result<ColumnarValue> {
        let missing_ok =
            matches!(arguments.get(1), Some(ColumnarValue::Scalar(ScalarValue::Boolean(Some(true)))));
        let names = cast(&ColumnarValue::values_to_arrays(&arguments[..1])?[0], &DataType::Utf8)?;
        let variables = variables.read().unwrap_or_else(PoisonError::into_inner);
        let mut values = Vec::with_capacity(names.len());
        for name in names.as_string::<i32>() {
            values.push(match name.map(|name| variables.get(name)) {
                Some(Ok(value)) => Some(value.to_owned()),
                Some(Err(_)) if missing_ok => None,
                Some(Err(_)) => {
                    let name = name.unwrap_or_default();
                    return Err(exec_datafusion_err!("unrecognized configuration parameter \"{name}\""));
                }
                None => None,
            });
        }
        Ok(ColumnarValue::Array(Arc::new(StringArray::from(values)) as ArrayRef))
    };
    let signature = Signature::one_of(
        vec![
            datafusion::logical_expr::TypeSignature::Exact(vec![DataType::Utf8]),
            datafusion::logical_expr::TypeSignature::Exact(vec![DataType::Utf8, DataType::Boolean]),
        ],
        Volatility::Stable,
    );
    let name = "current_setting";
    ScalarUDF::from(SimpleScalarUDF::new_with_signature(name, signature, DataType::Utf8, Arc::new(value)))
}
