"""Which product ids were there already, in a few bytes each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["SeenIds"]


class SeenIds:
    """The ids of one pass over a catalog: 8 bytes each, 24 for moments while runs are joined.

    A 64-bit hash stands for an id: among ten million ids, the chance that any two are mistaken for
    one is 1 in 370,000. Python's own hash will do: its key is drawn anew for every process.
    """

    def __init__(self) -> None:
        self._runs: list[NDArray[np.int64]] = []  # sorted, each shorter than the one before

    def first_seen(self, ids: Sequence[str]) -> NDArray[np.bool_]:
        """For each id whether it is here for the first time; from now on it was there."""
        hashes = np.fromiter(map(hash, ids), np.int64, len(ids))
        distinct, places = np.unique(hashes, return_index=True)
        fresh = np.ones(len(distinct), np.bool_)
        for run in self._runs:
            at = np.searchsorted(run, distinct).clip(max=len(run) - 1)
            fresh &= run[at] != distinct
        first = np.zeros(len(ids), np.bool_)
        first[places[fresh]] = True
        self._keep(distinct[fresh])
        return first

    def _keep(self, run: NDArray[np.int64]) -> None:
        # Runs of like length are joined, so that there are never more than some twenty of them.
        while self._runs and len(self._runs[-1]) <= 2 * len(run):
            run = np.concatenate([self._runs.pop(), run])
            run.sort(kind="stable")
        if len(run):
            self._runs.append(run)
