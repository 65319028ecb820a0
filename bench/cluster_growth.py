"""How the time of clustering grows with customers, features and clusters.

    python cluster_growth.py PROGRAM DATA

Matrices are overlapping clouds drawn with a fixed seed; every line is one process. Seconds are those of
the stage as the program reports them, memory is that of the whole process. The system counts the memory of
this process into that of a child until the child starts its own program, so matrices are made in processes
of their own and this one stays small.
"""

import json
import os
import subprocess
import sys

import process

program, data = sys.argv[1:]

MAKE_MATRIX = """
import sys
import numpy as np

path, rows, width = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
random = np.random.default_rng(7)
centres = random.normal(size=(12, width)) * 1.5
values = centres[random.integers(0, 12, rows)] + random.normal(size=(rows, width))
with open(path, "wb") as target:
    np.array(values.shape, dtype="<u8").tofile(target)
    values.astype("<f8").tofile(target)
"""


def matrix(rows, width):
    """A file with so many rows around twelve centres."""
    path = f"{data}/grown_{rows}_{width}.bin"
    if not os.path.exists(path):
        subprocess.run([sys.executable, "-c", MAKE_MATRIX, path, str(rows), str(width)], check=True)
    return path


def measure(rows, width, low, high, *flags):
    command = [program, matrix(rows, width), str(low), str(high), "10", *flags]
    printed, _, megabytes = process.run(command)
    found = json.loads(printed)
    silhouette = found["seconds"] - found["kmeans_seconds"]
    clusters = str(low) if low == high else f"{low}..{high}"
    print(
        f"{rows:>9} customers {width:>3} features k {clusters:>5}: K-means {found['kmeans_seconds']:7.3f} s,"
        f" silhouette {silhouette:7.3f} s, {megabytes:5.0f} MB"
    )


print("customers (silhouette exact up to 200,000, then of 2,000 against all)")
for rows in (1_000, 10_000, 50_000, 100_000, 1_000_000):
    measure(rows, 16, 2, 10)
print("features")
for width in (2, 4, 8, 16, 32, 64):
    measure(50_000, width, 2, 10)
print("clusters")
for clusters in (2, 5, 10, 20, 50, 100):
    measure(50_000, 16, clusters, clusters)
