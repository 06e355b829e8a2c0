"""The run by merges, over a platform that is a folder of Delta tables on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import deltalake
import duckdb
import numpy as np
import pyarrow as pa
import pytest
from colour_shop import ColourShop, tables

import hangtag.databricks.cloud_run
from hangtag.databricks.cloud_run import CloudRun, Wave
from hangtag.databricks.names import Names
from hangtag.databricks.sql import create_table, merge
from hangtag.databricks.tables import keys_of_table, table_schemas
from hangtag.rules import default_rules
from hangtag.taxonomy import default_taxonomy
from hangtag.workspace import Workspace

TAXONOMY = default_taxonomy()
SCHEMAS = table_schemas(TAXONOMY)
SCRIPTED = "hangtag.testing.scripted:ScriptedEngine"


class DiedError(Exception):
    """The driver is no more."""


@dataclass
class FolderTables:
    """``Tables`` by delta-rs; ``deadly``: the number of the merge or deletion that dies."""

    session: Any
    folder: Path
    deadly: int | None = None
    steps: list[str] = field(default_factory=list)

    def create(self, name: str, schema: pa.Schema) -> None:
        if not (self.folder / name).exists():
            deltalake.DeltaTable.create(str(self.folder / name), schema=_delta(schema))

    def read(self, name: str) -> Any:
        return self._frame(deltalake.DeltaTable(str(self.folder / name)).to_pyarrow_table())

    def stage(self, name: str, rows: Any) -> Any:
        place = str(self.folder / "staged" / name)
        deltalake.write_deltalake(place, _rows(rows), mode="overwrite", schema_mode="overwrite")
        return self._frame(deltalake.DeltaTable(place).to_pyarrow_table())

    def merge(self, name: str, rows: Any) -> None:
        self._step(f"merge {name}")
        new = _rows(rows)
        if not len(new):
            return
        keys = keys_of_table(name)
        same = " AND ".join(f"t.{key} = s.{key}" for key in keys)
        sets = {f'"{c}"': f's."{c}"' for c in new.column_names}
        (
            deltalake.DeltaTable(str(self.folder / name))
            .merge(new, same, source_alias="s", target_alias="t")
            .when_matched_update(sets)
            .when_not_matched_insert(sets)
            .execute()
        )

    def delete(self, name: str, ids: Any) -> None:
        self._step(f"delete {name}")
        named = ", ".join(f"'{row['product_id']}'" for row in ids.select("product_id").collect())
        if named:
            deltalake.DeltaTable(str(self.folder / name)).delete(f"product_id IN ({named})")

    def _step(self, what: str) -> None:
        if len(self.steps) == self.deadly:
            raise DiedError(what)
        self.steps.append(what)

    def _frame(self, rows: Any) -> Any:
        from pyspark.sql.pandas.types import from_arrow_schema

        table = pa.table(rows)
        if not len(table):
            return self.session.createDataFrame([], from_arrow_schema(table.schema))
        return self.session.createDataFrame(table)


def _delta(schema: pa.Schema) -> Any:
    return deltalake.Schema.from_arrow(schema)


def _rows(frame: Any) -> pa.Table:
    return frame.toArrow()


def cloud(session: Any, folder: Path, **options: Any) -> tuple[CloudRun, FolderTables, list[Wave]]:
    there, told = FolderTables(session, folder, **options), []
    run = CloudRun(session, there, TAXONOMY, default_rules(TAXONOMY), 150, told.append)
    return run, there, told


def rows_of(folder: Path, name: str) -> list[str]:
    """As ``colour_shop.tables`` gives them."""
    table = pa.table(deltalake.DeltaTable(str(folder / name)).to_pyarrow_table())
    kept = [n for n in table.column_names if n not in ("read_at", "failed_at")]
    return sorted(repr(sorted(row.items())) for row in table.select(kept).to_pylist())


@contextmanager
def nothing_to_do(run: CloudRun, there: FolderTables) -> Iterator[None]:
    there.steps.clear()
    yield
    assert [step for step in there.steps if step.startswith("merge")] == []


def whole(run: CloudRun, shop: ColourShop) -> None:
    run.load(str(shop.styles))
    run.tag(str(shop.images), SCRIPTED)


@pytest.mark.spark
def test_the_tables_are_those_of_a_workspace(
    session: Any, shop: ColourShop, tmp_path: Path
) -> None:
    """A driver that dies at whatever step is taken up; a second run reads what has failed only."""
    shop.catalog()
    folder = tmp_path / "cloud"
    images = str(shop.images)
    for deadly in (4, 11):
        run, _, _ = cloud(session, folder, deadly=deadly)
        with pytest.raises(DiedError):
            whole(run, shop)
    run, there, told = cloud(session, folder)
    assert run.load(str(shop.styles)) == 202
    run.tag(images, SCRIPTED)
    assert sum(wave.products for wave in told) <= 202
    shop.tag(Workspace(tmp_path / "here"))
    expected = tables(Workspace(tmp_path / "here"))
    for name in ("readings", "attributes", "failures"):
        assert rows_of(folder, name) == expected[name], name
    with nothing_to_do(run, there):
        run.tag(images, SCRIPTED, retry=False)
    told.clear()
    run.tag(images, SCRIPTED)
    assert [(wave.products, wave.failed) for wave in told] == [(2, 2)]

    run.describe()
    run.embed(images)
    found = {
        r["product_id"]: r
        for r in deltalake.DeltaTable(str(folder / "search")).to_pyarrow_table().to_pylist()
    }
    assert len(found) == 200
    for name in ("photo_vector", "text_vector"):
        lengths = np.linalg.norm(np.array([row[name] for row in found.values()]), axis=1)
        assert np.allclose(lengths, 1, atol=1e-5)
    with nothing_to_do(run, there):
        run.embed(images)
    told.clear()
    shop.rows["p5"]["productDisplayName"] = "Another Title"
    shop.catalog()
    run.load(str(shop.styles))
    run.tag(images, SCRIPTED, retry=False)
    run.describe()
    run.embed(images)
    assert [(w.step, w.products) for w in told] == [("tag", 1), ("describe", 1), ("embed", 1)]


@pytest.mark.spark
def test_what_is_left_is_parted_into_few_waves(
    session: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each row in one of them, however few a wave should have; none where nothing is left."""
    run, _, _ = cloud(session, tmp_path)
    run.wave_rows = 10
    told = sorted((f"p{n}", str(n)) for n in range(95))
    rows = session.createDataFrame(told, "product_id string, n string")
    for most, waves in ((100, 10), (3, 3)):
        monkeypatch.setattr(hangtag.databricks.cloud_run, "_MOST_WAVES", most)
        parts = [[(r["product_id"], r["n"]) for r in part.collect()] for part in run._waves(rows)]
        assert waves - 2 <= len(parts) <= waves
        assert all(parts)
        assert sorted(row for part in parts for row in part) == told
    assert list(run._waves(rows.where("n = 'none'"))) == []


@pytest.mark.spark
@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_spark_understands_the_statements(session: Any, name: str) -> None:
    """Every table's: its creation, and a merge into it."""
    parser = session._jsparkSession.sessionState().sqlParser()
    table, keys = Names().table(name), keys_of_table(name)
    parser.parsePlan(create_table(table, SCHEMAS[name], keys))
    plan = parser.parsePlan(merge(table, "rows", SCHEMAS[name].names, keys))
    assert "MergeIntoTable" in plan.toString()


def test_a_table_is_made_for_an_index_to_follow() -> None:
    """With a primary key and its change data feed, from the first row on."""
    told = create_table("main.shop.search", SCHEMAS["search"], ["product_id"])
    assert "`product_id` STRING NOT NULL" in told
    assert "PRIMARY KEY (`product_id`)" in told
    assert "'delta.enableChangeDataFeed' = 'true'" in told
    assert "`photo_vector` ARRAY<FLOAT>" in told


def test_a_merge_may_be_repeated() -> None:
    """Rows that are there are replaced, others added, and a second time changes nothing."""
    with duckdb.connect() as database:
        database.execute("CREATE TABLE t (product_id TEXT, attribute TEXT, value TEXT, note TEXT)")
        database.execute("INSERT INTO t VALUES ('1', 'fit', 'old', 'kept'), ('2', 'fit', 'x', 'y')")
        database.execute("CREATE TABLE s AS SELECT * FROM (VALUES ('1', 'fit', 'new'), "
                         "('1', 'collar', 'new')) AS s(product_id, attribute, value)")  # fmt: skip
        told = merge("t", "s", ["product_id", "attribute", "value"], ["product_id", "attribute"])
        for _ in range(2):
            database.execute(told.replace("`", '"'))
            assert sorted(database.execute("FROM t").fetchall()) == [
                ("1", "collar", "new", None), ("1", "fit", "new", "kept"), ("2", "fit", "x", "y"),
            ]  # fmt: skip


def test_a_name_with_a_backtick_is_no_name() -> None:
    """Columns may be named as people like, but they do not end the quotes."""
    with pytest.raises(ValueError, match="a`b"):
        merge("t", "s", ["product_id", "a`b"], ["product_id"])
