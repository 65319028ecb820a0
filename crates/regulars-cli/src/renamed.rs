//! Flags of earlier versions: what they are called now.

use std::ffi::OsString;

use crate::failure::Failure;

const FLAGS: [(&str, &str); 3] = [
    ("--as-they-are", "--raw"),
    ("--chances", "--purchase-probabilities"),
    ("--response", "--response-rate"),
];

/// The failure for the first old flag among the arguments, if there is one.
pub(crate) fn flag(arguments: impl Iterator<Item = OsString>) -> Option<Failure> {
    for argument in arguments {
        let text = argument.to_string_lossy();
        let name = text.split_once('=').map_or(text.as_ref(), |(name, _)| name);
        if name == "--" {
            return None;
        }
        if let Some((old, new)) = FLAGS.iter().find(|(old, _)| *old == name) {
            return Some(
                Failure::new(format!("`{old}` was renamed to `{new}`")).hint(format!("use `{new}`")),
            );
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_flags_say_their_new_name() {
        let of = |arguments: &[&str]| {
            flag(arguments.iter().map(OsString::from)).map(|failure| failure.into_parts().0)
        };
        assert_eq!(
            of(&["clv", "predict", "--chances", "5"]),
            Some("`--chances` was renamed to `--purchase-probabilities`".to_owned())
        );
        assert_eq!(
            of(&["actions", "--response=0.5"]),
            Some("`--response` was renamed to `--response-rate`".to_owned())
        );
        assert_eq!(of(&["actions", "--response-rate", "0.5"]), None);
        assert_eq!(of(&["score", "--", "--chances"]), None);
    }
}
