"""Readings and metadata → the rich description that search goes by.

    Men navy blue formal shirt woven checkered fabric long sleeve collar buttons office wear

A description says what the attributes table and the metadata say, in a fixed order, each word once.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

from hangtag.rules import Verdict, says_nothing
from hangtag.taxonomy import Attribute, Taxonomy
from hangtag.words import singular

__all__ = ["describe"]

# What stands before the kind of product, and behind it; attributes of a user's own come after.
_BEFORE = ("formality",)
_BEHIND = ("sleeves", "collar", "fit", "details", "occasion", "season_refined", "style_keywords")
# The words of an option alone would not tell what they are about: a regular what?
_AFTERWORD = {"fit": "fit", "occasion": "wear", "season_refined": "season"}

# What catalogs write where they know nothing, and words that would make an answer of nothing sound
# like a statement. They are not taken from metadata.
_EMPTY = frozenset(
    {"", "na", "n/a", "nan", "null", "none", "unknown", "unspecified", "not applicable", "other"}
)
_UNSAID = frozenset(
    {"unknown", "other", "applicable", "cannot", "determine", "pattern", "na", "nan", "null"}
)
# Things that come in pairs are called by their plural.
_PAIRS = re.compile(
    r"(shoes|sandals|heels|flats|flops|booties|sneakers|socks|stockings|tights|gloves|earrings"
    r"|cufflinks|jeans|jeggings|leggings|trousers|pants|shorts|capris|briefs|boxers|sunglasses"
    r"|glasses|bottoms|suspenders|accessories|lips|nails|eyes)$"
)
# Of a title, which may be anything; a word longer than this is not one.
_TITLE_WORDS, _LETTERS = 24, 40

# What titles speak of in words of their own: stripes, check, leather.
_TITLED = ("material", "pattern")

_TAG = re.compile(r"<[^<>]{0,400}>")
_MARKUP = re.compile("[<>&]")
_INNER = frozenset("-'’/&.+")
_ASCII_WORD = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9'/.+-]*[A-Za-z0-9])?")


def describe(verdict: Verdict, metadata: Mapping[str, str | None], taxonomy: Taxonomy) -> str:
    """One line of plain text: no word twice, always in the same order, empty if nothing is known.

    Every word is of a value in ``verdict``, of the metadata (gender, colour, usage, category,
    brand, title), or one of "fit", "wear" and "season" behind a value. Left out are values that say
    nothing ("unknown") or that a rule contradicts, and the title's word for a material or pattern
    that has been read: where the photo shows checks, the title's "striped" is not repeated.
    """
    said: list[str] = []
    known: set[str] = set()
    for words in _phrases(verdict, metadata, taxonomy):
        for word in words:
            stem = _stem(word)
            if stem not in known:
                known.add(stem)
                said.append(word)
    text = " ".join(said)
    return text[:1].upper() + text[1:]


def _phrases(
    verdict: Verdict, metadata: Mapping[str, str | None], taxonomy: Taxonomy
) -> Iterator[Iterable[str]]:
    spoken = {a.name: options for a in taxonomy if (options := _spoken(verdict, a))}
    yield _known(metadata, "gender")
    yield _known(metadata, "base_colour")
    usage = _known(metadata, "usage")
    yield usage if _agrees(usage, metadata, spoken, taxonomy) else ()
    for name in _BEFORE:
        yield _words_of(name, spoken)
    yield _kind(verdict, metadata)
    yield _cloth(spoken)
    others = [name for name in spoken if name not in (*_BEFORE, *_BEHIND, "material", "pattern")]
    for name in (*_BEHIND, *others):
        yield _words_of(name, spoken)
    yield _known(metadata, "brand", str)
    yield _title(metadata.get("title") or "", spoken, taxonomy)


def _spoken(verdict: Verdict, attribute: Attribute) -> tuple[str, ...]:
    """The options of an attribute that are worth saying."""
    value = verdict.values.get(attribute.name)
    if value is None or attribute.name in verdict.doubted:
        return ()
    if value == "yes":  # of a user's own "waterproof: yes"
        return (attribute.title.lower(),)
    options = (value,) if isinstance(value, str) else value
    return tuple(option for option in options if option != "no" and not says_nothing(option))


def _words_of(name: str, spoken: Mapping[str, tuple[str, ...]]) -> list[str]:
    options = spoken.get(name, ())
    words = [word for option in options for word in _plain(option.removeprefix("has "))]
    after = _AFTERWORD.get(name)
    # "office" and "active wear" make "office active wear"; "fitted" needs no "fit".
    if after and words and not any(w != after and w.startswith(after) for w in words):
        words = [word for word in words if word != after] + [after]
    return words


def _cloth(spoken: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Material and pattern as one phrase: woven checkered fabric, striped leather."""
    material, pattern = _words_of("material", spoken), _words_of("pattern", spoken)
    if len(material) > 1:
        return [*material[:-1], *pattern, material[-1]]
    return [*pattern, *material]


def _agrees(
    usage: tuple[str, ...],
    metadata: Mapping[str, str | None],
    spoken: Mapping[str, tuple[str, ...]],
    taxonomy: Taxonomy,
) -> bool:
    """Whether what a product is sold for is worth saying and no other than the formality read."""
    formality = next((a for a in taxonomy if a.name == "formality"), None)
    if formality is None or not usage:
        return True
    if not formality.applies_to(taxonomy.group(metadata)):
        return False  # a casual perfume
    meant = formality.option_for(" ".join(usage))
    return meant is None or meant in spoken.get("formality", (meant,))


def _kind(verdict: Verdict, metadata: Mapping[str, str | None]) -> tuple[str, ...]:
    for column in ("article_type", "sub_category", "master_category"):
        words = _known(metadata, column)
        if words:
            return _singular(words)
    return _singular(_plain((verdict.category or "").lower()))


def _title(title: str, spoken: Mapping[str, tuple[str, ...]], taxonomy: Taxonomy) -> Iterator[str]:
    answered = [taxonomy[name] for name in _TITLED if name in spoken]
    for word in _plain(title)[:_TITLE_WORDS]:
        if word.casefold() in _UNSAID or len(word) > _LETTERS:
            continue
        if not any(attribute.option_for(word) for attribute in answered):
            yield word


def _known(
    metadata: Mapping[str, str | None], column: str, case: Callable[[str], str] = str.lower
) -> tuple[str, ...]:
    text = metadata.get(column) or ""
    return () if text.strip().casefold() in _EMPTY else _statement(case(text))


@lru_cache(maxsize=4096)
def _statement(text: str) -> tuple[str, ...]:
    return tuple(word for word in _plain(text) if word.casefold() not in _UNSAID)


@lru_cache(maxsize=4096)
def _plain(text: str) -> tuple[str, ...]:
    """The words of a text that may hold markup, entities and control characters."""
    if text.isascii() and not _MARKUP.search(text):
        return tuple(_ASCII_WORD.findall(text))
    text = unicodedata.normalize("NFC", _TAG.sub(" ", html.unescape(text)))
    kept = "".join(c if c in _INNER or _is_letter(c) else " " for c in text)
    words = (word.strip("-'’/&.+") for word in kept.split())
    return tuple(word for word in words if word)


@lru_cache(maxsize=65536)
def _is_letter(character: str) -> bool:
    # Letters, digits, and the marks that scripts such as Devanagari put on them.
    return unicodedata.category(character)[0] in "LNM"


@lru_cache(maxsize=4096)
def _singular(words: tuple[str, ...]) -> tuple[str, ...]:
    if not words or _PAIRS.search(words[-1]):
        return words
    return (*words[:-1], singular(words[-1]))


@lru_cache(maxsize=65536)
def _stem(word: str) -> str:
    """What makes two words the same here: neither case, hyphens nor a plural count."""
    return singular("".join(c for c in word.casefold() if c.isalnum())) or word
