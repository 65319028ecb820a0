//! Who is let in, and what is asked of a request before it is answered.
//!
//! Deliberately not here: what users may see. Whoever is let in sees everything that the server has.

mod check;
mod limits;
mod login;
mod origin;
mod refusal;
mod secrets;
mod sessions;

pub(crate) use check::{check, say_how};
pub(crate) use login::{form as login_form, sign_in, sign_out};
pub(crate) use refusal::Refusal;
pub use secrets::{hash_password, new_token};

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::Semaphore;

use self::limits::{Logins, Requests};
use self::secrets::StoredPassword;
use self::sessions::Sessions;

/// Passwords that are held against the hash at a time: each takes 19 MiB and a processor.
const HASHES_AT_ONCE: usize = 2;

/// Time and chance, which only the command line knows.
pub trait Outside: Send + Sync + 'static {
    /// The time since a moment that stays the same; never goes back.
    fn elapsed(&self) -> Duration;
    /// Bytes that nobody can foresee.
    fn random(&self) -> [u8; 32];
}

/// Who is to be let in.
#[derive(Clone, Default)]
pub struct Access {
    /// The hash of the password of people, by [`hash_password`].
    pub password_hash: Option<String>,
    /// Programs by name, each with the hash of its token, by [`new_token`].
    pub tokens: Vec<(String, String)>,
    /// Whether only this computer can reach the server.
    pub loopback: bool,
    /// Whether a proxy stands before it, ends TLS, and adds the address of the client.
    pub behind_proxy: bool,
    /// The port: servers on one computer share their cookies unless the names of these differ.
    pub port: u16,
}

/// Why there is no guarding with what was given.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum AccessError {
    /// Everybody could see everything.
    #[error("other computers could see all customers: there is no password and no token")]
    Nothing,
    /// The hash cannot be used.
    #[error("`password_hash` under `[serve]` is not an argon2id hash of at most 256 MiB")]
    Password,
    /// The hash cannot be used.
    #[error("the token `{name}` under `[serve.tokens]` is not a hash of a token")]
    Token {
        /// Whose it is.
        name: String,
    },
}

/// Keeps the door.
#[derive(Clone)]
pub struct Guard(Arc<Inside>);

struct Inside {
    password: Option<StoredPassword>,
    tokens: Vec<(String, [u8; 32])>,
    is_open: bool,
    behind_proxy: bool,
    cookie: String,
    /// The secret of forms where nobody signs in.
    form_secret: [u8; 32],
    sessions: Sessions,
    requests: Requests,
    logins: Logins,
    hashing: Arc<Semaphore>,
    outside: Arc<dyn Outside>,
}

impl Guard {
    /// A guard that lets in whom `access` names; without password and token everybody, if that is only
    /// this computer.
    ///
    /// # Errors
    ///
    /// [`AccessError`]: a hash that cannot be used, or no hash where others can reach the server, themselves or
    /// through a proxy.
    pub fn new(access: &Access, outside: Arc<dyn Outside>) -> Result<Self, AccessError> {
        let read = |hash: &String| StoredPassword::read(hash).ok_or(AccessError::Password);
        let password = access.password_hash.as_ref().map(read).transpose()?;
        let token = |(name, hash): &(String, String)| match secrets::read_token_hash(hash) {
            Some(read) => Ok((name.clone(), read)),
            None => Err(AccessError::Token { name: name.clone() }),
        };
        let tokens: Vec<_> = access.tokens.iter().map(token).collect::<Result<_, _>>()?;
        let is_open = password.is_none() && tokens.is_empty();
        // What a proxy hands on comes from anywhere, and many of them call us by our own name.
        if is_open && (!access.loopback || access.behind_proxy) {
            return Err(AccessError::Nothing);
        }
        // A browser takes a cookie of that beginning from us alone, and only over TLS.
        let prefix = if access.behind_proxy { "__Host-" } else { "" };
        Ok(Self(Arc::new(Inside {
            password,
            tokens,
            is_open,
            behind_proxy: access.behind_proxy,
            cookie: format!("{prefix}regulars-{}", access.port),
            form_secret: outside.random(),
            sessions: Sessions::default(),
            requests: Requests::new(),
            logins: Logins::new(),
            hashing: Arc::new(Semaphore::new(HASHES_AT_ONCE)),
            outside,
        })))
    }

    /// Time and chance, for others of the server.
    pub(crate) fn outside(&self) -> Arc<dyn Outside> {
        Arc::clone(&self.0.outside)
    }

    fn now(&self) -> Duration {
        self.0.outside.elapsed()
    }

    /// The secret of a form, as it stands in every page of a session: the same each time, so that a page is made
    /// once. Another site cannot ask for pages in the session's name (`SameSite`) to guess it by their lengths.
    fn form_token(secret: &[u8; 32]) -> String {
        secrets::masked(secret, secrets::pad_of(secret))
    }
}

/// Who is asking.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    /// Whose requests are counted together.
    client: IpAddr,
    /// The session, if one has signed in.
    session: Option<String>,
    /// What a form has to carry; none for programs.
    pub(crate) form_token: Option<String>,
}

impl Visitor {
    /// Who reads a file: there is nothing to send.
    pub(crate) fn of_file() -> Self {
        Self { client: IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), session: None, form_token: None }
    }

    /// Whether there is something to sign out of.
    pub(crate) fn is_signed_in(&self) -> bool {
        self.session.is_some()
    }
}

/// The address at the other end of the connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);
