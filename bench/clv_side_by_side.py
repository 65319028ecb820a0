"""Runs fits in turn, round by round, and prints medians of their times, log-likelihoods and peak memory.

python clv_side_by_side.py beside|alone PROGRAM FILE.csv ROUNDS MODEL...

`beside` runs `lifetimes` on the same file in every round and judges its parameters by our formula. The
first round of ours warms the caches and is not counted.
"""

import os
import re
import statistics
import sys

import process

how, program, file, rounds = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
models = sys.argv[5:]
here = os.path.dirname(os.path.abspath(__file__))


def lines_of(command):
    """Lines of output, and the peak of memory in MB, of one process."""
    printed, _, megabytes = process.run(command)
    return printed.splitlines(), megabytes


def seconds(lines, first):
    return [float(line.split()[1]) for line in lines if line.startswith(first)]


steps = []
for model in models:
    steps += [model] if model == "gamma_gamma" else [model, "predict"]
ours = {"count": []} | {model: [] for model in models} | {f"{model} forecast": [] for model in models[:2]}
peaks, theirs, values = [], {model: [] for model in models}, {}
likelihoods = {}
for number in range(rounds + 1):
    lines, peak = lines_of([program, file, "days", *steps])
    if number > 0:
        peaks.append(peak)
        ours["count"] += seconds(lines, "count")
        for model, time in zip(models, seconds(lines, "fit")):
            ours[model].append(time)
        for model, time in zip(models, seconds(lines, "predict")):
            ours[f"{model} forecast"].append(time)
    likelihoods = dict(zip(models, re.findall(r"ll=(\S+)", "\n".join(lines))))
    if how == "beside" and number > 0:
        for line in lines_of([sys.executable, os.path.join(here, "clv_lifetimes.py"), file, *models])[0]:
            found = re.match(r"fit (\S+) s, (\w+)(?::(\S+)| failed: (\w+))", line)
            theirs[found[2]].append(float(found[1]))
            values[found[2]] = found[3] or found[4]

customers = sum(1 for _ in open(file)) - 1
print(f"== {customers} customers, {os.path.basename(file)}, median of {rounds} rounds, peak {max(peaks):.0f} MB")
for name, times in ours.items():
    if not times:
        continue
    text = f"{name:20} {statistics.median(times):9.4f} s"
    if theirs.get(name):
        peer = statistics.median(theirs[name])
        text += f"   lifetimes {peer:9.4f} s   ratio {peer / statistics.median(times):7.1f}"
        if "," in values[name]:
            given = lines_of([program, file, "days", f"{name}:{values[name]}"])[0][-1]
            peer_ll = float(re.search(r"ll=(\S+)", given)[1])
            ll = float(likelihoods[name])
            text += f"   log-likelihood {ll:.4f}, lifetimes {peer_ll:.4f} ({(ll - peer_ll) / abs(peer_ll):+.1e})"
        else:
            text += f"   lifetimes gave up: {values[name]}"
    print(text)
print(flush=True)
