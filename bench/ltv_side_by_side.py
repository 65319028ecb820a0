"""Runs the stage of learned models of the peers and ours in turn and prints medians, ratios and R2.

    python ltv_side_by_side.py PROGRAM DATA ROUNDS

Both learn from the features, and from the division of the customers, that the peer makes. Seconds are those of the
stage alone, as each program reports them; peak memory is that of the whole process, as the operating system reports it.
"""

import json
import os
import statistics
import sys

import process

program, data, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
peer = os.path.join(os.path.dirname(__file__), "pipeline_peer.py")
orders, matrix = f"{data}/transactions.parquet", f"{data}/spend.bin"
NAMES = {"linear": "linear", "forest": "random_forest", "xg_boost": "xgboost", "light_gbm": "lightgbm"}


def measure(command):
    """Seconds of the stage, R2 and cross-validated R2 by model, and the peak memory in megabytes."""
    printed, _, megabytes = process.run(command)
    lines = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    seconds = [line["seconds"] for line in lines if line.get("stage") == "ltv"][-1]
    models = {}
    for line in lines:
        if str(line.get("stage", "")).startswith("ltv:"):
            models[line["stage"][4:]] = line["r2"], line["cv_r2"]
        elif "model" in line:
            kind = line["model"] if isinstance(line["model"], str) else next(iter(line["model"]))
            models[NAMES[kind]] = line["r2"], line["cv_r2"]
    return seconds, models, megabytes


def main():
    stage = [peer, orders, "--stages", "ltv"]
    process.run([sys.executable, *stage, "--export", matrix])
    listed = {
        "regulars": [program, matrix],
        "scikit-learn": [sys.executable, *stage],
        "intel": [sys.executable, "-m", "sklearnex", *stage],
    }
    found = {name: [] for name in listed}
    for _ in range(rounds):
        for name, command in listed.items():
            found[name].append(measure(command))
    ours = statistics.median(seconds for seconds, _, _ in found["regulars"])
    print(f"load {os.getloadavg()[0]:.1f}")
    for name, runs in found.items():
        seconds = statistics.median(run[0] for run in runs)
        memory = statistics.median(run[2] for run in runs)
        print(f"{name}: {seconds:.2f} s ({seconds / ours:.1f} times), peak {memory:.0f} MB")
        for model, (r2, cv_r2) in runs[0][1].items():
            print(f"    {model}: R2 {r2:.4f}, cross-validated {cv_r2:.4f}")


main()
