"""Measures and charts of filters that nobody has asked for before: how long one answer takes, at most and in the middle."""

import json
import statistics
import sys
import time
import urllib.request

server, dataset = sys.argv[1:3]


def get(path):
    return urllib.request.urlopen(f"{server}/api/v1/d/{dataset}/{path}").read()


# Columns are read once, which is not what is measured.
for part in ("measures", "charts/revenue", "charts/rfm-grid", "charts/segments"):
    get(f"{part}?orders_from=1")
for part in ("measures", "charts/revenue", "charts/rfm-grid", "charts/segments"):
    taken = []
    for place in range(100):
        began = time.perf_counter()
        json.loads(get(f"{part}?recency_days_from={place}&orders_from=2"))
        taken.append(time.perf_counter() - began)
    taken.sort()
    print(f"{part}, new filters: median {statistics.median(taken) * 1e3:.0f} ms, p99 {taken[98] * 1e3:.0f} ms")
