#!/usr/bin/env bash
# Checks that results have not changed: compares the result tables of five runs with those of an earlier commit,
# cell by cell, applying the renames in bench/parity_renames.txt.
#
#   ./dev bench parity [COMMIT]        the last commit before the renames began
#
# Builds COMMIT in a worktree and keeps its tables in $TMPDIR, so a second call only compares. Needs public data sets
# in the folder $REGULARS_DATA; bench/README.md says where they are from.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
base=$(git rev-parse --short=10 "${1:-d465cb1}")
source bench/lib/setup.sh
need_python 'pyarrow'
data=${REGULARS_DATA:-}
if [[ -z "$data" ]]; then
    echo "set REGULARS_DATA to a folder with the public data sets; bench/README.md says where they are from" >&2
    exit 2
fi
kept=${TMPDIR:-/tmp}/regulars-parity
for file in completejourney_transactions.parquet completejourney_products.csv.gz online_retail_II_invoices.csv cdnow_master.csv; do
    if [[ ! -f "$data/$file" ]]; then
        echo "missing: $data/$file; bench/README.md says where it is from" >&2
        exit 2
    fi
done

# The five runs of PROGRAM, each in a separate home in FOLDER.
run_all() {
    local program=$1 folder=$2
    rm -rf "$folder"
    run() {
        local name=$1
        shift
        echo "$name" >&2
        "$program" -q --home "$folder/$name" run --name "$name" "$@" >/dev/null
    }
    run synthetic "$kept/shops/synthetic/transactions.parquet" --customers "$kept/shops/synthetic/customers.parquet"
    run kaggle "$kept/shops/kaggle/transactions.csv" --customers "$kept/shops/kaggle/customers.csv"
    run online_retail_ii "$data/online_retail_II_invoices.csv"
    run complete_journey "$data/completejourney_transactions.parquet" --products "$data/completejourney_products.csv.gz"
    run cdnow "$data/cdnow_master.csv"
}

if [[ ! -d "$kept/$base" ]]; then
    rm -rf "$kept/worktree"
    git worktree prune
    git worktree add --detach "$kept/worktree" "$base" >&2
    (cd "$kept/worktree" && ./dev setup && cargo build -p regulars-cli --bin regulars --examples) >&2
    program=${CARGO_TARGET_DIR:-$kept/worktree/target}/debug/regulars
    for preset in synthetic kaggle; do
        "$program" -q synth --preset "$preset" --out "$kept/shops/$preset" >/dev/null
    done
    run_all "$program" "$kept/new"
    mv "$kept/new" "$kept/$base"
    git worktree remove --force "$kept/worktree"
    ./dev setup
fi
build
run_all "$programs/regulars" "$kept/now"
exec "$python" bench/parity.py "$kept/$base" "$kept/now" bench/parity_renames.txt
