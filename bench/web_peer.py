"""The page that people build today, to be measured beside ours: six views in Streamlit with pandas and Plotly over
the tables of a run, as they stand on disk.

    streamlit run web_peer.py -- NAME=RUN_FOLDER [NAME=RUN_FOLDER ...]

Written for this comparison in the way such pages are written, with its tables cached in memory. Every view has the
charts that the same page of ours has, and not more.
"""

import sys

import numpy as np
import pandas as pd
import plotly.express as px
import streamlit as st

RUNS = dict(argument.split("=", 1) for argument in sys.argv[1:])
MONEY = "_minor"


@st.cache_data
def table(folder, name):
    """A table of the run, money in whole units."""
    frame = pd.read_parquet(f"{folder}/{name}.parquet")
    for column in [c for c in frame.columns if c.endswith(MONEY)]:
        frame[column.removesuffix(MONEY)] = frame[column] / 100
    return frame


@st.cache_data
def customers(folder):
    frame = table(folder, "rfm_scores").merge(table(folder, "ltv_predictions"), on="customer_id", suffixes=("", "_ltv"))
    frame = frame.merge(table(folder, "customer_clusters"), on="customer_id", how="left")
    attributes = table(folder, "customers")
    return frame.merge(attributes, on="customer_id", how="left")


def grid(*figures):
    for at in range(0, len(figures), 2):
        for place, figure in zip(st.columns(2), figures[at : at + 2]):
            place.plotly_chart(figure)


def filtered(frame):
    segments = st.sidebar.multiselect("Segment", sorted(frame["segment"].astype(str).unique()))
    clusters = st.sidebar.multiselect("Cluster", sorted(frame["cluster"].dropna().unique()))
    if segments:
        frame = frame[frame["segment"].isin(segments)]
    if clusters:
        frame = frame[frame["cluster"].isin(clusters)]
    return frame


def summary(folder, frame):
    orders = table(folder, "transactions")
    orders = orders[orders["customer_id"].isin(frame["customer_id"])]
    revenue = orders["total_amount"].sum()
    numbers = {
        "Customers": f"{len(frame):,}",
        "Orders": f"{len(orders):,}",
        "Revenue": f"{revenue:,.2f}",
        "Average order value": f"{orders['total_amount'].mean():,.2f}",
        "Average predicted value": f"{frame['predicted_ltv'].mean():,.2f}",
        "Repeat rate": f"{(frame['frequency'] > 1).mean():.1%}",
        "Top fifth": f"{frame['monetary'].nlargest(len(frame) // 5).sum() / frame['monetary'].sum():.1%}",
        "likely still active": f"{frame['p_alive'].mean():.1%}",
    }
    for at in range(0, 8, 4):
        for place, (name, value) in zip(st.columns(4), list(numbers.items())[at : at + 4]):
            place.metric(name, value)
    months = orders.groupby(orders["transaction_date"].dt.to_period("M"))["total_amount"].sum()
    segments = frame.groupby("segment", observed=True).agg(customers=("monetary", "size"), revenue=("monetary", "sum"))
    shares = (segments / segments.sum()).reset_index().melt("segment")
    spend = np.sort(frame["monetary"].to_numpy())[::-1].cumsum()
    at = np.linspace(0, len(spend) - 1, 100).astype(int)
    grid(
        px.bar(x=months.index.to_timestamp(), y=months, title="Revenue by month"),
        px.bar(shares, y="segment", x="value", color="variable", barmode="group", title="Segments"),
        px.histogram(frame, x="predicted_ltv", nbins=40, title="Predicted value"),
        px.line(x=at / len(spend), y=spend[at] / spend[-1], title="Concentration of revenue"),
    )
    st.dataframe(frame.nlargest(10, "monetary")[["customer_id", "segment", "monetary", "frequency", "recency"]])


def rfm(folder, frame):
    for place, (name, value) in zip(st.columns(4), frame[["recency", "frequency", "monetary", "rfm_score"]].mean().items()):
        place.metric(name, f"{value:,.1f}")
    cells = frame.pivot_table(index="r_score", columns="f_score", values="monetary", aggfunc="size")
    sizes = frame["segment"].value_counts()
    grid(
        px.imshow(cells, text_auto=True, title="Recency by frequency"),
        px.bar(y=sizes.index, x=sizes, title="Segments"),
    )
    st.plotly_chart(
        px.scatter_3d(frame, x="recency", y="frequency", z="monetary", color="segment", hover_name="customer_id", height=620)
    )
    grid(*[px.histogram(frame, x=name, nbins=40, title=name) for name in ("recency", "frequency", "monetary", "rfm_score")])
    st.dataframe(table(folder, "rfm_summary"))


def clusters(folder, frame):
    chosen = table(folder, "cluster_selection")
    statistics = table(folder, "cluster_statistics")
    centers = table(folder, "cluster_centers").pivot(index="cluster_name", columns="feature", values="center")
    sample = frame.sample(min(5000, len(frame)), random_state=1)
    cross = pd.crosstab(frame["cluster_name"].astype(str), frame["segment"].astype(str))
    figures = [px.bar(statistics, x="cluster_name", y="customer_share", title="Sizes")]
    figures += [px.box(frame, x="cluster", y=name, title=name) for name in ("recency", "frequency", "monetary")]
    figures += [px.imshow(centers, title="Profile")]
    figures += [px.scatter(sample, x="x", y="y", color="cluster_name", title="Principal components")]
    figures += [px.histogram(frame, x="silhouette", color="cluster", title="Silhouettes")]
    figures += [px.imshow(cross, text_auto=True, title="Clusters by segment")]
    names = ("silhouette", "stability", "inertia", "calinski_harabasz", "davies_bouldin")
    figures += [px.line(chosen, x="k", y=name, markers=True, title=name) for name in names]
    grid(*figures)
    st.dataframe(statistics)


def value(folder, frame):
    for place, name in zip(st.columns(4), ("predicted_ltv", "expected_purchases", "p_alive", "p_purchase")):
        place.metric(name, f"{frame[name].mean():,.2f}")
    models = table(folder, "model_comparison")
    best = models.loc[models["chosen"] == 1, "model"].iloc[0]
    deciles = table(folder, "ltv_deciles").query("model == @best")
    summed = table(folder, "ltv_summary")
    importance = table(folder, "feature_importance")
    importance = importance.groupby("feature")["gain"].mean().nlargest(15).reset_index()
    tracking = table(folder, "ltv_tracking")
    reliability = table(folder, "churn_reliability")
    sample = frame.dropna(subset=["holdout_ltv"])
    drivers = table(folder, "ltv_drivers")
    drivers = drivers.groupby("feature", observed=True)["effect"].apply(lambda e: e.abs().mean()).nlargest(15).reset_index()
    worth = np.sort(sample["holdout_ltv"].to_numpy())[::-1].cumsum()
    at = np.linspace(0, len(worth) - 1, 100).astype(int)
    figures = []
    for grouping in ("segment", "cluster", "decile"):
        group = summed[summed["grouping"] == grouping]
        bar = px.bar(group, y="name", x="predicted_ltv", title=f"Expected by {grouping}")
        figures.append(bar)
    figures += [px.box(frame, x=name, y="predicted_ltv", title=f"Value by {name}") for name in ("segment", "cluster")]
    figures += [px.histogram(frame, x="predicted_ltv", nbins=40, title="Predicted value")]
    figures += [px.box(frame, x="rfm_score", y="predicted_ltv", title="Value by RFM score")]
    figures += [px.bar(models, y="model", x="rmse", title="Models")]
    figures += [px.bar(deciles, x="decile", y=["actual", "expected"], barmode="group", title="Calibration")]
    figures += [px.density_heatmap(sample, x="holdout_ltv", y="actual_ltv", title="Expected against actual")]
    figures += [px.line(x=at / len(worth), y=worth[at] / worth[-1], title="Gain")]
    figures += [px.histogram(x=sample["actual_ltv"] - sample["holdout_ltv"], nbins=40, title="Residuals")]
    figures += [px.line(tracking, x="period_end", y="expected_cumulative", color="model", title="Tracking")]
    figures += [px.bar(importance, y="feature", x="gain", title="Importance")]
    figures += [px.bar(drivers, y="feature", x="effect", title="Drivers")]
    figures += [px.histogram(frame, x="p_alive", nbins=20, title="P(alive)")]
    figures += [px.histogram(frame, x="p_purchase", nbins=20, title="Chance to buy")]
    figures += [px.line(reliability, x="mean_predicted", y="observed_rate", color="model", title="Reliability")]
    grid(*figures)
    st.dataframe(models)


def marketing(folder, frame):
    actions = table(folder, "segment_actions")
    kinds = table(folder, "opportunity_summary")
    upside = table(folder, "opportunities")
    upside = upside[upside["customer_id"].isin(frame["customer_id"])]
    for place, name in zip(st.columns(3), ("predicted_ltv", "recent_spend", "at_risk")):
        place.metric(name, f"{actions[name].sum():,.2f}")
    ordered = np.sort(upside["upside"].to_numpy())[::-1].cumsum()
    at = np.linspace(0, len(ordered) - 1, 100).astype(int)
    grid(
        px.bar(actions, y="segment", x="at_risk", title="Value at risk"),
        px.scatter(actions, x="predicted_ltv", y="at_risk", size="customers", text="segment", title="Value and risk"),
        px.bar(kinds, y="kind", x="upside", title="Opportunities"),
        px.line(x=at, y=ordered[at], title="Upside"),
    )
    for row in actions.itertuples():
        with st.container(border=True):
            st.subheader(row.segment)
            st.write(f"{row.action} {row.offer} {row.channel} {row.cadence} Avoid: {row.avoid}")
            own = frame.loc[frame["segment"] == row.segment, ["customer_id", "segment", "predicted_ltv", "p_alive"]]
            st.download_button("List", own.to_csv(index=False), f"{row.segment}.csv", key=row.segment)


def data(folder, frame):
    orders = table(folder, "transactions")
    orders = orders[orders["customer_id"].isin(frame["customer_id"])]
    for place, (name, number) in zip(st.columns(3), (("Rows", len(orders)), ("Customers", len(frame)), ("Columns", orders.shape[1]))):
        place.metric(name, f"{number:,}")
    days = orders.groupby(orders["transaction_date"].dt.date).size()
    first = orders.groupby("customer_id")["transaction_date"].min().dt.to_period("M").value_counts().sort_index()
    weekdays = orders["transaction_date"].dt.day_name().value_counts()
    months = orders["transaction_date"].dt.month.value_counts().sort_index()
    missing = table(folder, "customers").isna().mean()
    figures = [
        px.line(x=days.index, y=days, title="Orders a day"),
        px.bar(x=first.index.to_timestamp(), y=first, title="New customers"),
        px.bar(x=weekdays.index, y=weekdays, title="Weekdays"),
        px.bar(x=months.index, y=months, title="Months"),
        px.bar(x=missing, y=missing.index, title="Missing"),
    ]
    for name in ("product_category", "payment_method"):
        if name in orders:
            shares = orders[name].value_counts()
            figures.append(px.bar(x=shares, y=shares.index.astype(str), title=name))
    for name in ("age", "gender", "city", "customer_type", "income"):
        if name in frame:
            figures.append(px.histogram(frame, x=name, title=name))
    grid(*figures)
    st.dataframe(orders.head(100))


VIEWS = {
    "Executive summary": summary,
    "RFM analysis": rfm,
    "Customer segmentation": clusters,
    "Lifetime value": value,
    "Marketing insights": marketing,
    "Data overview": data,
}

st.set_page_config(page_title="Customers", layout="wide")
chosen = st.sidebar.selectbox("Data set", list(RUNS))
view = st.sidebar.radio("Page", list(VIEWS))
st.title(view)
VIEWS[view](RUNS[chosen], filtered(customers(RUNS[chosen])))
# For whoever measures: the script has run to its end.
st.html(f'<div data-done="{chosen} {view}"></div>')
