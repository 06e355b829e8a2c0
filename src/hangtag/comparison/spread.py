"""How far apart the scores of what is found lie.

Where ten products come with all but the same score, their order is little more than chance, and no
threshold can part what fits from what does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Spread", "spread_of"]

_PLACES = 10


@dataclass(frozen=True, slots=True)
class Spread:
    """Of the first ten products of a query: how far the tenth's score lies below the first's.

    As a share of the first's; the median over ``queries``, those that found ten products with
    scores above 0, and the middle half. None where there are no such queries.
    """

    queries: int
    median: float | None
    low: float | None
    high: float | None


def spread_of(scores: Sequence[Sequence[float]]) -> Spread:
    """The spread of scores, best first, a sequence a query."""
    shares = [
        (one[0] - one[_PLACES - 1]) / one[0] for one in scores if len(one) >= _PLACES and one[0] > 0
    ]
    if not shares:
        return Spread(0, None, None, None)
    low, median, high = np.percentile(shares, [25, 50, 75])
    return Spread(len(shares), float(median), float(low), float(high))
