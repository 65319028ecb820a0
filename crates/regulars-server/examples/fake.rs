//! Serves the pages over made-up numbers: `cargo run -p regulars-server --example fake -- 8080`.
//!
//! A second argument `empty` shows what there is before the first run.

#[path = "../src/tests/fake.rs"]
mod fake;
#[path = "../src/tests/marketing_shop.rs"]
mod marketing_shop;
#[path = "../src/tests/outside.rs"]
mod outside;
#[path = "../src/tests/rows.rs"]
mod rows;
#[path = "../src/tests/shop.rs"]
mod shop;

use std::net::{Ipv4Addr, SocketAddr};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().and_then(|port| port.parse().ok()).unwrap_or(8080);
    let mut backend = fake::Fake::demo();
    if arguments.next().as_deref() == Some("empty") {
        backend.datasets.clear();
    }
    let listener = tokio::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    tracing::info!(port, "serving made-up numbers");
    let serving =
        regulars_server::ServerConfig { backend: backend.backend(), guard: outside::open(), runner: None };
    regulars_server::serve(listener, regulars_server::app(serving), std::future::pending()).await
}
