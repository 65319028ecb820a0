//! Pages for everybody: what axe-core finds in them, and a run as one file.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::e2e::{MARKS, Server};
use crate::shop::Shop;

/// The demonstration shop of 500 customers, run with all steps as `kaggle`.
fn small_shop() -> Shop {
    let shop = Shop::new();
    shop.run(&["-q", "synth", "--preset", "kaggle", "--files", "parquet", "--out", "data"]).success();
    let run = [
        "-q",
        "run",
        "--name",
        "kaggle",
        "--customers",
        "data/customers.parquet",
        "data/transactions.parquet",
    ];
    shop.run(&run).success();
    shop
}

/// axe-core, which `./dev setup browser` downloads.
pub(crate) fn axe() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.native/axe.min.js");
    fs_err::read_to_string(path).expect("axe-core is missing: ./dev setup browser")
}

/// What axe-core finds against WCAG 2.2 AA, a line each.
pub(crate) fn faults(browser: &mut Browser, axe: &str) -> Vec<String> {
    browser.run(&format!("{axe}; undefined"));
    let found = browser.run(
        "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'] }) \
         .then((r) => (r.passes.length > 9 ? r.violations : [{ id: 'axe', help: 'it looked at little', nodes: [] }]) \
         .map((v) => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200)).join(' | ')}`))",
    );
    let lines = found.as_array().expect("a list").iter();
    lines.map(|line| line.as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn e2e_everybody_can_use_every_page() {
    let shop = small_shop();
    let server = Server::start(&shop);
    let mut browser = Browser::start(&shop);
    let axe = axe();
    browser.size(1280, 900);
    browser.open(&server.url("/d/kaggle"));
    let pages = browser.run("[...document.querySelectorAll('.rail a')].map((a) => a.getAttribute('href'))");
    let mut pages: Vec<String> = serde_json::from_value(pages).expect("addresses");
    assert!(pages.len() >= 6, "{pages:?}");
    browser.open(&server.url("/d/kaggle/customers"));
    let customer = browser.run("document.querySelector('#customers tbody a').getAttribute('href')");
    pages.push(customer.as_str().expect("a customer").to_owned());
    pages.extend(["/d/kaggle/nothing-here", "/api/docs"].map(str::to_owned));
    let mut found = Vec::new();
    for page in &pages {
        for theme in ["light", "dark"] {
            let sign = if page.contains('?') { '&' } else { '?' };
            browser.open(&server.url(&format!("{page}{sign}theme={theme}")));
            if browser.run("document.querySelector('[data-chart]') !== null") == json!(true) {
                browser.draw_all();
            }
            found.extend(
                faults(&mut browser, &axe).into_iter().map(|fault| format!("{page} {theme}: {fault}")),
            );
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    // At the least width that is promised, nothing is wider than the window.
    browser.size(360, 800);
    for page in &pages {
        browser.open(&server.url(page));
        assert_eq!(
            browser.run("document.documentElement.scrollWidth <= 360"),
            json!(true),
            "{page} is too wide"
        );
    }
}

#[test]
fn e2e_a_run_as_one_file_is_read_without_a_server() {
    let shop = small_shop();
    let out = shop.path("shop.html").display().to_string();
    let output = shop.run(&["report", "--name", "kaggle", "--html", &out]).success();
    assert!(output.contains("MB; open it in any browser"), "{output}");
    let again = shop.run(&["report", "--name", "kaggle", "--html", "-"]).success();
    assert!(fs_err::read_to_string(&out).expect("written") == again, "the same run, other bytes");

    let mut browser = Browser::start(&shop);
    browser.size(1280, 900);
    browser.open(&format!("file://{out}"));
    let parts = browser.run("[...document.querySelectorAll('[data-part]')].map((a) => a.dataset.part)");
    let parts: Vec<String> = serde_json::from_value(parts).expect("names");
    for part in ["marketing", "cohorts", "movements"] {
        assert!(parts.iter().any(|other| other == part), "{parts:?}");
    }
    assert_eq!(browser.run("document.querySelectorAll('form, .options').length"), json!(0));
    for part in &parts {
        browser.click(&format!("[data-part={part}]"));
        browser.until(&format!("document.querySelector('[data-part={part}]').ariaCurrent === 'page'"));
        let shown = browser.run(
            "[...document.querySelectorAll('.leaf')].filter((p) => p.clientHeight > 0).map((p) => p.id)",
        );
        assert_eq!(shown, json!([part]));
        let hidden = browser.run(&format!(
            "[...document.querySelectorAll('#{part} h2')].filter((h) => !h.clientHeight).length"
        ));
        assert_eq!(hidden, json!(0), "{part}: a heading is not shown");
        // The charts of other parts are not drawn before they are looked at.
        browser.until(&format!(
            "(() => {{ const next = [...document.querySelectorAll('#{part} [data-chart]')].find((c) => !c.matches('.is-drawn, .has-failed')); if (next) next.scrollIntoView(); return !next; }})()"
        ));
    }
    let marks = browser.run(MARKS);
    let marks = marks.as_object().expect("charts");
    assert!(marks.len() > 40 && marks.values().all(|n| n.as_u64() > Some(0)), "{marks:?}");
    assert_eq!(
        marks.get("rfm-chart-rfm-scatter").or_else(|| marks.get("rfm-rfm-scatter")),
        Some(&json!(500)),
        "{marks:?}"
    );
    let requests = browser.run("performance.getEntriesByType('resource').map((r) => r.name).filter((n) => !n.startsWith('data:') && !n.startsWith('blob:'))");
    assert_eq!(requests, Value::Array(Vec::new()), "something was fetched");
    let faults = faults(&mut browser, &axe());
    assert!(faults.is_empty(), "{faults:?}");
    assert!(browser.complaints.is_empty(), "{:?}", browser.complaints);
}
