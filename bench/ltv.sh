#!/usr/bin/env bash
# Learned models of spend, each with five-fold cross-validation: Regulars, scikit-learn and scikit-learn-intelex,
# alternating, on the same features, customers and numbers of trees.
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
source bench/lib/peers.sh
need_python ltv 'numpy, pyarrow, polars, sklearn, sklearnex, lightgbm, xgboost' 'numpy pyarrow polars scikit-learn scikit-learn-intelex lightgbm xgboost-cpu'
cargo build -p regulars-learners --example time_learners >&2
make_customers "$customers" parquet
export REGULARS_BENCH_ROUNDS=$rounds
export REGULARS_BENCH_PROGRAM=$CARGO_TARGET_DIR/debug/examples/time_learners
exec "$python" bench/ltv_side_by_side.py
