"""Opens the same pages of ours and of the Streamlit page in one Chromium, in turn, and prints medians and ratios.

Measured from the moment a page is asked for until its charts are drawn, in a window high enough to show all of
the summary: `first` in a browser that has seen nothing, then one view after the other by its link, and the switch to
the other data set. What a reader waits for, browser and server together on one machine.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

import websocket

OURS, PEER = os.environ["REGULARS_BENCH_OURS"], os.environ["REGULARS_BENCH_PEER_URL"]
ROUNDS = int(os.environ["REGULARS_BENCH_ROUNDS"])
PATIENCE_SECONDS = 120
VIEWS = {
    "Executive summary": "",
    "RFM analysis": "/rfm",
    "Customer segmentation": "/clusters",
    "Lifetime value": "/value",
    "Marketing insights": "/marketing",
    "Data overview": "/data",
}
# Nothing in view is still to be drawn.
OURS_DRAWN = """(() => {
  if (document.readyState !== 'complete') return false;
  const charts = [...document.querySelectorAll('[data-chart]')].filter((c) => c.getBoundingClientRect().top < innerHeight);
  return document.querySelector('[data-chart]') !== null && charts.every((c) => c.matches('.is-drawn'));
})()"""
# The script has run to its end for this view, and every chart of it has its picture.
PEER_DRAWN = """(() => {
  if (!document.querySelector('[data-done=%s]')) return false;
  const charts = [...document.querySelectorAll('.stPlotlyChart')];
  return charts.length > 0 && charts.every((c) => c.querySelector('.main-svg, canvas'));
})()"""


class Browser:
    """One Chromium with an empty profile, spoken to by its own protocol."""

    def __init__(self, program):
        self.profile = tempfile.mkdtemp()
        flags = "--headless --no-sandbox --disable-gpu --enable-unsafe-swiftshader --disable-quic --no-first-run"
        flags += " --disable-background-networking --disable-component-update --disable-sync --remote-debugging-port=0"
        self.process = subprocess.Popen(
            [program, *flags.split(), "--remote-allow-origins=*", f"--user-data-dir={self.profile}", "about:blank"],
            stderr=subprocess.PIPE,
            text=True,
        )
        for line in self.process.stderr:
            if "DevTools listening on ws://" in line:
                host = line.split("ws://")[1].split("/")[0]
                break
        pages = json.load(urllib.request.urlopen(f"http://{host}/json/list"))
        page = next(p for p in pages if p["type"] == "page")
        self.socket = websocket.create_connection(page["webSocketDebuggerUrl"], timeout=PATIENCE_SECONDS)
        self.last = 0
        self.ask("Page.enable")
        size = {"width": 1440, "height": 2200, "deviceScaleFactor": 1, "mobile": False}
        self.ask("Emulation.setDeviceMetricsOverride", **size)

    def ask(self, method, **params):
        self.last += 1
        self.socket.send(json.dumps({"id": self.last, "method": method, "params": params}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == self.last:
                return answer.get("result", {})

    def until(self, expression):
        """Seconds until the expression is true, asked every few milliseconds."""
        began = time.perf_counter()
        while True:
            found = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
            if found.get("result", {}).get("value") is True:
                return time.perf_counter() - began
            if time.perf_counter() - began > PATIENCE_SECONDS:
                sys.exit(f"it never came true: {expression}")
            time.sleep(0.005)

    def open(self, url, drawn):
        began = time.perf_counter()
        self.ask("Page.navigate", url=url)
        self.until(drawn)
        return time.perf_counter() - began

    def act(self, script, drawn):
        began = time.perf_counter()
        self.ask("Runtime.evaluate", expression=script)
        self.until(drawn)
        return time.perf_counter() - began

    def close(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)


def ours(program):
    found = {}
    browser = Browser(program)
    found["first page"] = browser.open(f"{OURS}/d/synthetic", OURS_DRAWN)
    for name, path in list(VIEWS.items())[1:]:
        there = f"location.pathname === '/d/synthetic{path}' && {OURS_DRAWN}"
        found[name] = browser.act(f"document.querySelector('.rail a[href^=\"/d/synthetic{path}\"]').click()", there)
    browser.open(f"{OURS}/d/synthetic", OURS_DRAWN)
    switch = "[...document.querySelectorAll('.switches .menu:first-child a')].find((a) => a.textContent.trim() === 'kaggle').click()"
    found["switch of data set"] = browser.act(switch, f"location.pathname === '/d/kaggle' && {OURS_DRAWN}")
    browser.close()
    return found


def peer(program):
    def drawn(dataset, view):
        return PEER_DRAWN % json.dumps(f"{dataset} {view}")

    found = {}
    browser = Browser(program)
    found["first page"] = browser.open(PEER, drawn("synthetic", "Executive summary"))
    for name in list(VIEWS)[1:]:
        click = f"[...document.querySelectorAll('[role=radiogroup] label')].find((l) => l.textContent.trim() === {json.dumps(name)}).click()"
        found[name] = browser.act(click, drawn("synthetic", name))
    browser.open(PEER, drawn("synthetic", "Executive summary"))
    # The list of data sets opens at the press of a mouse, and a choice is made by a key.
    browser.ask("Runtime.evaluate", expression="document.querySelector('[data-testid=stSelectbox] input').focus()")
    began = time.perf_counter()
    for key, code in (("ArrowDown", 40), ("ArrowDown", 40), ("Enter", 13)):
        for kind in ("rawKeyDown", "keyUp"):
            browser.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)
        time.sleep(0.02)
    browser.until(drawn("kaggle", "Executive summary"))
    found["switch of data set"] = time.perf_counter() - began
    browser.close()
    return found


def main():
    program = shutil.which("chromium") or sys.exit("chromium is missing: ./dev setup browser")
    # Once unmeasured: tables are read, files of the browser are in memory, on both sides.
    ours(program)
    peer(program)
    rounds = {"ours": [], "peer": []}
    for _ in range(ROUNDS):
        rounds["ours"].append(ours(program))
        rounds["peer"].append(peer(program))
    print(f"load {os.getloadavg()[0]:.1f}")
    for name in rounds["ours"][0]:
        a, b = (statistics.median(r[name] for r in rounds[side]) for side in ("ours", "peer"))
        print(f"{name}: Regulars {a:.2f} s, Streamlit {b:.2f} s ({b / a:.1f} times)")


main()
