"""Runs commands in turn, round by round, and prints medians of wall time and peak memory.

    python rfm_side_by_side.py PROGRAM DATA ROUNDS

Whole processes are measured by the operating system's own accounting of each finished child.
The first round warms the caches and is not counted. Prints one JSON line a command at the end.
"""

import json
import os
import statistics
import sys
import tempfile

import process

program, data, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
peer = os.path.join(os.path.dirname(__file__), "pipeline_peer.py")


def commands(kind, folder):
    """The commands to compare on one kind of file."""
    source = f"{data}/transactions.{kind}"
    run = [program, "-q", "--home", f"{folder}/home", "run", "--no-reuse", "--steps", "scores", "--name", "bench", source]
    # The peers' scores are NTILE's, so ours are, too.
    score = [program, "-q", "score", "--method", "ntile", source, "--out", f"{folder}/scores.parquet"]
    listed = {"regulars score": score, "regulars run (all features, checks, a kept run)": run}
    for engine in ("polars", "duckdb", "pandas"):
        listed[engine] = [sys.executable, peer, source, "--engine", engine, "--stages", "rfm"]
    return listed


def measure(command):
    """Wall seconds and peak megabytes of one process."""
    _, seconds, megabytes = process.run(command)
    return seconds, megabytes


def main():
    results = []
    for kind in ("parquet", "csv"):
        with tempfile.TemporaryDirectory() as folder:
            listed = commands(kind, folder)
            seconds = {name: [] for name in listed}
            memory = {name: [] for name in listed}
            for number in range(rounds + 1):
                for name, command in listed.items():
                    wall, peak = measure(command)
                    if number > 0:
                        seconds[name].append(wall)
                        memory[name].append(peak)
        wall = {name: statistics.median(values) for name, values in seconds.items()}
        peak = {name: statistics.median(values) for name, values in memory.items()}
        fastest = min(wall["polars"], wall["duckdb"])
        leanest = min(peak["polars"], peak["duckdb"])
        print(f"\nfrom {kind}, {rounds} rounds, medians")
        for name in listed:
            line = (
                f"  {name:48} {wall[name]:7.2f} s  {wall[name] / fastest:5.2f} x the faster peer"
                f"  {peak[name]:7.0f} MB  {peak[name] / leanest:5.2f} x the leaner"
            )
            print(line)
            results.append(
                {"source": kind, "command": name, "seconds": round(wall[name], 3), "peak_mb": round(peak[name])}
            )
    for result in results:
        print(json.dumps(result))


main()
