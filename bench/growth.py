"""Runs the product at several sizes, one process each, and prints seconds and peak memory."""

import json
import os
import subprocess
import sys
import tempfile
import time

program, folder, limit, *sizes = sys.argv[1:]


def measure(command):
    """Wall seconds and peak megabytes of one process, by the system's own accounting."""
    began = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = child.stderr.read().decode(errors="replace")
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"failed: {' '.join(command)}\n{said}")
    return time.perf_counter() - began, usage.ru_maxrss / 1024


for size in sizes:
    source = f"{folder}/regulars-bench-{size}/transactions.parquet"
    with tempfile.TemporaryDirectory(dir=folder) as home:
        run = [program, "-q", "--home", home, "run", "--steps", "scores", "--name", "growth", source]
        listed = {
            "score": [program, "-q", "score", source, "--out", f"{home}/scores.parquet"],
            "run": run,
            f"run --memory-limit {limit}": [*run, "--memory-limit", limit],
        }
        for name, command in listed.items():
            seconds, peak_mb = measure(command)
            result = {"customers": int(size), "command": name, "seconds": round(seconds, 2), "peak_mb": round(peak_mb)}
            print(json.dumps(result), flush=True)
