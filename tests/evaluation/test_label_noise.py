"""Labels that look wrong themselves."""

from __future__ import annotations

import json
import sys
from io import StringIO
from pathlib import Path

import pytest
from colour_shop import ColourShop
from rich.console import Console

from hangtag.errors import MissingExtraError
from hangtag.evaluation import evaluate, noise_table
from hangtag.testing.scripted import ScriptedEngine
from hangtag.workspace import Workspace

OPTIONS = ("striped", "checkered", "solid color")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ninety products that an engine reads right; every tenth label is another option."""
    folder = tmp_path_factory.mktemp("noise")
    shop = ColourShop(folder / "catalog", products=90)
    truth = {f"p{n}": OPTIONS[n % 3] for n in range(90)}
    engine = ScriptedEngine(answers={i: {"pattern": option} for i, option in truth.items()})
    shop.tag(Workspace(folder / "shop"), engine, text=False)
    rows = [
        f"p{n},pattern,{OPTIONS[(n + (n % 10 == 0)) % 3]},{'staff' if n else '[bold]<b>'}"
        for n in range(90)
    ]
    head = "id,attribute,value,source"
    (folder / "labels.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    (folder / "few.csv").write_text("\n".join([head, *rows[:20]]) + "\n", encoding="utf-8")
    return folder


def test_wrong_labels_are_found(shop: Path) -> None:
    """All of them, with what was read instead, and nothing else."""
    pytest.importorskip("cleanlab")
    evaluation = evaluate(shop / "shop", shop / "labels.csv", noise=True)
    (found,) = evaluation.noise
    wrong = {f"p{n}" for n in range(10, 90, 10)}
    assert {suspect.product_id for suspect in found.suspects} == wrong
    assert (found.source, found.labels) == ("staff", 89)
    assert found.wrong == pytest.approx(8 / 89)
    assert all(suspect.label != suspect.read for suspect in found.suspects)
    assert json.loads(json.dumps(evaluation.to_json()))["noise"][0]["source"] == "staff"
    console = Console(width=80, file=StringIO())
    with console.capture() as captured:
        console.print(noise_table(evaluation))
    assert "staff" in captured.get()


def test_few_labels_say_nothing_of_their_noise(shop: Path) -> None:
    """Of an option with a handful of labels nobody knows what it is mixed up with."""
    pytest.importorskip("cleanlab")
    assert evaluate(shop / "shop", shop / "few.csv", noise=True).noise == []
    assert evaluate(shop / "shop", shop / "labels.csv").noise == []


def test_without_the_library_its_extra_is_named(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And only those who ask need it."""
    monkeypatch.setitem(sys.modules, "cleanlab", None)
    monkeypatch.setitem(sys.modules, "cleanlab.filter", None)
    with pytest.raises(MissingExtraError, match=r"hangtag\[trust\]"):
        evaluate(shop / "shop", shop / "labels.csv", noise=True)
