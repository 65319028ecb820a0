//! The page in a real browser: what the user sees, drawn by the user's own program.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::shop::{Shop, fixture};

struct Server {
    child: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // The process may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn serve(shop: &Shop) -> Server {
    let mut child = shop
        .command()
        .args(["serve", "--addr", "127.0.0.1:0"])
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut first = String::new();
    BufReader::new(child.stderr.take().expect("piped")).read_line(&mut first).expect("says where");
    let address = first.split_whitespace().find(|w| w.starts_with("http://")).expect("an address").to_owned();
    Server { child, address }
}

/// The page after its scripts have run.
fn browse(shop: &Shop, url: &str) -> String {
    let profile = shop.path("profile");
    let output = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--virtual-time-budget=8000",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(url)
        .output()
        .expect("chromium is installed (./dev setup browser)");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn e2e_the_executive_summary_shows_the_runs_numbers_and_draws_its_charts() {
    let shop = Shop::new();
    shop.say(&["-q", "run", "--name", "cut", &fixture("online_retail_cut.csv")]).done();
    let server = serve(&shop);
    let page = browse(&shop, &format!("{}/", server.address));
    for expected in ["534", "660", "12,478.28", "High-Value", "class=\"main-svg\""] {
        assert!(page.contains(expected), "the page lacks {expected}: {}", &page[..page.len().min(3000)]);
    }
}

#[test]
fn e2e_an_empty_home_says_how_to_begin() {
    let shop = Shop::new();
    let server = serve(&shop);
    let page = browse(&shop, &format!("{}/", server.address));
    assert!(page.contains("regulars demo"), "{}", &page[..page.len().min(3000)]);
}
