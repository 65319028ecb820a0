#!/usr/bin/env bash
# Fits of BG/NBD, Pareto/NBD and Gamma-Gamma and one-year forecasts: Regulars and `lifetimes` on the same
# customers, then scaling of Regulars alone. Medians of several rounds, as ratios, with the log-likelihoods
# of both by one formula and peak memory.
#
#   ./dev bench clv [CUSTOMERS_BESIDE] [CUSTOMERS_AT_MOST] [ROUNDS] [HISTORIES.csv]     50000, 10000000, 3
#
# A table customer_id,x,t_x,T,m (in days) can replace the simulated customers. Times are seconds for the fits only,
# without reading.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
beside=${1:-50000}
at_most=${2:-10000000}
rounds=${3:-3}
own=${4:-}
source bench/lib/setup.sh
data=${TMPDIR:-/tmp}/regulars-bench/clv
mkdir -p "$data"
need_python 'numpy, pandas, lifetimes'
build -p regulars-models --example clv
program=$programs/examples/clv

table() {
    local file=$data/customers_$1.csv
    [[ -f "$file" ]] || "$python" bench/clv_customers.py "$1" "$file" >&2
    echo "$file"
}

# The CDNOW sample in the models' format: mean spend of the repeat purchases as m.
cdnow=$data/cdnow.csv
sed '1s/\bm_x\b/m/' fixtures/golden/cdnow_sample.csv >"$cdnow"

"$python" bench/clv_side_by_side.py beside "$program" "$cdnow" "$rounds" bg_nbd pareto_nbd gamma_gamma
"$python" bench/clv_side_by_side.py beside "$program" "${own:-$(table "$beside")}" "$rounds" bg_nbd pareto_nbd gamma_gamma
customers=1000
while ((customers <= at_most)); do
    "$python" bench/clv_side_by_side.py alone "$program" "$(table "$customers")" "$rounds" bg_nbd pareto_nbd gamma_gamma
    customers=$((customers * 10))
done
