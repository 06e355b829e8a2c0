"""Which products, in which order: SQL expressions of the user over our column names."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

import duckdb
import pyarrow as pa

from hangtag.errors import CatalogError
from hangtag.readings import CATALOG

__all__ = ["selected"]


def selected(
    batches: Iterator[pa.RecordBatch],
    *,
    where: str | None,
    order: str | None,
    limit: int | None,
    rows: int,
) -> Iterator[pa.RecordBatch]:
    """The rows that ``where`` holds for, in the order of ``order``, at most ``limit`` of them.

    The expressions see the columns of ``readings.CATALOG`` and nothing else: no file, no other
    statement. Sorting spills to disk where it needs more than 256 MB. Raises CatalogError for an
    expression that cannot be understood.
    """
    if where is None and order is None:
        yield from _first(batches, limit)
        return
    fault: list[CatalogError] = []
    with tempfile.TemporaryDirectory(prefix="hangtag-") as spill:
        database = duckdb.connect(
            config={"temp_directory": spill, "memory_limit": "256MB", "threads": "1"}
        )
        database.execute("SET enable_external_access = false; SET lock_configuration = true")
        try:
            reader = pa.RecordBatchReader.from_batches(CATALOG, _kept(batches, fault))
            found = database.from_arrow(reader)
            # As expressions, not pasted into a statement: nothing can be smuggled in behind them.
            if where is not None:
                found = found.filter(where)
            if order is not None:
                found = found.order(order)
            if limit is not None:
                found = found.limit(limit)
            for batch in found.to_arrow_reader(rows):
                yield pa.RecordBatch.from_arrays(
                    [batch[name].cast(pa.string()) for name in CATALOG.names], schema=CATALOG
                )
        except duckdb.Error as error:
            if fault:
                raise fault[0] from error
            raise CatalogError(
                f"--where or --order cannot be understood: {str(error).splitlines()[0]}",
                f"They are SQL expressions over {', '.join(CATALOG.names)}.",
            ) from error
        finally:
            database.close()


def _kept(batches: Iterator[pa.RecordBatch], fault: list[CatalogError]) -> Iterator[pa.RecordBatch]:
    """The same batches; an error is kept, since duckdb hands on its text alone."""
    try:
        yield from batches
    except CatalogError as error:
        fault.append(error)
        raise


def _first(batches: Iterator[pa.RecordBatch], limit: int | None) -> Iterator[pa.RecordBatch]:
    left = limit
    for batch in batches:
        if left is None:
            yield batch
            continue
        if left <= 0:
            return
        yield batch.slice(0, left)
        left -= batch.num_rows
