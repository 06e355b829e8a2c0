"""SQL over a workspace's tables."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from hangtag.errors import WorkspaceError
from hangtag.querying import opened
from hangtag.readings import CATALOG
from hangtag.taxonomy import default_taxonomy
from hangtag.workspace import TABLES, Workspace


def test_every_table_goes_by_its_own_name(tmp_path: Path) -> None:
    """Those that have no rows yet, too; and the connection ends with the block."""
    place = Workspace(tmp_path / "shop")
    with place.lock():
        place.create(default_taxonomy())
    with opened(place) as tables:
        for name in TABLES:
            assert tables.execute(f"SELECT count(*) FROM {name}").fetchall() == [(0,)]
    with pytest.raises(duckdb.ConnectionException):
        tables.execute("SELECT 1")


def test_a_workspace_without_tables_is_one_clear_error(tmp_path: Path) -> None:
    """It says how to fill it."""
    with pytest.raises(WorkspaceError, match="hangtag tag"), opened(Workspace(tmp_path)):
        pass


def test_a_table_that_lost_a_file_is_one_clear_error(tmp_path: Path) -> None:
    """Whatever the database calls it."""
    place = Workspace(tmp_path / "shop")
    with place.lock():
        place.create(default_taxonomy())
    row = {**dict.fromkeys(CATALOG.names), "product_id": "1"}
    place.append("products", pa.Table.from_pylist([row], CATALOG))
    for file in place.table("products").glob("*.parquet"):
        file.unlink()
    with pytest.raises(WorkspaceError, match="cannot be read"), opened(place) as tables:
        tables.execute("SELECT * FROM products").fetchall()
