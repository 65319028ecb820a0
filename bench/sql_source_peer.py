"""Reads a table of PostgreSQL into Arrow, all columns, with connectorx or ADBC.

    python sql_source_peer.py connectorx|adbc ADDRESS TABLE KEY CONNECTIONS

connectorx reads ranges of KEY on several connections, ADBC the whole table on one. Money becomes float64 (connectorx) or
text (ADBC); nothing is written.
"""

import sys

peer, address, table, key, connections = sys.argv[1:]
query = f"SELECT * FROM {table}"
if peer == "connectorx":
    import connectorx

    split = {"partition_on": key, "partition_num": int(connections)} if int(connections) > 1 else {}
    print(connectorx.read_sql(address, query, return_type="arrow", **split).num_rows)
else:
    import adbc_driver_postgresql.dbapi

    with adbc_driver_postgresql.dbapi.connect(address) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        print(cursor.fetch_arrow_table().num_rows)
