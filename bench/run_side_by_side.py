"""Runs the whole job of the peers and ours in turn and prints medians and ratios of whole processes.

    python run_side_by_side.py PROGRAM DATA ROUNDS

Seconds and peak memory are those of the process from its start to its end, as the operating system reports
them: imports and start-up count on every side, as they do for whoever waits.
"""

import os
import statistics
import sys
import tempfile

import process

program, data, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
peer = os.path.join(os.path.dirname(__file__), "pipeline_peer.py")


def main():
    with tempfile.TemporaryDirectory() as home:
        config = f"{home}/regulars.toml"
        with open(config, "w") as file:
            file.write("[value]\ncross_validate = true\n")
        orders = f"{data}/transactions.parquet"
        whole = [peer, orders]
        listed = {
            "regulars": [program, "-q", "--home", home, "--config", config, "run", "--no-reuse", "--name", "bench", orders],
            "scikit-learn": [sys.executable, *whole],
            "intel": [sys.executable, "-m", "sklearnex", *whole, "--silhouette-sample", "10000"],
        }
        found = {name: [] for name in listed}
        for _ in range(rounds):
            for name, command in listed.items():
                _, seconds, megabytes = process.run(command)
                found[name].append((seconds, megabytes))
    print(f"load {os.getloadavg()[0]:.1f}")
    median = {name: [statistics.median(column) for column in zip(*runs)] for name, runs in found.items()}
    seconds, megabytes = median["regulars"]
    for name, (its_seconds, its_megabytes) in median.items():
        print(
            f"{name}: {its_seconds:.2f} s ({its_seconds / seconds:.1f} times),"
            f" peak {its_megabytes:.0f} MB ({its_megabytes / megabytes:.1f} times)"
        )


main()
