"""Readings of the photo and evidence of the text → what both say together."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from hangtag.readings import Reading
from hangtag.taxonomy import Attribute, Taxonomy
from hangtag.texts.odds import TextOdds, shipped_odds
from hangtag.texts.reading import READER, Evidence, TextReader

__all__ = ["Blend", "Source", "Texts"]

# What may come of a probability of nothing or all.
_LEAST = 1e-5
_DECIMALS = 5

Source = str
"""``photo``, ``text`` or ``both``: what speaks for a value. Corrections say ``person``."""


@dataclass(frozen=True, slots=True)
class Blend:
    """Readings with what the text adds, and who speaks for each of them.

    ``sources``: ``photo`` where the text says nothing of the value, ``text`` where the photo alone
    would have had another one, ``both`` where they agree. A value of several options has ``both``
    where each gave some. ``said``: the attributes that the text says something of.
    """

    readings: Mapping[str, Reading]
    sources: Mapping[str, Source]
    said: frozenset[str] = frozenset()

    @classmethod
    def of_photo(cls, readings: Mapping[str, Reading]) -> Blend:
        """The photo's readings as they are."""
        return cls(readings, dict.fromkeys(readings, "photo"))


@dataclass(frozen=True)
class Texts:
    """A reader and what its evidence is worth. Pure; picklable; not for several threads at once."""

    taxonomy: Taxonomy
    odds: TextOdds
    reader: TextReader = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reader", TextReader.of(self.taxonomy))

    @classmethod
    def shipped(cls, taxonomy: Taxonomy) -> Texts:
        """With the odds that come with hangtag."""
        return cls(taxonomy, shipped_odds())

    @cached_property
    def version(self) -> str:
        """12 hexadecimal digits; another value means that a blend could be another."""
        phrases = sorted(repr(phrases) for phrases in self.reader.book.phrases.items())
        odds = self.odds
        told = [
            READER, phrases, sorted(odds.silent), repr(odds.pooled), sorted(
                (name, repr(one)) for name, one in odds.attributes.items()
            ),
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:12]

    def blend(self, readings: Mapping[str, Reading], metadata: Mapping[str, str | None]) -> Blend:
        """The photo's calibrated readings with the evidence in title and description."""
        blended = dict(readings)
        sources = dict.fromkeys(readings, "photo")
        moved: set[str] = set()
        said: dict[str, list[Evidence]] = {}
        for evidence in self.reader.read(metadata):
            if evidence.attribute in readings:
                said.setdefault(evidence.attribute, []).append(evidence)
        for name, found in said.items():
            attribute = self._by_name[name]
            shifts = self.odds.shifts(attribute, found)
            if shifts:
                moved.add(name)
                weight = self.odds.photo_weight(attribute)
                blended[name], sources[name] = (
                    _of_many(attribute, readings[name], shifts)
                    if attribute.multiple
                    else _of_one(attribute, readings[name], shifts, weight)
                )
        return Blend(blended, sources, frozenset(moved))

    @cached_property
    def _by_name(self) -> Mapping[str, Attribute]:
        return {attribute.name: attribute for attribute in self.taxonomy.read}


def _of_one(
    attribute: Attribute, photo: Reading, shifts: Mapping[str, float], weight: float
) -> tuple[Reading, Source]:
    """Exactly one option holds: log-probabilities move, and add up to one again."""
    moved = {
        option: weight * math.log(max(p, _LEAST)) + shifts.get(option, 0.0)
        for option, p in photo.probabilities.items()
    }
    top = max(moved.values())
    powers = {option: math.exp(z - top) for option, z in moved.items()}
    total = sum(powers.values())
    likely = {option: round(power / total, _DECIMALS) for option, power in powers.items()}
    value = max(attribute.names, key=lambda option: likely.get(option, 0.0))
    reading = Reading(attribute.name, (value,), likely[value], likely)
    if shifts.get(value, 0.0) <= 0:
        return reading, "photo"
    return reading, "both" if photo.value == (value,) else "text"


def _of_many(
    attribute: Attribute, photo: Reading, shifts: Mapping[str, float]
) -> tuple[Reading, Source]:
    """Each option holds or not: its own odds move."""
    likely = dict(photo.probabilities)
    taken, told = set(photo.value), set()
    for option, shift in shifts.items():
        before = min(max(likely.get(option, 0.0), _LEAST), 1 - _LEAST)
        odds = math.log(before / (1 - before)) + shift
        likely[option] = round(1 / (1 + math.exp(-odds)), _DECIMALS)
        if shift > 0 and likely[option] >= attribute.threshold:
            taken.add(option)
            told.add(option)
        elif shift < 0 and likely[option] < attribute.threshold:
            taken.discard(option)
    chosen = [option for option in attribute.names if option in taken]
    if attribute.at_most is not None and len(chosen) > attribute.at_most:
        strongest = sorted(chosen, key=lambda option: -likely[option])[: attribute.at_most]
        chosen = [option for option in chosen if option in strongest]
    sure = min((p if option in chosen else 1 - p for option, p in likely.items()), default=0.0)
    reading = replace(photo, value=tuple(chosen), confidence=sure, probabilities=likely)
    seen, said = set(chosen) & set(photo.value), set(chosen) & told
    return reading, ("both" if seen else "text") if said else "photo"
