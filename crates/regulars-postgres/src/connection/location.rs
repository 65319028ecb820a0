//! Where a database is: `postgres://user@host:port/database?sslmode=…`, completed from libpq's environment
//! variables.
//!
//! - A password comes from the address, `PGPASSWORD` or the password file, in this order, and is never shown.
//! - Parameters that are not about the connection, such as `table`, are left to the caller.
//! - `sslmode` is `disable` or `verify-full`; `require` and `verify-ca` mean `verify-full`. The default is
//!   `disable` for sockets and this machine, `verify-full` for other hosts.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::percent_decode_str;
use tokio_postgres::config::{ChannelBinding, Host, SslMode, SslNegotiation};

use super::passfile::{self, Login, Lookup};
use crate::error::{Error, Kind};

/// The schemes of an address.
const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// Parameters forwarded to tokio-postgres.
const FORWARDED_PARAMETERS: [&str; 18] = [
    "application_name",
    "channel_binding",
    "connect_timeout",
    "dbname",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "load_balance_hosts",
    "options",
    "password",
    "port",
    "sslnegotiation",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];

/// Parameters of libpq that would change the trusted certificates or the user; they are refused.
const REFUSED_PARAMETERS: [&str; 14] = [
    "gssencmode",
    "gsslib",
    "krbsrvname",
    "passfile",
    "require_auth",
    "requirepeer",
    "service",
    "sslcert",
    "sslcrl",
    "sslcrldir",
    "sslkey",
    "sslpassword",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
];

const SOCKET_FOLDERS: [&str; 2] = ["/var/run/postgresql", "/tmp"];
const DEFAULT_PORT: u16 = 5432;
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
/// Idle time before keepalive probes: a dead peer is detected within about two minutes.
const KEEPALIVE_IDLE: Duration = Duration::from_mins(1);

/// The environment, read by the command line.
#[derive(Clone, Default)]
pub struct Environment {
    /// The variables whose names begin with `PG`.
    pub variables: BTreeMap<String, String>,
    /// The user's home folder.
    pub home: Option<PathBuf>,
    /// The user of the operating system.
    pub user: Option<String>,
}

impl Environment {
    fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// Names only: one of the values is a password.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").field("variables", &self.variables.keys()).finish_non_exhaustive()
    }
}

/// Whether the connection is encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Encryption {
    Off,
    /// The certificate must be for the host and issued by one of these authorities (a PEM file; without it, those
    /// that the system trusts).
    Verified {
        authorities: Option<PathBuf>,
    },
}

/// A database on a server, and the user.
#[derive(Debug, Clone)]
pub struct Location {
    pub(super) config: tokio_postgres::Config,
    pub(super) encryption: Encryption,
    /// Why the password file was not used.
    pub(super) passfile_note: Option<String>,
    parameters: Vec<(String, String)>,
    url: String,
}

const EXPECTED: &str = "the address is postgres://user@host:port/database";

/// Whether the text is the address of a PostgreSQL database.
pub fn is_postgres(text: &str) -> bool {
    SCHEMES.iter().any(|scheme| strip_prefix_ignoring_case(text, scheme).is_some())
}

/// Checks that the text is the address of a PostgreSQL database.
///
/// Errors: [`Kind::Address`], naming the scheme of other databases.
pub fn check_scheme(text: &str) -> Result<(), Error> {
    if is_postgres(text) {
        return Ok(());
    }
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    let plain = |scheme: &&str| scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+');
    Err(match scheme.filter(plain) {
        Some(scheme) => {
            let message = format!("`{scheme}://` is not supported as a database: only PostgreSQL is");
            Error::new(Kind::Address, message).hint(EXPECTED)
        }
        None => Error::new(Kind::Address, "not an address of a database").hint(EXPECTED),
    })
}

impl Location {
    /// Reads an address and completes it from the environment. Does not connect.
    ///
    /// Errors: [`Kind::Address`] for an invalid or incomplete address; the message does not repeat it.
    pub fn parse(url: &str, environment: &Environment) -> Result<Self, Error> {
        check_scheme(url)?;
        let rest = url.split_once("://").map_or("", |(_, rest)| rest);
        let (base, query) = rest.split_once('?').unwrap_or((rest, ""));
        if base.matches('@').count() > 1 {
            return Err(invalid("it has several `@`"));
        }

        let (mut forwarded, mut parameters) = (Vec::new(), Vec::new());
        let (mut mode, mut authorities) = (None, None);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, encoded) = pair.split_once('=').unwrap_or((pair, ""));
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                return Err(invalid("a parameter's name is not a word"));
            }
            let value = percent_decode_str(encoded).decode_utf8();
            let value =
                value.map_err(|error| invalid(&format!("`{name}` is not UTF-8: {error}")))?.into_owned();
            match name {
                "sslmode" => mode = Some(value),
                "sslrootcert" => authorities = Some(value),
                name if FORWARDED_PARAMETERS.contains(&name) => {
                    // tokio-postgres takes any `@` as the end of the password.
                    forwarded.push(format!("{name}={}", encoded.replace('@', "%40")));
                }
                name if REFUSED_PARAMETERS.contains(&name) => {
                    return Err(Error::new(
                        Kind::Address,
                        format!("`{name}` is not supported in an address"),
                    )
                    .hint("passwords are read from PGPASSWORD, PGPASSFILE or ~/.pgpass"));
                }
                _ => parameters.push((name.to_owned(), value)),
            }
        }

        let base = with_port(base, environment.get("PGPORT"));
        let text = format!("postgres://{base}?{}", forwarded.join("&"));
        let mut config: tokio_postgres::Config = text.trim_end_matches('?').parse().map_err(|error| {
            // The cause names the part, not its value.
            invalid(&std::error::Error::source(&error).map_or_else(String::new, ToString::to_string))
        })?;
        if config.get_channel_binding() == ChannelBinding::Require {
            return Err(Error::new(Kind::Address, "`channel_binding=require` is not supported")
                .hint("use `sslmode=verify-full`, which verifies the server's identity"));
        }
        complete(&mut config, environment)?;
        let encryption = encryption(&config, mode, authorities, environment)?;
        config.ssl_mode(if encryption == Encryption::Off { SslMode::Disable } else { SslMode::Require });

        let mut location =
            Self { config, encryption, passfile_note: None, parameters, url: without_password(url) };
        location.find_password(environment);
        Ok(location)
    }

    fn find_password(&mut self, environment: &Environment) {
        if self.config.get_password().is_some() {
            return;
        }
        if let Some(password) = environment.get("PGPASSWORD") {
            self.config.password(password);
            return;
        }
        let default = || environment.home.as_ref().map(|home| home.join(".pgpass"));
        let Some(file) = environment.get("PGPASSFILE").map(PathBuf::from).or_else(default) else { return };
        let hosts = self.config.get_hosts().iter();
        let hosts: Vec<String> = hosts
            .flat_map(|host| match host {
                Host::Tcp(name) => vec![name.clone()],
                Host::Unix(folder) => vec![folder.display().to_string(), "localhost".to_owned()],
            })
            .collect();
        let port = self.config.get_ports().first().copied().unwrap_or(DEFAULT_PORT);
        let login = Login { hosts: &hosts, port, database: self.database(), user: self.user() };
        match passfile::find(&file, &login) {
            Lookup::Password(password) => {
                self.config.password(password);
            }
            Lookup::Nothing(note) => self.passfile_note = note,
        }
    }

    /// The configuration of tokio-postgres, for further settings. Contains the password.
    pub fn config_mut(&mut self) -> &mut tokio_postgres::Config {
        &mut self.config
    }

    /// The database.
    pub fn database(&self) -> &str {
        self.config.get_dbname().unwrap_or_default()
    }

    /// The name of the user.
    pub fn user(&self) -> &str {
        self.config.get_user().unwrap_or_default()
    }

    /// Host and port, or the folder of the socket, for messages.
    pub fn server(&self) -> String {
        let ports = self.config.get_ports();
        let port = |at: usize| ports.get(at).or_else(|| ports.first()).copied().unwrap_or(DEFAULT_PORT);
        let hosts = self.config.get_hosts().iter().enumerate().map(|(at, host)| match host {
            Host::Tcp(name) if name.contains(':') => format!("[{name}]:{}", port(at)),
            Host::Tcp(name) => format!("{name}:{}", port(at)),
            Host::Unix(folder) => folder.join(format!(".s.PGSQL.{}", port(at))).display().to_string(),
        });
        format!("`{}`", hosts.collect::<Vec<_>>().join(","))
    }

    /// The address as given, without the password.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The value of a parameter that is not about the connection, such as `table`.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(of, _)| of == name).map(|(_, value)| value.as_str())
    }

    /// Checks that there are no other parameters than these and those of connections.
    ///
    /// Errors: [`Kind::Address`], naming the first other one.
    pub fn check_parameters(&self, known: &[&str]) -> Result<(), Error> {
        let Some((name, _)) = self.parameters.iter().find(|(name, _)| !known.contains(&name.as_str())) else {
            return Ok(());
        };
        let hint = match known {
            [] => "parameters are those of connections, such as sslmode, connect_timeout, application_name"
                .to_owned(),
            known => format!("supported are {}, and those of connections, such as sslmode", known.join(", ")),
        };
        Err(Error::new(Kind::Address, format!("the address has the unknown parameter `{name}`")).hint(hint))
    }

    pub(super) fn connect_timeout(&self) -> Duration {
        self.config.get_connect_timeout().copied().unwrap_or(DEFAULT_TIMEOUT)
    }

    pub(super) fn direct_tls(&self) -> bool {
        self.config.get_ssl_negotiation() == SslNegotiation::Direct
    }
}

/// The address with this port for hosts without one; tokio-postgres would use the default.
fn with_port(base: &str, port: Option<&str>) -> String {
    let Some(port) = port else { return base.to_owned() };
    let (user, place) = base.rsplit_once('@').map_or(("", base), |(user, place)| (user, place));
    let (hosts, database) = place.split_at(place.find('/').unwrap_or(place.len()));
    let hosts: Vec<String> = hosts
        .split(',')
        .map(|host| {
            let has_port = host.rsplit_once(']').map_or(host, |(_, after)| after).contains(':');
            if host.is_empty() || has_port { host.to_owned() } else { format!("{host}:{port}") }
        })
        .collect();
    format!("{user}{}{}{database}", if user.is_empty() { "" } else { "@" }, hosts.join(","))
}

/// Fills in what the address does not contain.
fn complete(config: &mut tokio_postgres::Config, environment: &Environment) -> Result<(), Error> {
    let number = |name: &str| match environment.get(name) {
        Some(text) => {
            let number = text.trim().parse::<u16>();
            number.map(Some).map_err(|error| {
                Error::new(Kind::Address, format!("`{name}` is not a port or seconds: {error}"))
            })
        }
        None => Ok(None),
    };
    if config.get_ports().is_empty() {
        // tokio-postgres adds a port for each host of the address.
        config.port(number("PGPORT")?.unwrap_or(DEFAULT_PORT));
    }
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        let port = config.get_ports()[0];
        let here = || {
            let socket = format!(".s.PGSQL.{port}");
            SOCKET_FOLDERS.into_iter().find(|folder| Path::new(folder).join(&socket).exists())
        };
        match environment.get("PGHOST") {
            Some(hosts) => hosts.split(',').for_each(|host| {
                config.host(host);
            }),
            None => {
                config.host(here().unwrap_or("localhost"));
            }
        }
    }
    if config.get_user().is_none() {
        let user = environment.get("PGUSER").or(environment.user.as_deref());
        config.user(user.ok_or_else(|| {
            Error::new(Kind::Address, "the address has no user")
                .hint("write postgres://user@host/database, or set PGUSER")
        })?);
    }
    if config.get_dbname().is_none() {
        let user = config.get_user().unwrap_or_default().to_owned();
        config.dbname(environment.get("PGDATABASE").map_or(user, str::to_owned));
    }
    if config.get_application_name().is_none() {
        config.application_name(environment.get("PGAPPNAME").unwrap_or("regulars"));
    }
    if let (None, Some(options)) = (config.get_options(), environment.get("PGOPTIONS")) {
        config.options(options.to_owned());
    }
    if config.get_connect_timeout().is_none() {
        let seconds = number("PGCONNECT_TIMEOUT")?.filter(|seconds| *seconds > 0);
        config
            .connect_timeout(seconds.map_or(DEFAULT_TIMEOUT, |seconds| Duration::from_secs(seconds.into())));
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(KEEPALIVE_IDLE);
    }
    if config.get_keepalives_interval().is_none() {
        config.keepalives_idle(KEEPALIVE_IDLE).keepalives_interval(KEEPALIVE_IDLE / 6).keepalives_retries(6);
    }
    Ok(())
}

fn encryption(
    config: &tokio_postgres::Config,
    mode: Option<String>,
    authorities: Option<String>,
    environment: &Environment,
) -> Result<Encryption, Error> {
    let of_environment = |name: &str| environment.get(name).map(str::to_owned);
    let mode = mode.or_else(|| of_environment("PGSSLMODE"));
    let on_this_machine = |host: &Host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => name == "localhost" || name == "::1" || name.starts_with("127."),
    };
    let hosts = config.get_hosts();
    // Sockets have no TLS.
    if hosts.iter().any(|host| matches!(host, Host::Unix(_))) {
        return Ok(Encryption::Off);
    }
    let encrypted = match mode.as_deref() {
        None => !hosts.iter().all(on_this_machine) || hosts.is_empty(),
        Some("disable") => false,
        Some("require" | "verify-ca" | "verify-full") => true,
        Some(mode @ ("allow" | "prefer")) => {
            let message = format!("`sslmode={mode}` may fall back to an unencrypted connection");
            return Err(Error::new(Kind::Address, message)
                .hint("use `sslmode=verify-full` for an encrypted connection, or `sslmode=disable`"));
        }
        Some(_) => {
            return Err(Error::new(Kind::Address, "`sslmode` is unknown")
                .hint("supported are verify-full and disable"));
        }
    };
    if !encrypted {
        return Ok(Encryption::Off);
    }
    let default_file = || {
        let file = environment.home.as_ref()?.join(".postgresql/root.crt");
        file.exists().then_some(file)
    };
    let authorities = match authorities.or_else(|| of_environment("PGSSLROOTCERT")) {
        Some(name) if name == "system" => None,
        Some(file) => Some(PathBuf::from(file)),
        None => default_file(),
    };
    Ok(Encryption::Verified { authorities })
}

fn invalid(reason: &str) -> Error {
    Error::new(Kind::Address, format!("the address of the database is invalid: {reason}")).hint(
        "write special characters of user and password with percent signs: `@` as %40, `/` as %2F, `:` as %3A, \
         `?` as %3F; or set PGPASSWORD instead",
    )
}

/// The address without passwords.
fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let (base, query) = rest.split_once('?').unwrap_or((rest, ""));
    let base = match base.split_once('@') {
        Some((credentials, place)) => {
            format!("{}@{place}", credentials.split_once(':').map_or(credentials, |(user, _)| user))
        }
        None => base.to_owned(),
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("password="));
    let query = pairs.collect::<Vec<_>>().join("&");
    format!("{scheme}://{base}{}{query}", if query.is_empty() { "" } else { "?" })
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, tail) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Environment { variables: variables.collect(), home: None, user: Some("ann".to_owned()) }
    }

    fn parse(url: &str, variables: &[(&str, &str)]) -> Location {
        Location::parse(url, &environment(variables)).expect(url)
    }

    fn password(location: &Location) -> Option<&str> {
        location.config.get_password().map(|password| std::str::from_utf8(password).expect("UTF-8"))
    }

    #[test]
    fn an_address_has_server_user_and_database() {
        let cases = [
            ("postgres://bob@db.example.com:5433/shop", "`db.example.com:5433`", "bob", "shop"),
            ("postgresql://db/shop", "`db:5432`", "ann", "shop"),
            ("POSTGRES://[::1]/", "`[::1]:5432`", "ann", "ann"),
            ("postgres://a,b:5433/x", "`a:5432,b:5433`", "ann", "x"),
            ("postgres:///shop?host=/run/pg&port=5499&user=eve", "`/run/pg/.s.PGSQL.5499`", "eve", "shop"),
            ("postgres://%2Frun%2Fpg/shop", "`/run/pg/.s.PGSQL.5432`", "ann", "shop"),
        ];
        for (url, server, user, database) in cases {
            let location = parse(url, &[]);
            let found = (location.server(), location.user(), location.database());
            assert_eq!(found, (server.to_owned(), user, database), "{url}");
        }
    }

    #[test]
    fn the_environment_completes_an_address_and_does_not_change_it() {
        let variables = [
            ("PGHOST", "db"),
            ("PGPORT", "5499"),
            ("PGUSER", "eve"),
            ("PGDATABASE", "shop"),
            ("PGPASSWORD", "of the environment"),
        ];
        let location = parse("postgres://", &variables);
        assert_eq!(
            (location.server().as_str(), location.user(), location.database(), password(&location)),
            ("`db:5499`", "eve", "shop", Some("of the environment"))
        );
        let location = parse("postgres://bob:own@a,b:1,[::1]/x", &variables);
        assert_eq!(
            (location.server().as_str(), location.user(), location.database(), password(&location)),
            ("`a:5499,b:1,[::1]:5499`", "bob", "x", Some("own"))
        );
    }

    #[test]
    fn a_password_is_never_shown() {
        let secret = "s3cret";
        for url in ["postgres://u:s3cret@h/d?table=a%20b", "postgres://u@h/d?password=s3cret&table=a%20b"] {
            let location = parse(url, &[]);
            assert_eq!(password(&location), Some(secret));
            assert_eq!(location.url(), "postgres://u@h/d?table=a%20b");
            let shown = format!("{location:?}{:?}", environment(&[("PGPASSWORD", secret)]));
            assert!(!shown.contains(secret), "{shown}");
        }
        // Wrongly encoded addresses.
        for url in [
            "postgres://u:s3cret@x@h/d",
            "postgres://u:1?s3cret@h/d",
            "postgres://u:s3cret?@h/d",
            "mysql://u:s3cret@h/d",
            "u:s3cret@h/d",
            "s3cret://h",
        ] {
            let error = Location::parse(url, &environment(&[])).expect_err(url);
            assert_eq!(error.kind, Kind::Address);
            let shown = format!("{error}{:?}", error.hint);
            assert!(!shown.contains(secret) || url.starts_with(secret), "{shown}");
        }
    }

    #[test]
    fn other_databases_are_refused_by_name() {
        for scheme in ["mysql", "sqlite", "mssql+pyodbc"] {
            let error = check_scheme(&format!("{scheme}://h/d")).expect_err("refused");
            assert!(error.message.contains(&format!("`{scheme}://`")), "{error}");
        }
        assert!(is_postgres("postgresql://h") && !is_postgres("postgres:h") && !is_postgres("a.csv"));
    }

    #[test]
    fn other_hosts_need_verified_tls() {
        let mode = |url: &str, variables: &[(&str, &str)]| {
            Location::parse(url, &environment(variables)).map(|location| location.encryption)
        };
        let verified = Encryption::Verified { authorities: None };
        let file = Encryption::Verified { authorities: Some(PathBuf::from("/ca.pem")) };
        let cases = [
            ("postgres://db/d", verified.clone()),
            ("postgres://localhost/d", Encryption::Off),
            ("postgres://127.0.0.1/d", Encryption::Off),
            ("postgres://localhost/d?sslmode=require", verified.clone()),
            ("postgres://db/d?sslmode=disable", Encryption::Off),
            ("postgres:///d?host=/run&sslmode=verify-full", Encryption::Off),
            ("postgres://db/d?sslmode=verify-ca&sslrootcert=/ca.pem", file.clone()),
            ("postgres://db/d?sslrootcert=system", verified.clone()),
        ];
        for (url, expected) in cases {
            assert_eq!(mode(url, &[]).expect(url), expected, "{url}");
        }
        let variables = [("PGSSLMODE", "verify-full"), ("PGSSLROOTCERT", "/ca.pem")];
        assert_eq!(mode("postgres://localhost/d", &variables).expect("valid"), file);
        for refused in ["prefer", "allow", "nonsense"] {
            let error = mode(&format!("postgres://db/d?sslmode={refused}"), &[]).expect_err(refused);
            assert_eq!(error.kind, Kind::Address);
        }
    }

    #[test]
    fn other_parameters_are_left_to_the_caller() {
        let location = parse("postgres://h/d?table=orders&query=select%20'a@b'&options=-c%20a=b@c", &[]);
        assert_eq!(location.parameter("query"), Some("select 'a@b'"));
        assert_eq!(location.config.get_options(), Some("-c a=b@c"));
        location.check_parameters(&["table", "query"]).expect("known");
        let error = location.check_parameters(&["table"]).expect_err("unknown");
        assert!(error.message.contains("`query`"), "{error}");
        for refused in ["sslcert=x", "service=x", "channel_binding=require"] {
            assert!(Location::parse(&format!("postgres://h/d?{refused}"), &environment(&[])).is_err());
        }
    }
}
