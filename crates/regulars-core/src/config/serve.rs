//! The section `[serve]`: who may see the pages and start runs.
//!
//! It concerns one server and not the results: it is not stored in manifests and does not affect runs.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

/// Who may see the pages and start runs.
#[derive(Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Serve {
    /// The password hash, as printed by `regulars password`.
    pub password_hash: Option<String>,
    /// Token hashes by name, as printed by `regulars token`.
    pub tokens: BTreeMap<String, String>,
    /// Whether pages and API may start runs; by default only if no other computer can reach the server.
    pub allow_runs: Option<bool>,
    /// The only folder from which a request may name files.
    pub data_dir: Option<String>,
    /// The server is behind a proxy that terminates TLS and adds the client's address.
    pub behind_proxy: bool,
    /// Tables over PostgreSQL's protocol.
    pub pg: ServePg,
}

/// The section `[serve.pg]`: who may query tables over PostgreSQL's protocol, and what a connection may use.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServePg {
    /// Secrets by user name, as printed by `regulars password --pg NAME`.
    pub users: BTreeMap<String, String>,
    /// PEM file with the certificate.
    pub certificate: Option<String>,
    /// PEM file with the private key of the certificate.
    pub key: Option<String>,
    /// Maximum number of connections at a time.
    pub connections: usize,
    /// Time limit of a statement, in seconds.
    pub timeout_seconds: u64,
    /// Memory limit of a connection, in MiB.
    pub memory_mb: u64,
    /// Maximum number of rows of a result.
    pub max_rows: u64,
}

impl Default for ServePg {
    fn default() -> Self {
        Self {
            users: BTreeMap::new(),
            certificate: None,
            key: None,
            connections: 20,
            timeout_seconds: 60,
            memory_mb: 1024,
            max_rows: 10_000_000,
        }
    }
}

// Keeps hashes out of logs.
impl fmt::Debug for Serve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Serve")
    }
}

/// The section in a commented file.
pub(super) const COMMENTED: &str = r#"
# All commented out, so that the output of `regulars password` can be appended to this file.
# [serve]
# Printed by `regulars password`; without it the server is reachable from this computer only.
# password_hash = "$argon2id$..."
# Whether pages and API may start runs; default: if the server is reachable from this computer only.
# allow_runs = true
# The only folder from which a request may name files.
# data_dir = "data"
# Whether the server is behind a proxy that terminates TLS (docs/serving.md).
# behind_proxy = false

# Token hashes by name; `regulars token NAME` prints the line.
# [serve.tokens]
# reports = "sha256:..."

# Tables over PostgreSQL's protocol (`regulars serve --pg`). Other computers need a user and a certificate.
# [serve.pg]
# PEM files; relative paths start in the folder where `regulars serve` runs.
# certificate = "server.crt"
# key = "server.key"
# Limits: connections at a time; time per statement, memory per connection, rows per result.
# connections = 20
# timeout_seconds = 60
# memory_mb = 1024
# max_rows = 10000000

# Users and their passwords; `regulars password --pg NAME` prints the line.
# [serve.pg.users]
# ann = "scram-sha-256:..."
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
