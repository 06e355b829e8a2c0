"""What all the words of a text are worth together: a linear model of which of them stand there.

``odds`` knows the taxonomy's own phrases. Much else in a text speaks of an attribute as well
("oxford", "rugged", "outsole"), a little each: multinomial logistic regression on words, each place
by itself, weighed by how rare they are (inverse document frequency; Spärck Jones, 1972) and scaled
to length one. What comes out is by how much a text raises or lowers the log-probability of each
option, beside how common it is anyway. ``regression`` fits it: to labels of one shop for what ships
(``training/text_words.py``), to a shop's own for itself (``hangtag.teaching``).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
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

# The smallest part of certainty that an option may lack.
_LEAST = 1e-6
_NUMBERS = ("rarity", "others", "weights", "before", "usual")
# What is written before an attribute's name, where its options stand.
_OPTIONS = "options of "


@dataclass(frozen=True, eq=False)
class WordOdds:
    """Words of titles and descriptions, and what they add to each option.

    ``options``: attribute → options that it was fitted to, in the order of the columns; ``words``:
    place → word → row; ``rarity``: [rows], inverse document frequencies; ``others``: [places], that
    of words which are not known; ``weights``: [rows, columns], of a word that is all of its text;
    ``before``: [columns], what is added whatever the words are; ``usual``: [columns], log of how
    common each option is. ``brands``: whether names of brands are words like others.
    """

    options: Mapping[str, tuple[str, ...]]
    words: Mapping[str, Mapping[str, int]]
    rarity: np.ndarray
    others: np.ndarray
    weights: np.ndarray
    before: np.ndarray
    usual: np.ndarray
    brands: bool = False

    def shifts(self, texts: Iterable[Written]) -> dict[str, dict[str, float]]:
        """Attribute → option → by how much its log-probability moves; empty without known words.

        Options that it was not fitted to are not in. The more of a text is unknown, the less it
        moves.
        """
        score = self.before.astype(float)
        known = False
        for text in texts:
            row = self.words.get(text.place, {})
            said = text.said(brand=self.brands)
            rows = sorted(row[word] for word in said if word in row)
            if rows:
                known = True
                rarity = self.rarity[rows]
                other = self.others[PLACES.index(text.place)]
                length = np.sqrt(rarity @ rarity + (len(said) - len(rows)) * other**2)
                score += (rarity / length) @ self.weights[rows]
        return self._moved(score) if known else {}

    def spoken(
        self, texts: Iterable[Written], attribute: str, option: str
    ) -> list[tuple[str, float]]:
        """Words as they stand there, and what each adds to the log-odds of an option.

        Beside options as common as they are; the strongest first. Empty for others than it knows.
        """
        usual = self._usual.get(attribute, {})
        if option not in usual:
            return []
        start = self._columns[0][list(self.options).index(attribute)]
        weights = self.weights[:, start : start + len(usual)]
        column = list(usual).index(option)
        shares = np.exp(list(usual.values()))
        shares[column] = 0.0
        told = weights[:, column] - weights @ shares / max(shares.sum(), _LEAST)
        found: dict[str, float] = {}
        for text in texts:
            row = self.words.get(text.place, {})
            written = text.written(brand=self.brands)
            known = {stem: row[stem] for stem in written if stem in row}
            rarity = self.rarity[list(known.values())]
            others = (len(written) - len(known)) * self.others[PLACES.index(text.place)] ** 2
            length = float(np.sqrt(rarity @ rarity + others)) if known else 1.0
            for stem, place in known.items():
                word = written[stem]
                added = float(self.rarity[place] * told[place]) / length
                found[word] = found.get(word, 0.0) + added
        return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))

    def raised(self, attribute: str, option: str, shift: float) -> float:
        """By how much the log-odds of an option rise where its log-probability does by ``shift``.

        What is common anyway cannot become much likelier, and yet be out of question or certain.
        """
        usual = self._usual[attribute].get(option)
        if usual is None:
            return shift
        likely = min(usual + shift, -_LEAST)
        return shift + math.log1p(-math.exp(usual)) - math.log1p(-math.exp(likely))

    @cached_property
    def _usual(self) -> Mapping[str, Mapping[str, float]]:
        """Attribute → option → log of how common it is."""
        first, widths = self._columns
        return {
            name: dict(zip(options, self.usual[start : start + width].tolist(), strict=True))
            for (name, options), start, width in zip(
                self.options.items(), first, widths, strict=True
            )
        }

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
        told.update(b"brands" if self.brands else b"")
        return told.hexdigest()[:12]

    def without(self, attributes: Collection[str]) -> WordOdds:
        """The same, but for some attributes."""
        kept = [name for name in self.options if name not in attributes]
        if len(kept) == len(self.options):
            return self
        if not kept:
            return no_words()
        owner = [name for name, options in self.options.items() for _ in options]
        columns = np.array([name in kept for name in owner])
        return replace(
            self,
            options={name: self.options[name] for name in kept},
            weights=self.weights[:, columns],
            before=self.before[columns],
            usual=self.usual[columns],
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """All there is as arrays, most numbers in 16 bits."""
        found: dict[str, np.ndarray] = {
            "rarity": self.rarity.astype("f2"),
            "others": self.others.astype("f2"),
            "weights": self.weights.astype("f2"),
            "before": self.before.astype("f4"),
            "usual": self.usual.astype("f4"),
        }
        found |= {str(name): np.array(list(self.words[name]), np.str_) for name in PLACES}
        found |= {f"{_OPTIONS}{name}": np.array(o, np.str_) for name, o in self.options.items()}
        if self.brands:
            found["brands"] = np.array(True)
        return found

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> WordOdds:
        """What ``arrays`` gave. Raises KeyError or ValueError for anything else."""
        words: dict[str, dict[str, int]] = {}
        row = 0
        for place in PLACES:
            found = arrays[place].tolist()
            words[place] = {word: row + i for i, word in enumerate(found)}
            row += len(found)
        names = [name for name in arrays if name.startswith(_OPTIONS)]
        options = {n.removeprefix(_OPTIONS): tuple(arrays[n].tolist()) for n in names}
        numbers = {name: arrays[name].astype(np.float32) for name in _NUMBERS}
        if numbers["weights"].shape != (row, sum(map(len, options.values()))):
            raise ValueError("the weights fit neither words nor options")
        return cls(options, words, **numbers, brands="brands" in arrays)

    def save(self, file: Path) -> None:
        """Write it as ``load`` reads it: a compressed NumPy archive."""
        np.savez_compressed(file, allow_pickle=False, **self.arrays())

    @classmethod
    def load(cls, file: Path) -> WordOdds:
        """What ``save`` wrote. Raises CalibrationError for anything else."""
        try:
            if not is_zipfile(file):
                raise ValueError(f"{file.name} is no archive")
            with np.load(file, allow_pickle=False) as data:
                return cls.from_arrays({name: data[name] for name in data.files})
        except (OSError, KeyError, ValueError) as error:
            raise CalibrationError(
                f"The words of texts cannot be read: {error!r}.", "Install hangtag again."
            ) from error


def no_words() -> WordOdds:
    """That no word says anything."""
    nothing = np.zeros(0, np.float32)
    return WordOdds({}, {}, nothing, nothing, np.zeros((0, 0), np.float32), nothing, nothing)


@cache
def shipped_words() -> WordOdds:
    """The words that ship with hangtag, for attributes of its own taxonomy."""
    with resources.as_file(resources.files("hangtag") / "models" / "words.npz") as file:
        return WordOdds.load(file)
