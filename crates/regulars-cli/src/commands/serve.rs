//! `regulars serve`: the runs in the browser.

use std::process::ExitCode;
use std::sync::Arc;

use crate::backend::StoreBackend;
use crate::failure::{Failure, Result};
use crate::settings::Settings;

#[expect(clippy::print_stderr, reason = "where to look is for the user, beside the data on standard output")]
pub(super) fn serve(addr: &str, settings: &Settings) -> Result<ExitCode> {
    let app = regulars_server::app(Arc::new(StoreBackend::new(settings.home()?)));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(addr).await.map_err(|e| {
            let failure = Failure::new(format!("cannot listen on `{addr}`: {e}"));
            match e.kind() {
                std::io::ErrorKind::AddrInUse => {
                    failure.hint("another program does; choose another port: --addr 127.0.0.1:8081")
                }
                std::io::ErrorKind::PermissionDenied => {
                    failure.hint("ports below 1024 need rights; try --addr 127.0.0.1:8080")
                }
                _ => failure.hint("write it as 127.0.0.1:8080"),
            }
        })?;
        let shown = listener.local_addr()?;
        if !settings.quiet {
            eprintln!("serving at http://{shown} (stop with Ctrl-C)");
        }
        regulars_server::serve(listener, app, stop_signal()).await?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Ends with Ctrl-C or, where there is such a thing, SIGTERM.
async fn stop_signal() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = interrupted => {}
                    _ = terminate.recv() => {}
                }
            }
            // Without a handler the signal ends the process anyway.
            Err(_) => drop(interrupted.await),
        }
    }
    #[cfg(not(unix))]
    drop(interrupted.await);
}
