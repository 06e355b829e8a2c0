"""An engine without a model: it says what a test tells it to, or something steady of its own."""

from __future__ import annotations

import time
import zlib
from collections.abc import Mapping, Sequence, Set

import numpy as np
from numpy.typing import NDArray

from hangtag.calibration import Calibration
from hangtag.engines.base import Answers, PhotoBatch
from hangtag.errors import EngineError
from hangtag.taxonomy import Attribute, Taxonomy, default_taxonomy

__all__ = ["ScriptedEngine"]

# A scripted option gets this log-odds, every other one its negative: probabilities near 1 and 0.
_SURE = 8.0


class ScriptedEngine:
    """Answers deterministically, from a photo's mean colour or as scripted.

    ``answers``: product id → attribute → the option, or options, to be sure of; what is not
    scripted follows from the pixels. ``delay``: seconds that every call takes. A call with a
    product of ``fail_on`` in it raises EngineError. ``asked`` keeps every call for the test to look
    at: the product ids and the names of the attributes.
    """

    name = "scripted"

    def __init__(
        self,
        taxonomy: Taxonomy | None = None,
        *,
        version: str = "1",
        side: int = 32,
        batch_size: int = 16,
        answers: Mapping[str, Mapping[str, str | Sequence[str]]] | None = None,
        categories: Mapping[str, str] | None = None,
        delay: float = 0.0,
        fail_on: Set[str] = frozenset(),
        calibration: Calibration | None = None,
    ):
        self.taxonomy = taxonomy or default_taxonomy()
        self.version = version
        self.sides: tuple[int, ...] = (side,)
        self.batch_size = batch_size
        self.calibration = calibration
        self.answers = answers or {}
        self.categories = categories or {}
        self.delay = delay
        self.fail_on = fail_on
        self.asked: list[tuple[tuple[str, ...], tuple[str, ...]]] = []

    def answer(self, batch: PhotoBatch, attributes: Sequence[Attribute]) -> Answers:
        """What the script says; see ``Engine.answer``."""
        self.asked.append((tuple(batch.product_ids), tuple(a.name for a in attributes)))
        time.sleep(self.delay)
        broken = set(batch.product_ids) & self.fail_on
        if broken:
            raise EngineError(f"The script says to fail on {', '.join(sorted(broken))}.")
        colours = batch.pixels.mean(axis=(1, 2), dtype=np.float64)
        return Answers(
            scores={a.name: self._scores(batch.product_ids, colours, a) for a in attributes},
            category=[self.categories.get(product_id) for product_id in batch.product_ids],
            embedding=(colours / 255).astype(np.float32),
        )

    def _scores(
        self, product_ids: Sequence[str], colours: NDArray[np.float64], attribute: Attribute
    ) -> NDArray[np.float32]:
        scores = np.stack([_liking(colours, attribute.name, o) for o in attribute.names], axis=1)
        for row, product_id in enumerate(product_ids):
            scripted = self.answers.get(product_id, {}).get(attribute.name)
            if scripted is not None:
                chosen = {scripted} if isinstance(scripted, str) else set(scripted)
                scores[row] = [_SURE if name in chosen else -_SURE for name in attribute.names]
        return scores.astype(np.float32)


def _liking(colours: NDArray[np.float64], attribute: str, option: str) -> NDArray[np.float64]:
    """How much photos of mean colour [n, 3] speak for an option: within ±4, the same anywhere."""
    seed = zlib.crc32(f"{attribute}/{option}".encode())
    weights = np.random.default_rng(seed).uniform(-0.05, 0.05, size=3)
    # Summed term by term: a matrix product may round otherwise for another number of photos.
    angle = colours[:, 0] * weights[0] + colours[:, 1] * weights[1] + colours[:, 2] * weights[2]
    return np.asarray(4 * np.sin(angle + seed % 7))
