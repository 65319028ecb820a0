"""The analysis of `regulars run` as it is usually written in Python: RFM scores, clusters, learned models of spend.

    python pipeline_peer.py ORDERS [--stages rfm,cluster,ltv] [--engine polars|duckdb|pandas]
                            [--silhouette-sample N] [--export FILE]

ORDERS is a Parquet or CSV file with the columns of `regulars synth`, money as float64. Prints one JSON line per stage:
seconds, peak memory, and what was reached (silhouettes, R2). Scores are written next to ORDERS. `--export` fits
nothing: it writes the input of the stage cluster or ltv for the examples time_clusters and time_learners.

Each function imports what it needs, so that a stage does not pay for the libraries of another.
"""

import argparse
import datetime
import json
import pathlib
import resource
import time


def report(stage, began, **found):
    seconds = round(time.perf_counter() - began, 4)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"stage": stage, "seconds": seconds, "peak_mb": peak_mb, **found}), flush=True)


def rfm_polars(orders, scores):
    import polars as pl

    completed = scan(orders)
    end = completed.select(pl.col("transaction_date").max()).collect().item()
    table = completed.group_by("customer_id").agg(
        (pl.lit(end) - pl.col("transaction_date").max()).dt.total_days().alias("recency"),
        pl.len().alias("frequency"),
        pl.col("total_amount").sum().alias("monetary"),
        pl.col("transaction_date").min().alias("first"),
        pl.col("transaction_date").max().alias("last"),
    )

    def quintile(column, descending=False):
        return ((pl.col(column).rank("ordinal", descending=descending) - 1) * 5 // pl.len() + 1).cast(pl.Int8)

    table = table.with_columns(
        quintile("recency", descending=True).alias("r"),
        quintile("frequency").alias("f"),
        quintile("monetary").alias("m"),
    )
    r, f, m = pl.col("r"), pl.col("f"), pl.col("m")
    segment = (
        pl.when((r >= 4) & (f >= 4) & (m >= 4)).then(pl.lit("High-Value"))
        .when((f >= 4) & (m >= 4) & (r >= 3)).then(pl.lit("Loyal"))
        .when((r <= 2) & (f >= 3) & (m >= 3)).then(pl.lit("At-Risk"))
        .when((r >= 4) & (f <= 2) & (m <= 2)).then(pl.lit("New"))
        .when((r >= 4) & (f >= 3) & (m <= 2)).then(pl.lit("Promising"))
        .when((r <= 2) & (f <= 2) & (m <= 2)).then(pl.lit("Lost"))
        .otherwise(pl.lit("Regular"))
    )
    table = table.with_columns(segment.alias("segment")).collect(engine="streaming")
    table.write_parquet(scores)
    return table.height


def rfm_duckdb(orders, scores):
    import duckdb

    (customers,) = duckdb.execute(f"""
        copy (
            with completed as (select * from '{orders}' where status = 'Completed'),
            customers as (
                select customer_id,
                    date_diff('day', max(transaction_date), (select max(transaction_date) from completed)) recency,
                    count(*) frequency, sum(total_amount) monetary,
                    min(transaction_date) first, max(transaction_date) last
                from completed group by 1
            ),
            scores as (
                select *, ntile(5) over (order by recency desc) r, ntile(5) over (order by frequency) f,
                    ntile(5) over (order by monetary) m
                from customers
            )
            select *, case
                when r >= 4 and f >= 4 and m >= 4 then 'High-Value'
                when f >= 4 and m >= 4 and r >= 3 then 'Loyal'
                when r <= 2 and f >= 3 and m >= 3 then 'At-Risk'
                when r >= 4 and f <= 2 and m <= 2 then 'New'
                when r >= 4 and f >= 3 and m <= 2 then 'Promising'
                when r <= 2 and f <= 2 and m <= 2 then 'Lost'
                else 'Regular' end segment
            from scores
        ) to '{scores}' (format parquet)""").fetchone()
    return customers


def rfm_pandas(orders, scores):
    import numpy as np
    import pandas as pd

    is_csv = orders.suffix == ".csv"
    rows = pd.read_csv(orders, parse_dates=["transaction_date"]) if is_csv else pd.read_parquet(orders)
    rows = rows[rows.status == "Completed"]
    table = rows.groupby("customer_id").agg(
        last=("transaction_date", "max"),
        first=("transaction_date", "min"),
        frequency=("total_amount", "size"),
        monetary=("total_amount", "sum"),
    )
    table = table.reset_index()
    table["recency"] = (rows.transaction_date.max() - table["last"]).dt.days
    for column, score, ascending in (("recency", "r", False), ("frequency", "f", True), ("monetary", "m", True)):
        rank = table[column].rank(method="first", ascending=ascending)
        table[score] = ((rank - 1) * 5 // len(table)).astype(int) + 1
    r, f, m = table.r, table.f, table.m
    segments = {
        "High-Value": (r >= 4) & (f >= 4) & (m >= 4),
        "Loyal": (f >= 4) & (m >= 4) & (r >= 3),
        "At-Risk": (r <= 2) & (f >= 3) & (m >= 3),
        "New": (r >= 4) & (f <= 2) & (m <= 2),
        "Promising": (r >= 4) & (f >= 3) & (m <= 2),
        "Lost": (r <= 2) & (f <= 2) & (m <= 2),
    }
    table["segment"] = np.select(list(segments.values()), list(segments), "Regular")
    table.to_parquet(scores)
    return len(table)


def scan(orders):
    """Completed orders as a lazy frame."""
    import polars as pl

    is_csv = pathlib.Path(orders).suffix == ".csv"
    frame = pl.scan_csv(orders, try_parse_dates=True) if is_csv else pl.scan_parquet(orders)
    return frame.filter(pl.col("status") == "Completed")


def features(orders):
    """Twenty features per customer 180 days before the end of the orders, and each customer's spend after that."""
    import polars as pl

    completed = scan(orders)
    date, amount = pl.col("transaction_date"), pl.col("total_amount").cast(pl.Float64)
    cutoff = completed.select(date.max()).collect().item() - datetime.timedelta(days=180)

    def days_since(moment):
        return (pl.lit(cutoff) - moment).dt.total_seconds() / 86400

    def within(days):
        return amount.filter(date > cutoff - datetime.timedelta(days=days))

    table = completed.filter(date <= cutoff).group_by("customer_id").agg(
        days_since(date.max()).alias("recency"),
        days_since(date.min()).alias("tenure"),
        pl.len().alias("orders"),
        amount.sum().alias("spend"),
        amount.mean().alias("amount_mean"),
        amount.std().fill_null(0).alias("amount_sd"),
        amount.max().alias("amount_max"),
        amount.min().alias("amount_min"),
        pl.col("quantity").mean().alias("quantity_mean"),
        pl.col("quantity").sum().alias("quantity"),
        pl.col("product_category").n_unique().alias("categories"),
        pl.col("payment_method").n_unique().alias("payment_methods"),
        *[within(days).sum().alias(f"spend_{days}") for days in (30, 90, 180)],
        *[within(days).count().alias(f"orders_{days}") for days in (30, 90, 180)],
    )
    table = table.with_columns(
        (pl.col("tenure") / pl.col("orders")).alias("gap"),
        (pl.col("recency") / (pl.col("tenure") + 1)).alias("recency_share"),
    )
    after = completed.filter(date > cutoff).group_by("customer_id").agg(amount.sum().alias("spend_after"))
    table = table.join(after, on="customer_id", how="left").with_columns(pl.col("spend_after").fill_null(0))
    table = table.sort("customer_id").collect()
    return table.drop("customer_id", "spend_after").to_numpy().astype(float), table["spend_after"].to_numpy()


def standardised(x):
    """The first sixteen features as clustered: logarithms with mean 0 and variance 1."""
    import numpy as np
    from sklearn.preprocessing import StandardScaler

    return StandardScaler().fit_transform(np.log1p(np.clip(x[:, :16], 0, None)))


def cluster(x, silhouette_sample):
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    began = time.perf_counter()
    z = standardised(x)
    inertia, silhouettes, silhouette_seconds = [], [], 0.0
    for k in range(2, 11):
        fitted = KMeans(n_clusters=k, n_init=10, random_state=42).fit(z)
        inertia.append(float(fitted.inertia_))
        silhouette_began = time.perf_counter()
        silhouettes.append(float(silhouette_score(z, fitted.labels_, sample_size=silhouette_sample, random_state=42)))
        silhouette_seconds += time.perf_counter() - silhouette_began
    report("cluster", began, silhouette_seconds=silhouette_seconds, inertia=inertia, silhouette=silhouettes)


def divided(x, y):
    """Features for training and for the holdout, spend for training and for the holdout."""
    from sklearn.model_selection import train_test_split

    return train_test_split(x, y, test_size=0.2, random_state=42)


def ltv(x, y):
    import lightgbm
    import xgboost
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.linear_model import LinearRegression
    from sklearn.metrics import r2_score
    from sklearn.model_selection import cross_val_score

    x_train, x_holdout, y_train, y_holdout = divided(x, y)
    boosting = {"n_estimators": 300, "learning_rate": 0.05, "n_jobs": -1, "random_state": 42}
    models = {
        "linear": LinearRegression(),
        "random_forest": RandomForestRegressor(n_estimators=100, n_jobs=-1, min_samples_leaf=5, random_state=42),
        "xgboost": xgboost.XGBRegressor(max_depth=6, tree_method="hist", **boosting),
        "lightgbm": lightgbm.LGBMRegressor(num_leaves=31, verbose=-1, **boosting),
    }
    began = time.perf_counter()
    for name, model in models.items():
        model_began = time.perf_counter()
        r2 = r2_score(y_holdout, model.fit(x_train, y_train).predict(x_holdout))
        cv_r2 = cross_val_score(model, x_train, y_train, cv=5, scoring="r2").mean()
        report(f"ltv:{name}", model_began, r2=float(r2), cv_r2=float(cv_r2))
    report("ltv", began)


def export(stage, x, y, path):
    """Writes numbers of rows and columns as u64, then f64: by row for clusters; by column, then spend, for models."""
    with open(path, "wb") as file:
        if stage == "cluster":
            z = standardised(x)
            file.write(bytes_of(z.shape, "<u8") + bytes_of(z, "<f8"))
        else:
            x_train, x_holdout, y_train, y_holdout = divided(x, y)
            for part, spend in ((x_train, y_train), (x_holdout, y_holdout)):
                file.write(bytes_of(part.shape, "<u8") + bytes_of(part.T, "<f8") + bytes_of(spend, "<f8"))


def bytes_of(values, kind):
    import numpy as np

    return np.asarray(values, dtype=kind).tobytes()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("orders", type=pathlib.Path)
    parser.add_argument("--stages", default="rfm,cluster,ltv")
    parser.add_argument("--engine", default="polars", choices=["polars", "duckdb", "pandas"])
    parser.add_argument("--silhouette-sample", type=int, help="customers [default: all]")
    parser.add_argument("--export", metavar="FILE")
    given = parser.parse_args()
    stages = given.stages.split(",")
    if "rfm" in stages:
        began = time.perf_counter()
        score = {"polars": rfm_polars, "duckdb": rfm_duckdb, "pandas": rfm_pandas}[given.engine]
        report("rfm", began, customers=score(given.orders, given.orders.with_name("peer_scores.parquet")))
    if stages == ["rfm"]:
        return
    began = time.perf_counter()
    x, y = features(given.orders)
    report("features", began, rows=len(y), features=x.shape[1])
    if given.export:
        export(stages[-1], x, y, given.export)
        return
    if "cluster" in stages:
        cluster(x, given.silhouette_sample)
    if "ltv" in stages:
        ltv(x, y)


if __name__ == "__main__":
    main()
