"""Confidences that no labels were fitted to are marked wherever they are shown."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from api_client import Client
from colour_shop import ColourShop
from PIL import Image

from hangtag.calibration import Calibration, Curve
from hangtag.cli.entry import run
from hangtag.corrections import Corrections
from hangtag.databricks.answering import Answering
from hangtag.engines import registry
from hangtag.engines.base import uncalibrated_of
from hangtag.engines.registry import open_engine, register_engine
from hangtag.review.claims import Claims
from hangtag.review.desk import Desk
from hangtag.review.fastapi_app import create_app as review_app
from hangtag.review.label_studio import export_tasks
from hangtag.taxonomy import default_taxonomy
from hangtag.testing.scripted import ScriptedEngine
from hangtag.workspace import Workspace

TAXONOMY = default_taxonomy()
READ = [a.name for a in TAXONOMY.read]
EVERY = "is the confidence of every attribute."


def fitted(*names: str) -> Calibration:
    """A calibration of these attributes that changes nothing."""
    options = {name: TAXONOMY[name].names for name in names}
    same = {name: Curve((1.0,) * len(told), (0.0,) * len(told)) for name, told in options.items()}
    curves = {name: {32: curve} for name, curve in same.items()}
    return Calibration("scripted", "1", "nothing", options, curves)


# What the engine has a calibration for → what is marked.
CASES = {
    "nothing": (None, READ),
    "pattern": (fitted("pattern"), [name for name in READ if name != "pattern"]),
    "all": (fitted(*READ), []),
}


def answers(count: int) -> dict[str, dict[str, str]]:
    return {f"p{n}": {"pattern": "striped", "sleeves": "long sleeve"} for n in range(count)}


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder for each case, with the workspace ``shop``."""
    found = {}
    for name, (calibration, _) in CASES.items():
        folder = tmp_path_factory.mktemp("marks") / name.replace(" ", "-")
        shop = ColourShop(folder, products=6)
        place = Workspace(folder / "shop")
        shop.tag(place, ScriptedEngine(answers=answers(6), calibration=calibration))
        found[name] = folder
    return found


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest, shops: dict[str, Path]) -> tuple[Path, list[str]]:
    """A tagged shop, and what must be marked in it."""
    return shops[request.param], CASES[request.param][1]


def labels(folder: Path) -> Path:
    path = folder / "labels.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "attribute", "value"])
        for n in range(6):
            rows.writerows([[f"p{n}", "pattern", "striped"], [f"p{n}", "sleeves", "sleeveless"]])
    return path


def test_a_run_says_it_and_the_workspace_knows(case: tuple[Path, list[str]]) -> None:
    """Attribute by attribute, in run.json and for whoever reads the tables."""
    folder, marked = case
    place = Workspace(folder / "shop")
    told = place.last_run() or {}
    assert told["uncalibrated"] == marked
    assert told["calibrated"] is (marked != READ)
    assert place.uncalibrated() == set(marked)


def test_workspaces_of_earlier_versions_are_marked_as_a_whole(tmp_path: Path) -> None:
    """They said of a run whether its engine was calibrated, and no more."""
    place = Workspace(tmp_path / "old")
    ColourShop(tmp_path / "shop", products=2).tag(place)
    run_json, terms = place.path / "run.json", place.path / "terms.json"
    told = {k: v for k, v in json.loads(run_json.read_text()).items() if k != "uncalibrated"}
    terms.write_text(json.dumps({"text": True, "least": {}}))
    for calibrated, marked in ((False, set(READ)), (True, set())):
        place.keep_run({**told, "calibrated": calibrated})
        assert place.uncalibrated() == marked


def test_a_mark_stays_until_a_run_has_been_through_everything(tmp_path: Path) -> None:
    """Half of a catalog read by a calibrated engine leaves the other half as it was."""
    shop, place = ColourShop(tmp_path / "shop", products=4), Workspace(tmp_path / "out")
    shop.tag(place)
    better = ScriptedEngine(calibration=fitted(*READ))
    shop.tag(place, better, limit=2)
    assert place.uncalibrated() == set(READ)
    shop.tag(place, better)
    assert place.uncalibrated() == frozenset()
    shop.tag(place, ScriptedEngine(version="2"), where="product_id = 'p0'")
    assert place.uncalibrated() == set(READ)


class Stopping(ScriptedEngine):
    """Dies while it looks at its first photos."""

    def answer(self, *_asked: Any) -> Any:
        raise KeyboardInterrupt


def test_a_run_that_never_ended_has_left_its_mark(tmp_path: Path) -> None:
    """It may have written thousands of rows."""
    shop, place = ColourShop(tmp_path / "shop", products=2), Workspace(tmp_path / "out")
    shop.tag(place, ScriptedEngine(calibration=fitted(*READ)))
    assert not place.uncalibrated()
    with pytest.raises(KeyboardInterrupt):
        shop.tag(place, Stopping(version="2"))
    assert place.uncalibrated() == set(READ)


def test_tag_and_plan_say_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In words and as JSON, for each engine that is planned for."""
    monkeypatch.setattr(registry, "_OPENERS", dict(registry._OPENERS))
    register_engine("bare", lambda taxonomy, **_: ScriptedEngine(taxonomy))
    register_engine("half", _opener(fitted("pattern", "sleeves")))
    register_engine("whole", _opener(fitted(*READ)))
    shop = ColourShop(tmp_path / "shop", products=5)
    shop.catalog()
    where = [str(shop.styles), "--images", str(shop.images), "--processes", "1", "--quiet"]
    assert run(["plan", *where, "--engine", "half"]) == 0
    (line,) = (one for one in capsys.readouterr().out.splitlines() if "Uncalibrated" in one)
    assert "material" in line
    assert "pattern" not in line
    assert run(["plan", *where, "--engine", "bare", "--json"]) == 0
    (planned,) = json.loads(capsys.readouterr().out)["plans"]
    assert (planned["calibrated"], planned["uncalibrated"]) == (False, READ)
    for engine, said in (("bare", EVERY), ("whole", None)):
        assert run(["tag", *where, "--out", str(tmp_path / engine), "--engine", engine]) == 0
        out = capsys.readouterr().out
        assert ("Uncalibrated" in out) is (said is not None)
        assert said is None or said in out


def _opener(calibration: Calibration) -> Callable[..., ScriptedEngine]:
    return lambda taxonomy, **_: ScriptedEngine(taxonomy, calibration=calibration)


def test_evaluate_says_it_below_every_table_with_confidences(
    case: tuple[Path, list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And names the attributes in its JSON."""
    folder, marked = case
    asked = ["evaluate", str(folder / "shop"), "--labels", str(labels(tmp_path))]
    assert run([*asked, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["calibrated"], told["uncalibrated"]) == (marked != READ, marked)
    assert run(asked) == 0
    out = capsys.readouterr().out
    assert (", uncalibrated: the photo alone" in out) is (marked == READ)
    # The photo alone, photo and text together, and what is left when values must be right so often.
    assert out.count("Uncalibrated") == (3 if marked else 0)
    assert (EVERY in " ".join(out.split())) is (marked == READ)


def test_the_report_says_it_at_each_attribute(case: tuple[Path, list[str]], tmp_path: Path) -> None:
    """At the top, at every histogram, plot and sheet of photos, where there is no calibration."""
    folder, marked = case
    out, truth = tmp_path / "report.html", labels(tmp_path)
    assert run(["report", str(folder / "shop"), "--labels", str(truth), "--out", str(out)]) == 0
    page = out.read_text()
    assert ("uncalibrated: the confidences" in page) is bool(marked)
    assert page.count("<span>uncalibrated confidence of") == len(marked)
    assert page.count("options · uncalibrated</small>") == len(marked)
    scored = {"pattern", "sleeves"} & set(marked)
    assert page.count("uncalibrated, calibration error") == len(scored)
    assert ("of collar, details" in page) is (0 < len(marked) < len(READ))


def test_reviewers_see_it_but_where_they_see_no_confidence(
    case: tuple[Path, list[str]], tmp_path: Path
) -> None:
    """Each reading of the card says so; Label Studio, too, gets to know."""
    folder, marked = case
    shutil.copytree(folder / "shop", tmp_path / "shop")
    place = Workspace(tmp_path / "shop")
    claims = Claims(tmp_path / "shop" / ".review.sqlite")
    desk = Desk(place, Corrections(place), claims, images=folder / "images", said=lambda _: None)
    client = Client(review_app(desk, login=None, hosts=frozenset({"127.0.0.1"})))
    body = {"person": "Ann", "session": "session-Ann", "queue": "random", "n": 1}
    (card,) = client.ask("POST", "/api/next", json=body).json()["products"]
    claims.close()
    told = {r["attribute"]: r["calibrated"] for r in card["readings"]}
    assert told == {name: name not in marked for name in told}
    assert told
    tasks = tmp_path / "tasks.json"
    export_tasks(place, tasks)
    versions = {p["model_version"] for t in json.loads(tasks.read_text()) for p in t["predictions"]}
    assert all(("uncalibrated" in version) is bool(marked) for version in versions)


def test_a_served_model_says_it_of_each_reading(tmp_path: Path) -> None:
    """Whatever engine is behind it; the one that ships is calibrated."""
    photo = tmp_path / "a.png"
    Image.new("RGB", (40, 40), (200, 30, 30)).save(photo)
    rows = [{"photo": photo.read_bytes()}]
    for engine, marked in ((None, []), (ScriptedEngine(calibration=fitted("pattern")), None)):
        (answer,) = Answering(engine).answer(rows)
        told = {r["attribute"]: r["calibrated"] for r in json.loads(answer["readings"])}
        bare = [n for n in READ if n != "pattern"] if marked is None else marked
        assert {name for name, calibrated in told.items() if not calibrated} == set(bare)


def test_the_engine_that_ships_is_calibrated_throughout() -> None:
    """Also for a taxonomy of fewer options; never without its file."""
    engine = open_engine("compact", TAXONOMY)
    assert uncalibrated_of(engine, TAXONOMY.read) == []
    engine.calibration = None  # type: ignore[misc]
    assert uncalibrated_of(engine, TAXONOMY.read) == READ
