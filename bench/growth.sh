#!/usr/bin/env bash
# Scaling of time and memory of `regulars score` and `regulars run` with the number of customers,
# without and with a memory limit.
#
#   ./dev bench growth [CUSTOMERS ...]       100000 1000000 10000000
#
# Needs Python with numpy and pyarrow ($PYTHON) and ../shared/bench (or $REGULARS_BENCH) with gen.py.
# LIMIT (default 2GiB) is the limit of the second `run`. Ten million customers take 2 GB of disk.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=${PYTHON:-python3}
peers=${REGULARS_BENCH:-../shared/bench}
sizes=("$@")
((${#sizes[@]})) || sizes=(100000 1000000 10000000)
if ! "$python" -c 'import numpy, pyarrow' 2>/dev/null; then
    echo "missing: numpy pyarrow for $python; try:" >&2
    echo "  python3 -m venv venv && venv/bin/pip install numpy pyarrow && PYTHON=venv/bin/python ./dev bench growth" >&2
    exit 2
fi
cargo build -p regulars-cli --bin regulars --examples >&2
for customers in "${sizes[@]}"; do
    data=${TMPDIR:-/tmp}/regulars-bench-$customers
    [[ -f "$data/transactions.parquet" ]] ||
        "$python" "$peers/gen.py" --customers "$customers" --out "$data" --format parquet >&2
done
exec "$python" bench/growth.py "$CARGO_TARGET_DIR/debug/regulars" "${TMPDIR:-/tmp}" "${LIMIT:-2GiB}" "${sizes[@]}"
