"""Readings of the photo and evidence of the text → what both say together."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from hangtag.readings import Reading
from hangtag.taxonomy import Attribute, Taxonomy
from hangtag.texts.bag import WordOdds, no_words, shipped_words
from hangtag.texts.odds import TextOdds, shipped_odds
from hangtag.texts.reading import READER, Evidence, TextReader, Written

__all__ = ["Blend", "Source", "Texts"]

# What may come of a probability of nothing or all.
_LEAST = 1e-5
_DECIMALS = 5
# From which shift on words speak for a value, though none is a phrase for it: by a factor of e.
_CLEARLY = 1.0

Source = str
"""``photo``, ``text`` or ``both``: what speaks for a value. Corrections say ``person``."""


@dataclass(frozen=True, slots=True)
class Blend:
    """Readings with what the text adds, and who speaks for each of them.

    ``sources``: ``photo`` where the text says nothing of the value, ``text`` where the photo alone
    would have had another one, ``both`` where they agree. A value of several options has ``both``
    where each gave some. ``said``: the attributes that the text says something of: in a phrase of
    the taxonomy, or in words that speak for the value.
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
    """A reader and what its evidence is worth. Pure; picklable; not for several threads at once.

    ``odds``: what phrases of the taxonomy are worth; ``words``: what all words together are.
    """

    taxonomy: Taxonomy
    odds: TextOdds
    words: WordOdds = field(default_factory=no_words)
    reader: TextReader = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reader", TextReader.of(self.taxonomy))

    @classmethod
    def shipped(cls, taxonomy: Taxonomy) -> Texts:
        """With the odds and words that come with hangtag."""
        return cls(taxonomy, shipped_odds(), shipped_words())

    @cached_property
    def version(self) -> str:
        """12 hexadecimal digits; another value means that a blend could be another."""
        phrases = sorted(repr(phrases) for phrases in self.reader.book.phrases.items())
        odds = self.odds
        told = [
            READER, phrases, sorted(odds.silent), repr(odds.pooled), sorted(
                (name, repr(one)) for name, one in odds.attributes.items()
            ), self.words.version,
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:12]

    def blend(self, readings: Mapping[str, Reading], metadata: Mapping[str, str | None]) -> Blend:
        """The photo's calibrated readings with the evidence in title and description."""
        blended = dict(readings)
        sources = dict.fromkeys(readings, "photo")
        said: set[str] = set()
        texts = self.reader.texts(metadata)
        told = self._told(texts)
        moved = self.words.shifts(texts)
        for attribute in self._read:
            name = attribute.name
            if name not in readings:
                continue
            phrases = self.odds.shifts(attribute, told.get(name, ()))
            words = moved.get(name, {}) if name in self._in_words else {}
            if not phrases and not words:
                continue
            if attribute.multiple:
                blended[name], sources[name] = _of_many(attribute, readings[name], phrases)
            else:
                blended[name], sources[name] = _of_one(
                    attribute, readings[name], self.odds, phrases, words
                )
            if phrases or sources[name] != "photo":
                said.add(name)
        return Blend(blended, sources, frozenset(said))

    def _told(self, texts: Sequence[Written]) -> Mapping[str, Sequence[Evidence]]:
        """Attribute → its evidence, title first."""
        told: dict[str, list[Evidence]] = {}
        for text in texts:
            for evidence in self.reader.evidence(text):
                told.setdefault(evidence.attribute, []).append(evidence)
        return told

    @cached_property
    def _read(self) -> Sequence[Attribute]:
        return list(self.taxonomy.read)

    @cached_property
    def _in_words(self) -> frozenset[str]:
        """Attributes that words were fitted to, and weighed for."""
        return frozenset(
            attribute.name
            for attribute in self._read
            if self.words.speaks_of(attribute) and self.odds.words_weight(attribute)
        )


def _of_one(
    attribute: Attribute,
    photo: Reading,
    odds: TextOdds,
    phrases: Mapping[str, float],
    words: Mapping[str, float],
) -> tuple[Reading, Source]:
    """Exactly one option holds: log-probabilities move, and add up to one again."""
    weight = odds.photo_weight(attribute, words=bool(words))
    louder = odds.words_weight(attribute)
    moved = [
        weight * math.log(p if p > _LEAST else _LEAST)
        + phrases.get(option, 0.0)
        + louder * words.get(option, 0.0)
        for option, p in photo.probabilities.items()
    ]
    top = max(moved)
    powers = [math.exp(z - top) for z in moved]
    total = sum(powers)
    shares = [power / total for power in powers]
    sureness = odds.sureness(attribute)
    if sureness is not None:
        shares = sureness.applied_to_one(shares)
    rounded = [round(share, _DECIMALS) for share in shares]
    likely = dict(zip(photo.probabilities, rounded, strict=True))
    value = max(attribute.names, key=lambda option: likely.get(option, 0.0))
    reading = Reading(attribute.name, (value,), likely[value], likely)
    seen = photo.value == (value,)
    # What words add a little to is the photo's, unless the photo alone would have had another one.
    said = louder * words.get(value, 0.0)
    if phrases.get(value, 0.0) <= 0 and not (said >= _CLEARLY if seen else said > 0):
        return reading, "photo"
    return reading, "both" if seen else "text"


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
