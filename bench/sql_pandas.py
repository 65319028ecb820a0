"""Writes CSV files to tables of a database with pandas `to_sql` and its defaults over psycopg 3.

    python sql_pandas.py FOLDER DATABASE

Prints the seconds of `to_sql` and the number of rows. The server is the one of PGHOST and PGUSER.
"""

import glob
import os
import sys
import time

import pandas
import sqlalchemy

folder, database = sys.argv[1:]
address = f"postgresql+psycopg://{os.environ['PGUSER']}@/{database}?host={os.environ['PGHOST']}"
engine = sqlalchemy.create_engine(address)
seconds = rows = 0
for path in sorted(glob.glob(f"{folder}/*.csv")):
    frame = pandas.read_csv(path, low_memory=False)
    began = time.perf_counter()
    frame.to_sql(os.path.basename(path).removesuffix(".csv"), engine, index=False)
    seconds += time.perf_counter() - began
    rows += len(frame)
print(seconds, rows)
