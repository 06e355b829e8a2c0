"""Runs in which titles and descriptions count."""

from __future__ import annotations

from pathlib import Path

import pytest
from colour_shop import ColourShop, tables

from hangtag.planning import keys_of
from hangtag.rules import default_rules
from hangtag.tagging import plan_run
from hangtag.taxonomy import default_taxonomy
from hangtag.testing.scripted import ScriptedEngine
from hangtag.texts import Texts
from hangtag.workspace import Workspace

TAXONOMY = default_taxonomy()
SEEN = {
    "agrees": {"pattern": "striped"},
    "silent": {"pattern": "striped"},
    "hostile": {"pattern": "striped"},
}


@pytest.fixture
def shop(tmp_path: Path) -> ColourShop:
    shop = ColourShop(tmp_path / "shop")
    shop.add("agrees", productDisplayName="Striped Tee")
    shop.add("silent", productDisplayName="A Tee")
    shop.add("hostile", productDisplayName="<script>alert('Checked')</script>" * 3000)
    for number in range(30):
        shop.add(f"unsure{number}", productDisplayName="Printed Round Neck Tee")
    return shop


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


def engine() -> ScriptedEngine:
    return ScriptedEngine(answers=SEEN)


def row(workspace: Workspace, product_id: str) -> dict[str, object]:
    rows = workspace.read("attributes").to_pylist()
    (found,) = [r for r in rows if r["product_id"] == product_id]
    return {**found, "sources": dict(found["sources"])}


def test_readings_are_the_photo_s_alone_and_attributes_are_of_both(
    shop: ColourShop, workspace: Workspace, tmp_path: Path
) -> None:
    """The contract of the two tables."""
    photo = Workspace(tmp_path / "photo")
    shop.tag(workspace, engine())
    shop.tag(photo, engine(), text=False)
    assert tables(workspace)["readings"] == tables(photo)["readings"]
    assert tables(workspace)["attributes"] != tables(photo)["attributes"]
    sources = [dict(r["sources"]) for r in workspace.read("attributes").to_pylist()]
    assert {s for one in sources for s in one.values()} == {"photo", "text", "both"}
    alone = [dict(r["sources"]) for r in photo.read("attributes").to_pylist()]
    assert {s for one in alone for s in one.values()} == {"photo"}


def test_every_value_that_was_read_has_a_source(shop: ColourShop, workspace: Workspace) -> None:
    """And nothing else has: neither what was withheld nor what rules derived."""
    shop.tag(workspace, engine())
    for found in workspace.read("attributes").to_pylist():
        has = {a.name for a in TAXONOMY.read if found[a.name]}
        assert set(dict(found["sources"])) == has
    assert row(workspace, "agrees")["sources"]["pattern"] == "both"
    assert row(workspace, "silent")["sources"]["pattern"] == "photo"
    assert row(workspace, "hostile")["sources"]["pattern"] == "photo"


def test_turning_texts_off_and_on_reads_no_photo_again(
    shop: ColourShop, workspace: Workspace, tmp_path: Path
) -> None:
    """Only the attributes are derived anew; then they are those of a first run."""
    shop.tag(workspace, engine())
    for text in (False, True):
        again = engine()
        plan = plan_run(shop.catalog(), workspace, again, text=text)
        assert (plan.derive, plan.read, plan.done) == (33, 0, 0)
        summary = shop.tag(workspace, again, text=text)
        assert again.asked == []
        assert summary.tagged == 33
        fresh = Workspace(tmp_path / f"fresh-{text}")
        shop.tag(fresh, engine(), text=text)
        assert tables(workspace) == tables(fresh)
        assert shop.tag(workspace, engine(), text=text).reused == 33


def test_another_title_derives_one_product_anew(shop: ColourShop, workspace: Workspace) -> None:
    """Its photo is not read again."""
    shop.tag(workspace, engine())
    shop.rows["silent"]["productDisplayName"] = "Striped Tee"
    again = engine()
    summary = shop.tag(workspace, again)
    assert (summary.tagged, summary.reused) == (1, 32)
    assert again.asked == []
    assert row(workspace, "silent")["sources"]["pattern"] == "both"


def test_another_reader_of_texts_is_another_key() -> None:
    """So that better odds reach products that are done."""
    rules = default_rules(TAXONOMY)
    texts = Texts.shipped(TAXONOMY)
    alone = keys_of(ScriptedEngine(), TAXONOMY, rules)
    both = keys_of(ScriptedEngine(), TAXONOMY, rules, texts=texts)
    assert alone.derivation != both.derivation
    assert (alone.engine, alone.attributes) == (both.engine, both.attributes)


def test_a_workspace_from_before_gets_the_column(shop: ColourShop, workspace: Workspace) -> None:
    """Tables that were written without sources are read and filled."""
    import pyarrow as pa

    from hangtag import delta
    from hangtag.readings import attributes_schema

    schema = attributes_schema(TAXONOMY)
    with workspace.lock():
        delta.create(
            workspace.table("attributes"), pa.schema([f for f in schema if f.name != "sources"])
        )
    shop.tag(workspace, engine())
    assert row(workspace, "agrees")["sources"]["pattern"] == "both"
