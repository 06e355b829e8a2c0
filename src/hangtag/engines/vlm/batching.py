"""What a run finds out while it works: how many photos go through at once, and means of figures."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["BatchSize", "Mean"]

# A batch twice as large must be this much faster a photo to be worth its memory.
_WORTH = 1.05


@dataclass
class BatchSize:
    """``size`` photos at once. Grows twofold while that makes photos faster, up to ``most``.

    The first batch of a size is not timed: kernels are chosen and memory is taken then.
    """

    size: int = 1
    most: int = 64
    settled: bool = False
    _warm: set[int] = field(default_factory=set)
    _rates: dict[int, float] = field(default_factory=dict)

    def took(self, photos: int, seconds: float) -> None:
        """A batch went through."""
        if self.settled or photos < self.size:
            return
        if photos not in self._warm:
            self._warm.add(photos)
            return
        self._rates[photos] = photos / max(seconds, 1e-9)
        before = self._rates.get(photos // 2, 0.0)
        if self._rates[photos] < before * _WORTH:
            self.size, self.settled = photos // 2, True
        elif photos * 2 > self.most:
            self.settled = True
        else:
            self.size = photos * 2

    def ran_out(self, photos: int) -> bool:
        """A batch did not fit into memory; whether a smaller one may."""
        self.most = self.size = max(1, photos // 2)
        self.settled = True
        return photos > 1


@dataclass
class Mean:
    """Of all values so far, without keeping them; 0 where there are none."""

    total: float = 0.0
    count: int = 0

    def add(self, values: NDArray[np.float32]) -> None:
        """Any number of values."""
        self.total += float(values.sum(dtype=np.float64))
        self.count += values.size

    @property
    def value(self) -> float:
        """The mean."""
        return self.total / max(1, self.count)
