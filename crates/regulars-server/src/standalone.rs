//! A run as one self-contained HTML file: the pages with their charts, without a server, to send or host.
//!
//! The pages are the served ones, rendered from the same [`View`], without links to the server. Customer
//! pages and anything interactive that needs the server are left out.

use std::sync::Arc;

use askama::Template;
use regulars_analysis::backend::Backend;
use regulars_analysis::error::BackendError;
use regulars_analysis::format;
use regulars_analysis::frame::{Cache, Frame};
use sha2::{Digest as _, Sha256};

use crate::assets;
use crate::charts::base64;
use crate::error::ServerError;
use crate::pages::{Page, PageContext, page_html};
use crate::query::Query;
use crate::view::View;

/// One page in the file.
struct Part {
    /// Prefix of all element ids, which are only unique within a page.
    id: &'static str,
    title: &'static str,
    picture: &'static str,
    html: String,
}

#[derive(Template)]
#[template(path = "one_file.html")]
struct OneFile<'a> {
    dataset: &'a str,
    as_of: String,
    span: String,
    run: &'a str,
    parts: Vec<Part>,
    csp: String,
    css: &'a str,
    js: &'a str,
    plotly: &'a str,
    icon: String,
    version: &'static str,
}

/// The pages of `run`, or of the current run, as one self-contained HTML file.
///
/// Shape: UTF-8 text, about 5 MB for plotly.js plus some 25 bytes per customer (up to 50,000) for the charts.
/// The same run gives the same bytes.
///
/// # Errors
///
/// Any [`BackendError`].
pub fn standalone_html(backend: &Backend, dataset: &str, run: Option<&str>) -> Result<String, BackendError> {
    let unwritten = |error: ServerError| match error {
        ServerError::Backend(error) => error,
        other => BackendError::Unreadable { message: other.to_string(), hint: Some(other.hint()) },
    };
    // Everything is read once, so no cache.
    let cache = Arc::new(Cache::new(usize::MAX));
    let query = Query { run: run.map(str::to_owned), ..Query::default() };
    let view = View { in_one_file: true, ..View::new(Frame::open(backend, &cache, dataset, run)?, query)? };
    let around = PageContext::of_one_file();
    let pages = Page::ALL.into_iter().filter(|page| page.in_one_file());
    let parts: Result<Vec<Part>, ServerError> = pages
        .map(|page| {
            let html = page_html(page, &view, &around)?;
            let id = page.id();
            Ok(Part {
                id,
                title: page.title(),
                picture: page.picture(),
                html: detached(main_part(&html), id, dataset),
            })
        })
        .collect();
    let (css, js, plotly, icon) = assets::sources();
    let summary = &view.frame.summary;
    let page = OneFile {
        dataset,
        as_of: format::day(&summary.as_of),
        span: format::span(&summary.first_purchase, &summary.last_purchase),
        run: &summary.run_id,
        parts: parts.map_err(unwritten)?,
        csp: policy(&[js, plotly]),
        css,
        js,
        plotly,
        icon: format!("data:image/svg+xml;base64,{}", base64(icon.bytes())),
        version: env!("CARGO_PKG_VERSION"),
    };
    page.render().map_err(|error| unwritten(error.into()))
}

/// A content security policy that only allows the embedded scripts, by hash, and no requests.
fn policy(scripts: &[&str]) -> String {
    let hashes: Vec<String> = scripts
        .iter()
        .map(|script| format!("'sha256-{}'", base64(Sha256::digest(script.as_bytes()).into_iter())))
        .collect();
    format!(
        "default-src 'none'; script-src {}; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'",
        hashes.join(" ")
    )
}

/// The part of a page between header and footer.
fn main_part(html: &str) -> &str {
    let start = html.find("<main ").and_then(|at| Some(at + html[at..].find('>')? + 1)).unwrap_or(0);
    let end = html.rfind("</main>").unwrap_or(html.len());
    &html[start..end]
}

/// HTML attributes that refer to element ids.
const NAMING: [&str; 6] = ["id", "for", "aria-labelledby", "aria-describedby", "aria-controls", "data-png"];

/// Makes a page part of a larger one: prefixes ids with `part`, rewrites links to other pages of the file,
/// and removes links that need the server.
fn detached(html: &str, part: &str, dataset: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let tag = &rest[..tag_end(rest)];
        let after = &rest[tag.len()..];
        // Script text stays as it is; links to the API are useless without the server.
        let whole = if tag.starts_with("<script") {
            after.find("</script>")
        } else if tag.starts_with("<a ") && tag.contains(" href=\"/api/") {
            let end = after.find("</a>").map_or(after.len(), |end| end + "</a>".len());
            rest = &after[end..];
            continue;
        } else {
            Some(0)
        };
        write_tag(&mut out, tag, part, dataset);
        let whole = whole.unwrap_or(after.len());
        out.push_str(&after[..whole]);
        rest = &after[whole..];
    }
    out.push_str(rest);
    out
}

/// The length of the tag at the start of the text; attribute values may contain `>`.
fn tag_end(text: &str) -> usize {
    let mut in_value = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => in_value = !in_value,
            b'>' if !in_value => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn write_tag(out: &mut String, tag: &str, part: &str, dataset: &str) {
    let mut rest = tag;
    // The templates quote all values with double quotes.
    while let Some(at) = rest.find("=\"") {
        let name_at = rest[..at].rfind(' ').map_or(0, |blank| blank + 1);
        let (before, name, value_at) = (&rest[..name_at], &rest[name_at..at], at + 2);
        let value_end = rest[value_at..].find('"').map_or(rest.len(), |end| value_at + end);
        let value = &rest[value_at..value_end];
        rest = rest.get(value_end + 1..).unwrap_or_default();
        let own: Option<String> = match name {
            naming if NAMING.contains(&naming) => {
                Some(value.split(' ').map(|id| format!("{part}-{id}")).collect::<Vec<_>>().join(" "))
            }
            "href" if value.starts_with('#') => Some(format!("#{part}-{}", &value[1..])),
            "href" if value.starts_with('/') => page_of(value, dataset).map(|page| format!("#{page}")),
            "data-in-place" | "data-chart" => Some(String::new()),
            _ => Some(value.to_owned()),
        };
        match own {
            Some(value) => {
                out.push_str(before);
                out.push_str(name);
                out.push_str("=\"");
                out.push_str(&value);
                out.push('"');
            }
            None => out.push_str(before.trim_end()),
        }
    }
    out.push_str(rest);
}

/// The part of the file that corresponds to a server URL, if it is a complete page.
fn page_of(address: &str, dataset: &str) -> Option<&'static str> {
    let path = address.split(['?', '#']).next()?;
    let page = Page::ALL.into_iter().find(|page| page.path(dataset) == path)?;
    page.in_one_file().then(|| page.id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_ids_are_those_of_the_file() {
        let page = concat!(
            "<a href=\"/d/shop/value?run=1\">V</a><a href=\"/d/shop/customers?q=%22\" class=\"x\">C</a>",
            "<a href=\"/api/v1/d/shop/measures\">gone</a><a href=\"#top\">T</a>",
            "<div id=\"a\" aria-labelledby=\"a b\" title=\"1 > 0\" data-chart=\"/api/x\">id=\"a\"</div>",
            "<script type=\"application/json\" id=\"f\">{\"<a id=\": \" href=\"}</script>",
        );
        assert_eq!(
            detached(page, "rfm", "shop"),
            concat!(
                "<a href=\"#value\">V</a><a class=\"x\">C</a>",
                "<a href=\"#rfm-top\">T</a>",
                "<div id=\"rfm-a\" aria-labelledby=\"rfm-a rfm-b\" title=\"1 > 0\" data-chart=\"\">id=\"a\"</div>",
                "<script type=\"application/json\" id=\"rfm-f\">{\"<a id=\": \" href=\"}</script>",
            )
        );
    }

    #[test]
    fn the_main_part_is_what_stands_in_main() {
        assert_eq!(main_part("<body><main id=\"content\"><p>1</p></main></body>"), "<p>1</p>");
    }
}
