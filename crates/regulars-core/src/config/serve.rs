//! Who may see the pages, and what they may start: the part `[serve]` of the configuration.
//!
//! It is about one server and never about results: no manifest holds it, and no run differs by it.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

/// Who may see the pages, and what they may start.
#[derive(Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Serve {
    /// What `regulars password` has made of the password.
    pub password_hash: Option<String>,
    /// Programs by name, each with what `regulars token` has made of its token.
    pub tokens: BTreeMap<String, String>,
    /// Whether runs can be started from pages and API; not given, only where nobody else can reach them.
    pub allow_runs: Option<bool>,
    /// The only folder that a request may name files in.
    pub data_dir: Option<String>,
    /// A proxy stands before the server, ends TLS, and adds the address of the client.
    pub behind_proxy: bool,
}

// Also a hash is not for logs.
impl fmt::Debug for Serve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Serve")
    }
}

/// The part of a commented file.
pub(super) const COMMENTED: &str = r#"
# All commented, so that the lines `regulars password` prints can be put at the end of the file.
# [serve]
# The line that `regulars password` prints; without it only this computer is served.
# password_hash = "$argon2id$..."
# Whether runs can be started from pages and API; true where only this computer is served.
# allow_runs = true
# The only folder that a request may name files in.
# data_dir = "data"
# A proxy stands before the server and ends TLS (docs/serving.md).
# behind_proxy = false

# Programs by name; `regulars token NAME` prints the line.
# [serve.tokens]
# reports = "sha256:..."
"#;

#[cfg(test)]
mod tests {
    use crate::config::Config;

    const FILE: &str = "[serve]\npassword_hash = \"$argon2id$v=19$secret\"\nallow_runs = true\n[serve.tokens]\nreports = \"sha256:secret\"\n";

    #[test]
    fn no_hash_leaves_the_configuration() {
        let config = Config::parse(FILE, "x").expect("parses");
        assert_eq!(config.serve.tokens["reports"], "sha256:secret");
        assert!(config.serve.allow_runs == Some(true) && !config.serve.behind_proxy);
        for shown in [
            serde_json::to_string(&config).expect("serialises"),
            format!("{config:?}"),
            config.to_commented_toml(),
        ] {
            assert!(!shown.contains("secret"), "{shown}");
        }
    }

    #[test]
    fn a_run_does_not_differ_by_who_may_look_at_it() {
        let config = Config::parse(FILE, "x").expect("parses");
        assert_eq!(format!("{config:?}"), format!("{:?}", Config::default()));
    }
}
