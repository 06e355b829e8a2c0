"""The ledger held beside catalogs, in windows of any size."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from colour_shop import ColourShop

import hangtag.known
from hangtag.errors import CatalogError, WorkspaceError
from hangtag.known import Known, Row, Seen
from hangtag.readings import LEDGER, READINGS
from hangtag.workspace import Workspace

TOLD = pa.schema([("product_id", pa.string()), ("metadata_sha256", pa.string())])


def told(*product_ids: str, rows: int = 3) -> Iterator[pa.RecordBatch]:
    """Catalog rows, some a batch; what is known of each product's metadata is ``same``."""
    table = pa.table([list(product_ids), ["same"] * len(product_ids)], schema=TOLD)
    yield from table.to_batches(max_chunksize=rows)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Products p0 to p99, done, each with two readings."""
    shop = ColourShop(tmp_path / "shop", products=1)
    workspace = Workspace(tmp_path / "workspace")
    shop.tag(workspace)
    for name in ("products", "readings", "ledger"):
        workspace.replace(name, "true", workspace.read(name).slice(0, 0))
    ids = [f"p{number}" for number in range(100)]
    row = {"fingerprint": "eye", "attribute_keys": ["a@1", "b@1"], "metadata_sha256": "same",
           "outcome": "tagged"}  # fmt: skip
    ledger = [{"product_id": i, "image_sha256": f"sha of {i}", **row} for i in ids]
    readings = [
        {"product_id": i, "attribute": name, "value": [i], "probabilities": [(i, 1.0)]}
        for name in ("a", "b")
        for i in ids
    ]
    workspace.append("ledger", pa.Table.from_pylist(ledger, schema=LEDGER))
    workspace.append("readings", pa.Table.from_pylist(readings, schema=READINGS))
    return workspace


@pytest.fixture(params=[(1, 1), (4, 3), (7, 100), (4096, 16)])
def looks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Windows of another size each time; the list gets one more with every look."""
    monkeypatch.setattr(hangtag.known, "_ROWS", request.param[0])
    monkeypatch.setattr(hangtag.known, "_LOOKS", request.param[1])
    made: list[int] = []
    look = Known._look

    def counted(self: Known, *arguments: Any) -> Any:
        made.append(1)
        return look(self, *arguments)

    monkeypatch.setattr(Known, "_look", counted)
    return made


def beside(workspace: Workspace, *product_ids: str, keys: tuple[str, ...]) -> list[Seen]:
    with Known(workspace) as known:
        return list(known.beside(told(*product_ids), fingerprint="eye", attribute_keys=keys))


def rows_of(found: list[Seen]) -> list[tuple[str, Row | None]]:
    return [
        pair
        for seen in found
        for pair in zip(seen.batch["product_id"].to_pylist(), seen.rows, strict=True)
    ]


@pytest.mark.usefixtures("looks")
def test_each_product_meets_its_row_whatever_the_windows(workspace: Workspace) -> None:
    """In the catalog's order, which need not be the ledger's; new ones meet nothing."""
    ids = [f"p{number}" for number in range(150, -1, -1)]
    found = rows_of(beside(workspace, *ids, keys=("a@1", "b@1")))
    assert [product_id for product_id, _ in found] == ids
    for product_id, row in found:
        there = int(product_id[1:]) < 100
        assert (row is not None) == there
        assert row is None or row.image_sha256 == f"sha of {product_id}"


@pytest.mark.usefixtures("looks")
def test_readings_come_along_where_some_of_them_are_needed(workspace: Workspace) -> None:
    """All of a product's, in its place; of products without any, and of the others, none."""
    workspace.replace("readings", "product_id = 'p3'", READINGS.empty_table())
    ids = [f"p{number}" for number in (*range(60, 110), *range(20))]
    for keys, some in ((("a@1", "b@1"), False), (("a@1", "b@2"), True), (("a@2", "b@2"), False)):
        found = beside(workspace, *ids, keys=keys)
        stored = [one for seen in found for one in seen.stored.to_pylist()]
        for product_id, readings in zip(ids, stored, strict=True):
            there = some and int(product_id[1:]) < 100 and product_id != "p3"
            assert (readings is not None) == there
            if readings is not None:
                assert sorted(r["attribute"] for r in readings) == ["a", "b"]
                assert all(r["value"] == [product_id] for r in readings)
                assert all(r["probabilities"] == [(product_id, 1.0)] for r in readings)


def test_however_long_the_catalog_a_look_passes_over_the_ledger_a_fixed_number_of_times(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, looks: list[int]
) -> None:
    """A few more than ``_LOOKS``, since windows begin small."""
    monkeypatch.setattr(hangtag.known, "_ROWS", 1)
    monkeypatch.setattr(hangtag.known, "_LOOKS", 4)
    beside(workspace, *(f"p{number}" for number in range(100)), keys=("a@1",))
    assert len(looks) <= 4 + 5  # windows of 1, 2, 4, 8, 16, and then of 25


@pytest.mark.usefixtures("looks")
def test_a_product_that_only_other_tables_know_has_a_row_that_says_nothing(
    workspace: Workspace,
) -> None:
    """A run died before it was done."""
    products = workspace.read("products").schema
    row = {name: "p7" if name == "product_id" else None for name in products.names}
    workspace.append("products", pa.Table.from_pylist([row], schema=products))
    workspace.replace("ledger", "product_id = 'p7'", LEDGER.empty_table())
    (found,) = beside(workspace, "p7", keys=("a@1",))
    assert found.rows == [Row(*[None] * len(Row._fields))]
    assert found.stored.to_pylist() == [None]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk at hand")
def test_a_disk_that_fills_up_under_a_window_is_told(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the catalog raises meanwhile is the catalog's."""

    def broken() -> Iterator[pa.RecordBatch]:
        yield from told("p1")
        raise CatalogError("It ends here.")

    with Known(workspace) as known:
        with pytest.raises(CatalogError, match="ends here"):
            list(known.beside(broken(), fingerprint="eye", attribute_keys=["a@1"]))
        full = Path("/dev/full").open("wb", 0)  # noqa: SIM115 - who gets it closes it
        monkeypatch.setattr("tempfile.TemporaryFile", lambda **_: full)
        with pytest.raises(WorkspaceError, match="No space left"):
            list(known.beside(told("p1"), fingerprint="eye", attribute_keys=["a@1"]))


def test_two_catalogs_can_be_held_beside_it_at_once(workspace: Workspace) -> None:
    """One that is left half-way does not disturb the next."""
    with Known(workspace) as known:
        first = known.beside(told("p1"), fingerprint="eye", attribute_keys=["a@1"])
        one = next(first)
        second = known.beside(told("p2", "p1"), fingerprint="eye", attribute_keys=["a@1", "c@1"])
        assert [row.image_sha256 for row in next(second).rows if row] == ["sha of p2", "sha of p1"]
        assert [row.image_sha256 for row in one.rows if row] == ["sha of p1"]
        assert list(first) == list(second) == []
