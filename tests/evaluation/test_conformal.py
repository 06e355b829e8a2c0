"""Sets of options that hold the right one so often."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from colour_shop import ColourShop

from hangtag.errors import MissingExtraError, UsageError
from hangtag.evaluation import evaluate
from hangtag.workspace import Workspace


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hundred products, tagged, with labels that are wrong for every fifth of them."""
    folder = tmp_path_factory.mktemp("sets")
    shop = ColourShop(folder / "catalog", products=100)
    workspace = Workspace(folder / "shop")
    shop.tag(workspace, text=False)
    labels = ["id,attribute,value"]
    for row in workspace.read("readings").to_pylist():
        if row["attribute"] == "pattern":
            likely = sorted(dict(row["probabilities"]).items(), key=lambda pair: -pair[1])
            wrong = int(row["product_id"][1:]) % 5 == 0
            labels.append(f"{row['product_id']},pattern,{likely[int(wrong)][0]}")
    (folder / "labels.csv").write_text("\n".join(labels) + "\n", encoding="utf-8")
    (folder / "few.csv").write_text("\n".join(labels[:9]) + "\n", encoding="utf-8")
    return folder


def test_sets_hold_the_right_option_as_often_as_was_wanted(shop: Path) -> None:
    """By naming more options the more often they shall."""
    pytest.importorskip("crepes")
    (loose,) = evaluate(shop / "shop", shop / "labels.csv", sets=0.7).sets
    (tight,) = evaluate(shop / "shop", shop / "labels.csv", sets=0.95).sets
    assert loose.labels == 100
    assert loose.high >= 0.7
    assert tight.high >= 0.95
    assert tight.holds > 0.85
    assert tight.size > loose.size
    assert 0 <= tight.single <= 1


def test_too_few_labels_make_no_sets(shop: Path) -> None:
    """Each would hold every option."""
    assert evaluate(shop / "shop", shop / "few.csv", sets=0.9).sets == []
    assert evaluate(shop / "shop", shop / "labels.csv").sets == []


def test_without_the_library_its_extra_is_named(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And only those who ask for sets need it."""
    monkeypatch.setitem(sys.modules, "crepes", None)
    with pytest.raises(MissingExtraError, match=r"hangtag\[trust\]"):
        evaluate(shop / "shop", shop / "labels.csv", sets=0.9)


def test_a_level_that_cannot_be_is_refused(shop: Path) -> None:
    """90 is meant to be 0.9."""
    with pytest.raises(UsageError, match=r"0\.95"):
        evaluate(shop / "shop", shop / "labels.csv", sets=90)
