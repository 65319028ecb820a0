# Sourced by the benchmarks: the Python to use, the programs to time, the orders to time them with.

python=${PYTHON:-python3}
programs=${REGULARS_BENCH_PROGRAMS:-${CARGO_TARGET_DIR:-target}/debug}

# Exits with a hint unless Python has the modules, e.g. `polars, sklearn`.
need_python() {
    if "$python" -c "import $1" 2>/dev/null; then
        return
    fi
    echo "$python does not have all of: $1; set it up with" >&2
    echo "  python3 -m venv target/venv && target/venv/bin/pip install -r bench/requirements.txt" >&2
    echo "and set PYTHON=target/venv/bin/python" >&2
    exit 2
}

# Builds `regulars` and, with arguments for cargo, examples, unless REGULARS_BENCH_PROGRAMS is a folder that has them.
build() {
    if [[ -n "${REGULARS_BENCH_PROGRAMS:-}" ]]; then
        return
    fi
    # --examples as in `./dev demo`, which then shares its DataFusion.
    cargo build -p regulars-cli --bin regulars --examples >&2
    if (($#)); then
        cargo build "$@" >&2
    fi
}

# Generates a shop once: number of customers, and csv or parquet. Sets `data`.
make_shop() {
    data=${TMPDIR:-/tmp}/regulars-bench/$1-$2
    if [[ ! -f "$data/transactions.$2" ]]; then
        "$programs/regulars" -q synth --customers "$1" --files "$2" --out "$data" >&2
    fi
}

# Generates a shop as CSV and, with the same values, as Parquet with money as float64: `regulars synth` writes decimals,
# which pandas reads as Python objects. Needs polars.
make_shop_for_peers() {
    make_shop "$1" csv
    if [[ ! -f "$data/transactions.parquet" ]]; then
        "$python" - "$data" <<'PYTHON'
import sys, polars
polars.scan_csv(f"{sys.argv[1]}/transactions.csv", try_parse_dates=True).sink_parquet(f"{sys.argv[1]}/unfinished")
PYTHON
        mv "$data/unfinished" "$data/transactions.parquet"
    fi
}
