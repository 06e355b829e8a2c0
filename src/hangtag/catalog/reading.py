"""A catalog as a stream of record batches, whatever it is kept in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from hangtag.catalog.csvfile import CsvFile
from hangtag.catalog.folder import PhotoFolder
from hangtag.catalog.ids import SeenIds
from hangtag.catalog.selection import selected
from hangtag.catalog.tables import DeltaFolder, ParquetFile
from hangtag.errors import CatalogError
from hangtag.readings import CATALOG

__all__ = ["Catalog", "open_catalog"]

# To count the lines of a CSV is to read it; from here on the user is not kept waiting for it.
_TOO_LARGE_TO_COUNT = 2**30


class _Source(Protocol):
    """Columns of text under our names, at most ``rows`` long; ``columns`` maps ours to theirs.

    Ids are never null; the other texts are null where the catalog says nothing.
    """

    @property
    def columns(self) -> Mapping[str, str]: ...

    def batches(self, notes: Counter[str], rows: int) -> Iterator[dict[str, pa.Array]]: ...


class Catalog:
    """Products, one row each, as ``readings.CATALOG``.

    ``kind``: csv, parquet, delta or folder. ``columns``: our column → the catalog's. ``notes``: how
    often what was wrong in the last pass: repaired_lines, broken_lines, empty_ids, duplicate_ids,
    unreadable_names. ``among``: only products with these ids count; None: all do.
    """

    def __init__(
        self, path: Path, kind: str, source: _Source, among: Collection[str] | None = None
    ):
        self.path, self.kind = path, kind
        self.among = None if among is None else frozenset(among)
        self.columns: Mapping[str, str] = source.columns
        self.notes: Counter[str] = Counter()
        self._source = source

    def batches(
        self,
        *,
        where: str | None = None,
        order: str | None = None,
        limit: int | None = None,
        rows: int = 1024,
    ) -> Iterator[pa.RecordBatch]:
        """Pass over the catalog; see ``selection.selected`` for ``where`` and ``order``.

        The first line with an id counts, later ones are counted in ``notes``. Memory: one batch,
        and 8 bytes a product to know the ids that were there.

        Raises CatalogError.
        """
        self.notes.clear()
        return selected(self._clean(rows), where=where, order=order, limit=limit, rows=rows)

    def count(self, *, where: str | None = None, limit: int | None = None) -> int | None:
        """How many products ``batches`` would give; None where finding out would take long."""
        if self.path.is_file() and self.path.stat().st_size > _TOO_LARGE_TO_COUNT:
            return limit
        counted: int = sum(b.num_rows for b in self.batches(where=where, limit=limit))
        return counted

    def only(self, product_ids: Collection[str]) -> Catalog:
        """The same catalog, of these products alone."""
        return Catalog(self.path, self.kind, self._source, product_ids)

    def _clean(self, rows: int) -> Iterator[pa.RecordBatch]:
        seen = SeenIds()
        for texts in self._source.batches(self.notes, rows):
            ids = texts["product_id"]
            length = len(ids)
            columns = [texts.get(name, pa.nulls(length, pa.string())) for name in CATALOG.names]
            batch = pa.RecordBatch.from_arrays(columns, schema=CATALOG)
            named = pc.not_equal(ids, "")
            if empty := length - named.true_count:
                self.notes["empty_ids"] += empty
                batch = batch.filter(named)
            first = seen.first_seen(batch["product_id"].to_pylist())
            if not first.all():
                self.notes["duplicate_ids"] += int((~first).sum())
                batch = batch.filter(pa.array(first))
            if self.among is not None:
                wanted = [one in self.among for one in batch["product_id"].to_pylist()]
                batch = batch.filter(pa.array(wanted, pa.bool_()))
            if batch.num_rows:
                yield batch


def open_catalog(
    source: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    strict: bool = False,
    encoding: str = "utf-8-sig",
) -> Catalog:
    """The catalog at a path: a CSV or Parquet file, a Delta table, a folder of photos.

    ``columns``: our column → the catalog's, for those that are not recognised by themselves.
    ``strict``: refuse a CSV with broken lines. Raises CatalogError.
    """
    path = Path(source)
    if not path.exists():
        raise CatalogError(f"There is no {path}.", "Is the path right?")
    if path.is_dir():
        if (path / "_delta_log").is_dir():
            return Catalog(path, "delta", DeltaFolder(path, columns))
        _refuse(columns, "A folder of photos has no columns to map.")
        return Catalog(path, "folder", PhotoFolder(path))
    if path.suffix.casefold() in (".parquet", ".pq") or _begins(path) == b"PAR1":
        return Catalog(path, "parquet", ParquetFile(path, columns))
    return Catalog(path, "csv", CsvFile(path, columns, strict=strict, encoding=encoding))


def _begins(path: Path) -> bytes:
    """The first four bytes. Raises CatalogError for those of a spreadsheet or an archive."""
    try:
        with path.open("rb") as file:
            begins = file.read(4)
    except OSError as error:
        raise CatalogError(
            f"{path} cannot be read: {error.strerror}.", "Is the path right?"
        ) from error
    if begins.startswith((b"PK\x03\x04", b"\x1f\x8b")):
        raise CatalogError(
            f"{path} is a spreadsheet or an archive.", "Save it as CSV, or unpack it first."
        )
    return begins


def _refuse(columns: Iterable[str] | None, why: str) -> None:
    if columns:
        raise CatalogError(why, "Leave out --columns.")
