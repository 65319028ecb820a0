#!/usr/bin/env bash
# The SELECTs of sql/rfm_analysis.sql over PostgreSQL's protocol: `regulars serve --pg` against a PostgreSQL server with the
# tables and indexes of sql/setup_database.sql, open connections, both warm, alternating.
#
#   ./dev bench sql_wire [CUSTOMERS] [ROUNDS] [MEMORY_MB]       1000000 customers, 3 rounds, 4096 MB per connection
#
# The server has shared_buffers = 1GB and work_mem = 64MB. Prints each query's medians, the sums and their ratio.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
customers=${1:-1000000}
rounds=${2:-3}
memory_mb=${3:-4096}
source bench/lib/setup.sh
source bench/lib/postgres.sh
need_python psycopg
command -v psql >/dev/null || { echo "missing: psql (Debian package postgresql-client)" >&2; exit 2; }
build
start_postgres
trap stop_postgres EXIT
psql -qX -c "ALTER SYSTEM SET shared_buffers = '1GB'" -c "ALTER SYSTEM SET work_mem = '64MB'"
(cd / && "${as_server[@]}" env PATH="$PATH" pg_ctl -D "$pg_folder/data" -w -l "$pg_folder/log" \
    -o "-k $pg_folder -c listen_addresses=''" restart) >/dev/null
program=$programs/regulars
make_shop "$customers" csv
# A run with all steps, and its tables as CSV; both kept.
home=$data/wire_home
if [[ ! -d "$home/datasets" ]]; then
    "$program" -q --home "$home" run --name synthetic "$data/transactions.csv" --customers "$data/customers.csv" >/dev/null || (($? == 1))
fi
if [[ ! -d "$data/exported" ]]; then
    "$program" -q --home "$home" export all --name synthetic --out "$data/exporting"
    mv "$data/exporting" "$data/exported"
fi
psql -qX -v ON_ERROR_STOP=1 -v "data=$data/exported" -f sql/setup_database.sql >/dev/null
"$python" bench/sql_wire.py "$program" "$home" "$rounds" "$memory_mb"
