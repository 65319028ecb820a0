"""Publishes the run of a home to PostgreSQL: `regulars publish`, and peers with the same rows, round by round.

    python sql_publish.py PROGRAM HOME ROUNDS PEER...        psql, pandas

- psql creates the same tables, comments and views (as pg_dump writes them), loads the exported CSV files with \\copy,
  and creates the same keys and indexes, in one transaction. Exporting is not counted.
- pandas writes the tables with `to_sql` and its defaults over psycopg 3, without keys and indexes. Only `to_sql` is
  counted, not reading.

Every round has a new database. The server is the one of PGHOST and PGUSER. Prints medians and ratios.
"""

import glob
import json
import os
import statistics
import subprocess
import sys
import tempfile

import process

program, home, rounds, peers = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
pandas_peer = os.path.join(os.path.dirname(__file__), "sql_pandas.py")


def query(text, database="postgres"):
    command = ["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", text]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def new_database():
    query("DROP DATABASE IF EXISTS bench")
    query("CREATE DATABASE bench")
    query("CHECKPOINT")


def publish():
    """Seconds of `regulars publish`."""
    target = f"postgres:///bench?host={os.environ['PGHOST']}&user=regulars"
    return process.run([program, "-q", "--home", home, "publish", "--to", target])[1]


def dump(section):
    command = ["pg_dump", "-d", "bench", "-n", "regulars", f"--section={section}"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def script(folder, relations):
    """The script of psql, from what `regulars publish` has created."""
    copies = []
    for name, relation in relations.items():
        # Missing values and empty text look the same in CSV.
        texts = query(
            "SELECT string_agg(quote_ident(attname), ',') FROM pg_attribute "
            f"WHERE attrelid = '{relation}'::regclass AND attnotnull AND atttypid = 'text'::regtype",
            "bench",
        )
        required = f", force_not_null ({texts})" if texts else ""
        copies.append(f"\\copy {relation} from '{folder}/{name}.csv' with (format csv, header true{required})\n")
    analyses = [f"ANALYZE {relation};\n" for relation in relations.values()]
    path = f"{folder}/script.sql"
    with open(path, "w") as out:
        out.writelines([dump("pre-data"), *copies, dump("post-data"), *analyses])
    return path


def count(relations):
    return {name: int(query(f"SELECT count(*) FROM {relation}", "bench")) for name, relation in relations.items()}


def main():
    seconds = {name: [] for name in ["regulars publish", *peers]}
    with tempfile.TemporaryDirectory(dir=os.environ.get("REGULARS_BENCH_CSV")) as folder:
        subprocess.run([program, "-q", "--home", home, "export", "all", "--out", folder], check=True)
        os.chmod(folder, 0o755)
        size = sum(os.path.getsize(path) for path in glob.glob(f"{folder}/*.csv"))
        new_database()
        publish()
        tables = query("SET search_path TO pg_catalog; SELECT name, relation FROM regulars.regulars_tables ORDER BY 1", "bench")
        relations = dict(line.split("|") for line in tables.splitlines())
        path, rows = script(folder, relations), count(relations)
        disk = query("SELECT pg_size_pretty(pg_database_size('bench'))")
        # The first publication above warmed the caches and is not counted.
        for _ in range(rounds):
            new_database()
            seconds["regulars publish"].append(publish())
            if "psql" in peers:
                new_database()
                command = ["psql", "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-d", "bench", "-f", path]
                seconds["psql"].append(process.run(command)[1])
                assert count(relations) == rows, "psql loaded other rows"
            if "pandas" in peers:
                new_database()
                printed = process.run([sys.executable, pandas_peer, folder, "bench"])[0]
                taken, written = printed.split()
                assert int(written) == sum(rows.values()), f"pandas wrote {written} rows"
                seconds["pandas"].append(float(taken))
        query("DROP DATABASE bench")
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    total = sum(rows.values())
    print(f"\n{len(rows)} tables, {total:,} rows, {size / 1e6:,.0f} MB as CSV, {disk} in the database, {rounds} rounds, medians")
    for name, values in seconds.items():
        of = medians[name]
        print(
            f"  {name:18} {of:8.2f} s  {total / of / 1000:7.0f} thousand rows/s"
            f"  {of / medians['regulars publish']:6.2f} x    rounds: {', '.join(f'{value:.2f}' for value in values)}"
        )
    print(f"  load of the machine now: {', '.join(f'{load:.2f}' for load in os.getloadavg())}")
    print(json.dumps({"rows": total, "seconds": seconds}))


main()
