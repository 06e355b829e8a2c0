"""The taxonomy's options and synonyms as phrases to look for, an attribute each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from hangtag.rules import says_nothing
from hangtag.taxonomy import Attribute, Taxonomy
from hangtag.texts.plain import tokens
from hangtag.words import stem

__all__ = ["Phrase", "Phrasebook"]

# A single word that names an option so rarely that it is looked for in longer phrases only.
_TOO_SHORT = 2


class Phrase(NamedTuple):
    """What words mean: one of ``options`` of an attribute. ``phrase``: their stems."""

    attribute: str
    options: tuple[str, ...]
    phrase: str


@dataclass(frozen=True)
class Phrasebook:
    """Phrases by their stems, written together.

    ``longest``: how many words a phrase has at most; ``starts``: the stem a phrase begins with, of
    however many words it is written.
    """

    phrases: Mapping[str, tuple[Phrase, ...]]
    starts: frozenset[str]
    longest: int

    @classmethod
    def of(cls, taxonomy: Taxonomy) -> Phrasebook:
        """The phrases of all attributes that are read, none that says nothing ("unknown")."""
        found: dict[str, dict[str, Phrase]] = {}
        starts: set[str] = set()
        longest = 1
        for attribute in taxonomy.read:
            for words, options in _said(attribute):
                stems = [stem(word) for word in tokens(words)]
                key = "".join(stems)
                if len(key) <= _TOO_SHORT:
                    continue
                found.setdefault(key, {}).setdefault(
                    attribute.name, Phrase(attribute.name, options, " ".join(stems))
                )
                longest = max(longest, len(stems))
                # "crewneck", "crew neck": the first of the words, or the first few.
                starts.update("".join(stems[:end]) for end in range(1, len(stems) + 1))
        phrases = {key: tuple(by_name.values()) for key, by_name in found.items()}
        # A phrase may be written with more gaps than in the taxonomy: "v neck" of "vneck".
        return cls(phrases, frozenset(starts), longest + 1)


def _said(attribute: Attribute) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The option's own name before its synonyms, and both before words for several options."""
    for option in attribute.options:
        if not says_nothing(option.name):
            yield option.name, (option.name,)
            yield option.name.removeprefix("has "), (option.name,)
    for option in attribute.options:
        for words in option.synonyms:
            yield words, (option.name,)
    for words, names in attribute.together.items():
        yield words, tuple(names)
