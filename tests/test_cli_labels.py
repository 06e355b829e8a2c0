"""An engine, some labels: how right it is, in one command."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from colour_shop import ColourShop, ids

from hangtag.cli.entry import run
from hangtag.engines import registry
from hangtag.engines.registry import register_engine
from hangtag.testing.scripted import ScriptedEngine
from hangtag.workspace import Workspace


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ColourShop:
    monkeypatch.setattr(registry, "_OPENERS", dict(registry._OPENERS))
    said = {f"p{n}": {"pattern": "striped"} for n in range(8)}
    register_engine("scripted", lambda taxonomy, **_: ScriptedEngine(taxonomy, answers=said))
    shop = ColourShop(tmp_path / "shop", products=8)
    shop.catalog()
    return shop


def labels(folder: Path, *rows: tuple[str, str]) -> Path:
    path = folder / "labels.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("id", "pattern"), *rows])
    return path


def tag(shop: ColourShop, out: Path, truth: Path, *more: str) -> int:
    where = [str(shop.styles), "--images", str(shop.images), "--out", str(out)]
    how = ["--engine", "scripted", "--processes", "1", "--labels", str(truth)]
    return run(["tag", *where, *how, *more])


def test_only_labelled_products_are_read_and_judged(
    shop: ColourShop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever else the catalog or the labels have."""
    truth = labels(tmp_path, ("p1", "striped"), ("p2", "checkered"), ("elsewhere", "striped"))
    out = tmp_path / "out"
    assert tag(shop, out, truth, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["products"], told["tagged"]) == (2, 2)
    (score,) = told["evaluation"]["attributes"]
    assert (score["attribute"], score["read"], score["accuracy"]) == ("pattern", 2, 0.5)
    assert ids(Workspace(out), "products") == ["p1", "p2"]
    assert tag(shop, out, truth) == 0
    shown = capsys.readouterr().out
    assert "2 reused" in shown
    assert "majority" in shown
    assert "uncalibrated: the photo alone" in shown


def test_a_run_over_labelled_products_leaves_the_marks_of_others(
    shop: ColourShop, tmp_path: Path
) -> None:
    """It was no run through the whole catalog."""
    out = tmp_path / "out"
    shop.tag(Workspace(out), ScriptedEngine())
    marked = Workspace(out).uncalibrated()
    truth = labels(tmp_path, ("p1", "striped"))
    where = [str(shop.styles), "--images", str(shop.images), "--out", str(out), "--quiet"]
    assert run(["tag", *where, "--labels", str(truth), "--processes", "1"]) == 0
    assert Workspace(out).uncalibrated() == marked


@pytest.mark.parametrize(
    "rows", [(("elsewhere", "striped"),), (("p1", "no such pattern"),)], ids=["others", "strange"]
)
def test_labels_that_say_nothing_here_are_an_error(
    shop: ColourShop,
    tmp_path: Path,
    rows: tuple[tuple[str, str], ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Of other products, or of options that nobody knows."""
    assert tag(shop, tmp_path / "out", labels(tmp_path, *rows)) in (1, 2)
    assert "label" in capsys.readouterr().err.casefold()


def test_a_person_is_told_of_labels_that_contradict_each_other(
    shop: ColourShop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the terminal and in the report; what they are about is not scored."""
    truth = labels(tmp_path, ("p1", "striped"), ("p2", "striped"), ("p2", "checkered"))
    out = tmp_path / "out"
    line = "In 1 case rows of the labels contradict each other; none of them counts."
    assert tag(shop, out, truth) == 0
    assert line in capsys.readouterr().out
    assert run(["report", str(out), "--labels", str(truth)]) == 0
    assert line in (out / "report.html").read_text()
