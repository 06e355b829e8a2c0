"""The embedder that ships with hangtag: the compact model's vectors, and a small tower for texts.

Photos go through the same network as those that the compact engine reads; it has a vector beside
its scores. A text is a bag of word pieces: their weighted mean and one hidden layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hangtag.errors import EngineError, MissingExtraError
from hangtag.onnxfile import load_network, shipped

__all__ = ["CompactEmbedder"]

# Beyond this many characters the tokens would be cut off anyway.
_CHARACTERS = 2000
_TEXTS_AT_ONCE = 512


class CompactEmbedder:
    """Photos and texts as vectors of 256 numbers.

    ``model`` and ``text_model``: ONNX files of this kind, by default those that ship. ``threads``:
    how many onnxruntime may use, by default one a core, at most four.

    Raises EngineError when a model cannot be loaded or the two were not trained together, and
    MissingExtraError when ``tokenizers`` is not installed.
    """

    name = "compact"
    batch_size = 32

    def __init__(
        self,
        *,
        model: Path | None = None,
        text_model: Path | None = None,
        threads: int | None = None,
    ):
        text_path = text_model or shipped("compact-text.onnx")
        self._photos = load_network(model or shipped("compact.onnx"), threads=threads)
        self._texts = load_network(text_path, threads=1)
        about, beside = self._photos.about, self._texts.about
        if about.get("vectors") is None or about["vectors"] != beside["vectors"]:
            raise EngineError(
                "The photo model and the text model were not trained together.",
                "Reinstall hangtag, or name two files that belong together.",
            )
        self.version = f"{self._photos.version}/{self._texts.version}"
        self.dimension = int(beside["dimension"])
        self.sides: tuple[int, ...] = tuple(about["sides"])
        self._length = int(beside["length"])
        self._tokenizer = _tokenizer(beside["tokenizer"], self._length)

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See ``Embedder.embed_texts``; what comes after the 24th word piece does not count."""
        found = np.zeros((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), _TEXTS_AT_ONCE):
            part = [text[:_CHARACTERS] for text in texts[start : start + _TEXTS_AT_ONCE]]
            tokens = np.zeros((len(part), self._length), np.int64)
            for row, encoding in enumerate(self._tokenizer.encode_batch(part)):
                tokens[row, : len(encoding.ids)] = encoding.ids
            found[start : start + len(part)] = self._texts.run(["vectors"], tokens=tokens)[0]
        return found

    def embed_photos(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """See ``Embedder.embed_photos``."""
        return self._photos.run(["vectors"], photos=pixels)[0]


def _tokenizer(definition: str, length: int) -> Any:
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise MissingExtraError("tokenizers", "search") from error
    tokenizer = Tokenizer.from_str(definition)
    tokenizer.enable_truncation(length)
    return tokenizer
