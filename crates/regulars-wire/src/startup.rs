//! How a connection starts: encryption, password, database, settings.
//!
//! Source: PostgreSQL, "Message Flow"; RFC 5802 and RFC 7677 (SCRAM-SHA-256).

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use futures::{Sink, SinkExt as _};
use pgwire::api::auth::sasl::scram::{ScramAuth, gen_salted_password, random_nonce};
use pgwire::api::auth::sasl::{SASLState, SCRAM_SHA_256_METHOD, SCRAM_SHA_256_PLUS_METHOD};
use pgwire::api::auth::{
    AuthSource, LoginInfo, Password, ServerParameterProvider, StartupHandler, finish_authentication,
    protocol_negotiation, save_startup_parameters_to_metadata,
};
use pgwire::api::{
    ClientInfo, METADATA_DATABASE, METADATA_USER, PgWireConnectionState, PidSecretKeyGenerator as _,
    RandomPidSecretKeyGenerator,
};
use pgwire::error::{PgWireError, PgWireResult};
use pgwire::messages::startup::{Authentication, PasswordMessageFamily};
use pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage};
use tokio::sync::Mutex;

use crate::Setup;
use crate::errors::{end_if_fatal, fatal};
use crate::handlers::Queries;
use crate::session::Session;
use crate::variables::SERVER_VERSION;

/// Iterations of PBKDF2: more than PostgreSQL's 4,096, to slow down guessing if secrets leak.
const ITERATIONS: usize = 100_000;

/// A user's stored password: salt and salted password. It is enough to sign in, so it must be kept as secret as the password.
#[derive(Clone, PartialEq, Eq)]
pub struct ScramSecret {
    iterations: usize,
    salt: Vec<u8>,
    salted_password: Vec<u8>,
}

// Keeps secrets out of logs.
impl fmt::Debug for ScramSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ScramSecret")
    }
}

impl ScramSecret {
    /// Hashes a password with a random salt.
    pub fn new(password: &str, salt: [u8; 16]) -> Self {
        Self {
            iterations: ITERATIONS,
            salt: salt.to_vec(),
            salted_password: gen_salted_password(password, &salt, ITERATIONS),
        }
    }

    /// Reads what [`Self::to_string`](fmt::Display) wrote: `scram-sha-256:ITERATIONS:SALT:SALTED`, in hexadecimal.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("scram-sha-256:")?.split(':');
        let iterations = parts.next()?.parse().ok().filter(|n| (4_096..=10_000_000).contains(n))?;
        let salt = bytes(parts.next()?)?;
        let salted_password = bytes(parts.next()?).filter(|salted| salted.len() == 32)?;
        (parts.next().is_none() && salt.len() >= 8).then_some(Self { iterations, salt, salted_password })
    }
}

impl fmt::Display for ScramSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "scram-sha-256:{}:{}:{}", self.iterations, hex(&self.salt), hex(&self.salted_password))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    if !hex.is_ascii() || !hex.len().is_multiple_of(2) {
        return None;
    }
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).ok()).collect()
}

/// Who may connect.
#[derive(Debug, Clone)]
pub enum Admission {
    /// Everybody; for addresses of this computer only.
    Everybody,
    /// These users, with their passwords and over TLS.
    Users(BTreeMap<String, ScramSecret>),
}

/// Reports the secret key that a cancel request for this connection must have.
pub type Announce = Arc<dyn Fn(&[u8]) + Send + Sync>;

#[derive(Clone)]
pub(crate) struct Startup {
    setup: Arc<Setup>,
    queries: Queries,
    /// Set while a password is checked.
    scram: Arc<Mutex<Option<(ScramAuth, SASLState)>>>,
}

impl Startup {
    pub(crate) fn new(setup: Arc<Setup>, queries: Queries) -> Self {
        Self { setup, queries, scram: Arc::default() }
    }

    async fn open_session<C: ClientInfo>(&self, client: &C) -> PgWireResult<()> {
        let metadata = client.metadata();
        let user = metadata.get(METADATA_USER).map_or("", String::as_str);
        let session =
            Session::open(&self.setup, user, metadata.get(METADATA_DATABASE).map(String::as_str)).await?;
        for (name, value) in settings(metadata)? {
            session.set(&name, Some(&value), false).map_err(|failed| match failed {
                PgWireError::UserError(info) => fatal(&info.code, info.message, info.hint),
                other => other,
            })?;
        }
        self.queries.begin(session);
        Ok(())
    }
}

/// The settings in the client's startup message.
///
/// Errors: options other than `-c NAME=VALUE`.
fn settings(metadata: &HashMap<String, String>) -> PgWireResult<Vec<(String, String)>> {
    let mut settings = Vec::new();
    let metadata: BTreeMap<&String, &String> = metadata.iter().collect();
    for (name, value) in metadata {
        // `_pq_.` is the prefix of protocol extensions.
        if matches!(name.as_str(), "user" | "database" | "replication") || name.starts_with("_pq_.") {
            continue;
        }
        if name != "options" {
            settings.push((name.clone(), value.clone()));
            continue;
        }
        let mut words = value.split_whitespace();
        while let Some(word) = words.next() {
            let setting = match word.strip_prefix("-c").or_else(|| word.strip_prefix("--")) {
                Some("") => words.next(),
                other => other,
            };
            let Some((name, value)) = setting.and_then(|setting| setting.split_once('=')) else {
                return Err(fatal("22023", format!("invalid command-line argument: {word}"), None));
            };
            settings.push((name.replace('-', "_"), value.to_owned()));
        }
    }
    settings.sort();
    Ok(settings)
}

#[async_trait]
impl StartupHandler for Startup {
    async fn on_startup<C>(&self, client: &mut C, message: PgWireFrontendMessage) -> PgWireResult<()>
    where
        C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::Error: fmt::Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let done = self.start(client, message).await;
        end_if_fatal(client, done).await
    }
}

impl Startup {
    async fn start<C>(&self, client: &mut C, message: PgWireFrontendMessage) -> PgWireResult<()>
    where
        C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::Error: fmt::Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        if let PgWireFrontendMessage::Startup(startup) = &message {
            if startup.parameters.get("replication").is_some_and(|value| value != "false") {
                return Err(fatal("0A000", "replication is not supported", None));
            }
            if self.setup.is_full {
                return Err(fatal(
                    "53300",
                    "too many connections",
                    Some("close connections, or raise `connections` under `[serve.pg]`".to_owned()),
                ));
            }
        }
        match (&self.setup.admission, message) {
            (Admission::Everybody, PgWireFrontendMessage::Startup(startup)) => {
                protocol_negotiation(client, &startup).await?;
                save_startup_parameters_to_metadata(client, &startup);
                self.admit(client).await
            }
            (Admission::Users(users), PgWireFrontendMessage::Startup(startup)) => {
                if !client.is_secure() {
                    return Err(fatal(
                        "28000",
                        "connections without encryption are not possible",
                        Some("add sslmode=verify-full (or require) to the connection string".to_owned()),
                    ));
                }
                protocol_negotiation(client, &startup).await?;
                save_startup_parameters_to_metadata(client, &startup);
                client.set_state(PgWireConnectionState::AuthenticationInProgress);
                let user = client.metadata().get(METADATA_USER).map_or("", String::as_str);
                let (scram, mechanisms) = self.scram_of(users.get(user), user);
                *self.scram.lock().await = Some((scram, SASLState::ScramClientFirstReceived));
                client.send(PgWireBackendMessage::Authentication(Authentication::SASL(mechanisms))).await?;
                Ok(())
            }
            (Admission::Users(_), PgWireFrontendMessage::PasswordMessageFamily(message)) => {
                let mut exchange = self.scram.lock().await;
                let (scram, state) = exchange.as_mut().ok_or(PgWireError::InvalidSASLState)?;
                let message = match state {
                    SASLState::ScramClientFirstReceived => {
                        let first = message.into_sasl_initial_response()?;
                        if ![SCRAM_SHA_256_METHOD, SCRAM_SHA_256_PLUS_METHOD]
                            .contains(&first.auth_method.as_str())
                        {
                            return Err(PgWireError::UnsupportedSASLAuthMethod(first.auth_method));
                        }
                        let has_binding = scram.supports_channel_binding();
                        check_binding(&first.auth_method, first.data.as_deref(), has_binding)?;
                        PasswordMessageFamily::SASLInitialResponse(first)
                    }
                    _ => PasswordMessageFamily::SASLResponse(message.into_sasl_response()?),
                };
                let user = client.metadata().get(METADATA_USER).cloned().unwrap_or_default();
                let (answer, next) = scram
                    .process_scram_message(client, message, state)
                    .await
                    .map_err(|_wrong| PgWireError::InvalidPassword(user))?;
                let has_finished = matches!(next, SASLState::Finished);
                *state = next;
                client.send(PgWireBackendMessage::Authentication(answer)).await?;
                if has_finished {
                    self.admit(client).await?;
                }
                Ok(())
            }
            _ => Err(PgWireError::InvalidStartupMessage),
        }
    }

    /// Opens the session and tells the client that it may send queries.
    async fn admit<C>(&self, client: &mut C) -> PgWireResult<()>
    where
        C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::Error: fmt::Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        self.open_session(client).await?;
        let (_, key) = RandomPidSecretKeyGenerator::default().generate(client);
        (self.setup.announce)(&key.to_bytes());
        // Each connection has its own process, so the process id identifies it.
        client.set_pid_and_secret_key(std::process::id() as i32, key);
        finish_authentication(client, &Parameters).await
    }

    /// Starts the password check of a user. Unknown users are asked for a password, too, so that names cannot be probed.
    fn scram_of(&self, secret: Option<&ScramSecret>, user: &str) -> (ScramAuth, Vec<String>) {
        // The same salt each time, as for a user that exists.
        let unknown = || ScramSecret {
            iterations: ITERATIONS,
            salt: gen_salted_password(user, &self.setup.salt_key, 1)[..16].to_vec(),
            salted_password: random_nonce().into_bytes(),
        };
        let secret = secret.cloned().unwrap_or_else(unknown);
        let iterations = secret.iterations;
        let mut scram = ScramAuth::new(Arc::new(Stored(secret)));
        scram.set_iterations(iterations);
        // Certificates signed with an algorithm that has no hash (Ed25519) have no channel binding.
        if let Some(tls) = &self.setup.tls {
            drop(scram.configure_certificate(&tls.certificate_pem));
        }
        let mut mechanisms = vec![SCRAM_SHA_256_METHOD.to_owned()];
        if scram.supports_channel_binding() {
            mechanisms.push(SCRAM_SHA_256_PLUS_METHOD.to_owned());
        }
        (scram, mechanisms)
    }
}

/// Checks the channel binding of the client's first message. If the client supports it and believes that we do not, someone
/// in between has changed our list of mechanisms.
///
/// Source: RFC 5802, section 6.
fn check_binding(mechanism: &str, first: Option<&[u8]>, has_binding: bool) -> PgWireResult<()> {
    let flag = first.unwrap_or_default();
    let is_valid = if mechanism == SCRAM_SHA_256_PLUS_METHOD {
        has_binding && flag.starts_with(b"p=tls-server-end-point,")
    } else {
        flag.starts_with(b"n,") || (flag.starts_with(b"y,") && !has_binding)
    };
    if is_valid {
        Ok(())
    } else {
        Err(fatal("28000", "the channel binding does not match this connection", None))
    }
}

#[derive(Debug)]
struct Stored(ScramSecret);

#[async_trait]
impl AuthSource for Stored {
    async fn get_password(&self, _login: &LoginInfo) -> PgWireResult<Password> {
        Ok(Password::new(Some(self.0.salt.clone()), self.0.salted_password.clone()))
    }
}

/// What the server reports after sign-in; drivers read from it the version and how to quote text.
struct Parameters;

impl ServerParameterProvider for Parameters {
    fn server_parameters<C: ClientInfo>(&self, client: &C) -> Option<HashMap<String, String>> {
        let text = |key: &str| client.metadata().get(key).cloned().unwrap_or_default();
        let parameters = [
            ("server_version", SERVER_VERSION.to_owned()),
            ("server_encoding", "UTF8".to_owned()),
            ("client_encoding", "UTF8".to_owned()),
            ("DateStyle", "ISO, YMD".to_owned()),
            ("IntervalStyle", "postgres".to_owned()),
            ("TimeZone", "UTC".to_owned()),
            ("integer_datetimes", "on".to_owned()),
            ("standard_conforming_strings", "on".to_owned()),
            ("in_hot_standby", "off".to_owned()),
            ("default_transaction_read_only", "on".to_owned()),
            ("is_superuser", "off".to_owned()),
            ("application_name", text("application_name")),
            ("session_authorization", text(METADATA_USER)),
        ];
        Some(parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_as_it_was_written() {
        let secret = ScramSecret::new("correct horse battery staple", [7; 16]);
        let text = secret.to_string();
        assert_eq!(ScramSecret::parse(&text), Some(secret));
        for wrong in ["", "scram-sha-256:1:00:00", &text[..text.len() - 1], &text.replace(":0", ":ü")] {
            assert_eq!(ScramSecret::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn channel_binding_cannot_be_downgraded() {
        let plus = SCRAM_SHA_256_PLUS_METHOD;
        for (mechanism, first, has_binding, is_valid) in [
            (SCRAM_SHA_256_METHOD, "n,,n=,r=x", true, true),
            (SCRAM_SHA_256_METHOD, "y,,n=,r=x", false, true),
            (SCRAM_SHA_256_METHOD, "y,,n=,r=x", true, false),
            (SCRAM_SHA_256_METHOD, "p=tls-server-end-point,,n=,r=x", true, false),
            (plus, "p=tls-server-end-point,,n=,r=x", true, true),
            (plus, "p=tls-unique,,n=,r=x", true, false),
            (plus, "n,,n=,r=x", true, false),
        ] {
            let checked = check_binding(mechanism, Some(first.as_bytes()), has_binding);
            assert_eq!(checked.is_ok(), is_valid, "{mechanism} {first} {has_binding}");
        }
    }

    #[test]
    fn options_are_settings() {
        let metadata = HashMap::from([
            ("user".to_owned(), "ann".to_owned()),
            (
                "options".to_owned(),
                "-c statement_timeout=5s --search-path=shop -cextra_float_digits=3".to_owned(),
            ),
        ]);
        let expected = [("extra_float_digits", "3"), ("search_path", "shop"), ("statement_timeout", "5s")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(settings(&metadata).expect("settings"), expected);
        let other = HashMap::from([("options".to_owned(), "-d 5".to_owned())]);
        assert!(settings(&other).is_err());
    }
}
