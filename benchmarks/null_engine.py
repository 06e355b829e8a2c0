"""An engine that costs nothing, to measure everything else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hangtag.engines.base import Answers, PhotoBatch
from hangtag.taxonomy import Attribute, Taxonomy

__all__ = ["NullEngine"]


class NullEngine:
    """Says of every photo that it is the first option of everything."""

    name, version, sides, batch_size, calibration = "null", "1", (8,), 64, None

    def __init__(self, taxonomy: Taxonomy):
        self._scores = {
            a.name: np.array([4.0] + [-4.0] * (len(a.names) - 1), np.float32) for a in taxonomy.read
        }

    def answer(self, batch: PhotoBatch, attributes: Sequence[Attribute]) -> Answers:
        """The same for every photo; see ``Engine.answer``."""
        n = len(batch.product_ids)
        return Answers(
            scores={a.name: np.tile(self._scores[a.name], (n, 1)) for a in attributes},
            category=[None] * n,
        )
