"""What an embedder is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Embedder"]


class Embedder(Protocol):
    """Puts texts and photos into one space, where what belongs together lies close.

    ``version`` changes whenever the same text or photo could get another vector. ``sides`` are the
    photo sizes it takes, ascending, as with an engine. All vectors are float32 of unit length, so
    that their dot product is their cosine, and do not depend on the others of their batch.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def version(self) -> str: ...  # noqa: D102
    @property
    def dimension(self) -> int: ...  # noqa: D102
    @property
    def sides(self) -> Sequence[int]: ...  # noqa: D102
    @property
    def batch_size(self) -> int: ...  # noqa: D102

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts → [n, dimension]. An empty text has a vector too."""
        ...

    def embed_photos(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """RGB photos, uint8 [n, side, side, 3], side one of ``sides`` → [n, dimension]."""
        ...
