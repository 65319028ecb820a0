//! PostgreSQL's wire protocol over finished runs: every data set is a schema, its tables are those of the current run.
//!
//! One process serves one connection, so that a query can be stopped by ending the process (ADR 11, ADR 25).
//! [`serve_connection`] is that process; who accepts connections and watches the processes is the command line.
//!
//! Deliberately not here: plans and SQL itself (`regulars-engine`), the processes (`regulars-cli`).

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

/// Passes a cancel request on: the process and the key that the client was given.
pub type Cancel = Arc<dyn Fn(u32, &[u8]) + Send + Sync>;

/// Gives the functions in SQL of a run.
pub type FunctionsOfRun = Arc<dyn Fn(&Run) -> Vec<ModelFunction> + Send + Sync>;

/// What a connection is served with.
pub struct Setup {
    /// The data sets.
    pub home: Home,
    /// Runs the queries.
    pub engine: Arc<Engine>,
    /// Who may connect.
    pub admission: Admission,
    /// The certificate; required where users have passwords.
    pub tls: Option<Tls>,
    /// What a statement may use.
    pub limits: Limits,
    /// Whether there are too many connections: this one only passes cancel requests on.
    pub is_full: bool,
    /// For the salts of unknown users, so that they look like those of known ones: the same for all connections.
    pub salt_key: [u8; 32],
    /// The state of the connection, for whoever watches it.
    pub activity: Arc<Activity>,
    /// Tells the key for cancel requests.
    pub announce: Announce,
    /// The functions in SQL of a run: those of the data set that names are looked up in.
    pub functions: FunctionsOfRun,
    /// Passes on a cancel request that arrived on this connection.
    pub cancel: Cancel,
}

/// Within this time a client must have been admitted.
const TIME_TO_START: Duration = Duration::from_secs(10);

/// Serves one connection until it ends.
///
/// Errors: reading or writing the socket.
pub fn serve_connection(setup: Setup, socket: std::net::TcpStream) -> std::io::Result<()> {
    // Plans may not yield for seconds: the connection has a thread of its own, and can always answer.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        socket.set_nonblocking(true)?;
        let socket = tokio::net::TcpStream::from_std(socket)?;
        let acceptor = setup.tls.as_ref().map(|tls| tls.acceptor.clone());
        let handlers = Handlers::new(setup);
        let queries = Arc::clone(&handlers.queries);
        let too_late = async {
            tokio::time::sleep(TIME_TO_START).await;
            if queries.has_begun() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            served = process_socket(socket, acceptor, handlers) => served,
            () = too_late => Ok(()),
        }
    });
    runtime.shutdown_background();
    served
}

struct Handlers {
    queries: Arc<Queries>,
    startup: Arc<Startup>,
    cancel: Arc<Cancelling>,
}

impl Handlers {
    fn new(setup: Setup) -> Self {
        let queries = Queries::default();
        let cancel = Arc::new(Cancelling(Arc::clone(&setup.cancel)));
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

struct Cancelling(Cancel);

#[async_trait::async_trait]
impl CancelHandler for Cancelling {
    async fn on_cancel_request(&self, request: CancelRequest) {
        (self.0)(request.pid as u32, &request.secret_key.to_bytes());
    }
}
