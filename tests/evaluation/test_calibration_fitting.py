"""An engine without calibration gets one from labels, and keeps to it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from colour_shop import ColourShop

from hangtag.calibration import Calibration
from hangtag.engines.base import Answers, PhotoBatch, uncalibrated_of, with_calibration
from hangtag.errors import CalibrationError, UsageError
from hangtag.evaluation import fit_calibration
from hangtag.taxonomy import Attribute, default_taxonomy
from hangtag.testing.scripted import ScriptedEngine
from hangtag.workspace import Workspace

TAXONOMY = default_taxonomy()
PATTERN = TAXONOMY["pattern"]
PRODUCTS = 200


class Boasting(ScriptedEngine):
    """Sure of everything, and wrong about every third pattern; a dozen details, as it likes."""

    def answer(self, batch: PhotoBatch, attributes: Sequence[Attribute]) -> Answers:
        answers = super().answer(batch, attributes)
        scores = np.zeros((len(batch.product_ids), len(PATTERN.names)), np.float32)
        for row, product_id in enumerate(batch.product_ids):
            number = int(product_id.removeprefix("p"))
            said = number + 1 if number % 3 == 0 else number
            scores[row, said % 4] = 8.0 + number % 5
        answers.scores["pattern"] = scores  # type: ignore[index]
        return answers


def truth(product_id: str) -> str:
    return PATTERN.names[int(product_id.removeprefix("p")) % 4]


@pytest.fixture
def shop(tmp_path: Path) -> ColourShop:
    return ColourShop(tmp_path / "shop", products=PRODUCTS)


@pytest.fixture
def place(shop: ColourShop, tmp_path: Path) -> Workspace:
    place = Workspace(tmp_path / "workspace")
    shop.tag(place, Boasting())
    return place


@pytest.fixture
def labels(place: Workspace, tmp_path: Path) -> Callable[[int], Path]:
    """A function from a number to a file with the true patterns of so many products."""

    def written(count: int = PRODUCTS) -> Path:
        path = tmp_path / f"labels-{count}.csv"
        products = place.read("products", ["product_id"])["product_id"].to_pylist()
        with path.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["id", "attribute", "value"])
            rows.writerows([one, "pattern", truth(one)] for one in products[:count])
        return path

    return written


def confidences(place: Workspace) -> list[float]:
    rows = place.read("readings", ["attribute", "confidence"]).to_pylist()
    return [row["confidence"] for row in rows if row["attribute"] == "pattern"]


def test_a_boasting_engine_becomes_as_sure_as_it_is_right(
    place: Workspace, shop: ColourShop, labels: Callable[..., Path]
) -> None:
    """On products that the fit did not see, and in the tables of the next run."""
    assert min(confidences(place)) > 0.99
    calibration, fits = fit_calibration(place.path, labels())
    (pattern,) = fits
    assert (pattern.attribute, pattern.labels, pattern.kept) == ("pattern", PRODUCTS, True)
    assert pattern.before > 0.3
    assert pattern.after is not None
    assert pattern.after < 0.1
    assert calibration is not None
    place.keep_calibration(calibration)
    engine = with_calibration(Boasting(), place.calibration_file)
    assert "pattern" not in uncalibrated_of(engine, TAXONOMY.read)
    summary = shop.tag(place, engine)
    assert (summary.tagged, summary.calibrated) == (PRODUCTS, True)
    assert np.mean(confidences(place)) == pytest.approx(2 / 3, abs=0.07)


def test_what_was_fitted_is_read_back_as_it_was(
    place: Workspace, labels: Callable[..., Path]
) -> None:
    """And says what it is from."""
    calibration, _ = fit_calibration(place.path, labels())
    assert calibration is not None
    place.keep_calibration(calibration)
    found = Calibration.load(place.calibration_file)
    assert found.fitted_on == f"{PRODUCTS} products of labels-{PRODUCTS}.csv"
    assert found.curves == calibration.curves
    assert found.options["pattern"] == PATTERN.names


@pytest.mark.parametrize("other", [{"version": "2"}, {"name": "another"}])
def test_it_is_refused_for_another_engine_or_version(
    other: dict[str, Any], place: Workspace, labels: Callable[..., Path]
) -> None:
    """Other weights or other prompts make other probabilities. The error says what to do."""
    calibration, _ = fit_calibration(place.path, labels())
    assert calibration is not None
    place.keep_calibration(calibration)
    engine = Boasting(**{k: v for k, v in other.items() if k == "version"})
    engine.name = other.get("name", engine.name)
    with pytest.raises(CalibrationError, match="was fitted for") as told:
        with_calibration(engine, place.calibration_file)
    assert "--fit-calibration" in (told.value.hint or "")


def test_too_few_labels_fit_nothing(place: Workspace, labels: Callable[..., Path]) -> None:
    """And that is told."""
    calibration, fits = fit_calibration(place.path, labels(20))
    assert calibration is None
    assert [(fit.labels, fit.after, fit.kept) for fit in fits] == [(20, None, False)]


def test_what_is_calibrated_already_is_not_fitted_twice(
    place: Workspace, shop: ColourShop, labels: Callable[..., Path]
) -> None:
    """Its probabilities are no scores any more."""
    calibration, _ = fit_calibration(place.path, labels())
    assert calibration is not None
    place.keep_calibration(calibration)
    shop.tag(place, with_calibration(Boasting(), place.calibration_file))
    with pytest.raises(UsageError, match="calibrated already"):
        fit_calibration(place.path, labels())


def test_options_of_a_multiple_choice_are_fitted_one_by_one(
    place: Workspace, tmp_path: Path
) -> None:
    """A label is about one option, and is there or not."""
    path = tmp_path / "details.csv"
    products = place.read("products", ["product_id"])["product_id"].to_pylist()
    dice = np.random.default_rng(0)
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "attribute", "value", "present"])
        for one in products:
            for option in ("has pockets", "has zipper"):
                there = dice.random() < (0.8 if option == "has pockets" else 0.1)
                rows.writerow([one, "details", option, json.dumps(bool(there))])
    calibration, (details,) = fit_calibration(place.path, path)
    assert details.labels == PRODUCTS
    assert details.after is not None
    assert details.after < details.before
    assert calibration is not None
    side = np.zeros((1, len(TAXONOMY["details"].names)), np.float32)
    p = dict(zip(TAXONOMY["details"].names, calibration.probabilities(
        TAXONOMY["details"], 128, side)[0].tolist(), strict=True))  # fmt: skip
    assert p["has pockets"] > 0.5 > p["has zipper"]


def test_how_sure_it_is_of_products_that_the_fit_did_not_see_is_kept(
    place: Workspace, labels: Callable[[int], Path]
) -> None:
    """By which a cascade decides what goes on."""
    calibration, _ = fit_calibration(place.path, labels(PRODUCTS))
    assert calibration is not None
    sure = calibration.sureness["pattern"]
    assert len(sure) == 100
    assert list(sure) == sorted(sure)
    assert np.mean(sure) == pytest.approx(2 / 3, abs=0.07)


def test_labels_of_other_attributes_add_to_what_was_fitted(
    place: Workspace, shop: ColourShop, labels: Callable[..., Path], tmp_path: Path
) -> None:
    """Later, with labels of another kind; the first fit stays as it was."""
    first, _ = fit_calibration(place.path, labels())
    assert first is not None
    place.keep_calibration(first)
    summary = shop.tag(place, with_calibration(Boasting(), place.calibration_file))
    assert "pattern" not in summary.uncalibrated
    path = tmp_path / "more.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "attribute", "value"])
        for n in range(PRODUCTS):
            rows.writerows([[f"p{n}", "pattern", truth(f"p{n}")], [f"p{n}", "fit", "regular"]])
    both, fits = fit_calibration(place.path, path)
    assert [fit.attribute for fit in fits] == ["fit"]
    assert both is not None
    assert both.curves.keys() == {"pattern", "fit"}
    assert both.curves["pattern"] == first.curves["pattern"]
    assert both.fitted_on == f"{first.fitted_on}; {PRODUCTS} products of more.csv"


def test_what_another_engine_had_read_before_does_not_count(
    shop: ColourShop, labels: Callable[..., Path], tmp_path: Path
) -> None:
    """Half of the catalog read anew: the fit is to that half."""
    place = Workspace(tmp_path / "mixed")
    shop.tag(place, ScriptedEngine(version="0"))
    shop.tag(place, Boasting(), limit=PRODUCTS // 2)
    path = tmp_path / "all.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "attribute", "value"])
        rows.writerows([f"p{n}", "pattern", truth(f"p{n}")] for n in range(PRODUCTS))
    _, (pattern,) = fit_calibration(place.path, path)
    assert pattern.labels == PRODUCTS // 2


def test_a_workspace_whose_run_never_ended_is_not_fitted(
    place: Workspace, labels: Callable[..., Path]
) -> None:
    """Nobody knows which engine its readings are of."""
    path = labels()
    (place.path / "run.json").unlink()
    with pytest.raises(UsageError, match="no run has come to its end"):
        fit_calibration(place.path, path)
