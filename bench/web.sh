#!/usr/bin/env bash
# The dashboard and the Streamlit page of bench/web_peer.py over the same run, in the same Chromium; then the
# server alone with 50 concurrent readers, and over a million customers.
#
#   ./dev bench web [ROUNDS] [CUSTOMERS]       3 rounds; CUSTOMERS (more than the 50,000 of the demo) for the last
#                                              part, skipped unless given
#
# Needs wrk and Chromium.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rounds=${1:-3}
customers=${2:-0}
source bench/lib/setup.sh
need_python 'streamlit, plotly, pandas, pyarrow, websocket'
command -v wrk >/dev/null || { echo "missing: wrk (Debian package wrk)" >&2; exit 2; }
build
program=$programs/regulars
home=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; rm -rf "$home"' EXIT
"$program" -q --home "$home" demo --no-serve >/dev/null
if ((customers > 0)); then
    make_shop "$customers" parquet
    "$program" -q --home "$home" run --name large --steps scores "$data/transactions.parquet" >/dev/null
fi

serve() {
    "$program" -q --home "$home" serve --addr 127.0.0.1:8231 2>/dev/null &
    server=$!
    pids+=("$server")
    until curl -sf -o /dev/null http://127.0.0.1:8231/health; do sleep 0.1; done
}
serve
folders=()
for name in synthetic kaggle; do
    folders+=("$name=$home/datasets/$name/runs/$(cat "$home/datasets/$name/current")")
done
"$python" -m streamlit run bench/web_peer.py --server.port 8232 --server.headless true --server.fileWatcherType none \
    --browser.gatherUsageStats false -- "${folders[@]}" >/dev/null 2>&1 &
pids+=($!)
peer=$!
until curl -sf -o /dev/null http://127.0.0.1:8232; do sleep 0.2; done

REGULARS_BENCH_OURS=http://127.0.0.1:8231 REGULARS_BENCH_PEER_URL=http://127.0.0.1:8232 REGULARS_BENCH_ROUNDS=$rounds \
    "$python" bench/web_side_by_side.py
resident() { awk '/VmRSS/ { printf "%.0f MB", $2 / 1000 }' "/proc/$1/status"; }
echo "memory after it: Regulars $(resident "$server"), Streamlit $(resident "$peer")"
kill "$peer"

# 50 connections without pauses, from this machine: the load generator uses part of the cores.
ask() {
    local seconds=$1 address=http://127.0.0.1:8231$2
    curl -sf -o /dev/null "$address"
    local said
    said=$(wrk -t1 -c50 -d"$seconds"s --latency -H 'accept-encoding: gzip' "$address")
    [[ "$said" == *Non-2xx* ]] && echo "$said" >&2
    awk -v page="$2" '/50%/ { half = $2 } /99%/ { most = $2 } /Requests\/sec/ { rate = $2 }
        END { printf "%s: %s in the middle, p99 %s, %.0f a second\n", page, half, most, rate }' <<<"$said"
}
kill "$server"
wait "$server" 2>/dev/null || true
serve
echo "memory before the first page: $(resident "$server")"
for page in '' /rfm /clusters /value /marketing /cohorts /movements /data /customers; do
    ask 5 "/d/synthetic$page"
done
for call in measures summary charts/rfm-scatter customers 'tables/rfm_scores?limit=50'; do
    ask 5 "/api/v1/d/synthetic/$call"
done
echo "memory after all of these pages: $(resident "$server")"
if ((customers > 0)); then
    # Filters not used before, so nothing is cached; one reader.
    "$python" bench/web_filters.py http://127.0.0.1:8231 large
    echo "memory with $customers customers: $(resident "$server")"
fi
for part in '' /value; do
    printf 'page %s: %s bytes, compressed\n' "/d/synthetic$part" \
        "$(curl -s -H 'accept-encoding: gzip' "http://127.0.0.1:8231/d/synthetic$part" | wc -c)"
done
for file in $(curl -s http://127.0.0.1:8231/d/synthetic | grep -oE '/static/[a-z0-9.-]+' | sort -u); do
    printf '%s: %s bytes, compressed, cached for ever\n' "$file" \
        "$(curl -s -H 'accept-encoding: gzip' "http://127.0.0.1:8231$file" | wc -c)"
done
