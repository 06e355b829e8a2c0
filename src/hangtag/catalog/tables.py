"""Catalogs that are tables already: Parquet files and Delta tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads

from hangtag.catalog.columns import match_columns
from hangtag.errors import CatalogError

__all__ = ["DeltaFolder", "ParquetFile"]


class _Table:
    """Rows of an Arrow dataset as text."""

    def __init__(self, path: Path, dataset: pads.Dataset, columns: Mapping[str, str] | None):
        self._path, self._dataset = path, dataset
        self.columns = match_columns(dataset.schema.names, columns)

    def rows(self, notes: Counter[str]) -> Iterator[dict[str, str]]:  # noqa: ARG002 - all are whole
        """Our columns of every row; null becomes an empty text."""
        theirs = list(self.columns.values())
        try:
            for batch in self._dataset.to_batches(columns=theirs, batch_size=4096):
                texts = [_as_text(batch[name], name).to_pylist() for name in theirs]
                for values in zip(*texts, strict=True):
                    yield {
                        ours: value or "" for ours, value in zip(self.columns, values, strict=True)
                    }
        except (pa.ArrowException, OSError) as error:
            raise CatalogError(f"{self._path} cannot be read: {error}.", "Is it whole?") from error


class ParquetFile(_Table):
    """A Parquet file. Raises CatalogError when it is not one, or has no id column."""

    def __init__(self, path: Path, columns: Mapping[str, str] | None):
        try:
            dataset = pads.dataset(path, format="parquet")
        except (pa.ArrowException, OSError) as error:
            raise CatalogError(
                f"{path} is not a Parquet file: {error}.", "Is it the right file?"
            ) from error
        super().__init__(path, dataset, columns)


class DeltaFolder(_Table):
    """A Delta table as it stands now. Raises CatalogError when it cannot be read."""

    def __init__(self, path: Path, columns: Mapping[str, str] | None):
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError

        try:
            dataset = DeltaTable(path).to_pyarrow_dataset()
        except DeltaError as error:
            raise CatalogError(
                f"{path} cannot be read as a Delta table: {error}.", "Is it whole?"
            ) from error
        super().__init__(path, dataset, columns)


def _as_text(values: pa.Array, name: str) -> pa.Array:
    # Ids that went through a data frame with gaps are floats: 1163.0 is the product 1163.
    if pa.types.is_floating(values.type):
        whole = pc.all(pc.equal(values, pc.round(values))).as_py()
        if whole is not False:
            values = values.cast(pa.int64())
    try:
        return values.cast(pa.string())
    except pa.ArrowException as error:
        raise CatalogError(
            f"The column {name!r} holds {values.type}, which is no text.",
            "Map another one with --columns.",
        ) from error
