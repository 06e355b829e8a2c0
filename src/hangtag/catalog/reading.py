"""A catalog as a stream of record batches, whatever it is kept in."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from hangtag.catalog.csvfile import CsvFile
from hangtag.catalog.folder import PhotoFolder
from hangtag.catalog.selection import selected
from hangtag.catalog.tables import DeltaFolder, ParquetFile
from hangtag.errors import CatalogError
from hangtag.readings import CATALOG

__all__ = ["Catalog", "open_catalog"]

_SAYS_NOTHING = frozenset({"", "na", "n/a", "nan", "none", "null"})

# To count the lines of a CSV is to read it; from here on the user is not kept waiting for it.
_TOO_LARGE_TO_COUNT = 2**30


class _Source(Protocol):
    """Rows of text under our column names; ``columns`` maps ours to theirs."""

    @property
    def columns(self) -> Mapping[str, str]: ...

    def rows(self, notes: Counter[str]) -> Iterator[dict[str, str]]: ...


class Catalog:
    """Products, one row each, as ``readings.CATALOG``.

    ``kind``: csv, parquet, delta or folder. ``columns``: our column → the catalog's. ``notes``: how
    often what was wrong in the last pass: repaired_lines, broken_lines, empty_ids, duplicate_ids.
    """

    def __init__(self, path: Path, kind: str, source: _Source):
        self.path, self.kind = path, kind
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
        and about 70 bytes a product to know the ids that were there.

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

    def _clean(self, rows: int) -> Iterator[pa.RecordBatch]:
        products = self._products()
        while chunk := list(islice(products, rows)):
            columns = [[row.get(name) for row in chunk] for name in CATALOG.names]
            arrays = [pa.array(values, pa.string()) for values in columns]
            yield pa.RecordBatch.from_arrays(arrays, schema=CATALOG)

    def _products(self) -> Iterator[dict[str, str | None]]:
        seen: set[bytes] = set()
        for row in self._source.rows(self.notes):
            product_id = row["product_id"].strip()
            if not product_id:
                self.notes["empty_ids"] += 1
                continue
            # A hash of eight bytes stands for the id: among ten million ids, the chance that any
            # two are mistaken for one is 1 in 370,000.
            short = hashlib.blake2b(product_id.encode(errors="replace"), digest_size=8).digest()
            if short in seen:
                self.notes["duplicate_ids"] += 1
                continue
            seen.add(short)
            told: dict[str, str | None] = {name: _told(text) for name, text in row.items()}
            told["product_id"] = product_id
            yield told


def _told(text: str) -> str | None:
    text = text.strip()
    return None if text.casefold() in _SAYS_NOTHING else text


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
    if path.suffix.casefold() in (".parquet", ".pq"):
        return Catalog(path, "parquet", ParquetFile(path, columns))
    return Catalog(path, "csv", CsvFile(path, columns, strict=strict, encoding=encoding))


def _refuse(columns: Iterable[str] | None, why: str) -> None:
    if columns:
        raise CatalogError(why, "Leave out --columns.")
