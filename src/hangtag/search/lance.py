"""An index in LanceDB: one table of documents with their texts' vectors, one of photos' vectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hangtag.errors import MissingExtraError, WorkspaceError
from hangtag.search.documents import TEXTS

__all__ = ["APPROXIMATE_FROM", "LanceStore"]

# Below, comparing a query with every vector is faster than any index, and exact.
APPROXIMATE_FROM = 200_000
# Readers of an older state have turned to the newest one by then.
_KEPT = timedelta(hours=1)
_AT_ONCE = 1000


class LanceStore:
    """The index in ``folder``; ``approximate_from``: rows from which vectors get an index.

    Raises MissingExtraError where LanceDB is not installed, WorkspaceError where it fails.
    """

    def __init__(self, folder: Path, *, approximate_from: int = APPROXIMATE_FROM):
        try:
            import lancedb
        except ImportError as error:
            raise MissingExtraError("lancedb", "search") from error
        self._approximate_from = approximate_from
        self._folder = folder
        with _translated(folder):
            self._database = lancedb.connect(str(folder))

    def keys(self) -> dict[str, str]:
        """See ``Store``."""
        return self._pairs("documents", "document_key")

    def photo_keys(self) -> dict[str, str]:
        """See ``Store``."""
        return self._pairs("photos", "photo_sha256")

    def put_documents(self, rows: pa.Table) -> None:
        """See ``Store``."""
        self._put("documents", rows)

    def put_photos(self, rows: pa.Table) -> None:
        """See ``Store``."""
        self._put("photos", rows)

    def drop_documents(self, product_ids: Sequence[str]) -> None:
        """See ``Store``."""
        self._drop("documents", product_ids)

    def drop_photos(self, product_ids: Sequence[str]) -> None:
        """See ``Store``."""
        self._drop("photos", product_ids)

    def is_finished(self) -> bool:
        """See ``Store``."""
        with _translated(self._folder):
            return all(_covers_all(table, column) for table, column, _ in self._indexes())

    def finish(self) -> None:
        """See ``Store``."""
        with _translated(self._folder):
            for table, column, config in self._indexes():
                if not _is_there(table, column):
                    table.create_index(column, config=config)
            for name in ("documents", "photos"):
                table = self._table(name)
                if table is not None:
                    table.optimize(cleanup_older_than=_KEPT)

    def forget_history(self) -> None:
        """Give back the disk of all older states, where nobody can be reading them."""
        with _translated(self._folder):
            for name in ("documents", "photos"):
                table = self._table(name)
                if table is not None:
                    just_now = timedelta(milliseconds=1)
                    table.optimize(cleanup_older_than=just_now, delete_unverified=True)

    def snapshot(self) -> LanceSnapshot:
        """See ``Store``. Raises WorkspaceError where nothing is indexed."""
        with _translated(self._folder):
            documents = self._table("documents")
            if documents is None:
                raise WorkspaceError(
                    f"There is no index in {self._folder.parent}.",
                    f"Make one: hangtag index {self._folder.parent}",
                )
            return LanceSnapshot(self._folder, documents, self._table("photos"))

    def version(self) -> tuple[int, int]:
        """Changes with every write."""
        tables = (self._table("documents"), self._table("photos"))
        with _translated(self._folder):
            return tuple(0 if t is None else int(t.version) for t in tables)  # type: ignore[return-value]

    def _indexes(self) -> Iterator[tuple[Any, str, Any]]:
        """Table, column and kind of every index that tables of their size have."""
        from lancedb.index import FTS, HnswSq

        for kind, names in (("documents", TEXTS), ("photos", ("photo",))):
            table = self._table(kind)
            if table is None:
                continue
            for name in names if kind == "documents" else ():
                words = FTS(stem=True, ascii_folding=True, remove_stop_words=True)
                yield table, f"{name}_text", words
            for name in names if table.count_rows() >= self._approximate_from else ():
                # One partition: no filter can leave it with less than there is.
                yield table, f"{name}_vector", HnswSq(distance_type="dot", num_partitions=1)

    def _table(self, name: str) -> Any:
        try:
            return self._database.open_table(name)
        except (ValueError, FileNotFoundError):
            return None

    def _pairs(self, name: str, key: str) -> dict[str, str]:
        with _translated(self._folder):
            table = self._table(name)
            if table is None:
                return {}
            rows = table.search().select(["product_id", key]).to_arrow()
        return dict(zip(rows["product_id"].to_pylist(), rows[key].to_pylist(), strict=True))

    def _put(self, name: str, rows: pa.Table) -> None:
        with _translated(self._folder):
            table = self._table(name)
            if table is None:
                self._database.create_table(name, rows)
            else:
                merge = table.merge_insert("product_id")
                merge.when_matched_update_all().when_not_matched_insert_all().execute(rows)

    def _drop(self, name: str, product_ids: Sequence[str]) -> None:
        with _translated(self._folder):
            table = self._table(name)
            for start in range(0, len(product_ids) if table is not None else 0, _AT_ONCE):
                some = ", ".join(_quoted(one) for one in product_ids[start : start + _AT_ONCE])
                table.delete(f"product_id IN ({some})")


class LanceSnapshot:
    """The tables at the versions they had."""

    def __init__(self, folder: Path, documents: Any, photos: Any):
        self._folder, self._documents, self._photos = folder, documents, photos
        for table in (documents, photos):
            if table is not None:
                table.checkout(table.version)
        self._row: dict[str, int] = {}
        # LanceDB's own numbers of the rows, ascending, and ours.
        self._numbers: tuple[NDArray[np.uint64], NDArray[np.intp]]
        # And by our rows.
        self._number_of: NDArray[np.uint64]

    def documents(self) -> pa.Table:
        """See ``Snapshot``."""
        left_out = {f"{name}_{what}" for name in TEXTS for what in ("text", "vector")}
        with _translated(self._folder):
            names = [name for name in self._documents.schema.names if name not in left_out]
            rows = self._documents.search().with_row_id(True).select(names).to_arrow()
        numbers = rows["_rowid"].to_numpy()
        order = np.argsort(numbers)
        self._numbers, self._number_of = (numbers[order], order), numbers
        rows = rows.drop_columns(["_rowid"])
        self._row = {one: row for row, one in enumerate(rows["product_id"].to_pylist())}
        return rows

    def vectors(self, name: str, dimension: int) -> NDArray[np.float32]:
        """See ``Snapshot``."""
        found = np.full((len(self._row), dimension), np.nan, np.float32)
        table = self._photos if name == "photo" else self._documents
        if table is None:
            return found
        with _translated(self._folder):
            rows = table.search().select(["product_id", f"{name}_vector"]).to_arrow()
        for batch in rows.to_batches():
            column = batch[f"{name}_vector"]
            numbers = column.flatten().to_numpy(zero_copy_only=False)
            places = [self._row.get(one, -1) for one in batch["product_id"].to_pylist()]
            at = np.array(places, dtype=np.intp)
            found[at[at >= 0]] = numbers.reshape(len(batch), dimension)[at >= 0]
        return found

    def nearest(self, name: str, vector: NDArray[np.float32], limit: int) -> NDArray[np.intp]:
        """See ``Snapshot``."""
        table = self._photos if name == "photo" else self._documents
        if table is None:
            return np.empty(0, np.intp)
        with _translated(self._folder):
            asked = table.search(vector, vector_column_name=f"{name}_vector").distance_type("dot")
            asked = asked.ef(max(2 * limit, 200)).select(["product_id", "_distance"]).limit(limit)
            rows = asked.to_arrow()
        return self._rows(rows)

    def wording(
        self, name: str, query: str, limit: int, among: NDArray[np.intp] | None = None
    ) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """See ``Snapshot``."""
        from lancedb.query import MatchQuery

        with _translated(self._folder):
            words = MatchQuery(query, f"{name}_text")  # type: ignore[call-arg]
            asked = self._documents.search(words, query_type="fts").with_row_id(True)
            if among is not None:
                listed = ", ".join(map(str, self._number_of[among].tolist()))
                asked = asked.where(f"_rowid IN ({listed})", prefilter=True)
            rows = asked.select(["_score"]).limit(limit).to_arrow()
        numbers, ours = self._numbers
        at = ours[np.searchsorted(numbers, rows["_rowid"].to_numpy())]
        return at, rows["_score"].to_numpy()

    def _rows(self, found: pa.Table) -> NDArray[np.intp]:
        places = [self._row.get(one, -1) for one in found["product_id"].to_pylist()]
        at = np.array(places, dtype=np.intp)
        return at[at >= 0]


def _is_there(table: Any, column: str) -> bool:
    return f"{column}_idx" in {index.name for index in table.list_indices()}


def _covers_all(table: Any, column: str) -> bool:
    return _is_there(table, column) and (table.index_stats(f"{column}_idx").num_unindexed_rows == 0)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    """Errors of LanceDB and of the file system as ours."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        raise WorkspaceError(
            f"The index in {folder} cannot be used: {str(error).splitlines()[0][:300]}",
            f"Is there free space? If it is damaged, remove {folder} and index again.",
        ) from error
