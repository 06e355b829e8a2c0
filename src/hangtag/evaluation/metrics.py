"""Figures over arrays of right and wrong; n products throughout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bin", "calibration_error", "macro_f1", "reliability", "wilson"]

BINS = 15


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


def macro_f1(truth: Sequence[str], said: Sequence[str]) -> float:
    """The mean F1 over the options that occur in ``truth``."""
    from sklearn.metrics import f1_score

    labels = sorted(set(truth))
    return float(f1_score(truth, said, labels=labels, average="macro", zero_division=0))


def reliability(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> list[Bin]:
    """The bins that are not empty: how sure the engine was, and how often it was right."""
    which = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return [
        Bin(
            low=b / BINS,
            high=(b + 1) / BINS,
            n=int((which == b).sum()),
            confidence=float(confidence[which == b].mean()),
            accuracy=float(right[which == b].mean()),
        )
        for b in range(BINS)
        if (which == b).any()
    ]


def calibration_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error (Guo et al., 2017): mean gap between sureness and rightness."""
    n = sum(b.n for b in bins)
    return sum(b.n * abs(b.confidence - b.accuracy) for b in bins) / n if n else 0.0
