#!/usr/bin/env bash
# Reading orders from PostgreSQL: a table copied to Parquet by Regulars, read into Arrow by connectorx and by ADBC; and
# `regulars run` from the tables against the same run from CSV. Alternating, whole processes, on a server of its own.
#
#   bench/sql_source.sh [CUSTOMERS] [ROUNDS] [STEPS]       1000000 customers, 3 rounds, all steps
#
# Needs PostgreSQL, and connectorx, adbc-driver-postgresql and adbc-driver-manager in Python. Prints medians and ratios.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
customers=${1:-1000000}
rounds=${2:-3}
steps=${3:-all}
source bench/lib/setup.sh
source bench/lib/postgres.sh
need_python 'connectorx, adbc_driver_postgresql, pyarrow'
build -p regulars-cli --bin regulars -p regulars-postgres --examples
make_shop "$customers" csv

start_postgres
trap stop_postgres EXIT
psql -X -q -v ON_ERROR_STOP=1 <<SQL
CREATE TABLE transactions (transaction_id bigint PRIMARY KEY, customer_id bigint NOT NULL,
    transaction_date timestamp NOT NULL, product_category text, price numeric(10, 2), quantity integer,
    payment_method text, status text, total_amount numeric(12, 2));
CREATE TABLE customers (customer_id bigint PRIMARY KEY, age integer, gender text, city text, customer_type text,
    registration_date date);
\copy transactions FROM '$data/transactions.csv' CSV HEADER
\copy customers FROM '$data/customers.csv' CSV HEADER
VACUUM ANALYZE;
SQL
"$python" bench/sql_source_side_by_side.py "$programs" "$data" "$rounds" "$steps"
