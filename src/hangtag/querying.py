"""A workspace's tables, to be asked in SQL."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hangtag.errors import WorkspaceError
from hangtag.workspace import TABLES, Workspace

if TYPE_CHECKING:
    import duckdb

__all__ = ["opened"]


@contextmanager
def opened(place: Workspace) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that knows the tables under their own names, as they stood when it was opened.

    What a query needs beyond 512 MB of memory goes to disk for its time. Raises WorkspaceError when
    a table is missing or cannot be read.
    """
    import duckdb

    with tempfile.TemporaryDirectory(prefix="hangtag-") as folder:
        connection = duckdb.connect(config={"memory_limit": "512MB", "temp_directory": folder})
        try:
            for name in TABLES:
                connection.register(name, place.dataset(name))
            yield connection
        except (
            duckdb.IOException,
            duckdb.OutOfMemoryException,
            duckdb.InvalidInputException,  # Arrow could not read a table's file
        ) as error:
            raise WorkspaceError(
                f"The tables of {place.path} cannot be read: {error}.",
                "Is there free space for temporary files? Then run the same command again.",
            ) from error
        finally:
            connection.close()
