"""All that is indexed, in memory: vectors as matrices, columns as the rows of each value.

Comparing a query with every vector takes some milliseconds for 44,000 products, is exact, and stays
so under any filter. From ``lance.APPROXIMATE_FROM`` products on the approximate index proposes, and
the vectors decide.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hangtag.errors import UsageError
from hangtag.search.store import Snapshot

__all__ = ["Corpus"]

Mask = NDArray[np.bool_]
_NOTHING = np.empty(0, np.intp), np.empty(0, np.float32)
# A filter that leaves fewer rows is answered by comparing with each of them.
_FEW = 50_000
_MANY = 0.2
# A filter that leaves no more rows than this is told to the full text as a list of them.
_LISTED = 1000


class Corpus:
    """A snapshot of the index. ``facets``: the columns to narrow by; safe for many threads."""

    def __init__(
        self, snapshot: Snapshot, facets: Sequence[str], dimension: int, approximate_from: int
    ):
        self.rows = snapshot.documents().combine_chunks()
        self.size = self.rows.num_rows
        self.product_ids: list[str] = self.rows["product_id"].to_pylist()
        self.row_of = {one: row for row, one in enumerate(self.product_ids)}
        self.facets = [name for name in facets if name in self.rows.column_names]
        self.values: Mapping[str, Mapping[str, NDArray[np.intp]]] = {
            name: _rows_by_value(self.rows[name]) for name in self.facets
        }
        self._known = {name: _there(self.rows[name]) for name in self.facets}
        self._sure = {
            name: self.rows[f"{name}_confidence"].to_numpy().astype(np.float32)
            for name in self.facets
            if f"{name}_confidence" in self.rows.column_names
        }
        self._snapshot, self._dimension = snapshot, dimension
        self._approximate = self.size >= approximate_from
        self._vectors: dict[str, NDArray[np.float32]] = {}
        self._loading = threading.Lock()
        self.where = lru_cache(maxsize=64)(self._where)

    def fields(self, rows: Sequence[int]) -> list[dict[str, Any]]:
        """What is indexed of each of these products, as plain values; nothing that is not known."""
        told = self.rows.take(pa.array(rows, pa.int64())).to_pylist()
        return [
            {name: value for name, value in one.items() if value not in (None, [], "")}
            for one in told
        ]

    def vectors(self, name: str) -> NDArray[np.float32]:
        """[size, dimension] of ``photo`` or of a text's name; NaN for what has none."""
        with self._loading:
            if name not in self._vectors:
                self._vectors[name] = self._snapshot.vectors(name, self._dimension)
            return self._vectors[name]

    def known(self, column: str) -> Mask:
        """Which products have a value in that column."""
        return self._known[column]

    def is_single(self, column: str) -> bool:
        """Whether a product has at most one value there."""
        return not pa.types.is_list(self.rows.schema.field(column).type)

    def sureness(self, column: str) -> NDArray[np.float32] | None:
        """How sure each product's value was read; None for what the catalog itself says."""
        return self._sure.get(column)

    def having(self, column: str, values: Sequence[str]) -> NDArray[np.intp]:
        """The rows that have one of the values."""
        rows = [found for one in values if (found := self.values[column].get(one)) is not None]
        if not rows:
            return np.empty(0, np.intp)
        return rows[0] if len(rows) == 1 else np.unique(np.concatenate(rows))

    def chosen(self, filters: Mapping[str, Sequence[str]], where: str | None) -> Mask | None:
        """The products that filters and ``where`` leave; None for all.

        Of one column any of the values fits, and every column must. Raises UsageError for a column
        that is not known, or an expression that cannot be understood.
        """
        mask = self.where(where) if where and where.strip() else None
        for column, values in filters.items():
            if column not in self.values:
                raise UsageError(
                    f"There is no column {column!r} to narrow by.",
                    f"There are: {', '.join(self.facets)}.",
                )
            one = np.zeros(self.size, bool)
            one[self.having(column, values)] = True
            mask = one if mask is None else mask & one
        return mask

    def nearest(
        self, name: str, vector: NDArray[np.float32], allowed: Mask | None, limit: int
    ) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """Rows and cosines of the nearest ``limit`` allowed products that have such a vector."""
        vectors = self.vectors(name)
        if self._approximate and (allowed is None or allowed.sum() > _FEW):
            rows = self._proposed(name, vector, allowed, limit)
        else:
            rows = np.arange(self.size) if allowed is None else np.flatnonzero(allowed)
        # Picking many rows out takes longer than comparing with all of them.
        many = len(rows) > self.size * _MANY
        scores = _products(vectors, vector)[rows] if many else _products(vectors[rows], vector)
        there = ~np.isnan(scores)
        return _highest(rows[there], scores[there], limit)

    def _proposed(
        self, name: str, vector: NDArray[np.float32], allowed: Mask | None, limit: int
    ) -> NDArray[np.intp]:
        """Enough rows of the approximate index for ``limit`` allowed ones to be among them."""
        share = 1.0 if allowed is None else float(allowed.mean())
        ask = int(limit / share * 1.5) + 50
        while True:
            rows = self._snapshot.nearest(name, vector, min(ask, self.size))
            kept = rows if allowed is None else rows[allowed[rows]]
            if len(kept) >= limit or ask >= self.size:
                return kept
            ask *= 4

    def wording(
        self, name: str, query: str, allowed: Mask | None, limit: int
    ) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """Rows and BM25 scores of the ``limit`` allowed products whose text fits the words best."""
        left = self.size if allowed is None else int(allowed.sum())
        if allowed is not None and left <= _LISTED:
            among = np.flatnonzero(allowed)
            return self._snapshot.wording(name, query, limit, among) if left else _NOTHING
        ask = limit * self.size // left + 1
        while True:
            rows, scores = self._snapshot.wording(name, query, min(ask, self.size))
            kept = np.ones(len(rows), bool) if allowed is None else allowed[rows]
            # Scores do not depend on filters: asking for more only makes the list longer.
            if kept.sum() >= limit or len(rows) < ask:
                return rows[kept][:limit], scores[kept][:limit]
            ask *= 4

    def _where(self, where: str) -> Mask:
        columns = [
            name for name in self.rows.column_names if name not in ("document_key", "photo_sha256")
        ]
        numbered = self.rows.select(columns).append_column("_row", pa.array(range(self.size)))
        database = duckdb.connect(config={"threads": "1", "memory_limit": "512MB"})
        database.execute("SET enable_external_access = false; SET lock_configuration = true")
        try:
            # As an expression, not pasted into a statement: nothing can be smuggled in behind it.
            found = database.from_arrow(numbered).filter(where).project("_row").fetchnumpy()
        except duckdb.Error as error:
            raise UsageError(
                f"The filter cannot be understood: {str(error).splitlines()[0]}",
                f"It is an SQL expression over {', '.join(columns)}.",
            ) from error
        finally:
            database.close()
        mask = np.zeros(self.size, bool)
        mask[found["_row"]] = True
        return mask


def _products(vectors: NDArray[np.float32], vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each vector times this one.

    Not by BLAS: its threads wait busily for more to do, on cores that other queries need.
    """
    products: NDArray[np.float32] = np.einsum("ij,j->i", vectors, vector)
    return products


def _highest(
    rows: NDArray[np.intp], scores: NDArray[np.float32], limit: int
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """The highest scores first; of equal ones the earlier row."""
    if len(rows) > limit:
        best = np.argpartition(-scores, limit - 1)[:limit]
        rows, scores = rows[best], scores[best]
    order = np.lexsort((rows, -scores))
    return rows[order], scores[order]


def _there(column: pa.ChunkedArray) -> Mask:
    if pa.types.is_list(column.type):
        lengths = column.combine_chunks().value_lengths().fill_null(0)
        return np.asarray(lengths.to_numpy(zero_copy_only=False) > 0)
    return np.asarray(column.is_valid().to_numpy(zero_copy_only=False))


def _rows_by_value(column: pa.ChunkedArray) -> dict[str, NDArray[np.intp]]:
    """Value → the rows that have it, the most frequent value first."""
    flat = column.combine_chunks()
    if pa.types.is_list(flat.type):
        rows = flat.value_parent_indices().to_numpy(zero_copy_only=False)
        flat = flat.flatten()
    else:
        rows = np.arange(len(flat))
    coded = flat.dictionary_encode()
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(len(coded.dictionary) + 1))
    found = {
        value: rows[order[starts[code] : starts[code + 1]]].astype(np.intp)
        for code, value in enumerate(coded.dictionary.to_pylist())
        if value not in (None, "", "NA")
    }
    return dict(sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0])))
