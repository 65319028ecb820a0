"""Whether our random forest (LightGBM's, on binned features) predicts as well as scikit-learn's.

    python bench/forest.py TRANSACTIONS.parquet [CUSTOMERS]

Takes orders as `regulars synth` writes them, makes twenty features at a cut 180 days before the end, and
predicts each customer's spend after it. Both forests have 100 trees and learn from the same four fifths
of the customers; three divisions by chance. Needs polars, scikit-learn and lightgbm; one thread each.
"""

import datetime
import sys
import time

import lightgbm as lgb
import numpy as np
import polars as pl
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split


def features(path):
    orders = pl.scan_parquet(path).filter(pl.col("status") == "Completed")
    end = orders.select(pl.col("transaction_date").max()).collect().item()
    cut = end - datetime.timedelta(days=180)
    day, amount = pl.col("transaction_date"), pl.col("total_amount")
    past, future = orders.filter(day <= cut), orders.filter(day > cut)
    since = lambda at: (pl.lit(cut) - at).dt.total_seconds() / 86400
    last = lambda days: amount.filter(day > cut - datetime.timedelta(days=days))
    found = past.group_by("customer_id").agg(
        since(day.max()).alias("recency"),
        since(day.min()).alias("tenure"),
        pl.len().alias("orders"),
        amount.sum().alias("spend"),
        amount.mean().alias("mean"),
        amount.std().fill_null(0).alias("deviation"),
        amount.max().alias("most"),
        amount.min().alias("least"),
        pl.col("quantity").mean().alias("quantity"),
        pl.col("quantity").sum().alias("quantities"),
        pl.col("product_category").n_unique().alias("categories"),
        pl.col("payment_method").n_unique().alias("methods"),
        *[last(days).sum().alias(f"spend_{days}") for days in (30, 90, 180)],
        *[last(days).count().alias(f"orders_{days}") for days in (30, 90, 180)],
    )
    found = found.with_columns(
        (pl.col("tenure") / pl.col("orders")).alias("gap"),
        (pl.col("recency") / (pl.col("tenure") + 1)).alias("recency_share"),
    )
    after = future.group_by("customer_id").agg(amount.sum().alias("after"))
    found = found.join(after, on="customer_id", how="left").with_columns(pl.col("after").fill_null(0))
    found = found.sort("customer_id").collect()
    names = [name for name in found.columns if name not in ("customer_id", "after")]
    return found.select(names).to_numpy().astype(float), found["after"].to_numpy()


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
