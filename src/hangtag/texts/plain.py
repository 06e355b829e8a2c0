"""From a shop's text, which may hold markup of any kind, to words and the marks between them.

What comes in is other people's: nothing of it is ever shown, run or followed from here. Time grows
with the length of the text and with nothing else, whatever the text is.
"""

from __future__ import annotations

import html
import re

__all__ = ["BREAK", "plain", "tokens"]

# Of a text, from its beginning: what comes later is delivery and care.
_CHARACTERS = 12_000
# A word longer than this is none.
_LETTERS = 40

# What ends a sentence, as a token.
BREAK = "."

_TAG = re.compile(r"<(/?[a-zA-Z!][a-zA-Z0-9]{0,10})?[^<>]{0,400}>")
# What is not said to whoever reads the page.
_UNSEEN = ("script", "style", "template", "svg")
# Tags inside of a sentence; all others end one.
_INLINE = frozenset(
    "a abbr b big code em font i mark s small span strong sub sup u wbr".split()  # noqa: SIM905
)
_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[.!?;:,•|\n]")
_ENDS = frozenset(".!?;:•|\n")


def plain(text: str) -> str:
    """The beginning of a text without tags and entities; what parts paragraphs is a line end."""
    text = text[:_CHARACTERS]
    if "<" in text:
        text = _TAG.sub(_space, _without_unseen(text))
    if "&" in text:
        text = html.unescape(text)
    return text


def tokens(text: str) -> list[str]:
    """Words as written, "," and, for all that ends a sentence, ``BREAK``. Hyphens part words."""
    return [
        BREAK if token in _ENDS else token
        for token in _TOKEN.findall(text)
        if len(token) <= _LETTERS
    ]


def _space(tag: re.Match[str]) -> str:
    name = (tag.group(1) or "").lstrip("/").casefold()
    return " " if name in _INLINE else "\n"


def _without_unseen(text: str) -> str:
    low = text.lower()
    if len(low) != len(text):  # a few capitals have more than one small letter
        return text
    for name in _UNSEEN:
        start = low.find(f"<{name}")
        while start >= 0:
            end = low.find(f"</{name}", start)
            end = len(low) if end < 0 else end
            text, low = text[:start] + "\n" + text[end:], low[:start] + "\n" + low[end:]
            start = low.find(f"<{name}", start)
    return text
