//! Embedded static files: style sheets, scripts, the icon and plotly.js, named by content hash.
//!
//! plotly.js comes from the crate `plotly`; it is not in this repository.

use std::io::{Read as _, Write as _};
use std::sync::LazyLock;

use axum::http::StatusCode;
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use plotly::Plot;

use crate::error::ServerError;
use crate::extract::UrlPath;

/// One static file.
struct Asset {
    name: String,
    etag: HeaderValue,
    content_type: &'static str,
    body: &'static [u8],
    /// The file compressed, once for all clients.
    gzip: Vec<u8>,
}

/// URLs of the static files, for templates.
#[derive(Debug)]
pub(crate) struct AssetUrls {
    pub(crate) css: String,
    pub(crate) js: String,
    pub(crate) plotly: String,
    pub(crate) icon: String,
    pub(crate) api_css: String,
    pub(crate) sql_js: String,
}

static ASSETS: LazyLock<[Asset; 6]> = LazyLock::new(|| {
    [
        asset("app", "css", "text/css; charset=utf-8", include_bytes!("../static/app.css")),
        asset("app", "js", "text/javascript; charset=utf-8", include_bytes!("../static/app.js")),
        asset("plotly", "js", "text/javascript; charset=utf-8", PLOTLY.as_bytes()),
        asset("icon", "svg", "image/svg+xml", include_bytes!("../static/icon.svg")),
        asset("api", "css", "text/css; charset=utf-8", include_bytes!("../static/api.css")),
        asset("sql", "js", "text/javascript; charset=utf-8", include_bytes!("../static/sql.js")),
    ]
});

static PLOTLY: LazyLock<&str> = LazyLock::new(plotly_js);

static URLS: LazyLock<AssetUrls> = LazyLock::new(|| {
    let url = |i: usize| format!("/static/{}", ASSETS[i].name);
    AssetUrls { css: url(0), js: url(1), plotly: url(2), icon: url(3), api_css: url(4), sql_js: url(5) }
});

/// The URLs of the static files.
pub(crate) fn urls() -> &'static AssetUrls {
    &URLS
}

/// Style sheet, script, plotly.js and icon as text.
pub(crate) fn sources() -> (&'static str, &'static str, &'static str, &'static str) {
    let (css, js) = (include_str!("../static/app.css"), include_str!("../static/app.js"));
    (css, js, &PLOTLY, include_str!("../static/icon.svg"))
}

/// Compresses the files in advance, so that the first client does not wait.
pub(crate) fn prepare() {
    LazyLock::force(&ASSETS);
}

/// Serves `/static/{file}`: cacheable forever, since changed content has another name.
pub(crate) async fn serve(UrlPath(file): UrlPath<String>, headers: HeaderMap) -> Response {
    match ASSETS.iter().find(|asset| asset.name == file) {
        Some(asset) => answer(asset, &headers, "public, max-age=31536000, immutable"),
        None => ServerError::NoSuchPage { path: format!("/static/{file}") }.into_response(),
    }
}

/// Serves `/favicon.ico` to browsers that request it without a page.
pub(crate) async fn favicon(headers: HeaderMap) -> Response {
    answer(&ASSETS[3], &headers, "public, max-age=86400")
}

fn answer(asset: &'static Asset, headers: &HeaderMap, cache: &'static str) -> Response {
    let common = [
        (header::ETAG, asset.etag.clone()),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type)),
    ];
    if has(headers, &asset.etag) {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    let vary = (header::VARY, HeaderValue::from_static("accept-encoding"));
    if takes_gzip(headers) {
        let coding = (header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        return (common, [vary, coding], &*asset.gzip).into_response();
    }
    (common, [vary], asset.body).into_response()
}

/// Whether the client already has this version.
pub(crate) fn has(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|tags| tags.split(',').any(|tag| tag.trim().as_bytes() == etag.as_bytes()))
}

/// Whether the client accepts gzip.
pub(crate) fn takes_gzip(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            parts.next() == Some("gzip") && parts.all(|weight| !matches!(weight, "q=0" | "q=0.0"))
        })
}

/// The `ETag` of a body; weak, since the body is served both compressed and uncompressed.
pub(crate) fn etag(body: &[u8]) -> HeaderValue {
    let etag = format!("W/\"{}\"", content_hash(body));
    HeaderValue::try_from(etag).expect("hexadecimal digits are a header value")
}

fn asset(stem: &str, extension: &str, content_type: &'static str, body: &'static [u8]) -> Asset {
    let hash = content_hash(body);
    Asset {
        name: format!("{stem}-{hash}.{extension}"),
        etag: etag(body),
        content_type,
        body,
        gzip: compressed(body, Compression::best()),
    }
}

pub(crate) fn compressed(body: &[u8], level: Compression) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    let written = encoder.write_all(body).and_then(|()| encoder.finish());
    written.expect("writing into memory does not fail")
}

/// Decompresses what [`compressed`] produced.
pub(crate) fn decompressed(gzip: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    GzDecoder::new(gzip).read_to_end(&mut body).expect("it was compressed here");
    body
}

/// FNV-1a, to distinguish versions of a file; not cryptographic.
fn content_hash(body: &[u8]) -> String {
    let hash = body.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// Extracts plotly.js from the script elements that the crate provides, without `MathJax`.
fn plotly_js() -> &'static str {
    let page: &'static str = Plot::offline_js_sources().leak();
    let start = page.find('>').map_or(0, |at| at + 1);
    let end = page.find("</script>").unwrap_or(page.len());
    &page[start..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plotly_js_is_the_library_alone() {
        let script = plotly_js();
        assert!(script.trim_start().starts_with("/**\n* plotly.js v"), "{}", &script[..60]);
        assert!(script.len() > 3_000_000 && !script.contains("MathJax = "), "{}", script.len());
        assert!(!script.contains("<script"));
    }

    #[test]
    fn the_order_of_files_and_addresses_agrees() {
        let urls = urls();
        for (url, start, end) in [
            (&urls.css, "/static/app-", ".css"),
            (&urls.js, "/static/app-", ".js"),
            (&urls.plotly, "/static/plotly-", ".js"),
            (&urls.icon, "/static/icon-", ".svg"),
            (&urls.api_css, "/static/api-", ".css"),
            (&urls.sql_js, "/static/sql-", ".js"),
        ] {
            assert!(url.starts_with(start) && url.ends_with(end), "{url}");
        }
    }
}
