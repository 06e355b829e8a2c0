"""Several rankings made one."""

from __future__ import annotations

import numpy as np
import pytest

from hangtag.search.ranking import Signal, fused


def signal(weight: float = 1.0, **scores: float) -> Signal:
    """``r3=0.5`` is row 3 with that score."""
    pairs = sorted(scores.items(), key=lambda pair: -pair[1])
    rows = np.array([int(name[1:]) for name, _ in pairs], np.intp)
    return Signal(rows, np.array([score for _, score in pairs], np.float32), weight)


def test_what_several_signals_hold_for_good_comes_first() -> None:
    """Second in both beats first in one and last in the other."""
    rows, scores = fused([signal(r1=10, r2=9, r3=1), signal(r3=0.9, r2=0.8, r1=0.1)])
    assert rows[0] == 2
    assert scores[0] == pytest.approx((8 / 9 + 7 / 8) / 2)


def test_how_far_one_is_ahead_counts_not_only_its_rank() -> None:
    """Ranks alone could not tell these apart."""
    rows, _ = fused([signal(r1=100, r2=2, r3=1), signal(r2=1.0, r1=0.99, r3=0.0)])
    assert rows[0] == 1


def test_a_heavier_signal_decides() -> None:
    """Weights are shares of the score."""
    one, other = signal(3.0, r1=1, r2=0), signal(1.0, r2=1, r1=0)
    rows, scores = fused([one, other])
    assert rows.tolist() == [1, 2]
    assert scores.tolist() == pytest.approx([0.75, 0.25])


def test_equal_scores_keep_the_order_of_rows() -> None:
    """The same query gives the same list, whoever asks."""
    rows, scores = fused([signal(r9=1, r4=1, r7=1)])
    assert rows.tolist() == [4, 7, 9]
    assert scores.tolist() == [1, 1, 1]


@pytest.mark.parametrize("signals", [[], [signal()], [signal(0.0, r1=1)]])
def test_no_signal_finds_nothing(signals: list[Signal]) -> None:
    """A query of signs alone, words that no product has."""
    rows, scores = fused(signals)
    assert len(rows) == len(scores) == 0
