#!/usr/bin/env bash
# Learned models of spend, each with five-fold cross-validation: Regulars, scikit-learn and scikit-learn-intelex,
# alternating, on the same features, customers and numbers of trees.
#
#   ./dev bench ltv [CUSTOMERS] [ROUNDS]       50000 customers, 3 rounds
#
# Prints medians and ratios.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
customers=${1:-50000}
rounds=${2:-3}
source bench/lib/setup.sh
need_python 'polars, sklearn, sklearnex, lightgbm, xgboost'
build -p regulars-learners --example time_learners
make_shop_for_peers "$customers"
exec "$python" bench/ltv_side_by_side.py "$programs/examples/time_learners" "$data" "$rounds"
