"""Readings and metadata → the rich description that search goes by.

    Formal blue men shirts woven fabric checkered long sleeve collar buttons office professional

A description says nothing that is not a value in the attributes table or a word of the metadata,
and it says it once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from hangtag.rules import SAYS_NOTHING, Verdict
from hangtag.taxonomy import Taxonomy

__all__ = ["describe"]

# Before what the product is called, and behind it; the rest of the taxonomy follows in its order.
_BEFORE = ("formality",)
_BEHIND = ("material", "pattern", "sleeves", "collar", "fit", "details", "style_keywords")

_TAG = re.compile(r"<[^<>]*>")
_WORD = re.compile(r"\w[\w'’&/+.-]*\w|\w")


def describe(verdict: Verdict, metadata: Mapping[str, str | None], taxonomy: Taxonomy) -> str:
    """One line of plain text: no word twice, always in the same order, empty if nothing is known.

    Values that a rule contradicts, and those that say nothing ("unknown"), are left out.
    """
    said: list[str] = []
    known: set[str] = set()
    for phrase in _phrases(verdict, metadata, taxonomy):
        for word in _WORD.findall(_TAG.sub(" ", phrase)):
            stem = _stem(word)
            if stem not in known:
                known.add(stem)
                said.append(word)
    text = " ".join(said)
    return text[:1].upper() + text[1:]


def _phrases(
    verdict: Verdict, metadata: Mapping[str, str | None], taxonomy: Taxonomy
) -> Iterator[str]:
    for name in _BEFORE:
        yield from _values(verdict, name)
    yield (metadata.get("base_colour") or "").lower()
    yield (metadata.get("gender") or "").lower()
    kind = metadata.get("article_type") or metadata.get("sub_category") or verdict.category
    yield (kind or "").lower()
    rest = [a.name for a in taxonomy if a.name not in _BEFORE and a.name not in _BEHIND]
    for name in (*_BEHIND, *rest):
        yield from _values(verdict, name)


def _values(verdict: Verdict, name: str) -> Iterator[str]:
    value = verdict.values.get(name)
    if value is None or name in verdict.doubted:
        return
    for option in (value,) if isinstance(value, str) else value:
        if option not in SAYS_NOTHING:
            yield option.removeprefix("has ")


def _stem(word: str) -> str:
    """What makes two words the same here: case and a plural do not count."""
    word = word.casefold()
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
