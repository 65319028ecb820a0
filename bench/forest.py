"""Whether our random forest (LightGBM's, on binned features) predicts as well as scikit-learn's.

    python bench/forest.py TRANSACTIONS.parquet [CUSTOMERS]

Takes orders as `regulars synth` writes them and predicts each customer's spend of the last 180 days from twenty
features. Both forests have 100 trees, one thread, and learn from the same four fifths of the customers; three
divisions by chance.
"""

import sys
import time

import lightgbm as lgb
import numpy as np
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split

from pipeline_peer import features

x, y = features(sys.argv[1])
if len(sys.argv) > 2:
    x, y = x[: int(sys.argv[2])], y[: int(sys.argv[2])]
print(f"{len(y)} customers, {x.shape[1]} features")


def ours(leaves, least, of_tree, share):
    settings = {
        "boosting": "rf",
        "num_leaves": leaves,
        "min_data_in_leaf": least,
        "feature_fraction": of_tree,
        "feature_fraction_bynode": share,
        "bagging_fraction": 0.632,
        "bagging_freq": 1,
        "seed": 42,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }
    return lambda xa, ya, xb: lgb.train(settings, lgb.Dataset(xa, ya), 100).predict(xb)


def theirs(xa, ya, xb):
    return RandomForestRegressor(100, min_samples_leaf=5, n_jobs=1, random_state=42).fit(xa, ya).predict(xb)


forests = {f"{leaves} leaves of {least}, {of_tree} of the features a tree, {share} of these a split":
           ours(leaves, least, of_tree, share)
           for leaves, least, of_tree, share in [
               (64, 10, 0.5, 0.66), (128, 10, 0.5, 0.66), (256, 10, 0.5, 0.66), (128, 20, 0.5, 0.66),
               (128, 10, 1.0, 0.33), (128, 20, 1.0, 0.5), (128, 20, 1.0, 1.0)]}
forests["scikit-learn"] = theirs
for name, forest in forests.items():
    r2, seconds = [], time.process_time()
    for seed in (42, 43, 44):
        xa, xb, ya, yb = train_test_split(x, y, test_size=0.2, random_state=seed)
        r2.append(r2_score(yb, forest(xa, ya, xb)))
    seconds = time.process_time() - seconds
    print(f"{name}: R2 {np.mean(r2):.4f} ({', '.join(f'{value:.4f}' for value in r2)}), {seconds / 3:.1f} s each", flush=True)
