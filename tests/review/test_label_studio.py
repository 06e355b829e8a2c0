"""Tasks of Label Studio, out and in."""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from colour_shop import tables
from review_shop import Review

from hangtag.cli.entry import run
from hangtag.corrections import Corrections, Save, standing_of
from hangtag.errors import LabelsError
from hangtag.review.label_studio import export_tasks, import_tasks, interface
from hangtag.settling import settle
from hangtag.workspace import Workspace


def task(product_id: str, person: Any = 7, when: str = "2026-01-02T03:04:05Z", **said: Any) -> Any:
    """As Label Studio writes it, with more than we need."""
    results = [
        {"id": "x", "from_name": name, "to_name": "image", "type": "choices", "origin": "manual",
         "value": {"choices": value if isinstance(value, list) else [value]}}
        for name, value in said.items()
    ]  # fmt: skip
    annotation = {"id": 1, "completed_by": person, "result": results, "was_cancelled": False,
                  "ground_truth": False, "created_at": when, "updated_at": when}  # fmt: skip
    return {"id": 1, "data": {"product_id": product_id, "image": "x"}, "annotations": [annotation]}


def written(folder: Path, *tasks: Any) -> Path:
    path = folder / "export.json"
    path.write_text(json.dumps(tasks))
    return path


@pytest.fixture
def place(folder: Path) -> Workspace:
    return Workspace(folder / "shop")


def test_what_was_said_goes_out_and_comes_in_elsewhere(
    folder: Path, place: Workspace, reviewed_shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another workspace of the same catalog ends with the same words."""
    store = Corrections(place)
    store.save([Save("1", "p1", {"pattern": ["checkered"], "details": []}, "Ann")])
    store.save([Save("2", "p1", {"pattern": ["striped"]}, "Bob")])
    store.save([Save("3", "p2", {"pattern": ["striped"]}, "Ann")])
    store.undo("4", "3", "Ann")
    file = folder / "tasks.json"
    assert run(["review", str(place.path), "--export-label-studio", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["exported"] >= 1
    tasks = {one["data"]["product_id"]: one for one in json.loads(file.read_text("utf-8"))}
    people = {a["completed_by"]["email"]: a for a in tasks["p1"]["annotations"]}
    assert set(people) == {"Ann", "Bob"}
    assert tasks["p1"]["data"]["image"] == "/data/local-files/?d=p1.jpg"
    assert tasks["p1"]["predictions"][0]["model_version"] == "scripted 1, uncalibrated"
    assert "p2" not in tasks or not tasks["p2"]["annotations"]
    assert import_tasks(place, file) == 0
    other = Workspace(shutil.copytree(reviewed_shop / "shop", folder / "other"))
    assert run(["review", str(other.path), "--import-label-studio", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"imported": 2}
    assert standing_of(other) == standing_of(place)
    settle(place)
    assert tables(other)["attributes"] == tables(place)["attributes"]


def test_annotations_become_saves_of_who_made_them(place: Workspace, folder: Path) -> None:
    """At the time they were made; once, however often the file is read; changed ones count anew."""
    file = written(
        folder,
        task("p1", pattern="Check", details=["has zipper", "has hood"]),
        task("p2", {"email": "ann@example.com"}, pattern="striped"),
    )
    assert import_tasks(place, file) == 2
    assert import_tasks(place, file) == 0
    first, *_ = Corrections(place).of_save(
        next(r.save_id for r in Corrections(place).rows() if r.product_id == "p1")
    )
    assert (first.person, first.queue) == ("label studio 7", "label studio")
    assert first.said_at.isoformat() == "2026-01-02T03:04:05+00:00"
    (found,) = [r for r in place.read("attributes").to_pylist() if r["product_id"] == "p1"]
    assert found["pattern"] == "checkered"
    assert found["details"] == ["has zipper", "has hood"]
    later = written(folder, task("p1", when="2026-02-02T03:04:05Z", pattern="striped"))
    assert import_tasks(place, later) == 1
    (found,) = [r for r in place.read("attributes").to_pylist() if r["product_id"] == "p1"]
    assert found["pattern"] == "striped"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "cannot be read"),
        ("{}", "no export"),
        ("[1]", "no export"),
        ('[{"data": {"image": "x"}, "annotations": []}]', "no export"),
        ('[{"data": {"product_id": "p1"}}]', "no export"),
        (json.dumps([task("nobody", pattern="striped")]), "not in"),
        (json.dumps([task("p1", pattern="galactic")]), "cannot be"),
        (json.dumps([task("p1", pattern=["striped", "checkered"])]), "cannot be"),
        (json.dumps([task("p1", neck="deep")]), "no attribute"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_whole(
    refusing: Review, tmp_path: Path, content: str, says: str
) -> None:
    """With a sentence that says why."""
    file = tmp_path / "odd.json"
    file.write_text(content)
    with pytest.raises(LabelsError, match=says):
        import_tasks(refusing.place, file)
    assert Corrections(refusing.place).rows() == []


def test_a_cancelled_annotation_says_nothing(place: Workspace, folder: Path) -> None:
    """Nor does one without choices, or one from the future claim to be the last word for ever."""
    cancelled, empty = task("p1", pattern="striped"), task("p2")
    cancelled["annotations"][0]["was_cancelled"] = True
    ahead = task("p3", when="2999-01-01T00:00:00", pattern="striped")
    assert import_tasks(place, written(folder, cancelled, empty, ahead)) == 1
    Corrections(place).save([Save("1", "p3", {"pattern": ["checkered"]}, "Ann")])
    export_tasks(place, folder / "out.json")
    (row,) = [r for r in place.read("corrections").to_pylist() if r["person"] == "Ann"]
    assert row["before"] == ["striped"]
    assert row["said_at"].year < 2999


def test_the_interface_is_xml_with_a_choice_an_attribute(place: Workspace) -> None:
    """Whatever options are called."""
    root = ET.fromstring(interface(place.taxonomy()))
    choices = {one.get("name"): one for one in root.findall("Choices")}
    assert set(choices) == {a.name for a in place.taxonomy().read}
    assert choices["details"].get("choice") == "multiple"
    assert [c.get("value") for c in choices["pattern"]][:2] == ["solid color", "striped"]
