//! `LIKE pattern ESCAPE '/'`: DataFusion supports `\` as escape character only.

use datafusion::logical_expr::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments, Ident, ObjectName,
    Value,
};

/// Rewrites the pattern to use `\` as escape character.
pub(super) fn escape(expression: &mut Expr) {
    let (Expr::Like { pattern, escape_char, .. } | Expr::ILike { pattern, escape_char, .. }) = expression
    else {
        return;
    };
    let Some(Value::SingleQuotedString(escape)) = escape_char.as_ref().map(|value| &value.value) else {
        return;
    };
    if escape == "\\" {
        return;
    }
    let steps = if escape.is_empty() {
        vec![("\\".to_owned(), "\\\\".to_owned())]
    } else {
        // A doubled escape character stands for itself; meanwhile a character that patterns do not have takes its place.
        let (escape, placeholder) = (escape.clone(), '\u{1}'.to_string());
        vec![
            ("\\".to_owned(), "\\\\".to_owned()),
            (escape.repeat(2), placeholder.clone()),
            (escape.clone(), "\\".to_owned()),
            (placeholder, escape),
        ]
    };
    let old = std::mem::replace(pattern.as_mut(), text(String::new()));
    **pattern = steps
        .into_iter()
        .fold(old, |pattern, (from, to)| call("replace", vec![pattern, text(from), text(to)]));
    *escape_char = None;
}

fn text(text: String) -> Expr {
    Expr::Value(Value::SingleQuotedString(text).with_empty_span())
}

/// A function call, as the parser represents it.
pub fn call(function: &str, arguments: Vec<Expr>) -> Expr {
    let argument = |expression| FunctionArg::Unnamed(FunctionArgExpr::Expr(expression));
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(function)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: arguments.into_iter().map(argument).collect(),
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}
