"""The small network that ships with hangtag: one backbone, light heads, run by onnxruntime.

The model file says by itself what it reads: its heads and their options, the photo sizes it was
made for, and its version stand in the ONNX metadata under ``hangtag``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hangtag.calibration import Calibration
from hangtag.engines.base import Answers, PhotoBatch, probable_of
from hangtag.errors import EngineError
from hangtag.heads import Head, Heads, features_of
from hangtag.onnxfile import load_network, shipped
from hangtag.taxonomy import Attribute, Taxonomy

__all__ = ["CompactEngine"]

# Below this probability the category that the photo seems to show is not passed on.
_SURE_OF_CATEGORY = 0.8


class CompactEngine:
    """Reads every attribute of the default taxonomy, and any selection of their options.

    ``model``: an ONNX file of this kind, by default the one that ships. Its calibration is the JSON
    file beside it. ``taught``: a file of heads that were taught on it, for attributes of the
    taxonomy that are the user's own, or in the place of the network's heads. ``threads``: how many
    onnxruntime may use, by default one a core, at most four.

    Raises EngineError when the model cannot be loaded, or cannot read an attribute of ``taxonomy``;
    CalibrationError when the heads were taught on another one.
    """

    name = "compact"
    batch_size = 32

    def __init__(
        self,
        taxonomy: Taxonomy,
        *,
        model: Path | None = None,
        taught: Path | None = None,
        threads: int | None = None,
    ):
        self._open(shipped("compact.onnx") if model is None else Path(model), threads)
        self._taught: Mapping[str, Head] = {}
        if taught is not None:
            heads = Heads.load(Path(taught))
            heads.check(self.version)
            self._taught = {
                a.name: heads.heads[a.name]
                for a in taxonomy.read
                if a.name in heads.heads and heads.heads[a.name].fits(a)
            }
        # So that a new lesson has only its own attributes read again.
        self.attribute_versions = {name: head.version for name, head in self._taught.items()}
        for attribute in taxonomy.read:
            if attribute.name not in self._taught:
                self._columns_of(attribute)  # better now than after an hour of decoding

    def _open(self, path: Path, threads: int | None) -> None:
        self._network = load_network(path, threads=threads)
        self.version = self._network.version
        about = self._network.about
        self.sides: tuple[int, ...] = tuple(about["sides"])
        self._heads: Mapping[str, Sequence[str]] = about["heads"]
        self._start: dict[str, int] = {}
        start = 0
        for head, names in self._heads.items():
            self._start[head] = start
            start += len(names)
        beside = path.with_suffix(".calibration.json")
        self.calibration = Calibration.load(beside) if beside.exists() else None
        if self.calibration is not None:
            self.calibration.check(self.name, self.version)

    def answer(self, batch: PhotoBatch, attributes: Sequence[Attribute]) -> Answers:
        """One pass of the network answers everything; see ``Engine.answer``."""
        wanted = ["embedding", "scores", *(["middle"] if self._taught else [])]
        embedding, scores, *middle = self._network.run(wanted, photos=batch.pixels)
        own = [a for a in attributes if a.name not in self._taught]
        told = {a.name: scores[:, self._columns_of(a)] for a in own}
        probable = {}
        if self._taught:
            features = features_of(middle[0], scores)
            for a in attributes:
                if a.name in self._taught:
                    told[a.name] = self._taught[a.name].scores(features, a)
                    probable[a.name] = probable_of(a, told[a.name], batch.side, None)
        return Answers(
            scores=told,
            probable=probable,
            category=self._categories(scores),
            embedding=embedding,
        )

    def uncalibrated(self, attributes: Sequence[Attribute]) -> list[str]:
        """Those that neither the calibration speaks for nor heads that were taught."""
        fitted = self.calibration
        return [
            a.name
            for a in attributes
            if a.name not in self._taught and (fitted is None or not fitted.covers(a))
        ]

    def _columns_of(self, attribute: Attribute) -> NDArray[np.intp]:
        known = self._heads.get(attribute.name, ())
        strange = [name for name in attribute.names if name not in known]
        if strange:
            raise EngineError(
                f"The compact engine cannot read {attribute.name}: {', '.join(strange)}.",
                f"It knows {', '.join(known)}."
                if known
                else "Teach it (hangtag teach), leave the attribute out of the taxonomy, or choose "
                "another engine.",
            )
        start = self._start[attribute.name]
        return np.array([start + known.index(name) for name in attribute.names])

    def _categories(self, scores: NDArray[Any]) -> list[str | None]:
        names = self._heads.get("category", ())
        if not names:
            return [None] * len(scores)
        start = self._start["category"]
        logits = scores[:, start : start + len(names)]
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        best, sure = powers.argmax(axis=1), 1 / powers.sum(axis=1) >= _SURE_OF_CATEGORY
        return [names[b] if s else None for b, s in zip(best, sure, strict=True)]
