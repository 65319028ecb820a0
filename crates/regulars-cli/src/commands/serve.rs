//! `regulars serve`: the runs in the browser.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::process::ExitCode;
use std::sync::Arc;

use regulars_server::{Access, AccessError, Guard, Runner, Serving};

use crate::backend::StoreBackend;
use crate::failure::{Failure, Result, remark};
use crate::runner::ProcessRunner;
use crate::settings::Settings;
use crate::surroundings;

pub(super) fn serve(addr: &str, end_with_stdin: bool, settings: &Settings) -> Result<ExitCode> {
    let addresses: Vec<SocketAddr> = addr.to_socket_addrs().map_err(|e| cannot_listen(addr, &e))?.collect();
    let is_loopback = !addresses.is_empty() && addresses.iter().all(|address| address.ip().is_loopback());
    // Who may come in is settled before anybody can knock.
    let outside = Arc::new(surroundings::Now::begin()?);
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
    let backend = Arc::new(StoreBackend::new(settings.home()?));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let bound = tokio::net::TcpListener::bind(&*addresses).await;
        let listener = bound.map_err(|e| cannot_listen(addr, &e))?;
        let shown = listener.local_addr()?;
        let stop = stop_signal(end_with_stdin)?;
        let guard = Guard::new(&access(shown.port()), outside).map_err(|e| not_guarded(&e, addr))?;
        if !settings.quiet {
            remark(&format!("serving at http://{shown} (stop with Ctrl-C)"));
            if !is_loopback && !wanted.behind_proxy {
                remark(
                    "note: without TLS everybody on the way can read along; docs/serving.md shows a proxy",
                );
            }
        }
        let app = regulars_server::app(Serving { backend, guard, runner });
        regulars_server::serve(listener, app, stop).await?;
        Ok(ExitCode::SUCCESS)
    })
}

fn cannot_listen(addr: &str, error: &std::io::Error) -> Failure {
    let failure = Failure::new(format!("cannot listen on `{addr}`: {error}"));
    match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            failure.hint("another program does; choose another port: --addr 127.0.0.1:8081")
        }
        std::io::ErrorKind::PermissionDenied => {
            failure.hint("ports below 1024 need rights; try --addr 127.0.0.1:8080")
        }
        _ => failure.hint("write it as 127.0.0.1:8080"),
    }
}

fn not_guarded(error: &AccessError, addr: &str) -> Failure {
    let hint = match error {
        AccessError::Nothing => format!(
            "make a password by `regulars password >> regulars.toml`, or a token by `regulars token NAME`, then `regulars serve --addr {addr}` again; without --addr and `behind_proxy` only this computer is served"
        ),
        AccessError::Password => "`regulars password` prints a line that is".to_owned(),
        AccessError::Token { name } => format!("`regulars token {name}` prints a line that is"),
    };
    Failure::new(error.to_string()).hint(hint)
}

/// Who makes runs, where they may be asked for.
fn runner(is_loopback: bool, settings: &Settings) -> Result<Option<Arc<dyn Runner>>> {
    let wanted = &settings.config.serve;
    // A proxy lets others in, wherever we listen.
    if !wanted.allow_runs.unwrap_or(is_loopback && !wanted.behind_proxy) {
        return Ok(None);
    }
    let folder = |path: &String| {
        fs_err::canonicalize(path).map_err(|e| {
            Failure::new(format!("`data_dir` under `[serve]` cannot be used: {e}"))
                .hint("name a folder that is there, as seen from the folder `regulars serve` is called in")
        })
    };
    Ok(Some(Arc::new(ProcessRunner {
        program: surroundings::program()?,
        home: settings.home()?,
        config: settings.config.clone(),
        data_dir: wanted.data_dir.as_ref().map(folder).transpose()?,
        threads: surroundings::processors().saturating_sub(1).max(1),
    })))
}

/// Completes with Ctrl-C, SIGTERM where there is such a thing, or the end of standard input, if that is
/// wanted; listens from now on.
fn stop_signal(end_with_stdin: bool) -> Result<impl Future<Output = ()> + Send + 'static> {
    #[cfg(unix)]
    let (mut interrupt, mut terminate) = {
        use tokio::signal::unix::{SignalKind, signal};
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    let (gone, left) = tokio::sync::oneshot::channel::<()>();
    if end_with_stdin {
        surroundings::at_end_of_stdin(move || {
            // Whoever listened has ended already.
            let _ = gone.send(());
        });
    }
    let stdin = async move {
        // Without a sender nobody ever leaves.
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
