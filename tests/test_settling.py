"""Corrections beside a run that writes the same rows."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import deltalake
import pyarrow as pa
import pytest
from colour_shop import ColourShop, tables

from hangtag.corrections import Corrections, Save
from hangtag.readings import CORRECTIONS
from hangtag.rules import default_rules
from hangtag.settling import settle
from hangtag.taxonomy import default_taxonomy
from hangtag.testing.scripted import ScriptedEngine
from hangtag.workspace import Workspace

PRODUCTS = 12


def test_what_is_said_while_a_run_writes_is_not_written_over(tmp_path: Path) -> None:
    """The run reads all anew in small waves; a person speaks of every product meanwhile."""
    shop = ColourShop(tmp_path / "shop", products=PRODUCTS)
    place = Workspace(tmp_path / "workspace")
    shop.tag(place)
    faults: list[BaseException] = []

    def speak() -> None:
        try:
            store = Corrections(place)
            for number in range(PRODUCTS):
                product_id = f"p{number}"
                store.save([Save(product_id, product_id, {"pattern": ["polka dots"]}, "Ann")])
                if number % 4 == 0:
                    settle(place, {f"p{n}" for n in range(number + 1)})
            settle(place)
        except BaseException as error:
            faults.append(error)

    person = threading.Thread(target=speak)
    person.start()
    shop.tag(place, ScriptedEngine(version="2", batch_size=2, delay=0.02), wave_rows=3)
    person.join()
    assert not faults
    rows = place.read("attributes").to_pylist()
    assert {row["pattern"] for row in rows} == {"polka dots"}
    assert len(rows) == PRODUCTS
    untouched = Workspace(tmp_path / "untouched")
    shop.tag(untouched, ScriptedEngine(version="2"))
    assert tables(place)["readings"] == tables(untouched)["readings"]


def test_settling_twice_changes_nothing_and_nothing_said_is_nothing_to_do(tmp_path: Path) -> None:
    """It may be called whenever somebody is in doubt."""
    shop = ColourShop(tmp_path / "shop", products=3)
    place = Workspace(tmp_path / "workspace")
    shop.tag(place)
    assert settle(place) == 0
    Corrections(place).save([Save("1", "p1", {"pattern": ["polka dots"]}, "Ann")])
    assert settle(place, ["p1", "p2", "nobody"]) == 1
    before = tables(place)
    assert settle(place) == 0
    assert tables(place) == before


def test_what_the_taxonomy_does_not_have_any_more_is_left_out(tmp_path: Path) -> None:
    """A word for an option that is gone cannot stand; what is read does."""
    shop = ColourShop(tmp_path / "shop", products=2)
    place = Workspace(tmp_path / "workspace")
    shop.tag(place)
    before = tables(place)["attributes"]
    store = Corrections(place)
    store.save([Save("1", "p1", {"pattern": ["polka dots"]}, "Ann")])
    rows = place.read("corrections").to_pylist()
    rows[0]["value"] = ["zigzag"]
    place.replace("corrections", "true", pa.Table.from_pylist(rows, schema=CORRECTIONS))
    assert settle(place) == 0
    assert tables(place)["attributes"] == before


@pytest.mark.parametrize("text", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_the_rest_of_a_row_is_derived_as_the_last_run_did(tmp_path: Path, text: bool) -> None:
    """By its rules, what it asked of confidence, and whether texts counted."""
    shop = ColourShop(tmp_path / "shop", products=4)
    for row in shop.rows.values():
        row["productDisplayName"] = "Floral Print V-Neck Tee"
    place = Workspace(tmp_path / "workspace")
    rules = default_rules(default_taxonomy()).demanding({"collar": 0.999, "material": 0.99})
    shop.tag(place, ScriptedEngine(), rules=rules, text=text)
    before = {row["product_id"]: row for row in place.read("attributes").to_pylist()}
    store = Corrections(place)
    for product_id in shop.rows:
        store.save([Save(product_id, product_id, {"fit": ["loose"]}, "Ann")])
    assert settle(place) == 4
    for row in place.read("attributes").to_pylist():
        assert row["fit"] == "loose"
        for name in ("collar", "material", "pattern", "collar_confidence", "pattern_confidence"):
            assert row[name] == before[row["product_id"]][name]


def test_tables_of_an_earlier_version_get_the_columns_they_lack(tmp_path: Path) -> None:
    """There only photos were read, and nobody was named for a value."""
    shop = ColourShop(tmp_path / "shop", products=2)
    for row in shop.rows.values():
        row["productDisplayName"] = "Floral Print V-Neck Tee"
    place = Workspace(tmp_path / "workspace")
    shop.tag(place, text=False)
    old = place.read("attributes").drop_columns(["sources"])
    shutil.rmtree(place.table("attributes"))
    deltalake.write_deltalake(str(place.table("attributes")), old)
    (place.path / "terms.json").unlink()
    (place.path / "run.json").write_text("{}")
    Corrections(place).save([Save("1", "p1", {"fit": ["loose"]}, "Ann")])
    assert settle(place) == 1
    assert settle(place) == 0
    rows = {row["product_id"]: row for row in place.read("attributes").to_pylist()}
    assert dict(rows["p1"]["sources"])["fit"] == "person"
    assert rows["p0"]["sources"] is None
    (before,) = [row for row in old.to_pylist() if row["product_id"] == "p1"]
    assert rows["p1"]["pattern"] == before["pattern"]
    assert rows["p1"]["collar"] == before["collar"]
