#!/usr/bin/env bash
# Learned models of spend, each with five-fold cross-validation: Regulars beside scikit-learn and beside
# Intel's kernels (scikit-learn-intelex), in turn, on the same features, customers and numbers of trees.
#
#   ./dev bench ltv [CUSTOMERS] [ROUNDS]       50000 customers, 3 rounds
#
# Needs Python with numpy, pyarrow, polars, scikit-learn, scikit-learn-intelex, lightgbm and xgboost
# ($PYTHON), and ../shared/bench (or $REGULARS_BENCH) with gen.py and peers/pipeline.py. Prints medians
# and ratios.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
customers=${1:-50000}
rounds=${2:-3}
python=${PYTHON:-python3}
peers=${REGULARS_BENCH:-../shared/bench}
data=${TMPDIR:-/tmp}/regulars-bench-$customers
if ! "$python" -c 'import numpy, pyarrow, polars, sklearn, sklearnex, lightgbm, xgboost' 2>/dev/null; then
    echo "missing: numpy pyarrow polars scikit-learn scikit-learn-intelex lightgbm xgboost-cpu for $python; try:" >&2
    echo "  python3 -m venv venv && venv/bin/pip install numpy pyarrow polars scikit-learn scikit-learn-intelex lightgbm xgboost-cpu && PYTHON=venv/bin/python ./dev bench ltv" >&2
    exit 2
fi
cargo build -p regulars-learners --example time_learners >&2
[[ -f "$data/transactions.parquet" ]] || "$python" "$peers/gen.py" --customers "$customers" --out "$data" >&2
export REGULARS_BENCH_DATA=$data REGULARS_BENCH_PEER=$peers/peers/pipeline.py REGULARS_BENCH_ROUNDS=$rounds
export REGULARS_BENCH_PROGRAM=$CARGO_TARGET_DIR/debug/examples/time_learners
exec "$python" bench/ltv_side_by_side.py
