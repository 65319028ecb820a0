//! `regulars serve --pg`: accepts connections over PostgreSQL's protocol and hands each to a process of its own
//! (`regulars wire-worker`).

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::path::PathBuf;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use regulars_core::config::ServePg;
use regulars_wire::{ScramSecret, Tls};

use super::wire_worker::WireRequest;
use crate::environment;
use crate::failure::{Failure, Result, remark};
use crate::settings::Settings;

/// Connections beyond the limit, so that further clients get an error message and cancel requests still arrive.
const SPARE_CONNECTIONS: usize = 8;

/// Accepts connections.
pub(super) struct WireListener {
    listener: tokio::net::TcpListener,
    server: Arc<WireServer>,
}

struct WireServer {
    home: PathBuf,
    config: ServePg,
    tls: Option<(String, String)>,
    salt_key: [u8; 32],
    connected: AtomicUsize,
    /// By process id.
    workers: Mutex<HashMap<u32, Worker>>,
}

struct Worker {
    /// The secret key that cancel requests must have; `None` until the client has received it.
    key: Option<String>,
    stdin: ChildStdin,
}

impl WireListener {
    /// Listens on the address.
    ///
    /// Errors: the address cannot be used; other computers could connect without a password or encryption.
    pub(super) async fn bind(addr: &str, settings: &Settings) -> Result<Self> {
        let config = settings.config.serve.pg.clone();
        let addresses: Vec<SocketAddr> =
            addr.to_socket_addrs().map_err(|e| super::serve::cannot_listen(addr, &e))?.collect();
        let is_loopback = !addresses.is_empty() && addresses.iter().all(|address| address.ip().is_loopback());
        for (name, secret) in &config.users {
            if ScramSecret::parse(secret).is_none() {
                return Err(Failure::new(format!(
                    "the secret of `{name}` under `[serve.pg.users]` is not valid"
                ))
                .hint(format!("`regulars password --pg {name}` prints a valid line")));
            }
        }
        let tls = tls(&config)?;
        if !is_loopback && config.users.is_empty() {
            return Err(Failure::new(format!("other computers could connect to {addr}, but no user has a password"))
                .hint(
                    "`regulars password --pg NAME >> regulars.toml` adds a user; with --pg 127.0.0.1:5433 only this \
                     computer can connect",
                ));
        }
        if tls.is_none() && (!is_loopback || !config.users.is_empty()) {
            return Err(Failure::new(
                "passwords are accepted over TLS only, but there is no certificate".to_owned(),
            )
            .hint(
                "set `certificate` and `key` under `[serve.pg]`; docs/serving.md shows how to create them",
            ));
        }
        let home = settings.home()?;
        let server = WireServer {
            home: std::path::absolute(home.root())?,
            config,
            tls,
            salt_key: environment::random()?,
            connected: AtomicUsize::new(0),
            workers: Mutex::default(),
        };
        let bound = tokio::net::TcpListener::bind(&*addresses).await;
        let listener = bound.map_err(|e| super::serve::cannot_listen(addr, &e))?;
        Ok(Self { listener, server: Arc::new(server) })
    }

    pub(super) fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Accepts connections until the future is dropped; the processes end with this one.
    pub(super) async fn accept(self) {
        loop {
            match self.listener.accept().await {
                Ok((socket, _)) => {
                    if let Err(failed) = WireServer::serve(&self.server, socket) {
                        remark(&format!("a connection could not be served: {}", failed.into_parts().0));
                    }
                }
                // Out of file descriptors, or the client has disconnected.
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(100)).await,
            }
        }
    }
}

/// The contents of the certificate and key files.
fn tls(config: &ServePg) -> Result<Option<(String, String)>> {
    let (certificate, key) = match (&config.certificate, &config.key) {
        (None, None) => return Ok(None),
        (Some(certificate), Some(key)) => (certificate, key),
        _ => {
            return Err(Failure::new(
                "only one of `certificate` and `key` is set under `[serve.pg]`".to_owned(),
            )
            .hint("set both, or neither"));
        }
    };
    let pair = (fs_err::read_to_string(certificate)?, fs_err::read_to_string(key)?);
    Tls::new(pair.0.clone().into_bytes(), pair.1.as_bytes())
        .map_err(|reason| Failure::new(format!("{certificate}, {key}: {reason}")))?;
    Ok(Some(pair))
}

impl WireServer {
    fn serve(server: &Arc<Self>, socket: tokio::net::TcpStream) -> Result<()> {
        let others = server.connected.load(Ordering::SeqCst);
        if others >= server.config.connections + SPARE_CONNECTIONS {
            return Ok(());
        }
        let socket = socket.into_std()?;
        socket.set_nonblocking(false)?;
        let temp_dir = super::sql::scratch()?;
        let request = WireRequest {
            home: server.home.clone(),
            users: server.config.users.clone().into_iter().collect(),
            tls: server.tls.clone(),
            is_full: others >= server.config.connections,
            salt_key: server.salt_key,
            timeout_seconds: server.config.timeout_seconds,
            memory_bytes: server.config.memory_mb << 20,
            max_rows: server.config.max_rows,
            temp_dir: temp_dir.path().to_owned(),
        };
        let request = format!("{}\n", serde_json::to_string(&request)?);
        let mut child = Command::new(environment::program()?)
            .args(["--quiet", "wire-worker"])
            // So that a regulars.toml in the current folder does not apply.
            .current_dir(environment::temp_folder())
            .stdin(Stdio::piped())
            .stdout(connection(socket)?)
            .stderr(Stdio::piped())
            .spawn()?;
        server.connected.fetch_add(1, Ordering::SeqCst);
        let process = child.id();
        if let Some(mut stdin) = child.stdin.take() {
            // A failed write means that the process has ended; the thread below notices.
            drop(stdin.write_all(request.as_bytes()));
            server.workers().insert(process, Worker { key: None, stdin });
        }
        let server = Arc::clone(server);
        std::thread::spawn(move || {
            if let Some(stderr) = child.stderr.take() {
                for line in BufReader::new(stderr).lines().map_while(std::io::Result::ok) {
                    server.on_worker_line(process, &line);
                }
            }
            drop(child.wait());
            server.workers().remove(&process);
            server.connected.fetch_sub(1, Ordering::SeqCst);
            drop(temp_dir);
        });
        Ok(())
    }

    /// Handles a line that a worker wrote to standard error.
    fn on_worker_line(&self, process: u32, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        let mut workers = self.workers();
        match words.as_slice() {
            ["key", key] => {
                if let Some(worker) = workers.get_mut(&process) {
                    worker.key = Some((*key).to_owned());
                }
            }
            ["cancel", process, key] => {
                let target = process.parse().ok().and_then(|process: u32| workers.get_mut(&process));
                // As in PostgreSQL, a request with a wrong key is ignored.
                if let Some(worker) = target.filter(|worker| worker.key.as_deref() == Some(*key)) {
                    drop(worker.stdin.write_all(b"cancel\n"));
                }
            }
            // The process reports its own errors.
            _ => remark(&format!("a connection: {line}")),
        }
    }

    fn workers(&self) -> MutexGuard<'_, HashMap<u32, Worker>> {
        self.workers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The connection as the standard output of a process.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "an error on other systems")]
fn connection(socket: TcpStream) -> Result<Stdio> {
    Ok(Stdio::from(std::os::fd::OwnedFd::from(socket)))
}

#[cfg(not(unix))]
fn connection(_socket: TcpStream) -> Result<Stdio> {
    Err(Failure::new("--pg needs a Unix system: Linux or macOS".to_owned()))
}
