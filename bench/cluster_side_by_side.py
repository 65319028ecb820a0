"""Runs the clustering stage of the peers and ours in turn and prints medians, ratios and inertia.

    python cluster_side_by_side.py PROGRAM DATA ROUNDS

Both cluster the matrix that the peer makes. Seconds are those of the stage alone, as each program reports them; peak
memory is that of the whole process, as the operating system reports it.
"""

import json
import os
import statistics
import sys

import process

program, data, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
peer = os.path.join(os.path.dirname(__file__), "pipeline_peer.py")
orders, matrix = f"{data}/transactions.parquet", f"{data}/matrix.bin"


def measure(command):
    """The last JSON line about clusters, and the peak memory of the process in megabytes."""
    printed, _, megabytes = process.run(command)
    lines = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    found = [line for line in lines if line.get("stage", "cluster") == "cluster"][-1]
    if "silhouette_seconds" in found:
        found["kmeans_seconds"] = found["seconds"] - found["silhouette_seconds"]
    return found, megabytes


def commands():
    """What is compared: with very many customers K-means alone, as scikit-learn's exact silhouette would take days."""
    stage = [peer, orders, "--stages", "cluster"]
    sampled = [*stage, "--silhouette-sample", "10000"]
    with open(matrix, "rb") as source:
        rows = int.from_bytes(source.read(8), "little")
    if rows > 200_000:
        return {
            "regulars (no silhouette)": [program, matrix, "--no-silhouette"],
            "scikit-learn (silhouette of 10000 rows)": [sys.executable, *sampled],
            "intel (silhouette of 10000 rows)": [sys.executable, "-m", "sklearnex", *sampled],
        }
    return {
        "regulars (exact silhouette)": [program, matrix],
        "regulars, with stability, references and choice": [program, matrix, "--choose"],
        "scikit-learn (exact silhouette)": [sys.executable, *stage],
        "intel (silhouette of 10000 rows)": [sys.executable, "-m", "sklearnex", *sampled],
    }


def main():
    process.run([sys.executable, peer, orders, "--stages", "cluster", "--export", matrix])
    listed = commands()
    found = {name: [] for name in listed}
    for _ in range(rounds):
        for name, command in listed.items():
            found[name].append(measure(command))
    ours = next(iter(listed))
    median = lambda name, key: statistics.median(run[key] for run, _ in found[name])
    memory = {name: statistics.median(peak for _, peak in runs) for name, runs in found.items()}
    for name in listed:
        seconds = median(name, "seconds")
        print(
            f"{name:50} {seconds:8.3f} s  {seconds / median(ours, 'seconds'):6.2f} x ours"
            f"  {memory[name]:6.0f} MB  {memory[name] / memory[ours]:5.2f} x ours"
            f"  (fastest {min(run['seconds'] for run, _ in found[name]):.3f} s)"
        )
        if "kmeans_seconds" in found[name][0][0]:
            kmeans = median(name, "kmeans_seconds")
            print(f"{'  K-means alone':50} {kmeans:8.3f} s  {kmeans / median(ours, 'kmeans_seconds'):6.2f} x ours")
    for name in (name for name in listed if not name.startswith("regulars")):
        best = found[name][0][0]["inertia"]
        worse = [100 * (a / b - 1) for a, b in zip(found[ours][0][0]["inertia"], best)]
        print(f"our inertia against {name}, k = 2..10, in %: {' '.join(f'{w:+.3f}' for w in worse)}")


main()
