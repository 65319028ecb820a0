"""One process, measured from outside: what it prints, how long it takes, the most memory it holds."""

import os
import re
import subprocess
import sys
import tempfile
import time


def run(command):
    """Standard output, wall seconds and peak megabytes; standard error is shown if the process fails."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True)
        printed = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - began
        if status != 0:
            said.seek(0)
            sys.exit(f"failed: {' '.join(command)}\n{said.read().decode(errors='replace')}")
    return printed, seconds, usage.ru_maxrss / 1024


def stopped(peer, data, stages, line, extra):
    """Runs a peer's script up to the line that begins with `line`, and then `extra`, indented alike."""
    with open(peer) as source:
        text = source.read()
    found = re.search(rf"^( +){line}.*$", text, re.MULTILINE)
    added = "".join(f"\n{found[1]}{one}" for one in [*extra, "return"])
    subprocess.run(
        [sys.executable, "-", "--data", data, "--stages", stages],
        input=text[: found.end()] + added + text[found.end() :],
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
    )
