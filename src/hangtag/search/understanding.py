"""What the words of a query mean, told from the taxonomy and from the values a catalog has.

    checked shirt long sleeves for office, without pockets

    checked → pattern: checkered         office  → occasion: office
    shirt   → article_type: Shirts       pockets → details: not has pockets
    long sleeves → sleeves: long sleeve

No model and no statistics: a phrase means what the vocabulary says it does, so that whoever looks
at a result can be told why it is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hangtag.rules import says_nothing
from hangtag.taxonomy import Taxonomy
from hangtag.words import AFTER_NOT, NOT, OR, base_forms, stem

__all__ = ["Meaning", "Understanding", "Vocabulary", "understand"]

# Of a query, which may be anything. Words beyond are left to full text; longer ones are no words.
_WORDS, _LETTERS = 64, 40

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_PARTS = re.compile(r"\s+(?:and|or)\s+|\s*[&/,]\s*")
# What catalogs write where they know nothing.
_EMPTY = frozenset({"", "na", "nan", "none", "null", "unknown", "other", "others", "unspecified"})

# They hold a sentence together and say nothing of a product.
_GLUE = AFTER_NOT | OR | frozenset({"and", "for", "on", "at", "to", "from", "by", "is", "are"})

# What a word most likely means where it could mean several things: the kind of product before its
# looks ("jeans"), an option's own name before a synonym ("formal" is formality, not a style).
_KIND, _OPTION, _OTHER_VALUE, _SAID, _SYNONYM, _PART = range(6)
_KINDS = ("article_type", "gender", "base_colour", "sub_category", "master_category", "brand")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What some words of a query say of a product.

    ``words`` are ``query[start:end]``. ``column`` is an attribute of the taxonomy or a column of
    metadata, ``values`` those of its values that fit, the closest first. ``negated``: products that
    have one of them are *not* wanted.
    """

    words: str
    start: int
    end: int
    column: str
    values: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Understanding:
    """A query and its meanings in the order of its words, no word in two of them.

    Several meanings of one column are alternatives ("red or blue"), but for attributes that can
    have several values at once. ``rest``: the words that were not understood, without those that
    only hold a sentence together.
    """

    query: str
    meanings: tuple[Meaning, ...]
    rest: tuple[str, ...]


class _Entry(NamedTuple):
    """``likely`` is less for what a phrase rather means."""

    likely: tuple[int, int]
    column: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Vocabulary:
    """Phrases and what they mean; make it once and ask it often."""

    entries: Mapping[str, _Entry]
    longest: int

    @classmethod
    def of(
        cls, taxonomy: Taxonomy, facets: Mapping[str, Sequence[str]] | None = None
    ) -> Vocabulary:
        """From a taxonomy and, by metadata column, the values that the catalog has."""
        found: dict[str, _Entry] = {}
        longest = 1
        for phrase, entry in (*_of_attributes(taxonomy), *_of_facets(taxonomy, facets or {})):
            words = _words(phrase)
            key = "".join(word.stem for word in words)
            if not key or key in _GLUE or key in NOT:
                continue
            longest = max(longest, len(words))
            known = found.get(key)
            if known is None or entry.likely < known.likely:
                found[key] = entry
            elif entry.likely == known.likely:
                # "kids" are boys and girls.
                found[key] = known._replace(values=_joined(known.values, entry.values))
        # A phrase may be written with more gaps than here: "t shirt", "three quarter sleeve".
        return cls(found, longest + 1)


def understand(query: str, vocabulary: Vocabulary) -> Understanding:
    """What a query means; well under a millisecond, whatever it is.

    The longest phrase wins, then the likelier meaning, then the earlier one. Case, hyphens,
    plurals, possessives and "-ed" do not count. "not", "no" and "without" negate what comes right
    behind them, and what "or" adds to that. Of very long queries only the beginning is looked at.
    """
    words = _words(query)
    taken: list[tuple[int, int, _Entry]] = []
    free = [True] * len(words)
    for size, first, entry in sorted(_matches(words, vocabulary), key=_first_choice):
        if all(free[first : first + size]):
            free[first : first + size] = [False] * size
            taken.append((first, size, entry))
    taken.sort(key=lambda match: match[0])
    meanings: list[Meaning] = []
    behind = 0  # the place behind the meaning before this one
    negated = False
    for first, size, entry in taken:
        negation = _negation(words, behind, first)
        joined = negated and first > behind and all(w.stem in OR for w in words[behind:first])
        negated = negation is not None or joined
        if negation is not None:
            free[negation] = False
        start, end = words[first].start, words[first + size - 1].end
        meanings.append(Meaning(query[start:end], start, end, entry.column, entry.values, negated))
        behind = first + size
    rest = tuple(
        query[word.start : word.end]
        for word, is_free in zip(words, free, strict=True)
        if is_free and word.stem not in _GLUE
    )
    return Understanding(query, tuple(meanings), rest)


class _Word(NamedTuple):
    stem: str
    start: int
    end: int


def _words(text: str) -> list[_Word]:
    """The first words of a text; hyphens and all other marks part them."""
    found: list[_Word] = []
    for match in _WORD.finditer(text):
        if match.end() - match.start() <= _LETTERS:
            found.append(_Word(stem(match.group()), match.start(), match.end()))
            if len(found) == _WORDS:
                break
    return found


def _matches(words: Sequence[_Word], vocabulary: Vocabulary) -> Iterator[tuple[int, int, _Entry]]:
    """The vocabulary's phrases in a query: how many words, the first one's place, the entry."""
    entries = vocabulary.entries
    for first in range(len(words)):
        before = ""
        for size in range(1, min(vocabulary.longest, len(words) - first) + 1):
            stem = words[first + size - 1].stem
            for form in (stem, *base_forms(stem)):
                entry = entries.get(before + form)
                if entry is not None:
                    yield size, first, entry
                    break
            before += stem


def _first_choice(match: tuple[int, int, _Entry]) -> tuple[int, tuple[int, int], int]:
    size, first, entry = match
    return -size, entry.likely, first


def _negation(words: Sequence[_Word], behind: int, first: int) -> int | None:
    """The place of the word that negates what begins at ``first``, or None."""
    place = first - 1
    while place >= behind and words[place].stem in AFTER_NOT:
        place -= 1
    return place if place >= behind and words[place].stem in NOT else None


def _of_attributes(taxonomy: Taxonomy) -> Iterator[tuple[str, _Entry]]:
    for place, attribute in enumerate(taxonomy):
        for option in attribute.options:
            meant = (option.name,)
            # "other" is asked for by what it stands for only: "boat neck".
            if not says_nothing(option.name) and option.name.casefold() not in _EMPTY:
                for phrase in {option.name, option.name.removeprefix("has ")}:
                    yield phrase, _Entry((_OPTION, place), attribute.name, meant)
            for phrase in option.synonyms:
                yield phrase, _Entry((_SYNONYM, place), attribute.name, meant)
        for phrase, names in attribute.together.items():
            yield phrase, _Entry((_SYNONYM, place), attribute.name, names)


def _of_facets(
    taxonomy: Taxonomy, facets: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, _Entry]]:
    for place, (column, given) in enumerate(facets.items()):
        values = [value for value in given if value.strip().casefold() not in _EMPTY]
        is_kind = column in _KINDS
        rank = _KINDS.index(column) if is_kind else len(_KINDS) + place
        own = (_KIND if is_kind else _OTHER_VALUE, rank)
        by_key = {_key(value): value for value in values}
        for value in values:
            yield value, _Entry(own, column, _with_narrower(value, values))
            parts = _PARTS.split(value.casefold())
            for part in parts if len(parts) > 1 else ():
                yield part, _Entry((_PART, rank), column, (value,))
        for told, phrases in taxonomy.words.get(column, {}).items():
            value = by_key.get(_key(told), "")
            for phrase in phrases if value else ():
                meant = _with_narrower(value, values)
                yield phrase, _Entry((_SAID, rank), column, meant)


def _with_narrower(value: str, values: Sequence[str]) -> tuple[str, ...]:
    """The value, and those that say more precisely the same: "Blue", "Navy Blue"."""
    tail = " " + value.casefold()
    return (value, *(other for other in values if other.casefold().endswith(tail)))


def _joined(values: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*values, *others)))


def _key(phrase: str) -> str:
    return "".join(word.stem for word in _words(phrase))
