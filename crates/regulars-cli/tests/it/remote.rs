//! Orders in an object store: a small server on this machine speaks the part of the S3, Google and
//! Azure protocols that reading needs (head, get, list), and keeps a folder of objects.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use crate::shop::{Shop, fixture};

/// Objects by their path, the bucket first.
type Objects = Arc<BTreeMap<String, Vec<u8>>>;

const WHEN: &str = "Wed, 21 Oct 2026 07:28:00 GMT";

/// Serves `objects` until the test ends; returns the address.
fn serve(objects: BTreeMap<String, Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("bound"));
    let objects: Objects = Arc::new(objects);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let objects = Arc::clone(&objects);
            // A client that goes away early is no failure of the server.
            std::thread::spawn(move || drop(serve_connection(stream, &objects)));
        }
    });
    address
}

fn serve_connection(mut stream: TcpStream, objects: &Objects) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?);
    let mut request = String::new();
    lines.read_line(&mut request)?;
    let mut range = None;
    loop {
        let mut line = String::new();
        lines.read_line(&mut line)?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        range = line.strip_prefix("range: bytes=").map(str::to_owned).or(range);
    }
    let mut words = request.split(' ');
    let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = path.replace("%2F", "/").replace("%2E", ".");
    let key = path.trim_start_matches('/').trim_start_matches("account/").trim_end_matches('/');
    let parameter = |name: &str| {
        query.split('&').filter_map(|p| p.split_once('=')).find(|(n, _)| *n == name).map(|(_, v)| v)
    };
    if let Some(kind) = parameter("list-type").or_else(|| parameter("comp")) {
        let prefix = parameter("prefix").unwrap_or("").replace("%2F", "/");
        let body = listing(objects, key, &prefix, kind == "list");
        return respond(&mut stream, "200 OK", "", body.as_bytes(), true);
    }
    match objects.get(key) {
        None => respond(&mut stream, "404 Not Found", "", b"", method != "HEAD"),
        Some(bytes) => {
            let bounds = range.as_deref().and_then(|r| r.split_once('-')).and_then(|(from, to)| {
                let from: usize = from.parse().ok()?;
                Some((from, to.parse::<usize>().map_or(bytes.len(), |to| (to + 1).min(bytes.len()))))
            });
            let (status, extra, part) = match bounds {
                Some((from, to)) => (
                    "206 Partial Content",
                    format!("Content-Range: bytes {from}-{}/{}\r\n", to - 1, bytes.len()),
                    &bytes[from..to],
                ),
                None => ("200 OK", String::new(), &bytes[..]),
            };
            respond(&mut stream, status, &extra, part, method != "HEAD")
        }
    }
}

fn respond(
    stream: &mut TcpStream,
    status: &str,
    extra: &str,
    body: &[u8],
    with_body: bool,
) -> std::io::Result<()> {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nLast-Modified: {WHEN}\r\nETag: \"1\"\r\n{extra}Connection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    if with_body {
        stream.write_all(body)?;
    }
    stream.flush()?;
    stream.shutdown(std::net::Shutdown::Write)?;
    // Read to the end, so that closing does not cut off what is still under way.
    stream.take(1 << 16).read_to_end(&mut Vec::new())?;
    Ok(())
}

fn listing(objects: &Objects, bucket: &str, prefix: &str, azure: bool) -> String {
    let mut entries = String::new();
    for (path, bytes) in objects.iter() {
        let Some(name) = path.strip_prefix(bucket).and_then(|p| p.strip_prefix('/')) else { continue };
        if !name.starts_with(prefix) {
            continue;
        }
        let size = bytes.len();
        if azure {
            write!(entries, "<Blob><Name>{name}</Name><Properties><Last-Modified>{WHEN}</Last-Modified><Content-Length>{size}</Content-Length><Content-Type>text/csv</Content-Type><Etag>1</Etag></Properties></Blob>")
        } else {
            write!(entries, "<Contents><Key>{name}</Key><LastModified>2026-10-21T07:28:00.000Z</LastModified><ETag>\"1\"</ETag><Size>{size}</Size></Contents>")
        }
        .expect("a string takes all");
    }
    if azure {
        format!(
            "<?xml version=\"1.0\"?><EnumerationResults><Blobs>{entries}</Blobs><NextMarker/></EnumerationResults>"
        )
    } else {
        format!(
            "<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>false</IsTruncated>{entries}</ListBucketResult>"
        )
    }
}

/// The fixture in two halves, in a folder beside something else.
fn shop_in_a_bucket() -> BTreeMap<String, Vec<u8>> {
    let whole = fs_err::read_to_string(fixture("online_retail_cut.csv")).expect("fixture");
    let mut lines = whole.lines();
    let header = lines.next().expect("header");
    let rows: Vec<&str> = lines.collect();
    let half = |rows: &[&str]| format!("{header}\n{}\n", rows.join("\n")).into_bytes();
    let (first, second) = rows.split_at(rows.len() / 2);
    BTreeMap::from([
        ("bucket/orders/2010.csv".to_owned(), half(first)),
        ("bucket/orders/2011.csv".to_owned(), half(second)),
        ("bucket/orders/readme.md".to_owned(), b"not orders".to_vec()),
        ("bucket/other/x.csv".to_owned(), b"a,b\n1,2\n".to_vec()),
    ])
}

#[track_caller]
fn check(environment: &[(&str, String)], url: &str) {
    let shop = Shop::new();
    let local =
        shop.run(&["-q", "--format", "json", "run", "--name", "x", &fixture("online_retail_cut.csv")]);
    let local: serde_json::Value = local.json();
    let output = shop
        .command()
        .envs(environment.iter().map(|(k, v)| (k, v)))
        .args(["-q", "--format", "json", "run", "--name", "x", url])
        .output()
        .expect("the binary starts");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    let remote: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    for field in ["customers", "orders", "revenue_minor", "segments"] {
        assert!(!local[field].is_null(), "{local}");
        assert_eq!(remote[field], local[field], "{field} of {url}: {out}");
    }
}

#[test]
fn s3_gs_and_az_are_read_like_local_files() {
    let address = serve(shop_in_a_bucket());
    let s3 = [
        ("AWS_ENDPOINT_URL", address.clone()),
        ("AWS_ACCESS_KEY_ID", "key".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
        ("AWS_REGION", "eu-central-1".to_owned()),
    ];
    for url in [
        "s3://bucket/orders",
        "s3://bucket/orders/",
        "s3://bucket/orders/20*.csv",
        "s3://bucket/*/201[01].csv",
    ] {
        check(&s3, url);
    }
    let key = format!(
        "{{\"gcs_base_url\":\"{address}\",\"disable_oauth\":true,\"client_email\":\"\",\"private_key\":\"\",\"private_key_id\":\"\"}}"
    );
    check(&[("GOOGLE_SERVICE_ACCOUNT_KEY", key)], "gs://bucket/orders");
    let az = [
        ("AZURE_STORAGE_ACCOUNT_NAME", "account".to_owned()),
        ("AZURE_STORAGE_ENDPOINT", address.clone()),
        ("AZURE_SKIP_SIGNATURE", "true".to_owned()),
    ];
    check(&az, "az://bucket/orders/20*.csv");
}

#[test]
fn what_is_not_in_the_bucket_is_named() {
    let shop = Shop::new();
    let address = serve(shop_in_a_bucket());
    for (url, message) in [
        ("s3://bucket/nothing/here.csv", "cannot read `s3://bucket/nothing/here.csv`: nothing is there"),
        ("s3://bucket/orders/1999*.csv", "cannot read `s3://bucket/orders/1999*.csv`: no file matches"),
        ("s3://bucket/other/x.csv", "`s3://bucket/other/x.csv`"),
    ] {
        let output = shop
            .command()
            .env("AWS_ENDPOINT_URL", &address)
            .env("AWS_SKIP_SIGNATURE", "true")
            .args(["run", url])
            .output()
            .expect("the binary starts");
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{err}");
        assert!(err.contains(message) && err.contains("hint:"), "{err}");
    }
}
