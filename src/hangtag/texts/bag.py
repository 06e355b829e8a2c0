"""What all the words of a text are worth together: a linear model of which of them stand there.

``odds`` knows the taxonomy's own phrases. Much else in a text speaks of an attribute as well
("oxford", "rugged", "outsole"), a little each: multinomial logistic regression on words, each place
by itself, weighed by how rare they are (inverse document frequency; Spärck Jones, 1972) and scaled
to length one. What comes out is by how much a text raises or lowers the log-probability of each
option, beside how common it is anyway. ``training/text_words.py`` fits it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from itertools import accumulate
from pathlib import Path
from zipfile import is_zipfile

import numpy as np

from hangtag.errors import CalibrationError
from hangtag.taxonomy import Attribute
from hangtag.texts.reading import PLACES, Written

__all__ = ["WordOdds", "no_words", "shipped_words"]


@dataclass(frozen=True, eq=False)
class WordOdds:
    """Words of titles and descriptions, and what they add to each option.

    ``options``: attribute → options that it was fitted to, in the order of the columns; ``words``:
    place → word → row; ``rarity``: [rows], inverse document frequencies; ``others``: [places], that
    of words which are not known; ``weights``: [rows, columns], of a word that is all of its text;
    ``before``: [columns], what is added whatever the words are; ``usual``: [columns], log of how
    common each option is.
    """

    options: Mapping[str, tuple[str, ...]]
    words: Mapping[str, Mapping[str, int]]
    rarity: np.ndarray
    others: np.ndarray
    weights: np.ndarray
    before: np.ndarray
    usual: np.ndarray

    def shifts(self, texts: Iterable[Written]) -> dict[str, dict[str, float]]:
        """Attribute → option → by how much its log-probability moves; empty without known words.

        Options that it was not fitted to are not in. The more of a text is unknown, the less it
        moves.
        """
        score = self.before.astype(float)
        known = False
        for text in texts:
            row = self.words.get(text.place, {})
            said = text.said()
            rows = sorted(row[word] for word in said if word in row)
            if rows:
                known = True
                rarity = self.rarity[rows]
                other = self.others[PLACES.index(text.place)]
                length = np.sqrt(rarity @ rarity + (len(said) - len(rows)) * other**2)
                score += (rarity / length) @ self.weights[rows]
        return self._moved(score) if known else {}

    def speaks_of(self, attribute: Attribute) -> bool:
        """Whether it was fitted to this attribute, and to no option that the attribute has not."""
        options = self.options.get(attribute.name, ())
        return bool(options) and set(options) <= set(attribute.names)

    def _moved(self, score: np.ndarray) -> dict[str, dict[str, float]]:
        first, widths = self._columns
        # No score is so large that its exponential would not fit.
        total = np.log(np.add.reduceat(np.exp(score), first))
        shift = (score - np.repeat(total, widths) - self.usual).tolist()
        return {
            name: dict(zip(options, shift[start : start + len(options)], strict=True))
            for (name, options), start in zip(self.options.items(), first, strict=True)
        }

    @cached_property
    def _columns(self) -> tuple[list[int], list[int]]:
        """Where each attribute's columns begin, and how many they are."""
        widths = [len(options) for options in self.options.values()]
        return [0, *accumulate(widths[:-1])], widths

    @cached_property
    def version(self) -> str:
        """12 hexadecimal digits of all there is."""
        told = hashlib.sha256(repr((self.options, self.words)).encode())
        for numbers in (self.rarity, self.others, self.weights, self.before, self.usual):
            told.update(np.ascontiguousarray(numbers, np.float32).tobytes())
        return told.hexdigest()[:12]

    def save(self, file: Path) -> None:
        """Write it as ``load`` reads it: a compressed NumPy archive, most numbers in 16 bits."""
        arrays: dict[str, np.ndarray] = {
            "rarity": self.rarity.astype("f2"),
            "others": self.others.astype("f2"),
            "weights": self.weights.astype("f2"),
            "before": self.before.astype("f4"),
            "usual": self.usual.astype("f4"),
        }
        arrays |= {str(name): np.array(list(self.words[name]), np.str_) for name in PLACES}
        arrays |= {f"options of {name}": np.array(o, np.str_) for name, o in self.options.items()}
        np.savez_compressed(file, allow_pickle=False, **arrays)

    @classmethod
    def load(cls, file: Path) -> WordOdds:
        """What ``save`` wrote. Raises CalibrationError for anything else."""
        try:
            if not is_zipfile(file):
                raise ValueError(f"{file.name} is no archive")
            with np.load(file, allow_pickle=False) as data:
                words: dict[str, dict[str, int]] = {}
                row = 0
                for place in PLACES:
                    found = data[place].tolist()
                    words[place] = {word: row + i for i, word in enumerate(found)}
                    row += len(found)
                prefix = "options of "
                names = [name for name in data.files if name.startswith(prefix)]
                options = {n.removeprefix(prefix): tuple(data[n].tolist()) for n in names}
                numbers = {
                    name: data[name].astype(np.float32)
                    for name in ("rarity", "others", "weights", "before", "usual")
                }
        except (OSError, KeyError, ValueError) as error:
            raise CalibrationError(
                f"The words of texts cannot be read: {error!r}.", "Install hangtag again."
            ) from error
        return cls(options, words, **numbers)


def no_words() -> WordOdds:
    """That no word says anything."""
    nothing = np.zeros(0, np.float32)
    return WordOdds({}, {}, nothing, nothing, np.zeros((0, 0), np.float32), nothing, nothing)


@cache
def shipped_words() -> WordOdds:
    """The words that ship with hangtag, for attributes of its own taxonomy."""
    with resources.as_file(resources.files("hangtag") / "models" / "words.npz") as file:
        return WordOdds.load(file)
