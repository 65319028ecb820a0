#!/usr/bin/env bash
# Recency, frequency, monetary value, quintile scores and segments from an orders file to Parquet:
# Regulars, Polars, DuckDB and pandas, alternating, on the same data, as whole processes.
#
#   ./dev bench rfm [CUSTOMERS] [ROUNDS]       1000000 customers, 5 rounds
#
# Needs Python with numpy, pyarrow, polars, duckdb and pandas ($PYTHON), and ../shared/bench (or
# $REGULARS_BENCH) with gen.py and peers/pipeline.py. Prints medians and ratios to the faster peer.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
customers=${1:-1000000}
rounds=${2:-5}
source bench/lib/peers.sh
need_python rfm 'numpy, pyarrow, polars, duckdb, pandas' 'numpy pyarrow polars duckdb pandas'
cargo build -p regulars-cli --bin regulars --examples >&2
make_customers "$customers" csv
export REGULARS_BENCH_ROUNDS=$rounds
export REGULARS_BENCH_PROGRAM=$CARGO_TARGET_DIR/debug/regulars
exec "$python" bench/side_by_side.py
