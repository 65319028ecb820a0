# Sourced by the benchmarks against peers; sets `python`, `peers` and `data`.

python=${PYTHON:-python3}
peers=${REGULARS_BENCH:-../shared/bench}

# Exits with a hint unless Python has the modules: NAME of the benchmark, MODULES as import names, PACKAGES as
# pip names.
need_python() {
    local name=$1 modules=$2 packages=$3
    if "$python" -c "import $modules" 2>/dev/null; then
        return
    fi
    echo "missing: $packages for $python; try:" >&2
    echo "  python3 -m venv venv && venv/bin/pip install $packages && PYTHON=venv/bin/python ./dev bench $name" >&2
    exit 2
}

# Generates the data for the given number of customers once, in a file with extension KIND.
make_customers() {
    local customers=$1 kind=$2
    data=${TMPDIR:-/tmp}/regulars-bench-$customers
    [[ -f "$data/transactions.$kind" ]] || "$python" "$peers/gen.py" --customers "$customers" --out "$data" >&2
    export REGULARS_BENCH_DATA=$data REGULARS_BENCH_PEER=$peers/peers/pipeline.py
}
