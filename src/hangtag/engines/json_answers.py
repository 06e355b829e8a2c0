"""JSON that a language model wrote → options, forgiving what such models get wrong.

Code fences, words around the object, trailing commas, single quotes, Python's literals, an object
that was cut off, synonyms, near misses, a list where one value was asked for and the other way
round. What still cannot be used is named, attribute by attribute, so that the model can be asked
again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hangtag.taxonomy import Attribute

__all__ = ["Said", "read_answer", "scores_of_said"]

# How alike a word must be to an option to be taken for it: one letter in seven may differ.
_ALIKE = 0.86
# What is said without a probability counts as this log-odds against every other option.
_CHOSEN = 4.0
_EMPTY = frozenset({"", "none", "n/a", "na", "null", "nothing"})

_FENCE = re.compile(r"```[a-zA-Z]*\s*(.*?)```", re.DOTALL)
_TRAILING_COMMA = re.compile(r",\s*([}\]])")
_LITERALS = {"True": "true", "False": "false", "None": "null"}
# A string as JSON writes it, one in single quotes, or a bare word.
_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|[A-Za-z_]\w*', re.DOTALL)


@dataclass(frozen=True)
class Said:
    """What a model said. ``values``: attribute → the options it chose, none for "no detail shows".

    ``claimed``: attribute → how sure the model says it is, from 0 to 1. That is no probability: it
    is reported beside them, and never used. ``faults``: attribute → why there is no value.
    """

    values: Mapping[str, tuple[str, ...]]
    claimed: Mapping[str, float] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)


def read_answer(text: str, attributes: Iterable[Attribute]) -> Said:
    """What ``text`` says of each of ``attributes``. Raises nothing."""
    found = _object(text)
    values: dict[str, tuple[str, ...]] = {}
    claimed: dict[str, float] = {}
    faults: dict[str, str] = {}
    keys = {_plain(key): value for key, value in found.items()} if found is not None else {}
    for attribute in attributes:
        if found is None:
            faults[attribute.name] = "there is no JSON object"
            continue
        name = _plain(attribute.name)
        if name not in keys and _plain(attribute.title) not in keys:
            faults[attribute.name] = "it is missing"
            continue
        told = keys.get(name, keys.get(_plain(attribute.title)))
        sure = keys.get(f"{name} confidence")
        if isinstance(told, Mapping):  # {"pattern": {"value": "striped", "confidence": 0.9}}
            inside = {_plain(key): value for key, value in told.items()}
            sure = inside.get("confidence", sure)
            told = next((inside[k] for k in ("value", "values", name) if k in inside), told)
        chosen, fault = _options(told, attribute)
        if fault:
            faults[attribute.name] = fault
        else:
            values[attribute.name] = chosen
        number = _number(sure)
        if number is not None:
            claimed[attribute.name] = number
    return Said(values, claimed, faults)


def scores_of_said(attribute: Attribute, said: Sequence[Said]) -> NDArray[np.float32]:
    """[n, options] log-odds for answers without probabilities: the chosen ones lie four above.

    An attribute about which nothing was said gets zeros: no option is likelier than another.
    """
    scores = np.zeros((len(said), len(attribute.options)), np.float32)
    for row, one in enumerate(said):
        chosen = one.values.get(attribute.name)
        if chosen is None:
            continue
        if attribute.multiple:
            scores[row] = [_CHOSEN / 2 if n in chosen else -_CHOSEN / 2 for n in attribute.names]
        else:
            scores[row] = [_CHOSEN if n in chosen else 0.0 for n in attribute.names]
    return scores


def _options(told: Any, attribute: Attribute) -> tuple[tuple[str, ...], str]:
    """The options that are meant, or a fault."""
    words = _words(told, attribute)
    if words is None:
        return (), "its value is neither a text nor a list"
    if not words:
        if attribute.multiple:
            return (), ""
        return (), "it has no value"
    chosen: list[str] = []
    strange: list[str] = []
    for word in words:
        option = _option(word, attribute)
        if option is None:
            strange.append(word)
        elif option not in chosen:
            chosen.append(option)
    if not attribute.multiple:
        # Several values for one: the first is what the model thought of first.
        return (tuple(chosen[:1]), "") if chosen else ((), _no_option(strange))
    if strange and not chosen:
        return (), _no_option(strange)
    return tuple(chosen[: attribute.at_most]), ""


def _no_option(strange: Sequence[str]) -> str:
    return f"{strange[0][:60]!r} is not one of the options"


def _words(told: Any, attribute: Attribute) -> list[str] | None:
    if isinstance(told, Mapping):  # {"has pockets": true, "has hood": false}
        return [str(key) for key, holds in told.items() if holds is True]
    if isinstance(told, (list, tuple)):
        words = [str(word).strip() for word in told if isinstance(word, (str, int, float))]
    elif isinstance(told, str):
        whole = _option(told, attribute) is not None
        words = [told.strip()] if whole else [w.strip() for w in re.split(r"[,;|/\n]", told)]
    else:
        return [] if told is None else None
    return [word for word in words if _means_something(word, attribute)]


def _means_something(word: str, attribute: Attribute) -> bool:
    return attribute.option_for(word) is not None or word.casefold() not in _EMPTY


def _option(word: str, attribute: Attribute) -> str | None:
    exact = attribute.option_for(word)
    if exact is not None:
        return exact
    spellings: dict[str, str] = {}
    for option in attribute.options:
        for known in (option.name, *option.synonyms):
            spellings.setdefault(_plain(known), option.name)
    plain = _plain(word)
    if plain in spellings:
        return spellings[plain]
    near = get_close_matches(plain, spellings, n=1, cutoff=_ALIKE)
    return spellings[near[0]] if near else None


def _plain(word: str) -> str:
    """Lower case, one space between words, no punctuation at the ends."""
    return " ".join(re.sub(r"[_\-\s]+", " ", str(word).casefold()).strip(" .\"'`*:").split())


def _number(told: Any) -> float | None:
    if isinstance(told, bool) or told is None:
        return None
    try:
        number = float(str(told).strip().rstrip("%"))
    except ValueError:
        return None
    if str(told).strip().endswith("%") or 1 < number <= 100:
        number /= 100
    return number if 0 <= number <= 1 else None


def _object(text: str) -> Mapping[str, Any] | None:
    """The first thing in the text that can be read as a JSON object."""
    fenced = [match[1] for match in _FENCE.finditer(text)]
    for part in (*fenced, text):
        start = part.find("{")
        if start < 0:
            continue
        for attempt in _mended(part[start:]):
            try:
                found, _ = json.JSONDecoder().raw_decode(attempt)
            except (ValueError, RecursionError):
                continue
            if isinstance(found, dict):
                return found
    return None


def _mended(text: str) -> Iterable[str]:
    """The text as it is, and with more and more put right."""
    yield text
    tidy = _TRAILING_COMMA.sub(r"\1", _TOKEN.sub(_as_json, text))
    yield tidy
    yield from _closed(tidy)


def _as_json(token: re.Match[str]) -> str:
    word = token[0]
    if word[0] == "'":
        return json.dumps(word[1:-1].replace("\\'", "'"))
    return _LITERALS.get(word, word)


def _closed(text: str) -> Iterable[str]:
    """What was cut off, ended behind its last whole value."""
    open_: list[str] = []
    inside = False
    ends: list[tuple[int, str]] = []
    skip = False
    for place, character in enumerate(text):
        if skip:
            skip = False
        elif inside and character == "\\":
            skip = True
        elif character == '"':
            inside = not inside
        elif not inside and character in "{[":
            open_.append("}" if character == "{" else "]")
        elif not inside and character in "}]" and open_:
            open_.pop()
        if not inside and (character == "," or place == len(text) - 1):
            cut = place if character == "," else place + 1
            ends.append((cut, "".join(reversed(open_))))
    for cut, closing in reversed(ends[-8:]):
        yield _TRAILING_COMMA.sub(r"\1", text[:cut].rstrip().rstrip(",") + closing)
