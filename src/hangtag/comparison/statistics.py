"""Is the difference more than chance? Tests and intervals for paired scores of the same queries."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["bootstrap_interval", "holm", "randomisation_test"]

# Up to so many pairs all sign patterns are gone through, which makes the p-value exact.
_EXACT = 14
# Numbers drawn at once.
_CHUNK = 4_000_000


def randomisation_test(
    differences: NDArray[np.float64], *, rounds: int = 100_000, seed: int = 0
) -> NDArray[np.float64]:
    """Two-sided p-values of the paired randomisation test (Smucker, Allan, Carterette, 2007).

    ``differences`` [n, m]: of n queries in m measures. If it made no difference which of the two
    configurations was which, each query's difference could as well have the other sign; the p-value
    is the share of all sign patterns whose mean is at least as far from 0 as the one seen. Exact up
    to 14 queries; beyond, from ``rounds`` drawn patterns, the one seen counted among them, so that
    it is never 0. Returns [m].
    """
    n, m = differences.shape
    if not n:
        return np.ones(m)
    seen = np.abs(differences.sum(axis=0))
    # Sums of the same numbers in another order differ in their last digits.
    least = seen - 1e-9 * np.maximum(1.0, np.abs(differences).sum(axis=0))
    if n <= _EXACT:
        patterns = np.arange(2**n)[:, None] >> np.arange(n)[None] & 1
        sums = np.abs((1 - 2 * patterns) @ differences)
        return np.asarray((sums >= least).mean(axis=0))
    chance = np.random.default_rng(seed)
    hits, left = np.zeros(m), rounds
    while left:
        size = min(left, max(1, _CHUNK // n))
        signs = 1.0 - 2.0 * chance.integers(0, 2, size=(size, n), dtype=np.int8)
        hits += (np.abs(signs @ differences) >= least).sum(axis=0)
        left -= size
    return np.asarray((hits + 1) / (rounds + 1))


def bootstrap_interval(
    differences: NDArray[np.float64],
    *,
    level: float = 0.95,
    rounds: int = 10_000,
    seed: int = 0,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Percentile intervals of the mean over queries (Efron, 1979; Sakai, 2006, for retrieval).

    ``differences`` [n, m] → lower and upper ends, each [m], from ``rounds`` samples of n queries
    drawn with replacement. Of no queries, nan.
    """
    n, m = differences.shape
    if not n:
        return np.full(m, np.nan), np.full(m, np.nan)
    chance = np.random.default_rng(seed)
    means = np.empty((rounds, m))
    for place in range(rounds):
        # How often each query was drawn: the same as an index sample, in one product.
        weights = np.bincount(chance.integers(0, n, n), minlength=n)
        means[place] = weights @ differences / n
    tail = 50 * (1 - level)
    low, high = np.percentile(means, [tail, 100 - tail], axis=0)
    return low, high


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values as they stand when several tests are made at once (Holm, 1979).

    Whoever calls those below .05 significant errs, with one or more of them, in at most 5 % of the
    cases.
    """
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    adjusted = [1.0] * len(p_values)
    worst = 0.0
    for rank, place in enumerate(order):
        worst = max(worst, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = worst
    return adjusted
