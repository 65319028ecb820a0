//! The origin of a request: local host names, and the site that sent a form.

use std::net::IpAddr;

use axum::http::HeaderMap;
use axum::http::header::{self, HeaderName};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// The site that caused a request, by its headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// One of our own pages.
    Ours,
    /// Another site.
    Other,
    /// Unknown: current browsers always send it with a form.
    Unsaid,
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_owned())
}

/// Whether a `Host` name can only mean this computer. The owner of any other name could point it to 127.0.0.1
/// after a page has loaded (DNS rebinding).
pub(super) fn is_localhost(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').unwrap_or_default(),
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let is_port = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !(port.is_empty() || port.strip_prefix(':').is_some_and(is_port)) {
        return false;
    }
    let name = name.to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether the headers show that a proxy forwarded the request.
pub(super) fn is_proxied(headers: &HeaderMap) -> bool {
    [FORWARDED_FOR, FORWARDED_HOST, header::FORWARDED, REAL_IP].iter().any(|name| headers.contains_key(name))
}

/// The host name used by the client, if any.
pub(super) fn host(headers: &HeaderMap) -> Option<String> {
    text(headers, &header::HOST)
}

/// The site that caused a request.
pub(super) fn origin(headers: &HeaderMap, behind_proxy: bool) -> Origin {
    if let Some(site) = text(headers, &FETCH_SITE) {
        return if site == "same-origin" { Origin::Ours } else { Origin::Other };
    }
    let Some(origin) = text(headers, &header::ORIGIN) else { return Origin::Unsaid };
    let Some((_, authority)) = origin.split_once("://") else { return Origin::Other };
    let forwarded = if behind_proxy { text(headers, &FORWARDED_HOST) } else { None };
    let ours = [host(headers), forwarded].into_iter().flatten();
    if ours.into_iter().any(|ours| ours.eq_ignore_ascii_case(authority)) {
        Origin::Ours
    } else {
        Origin::Other
    }
}

/// The client address: the last one in the header, since only our proxy's entry can be trusted.
pub(super) fn client(headers: &HeaderMap, peer: IpAddr, behind_proxy: bool) -> IpAddr {
    if !behind_proxy {
        return peer;
    }
    let last = headers.get_all(FORWARDED_FOR).iter().next_back().and_then(|value| value.to_str().ok());
    last.and_then(|list| list.rsplit(',').next()?.trim().parse().ok()).unwrap_or(peer)
}

/// Where to go after signing in: a local path, or the start page.
pub(super) fn local_path(wanted: &str) -> &str {
    let is_ours = wanted.starts_with('/')
        && !wanted[1..].starts_with(['/', '\\'])
        && wanted.len() <= 4096
        && wanted.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if is_ours { wanted } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        all.iter().map(|(n, v)| (HeaderName::from_static(n), v.parse().expect("a value"))).collect()
    }

    #[test]
    fn only_names_of_this_computer_mean_this_computer() {
        for ours in ["localhost", "LOCALHOST:8080", "127.0.0.1", "127.8.8.8:1", "[::1]:8080", "a.localhost:1"]
        {
            assert!(is_localhost(ours), "{ours}");
        }
        for other in [
            "",
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "127.0.0.1.nip.io",
            "192.0.2.1",
            "[2001:db8::1]:80",
            "0.0.0.0:8080",
            "notlocalhost",
            "[::1].evil.example",
            "[::1]evil.example:80",
            "[::1",
            "localhost:1@evil.example",
            "127.0.0.1:80:80",
        ] {
            assert!(!is_localhost(other), "{other}");
        }
    }

    #[test]
    fn a_site_is_ours_if_browser_or_host_say_so() {
        for (sent, expected) in [
            (&[("sec-fetch-site", "same-origin")][..], Origin::Ours),
            (
                &[("sec-fetch-site", "same-site"), ("origin", "http://shop:80"), ("host", "shop:80")],
                Origin::Other,
            ),
            (&[("sec-fetch-site", "cross-site")], Origin::Other),
            (&[("sec-fetch-site", "none")], Origin::Other),
            (&[("origin", "http://shop:80"), ("host", "shop:80")], Origin::Ours),
            (&[("origin", "http://shop:80"), ("host", "shop:81")], Origin::Other),
            (&[("origin", "http://evil"), ("host", "shop"), ("x-forwarded-host", "evil")], Origin::Other),
            (&[("origin", "null"), ("host", "null")], Origin::Other),
            (&[("host", "shop")], Origin::Unsaid),
        ] {
            assert_eq!(origin(&headers(sent), false), expected, "{sent:?}");
        }
        let proxied = [("origin", "https://shop"), ("host", "inner:8080"), ("x-forwarded-host", "shop")];
        assert_eq!(origin(&headers(&proxied), true), Origin::Ours);
    }

    #[test]
    fn the_way_back_never_leads_elsewhere() {
        for ours in ["/", "/d/shop?segment=Loyal&run=x", "/d/%C3%A9"] {
            assert_eq!(local_path(ours), ours);
        }
        for other in [
            "",
            "https://evil",
            "//evil",
            "/\\evil",
            "\\\\evil",
            "evil",
            "/a\nb",
            "/a b",
            "/\t/evil",
            "javascript:x",
            "/a\\b",
        ] {
            assert_eq!(local_path(other), "/", "{other}");
        }
    }

    #[test]
    fn only_the_last_word_of_a_proxy_counts_and_only_where_there_is_one() {
        let peer: IpAddr = "127.0.0.1".parse().expect("an address");
        let sent = headers(&[("x-forwarded-for", "203.0.113.7, 198.51.100.2")]);
        assert_eq!(client(&sent, peer, true).to_string(), "198.51.100.2");
        assert_eq!(client(&sent, peer, false), peer);
        assert_eq!(client(&headers(&[("x-forwarded-for", "unknown")]), peer, true), peer);
    }
}
