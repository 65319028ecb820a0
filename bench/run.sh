#!/usr/bin/env bash
# The whole pipeline from orders to predictions: `regulars run`, pipeline_peer.py with scikit-learn, and the same with
# scikit-learn-intelex and a silhouette of 10,000 customers, alternating.
#
#   ./dev bench run [CUSTOMERS] [ROUNDS]       50000 customers, 3 rounds
#
# Regulars reads, checks and stores everything, scores, clusters with the exact silhouette, fits six
# buy-till-you-die models and five learned ones at up to four cutoffs, cross-validates these, and forecasts.
#
# Prints medians and ratios.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
customers=${1:-50000}
rounds=${2:-3}
source bench/lib/setup.sh
need_python 'polars, sklearn, sklearnex, lightgbm, xgboost'
build
make_shop_for_peers "$customers"
exec "$python" bench/run_side_by_side.py "$programs/regulars" "$data" "$rounds"
