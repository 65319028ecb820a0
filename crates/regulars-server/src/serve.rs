//! Connections: limits, timeouts and graceful shutdown.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::ServiceExt as _;

use crate::guard::Peer;
use crate::routes::App;
use crate::write_timeout::WriteTimeout;

/// Time for the head of a request to arrive, also for the next one on a keep-alive connection.
const HEAD: Duration = Duration::from_secs(30);
/// Time for requests in progress to finish after shutdown was requested.
const LAST_CALL: Duration = Duration::from_secs(10);
/// Concurrent connections; others wait to be accepted.
const MAX_CONNECTIONS: usize = 1024;
/// Concurrent connections per client address; others are closed.
const MAX_PER_ADDRESS: usize = 256;

/// Serves `app` on `listener` until `shutdown` completes, then gives requests in progress up to ten seconds
/// to finish.
///
/// # Errors
///
/// Errors of the listener; errors of a connection only end that connection.
pub async fn serve(
    listener: TcpListener,
    app: App,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let addresses = Arc::new(Addresses::default());
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let taken = async {
            let place = places.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            taken = taken => taken,
            () = &mut shutdown => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors or memory: wait for other connections to end.
                tracing::error!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(200)).await;
                continue;
            }
        };
        let Some(seat) = addresses.clone().take(peer.ip()) else { continue };
        let connection = graceful.watch(connection(stream, peer.ip(), &app));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection ended");
            }
            drop((seat, place));
        });
    }
    drop(listener);
    app.close();
    if tokio::time::timeout(LAST_CALL, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
    Ok(())
}

fn connection(
    stream: TcpStream,
    peer: IpAddr,
    app: &App,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> + use<> {
    // Send small responses immediately; failure to set this only delays them.
    drop(stream.set_nodelay(true));
    let router = app.router.clone();
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        router.clone().oneshot(request)
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(WriteTimeout::new(stream)), service)
}

/// Number of connections per client address.
#[derive(Default)]
struct Addresses(Mutex<BTreeMap<IpAddr, usize>>);

/// A slot for one connection.
struct Seat(Arc<Addresses>, IpAddr);

impl Addresses {
    fn with<T>(&self, f: impl FnOnce(&mut BTreeMap<IpAddr, usize>) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn take(self: Arc<Self>, address: IpAddr) -> Option<Seat> {
        // Behind a proxy, all clients have the same address.
        let most = if address.is_loopback() { MAX_CONNECTIONS } else { MAX_PER_ADDRESS };
        let has_room = self.with(|all| {
            let count = all.entry(address).or_default();
            let has_room = *count < most;
            *count += usize::from(has_room);
            has_room
        });
        has_room.then(|| Seat(self, address))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.with(|all| {
            if let Some(count) = all.get_mut(&self.1) {
                *count -= 1;
                if *count == 0 {
                    all.remove(&self.1);
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_every_place() {
        let addresses = Arc::new(Addresses::default());
        let other: IpAddr = "192.0.2.1".parse().expect("an address");
        let mut seats: Vec<Seat> =
            (0..MAX_PER_ADDRESS).map_while(|_| addresses.clone().take(other)).collect();
        assert_eq!(seats.len(), MAX_PER_ADDRESS);
        assert!(addresses.clone().take(other).is_none());
        assert!(addresses.clone().take("192.0.2.2".parse().expect("an address")).is_some());
        seats.pop();
        assert!(addresses.clone().take(other).is_some());
        drop(seats);
        assert!(addresses.with(|all| all.is_empty()), "nothing is kept of who has gone");
    }
}
