//! Authentication and request checks.
//!
//! There is no per-user authorization: every authenticated user sees everything on the server.

pub(crate) mod check;
mod limits;
pub(crate) mod login;
mod origin;
mod refusal;
mod secrets;
mod sessions;

pub(crate) use refusal::{Refusal, say_how};
pub use secrets::{hash_password, new_token};

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use thiserror::Error;
use tokio::sync::Semaphore;

use self::limits::{Logins, Requests};
use self::secrets::StoredPassword;
use self::sessions::Sessions;

/// Concurrent password checks: each takes 19 MiB and a CPU.
const HASHES_AT_ONCE: usize = 2;

/// Clock, random numbers and figures of the process, provided by the command line.
pub trait ServerEnvironment: Send + Sync + 'static {
    /// Monotonic time since a fixed moment.
    fn elapsed(&self) -> Duration;
    /// Cryptographically secure random bytes.
    fn random(&self) -> [u8; 32];
    /// Memory and CPU time of the server process; `None` if unavailable.
    fn process(&self) -> Option<ProcessFigures>;
}

/// Memory and CPU time of the server process.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema, Serialize)]
pub struct ProcessFigures {
    /// Resident memory, in bytes.
    pub memory_bytes: u64,
    /// CPU time since start over all threads, in seconds.
    pub cpu_seconds: f64,
}

/// Access configuration.
#[derive(Clone, Default)]
pub struct Access {
    /// The password hash for users, from [`hash_password`].
    pub password_hash: Option<String>,
    /// Programs by name, each with the hash of its token, from [`new_token`].
    pub tokens: Vec<(String, String)>,
    /// Whether the server only listens on this computer.
    pub loopback: bool,
    /// Whether it runs behind a proxy that terminates TLS and adds the client address.
    pub behind_proxy: bool,
    /// The port, part of cookie names: servers on one host share cookies otherwise.
    pub port: u16,
}

/// Why an access configuration is refused.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum AccessError {
    /// The server would be open to everyone.
    #[error("other computers could see all customers: no password or token is set")]
    Nothing,
    /// The hash cannot be used.
    #[error("`password_hash` under `[serve]` is not an argon2id hash of at most 256 MiB")]
    Password,
    /// The hash cannot be used.
    #[error("the token `{name}` under `[serve.tokens]` is not a hash of a token")]
    Token {
        /// Name of the token.
        name: String,
    },
}

/// Access control of the server.
#[derive(Clone)]
pub struct Guard(Arc<GuardState>);

struct GuardState {
    password: Option<StoredPassword>,
    tokens: Vec<(String, [u8; 32])>,
    is_open: bool,
    behind_proxy: bool,
    cookie: String,
    /// Form secret without authentication.
    form_secret: [u8; 32],
    sessions: Sessions,
    requests: Requests,
    logins: Logins,
    hashing: Arc<Semaphore>,
    environment: Arc<dyn ServerEnvironment>,
}

impl Guard {
    /// A guard for `access`; without password and token, everyone on this computer is admitted.
    ///
    /// # Errors
    ///
    /// [`AccessError`]: an invalid hash, or no hash although other computers can reach the server, directly
    /// or through a proxy.
    pub fn new(access: &Access, environment: Arc<dyn ServerEnvironment>) -> Result<Self, AccessError> {
        let read = |hash: &String| StoredPassword::read(hash).ok_or(AccessError::Password);
        let password = access.password_hash.as_ref().map(read).transpose()?;
        let token = |(name, hash): &(String, String)| match secrets::read_token_hash(hash) {
            Some(read) => Ok((name.clone(), read)),
            None => Err(AccessError::Token { name: name.clone() }),
        };
        let tokens: Vec<_> = access.tokens.iter().map(token).collect::<Result<_, _>>()?;
        let is_open = password.is_none() && tokens.is_empty();
        // Proxied requests come from anywhere, and often carry a local host name.
        if is_open && (!access.loopback || access.behind_proxy) {
            return Err(AccessError::Nothing);
        }
        // Browsers accept `__Host-` cookies only from this host and over TLS.
        let prefix = if access.behind_proxy { "__Host-" } else { "" };
        Ok(Self(Arc::new(GuardState {
            password,
            tokens,
            is_open,
            behind_proxy: access.behind_proxy,
            cookie: format!("{prefix}regulars-{}", access.port),
            form_secret: environment.random(),
            sessions: Sessions::default(),
            requests: Requests::new(),
            logins: Logins::new(),
            hashing: Arc::new(Semaphore::new(HASHES_AT_ONCE)),
            environment,
        })))
    }

    /// Clock and random numbers, for the rest of the server.
    pub(crate) fn environment(&self) -> Arc<dyn ServerEnvironment> {
        Arc::clone(&self.0.environment)
    }

    fn now(&self) -> Duration {
        self.0.environment.elapsed()
    }

    /// The form secret in every page of a session: constant, so that pages can be cached. Other sites cannot
    /// request pages with the session (`SameSite`) to guess it from their length.
    fn form_token(secret: &[u8; 32]) -> String {
        secrets::masked(secret, secrets::pad_of(secret))
    }
}

/// The client of a request.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    /// Key for rate limits.
    client: IpAddr,
    /// The session, if signed in.
    session: Option<String>,
    /// The form secret; none for programs.
    pub(crate) form_token: Option<String>,
}

impl Visitor {
    /// The reader of a standalone file, which has no forms.
    pub(crate) fn of_file() -> Self {
        Self { client: IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), session: None, form_token: None }
    }

    /// Whether there is a session to end.
    pub(crate) fn is_signed_in(&self) -> bool {
        self.session.is_some()
    }
}

/// The peer address of the connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);
