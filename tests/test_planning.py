"""What is left to do for each product."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from colour_shop import ColourShop

from hangtag.calibration import Calibration
from hangtag.images import PhotoLimits
from hangtag.known import Known
from hangtag.planning import WORK, Keys, keys_of, plan_products
from hangtag.readings import CATALOG, READINGS
from hangtag.rules import default_rules
from hangtag.taxonomy import Option, Taxonomy, default_taxonomy
from hangtag.testing.scripted import ScriptedEngine
from hangtag.workspace import Workspace

TAXONOMY = default_taxonomy()


def keys(taxonomy: Taxonomy = TAXONOMY, engine: ScriptedEngine | None = None) -> Keys:
    return keys_of(engine or ScriptedEngine(), taxonomy, default_rules(taxonomy))


def changed(name: str, **what: object) -> Taxonomy:
    """The taxonomy with one attribute defined otherwise."""
    attributes = tuple(replace(a, **what) if a.name == name else a for a in TAXONOMY)
    return replace(TAXONOMY, attributes=attributes)


def rows(*product_ids: str) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([{"product_id": i} for i in product_ids], schema=CATALOG)


def test_nothing_is_known_where_there_is_no_workspace(tmp_path: Path) -> None:
    """Every attribute is to be read, in the order of the catalog."""
    batches = iter([rows("b", "a"), rows(), rows("c")])
    with Known(Workspace(tmp_path / "none")) as known:
        (plan,) = plan_products(batches, known, keys())
    assert plan.schema == WORK
    assert plan["product_id"].to_pylist() == ["b", "a", "c"]
    assert plan["todo"].to_pylist() == [[a.name for a in TAXONOMY.read]] * 3
    assert plan["fresh"].to_pylist() == [True] * 3
    assert plan["known_sha256"].null_count == 3


def test_a_definition_that_changes_what_is_read_changes_the_key_of_that_attribute() -> None:
    """Options, their definitions, the question and the threshold; not synonyms, not the title."""
    pattern = TAXONOMY["pattern"]
    before = keys().attributes
    for what in (
        {"options": pattern.options[:-1]},
        {"options": (*pattern.options[:-1], Option("no clear pattern", "something else"))},
        {"question": "What?"},
        {"threshold": 0.3},
    ):
        now = keys(changed("pattern", **what)).attributes
        assert {name for name in now if now[name] != before[name]} == {"pattern"}
    assert keys(changed("pattern", title="Print")).attributes == before


def test_what_reads_photos_is_engine_version_and_calibration() -> None:
    """Each of them makes another key."""
    fitted = Calibration("scripted", "1", "validation", {}, {})
    other = replace(fitted, fitted_on="more")
    engines = [
        ScriptedEngine(),
        ScriptedEngine(version="2"),
        ScriptedEngine(calibration=fitted),
        ScriptedEngine(calibration=other),
    ]
    assert len({keys(engine=engine).engine for engine in engines}) == 4


def test_wider_limits_give_failed_photos_another_chance() -> None:
    """The key of decoding holds the limits."""
    rules = default_rules(TAXONOMY)
    wide = keys_of(ScriptedEngine(), TAXONOMY, rules, PhotoLimits(max_pixels=10**9))
    assert wide.photos != keys().photos
    assert keys_of(ScriptedEngine(), TAXONOMY, rules, PhotoLimits()) == keys()


@pytest.mark.parametrize("place", range(3))
def test_metadata_is_told_apart_by_place_and_by_what_it_is(place: int) -> None:
    """Nothing is not the empty text, and text does not slip from one column into the next."""
    values = ["a", "b", "c"]
    values[place] = "d"
    assert keys().metadata(values) != keys().metadata(["a", "b", "c"])
    assert keys().metadata([None, "a"]) != keys().metadata(["", "a"])
    assert keys().metadata(["ab", ""]) != keys().metadata(["a", "b"])


KEYS = """
from hangtag.planning import keys_of
from hangtag.rules import default_rules
from hangtag.taxonomy import default_taxonomy
from hangtag.testing.scripted import ScriptedEngine
print(keys_of(ScriptedEngine(), default_taxonomy(), default_rules(default_taxonomy())))
"""


@pytest.mark.slow
def test_keys_are_the_same_in_every_process() -> None:
    """Whatever the seed of Python's hashes, which is another one each time."""
    told = {
        subprocess.run(
            [sys.executable, "-c", KEYS], check=True, capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(told) == 1


def test_readings_that_somebody_took_out_are_read_again(tmp_path: Path) -> None:
    """When their product's row has to be derived anew."""
    shop = ColourShop(tmp_path / "shop", products=3)
    workspace = Workspace(tmp_path / "workspace")
    shop.tag(workspace)
    nothing = READINGS.empty_table()
    workspace.replace("readings", "product_id = 'p1' AND attribute = 'fit'", nothing)
    shop.rows["p1"]["productDisplayName"] = "Another Title"
    engine = ScriptedEngine()
    shop.tag(workspace, engine)
    assert engine.asked == [(("p1",), ("fit",))]
