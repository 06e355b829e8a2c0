"""Figures over arrays of right and wrong; n products throughout."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Bin",
    "calibration_error",
    "chance_error",
    "chance_errors",
    "f1",
    "macro_f1",
    "majority",
    "reliability",
    "wilson",
]

_BINS = 15
# Catalogs drawn to see what chance alone does to a calibration error.
_DRAWN = 400


@dataclass(frozen=True, slots=True)
class Bin:
    """Products whose confidence lies in one of the equal-width bins, for a reliability plot."""

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float


def wilson(right: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """The interval of a share of ``n`` (Wilson, 1927); (0, 1) where there is nothing."""
    from scipy.stats import binomtest

    if n == 0:
        return 0.0, 1.0
    interval = binomtest(right, n).proportion_ci(level, method="wilson")
    return float(interval.low), float(interval.high)


def majority(accepted: Sequence[Collection[str]]) -> float:
    """The accuracy of the best constant answer: the option that most of the labels accept."""
    counts: dict[str, int] = {}
    for options in accepted:
        for option in options:
            counts[option] = counts.get(option, 0) + 1
    return max(counts.values()) / len(accepted)


def macro_f1(truth: Sequence[str | None], said: Sequence[str]) -> float:
    """The mean F1 over the options that occur in ``truth``, 0 where none does.

    None in ``truth``: something else than what was said, and nobody knows which; it counts against
    the option said and no other.
    """
    from sklearn.metrics import f1_score

    options = sorted({option for option in truth if option is not None})
    if not options:
        return 0.0
    known = [option or "" for option in truth]
    return float(f1_score(known, said, labels=options, average="macro", zero_division=0))


def f1(recall: float, precision: float) -> float:
    """Their harmonic mean, 0 where both are."""
    both = recall + precision
    return 2 * recall * precision / both if both else 0.0


def reliability(confidence: NDArray[np.floating], right: NDArray[np.bool_]) -> list[Bin]:
    """The bins that are not empty: how sure the engine was, and how often it was right."""
    which = _bin_of(confidence)
    counts = np.bincount(which, minlength=_BINS)
    sure = np.bincount(which, weights=confidence, minlength=_BINS)
    hits = np.bincount(which, weights=right, minlength=_BINS)
    return [
        Bin(
            low=b / _BINS,
            high=(b + 1) / _BINS,
            n=int(counts[b]),
            confidence=float(sure[b] / counts[b]),
            accuracy=float(hits[b] / counts[b]),
        )
        for b in np.flatnonzero(counts).tolist()
    ]


def _bin_of(confidence: NDArray[np.floating]) -> NDArray[np.int64]:
    return np.minimum((confidence * _BINS).astype(np.int64), _BINS - 1)


def calibration_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error (Guo et al., 2017): mean gap between sureness and rightness."""
    n = sum(b.n for b in bins)
    return sum(b.n * abs(b.confidence - b.accuracy) for b in bins) / n if n else 0.0


def chance_errors(confidence: NDArray[np.floating]) -> NDArray[np.float64]:
    """Calibration errors that perfect confidence would show on as many products, drawn so often.

    Among few products no share of right ones equals the confidence. Where an error is larger than
    nearly all of these, confidence is at fault ("consistency resampling": Bröcker & Smith, 2007;
    Roelofs et al., 2022, on the bias of binned estimates).
    """
    rng = np.random.default_rng(0)
    # Sorted: the same figure in whatever order the rows of a table come, and bins lie together.
    sure = np.sort(confidence)
    starts = np.flatnonzero(np.diff(_bin_of(sure), prepend=-1))
    if not len(starts):
        return np.zeros(_DRAWN)
    expected = np.add.reduceat(sure, starts, dtype=np.float64)
    right = (rng.random(len(sure)) < sure for _ in range(_DRAWN))
    gaps = (np.add.reduceat(one, starts, dtype=np.int64) - expected for one in right)
    return np.array([np.abs(gap).sum() / len(sure) for gap in gaps])


def chance_error(confidence: NDArray[np.floating]) -> float:
    """The mean of ``chance_errors``: an error near it is no sign of a fault."""
    return float(chance_errors(confidence).mean())
