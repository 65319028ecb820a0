"""Reads a table of PostgreSQL with Regulars, connectorx and ADBC in turn, and runs Regulars from tables and from CSV.

    python sql_source_side_by_side.py PROGRAMS DATA ROUNDS STEPS

Prints medians of whole processes and ratios. The first round of reading warms the caches and is not counted.
"""

import os
import statistics
import sys
import tempfile
import urllib.parse

import process

programs, data, rounds, steps = sys.argv[1:]
rounds = int(rounds)
processors = str(len(os.sched_getaffinity(0)))
# All connect by the same socket.
address = f"postgresql://regulars@{urllib.parse.quote(os.environ['PGHOST'], safe='')}/postgres"
peer = [sys.executable, os.path.join(os.path.dirname(__file__), "sql_source_peer.py")]


def of_peer(name, connections):
    return [*peer, name, address, "transactions", "transaction_id", connections]


def measure(title, listed, warm_up, compared):
    """Prints medians of the commands, and ratios to the fastest of `compared`."""
    found = {name: [] for name in listed}
    for number in range(rounds + warm_up):
        for name, command in listed.items():
            _, seconds, megabytes = process.run(command)
            if number >= warm_up:
                found[name].append((seconds, megabytes))
    median = {name: [statistics.median(column) for column in zip(*runs)] for name, runs in found.items()}
    fastest = min(median[name][0] for name in compared)
    print(f"{title}, medians of {rounds} rounds, load {os.getloadavg()[0]:.1f}")
    for name, (seconds, megabytes) in median.items():
        print(f"  {name:36} {seconds:7.2f} s  {seconds / fastest:5.2f}  {megabytes:7.0f} MB")


def main():
    with tempfile.TemporaryDirectory() as folder:
        copy = [f"{programs}/examples/copy_table", f"{address}?table=transactions", f"{folder}/copy.parquet"]
        reading = {
            f"regulars, {processors} connections": [*copy, processors],
            "regulars, 1 connection": [*copy, "1"],
            f"connectorx, {processors} connections": of_peer("connectorx", processors),
            "connectorx, 1 connection": of_peer("connectorx", "1"),
            "adbc": of_peer("adbc", "1"),
        }
        peers = [name for name in reading if not name.startswith("regulars")]
        measure("reading the transactions", reading, 1, peers)
        os.remove(f"{folder}/copy.parquet")

        def run(name, orders, customers):
            options = ["--no-reuse", "--steps", steps, "--name", name]
            return [f"{programs}/regulars", "-q", "--home", folder, "run", *options, orders, "--customers", customers]

        runs = {
            "from CSV": run("csv", f"{data}/transactions.csv", f"{data}/customers.csv"),
            "from tables": run("tables", f"{address}?table=transactions", f"{address}?table=customers"),
        }
        measure(f"regulars run, steps {steps}", runs, 0, ["from CSV"])


main()
