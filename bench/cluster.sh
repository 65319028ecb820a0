#!/usr/bin/env bash
# K-means for k = 2..10 with the exact silhouette: Regulars, scikit-learn and scikit-learn-intelex, alternating, on the
# same matrix, with the same number of restarts.
#
#   ./dev bench cluster [CUSTOMERS] [ROUNDS]       50000 customers, 3 rounds
#
# Then the kernels against the hardware limit, and scaling with customers, features and clusters.
#
# Needs Python with numpy, pyarrow, polars, scikit-learn and scikit-learn-intelex ($PYTHON), and
# ../shared/bench (or $REGULARS_BENCH) with gen.py and peers/pipeline.py. Prints medians and ratios.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
customers=${1:-50000}
rounds=${2:-3}
source bench/lib/peers.sh
need_python cluster 'numpy, pyarrow, polars, sklearn, sklearnex' 'numpy pyarrow polars scikit-learn scikit-learn-intelex'
cargo build -p regulars-models --example time_clusters --example limits >&2
make_customers "$customers" parquet
export REGULARS_BENCH_ROUNDS=$rounds
export REGULARS_BENCH_PROGRAM=$CARGO_TARGET_DIR/debug/examples/time_clusters
"$python" bench/cluster_side_by_side.py
echo
"$CARGO_TARGET_DIR/debug/examples/limits"
echo
exec "$python" bench/cluster_growth.py
