"""What is left when values must be right so often."""

from __future__ import annotations

import numpy as np
import pytest

from hangtag.evaluation.selective import Answered, risk_curve, selection


def drawn(n: int, seed: int = 0) -> Answered:
    rng = np.random.default_rng(seed)
    confidence = rng.beta(4, 1, n)
    return Answered([f"p{i}" for i in range(n)], confidence, rng.random(n) < confidence)


def test_the_accuracy_is_of_products_that_the_line_was_not_drawn_by() -> None:
    """So that it is not better than what comes after."""
    found = selection("pattern", drawn(5000), 0.9, text=False)
    assert found.met
    assert found.accuracy == pytest.approx(0.9, abs=0.02)
    assert found.least is not None
    assert 0.5 < found.coverage < 0.95
    later = drawn(50_000, seed=9)
    assert later.right[later.confidence >= found.least].mean() == pytest.approx(0.9, abs=0.02)


def test_noise_is_not_chosen_for_looking_well() -> None:
    """Where confidence says nothing, no line can be drawn that keeps on other products."""
    rng = np.random.default_rng(0)
    noise = Answered([f"p{i}" for i in range(400)], rng.random(400), rng.random(400) < 0.6)
    found = selection("pattern", noise, 0.9, text=False)
    assert found.coverage < 0.1


def test_nothing_left_is_an_answer_too() -> None:
    """There is no accuracy of nothing."""
    wrong = Answered([f"p{i}" for i in range(50)], np.full(50, 0.9), np.zeros(50, bool))
    found = selection("pattern", wrong, 0.9, text=True)
    assert (found.coverage, found.accuracy, found.least, found.met) == (0.0, None, None, None)


def test_a_product_is_on_the_same_side_whatever_else_is_there() -> None:
    """A label more does not shuffle the others."""
    some = drawn(1000)
    again = Answered(some.product_ids[::-1], some.confidence[::-1], some.right[::-1])
    assert selection("a", some, 0.9, text=False) == selection("a", again, 0.9, text=False)


def test_the_curve_ends_with_all_values_and_their_accuracy() -> None:
    """And begins with enough of them to mean something."""
    found = drawn(1000)
    points = risk_curve("pattern", found, text=False).points
    assert points[-1] == (1.0, pytest.approx(found.right.mean()))
    assert points[0][0] >= 0.01
    shares = [share for share, _ in points]
    assert shares == sorted(shares)
    assert len(points) <= 60


def test_values_of_one_confidence_are_one_point() -> None:
    """Nobody can draw a line between them."""
    same = Answered(["a", "b", "c"], np.full(3, 0.7), np.array([True, False, True]))
    assert risk_curve("pattern", same, text=False).points == [(1.0, pytest.approx(2 / 3))]
    nothing = Answered([], np.array([]), np.array([], bool))
    assert risk_curve("pattern", nothing, text=False).points == []
    assert risk_curve("pattern", nothing, text=False).floor == 0.8
