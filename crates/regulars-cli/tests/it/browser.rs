//! A real Chromium, spoken to by its own protocol (Chrome `DevTools`) over a web socket.
//!
//! Deliberately no driver and no crate for it: the part of the protocol that the journeys need is small.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::shop::Shop;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// Starts what it is given in a group of processes of its own, and ends the group when the test is gone:
/// a test that is killed cannot end anything itself.
const WATCHED: &str = r#"
"$@" & browser=$!
( while kill -0 "$TEST" && kill -0 $browser; do sleep 1; done; kill -KILL 0 ) >/dev/null 2>&1 &
wait $browser
"#;

/// The processes of a browser, which end with it.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        // They may have ended already.
        drop(Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status());
        drop(self.0.wait());
    }
}

/// A browser with one page.
pub(crate) struct Browser {
    /// Ends the browser when it goes.
    _group: Group,
    socket: BufReader<TcpStream>,
    last_id: u64,
    /// What the page has complained about.
    pub(crate) complaints: Vec<String>,
}

impl Browser {
    pub(crate) fn start(shop: &Shop) -> Self {
        let child = Command::new("sh")
            .args([
                "-c",
                WATCHED,
                "sh",
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--enable-unsafe-swiftshader",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--remote-debugging-port=0",
                "about:blank",
            ])
            .arg(format!("--user-data-dir={}", shop.path("profile").display()))
            .env("TEST", std::process::id().to_string())
            .process_group(0)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("there is a shell");
        let mut group = Group(child);
        let mut output = BufReader::new(group.0.stderr.take().expect("piped"));
        let address = loop {
            let mut line = String::new();
            assert!(
                output.read_line(&mut line).expect("readable") > 0,
                "chromium is not installed (./dev setup browser), or ended before it listened"
            );
            if let Some((_, rest)) = line.split_once("DevTools listening on ws://") {
                break rest.split('/').next().expect("an address").to_owned();
            }
        };
        // What it says further must go somewhere, or it would wait for it.
        std::thread::spawn(move || drop(std::io::copy(&mut output, &mut std::io::sink())));
        let page = page_path(&address);
        let mut stream = TcpStream::connect(&address).expect("listening");
        stream.set_read_timeout(Some(PATIENCE)).expect("a duration");
        let hello = format!(
            "GET {page} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        stream.write_all(hello.as_bytes()).expect("sent");
        let mut socket = BufReader::new(stream);
        loop {
            let mut line = String::new();
            socket.read_line(&mut line).expect("an answer");
            if line.trim().is_empty() {
                break;
            }
        }
        let mut browser = Self { _group: group, socket, last_id: 0, complaints: Vec::new() };
        for part in ["Page", "Runtime", "Log", "Network"] {
            browser.ask(&format!("{part}.enable"), &json!({}));
        }
        browser
    }

    /// Opens an address and waits until every chart in it has been drawn.
    pub(crate) fn open(&mut self, url: &str) {
        self.ask("Page.navigate", &json!({ "url": url }));
        self.until(&format!(
            "document.readyState === 'complete' && location.href.startsWith({})",
            json!(url.split('#').next())
        ));
    }

    /// Shows all charts, also those out of view, and waits until they are drawn.
    pub(crate) fn draw_all(&mut self) {
        self.run("document.querySelectorAll('[data-chart]').forEach((c) => c.scrollIntoView())");
        self.until(
            "(() => { const c = [...document.querySelectorAll('[data-chart]')]; const next = c.find((e) => !e.matches('.is-drawn, .has-failed')); if (next) next.scrollIntoView(); return c.length > 0 && !next; })()",
        );
        self.run("window.scrollTo(0, 0)");
    }

    /// A window of that size.
    pub(crate) fn size(&mut self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.ask("Emulation.setDeviceMetricsOverride", &size);
    }

    /// What an expression of JavaScript is; nothing while the page gives way to another.
    pub(crate) fn run(&mut self, expression: &str) -> Value {
        let response = self.try_ask(
            "Runtime.evaluate",
            &json!({ "expression": expression, "returnByValue": true, "awaitPromise": true }),
        );
        match response {
            Ok(response) => {
                assert!(response.get("exceptionDetails").is_none(), "{expression}: {response}");
                response["result"]["value"].clone()
            }
            Err(error) => {
                let words = error["message"].as_str().unwrap_or_default();
                assert!(words.contains("navigated") || words.contains("context"), "{expression}: {error}");
                Value::Null
            }
        }
    }

    /// Waits until an expression is true.
    #[track_caller]
    pub(crate) fn until(&mut self, expression: &str) {
        let began = Instant::now();
        while self.run(expression) != json!(true) {
            assert!(began.elapsed() < PATIENCE, "it never came true: {expression}; {:?}", self.complaints);
        }
    }

    /// Moves the mouse to the middle of the first element of that kind, and says where that is, if there is one.
    fn hover(&mut self, selector: &str) -> (Value, Value) {
        let place = self.run(&format!(
            "(() => {{ const e = document.querySelector({}); if (!e) return null; e.scrollIntoView({{block: 'center'}}); const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; }})()",
            json!(selector)
        ));
        let (x, y) = (place[0].clone(), place[1].clone());
        if x.is_null() {
            return (x, y);
        }
        self.ask("Input.dispatchMouseEvent", &json!({ "type": "mouseMoved", "x": x, "y": y }));
        (x, y)
    }

    /// Clicks with the mouse at the middle of the first element of that kind.
    pub(crate) fn click(&mut self, selector: &str) {
        let (x, y) = self.hover(selector);
        if x.is_null() {
            return;
        }
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
            self.ask("Input.dispatchMouseEvent", &event);
        }
    }

    /// Clicks at a mark of a chart until it has led where `there` says: a chart takes a click only once it
    /// has seen the mouse come, which on a busy machine it sees late.
    #[track_caller]
    pub(crate) fn click_mark(&mut self, selector: &str, there: &str) {
        let began = Instant::now();
        while self.run(there) != json!(true) {
            assert!(began.elapsed() < PATIENCE, "no click led there: {there}; {:?}", self.complaints);
            self.click(selector);
        }
    }

    /// Turns something: presses at one place, moves, and lets go.
    pub(crate) fn drag(&mut self, selector: &str, by: i32) {
        let place = self.run(&format!(
            "(() => {{ const e = document.querySelector({}); e.scrollIntoView({{block: 'center'}}); const r = e.getBoundingClientRect(); return [Math.round(r.x + r.width / 2), Math.round(r.y + r.height / 2)]; }})()",
            json!(selector)
        ));
        let x = place[0].as_i64().expect("a place");
        let mut send = |kind: &str, x: i64, buttons: u8| {
            let event = json!({ "type": kind, "x": x, "y": place[1], "button": "left", "buttons": buttons, "clickCount": 1 });
            self.ask("Input.dispatchMouseEvent", &event);
        };
        send("mouseMoved", x, 0);
        send("mousePressed", x, 1);
        for step in 1..=5 {
            send("mouseMoved", x + i64::from(by) * step / 5, 1);
        }
        send("mouseReleased", x + i64::from(by), 0);
    }

    /// Asks the browser for something, and keeps what it tells meanwhile.
    pub(crate) fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.try_ask(method, params).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    fn try_ask(&mut self, method: &str, params: &Value) -> Result<Value, Value> {
        self.last_id += 1;
        let id = self.last_id;
        let message = json!({ "id": id, "method": method, "params": params }).to_string();
        self.send(message.as_bytes());
        loop {
            let response: Value = serde_json::from_slice(&self.receive()).expect("JSON");
            if response["id"] == json!(id) {
                return match response.get("error") {
                    Some(error) => Err(error.clone()),
                    None => Ok(response["result"].clone()),
                };
            }
            self.note(&response);
        }
    }

    fn note(&mut self, event: &Value) {
        let params = &event["params"];
        match event["method"].as_str() {
            Some("Runtime.exceptionThrown") => self.complaints.push(params["exceptionDetails"].to_string()),
            Some("Runtime.consoleAPICalled") if params["type"] == "error" => {
                self.complaints.push(params["args"].to_string());
            }
            Some("Log.entryAdded") if params["entry"]["level"] == "error" => {
                self.complaints.push(params["entry"].to_string());
            }
            _ => {}
        }
    }

    /// One message in one frame; what a client sends is masked, here with nothing.
    fn send(&mut self, message: &[u8]) {
        let mut frame = vec![0x81];
        match message.len() {
            small @ ..126 => frame.push(0x80 | small as u8),
            middle @ 126..65_536 => {
                frame.push(0xfe);
                frame.extend((middle as u16).to_be_bytes());
            }
            large => {
                frame.push(0xff);
                frame.extend((large as u64).to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(message);
        self.socket.get_mut().write_all(&frame).expect("chromium listens");
    }

    fn receive(&mut self) -> Vec<u8> {
        let mut message = Vec::new();
        loop {
            let mut head = [0; 2];
            self.socket.read_exact(&mut head).expect("chromium answers");
            let mut length = u64::from(head[1] & 0x7f);
            if length == 126 {
                let mut bytes = [0; 2];
                self.socket.read_exact(&mut bytes).expect("a length");
                length = u64::from(u16::from_be_bytes(bytes));
            } else if length == 127 {
                let mut bytes = [0; 8];
                self.socket.read_exact(&mut bytes).expect("a length");
                length = u64::from_be_bytes(bytes);
            }
            let mut part = vec![0; usize::try_from(length).expect("a length")];
            self.socket.read_exact(&mut part).expect("a message");
            // Texts and their continuations; pings need no answer here.
            if head[0] & 0x0f <= 1 {
                message.extend(part);
                if head[0] & 0x80 != 0 {
                    return message;
                }
            }
        }
    }
}

/// The path of the page that is there when the browser starts.
fn page_path(address: &str) -> String {
    let began = Instant::now();
    loop {
        let response = http(address, "/json/list");
        let pages: Value = serde_json::from_str(&response.1).unwrap_or_default();
        let page = pages.as_array().and_then(|all| all.iter().find(|page| page["type"] == "page").cloned());
        if let Some(url) = page.as_ref().and_then(|page| page["webSocketDebuggerUrl"].as_str()) {
            return url.split_once(address).map_or_else(String::new, |(_, path)| path.to_owned());
        }
        assert!(began.elapsed() < PATIENCE, "chromium has no page: {response:?}");
    }
}

/// Status and body of a plain request.
pub(crate) fn http(address: &str, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).expect("listening");
    stream.set_read_timeout(Some(PATIENCE)).expect("a duration");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut reader = BufReader::new(stream);
    let mut status = 0;
    let mut length = None;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a head");
        let line = line.trim();
        if line.is_empty() {
            break;
        }
        if line.starts_with("HTTP/") {
            status = line.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse::<usize>().ok();
        }
    }
    let mut body = Vec::new();
    match length {
        Some(length) => {
            body.resize(length, 0);
            reader.read_exact(&mut body).expect("a body");
        }
        None => {
            reader.read_to_end(&mut body).expect("a body");
        }
    }
    (status, String::from_utf8_lossy(&body).into_owned())
}
