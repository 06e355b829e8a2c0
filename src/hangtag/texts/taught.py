"""What words of a shop's own texts say of an attribute, learned from its own labels.

It takes the place of what ships for that attribute, or is there for one of the shop's own, whatever
language the texts are in. Phrases of the taxonomy count as before; how much words and photo count
beside them, and how sure both together are, was fitted with the words.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from hangtag.errors import CalibrationError
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
    arrays = {"about": np.frombuffer(json.dumps(about).encode(), np.uint8)}
    for number, one in enumerate(words.values()):
        arrays |= {f"{number}/{name}": array for name, array in one.words.arrays().items()}
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def load_taught_words(path: Path) -> dict[str, TaughtWords]:
    """What ``taught_words_bytes`` gave. Raises CalibrationError for anything else."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            about = json.loads(arrays["about"].tobytes())
            found = {}
            for number, (name, told) in enumerate(about.items()):
                prefix = f"{number}/"
                mine = {
                    key.removeprefix(prefix): arrays[key]
                    for key in arrays.files
                    if key.startswith(prefix)
                }
                found[name] = TaughtWords(
                    words=WordOdds.from_arrays(mine),
                    weight={part: float(told["weight"][part]) for part in _PARTS},
                    sure=Sureness.from_json(told["sure"]),
                    about=told["about"],
                )
            return found
    except (
        OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile,
    ) as error:  # fmt: skip
        raise CalibrationError(
            f"{path} holds no words: {error}.",
            "Teach them again: hangtag teach … --labels FILE",
        ) from error
