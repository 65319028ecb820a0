"""Times the SELECTs of sql/rfm_analysis.sql on PostgreSQL and on `regulars serve --pg`. Called by sql_wire.sh.

Arguments: program, home, rounds, memory of the connection in MB. The server is that of PGHOST.
"""

import os
import re
import statistics
import subprocess
import sys
import time

import psycopg


def statements(path):
    """The headed SELECTs of a script, and the statements that create its views, without psql's commands."""
    selects, views, heading, lines = [], [], "", []
    branch = None
    for line in open(path):
        title = re.match(r"\\echo '([0-9]+\.[0-9].*)'", line)
        if title:
            heading = title.group(1)
        # The branch of the default method and date.
        if line.startswith("\\if"):
            branch = "method" not in line
        elif line.startswith("\\else"):
            branch = True
        elif line.startswith("\\endif"):
            branch = None
        if line.startswith("\\") or (not lines and (line.startswith("--") or not line.strip())):
            continue
        if branch is False or (branch and "by_ntile" in line):
            continue
        lines.append(line)
        text = "".join(lines)
        if line.rstrip().endswith(";") and (not text.startswith("DO $$") or line.strip().endswith("$$;")):
            lines = []
            if text.startswith("SELECT") and ":'" not in text:
                selects.append((heading, text))
            elif text.startswith("CREATE OR REPLACE VIEW") and ":'" not in text and "ntile(" not in text:
                views.append(text)
    return selects, views


def main():
    program, home, rounds, memory_mb = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    selects, views = statements("sql/rfm_analysis.sql")
    config = os.path.join(home, "wire.toml")
    with open(config, "w") as file:
        file.write(f"[serve.pg]\nmemory_mb = {memory_mb}\n")
    server = subprocess.Popen(
        [program, "--home", home, "--config", config, "serve", "--end-with-stdin", "--addr", "127.0.0.1:0", "--pg", "127.0.0.1:0"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    port = None
    while port is None:
        found = re.search(r"postgres://127\.0\.0\.1:([0-9]+)", server.stderr.readline())
        port = found and found.group(1)
    postgres = psycopg.connect("", autocommit=True)
    postgres.execute("SET search_path TO synthetic")
    for view in views:
        postgres.execute(view)
    wire = psycopg.connect(f"host=127.0.0.1 port={port} user=bench dbname=synthetic", autocommit=True)
    times = {}
    for round_number in range(rounds + 1):
        for heading, sql in selects:
            for name, connection in (("postgres", postgres), ("wire", wire)):
                started = time.perf_counter()
                try:
                    connection.execute(sql).fetchall()
                except psycopg.Error as error:
                    print(f"{name} failed: {heading}: {str(error).splitlines()[0]}")
                    continue
                # The first round warms both.
                if round_number > 0:
                    times.setdefault((heading, sql), {}).setdefault(name, []).append(time.perf_counter() - started)
    sums = {"postgres": 0.0, "wire": 0.0}
    slower = 0
    print(f"{'query':<44} {'PostgreSQL s':>13} {'wire s':>9} {'ratio':>7}")
    for (heading, _), of in times.items():
        if len(of) < 2:
            continue
        median = {name: statistics.median(seconds) for name, seconds in of.items()}
        for name, seconds in median.items():
            sums[name] += seconds
        slower += median["wire"] > median["postgres"]
        print(f"{heading[:44]:<44} {median['postgres']:>13.4f} {median['wire']:>9.4f} {median['postgres'] / median['wire']:>7.1f}")
    print(f"{'all':<44} {sums['postgres']:>13.2f} {sums['wire']:>9.2f} {sums['postgres'] / sums['wire']:>7.1f}")
    print(f"{slower} of {len(times)} queries are slower over the wire")
    server.stdin.close()
    server.wait()


main()
