"""English words, as far as hangtag has to know them: plurals, word endings, what negates.

Shared by what reads queries, what reads titles and descriptions, and what writes descriptions.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

__all__ = ["AFTER_NOT", "NOT", "OR", "base_forms", "singular", "stem"]

NOT = frozenset({"not", "no", "without", "non", "sans", "except", "excluding", "minus"})
# Between a negation and what it is about, and between two things that it is about.
AFTER_NOT = frozenset({"a", "an", "any", "the", "with", "in", "of"})
OR = frozenset({"or", "nor"})

_POSSESSIVE = re.compile(r"['’](?:s|)\b|['’]")
# No plurals, or things to wear whose singular is a word for how something looks.
_NO_PLURAL = frozenset({"shorts", "tights", "flats", "sans"})


def singular(word: str) -> str:
    """An English noun in lower case without its plural ending, as far as that is certain."""
    if len(word) <= 3 or not word.endswith("s") or word.endswith(("ss", "us")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y" if len(word) > 4 else word[:-1]
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if word.endswith("rves"):
        return word[:-3] + "f"
    return word[:-1]


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """A word without case, possessive and plural, however its letters are encoded."""
    plain = _POSSESSIVE.sub("", unicodedata.normalize("NFKC", word)).casefold()
    return plain if plain in _NO_PLURAL else singular(plain)


def base_forms(stem: str) -> tuple[str, ...]:
    """What a word in "-ed" may come from: collared of collar, sleeved of sleeve."""
    return (stem[:-2], stem[:-1]) if stem.endswith("ed") and len(stem) > 5 else ()
