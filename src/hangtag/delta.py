"""One Delta table: made, read, added to, partly replaced, compacted. All writing goes through here.

Rows that cannot be there yet are appended: some 0.05 s for the readings of 4,096 products, whatever
the table's size. Others replace, in one commit, the rows of the same products: that takes some
0.15 ms a product named and rewrites the files that hold them (0.8 s in all for 4,096 products at
360,000 readings). It is done by ``overwrite`` with a predicate and not by MERGE: what a merge
writes is typed ``string_view`` inside (deltalake 1.6), on which Arrow and duckdb refuse to filter.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import deltalake
import pyarrow as pa
import pyarrow.dataset
import pyarrow.fs
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from hangtag.errors import WorkspaceError

__all__ = [
    "among",
    "append",
    "compact",
    "count",
    "create",
    "dataset",
    "exists",
    "read",
    "replace",
    "version",
]

_ATTEMPTS = 12
# A table of more files than this is rewritten as few: every reader opens all of them.
_FILES = 24
# deltalake (1.6) goes into an expression by recursion, some 400 bytes of stack for each value of a
# list: 20,000 of them end a process whose stack has the 8 MB of Linux, fewer where it has less.
_STACK, _STACK_PER_LETTER = 8 << 20, 128
# How large the stack of a new thread is, is one setting for all of them.
_STARTING = threading.Lock()


def exists(path: Path) -> bool:
    """Whether there is a Delta table."""
    return (path / "_delta_log").is_dir()


def create(path: Path, schema: pa.Schema) -> None:
    """Make an empty table, or add to the one that is there the columns that it lacks.

    Raises WorkspaceError when a column is there with another type.
    """
    with _translated(path):
        if not exists(path):
            # Another process may make it in the same moment.
            deltalake.DeltaTable.create(str(path), schema=_delta(schema), mode="ignore")
        table = deltalake.DeltaTable(str(path))
        there = {field.name: field for field in table.schema().fields}
        added = []
        for field in _delta(schema).fields:
            known = there.get(field.name)
            if known is None:
                added.append(field)
            elif known.type != field.type:
                raise WorkspaceError(
                    f"{path} has a column {field.name} of type {known.type}, now {field.type}.",
                    "Use another workspace for this taxonomy.",
                )
        if added:
            table.alter.add_columns(added)


def read(path: Path, columns: Sequence[str] | None = None, where: Any = None) -> pa.Table:
    """The rows as they stand, those that ``where`` (a ``pyarrow.compute`` expression) holds for.

    Raises WorkspaceError when there is no such table.
    """
    with _translated(path):
        names = None if columns is None else list(columns)
        return dataset(path).to_table(columns=names, filter=where)


def dataset(path: Path) -> pa.dataset.Dataset:
    """The table as it stands, to be read in parts. Raises WorkspaceError when there is none."""
    with _translated(path):
        table = deltalake.DeltaTable(str(path))
        # Not deltalake's own dataset: read from Arrow's threads, its file system now and then
        # aborts the process at its end ("terminate called without an active exception").
        # Our tables have neither partitions nor deletion vectors, so their files are all there is.
        files = [str(path / uri.rsplit("/", 1)[-1]) for uri in table.file_uris()]
        return pyarrow.dataset.FileSystemDataset.from_paths(
            files,
            schema=pa.schema(table.schema().to_arrow()),
            format=pyarrow.dataset.ParquetFileFormat(),
            filesystem=pyarrow.fs.LocalFileSystem(),
        )


def count(path: Path) -> int:
    """How many rows there are, from the table's log alone where it says so."""
    with _translated(path):
        return int(dataset(path).count_rows())


def version(path: Path) -> int:
    """The number of the last commit. Raises WorkspaceError when there is no such table."""
    with _translated(path):
        return int(deltalake.DeltaTable(str(path)).version())


def append(path: Path, rows: pa.Table) -> None:
    """Add rows of products that the table has no row of, in one commit. The caller knows that."""
    if not rows.num_rows:
        return
    with _translated(path):
        try:
            deltalake.write_deltalake(str(path), _conforming(path, rows), mode="append")
        except CommitFailedError:
            # Whether the commit landed is not known for certain any more: this way none doubles.
            replace(path, among("product_id", rows["product_id"].unique().to_pylist()), rows)


def replace(path: Path, where: str, rows: pa.Table) -> None:
    """Put ``rows`` in the place of all that the SQL expression ``where`` holds for, in one commit.

    It must hold for each of ``rows``. A commit that met another writer's is tried again.
    """
    with _translated(path):
        for attempt in range(_ATTEMPTS):
            try:
                _with_stack_for(where, lambda: _overwrite(path, rows, where))
                return
            except CommitFailedError:
                if attempt == _ATTEMPTS - 1:
                    raise
                # Jitter, or two writers that met once meet again.
                time.sleep(min(2.0, 0.05 * 2**attempt) * random.uniform(0.5, 1.5))  # noqa: S311


def among(column: str, values: Sequence[str]) -> str:
    """The SQL expression that a text column is one of ``values``."""
    if not values:
        return "false"
    quoted = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
    return f"{column} IN ({quoted})"


def compact(path: Path, files: int = _FILES) -> None:
    """Rewrite a table of more than ``files`` files as few, and drop files that nobody can need.

    Files that stopped counting less than seven days ago stay, so that whoever reads the table
    meanwhile, or looks back in time, finds them.
    """
    with _translated(path):
        table = deltalake.DeltaTable(str(path))
        if len(table.file_uris()) <= files:
            return
        try:
            table.optimize.compact()
        except CommitFailedError:
            return  # somebody else is writing; another time
        table.vacuum(dry_run=False)


def _overwrite(path: Path, rows: pa.Table, where: str) -> None:
    deltalake.write_deltalake(str(path), _conforming(path, rows), mode="overwrite", predicate=where)


def _with_stack_for(where: str, write: Callable[[], None]) -> None:
    """Write in a thread whose stack the expression fits into, however long it is."""
    needed = _STACK + (len(where) * _STACK_PER_LETTER >> 20 << 20)
    with ThreadPoolExecutor(max_workers=1) as pool:
        with _STARTING:
            before = threading.stack_size(needed)
            try:
                written = pool.submit(write)
            finally:
                threading.stack_size(before)
        written.result()


def _delta(schema: pa.Schema) -> Any:
    return deltalake.Schema.from_arrow(schema)


def _conforming(path: Path, rows: pa.Table) -> pa.Table:
    """Rows with every column of the table, in its order: null where they say nothing."""
    fields = pa.schema(deltalake.DeltaTable(str(path)).schema().to_arrow())
    return pa.table(
        [
            rows[field.name] if field.name in rows.column_names else pa.nulls(len(rows), field.type)
            for field in fields
        ],
        schema=pa.schema([field.with_nullable(True) for field in fields]),
    )


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except TableNotFoundError as error:
        raise WorkspaceError(
            f"There is no table {path.name} in {path.parent}.",
            "Fill the workspace first: hangtag tag CATALOG --images DIR --out WORKSPACE.",
        ) from error
    except (DeltaError, OSError) as error:
        raise WorkspaceError(
            f"{path} cannot be read or written: {error}.",
            "Look at free space and permissions, then run the same command again: "
            "what was done is kept.",
        ) from error
