#!/usr/bin/env bash
# The whole pipeline from orders to predictions: `regulars run`, pipeline.py with scikit-learn, and pipeline.py with
# scikit-learn-intelex and a silhouette of 10,000 customers, alternating.
#
#   ./dev bench run [CUSTOMERS] [ROUNDS]       50000 customers, 3 rounds
#
# Regulars reads, checks and stores everything, scores, clusters with the exact silhouette, fits six
# buy-till-you-die models and five learned ones at up to four cutoffs, cross-validates these, and forecasts.
#
# Needs Python with numpy, pyarrow, polars, scikit-learn, scikit-learn-intelex, lightgbm and xgboost
# ($PYTHON), and ../shared/bench (or $REGULARS_BENCH) with gen.py and peers/pipeline.py. Prints medians
# and ratios.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
customers=${1:-50000}
rounds=${2:-3}
source bench/lib/peers.sh
need_python run 'numpy, pyarrow, polars, sklearn, sklearnex, lightgbm, xgboost' 'numpy pyarrow polars scikit-learn scikit-learn-intelex lightgbm xgboost-cpu'
cargo build -p regulars-cli --bin regulars >&2
make_customers "$customers" parquet
export REGULARS_BENCH_ROUNDS=$rounds
export REGULARS_BENCH_PROGRAM=$CARGO_TARGET_DIR/debug/regulars
exec "$python" bench/run_side_by_side.py
