#!/usr/bin/env bash
# Publishing a run to PostgreSQL: `regulars publish`, psql's \copy of the same rows with the same tables, indexes and
# views, alternating; then a smaller run against pandas to_sql with its defaults over psycopg 3.
#
#   ./dev bench sql [CUSTOMERS] [ROUNDS] [CUSTOMERS FOR PANDAS]       1000000 customers, 3 rounds, 100000 for pandas
#
# The server is one of its own, with default settings. Prints medians and ratios.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
customers=${1:-1000000}
rounds=${2:-3}
smaller=${3:-100000}
source bench/lib/setup.sh
source bench/lib/postgres.sh
need_python 'pandas, pyarrow, psycopg, sqlalchemy'
command -v psql >/dev/null || { echo "missing: psql (Debian package postgresql-client)" >&2; exit 2; }
build
start_postgres
trap stop_postgres EXIT
program=$programs/regulars

# A run with all steps, kept.
make_run() {
    make_shop "$1" csv
    home=$data/home
    if [[ ! -d "$home/datasets" ]]; then
        "$program" -q --home "$home" run --name bench "$data/transactions.csv" --customers "$data/customers.csv" >/dev/null || (($? == 1))
    fi
}
if ((customers > 0)); then
    make_run "$customers"
    "$python" bench/sql_publish.py "$program" "$home" "$rounds" psql
fi
if ((smaller > 0)); then
    make_run "$smaller"
    "$python" bench/sql_publish.py "$program" "$home" "$rounds" psql pandas
fi
