"""A file of labels or ids as a table, whatever program wrote it."""

from __future__ import annotations

import csv
import math
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from hangtag.errors import LabelsError

__all__ = ["product_ids", "table_of"]

_ID = ("id", "product_id")


def table_of(path: Path) -> pa.Table:
    """A Parquet or CSV file; CSV with commas, semicolons or tabs, every column as text.

    Raises LabelsError when it cannot be read, has no rows, or two columns of one name.
    """
    try:
        parquet = path.suffix.casefold() in (".parquet", ".pq")
        table = pq.read_table(path) if parquet else _csv(path)
    except UnicodeDecodeError as error:
        raise LabelsError(f"{path} is not UTF-8: {error}.", "Save it as UTF-8.") from error
    except (OSError, csv.Error, pa.ArrowException) as error:
        raise LabelsError(f"{path} cannot be read: {error}.", "Is the path right?") from error
    names = [name.strip() for name in table.column_names]
    double = [name for name, n in Counter(names).items() if n > 1]
    if double:
        raise LabelsError(f"{path} has two columns named {double[0]!r}.", "Rename one of them.")
    if not table.num_rows:
        raise LabelsError(f"{path} has no rows.", "Is it the right file?")
    return table.rename_columns(names)


def _csv(path: Path) -> pa.Table:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        header = lines.readline()
    delimiter = next((mark for mark in ",;\t" if mark in header), ",")
    # As text throughout: an id such as 007 is no number. Only the first of two columns of one name
    # is, but then the file is refused anyway.
    texts = {name: pa.string() for name in next(csv.reader([header], delimiter=delimiter), [])}
    return pacsv.read_csv(
        path,
        parse_options=pacsv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        convert_options=pacsv.ConvertOptions(column_types=texts),
    )


def product_ids(table: pa.Table, path: Path) -> list[str]:
    """The id of each row. Raises LabelsError where there is no such column, or a row has none."""
    key = next((name for name in table.column_names if name.casefold() in _ID), None)
    if key is None:
        there = ", ".join(table.column_names[:8])
        raise LabelsError(
            f"{path} has no column 'id'.", f"Name the column of ids so; it has {there}."
        )
    ids = [_id(value) for value in table[key].to_pylist()]
    empty = ids.count("")
    if empty:
        rows = "1 row" if empty == 1 else f"{empty:,} rows"
        raise LabelsError(f"{path} has {rows} without an id.", "Give them one, or take them out.")
    return ids


def _id(value: object) -> str:
    """As catalogs have it: without white space around; a number as data frames keep it is whole."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
