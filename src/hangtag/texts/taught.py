"""What words of a shop's own texts say of an attribute, learned from its own labels.

It takes the place of what ships for that attribute, or is there for one of the shop's own, whatever
language the texts are in. Phrases of the taxonomy count as before; how much words and photo count
beside them, and how sure both together are, was fitted with the words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from hangtag.npzfile import npz_bytes, reading_npz
from hangtag.sureness import Sureness
from hangtag.taxonomy import Attribute
from hangtag.texts.bag import WordOdds
from hangtag.texts.odds import AttributeOdds, TextOdds

__all__ = ["TaughtWords", "load_taught_words", "taught_words_bytes"]

_PARTS = ("words", "photo_and_words")


@dataclass(frozen=True, eq=False)
class TaughtWords:
    """Words of one attribute.

    ``weight``: of ``words``, and of the photo beside them as ``photo_and_words``; ``sure``: how
    often photo and text together are right, by how sure they are. ``about``: what it was fitted on
    and how right it was on labels that it was not fitted to, for people to read.
    """

    words: WordOdds
    weight: Mapping[str, float]
    sure: Sureness
    about: Mapping[str, Any]

    def fits(self, attribute: Attribute) -> bool:
        """Whether it can speak of an attribute: a single choice with all of its options."""
        return not attribute.multiple and self.words.speaks_of(attribute)

    def among(self, odds: TextOdds, attribute: Attribute) -> AttributeOdds:
        """The odds of its attribute's phrases, with these weights beside them."""
        phrases = odds.of(attribute)
        return replace(phrases, weight={**phrases.weight, **self.weight}, sure=self.sure)


def taught_words_bytes(words: Mapping[str, TaughtWords]) -> bytes:
    """Words by attribute as one NumPy archive."""
    about = {
        name: {"weight": dict(one.weight), "sure": one.sure.to_json(), "about": dict(one.about)}
        for name, one in words.items()
    }
    arrays = {
        f"{number}/{key}": array
        for number, one in enumerate(words.values())
        for key, array in one.words.arrays().items()
    }
    return npz_bytes(about, arrays)


def load_taught_words(path: Path) -> dict[str, TaughtWords]:
    """What ``taught_words_bytes`` gave. Raises CalibrationError for anything else."""
    with reading_npz(path, "words") as (about, arrays):
        return {
            name: TaughtWords(
                words=WordOdds.from_arrays(_of(arrays, f"{number}/")),
                weight={part: float(told["weight"][part]) for part in _PARTS},
                sure=Sureness.from_json(told["sure"]),
                about=told["about"],
            )
            for number, (name, told) in enumerate(about.items())
        }


def _of(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {
        key.removeprefix(prefix): array for key, array in arrays.items() if key.startswith(prefix)
    }
