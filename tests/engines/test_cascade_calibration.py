"""A cascade goes by what was fitted to labels for one of its engines."""

from __future__ import annotations

import csv
import json
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from colour_shop import ColourShop

from hangtag.calibration import Calibration
from hangtag.cli.entry import run
from hangtag.engines import registry
from hangtag.engines.base import Answers, Engine, PhotoBatch
from hangtag.engines.cascade import CascadeEngine
from hangtag.engines.registry import open_engine, register_engine
from hangtag.errors import CalibrationError, HangtagWarning, UsageError
from hangtag.evaluation import fit_calibration
from hangtag.taxonomy import Attribute, default_taxonomy
from hangtag.testing.scripted import ScriptedEngine
from hangtag.workspace import Workspace

TAXONOMY = default_taxonomy()
READ = [a.name for a in TAXONOMY.read]
PATTERN = TAXONOMY["pattern"]
PRODUCTS = 120


def number(product_id: str) -> int:
    return int(product_id.removeprefix("p"))


def truth(product_id: str) -> str:
    return PATTERN.names[number(product_id) % 4]


class Cheap(ScriptedEngine):
    """Sure of every pattern; of one half more so, and right there; of the other, now and then."""

    name = "cheap"
    closed = False

    def answer(self, batch: PhotoBatch, attributes: Sequence[Attribute]) -> Answers:
        answers = super().answer(batch, attributes)
        if "pattern" in answers.scores:
            scores = answers.scores["pattern"]
            scores[:] = 0.0
            for row, product_id in enumerate(batch.product_ids):
                n = number(product_id)
                surer, right = n % 8 < 4, n % 8 < 4 or n % 3 == 0
                scores[row, n % 4 if right else (n + 1) % 4] = 16.0 if surer else 5.0 + n % 2
        return answers

    def close(self) -> None:
        self.closed = True


class Costly(Cheap):
    """Right about every pattern, and knows it."""

    name = "costly"

    def answer(self, batch: PhotoBatch, attributes: Sequence[Attribute]) -> Answers:
        answers = ScriptedEngine.answer(self, batch, attributes)
        if "pattern" in answers.scores:
            scores = answers.scores["pattern"]
            scores[:] = 0.0
            for row, product_id in enumerate(batch.product_ids):
                scores[row, number(product_id) % 4] = 9.0
        return answers


@pytest.fixture(autouse=True)
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Cheap]:
    """Engines for tests, and those that were opened."""
    found: list[Cheap] = []
    monkeypatch.setattr(registry, "_OPENERS", dict(registry._OPENERS))
    monkeypatch.setattr(
        registry, "_TAKES", {**registry._TAKES, "cheap": frozenset({"calibration"})}
    )

    def cheap(*_: object, calibration: Path | None = None) -> Engine:
        return registry.with_calibration(Cheap(), calibration)

    def costly(*_: object) -> Engine:
        found.append(Costly())
        return found[-1]

    register_engine("cheap", cheap)
    register_engine("costly", costly)
    return found


@pytest.fixture
def shop(tmp_path: Path) -> ColourShop:
    shop = ColourShop(tmp_path / "shop", products=PRODUCTS)
    shop.catalog()
    return shop


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """The truth of every pattern."""
    path = tmp_path / "labels.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "attribute", "value"])
        rows.writerows([f"p{n}", "pattern", truth(f"p{n}")] for n in range(PRODUCTS))
    return path


def tag(shop: ColourShop, out: Path, engine: str, *more: str) -> int:
    where = [str(shop.styles), "--images", str(shop.images), "--out", str(out)]
    return run(["tag", *where, "--engine", engine, "--processes", "1", "--json", *more])


CASCADE = ("cascade", "--first", "cheap", "--then", "costly")


def test_what_goes_on_and_what_is_expected_follow_from_labels(
    shop: ColourShop, tmp_path: Path, labels: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one workspace: the cheap engine, its calibration, the cascade that goes by it."""
    out = tmp_path / "out"
    assert tag(shop, out, *CASCADE) == 0
    bare = capsys.readouterr()
    assert "every product goes on" in bare.err
    figures = json.loads(bare.out)["engine_figures"]
    assert figures["share_on"]["pattern"] == 1.0
    assert (figures["expected_accuracy_first"], figures["expected_accuracy"]) == ({}, {})

    assert tag(shop, out, "cheap") == 0
    assert run(["evaluate", str(out), "--labels", str(labels), "--fit-calibration"]) == 0
    capsys.readouterr()
    assert tag(shop, out, *CASCADE) == 0
    told = json.loads(capsys.readouterr().out)
    figures = told["engine_figures"]
    # The half that it is surer of, and right about: patterns alone have labels.
    assert figures["share_on"]["pattern"] == pytest.approx(0.5, abs=0.05)
    assert figures["share_on"]["material"] == 1.0
    assert figures["thresholds"].keys() == {"pattern"}
    assert figures["expected_accuracy_first"]["pattern"] == pytest.approx(1.0, abs=0.05)
    # Whatever else stands is the costly engine's, which nobody has checked.
    assert figures["expected_accuracy"] == {}
    assert "How right costly is on the rest is not known" in " ".join(told["engine_says"])
    assert told["uncalibrated"] == READ
    assert run(["evaluate", str(out), "--labels", str(labels), "--json"]) == 0
    (score,) = json.loads(capsys.readouterr().out)["attributes"]
    assert score["accuracy"] == 1.0


def test_labels_for_the_second_engine_tell_how_right_the_rest_is(
    shop: ColourShop, tmp_path: Path, labels: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first one is the engine that ships: the whole is calibrated where labels speak."""
    out = tmp_path / "out"
    place = Workspace(out)
    shop.tag(place, Costly())
    assert run(["evaluate", str(out), "--labels", str(labels), "--fit-calibration"]) == 0
    capsys.readouterr()
    assert tag(shop, out, "cascade", "--then", "costly") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["uncalibrated"] == [name for name in READ if name != "pattern"]
    expected = told["engine_figures"]["expected_accuracy"]
    assert expected.keys() == {"pattern"}
    rows = place.read("readings", ["attribute", "confidence"]).to_pylist()
    confidence = [row["confidence"] for row in rows if row["attribute"] == "pattern"]
    assert expected["pattern"] == pytest.approx(np.mean(confidence), abs=1e-3)
    says = " ".join(told["engine_says"])
    assert "Expected accuracy of all: pattern" in says
    assert "How right costly is on the rest is not known of material" in says


def fitted(engine: str, version: str, folder: Path) -> Path:
    path = folder / "calibration.json"
    Calibration(engine, version, "a test", {}, {}).save(path)
    return path


def cascade(**options: object) -> CascadeEngine:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HangtagWarning)
        engine = open_engine("cascade", TAXONOMY, first="cheap", then="costly", **options)
    assert isinstance(engine, CascadeEngine)
    return engine


def test_a_file_counts_for_the_engine_that_it_was_fitted_to(tmp_path: Path) -> None:
    """And for no other; the cascade's version changes with it."""
    bare = cascade()
    for name in ("cheap", "costly"):
        engine = cascade(calibration=fitted(name, "1", tmp_path))
        has = [part.name for part in (engine.first, engine.then) if part.calibration is not None]
        assert has == [name]
        assert engine.version != bare.version


def test_it_is_refused_for_another_version_of_either(tmp_path: Path, opened: list[Cheap]) -> None:
    """Other weights, other probabilities. The error says what to do, and nothing stays open."""
    for name in ("cheap", "costly"):
        path = fitted(name, "older", tmp_path)
        with pytest.raises(CalibrationError, match=f"fitted for {name} older, not for") as told:
            open_engine("cascade", TAXONOMY, first="cheap", then="costly", calibration=path)
        assert "--fit-calibration" in (told.value.hint or "")
        assert opened[-1].closed


def test_another_engines_is_no_reason_to_stop(
    shop: ColourShop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It waits for that engine. The run says that it does not count."""
    out = tmp_path / "out"
    shop.tag(Workspace(out), Cheap(), limit=2)
    fitted("somebody", "1", out)
    assert tag(shop, out, *CASCADE, "--limit", "2") == 0
    told = capsys.readouterr()
    assert "was fitted for somebody, not for cheap or costly" in " ".join(told.err.split())
    assert json.loads(told.out)["uncalibrated"] == READ
    # The engine that ships has its own, and says nothing of what is not its business.
    assert tag(shop, out, "compact", "--limit", "2") == 0
    told = capsys.readouterr()
    assert "was fitted for" not in told.err
    assert json.loads(told.out)["uncalibrated"] == []


def test_a_cascade_is_not_fitted_itself(shop: ColourShop, tmp_path: Path, labels: Path) -> None:
    """Its readings are of two engines; the error says which to fit."""
    with pytest.warns(HangtagWarning, match="every product goes on"):
        shop.tag(Workspace(tmp_path / "out"), CascadeEngine(TAXONOMY, Cheap(), Costly()))
    with pytest.raises(UsageError, match="two engines") as told:
        fit_calibration(tmp_path / "out", labels)
    assert "--engine vlm" in (told.value.hint or "")
