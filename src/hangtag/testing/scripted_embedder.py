"""An embedder whose vectors anybody can foretell, for tests."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["ScriptedEmbedder"]


class ScriptedEmbedder:
    """Texts as bags of words; photos by their mean colour. The dimension is 16.

    Each word, in lower case, has a direction of its own, by its hash; a text is the sum of its
    words' directions, so texts that share words are near. A photo's vector has its mean red, green
    and blue. ``version``: another one makes other vectors.
    """

    name = "scripted"
    dimension = 16
    batch_size = 8

    def __init__(self, *, version: str = "1", sides: Sequence[int] = (32,)):
        self.version = version
        self.sides = tuple(sides)
        self.texts: list[str] = []
        self.photos = 0

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See ``Embedder.embed_texts``; what was asked is kept in ``texts``."""
        self.texts += texts
        found = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.casefold()) or [""]:
                digest = hashlib.sha256(f"{self.version} {word}".encode()).digest()
                found[row] += np.frombuffer(digest[: self.dimension], np.uint8) / 127.5 - 1
        return _unit(found)

    def embed_photos(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """See ``Embedder.embed_photos``; how many there were is counted in ``photos``."""
        self.photos += len(pixels)
        found = np.zeros((len(pixels), self.dimension), np.float32)
        found[:, :3] = pixels.mean((1, 2)) / 127.5 - 1
        found[:, 3] = 0.1  # grey has a direction too
        return _unit(found)


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (vectors / np.maximum(lengths, 1e-9)).astype(np.float32)
    return unit
