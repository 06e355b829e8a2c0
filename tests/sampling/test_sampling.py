"""Samples of a workspace: drawn with known chances, checked unseen, weighted back."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
from colour_shop import ColourShop

from hangtag.cli.entry import run
from hangtag.corrections import Corrections, Save
from hangtag.errors import UsageError
from hangtag.sampling import draw, estimate, sample_names
from hangtag.settling import settle
from hangtag.testing.scripted import ScriptedEngine
from hangtag.workspace import Workspace

TRUTH = {"pattern": "striped", "collar": "crew neck", "sleeves": "long sleeve",
         "formality": "casual", "material": "woven fabric", "fit": "regular",
         "style_keywords": [], "details": ["has pockets"]}  # fmt: skip
PRODUCTS = 60


@pytest.fixture(scope="module")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half of the products are shoes, which have no collar; every third one is unsure."""
    folder = tmp_path_factory.mktemp("sampling")
    shop = ColourShop(folder, PRODUCTS)
    for number in range(0, PRODUCTS, 2):
        shop.rows[f"p{number}"] |= {
            "masterCategory": "Footwear", "subCategory": "Shoes", "articleType": "Casual Shoes",
        }  # fmt: skip
    answers = {f"p{n}": TRUTH for n in range(PRODUCTS) if n % 3}
    shop.tag(Workspace(folder / "shop"), ScriptedEngine(answers=answers), text=False)
    return folder / "shop"


@pytest.fixture
def place(tagged: Path, tmp_path: Path) -> Workspace:
    """A copy, to be changed."""
    return Workspace(shutil.copytree(tagged, tmp_path / "shop"))


def check(place: Workspace, name: str, product_ids: list[str], **wrong: str) -> None:
    """Say of products what is read of them, but for ``wrong``."""
    store = Corrections(place)
    rows = place.read("readings").to_pylist()
    read = {(row["product_id"], row["attribute"]): row["value"] for row in rows}
    saves = [
        Save(
            f"{name} {product_id}",
            product_id,
            {
                a: [wrong[a]] if a in wrong else read[product_id, a]
                for a in ("pattern", "formality", "details")
            },
            "Ann",
            f"sample:{name}",
        )
        for product_id in product_ids
    ]
    store.save(saves)


def test_a_sample_is_drawn_by_stratum_with_known_chances(place: Workspace) -> None:
    """Every stratum has some; weights add up to the catalog."""
    drawn = draw(place, 20, seed=3)
    rows = place.read("samples").to_pylist()
    assert len({row["product_id"] for row in rows}) == drawn.products == 20
    assert sum(1 / row["probability"] for row in rows) == pytest.approx(PRODUCTS)
    assert sorted(row["position"] for row in rows) == list(range(20))
    per = Counter(row["stratum"] for row in rows)
    assert {one.name: one.drawn for one in drawn.strata} == per
    assert min(per.values()) >= 2
    assert {name.split(", ")[0] for name in per} == {"footwear", "garment_top"}
    read = {row["stratum"]: dict(row["stratum_read"]) for row in rows}
    assert all(read[s]["collar"] == 0 for s in per if s.startswith("footwear"))
    assert sum(found["pattern"] for found in read.values()) == PRODUCTS


def test_a_seed_draws_the_same_and_another_one_others(place: Workspace) -> None:
    """Names are taken once."""
    draw(place, 10, name="a", seed=1)
    draw(place, 10, name="b", seed=1)
    draw(place, 10, seed=2)
    rows = place.read("samples").to_pylist()
    ids = {
        name: [r["product_id"] for r in sorted(rows, key=lambda r: r["position"])
               if r["sample"] == name]
        for name in ("a", "b", "spot-check")
    }  # fmt: skip
    assert ids["a"] == ids["b"]
    assert ids["a"] != ids["spot-check"]
    assert sample_names(place) == ["a", "b", "spot-check"]
    with pytest.raises(UsageError, match="already"):
        draw(place, 10, name="a")
    for name in ("", "../x", "a b", "x" * 61, "'; --"):
        with pytest.raises(UsageError, match="no name"):
            draw(place, 10, name=name)
    assert draw(place, 10).name == "spot-check-2"


@pytest.mark.parametrize("n", [1, 59, 500])
def test_any_number_can_be_drawn(place: Workspace, n: int) -> None:
    """One product, all of them, or more than there are."""
    drawn = draw(place, n)
    assert drawn.products == min(n, PRODUCTS)
    assert all(0 <= one.drawn <= one.products for one in drawn.strata)


def test_the_estimate_is_weighted_and_only_of_the_sample_s_own_queue(place: Workspace) -> None:
    """What is reviewed elsewhere, least sure first, would make the catalog look worse."""
    draw(place, 20, name="s", seed=3)
    rows = place.read("samples").to_pylist()
    ids = [row["product_id"] for row in rows]
    assert estimate(place, "s").checked == 0
    check(place, "s", ids[:8], pattern="checkered")
    check(place, "s", ids[8:])
    store = Corrections(place)
    store.save([Save("else", ids[9], {"pattern": ["checkered"]}, "Bob", "unsure")])
    settle(place)
    found = estimate(place, "s")
    assert (found.checked, found.drawn, found.products) == (20, 20, PRODUCTS)
    scores = {one.attribute: one for one in found.attributes}
    assert set(scores) == {"pattern", "formality", "details"}
    read = {
        (r["product_id"], r["attribute"]): r["value"] for r in place.read("readings").to_pylist()
    }
    wrong = sum(
        1 / row["probability"]
        for row in rows
        if row["product_id"] in ids[:8] and read[row["product_id"], "pattern"] != ["checkered"]
    )
    pattern = scores["pattern"].read
    assert pattern is not None
    assert pattern.share == pytest.approx(1 - wrong / PRODUCTS)
    assert pattern.low < pattern.share < pattern.high
    assert scores["formality"].read is not None
    assert scores["formality"].read.share == 1
    assert found.whole is not None
    assert found.whole.share < 1


def test_what_nobody_could_tell_is_counted(place: Workspace) -> None:
    """It is left out of the share, and said."""
    draw(place, 10, name="s", seed=3)
    ids = place.read("samples")["product_id"].to_pylist()
    store = Corrections(place)
    for n, product_id in enumerate(ids):
        answers = {"pattern": ["striped"]} if n < 4 else {"formality": ["casual"]}
        store.save([Save(f"s{n}", product_id, answers, "Ann", "sample:s")])
    scores = {one.attribute: one for one in estimate(place, "s").attributes}
    assert scores["pattern"].unsaid == 6
    assert scores["pattern"].read is not None
    assert scores["pattern"].read.checked == 4
    assert draw(place, PRODUCTS, name="all").products == PRODUCTS
    store.save([Save("a", "p0", {"pattern": ["striped"]}, "Ann", "sample:all")])
    store.save([Save("b", "p1", {"pattern": ["striped"], "collar": ["crew neck"]}, "Ann",
                     "sample:all")])  # fmt: skip
    scores = {one.attribute: one for one in estimate(place, "all").attributes}
    # p0 is a shoe: nobody asked for its collar.
    assert scores["collar"].unsaid == 0


def test_the_verbs_draw_and_tell(place: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    """By `sample` and by `evaluate`, as a table and as JSON."""
    shop = str(place.path)
    assert run(["sample", shop, "--estimate"]) == 2
    assert run(["sample", shop, "--n", "12", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["sample"], told["products"]) == ("spot-check", 12)
    assert run(["sample", shop, "--estimate"]) == 0
    assert "--sample spot-check" in capsys.readouterr().out
    check(place, "spot-check", place.read("samples")["product_id"].to_pylist())
    assert run(["sample", shop, "--estimate"]) == 0
    assert "100.0 %" in capsys.readouterr().out
    asked = ["evaluate", shop, "--labels", "reviews", "--sample"]
    assert run([*asked, "spot-check", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["attributes"][0]["read"]["share"] == 1
    assert found["attributes"][0]["read"]["more"] > 0
    assert run([*asked, "nothing"]) == 2
    assert "hangtag sample" in capsys.readouterr().err
    assert run(["evaluate", shop, "--labels", __file__, "--sample", "spot-check"]) == 2
