"""What a workspace remembers of the size at which photos were read, and what hangs on it."""

from __future__ import annotations

import shutil
from pathlib import Path

import deltalake
import pytest
from colour_shop import ColourShop, tables
from PIL import Image

from hangtag.corrections import Corrections, Save
from hangtag.evaluation import evaluate
from hangtag.rules import Rules, default_rules
from hangtag.settling import settle
from hangtag.tagging import plan_run
from hangtag.taxonomy import default_taxonomy
from hangtag.testing.scripted import ScriptedEngine
from hangtag.workspace import Workspace

TAXONOMY = default_taxonomy()


class TwoSizes(ScriptedEngine):
    """An engine that looks at small photos at 16 pixels a side, and at others at 32."""

    def __init__(self) -> None:
        super().__init__()
        self.sides = (16, 32)


@pytest.fixture
def shop(tmp_path: Path) -> ColourShop:
    """Three small photos and three large ones, a pair of each colour."""
    shop = ColourShop(tmp_path / "catalog")
    for number in range(3):
        for size, side in (("small", 12), ("large", 48)):
            product_id = f"{size}{number}"
            shop.add(product_id, photo=False)
            colour = (60 * number, 200 - 50 * number, 90)
            Image.new("RGB", (side, side), colour).save(shop.photo(product_id), quality=95)
    return shop


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


def stricter(least: float) -> Rules:
    """Rules that keep patterns of large photos, and those of small ones only from ``least`` on."""
    return default_rules(TAXONOMY).demanding({}, {16: {"pattern": least}, 32: {"pattern": 0.0}})


def patterns(place: Workspace) -> dict[str, str | None]:
    rows = place.read("attributes", ["product_id", "pattern"]).to_pylist()
    return {row["product_id"]: row["pattern"] for row in rows}


def test_the_ledger_says_at_which_size_a_photo_was_read(shop: ColourShop, place: Workspace) -> None:
    """The size that the engine was given it at; of a photo that could not be read none."""
    shop.add("broken", photo=False)
    shop.photo("broken").write_bytes(b"no photo")
    shop.tag(place, TwoSizes())
    rows = place.read("ledger").to_pylist()
    sides = {row["product_id"]: row["photo_side"] for row in rows}
    assert sides.pop("broken") is None
    assert sides == {i: 16 if i.startswith("small") else 32 for i in sides}
    assert len(sides) == 6


def test_lines_of_sizes_hold_without_reading_a_photo_again(
    shop: ColourShop, place: Workspace
) -> None:
    """A run with other lines derives anew, by the sizes that the ledger knows."""
    shop.tag(place, TwoSizes())
    everything = patterns(place)
    engine = TwoSizes()
    shop.tag(place, engine, rules=stricter(1.01))
    assert engine.asked == []
    left = patterns(place)
    assert {i: v for i, v in left.items() if i.startswith("large")} == {
        i: v for i, v in everything.items() if i.startswith("large")
    }
    assert {v for i, v in left.items() if i.startswith("small")} == {None}
    assert place.last_run()["least_by_side"]["16"]["pattern"] == 1.01  # type: ignore[index]
    shop.tag(place, engine)
    assert patterns(place) == everything
    assert engine.asked == []


def test_what_people_say_is_laid_over_rows_of_the_same_lines(
    shop: ColourShop, place: Workspace
) -> None:
    """Settling goes by the last run's lines and by the photo's size, as the run itself did."""
    shop.tag(place, TwoSizes(), rules=stricter(1.01))
    before = patterns(place)
    store = Corrections(place)
    for product_id in before:
        store.save([Save(product_id, product_id, {"fit": ["loose"]}, "Ann")])
    assert settle(place) == 6
    assert patterns(place) == before
    assert set(place.read("attributes")["fit"].to_pylist()) == {"loose"}
    settled = tables(place)["attributes"]
    shop.tag(place, TwoSizes(), rules=stricter(1.01))
    assert tables(place)["attributes"] == settled


def test_a_ledger_of_an_earlier_version_knows_no_sizes(
    shop: ColourShop, place: Workspace, tmp_path: Path
) -> None:
    """What holds for all sizes counts then; looking, settling and running work as ever."""
    for row in shop.rows.values():
        row["productDisplayName"] = "Striped Tee"
    shop.tag(place, TwoSizes())
    before = tables(place)
    old = place.read("ledger").drop_columns(["photo_side"])
    shutil.rmtree(place.table("ledger"))
    deltalake.write_deltalake(str(place.table("ledger")), old)
    assert plan_run(shop.catalog(), place, TwoSizes()).done == 6
    labels = tmp_path / "labels.csv"
    labels.write_text("id,attribute,value\nsmall0,pattern,striped\n", encoding="utf-8")
    assert evaluate(place.path, labels).blended
    Corrections(place).save([Save("1", "small1", {"fit": ["loose"]}, "Ann")])
    assert settle(place) == 1
    engine = TwoSizes()
    shop.tag(place, engine, rules=stricter(1.01))
    assert engine.asked == []
    assert patterns(place)["small0"] is not None
    assert tables(place)["readings"] == before["readings"]
