"""Reviews as labels."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from colour_shop import ColourShop

from hangtag.cli.entry import run
from hangtag.corrections import Corrections, Save
from hangtag.errors import LabelsError
from hangtag.evaluation import evaluate
from hangtag.testing.scripted import ScriptedEngine
from hangtag.workspace import Workspace

ANSWERS = {f"p{n}": {"pattern": "striped", "details": ["has pockets"]} for n in range(10)}


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "workspace")
    ColourShop(tmp_path / "shop", products=10).tag(workspace, ScriptedEngine(answers=ANSWERS))
    return workspace


def test_what_people_said_is_scored_with_intervals(
    place: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    """Against what the engine read, not against what stands in attributes since."""
    store = Corrections(place)
    for n in range(8):
        pattern = "striped" if n < 6 else "checkered"
        queue = "random" if n % 2 else "unsure"
        answers = {"pattern": [pattern], "details": ["has pockets", "has zipper"]}
        store.save([Save(f"s{n}", f"p{n}", answers, "Ann", queue)])
    store.save([Save("gone", "p8", {"pattern": ["checkered"]}, "Ann")])
    store.undo("undo", "gone", "Ann")
    assert run(["evaluate", str(place.path), "--labels", "reviews", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    (pattern,) = found["attributes"]
    assert (pattern["labels"], pattern["read"], pattern["accuracy"]) == (8, 8, 0.75)
    assert pattern["low"] < 0.75 < pattern["high"]
    assert {one["source"] for one in found["by_source"]} == {"random", "unsure"}
    options = {one["option"]: one for one in found["options"]}
    assert options["has pockets"]["recall"] == 1
    assert options["has zipper"]["recall"] == 0
    assert (options["has hood"]["present"], options["has hood"]["absent"]) == (0, 8)


def test_where_nobody_reviewed_the_command_is_told(place: Workspace) -> None:
    """The next step is one line away."""
    with pytest.raises(LabelsError, match="hangtag review"):
        evaluate(place.path, "reviews")
