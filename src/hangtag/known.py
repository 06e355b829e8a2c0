"""The ledger beside the catalog: what is known of each product, as the catalog streams by.

A look for some products passes over the whole ledger. So the catalog is taken in windows that grow
until they are a fixed share of the ledger: however many products there are, so many looks are
enough, and the first products need not wait for the last. A window lies on disk, not in memory.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from hangtag.errors import WorkspaceError
from hangtag.readings import READINGS
from hangtag.workspace import Workspace

__all__ = ["STORED", "Known", "Row", "Seen"]

# Catalog rows handed on at once, and in the first window.
_ROWS = 4096
# A window grows to the ledger's rows by this: so many looks pass over it in all.
_LOOKS = 16

STORED = pa.struct(
    [READINGS.field(name) for name in ("attribute", "value", "confidence", "probabilities")]
)


class Row(NamedTuple):
    """What the ledger knows of a product; all None where it is only known to have rows."""

    image_sha256: str | None
    fingerprint: str | None
    attribute_keys: Sequence[str] | None
    metadata_sha256: str | None
    category_seen: str | None
    photo_side: int | None
    outcome: str | None
    reason: str | None


class Seen(NamedTuple):
    """Catalog rows and what is known of each: its row (None: no table has one of it), its readings.

    ``stored``: lists of ``STORED``, of those products that need some of theirs; else null.
    """

    batch: pa.RecordBatch
    rows: Sequence[Row | None]
    stored: pa.Array


class Known:
    """The ledger as it stood, to be held beside catalogs; a context manager.

    Held by duckdb, in memory up to 256 MB and on disk beyond. Without a workspace, or with one that
    is still empty, nothing is known.
    """

    def __init__(self, workspace: Workspace | None):
        self._closing = ExitStack()
        self._empty = workspace is None or not workspace.has("ledger")
        if workspace is not None:
            self._workspace = workspace

    def __enter__(self) -> Known:
        if not self._empty:
            with ExitStack() as opening:
                self._open(opening)
                self._closing = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def _open(self, opening: ExitStack) -> None:
        import duckdb

        self._folder = Path(opening.enter_context(tempfile.TemporaryDirectory(prefix="hangtag-")))
        with self._translated():
            # A file, since tables in memory are not compressed, nor is what of them goes to disk.
            self._database = duckdb.connect(
                str(self._folder / "known"),
                config={
                    "memory_limit": "256MB", "temp_directory": str(self._folder), "threads": "1",
                },
            )  # fmt: skip
            opening.callback(self._database.close)
            self._database.register("ledger", self._workspace.dataset("ledger"))
            self._database.register("products", self._workspace.dataset("products"))
            # A product with rows that the ledger does not know of: a run died before it was done.
            self._database.execute(
                "CREATE TABLE known AS SELECT * FROM ledger UNION ALL BY NAME "
                "SELECT product_id FROM products ANTI JOIN ledger USING (product_id)"
            ).fetchall()
            ((self._count,),) = self._database.execute("SELECT count(*) FROM known").fetchall()
            self._database.unregister("ledger")
            self._database.unregister("products")

    def beside(
        self,
        batches: Iterator[pa.RecordBatch],
        *,
        fingerprint: str,
        attribute_keys: Collection[str],
    ) -> Iterator[Seen]:
        """What is known of the products of ``batches``, in the same order, none left out.

        ``batches`` have ``product_id`` and ``metadata_sha256``. Readings come with those products
        whose photo was read by ``fingerprint``, some but not all of whose ``attribute_keys`` are
        still good, or whose metadata has changed. Raises WorkspaceError when tables cannot be read.
        """
        parts = _larger(batches, _ROWS)
        if self._empty:
            for part in parts:
                nothing = pa.nulls(part.num_rows, pa.list_(STORED))
                yield Seen(part, [None] * part.num_rows, nothing)
            return
        size, most = 1, max(1, self._count // _LOOKS // _ROWS)
        while True:
            with tempfile.TemporaryFile(dir=self._folder) as file, ExitStack() as looking:
                if not self._put(islice(parts, size), file):
                    return
                file.seek(0)
                with self._translated():
                    rows_known, readings = self._look(
                        file, looking, fingerprint, list(attribute_keys)
                    )
                file.seek(0)
                start = 0
                for part in pa.ipc.open_stream(file):
                    end = start + part.num_rows
                    with self._translated():
                        known, stored = rows_known.until(end), readings.until(end)
                    yield Seen(part, _rows(known, start, end), _stored(stored, start, end))
                    start = end
            size = min(2 * size, most)

    def _put(self, batches: Iterator[pa.RecordBatch], file: Any) -> int:
        """Write batches; how many rows they have. What reading them raises is not ours to tell."""
        rows, writer = 0, None
        for batch in batches:
            with self._translated():
                writer = writer or pa.ipc.new_stream(file, batch.schema)
                writer.write_batch(batch)
            rows += batch.num_rows
        if writer is not None:
            with self._translated():
                writer.close()
                file.flush()
        return rows

    def _look(
        self, file: Any, looking: ExitStack, fingerprint: str, attribute_keys: Sequence[str]
    ) -> tuple[_Ordered, _Ordered]:
        """What is known of the products in ``file``, and readings, by their places in it."""
        asking, telling = (looking.enter_context(closing(self._database.cursor())) for _ in "ab")
        reader = pa.ipc.open_stream(file)
        asking.register("asked", pa.RecordBatchReader.from_batches(_ASKED, _asked(reader)))
        asking.execute(
            f"CREATE OR REPLACE TABLE seen AS SELECT place, product_id, {', '.join(Row._fields)}, "  # noqa: S608
            "coalesce(outcome = 'tagged' AND fingerprint = $fingerprint "
            "AND list_has_any(attribute_keys, $keys) AND (metadata_sha256 IS DISTINCT FROM now "
            "OR NOT list_has_all(attribute_keys, $keys)), false) AS partial "
            "FROM known JOIN asked USING (product_id)",
            {"fingerprint": fingerprint, "keys": list(attribute_keys)},
        ).fetchall()
        asking.unregister("asked")
        rows = asking.sql(f"SELECT place, {', '.join(Row._fields)} FROM seen ORDER BY place")  # noqa: S608
        known = _Ordered(rows.to_arrow_reader(_ROWS))
        files = list(self._workspace.dataset("readings").files)
        if not files or not telling.execute("FROM seen WHERE partial LIMIT 1").fetchall():
            return known, _Ordered(pa.RecordBatchReader.from_batches(_PLACED, []))
        # Not by way of Arrow, from which duckdb takes ten times as long to take maps.
        readings = telling.sql(
            f"SELECT place, {', '.join(field.name for field in STORED)} "  # noqa: S608
            "FROM read_parquet($files, union_by_name = true) "
            "JOIN (SELECT DISTINCT place, product_id FROM seen WHERE partial) "
            "USING (product_id) ORDER BY place",
            params={"files": files},
        )
        return known, _Ordered(readings.to_arrow_reader(_ROWS))

    @contextmanager
    def _translated(self) -> Iterator[None]:
        import duckdb

        try:
            yield
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            raise WorkspaceError(
                f"The tables of {self._workspace.path} cannot be read: {error}.",
                "Is there free space for temporary files? Then run the same command again.",
            ) from error


_PLACED = pa.schema([pa.field("place", pa.int64()), *STORED])
_ASKED = pa.schema([("place", pa.int64()), ("product_id", pa.string()), ("now", pa.string())])


def _asked(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    start = 0
    for batch in batches:
        places = pa.array(np.arange(start, start + batch.num_rows))
        columns = [places, batch["product_id"], batch["metadata_sha256"]]
        yield pa.RecordBatch.from_arrays(columns, schema=_ASKED)
        start += batch.num_rows


class _Ordered:
    """Rows of a stream in the order of their column ``place``, to be taken up to a place."""

    def __init__(self, batches: pa.RecordBatchReader):
        self._batches, self._schema = iter(batches), batches.schema
        self._rest: pa.RecordBatch | None = next(self._batches, None)

    def until(self, place: int) -> pa.RecordBatch:
        """The next rows, those before ``place``."""
        taken: list[pa.RecordBatch] = []
        while self._rest is not None:
            cut = int(np.searchsorted(self._rest["place"].to_numpy(), place))
            taken.append(self._rest.slice(0, cut))
            if cut < self._rest.num_rows:
                self._rest = self._rest.slice(cut)
                break
            self._rest = next(self._batches, None)
        if not taken:
            return pa.RecordBatch.from_pylist([], schema=self._schema)
        return pa.concat_batches(taken)


def _rows(known: pa.RecordBatch, start: int, end: int) -> list[Row | None]:
    rows: list[Row | None] = [None] * (end - start)
    columns = (known[name].to_pylist() for name in Row._fields)
    for place, *values in zip(known["place"].to_pylist(), *columns, strict=True):
        rows[place - start] = Row(*values)
    return rows


def _stored(readings: pa.RecordBatch, start: int, end: int) -> pa.Array:
    """Readings in the order of their places as lists, one a place; null where there are none."""
    there = np.searchsorted(readings["place"].to_numpy(), np.arange(start, end + 1))
    values = pa.StructArray.from_arrays(
        [readings[field.name].cast(field.type) for field in STORED], fields=list(STORED)
    )
    offsets = pa.array(there, pa.int32())
    none = pa.array(there[:-1] == there[1:])
    return pa.ListArray.from_arrays(offsets, values, type=pa.list_(STORED), mask=none)


def _larger(batches: Iterator[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(b.num_rows for b in waiting) >= rows:
            yield pa.concat_batches(waiting)
            waiting = []
    if waiting:
        yield pa.concat_batches(waiting)
