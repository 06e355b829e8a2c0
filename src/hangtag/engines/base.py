"""What an engine is, and which there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hangtag.calibration import Calibration
from hangtag.taxonomy import Attribute

__all__ = ["Answers", "Engine", "PhotoBatch", "wants_exact_photos"]


@dataclass(frozen=True)
class PhotoBatch:
    """Decoded photos of one size and what is known of their products.

    ``pixels``: uint8 [n, side, side, 3], RGB, squashed to a square; side is one of the engine's.
    """

    product_ids: Sequence[str]
    pixels: NDArray[np.uint8]
    metadata: Sequence[Mapping[str, str]]

    @property
    def side(self) -> int:
        """Pixels a side."""
        return int(self.pixels.shape[1])


@dataclass(frozen=True)
class Answers:
    """What an engine makes of a batch of n photos.

    ``scores``: attribute name → float32 [n, options], raw log-odds: a softmax over a single-choice
    attribute's, a sigmoid over a multiple-choice attribute's give the uncalibrated probabilities.
    ``category``: the sub-category seen in each photo, None where the engine is not sure.
    ``embedding``: float32 [n, d], where the engine has one.
    ``outside``: attribute → float32 [n], the probability that the engine would have answered
    something that is no option, where it knows; low confidence among options is another thing.
    ``claimed``: attribute → float32 [n], how sure a model says that it is, NaN where it does not.
    That is no probability, and nothing is decided by it.
    """

    scores: Mapping[str, NDArray[np.float32]]
    category: Sequence[str | None] = field(default_factory=tuple)
    embedding: NDArray[np.float32] | None = None
    outside: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    claimed: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)


class Engine(Protocol):
    """Looks at photos and answers.

    ``version`` changes whenever the same photo could get another answer. ``sides`` are the photo
    sizes it takes, ascending; the run decodes each photo to the smallest that loses nothing.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def version(self) -> str: ...  # noqa: D102
    @property
    def sides(self) -> Sequence[int]: ...  # noqa: D102
    @property
    def batch_size(self) -> int: ...  # noqa: D102
    @property
    def calibration(self) -> Calibration | None: ...  # noqa: D102

    def answer(self, batch: PhotoBatch, attributes: Sequence[Attribute]) -> Answers:
        """Scores for every attribute asked; raises EngineError when it cannot answer at all.

        The answer for a photo must not depend on the other photos of its batch.
        """
        ...


def wants_exact_photos(engine: Engine) -> bool:
    """Whether photos must be resized in one very way, which such an engine says of itself.

    It then has ``exact_photos = True``; see ``images.decode``. Most engines do not.
    """
    return bool(getattr(engine, "exact_photos", False))
