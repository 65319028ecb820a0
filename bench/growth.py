"""Runs the product at several sizes, one process each, and prints seconds and peak memory."""

import json
import sys
import tempfile

import process

program, folder, limit, *sizes = sys.argv[1:]


def measure(command):
    """Wall seconds and peak megabytes of one process."""
    _, seconds, megabytes = process.run(command)
    return seconds, megabytes


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
