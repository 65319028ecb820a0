"""Compares the result tables of two programs on the same data, cell by cell.

    parity.py BEFORE AFTER RENAMES

BEFORE and AFTER are folders with a home of runs for each data set. RENAMES has a line for each change on
purpose: `table OLD NEW`, `column TABLE OLD NEW` with the new name of the table, `value TABLE COLUMN OLD NEW` for a text
that stands for one thing, or `text TABLE COLUMN` for texts that were reworded and are not compared; `#` begins a comment. Prints what differs and ends with 1 if anything does. Needs Python with pyarrow.
"""

import pathlib
import shlex
import sys

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

SHOWN = 3


def renames(path):
    """New names by old ones, of tables, of columns and of values by (table, column), and the columns that were reworded."""
    tables, columns, values, reworded = {}, {}, {}, set()
    for number, line in enumerate(path.read_text().splitlines(), 1):
        words = shlex.split(line, comments=True)
        match words:
            case []:
                pass
            case ["table", old, new]:
                tables[old] = new
            case ["column", table, old, new]:
                columns[table, old] = new
            case ["value", table, column, old, new]:
                values.setdefault((table, column), {})[old] = new
            case ["text", table, column]:
                reworded.add((table, column))
            case _:
                sys.exit(f"{path}:{number}: write `table`, `column`, `value` or `text` and its names")
    return tables, columns, values, reworded


def result_tables(home):
    """The Parquet files of the current run of the only data set in a home, by name."""
    (dataset,) = (home / "datasets").iterdir()
    run = dataset / "runs" / (dataset / "current").read_text().strip()
    return {path.stem: path for path in sorted(run.glob("*.parquet"))}


def cells_that_differ(before, after):
    """Rows in which two columns differ; NaN equals NaN, and null equals null."""
    before, after = before.combine_chunks(), after.combine_chunks()
    same = pc.fill_null(pc.equal(before, after), False)
    same = pc.or_(same, pc.and_(pc.is_null(before), pc.is_null(after)))
    if pa.types.is_floating(before.type):
        both_nan = pc.and_(pc.is_nan(before), pc.is_nan(after))
        same = pc.or_(same, pc.fill_null(both_nan, False))
    return [row for row, equal in enumerate(same.to_pylist()) if not equal]


def with_new_values(column, names):
    """A column of texts with new words for old ones."""
    column = column.cast(pa.string())
    for old, new in names.items():
        column = pc.if_else(pc.equal(column, old), new, column)
    return column


def compare(name, before, after, columns, values, reworded):
    """Differences between two files of one table, one sentence each."""
    before, after = pq.read_table(before), pq.read_table(after)
    before = before.rename_columns([columns.get((name, column), column) for column in before.column_names])
    found = []
    if before.column_names != after.column_names:
        found.append(f"columns: {before.column_names} became {after.column_names}")
    if before.num_rows != after.num_rows:
        return [*found, f"{before.num_rows} rows became {after.num_rows}"]
    for column in before.column_names:
        if column not in after.column_names or (name, column) in reworded:
            continue
        old, new = before[column], after[column]
        if names := values.get((name, column)):
            old, new = with_new_values(old, names), new.cast(pa.string())
        if old.type != new.type:
            found.append(f"{column}: {old.type} became {new.type}")
            continue
        rows = cells_that_differ(old, new)
        if rows:
            shown = "; ".join(f"row {row + 1}: {old[row].as_py()!r} became {new[row].as_py()!r}" for row in rows[:SHOWN])
            found.append(f"{column}: {len(rows)} cells differ ({shown})")
    return found


def main():
    before, after, listed = map(pathlib.Path, sys.argv[1:])
    tables, columns, values, reworded = renames(listed)
    differs = False
    for home in sorted(before.iterdir()):
        old = {tables.get(name, name): path for name, path in result_tables(home).items()}
        new = result_tables(after / home.name)
        cells = 0
        for name in sorted(old.keys() | new.keys()):
            if name not in new or name not in old:
                found = ["is new" if name in new else "is missing"]
            else:
                found = compare(name, old[name], new[name], columns, values, reworded)
                metadata = pq.read_metadata(new[name])
                cells += metadata.num_rows * metadata.num_columns
            for difference in found:
                print(f"{home.name}: {name}: {difference}")
                differs = True
        print(f"{home.name}: {len(new)} tables, {cells} cells compared")
    sys.exit(1 if differs else 0)


main()
