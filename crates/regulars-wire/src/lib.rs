//! PostgreSQL's wire protocol over finished runs: every data set is a schema, its tables are those of the current run.
//!
//! One process serves one connection, so that a query can be stopped by ending the process (ADR 11, ADR 25).
//! [`serve_connection`] runs in that process; `regulars-cli` accepts the connections and starts the processes.
//!
//! Deliberately not here: planning and rewriting SQL (`regulars-engine`), the processes (`regulars-cli`).

mod activity;
mod catalog;
mod catalog_queries;
mod errors;
mod function_catalog;
mod functions;
mod handlers;
mod output_names;
mod relations;
mod session;
mod startup;
mod statements;
mod tls;
mod variables;

use std::sync::Arc;
use std::time::Duration;

use pgwire::api::cancel::CancelHandler;
use pgwire::api::{ErrorHandler, PgWireServerHandlers};
use pgwire::messages::cancel::CancelRequest;
use pgwire::tokio::process_socket;
use regulars_engine::{Engine, ModelFunction};
use regulars_store::{Home, Run};

pub use activity::{Activity, Stop};
pub use session::Limits;
pub use startup::{Admission, Announce, ScramSecret};
pub use tls::Tls;

use handlers::Queries;
use startup::Startup;

/// Passes on a cancel request, with the process id and the secret key that the client received.
pub type Cancel = Arc<dyn Fn(u32, &[u8]) + Send + Sync>;

/// Returns the SQL functions of a run.
pub type FunctionsOfRun = Arc<dyn Fn(&Run) -> Vec<ModelFunction> + Send + Sync>;

/// Everything that serving a connection needs.
pub struct Setup {
    /// The data sets.
    pub home: Home,
    /// Runs the queries.
    pub engine: Arc<Engine>,
    /// Who may connect.
    pub admission: Admission,
    /// The certificate; required where users have passwords.
    pub tls: Option<Tls>,
    /// Limits of the connection.
    pub limits: Limits,
    /// Whether there are too many connections: this one can only send a cancel request.
    pub is_full: bool,
    /// Key for the salts of unknown users, the same for all connections: a user that does not exist keeps its salt, as a
    /// real one does.
    pub salt_key: [u8; 32],
    /// The running statement, for the watchdog.
    pub activity: Arc<Activity>,
    /// Reports the secret key for cancel requests.
    pub announce: Announce,
    /// The SQL functions of a run; a session has those of its current schema.
    pub functions: FunctionsOfRun,
    /// Passes on a cancel request that arrived on this connection.
    pub cancel: Cancel,
}

/// A client that is not admitted within this time is disconnected.
const STARTUP_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves one connection until it ends.
///
/// Errors: reading or writing the socket.
pub fn serve_connection(setup: Setup, socket: std::net::TcpStream) -> std::io::Result<()> {
    // A plan may not yield for seconds. With a thread of its own the connection can still answer.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        socket.set_nonblocking(true)?;
        let socket = tokio::net::TcpStream::from_std(socket)?;
        let acceptor = setup.tls.as_ref().map(|tls| tls.acceptor.clone());
        let handlers = Handlers::new(setup);
        let queries = Arc::clone(&handlers.queries);
        let startup_timeout = async {
            tokio::time::sleep(STARTUP_TIMEOUT).await;
            if queries.has_begun() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            served = process_socket(socket, acceptor, handlers) => served,
            () = startup_timeout => Ok(()),
        }
    });
    runtime.shutdown_background();
    served
}

struct Handlers {
    queries: Arc<Queries>,
    startup: Arc<Startup>,
    cancel: Arc<CancelRequests>,
}

impl Handlers {
    fn new(setup: Setup) -> Self {
        let queries = Queries::default();
        let cancel = Arc::new(CancelRequests(Arc::clone(&setup.cancel)));
        let startup = Startup::new(Arc::new(setup), queries.clone());
        Self { queries: Arc::new(queries), startup: Arc::new(startup), cancel }
    }
}

impl PgWireServerHandlers for Handlers {
    fn simple_query_handler(&self) -> Arc<impl pgwire::api::query::SimpleQueryHandler> {
        Arc::clone(&self.queries)
    }

    fn extended_query_handler(&self) -> Arc<impl pgwire::api::query::ExtendedQueryHandler> {
        Arc::clone(&self.queries)
    }

    fn startup_handler(&self) -> Arc<impl pgwire::api::auth::StartupHandler> {
        Arc::clone(&self.startup)
    }

    fn cancel_handler(&self) -> Arc<impl CancelHandler> {
        Arc::clone(&self.cancel)
    }

    fn error_handler(&self) -> Arc<impl ErrorHandler> {
        Arc::new(pgwire::api::NoopHandler)
    }
}

struct CancelRequests(Cancel);

#[async_trait::async_trait]
impl CancelHandler for CancelRequests {
    async fn on_cancel_request(&self, request: CancelRequest) {
        (self.0)(request.pid as u32, &request.secret_key.to_bytes());
    }
}
