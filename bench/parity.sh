#!/usr/bin/env bash
# Checks that results have not changed: compares the result tables of five runs with those of an earlier commit,
# cell by cell, applying the renames in bench/parity_renames.txt.
#
#   ./dev bench parity [COMMIT]        the last commit before the renames began
#
# Builds COMMIT in a worktree and keeps its tables in $TMPDIR, so a second call only compares. Needs Python with
# pyarrow ($PYTHON), and the public data sets (docs and licences in fixtures/SOURCES.md) in $REGULARS_DATA
# (../shared/data): completejourney_transactions.parquet, completejourney_products.csv.gz,
# online_retail_II_invoices.csv, cdnow_master.csv.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
base=$(git rev-parse --short=10 "${1:-d465cb1}")
data=${REGULARS_DATA:-../shared/data}
source bench/lib/peers.sh
need_python parity 'pyarrow' 'pyarrow'
kept=${TMPDIR:-/tmp}/regulars-parity
for file in completejourney_transactions.parquet completejourney_products.csv.gz online_retail_II_invoices.csv cdnow_master.csv; do
    if [[ ! -f "$data/$file" ]]; then
        echo "missing: $data/$file; set REGULARS_DATA to the folder that has it" >&2
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

program=$CARGO_TARGET_DIR/debug/regulars
if [[ ! -d "$kept/$base" ]]; then
    rm -rf "$kept/worktree"
    git worktree prune
    git worktree add --detach "$kept/worktree" "$base" >&2
    (cd "$kept/worktree" && ./dev setup && cargo build -p regulars-cli --bin regulars --examples) >&2
    for preset in synthetic kaggle; do
        "$program" -q synth --preset "$preset" --out "$kept/shops/$preset" >/dev/null
    done
    run_all "$program" "$kept/new"
    mv "$kept/new" "$kept/$base"
    git worktree remove --force "$kept/worktree"
    ./dev setup
fi
cargo build -p regulars-cli --bin regulars --examples >&2
run_all "$program" "$kept/now"
exec "$python" bench/parity.py "$kept/$base" "$kept/now" bench/parity_renames.txt
