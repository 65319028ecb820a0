//! `regulars serve`: the dashboard and the API.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::process::ExitCode;
use std::sync::Arc;

use regulars_server::{Access, AccessError, Guard, Runner, ServerConfig};

use super::wire_listener::WireListener;
use crate::args::ServeArgs;
use crate::backend;
use crate::environment;
use crate::failure::{Failure, Result, remark};
use crate::runner::ProcessRunner;
use crate::settings::Settings;

pub(super) fn serve(args: &ServeArgs, settings: &Settings) -> Result<ExitCode> {
    let addr = args.addr.as_str();
    let addresses: Vec<SocketAddr> = addr.to_socket_addrs().map_err(|e| cannot_listen(addr, &e))?.collect();
    let is_loopback = !addresses.is_empty() && addresses.iter().all(|address| address.ip().is_loopback());
    // Access rules are checked before the server listens.
    let outside = Arc::new(environment::ServerClock::begin()?);
    let wanted = &settings.config.serve;
    let access = |port: u16| Access {
        password_hash: wanted.password_hash.clone(),
        tokens: wanted.tokens.iter().map(|(name, hash)| (name.clone(), hash.clone())).collect(),
        loopback: is_loopback,
        behind_proxy: wanted.behind_proxy,
        port,
    };
    Guard::new(&access(0), outside.clone()).map_err(|e| not_guarded(&e, addr))?;
    let runner = runner(is_loopback, settings)?;
    let backend = backend::open(settings.home()?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let bound = tokio::net::TcpListener::bind(&*addresses).await;
        let listener = bound.map_err(|e| cannot_listen(addr, &e))?;
        let shown = listener.local_addr()?;
        let wire = match &args.pg {
            Some(pg) => Some(WireListener::bind(pg, settings).await?),
            None => None,
        };
        let stop = stop_signal(args.end_with_stdin)?;
        let guard = Guard::new(&access(shown.port()), outside).map_err(|e| not_guarded(&e, addr))?;
        if !settings.quiet {
            remark(&format!("serving at http://{shown} (stop with Ctrl-C)"));
            if !is_loopback && !wanted.behind_proxy {
                remark(
                    "note: without TLS the traffic can be read on the network; see docs/serving.md for a proxy",
                );
            }
        }
        if let Some(wire) = wire {
            if !settings.quiet {
                remark(&format!("serving PostgreSQL's protocol at postgres://{}/regulars", wire.local_addr()?));
            }
            tokio::spawn(wire.accept());
        }
        let app = regulars_server::app(ServerConfig { backend, guard, runner });
        regulars_server::serve(listener, app, stop).await?;
        Ok(ExitCode::SUCCESS)
    })
}

pub(super) fn cannot_listen(addr: &str, error: &std::io::Error) -> Failure {
    let failure = Failure::new(format!("cannot listen on `{addr}`: {error}"));
    match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            failure.hint("the port is in use; choose another one: --addr 127.0.0.1:8081")
        }
        std::io::ErrorKind::PermissionDenied => {
            failure.hint("ports below 1024 need administrator rights; try --addr 127.0.0.1:8080")
        }
        _ => failure.hint("expected an address such as 127.0.0.1:8080"),
    }
}

fn not_guarded(error: &AccessError, addr: &str) -> Failure {
    let hint = match error {
        AccessError::Nothing => format!(
            "create a password with `regulars password >> regulars.toml`, or a token with `regulars token \
             NAME`, then run `regulars serve --addr {addr}` again; without --addr and `behind_proxy` the server \
             only accepts connections from this computer"
        ),
        AccessError::Password => "`regulars password` prints a valid line".to_owned(),
        AccessError::Token { name } => format!("`regulars token {name}` prints a valid line"),
    };
    Failure::new(error.to_string()).hint(hint)
}

/// Starts runs, if requests may start them.
fn runner(is_loopback: bool, settings: &Settings) -> Result<Option<Arc<dyn Runner>>> {
    let wanted = &settings.config.serve;
    // A proxy admits other computers, even if we listen on loopback only.
    if !wanted.allow_runs.unwrap_or(is_loopback && !wanted.behind_proxy) {
        return Ok(None);
    }
    let folder = |path: &String| {
        fs_err::canonicalize(path).map_err(|e| {
            Failure::new(format!("`data_dir` under `[serve]` cannot be used: {e}"))
                .hint("name an existing folder, relative to the folder where `regulars serve` is called")
        })
    };
    Ok(Some(Arc::new(ProcessRunner {
        program: environment::program()?,
        home: settings.home()?,
        config: settings.config.clone(),
        data_dir: wanted.data_dir.as_ref().map(folder).transpose()?,
        threads: environment::processors().saturating_sub(1).max(1),
    })))
}

/// Completes on Ctrl-C, on SIGTERM (Unix) or, with `end_with_stdin`, when standard input closes. Signals are
/// caught from the call on.
fn stop_signal(end_with_stdin: bool) -> Result<impl Future<Output = ()> + Send + 'static> {
    #[cfg(unix)]
    let (mut interrupt, mut terminate) = {
        use tokio::signal::unix::{SignalKind, signal};
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    let (gone, left) = tokio::sync::oneshot::channel::<()>();
    if end_with_stdin {
        environment::at_end_of_stdin(move || {
            // The receiver may be gone already.
            let _ = gone.send(());
        });
    }
    let stdin = async move {
        // Without a sender this branch never completes.
        if left.await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            () = stdin => {}
        }
        #[cfg(not(unix))]
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = stdin => {}
        }
    })
}
