"""What is said to a server and what it says, in the words of OpenAI's chat completions."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from hangtag.prompts import json_schema
from hangtag.taxonomy import Attribute

__all__ = [
    "FORMATS",
    "Completion",
    "Format",
    "completion_of",
    "format_of",
    "likelihoods",
    "photo_turn",
    "photo_url",
    "request",
    "room_for",
]

# How an answer is held to its form, the strictest first; see ``format_of``.
Format = Literal["schema", "plain schema", "object", "free"]
FORMATS: tuple[Format, ...] = get_args(Format)

_THOUGHT = re.compile(r"^\s*<think>.*?(</think>|\Z)", re.DOTALL)
# What tokenizers put around a word: spaces of several kinds, quotes, marks.
_AROUND = " \t\n\r\u2581\u0120\u010a\"'`*.:()[]"


@dataclass(frozen=True)
class Completion:
    """An answer. ``cut``: it ended because it had no more room, not because it was done.

    ``top``: the likeliest first tokens and their log-probabilities, where they were asked for.
    ``read``, ``written``: tokens, None where the server does not count them.
    """

    text: str
    cut: bool
    top: Mapping[str, float] | None = None
    read: int | None = None
    written: int | None = None


def photo_url(jpeg: bytes) -> str:
    """A photo as a URL that holds it whole."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")


def photo_turn(url: str, text: str) -> dict[str, Any]:
    """The photo, then a question about it: what is computed for a photo then serves them all."""
    return {
        "role": "user",
        "content": [
            {"type": "image_url", "image_url": {"url": url}},
            {"type": "text", "text": text},
        ],
    }


def request(
    model: str,
    turns: Sequence[Mapping[str, Any]],
    room: int,
    *,
    form: Mapping[str, Any] | None = None,
    likely: int = 0,
) -> dict[str, Any]:
    """The body of a request for an answer of at most ``room`` tokens.

    ``form``: see ``format_of``. ``likely``: how many of the likeliest tokens to tell.
    """
    body: dict[str, Any] = {
        "model": model,
        "messages": list(turns),
        "max_tokens": room,
        "temperature": 0,
        "stream": False,
    }
    if form:
        body["response_format"] = form
    if likely:
        body |= {"logprobs": True, "top_logprobs": likely}
    return body


def format_of(kind: Format, attributes: Sequence[Attribute]) -> dict[str, Any] | None:
    """What goes into ``response_format`` for an answer about these attributes.

    A plain schema does without lengths and uniqueness of lists, which some servers refuse; an
    object is any JSON; free is None.
    """
    if kind == "free":
        return None
    if kind == "object":
        return {"type": "json_object"}
    schema = json_schema(attributes)
    if kind == "plain schema":
        for about in schema["properties"].values():
            about.pop("uniqueItems", None)
            about.pop("maxItems", None)
    return {
        "type": "json_schema",
        "json_schema": {"name": "answer", "strict": True, "schema": schema},
    }


def room_for(attributes: Sequence[Attribute]) -> int:
    """Tokens that an answer about these attributes may take: more than the longest valid one has.

    Two letters a token is few; a model that writes spaces without end is cut off soon enough.
    """
    letters = 2
    for name, about in json_schema(attributes)["properties"].items():
        options = about.get("enum") or about["items"]["enum"]
        letters += len(name) + 6 + (max(map(len, options)) + 4) * about.get("maxItems", 1)
    return letters // 2 + 32


def completion_of(data: Any) -> Completion | None:
    """The answer in a reply's JSON, None where it has another form than it should."""
    try:
        choice = data["choices"][0]
        text = _text(choice["message"])
        finish = choice.get("finish_reason")
        usage = data.get("usage") or {}
        return Completion(
            _THOUGHT.sub("", text), finish == "length", _top(choice),
            _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens")),
        )  # fmt: skip
    except (KeyError, IndexError, TypeError, AttributeError):
        return None


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if content is None:
        content = message.get("refusal") or ""
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    if not isinstance(content, str):
        raise TypeError("the content is no text")
    return content


def _top(choice: Mapping[str, Any]) -> dict[str, float] | None:
    told = choice.get("logprobs")
    if not told or not told.get("content"):
        return None
    first = told["content"][0]
    top: dict[str, float] = {}
    for one in [first, *(first.get("top_logprobs") or ())]:
        number = float(one["logprob"])
        if not math.isnan(number):
            top[str(one["token"])] = number
    return top


def _count(told: Any) -> int | None:
    return told if isinstance(told, int) and not isinstance(told, bool) and told >= 0 else None


def likelihoods(answers: Sequence[str], top: Mapping[str, float]) -> list[float] | None:
    """The log-probability of each answer of one token, None where none of them is likely.

    Spellings of an answer (with a space, in lower case) are added up. One that is not among the
    likeliest tokens is at most as likely as the last of those, and is taken for that.
    """
    least = min(top.values(), default=-math.inf)
    found = []
    for answer in answers:
        alike = [p for token, p in top.items() if _same(token, answer)]
        found.append(math.log(sum(map(math.exp, alike))) if alike and max(alike) > -80 else None)
    if all(one is None for one in found) or not math.isfinite(least):
        return None
    return [least if one is None else min(one, 0.0) for one in found]


def _same(token: str, answer: str) -> bool:
    return token.strip(_AROUND).casefold() == answer.casefold()
