"""Seconds and peak memory of the product on one shop, one process per command.

    python growth.py PROGRAM DATA CUSTOMERS MEMORY_LIMIT
"""

import json
import sys
import tempfile

import process

program, data, customers, limit = sys.argv[1:]
orders = f"{data}/transactions.parquet"
with tempfile.TemporaryDirectory(dir=data) as home:
    run = [program, "-q", "--home", home, "run", "--no-reuse", "--steps", "scores", "--name", "growth", orders]
    commands = {
        "score": [program, "-q", "score", orders, "--out", f"{home}/scores.parquet"],
        "run": run,
        f"run --memory-limit {limit}": [*run, "--memory-limit", limit],
    }
    for name, command in commands.items():
        _, seconds, peak_mb = process.run(command)
        result = {"customers": int(customers), "command": name, "seconds": round(seconds, 2), "peak_mb": round(peak_mb)}
        print(json.dumps(result), flush=True)
