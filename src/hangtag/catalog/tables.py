"""Catalogs that are tables already: Parquet files and Delta tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads
import pyarrow.parquet as pq
from pyarrow import fs

from hangtag.catalog.columns import match_columns
from hangtag.catalog.texts import as_told, trimmed
from hangtag.errors import CatalogError

__all__ = ["DeltaFolder", "ParquetFile"]

# From here on a float cannot tell a whole number from its neighbours.
_EXACT = 2.0**53
# Bytes read at once of each column.
_BUFFER = 2**20


class _Table:
    """Rows of an Arrow dataset as text. A column is recognised by its name, if it can be text."""

    def __init__(self, path: Path, dataset: pads.Dataset, columns: Mapping[str, str] | None):
        self._path, self._dataset = path, dataset
        asked = set((columns or {}).values())
        for field in dataset.schema:
            if field.name in asked and not _is_plain(field.type):
                raise CatalogError(
                    f"The column {field.name!r} holds {field.type}, which is no text.",
                    "Map another one with --columns.",
                )
        found = (f.name for f in dataset.schema if _is_plain(f.type))
        self.columns = match_columns(found, columns)

    def batches(self, notes: Counter[str], rows: int) -> Iterator[dict[str, pa.Array]]:  # noqa: ARG002 - all are whole
        """Our columns of every row."""
        try:
            for fragment in self._dataset.get_fragments():
                for batch in self._parts(fragment, rows):
                    yield {
                        ours: (trimmed if ours == "product_id" else as_told)(_as_text(batch[name]))
                        for ours, name in self.columns.items()
                    }
        except (pa.ArrowException, OSError) as error:
            raise CatalogError(f"{self._path} cannot be read: {error}.", "Is it whole?") from error

    def _parts(
        self, fragment: pads.ParquetFileFragment, rows: int
    ) -> Iterator[dict[str, pa.Array]]:
        """Their columns of one file, bit by bit; a dataset would take up row groups as a whole."""
        # What a table is partitioned by stands in none of its files, nor do columns added later.
        fixed = pads.get_partition_keys(fragment.partition_expression)
        with fragment.open() as opened:
            file = pq.ParquetFile(opened, pre_buffer=False, buffer_size=_BUFFER)
            there = [name for name in self.columns.values() if name in file.schema_arrow.names]
            for batch in file.iter_batches(rows, columns=there, use_threads=False):
                yield {
                    name: batch[name]
                    if name in there
                    else pa.repeat(pa.scalar(fixed.get(name)), batch.num_rows)
                    for name in self.columns.values()
                }


class ParquetFile(_Table):
    """A Parquet file. Raises CatalogError when it is not one, or has no id column."""

    def __init__(self, path: Path, columns: Mapping[str, str] | None):
        try:
            dataset = pads.dataset(path, format="parquet")
        except (pa.ArrowException, OSError) as error:
            raise CatalogError(
                f"{path} cannot be read as Parquet: {error}.", "Is it the right file?"
            ) from error
        super().__init__(path, dataset, columns)


class DeltaFolder(_Table):
    """A Delta table as it stands now. Raises CatalogError when it cannot be read."""

    def __init__(self, path: Path, columns: Mapping[str, str] | None):
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError

        try:
            # Arrow's own file system: deltalake's now and then aborts the process at its end.
            files = fs.SubTreeFileSystem(str(path), fs.LocalFileSystem())
            dataset = DeltaTable(path).to_pyarrow_dataset(filesystem=files)
        except DeltaError as error:
            raise CatalogError(
                f"{path} cannot be read as a Delta table: {error}.",
                "If it is whole, it uses a feature that is not read here, such as deletion "
                "vectors; export it to Parquet.",
            ) from error
        super().__init__(path, dataset, columns)


def _is_plain(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_plain(kind.value_type)
    return not (
        pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind) or pa.types.is_binary_view(kind)
    )  # fmt: skip


def _as_text(values: pa.Array) -> pa.Array:
    texts = values.cast(pa.string())
    if not pa.types.is_floating(values.type):
        return texts
    # Ids that went through a data frame with gaps are floats: 1163.0 is the product 1163, and
    # NaN is none.
    numbers = values.cast(pa.float64())
    whole = pc.and_(pc.equal(numbers, pc.round(numbers)), pc.less(pc.abs(numbers), _EXACT))
    integers = pc.if_else(whole, numbers, 0.0).cast(pa.int64()).cast(pa.string())
    return pc.if_else(pc.is_nan(numbers), None, pc.if_else(whole, integers, texts))
