"""Readings of the photo and evidence of the text → what both say together."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from hangtag.readings import Reading
from hangtag.taxonomy import Attribute, Taxonomy
from hangtag.texts.bag import WordOdds, no_words, shipped_words
from hangtag.texts.odds import TextOdds, shipped_odds
from hangtag.texts.reading import READER, Evidence, TextReader, Written
from hangtag.texts.taught import TaughtWords

__all__ = ["Blend", "Source", "Texts"]

# What may come of a probability of nothing or all.
_LEAST = 1e-5
_DECIMALS = 5
# From which log-odds on words speak for a value, though none is a phrase for it: by a factor of e.
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

    ``odds``: what phrases of the taxonomy are worth; ``words``: what all words together are;
    ``taught``: attribute → what a shop's own words are, in the place of those.
    """

    taxonomy: Taxonomy
    odds: TextOdds
    words: WordOdds = field(default_factory=no_words)
    taught: Mapping[str, TaughtWords] = field(default_factory=dict)
    reader: TextReader = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reader", TextReader.of(self.taxonomy))

    @classmethod
    def shipped(cls, taxonomy: Taxonomy, taught: Mapping[str, TaughtWords] | None = None) -> Texts:
        """With the odds and words that come with hangtag, and those that were taught."""
        return cls(taxonomy, shipped_odds(), shipped_words(), taught or {})

    @cached_property
    def version(self) -> str:
        """12 hexadecimal digits; another value means that a blend could be another."""
        phrases = sorted(repr(phrases) for phrases in self.reader.book.phrases.items())
        odds = self.odds
        told = [
            READER, phrases, sorted(odds.silent), repr(odds.pooled), sorted(
                (name, repr(one)) for name, one in odds.attributes.items()
            ), self.words.version, *(
                [name, one.words.version, sorted(one.weight.items()), repr(one.sure)]
                for name, one in sorted(self._taught.items())
            ),
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:12]

    def blend(self, readings: Mapping[str, Reading], metadata: Mapping[str, str | None]) -> Blend:
        """The photo's calibrated readings with the evidence in title and description."""
        return self.blend_written(readings, self.reader.texts(metadata))

    def blend_written(self, readings: Mapping[str, Reading], texts: Sequence[Written]) -> Blend:
        """The same of texts that the reader has taken in."""
        blended = dict(readings)
        sources = dict.fromkeys(readings, "photo")
        said: set[str] = set()
        told = self._told(texts)
        moved: dict[str, Mapping[str, float]] = {}
        for words_of_some in self._words:
            moved |= words_of_some.shifts(texts)
        for attribute in self._read:
            name = attribute.name
            if name not in readings:
                continue
            phrases = self._odds.shifts(attribute, told.get(name, ()))
            words = moved.get(name, {}) if name in self._speaking else {}
            if not phrases and not words:
                continue
            photo = readings[name]
            if attribute.multiple:
                blended[name], sources[name] = _of_many(attribute, photo, phrases)
            else:
                shifts = _Shifts(phrases, words)
                blended[name] = _of_one(attribute, photo, self._odds, shifts)
                sources[name] = self._source(attribute, photo, blended[name], shifts)
            if phrases or sources[name] != "photo":
                said.add(name)
        return Blend(blended, sources, frozenset(said))

    def spoken(
        self, attribute: Attribute, option: str, texts: Sequence[Written]
    ) -> list[tuple[str, float]]:
        """Words other than phrases, and by how much each raises the log-odds of an option."""
        if attribute.name not in self._speaking:
            return []
        louder = self._odds.words_weight(attribute)
        told = self._speaking[attribute.name].spoken(texts, attribute.name, option)
        return [(word, louder * odds) for word, odds in told]

    def _source(
        self, attribute: Attribute, photo: Reading, reading: Reading, shifts: _Shifts
    ) -> Source:
        """Who speaks for the value of a single choice."""
        (value,) = reading.value
        seen = photo.value == (value,)
        if shifts.phrases.get(value, 0.0) > 0:
            return "both" if seen else "text"
        if value not in shifts.words:
            return "photo"
        name = attribute.name
        raised = self._speaking[name].raised(name, value, shifts.words[value])
        said = self._odds.words_weight(attribute) * raised
        # What words add a little to is the photo's, unless it alone would have had another one.
        if said < _CLEARLY if seen else said <= 0:
            return "photo"
        return "both" if seen else "text"

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
    def _taught(self) -> Mapping[str, TaughtWords]:
        """Words of the shop's own, of attributes that the taxonomy has with their options."""
        return {
            attribute.name: self.taught[attribute.name]
            for attribute in self._read
            if attribute.name in self.taught and self.taught[attribute.name].fits(attribute)
        }

    @cached_property
    def _words(self) -> Sequence[WordOdds]:
        """What ships, but for attributes that were taught, and then these."""
        return [self.words.without(self._taught), *(one.words for one in self._taught.values())]

    @cached_property
    def _odds(self) -> TextOdds:
        """What ships, with the weights that were taught."""
        attributes = {a.name: a for a in self._read}
        taught = {
            name: one.among(self.odds, attributes[name]) for name, one in self._taught.items()
        }
        return replace(self.odds, attributes={**self.odds.attributes, **taught})

    @cached_property
    def _speaking(self) -> Mapping[str, WordOdds]:
        """Attribute → the words that speak of it: fitted to it, and weighed."""
        return {
            attribute.name: words
            for attribute in self._read
            if self._odds.words_weight(attribute)
            for words in self._words
            if words.speaks_of(attribute)
        }


class _Shifts(NamedTuple):
    """By how much phrases, and all words together, move log-probabilities: option → shift."""

    phrases: Mapping[str, float]
    words: Mapping[str, float]


def _of_one(attribute: Attribute, photo: Reading, odds: TextOdds, shifts: _Shifts) -> Reading:
    """Exactly one option holds: log-probabilities move, and add up to one again."""
    phrases, words = shifts
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
    return Reading(attribute.name, (value,), likely[value], likely)


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
