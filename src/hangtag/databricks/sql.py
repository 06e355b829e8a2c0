"""The SQL of our tables in Unity Catalog, as text. Names are checked by ``Names``."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

__all__ = ["create_table", "merge", "sql_type"]

_PLAIN = {
    pa.string(): "STRING",
    pa.bool_(): "BOOLEAN",
    pa.int64(): "BIGINT",
    pa.float32(): "FLOAT",
    pa.timestamp("us", tz="UTC"): "TIMESTAMP",
}


def sql_type(kind: pa.DataType) -> str:
    """The type as Spark writes it."""
    if pa.types.is_list(kind):
        return f"ARRAY<{sql_type(kind.value_type)}>"
    if pa.types.is_map(kind):
        return f"MAP<{sql_type(kind.key_type)}, {sql_type(kind.item_type)}>"
    return _PLAIN[kind]


def create_table(table: str, schema: pa.Schema, keys: Sequence[str]) -> str:
    """A table with a primary key, and with its change data feed on from its first row on.

    An index that follows the table needs both, and cannot follow changes from before the feed.
    """
    columns = [
        f"  {_quoted(field.name)} {sql_type(field.type)}{' NOT NULL' if field.name in keys else ''}"
        for field in schema
    ]
    columns.append(f"  PRIMARY KEY ({', '.join(map(_quoted, keys))})")
    return (
        f"CREATE TABLE IF NOT EXISTS {_quoted(table)} (\n" + ",\n".join(columns) + "\n)\n"
        "USING DELTA\n"
        "TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true', "
        "'delta.enableDeletionVectors' = 'true')"
    )


def merge(table: str, rows: str, columns: Sequence[str], keys: Sequence[str]) -> str:
    """Rows of the view ``rows`` take the place of those with the same keys, or are added.

    However often it is repeated, the table is the same: a task may die between any two of them.
    """
    same = " AND ".join(f"t.{_quoted(key)} = s.{_quoted(key)}" for key in keys)
    rest = [column for column in columns if column not in keys]
    sets = ", ".join(f"{_quoted(column)} = s.{_quoted(column)}" for column in rest)
    names = ", ".join(map(_quoted, columns))
    values = ", ".join(f"s.{_quoted(column)}" for column in columns)
    return (
        f"MERGE INTO {_quoted(table)} AS t USING {_quoted(rows)} AS s ON {same}\n"  # noqa: S608
        f"WHEN MATCHED THEN UPDATE SET {sets}\n"
        f"WHEN NOT MATCHED THEN INSERT ({names}) VALUES ({values})"
    )


def _quoted(name: str) -> str:
    """Each part in backticks. A column may be named as people like, but for a backtick."""
    parts = name.split(".")
    if not all(part and "`" not in part for part in parts):
        raise ValueError(name)
    return ".".join(f"`{part}`" for part in parts)
