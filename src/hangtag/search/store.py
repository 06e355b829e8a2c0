"""What an index needs of its database. Another database is another file like ``lance``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

__all__ = ["Snapshot", "Store"]


class Snapshot(Protocol):
    """The index as it stood at one moment, whatever is written meanwhile."""

    def documents(self) -> pa.Table:
        """All rows of ``documents.document_schema``, without texts; row n is row n everywhere."""
        ...

    def vectors(self, name: str, dimension: int) -> NDArray[np.float32]:
        """[n, dimension] of a text's name, or of ``photo``; NaN for what has none."""
        ...

    def nearest(self, name: str, vector: NDArray[np.float32], limit: int) -> NDArray[np.intp]:
        """Rows whose vectors are among the nearest, by the approximate index, nearest first."""
        ...

    def wording(
        self, name: str, query: str, limit: int, among: NDArray[np.intp] | None = None
    ) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """Rows whose text has words of the query, and their BM25 scores, highest first.

        ``among``: the only rows that count, at least one.
        """
        ...


class Store(Protocol):
    """The index at rest."""

    def keys(self) -> dict[str, str]:
        """Product id → the key of its document as it is indexed."""
        ...

    def photo_keys(self) -> dict[str, str]:
        """Product id → the hash of the photo whose vector is indexed."""
        ...

    def put_documents(self, rows: pa.Table) -> None:
        """Add documents with their vectors, or put them in the place of those with their ids."""
        ...

    def put_photos(self, rows: pa.Table) -> None:
        """The same for photos' vectors."""
        ...

    def drop_documents(self, product_ids: Sequence[str]) -> None:
        """Take documents out."""
        ...

    def drop_photos(self, product_ids: Sequence[str]) -> None:
        """Take photos' vectors out."""
        ...

    def is_finished(self) -> bool:
        """Whether full text and approximate indexes know every row."""
        ...

    def finish(self) -> None:
        """Bring full text and approximate indexes up to date, and give back disk."""
        ...

    def snapshot(self) -> Snapshot:
        """The index as it stands now."""
        ...
