# For the measurements beside peers, which source it; sets `python`, `peers` and `data`.

python=${PYTHON:-python3}
peers=${REGULARS_BENCH:-../shared/bench}

# Ends with a hint unless Python has the modules: NAME of the measurement, MODULES as `import` wants them,
# PACKAGES as pip does.
need_python() {
    local name=$1 modules=$2 packages=$3
    if "$python" -c "import $modules" 2>/dev/null; then
        return
    fi
    echo "missing: $packages for $python; try:" >&2
    echo "  python3 -m venv venv && venv/bin/pip install $packages && PYTHON=venv/bin/python ./dev bench $name" >&2
    exit 2
}

# Makes the data of so many customers once, in a file of the ending KIND.
make_customers() {
    local customers=$1 kind=$2
    data=${TMPDIR:-/tmp}/regulars-bench-$customers
    [[ -f "$data/transactions.$kind" ]] || "$python" "$peers/gen.py" --customers "$customers" --out "$data" >&2
    export REGULARS_BENCH_DATA=$data REGULARS_BENCH_PEER=$peers/peers/pipeline.py
}
