"""Places spread over one repeat of a print."""

from __future__ import annotations

import numpy as np


def scatter(count: int, gap: float, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Up to `count` places in the repeat, none too near another, across its joined sides too."""
    found: list[tuple[float, float]] = []
    gap = min(gap, 0.75 / np.sqrt(count))
    for _ in range(count * 12):
        x, y = (float(v) for v in rng.uniform(0, 1, 2))
        near = (
            np.hypot(min(abs(x - a), 1 - abs(x - a)), min(abs(y - b), 1 - abs(y - b)))
            for a, b in found
        )
        if all(d > gap for d in near):
            found.append((x, y))
        if len(found) == count:
            break
    return found
