#!/usr/bin/env bash
# Recency, frequency, monetary value, quintile scores and segments from an orders file to Parquet:
# Regulars, Polars, DuckDB and pandas, alternating, on the same data, as whole processes.
#
#   ./dev bench rfm [CUSTOMERS] [ROUNDS]       1000000 customers, 5 rounds
#
# Prints medians and ratios to the faster peer.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
customers=${1:-1000000}
rounds=${2:-5}
source bench/lib/setup.sh
need_python 'polars, duckdb, pandas, pyarrow'
build
make_shop_for_peers "$customers"
exec "$python" bench/rfm_side_by_side.py "$programs/regulars" "$data" "$rounds"
