"""Several rankings made one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["CANDIDATES", "Signal", "fused"]

# Products that each signal proposes of a whole catalog; those beyond answer nothing.
CANDIDATES = 400


@dataclass(frozen=True, slots=True)
class Signal:
    """Rows, best first, with their scores; ``weight`` says how much it counts."""

    rows: NDArray[np.intp]
    scores: NDArray[np.float32]
    weight: float


def fused(signals: Sequence[Signal]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """All rows of all signals and their scores, best first; of equal ones the earlier row.

    Each signal's scores are stretched to 0…1 between its last and its first row, and weighed: a
    convex combination, which keeps what ranks alone forget, how far one is ahead (Bruch, Gai and
    Ingber, 2023). A row that a signal does not have gets 0 of it.
    """
    parts = [signal for signal in signals if len(signal.rows) and signal.weight]
    if not parts:
        return np.empty(0, np.intp), np.empty(0, np.float32)
    rows = np.unique(np.concatenate([signal.rows for signal in parts]))
    scores = np.zeros(len(rows), np.float32)
    for signal in parts:
        low, high = float(signal.scores.min()), float(signal.scores.max())
        # Where all are alike, all are as good as the best.
        stretched = (
            (signal.scores - low) / (high - low) if high > low else np.ones(len(signal.rows))
        )
        scores[np.searchsorted(rows, signal.rows)] += signal.weight * stretched
    scores /= sum(signal.weight for signal in parts)
    order = np.lexsort((rows, -scores))
    return rows[order], scores[order]
