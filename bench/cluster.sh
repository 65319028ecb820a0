#!/usr/bin/env bash
# K-means for k = 2..10 with the exact silhouette: Regulars, scikit-learn and scikit-learn-intelex, alternating, on the
# same matrix, with the same number of restarts.
#
#   ./dev bench cluster [CUSTOMERS] [ROUNDS]       50000 customers, 3 rounds
#
# Then the kernels against the hardware limit, and scaling with customers, features and clusters.
#
# Prints medians and ratios.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
customers=${1:-50000}
rounds=${2:-3}
source bench/lib/setup.sh
need_python 'polars, sklearn, sklearnex'
build -p regulars-models --example time_clusters --example limits
make_shop_for_peers "$customers"
"$python" bench/cluster_side_by_side.py "$programs/examples/time_clusters" "$data" "$rounds"
echo
"$programs/examples/limits"
echo
exec "$python" bench/cluster_growth.py "$programs/examples/time_clusters" "$data"
