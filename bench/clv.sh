#!/usr/bin/env bash
# Fits of BG/NBD, Pareto/NBD and Gamma-Gamma and forecasts of a year: Regulars beside `lifetimes`, on
# the same customers, and how Regulars grows.
#
#   ./dev bench clv [CUSTOMERS_BESIDE] [CUSTOMERS_AT_MOST] [HISTORIES.csv]     50000, 10000000
#
# Needs Python with numpy, pandas and lifetimes ($PYTHON). A table customer_id,x,t_x,T,m (in days) of
# one's own can be given in place of the drawn customers. Times are of the fits alone, in seconds,
# without reading.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
beside=${1:-50000}
at_most=${2:-10000000}
own=${3:-}
python=${PYTHON:-python3}
data=${TMPDIR:-/tmp}/regulars-bench-clv
mkdir -p "$data"
if ! "$python" -c 'import numpy, pandas, lifetimes' 2>/dev/null; then
    echo "missing: numpy pandas lifetimes for $python; try:" >&2
    echo "  python3 -m venv venv && venv/bin/pip install numpy pandas lifetimes && PYTHON=venv/bin/python ./dev bench clv" >&2
    exit 2
fi
cargo build -p regulars-models --example clv >&2
program=$CARGO_TARGET_DIR/debug/examples/clv

table() {
    local file=$data/customers_$1.csv
    [[ -f "$file" ]] || "$python" bench/clv_customers.py "$1" "$file" >&2
    echo "$file"
}

file=${own:-$(table "$beside")}
echo "== regulars, $file"
"$program" "$file" days bg_nbd predict pareto_nbd predict gamma_gamma
echo "== lifetimes, $file"
"$python" bench/clv_lifetimes.py "$file" bg_nbd pareto_nbd gamma_gamma | tee "$data/lifetimes.txt"
echo "== log-likelihoods of the parameters that lifetimes found"
grep -oE '(bg|pareto)_nbd:[0-9.,e+-]+' "$data/lifetimes.txt" | xargs -r "$program" "$file" days
customers=1000
while ((customers <= at_most)); do
    file=$(table "$customers")
    echo "== regulars, $customers customers"
    "$program" "$file" days bg_nbd predict pareto_nbd predict gamma_gamma
    customers=$((customers * 10))
done
