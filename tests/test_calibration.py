"""Scores become probabilities that hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hangtag.calibration import Calibration, Curve, fit_curve, uncalibrated
from hangtag.errors import CalibrationError
from hangtag.sureness import Sureness
from hangtag.taxonomy import Attribute, Option

SINGLE = Attribute("colour", 1, tuple(map(Option, ("red", "green", "blue"))))
MULTIPLE = Attribute("marks", 2, tuple(map(Option, ("dot", "dash"))), multiple=True)


def calibration(curve: Curve) -> Calibration:
    return Calibration(
        "compact", "1+abc", "a test", {"colour": SINGLE.names}, {"colour": {128: curve, 224: curve}}
    )


def labelled(rng: np.random.Generator, n: int, sharpness: float) -> tuple[np.ndarray, np.ndarray]:
    """Scores that are ``sharpness`` times too sure of themselves, and the truth."""
    honest = rng.normal(size=(n, 3)) * 2
    p = np.exp(honest) / np.exp(honest).sum(1, keepdims=True)
    truth = np.array([rng.choice(3, p=row) for row in p])
    return (honest * sharpness).astype(np.float32), np.eye(3, dtype=np.float32)[truth]


def test_a_fit_undoes_too_much_confidence() -> None:
    """Scores three times too sharp are scaled back to about a third."""
    scores, accepted = labelled(np.random.default_rng(0), 3000, 3.0)
    curve = fit_curve(scores, accepted, np.ones_like(accepted), multiple=False)
    assert curve.scale[0] == pytest.approx(1 / 3, abs=0.04)
    assert np.allclose(curve.shift, 0, atol=0.15)


def test_a_fit_on_next_to_nothing_changes_next_to_nothing() -> None:
    """Two labels do not outweigh the pull towards leaving scores as they are."""
    scores, accepted = labelled(np.random.default_rng(1), 2, 3.0)
    curve = fit_curve(scores, accepted, np.ones_like(accepted), multiple=False)
    assert 0.5 < curve.scale[0] < 1.5


def test_a_fit_on_few_products_stays_near_the_fit_on_many() -> None:
    """What holds for photos of one size is a better guess for another than no change at all."""
    scores, accepted = labelled(np.random.default_rng(1), 3, 3.0)
    usual = Curve((0.3,) * 3, (0.0, 2.0, 0.0))
    weight = np.ones_like(accepted)
    curve = fit_curve(scores, accepted, weight, multiple=False, towards=usual)
    assert curve.scale[0] < 0.6
    assert curve.shift[1] > 1


def test_products_without_label_do_not_count() -> None:
    """Weight 0 means that nobody said, whatever stands in the other arrays."""
    scores, accepted = labelled(np.random.default_rng(2), 500, 2.0)
    weight = np.ones_like(accepted)
    alone = fit_curve(scores, accepted, weight, multiple=False)
    more = np.concatenate([scores, scores + 5]), np.concatenate([accepted, 1 - accepted])
    ignored = np.concatenate([weight, np.zeros_like(weight)])
    together = fit_curve(*more, ignored, multiple=False)
    assert np.allclose(alone.scale, together.scale, atol=1e-3)


def test_a_label_that_accepts_two_options_asks_for_neither_in_particular() -> None:
    """With every option accepted there is nothing to learn."""
    scores, accepted = labelled(np.random.default_rng(3), 200, 2.0)
    curve = fit_curve(scores, np.ones_like(accepted), np.ones_like(accepted), multiple=False)
    assert curve.scale[0] == pytest.approx(1.0, abs=1e-3)
    assert np.allclose(curve.shift, 0, atol=1e-3)


def test_each_option_of_a_multiple_choice_is_fitted_by_itself() -> None:
    """One option is never right, the other always: their shifts part."""
    scores = np.zeros((400, 2), np.float32)
    accepted = np.tile(np.array([0.0, 1.0], np.float32), (400, 1))
    curve = fit_curve(scores, accepted, np.ones_like(accepted), multiple=True)
    assert curve.shift[0] < -1 < 1 < curve.shift[1]


def test_probabilities_of_a_single_choice_add_up_to_one() -> None:
    """However large the scores."""
    scores = np.array([[1000, 0, -1000], [0, 0, 0]], np.float32)
    p = calibration(Curve((0.5,) * 3, (0.1, 0, 0))).probabilities(SINGLE, 128, scores)
    assert np.allclose(p.sum(1), 1)
    assert np.isfinite(p).all()


def test_an_attribute_that_was_not_fitted_keeps_its_own_probabilities() -> None:
    """Uncalibrated, and `covers` says so."""
    fitted = calibration(Curve((0.5,) * 3, (0.0,) * 3))
    scores = np.array([[2.0, -1.0]], np.float32)
    assert not fitted.covers(MULTIPLE)
    assert np.array_equal(
        fitted.probabilities(MULTIPLE, 128, scores), uncalibrated(MULTIPLE, scores)
    )
    assert np.array_equal(fitted.thresholds(MULTIPLE, 128), np.full(2, 0.5, np.float32))


def test_options_are_matched_by_name_not_by_place() -> None:
    """A user's taxonomy may list them in another order, or only some of them."""
    fitted = calibration(Curve((1.0, 1.0, 1.0), (0.0, 5.0, 0.0)))
    shuffled = Attribute("colour", 1, tuple(map(Option, ("blue", "green"))))
    p = fitted.probabilities(shuffled, 128, np.zeros((1, 2), np.float32))
    assert p[0, 1] > 0.99


def test_a_size_that_was_not_fitted_takes_the_nearest() -> None:
    """A photo of 200 pixels is judged like one of 224."""
    curves = {128: Curve((1.0,) * 3, (9.0, 0.0, 0.0)), 224: Curve((1.0,) * 3, (0.0, 0.0, 9.0))}
    fitted = Calibration("compact", "1", "a test", {"colour": SINGLE.names}, {"colour": curves})
    assert fitted.probabilities(SINGLE, 200, np.zeros((1, 3), np.float32)).argmax() == 2


def test_a_fit_survives_being_written_and_read(tmp_path: Path) -> None:
    """Thresholds included."""
    fitted = calibration(Curve((0.5,) * 3, (0.1, 0.2, 0.3), (0.4, 0.5, 0.6)))
    fitted.save(tmp_path / "fit.json")
    assert Calibration.load(tmp_path / "fit.json") == fitted


def test_a_fit_for_another_engine_is_refused() -> None:
    """Probabilities of one model say nothing of another's."""
    fitted = calibration(Curve((1.0,) * 3, (0.0,) * 3))
    fitted.check("compact", "1+abc")
    with pytest.raises(CalibrationError, match="not for compact 2"):
        fitted.check("compact", "2")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"engine": 3}', "\x00"])
def test_a_damaged_file_is_one_clear_error(tmp_path: Path, text: str) -> None:
    """It names the file and does not show a stack of another library."""
    (tmp_path / "fit.json").write_text(text)
    with pytest.raises(CalibrationError, match=r"fit\.json is not a calibration"):
        Calibration.load(tmp_path / "fit.json")


def test_what_confidence_says_is_kept_with_the_rest(tmp_path: Path) -> None:
    """And read back."""
    curve = Curve((1.0, 1.0), (0.0, 0.0), sure=Sureness(0.9, 0.25, ((1.0, 0.4), (0.0, 1.0))))
    told = Calibration("e", "1", "a test", {"a": ("x", "y")}, {"a": {128: curve}})
    told.save(tmp_path / "calibration.json")
    assert Calibration.load(tmp_path / "calibration.json") == told
