#!/usr/bin/env bash
# Recency, frequency, monetary value, quintile scores and segments from an orders file to Parquet:
# Regulars beside Polars, DuckDB and pandas, in turn, on the same data, as whole processes.
#
#   ./dev bench rfm [CUSTOMERS] [ROUNDS]       1000000 customers, 5 rounds
#
# Needs Python with numpy, pyarrow, polars, duckdb and pandas ($PYTHON), and ../shared/bench (or
# $REGULARS_BENCH) with gen.py and peers/pipeline.py. Prints medians and ratios to the faster peer.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
customers=${1:-1000000}
rounds=${2:-5}
python=${PYTHON:-python3}
peers=${REGULARS_BENCH:-../shared/bench}
data=${TMPDIR:-/tmp}/regulars-bench-$customers
if ! "$python" -c 'import numpy, pyarrow, polars, duckdb, pandas' 2>/dev/null; then
    echo "missing: numpy pyarrow polars duckdb pandas for $python; try:" >&2
    echo "  python3 -m venv venv && venv/bin/pip install numpy pyarrow polars duckdb pandas && PYTHON=venv/bin/python ./dev bench rfm" >&2
    exit 2
fi
cargo build -p regulars-cli --bin regulars --examples >&2
[[ -f "$data/transactions.csv" ]] || "$python" "$peers/gen.py" --customers "$customers" --out "$data" >&2
export REGULARS_BENCH_DATA=$data REGULARS_BENCH_PEER=$peers/peers/pipeline.py REGULARS_BENCH_ROUNDS=$rounds
export REGULARS_BENCH_PROGRAM=$CARGO_TARGET_DIR/debug/regulars
exec "$python" bench/side_by_side.py
