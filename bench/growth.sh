#!/usr/bin/env bash
# Scaling of time and memory of `regulars score` and `regulars run` with the number of customers,
# without and with a memory limit.
#
#   ./dev bench growth [CUSTOMERS ...]       100000 1000000 10000000
#
# LIMIT (default 2GiB) is the limit of the second `run`. Ten million customers take 2 GB of disk.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source bench/lib/setup.sh
sizes=("$@")
((${#sizes[@]})) || sizes=(100000 1000000 10000000)
build
for customers in "${sizes[@]}"; do
    make_shop "$customers" parquet
    "$python" bench/growth.py "$programs/regulars" "$data" "$customers" "${LIMIT:-2GiB}"
done
