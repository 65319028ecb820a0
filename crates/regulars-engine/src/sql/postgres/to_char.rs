//! `to_char(date, 'YYYY-MM')`: DataFusion expects patterns such as `%Y-%m`, and would return the text `YYYY-MM`.

use datafusion::logical_expr::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Value, ValueWithSpan,
};

/// PostgreSQL's patterns and DataFusion's; a pattern comes before its own prefixes.
const PATTERNS: [(&str, &str); 27] = [
    ("FMMonth", "%B"),
    ("FMDay", "%A"),
    ("FMDD", "%-d"),
    ("FMMM", "%-m"),
    ("FMHH24", "%-H"),
    ("HH24", "%H"),
    ("HH12", "%I"),
    ("IYYY", "%G"),
    ("YYYY", "%Y"),
    ("DDD", "%j"),
    ("Mon", "%b"),
    ("MON", "%^b"),
    ("mon", "%#b"),
    ("Dy", "%a"),
    ("AM", "%p"),
    ("PM", "%p"),
    ("am", "%P"),
    ("pm", "%P"),
    ("HH", "%I"),
    ("MI", "%M"),
    ("SS", "%S"),
    ("MS", "%3f"),
    ("US", "%6f"),
    ("YY", "%y"),
    ("MM", "%m"),
    ("DD", "%d"),
    ("IW", "%V"),
];
/// Patterns that DataFusion does not support.
const UNSUPPORTED: [&str; 2] = ["%^b", "%#b"];

/// Translates the pattern, unless it is one of DataFusion's (with `%`).
///
/// Errors: patterns without a counterpart, and patterns that are not literals.
pub(super) fn translate(expression: &mut Expr) -> Result<(), String> {
    let Expr::Function(function) = expression else { return Ok(()) };
    let is_to_char = function
        .name
        .0
        .last()
        .and_then(|part| part.as_ident())
        .is_some_and(|name| name.value.eq_ignore_ascii_case("to_char"));
    let FunctionArguments::List(arguments) = &mut function.args else { return Ok(()) };
    if !is_to_char || arguments.args.len() != 2 {
        return Ok(());
    }
    match &mut arguments.args[1] {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(ValueWithSpan {
            value: Value::SingleQuotedString(pattern),
            ..
        }))) => {
            if !pattern.contains('%') {
                *pattern = translated(pattern)?;
            }
            Ok(())
        }
        _ => Err("the pattern of to_char must be a string literal".to_owned()),
    }
}

fn translated(pattern: &str) -> Result<String, String> {
    let mut result = String::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        if let Some((found, translation)) = PATTERNS.iter().find(|(found, _)| rest.starts_with(found)) {
            if UNSUPPORTED.contains(translation) {
                return Err(format!("`{found}` is not supported in the pattern of to_char; use `Mon`"));
            }
            result.push_str(translation);
            rest = &rest[found.len()..];
        } else if let Some(quoted) = rest.strip_prefix('"') {
            let (text, after) = quoted.split_once('"').unwrap_or((quoted, ""));
            result.push_str(text);
            rest = after;
        } else if first.is_alphanumeric() {
            return Err(format!(
                "the pattern `{pattern}` of to_char is not supported from `{rest}` on; use YYYY, MM, DD, Mon, HH24, MI, SS, \
                 or DataFusion's patterns such as %Y-%m"
            ));
        } else {
            result.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    Ok(result)
}
