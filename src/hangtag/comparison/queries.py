"""Queries with the products that answer them, and the file they are kept in.

One JSON object a line:

    {"query": "green checked shirt", "relevant": ["15970", "2011"], "type": "pattern"}

``relevant``: a list of product ids, or an object of id → grade (a whole number from 1 on; nDCG
counts higher grades more). ``id``: by default the line's number. ``type``: queries of one type get
figures of their own. ``titled``: the share of the relevant products whose titles say what the query
asks for, 0 to 1. ``unjudged``: products of which nobody has said whether they answer the query;
they are taken out of a ranking before it is scored.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hangtag.errors import LabelsError, WorkspaceError

__all__ = ["TITLE", "Query", "queries_of", "read_queries", "write_queries"]

# The type of queries that are titles of products.
TITLE = "title"

_KEYS = ("query", "relevant", "id", "type", "titled", "unjudged")


@dataclass(frozen=True, slots=True)
class Query:
    """One query and its truth; see the module's docstring."""

    query_id: str
    text: str
    relevant: Mapping[str, int]
    type: str = ""
    titled: float | None = None
    unjudged: frozenset[str] = field(default_factory=frozenset)

    def to_json(self) -> dict[str, Any]:
        """One line of the file."""
        graded = any(grade != 1 for grade in self.relevant.values())
        told: dict[str, Any] = {
            "query": self.text,
            "relevant": dict(self.relevant) if graded else list(self.relevant),
            "id": self.query_id,
        }
        if self.type:
            told["type"] = self.type
        if self.titled is not None:
            told["titled"] = round(self.titled, 4)
        if self.unjudged:
            told["unjudged"] = sorted(self.unjudged)
        return told


def write_queries(queries: Iterable[Query], path: Path) -> None:
    """Write a file that ``read_queries`` takes. Raises WorkspaceError when it cannot be written."""
    lines = "".join(json.dumps(query.to_json(), ensure_ascii=False) + "\n" for query in queries)
    try:
        path.write_text(lines, encoding="utf-8")
    except OSError as error:
        raise WorkspaceError(
            f"{path} cannot be written: {error.strerror}.", "Name another file."
        ) from error


def read_queries(path: Path) -> tuple[Query, ...]:
    """The queries of a file; empty lines do not count.

    Raises LabelsError, with the line, when one is not as it should be.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise LabelsError(f"{path} is not UTF-8: {error}.", "Save it as UTF-8.") from error
    except OSError as error:
        raise LabelsError(
            f"{path} cannot be read: {error.strerror}.", "Is the path right?"
        ) from error
    queries = tuple(_queries(text, path))
    if not queries:
        raise LabelsError(f"{path} holds no query.", _EXAMPLE)
    return queries


def queries_of(queries: Sequence[Query], product_ids: Iterable[str]) -> list[Query]:
    """The queries that some of the products answer, with those answers alone.

    No search can find what is not there; counting it as missed would blur the difference. Raises
    LabelsError when no query is left.
    """
    there = frozenset(product_ids)
    found = []
    for query in queries:
        relevant = {one: grade for one, grade in query.relevant.items() if one in there}
        if relevant:
            found.append(replace(query, relevant=relevant, unjudged=query.unjudged & there))
    if not found:
        raise LabelsError(
            "None of the products that answer the queries is there.", "Are the ids the same ones?"
        )
    return found


_EXAMPLE = 'A line looks like {"query": "striped shirt", "relevant": ["15970"]}.'


def _queries(text: str, path: Path) -> Iterator[Query]:
    lines: dict[str, int] = {}
    # Not splitlines(): JSON may hold its other line ends, as U+2028, inside a text.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            query = _query(line, number)
        except _FaultError as fault:
            raise LabelsError(f"{path}, line {number}: {fault}.", _EXAMPLE) from None
        first = lines.setdefault(query.query_id, number)
        if first != number:
            raise LabelsError(
                f"{path}, line {number}: the id {query.query_id!r} stands in line {first} already.",
                "Give each query an id of its own, or leave them out.",
            )
        yield query


class _FaultError(Exception):
    """What is wrong with a line."""


def _query(line: str, number: int) -> Query:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _FaultError(f"this is no JSON ({error})") from None
    if not isinstance(told, dict):
        raise _FaultError("this is no JSON object")
    strange = [key for key in told if key not in _KEYS]
    if strange:
        raise _FaultError(f"there is no key {strange[0]!r}; there are {', '.join(_KEYS)}")
    text = told.get("query")
    if not isinstance(text, str) or not text.strip():
        raise _FaultError("'query' should be a text")
    titled = told.get("titled")
    if titled is not None and (not _is_number(titled) or not 0 <= titled <= 1):
        raise _FaultError("'titled' should be a number from 0 to 1")
    kind = told.get("type") or ""
    if not isinstance(kind, str):
        raise _FaultError("'type' should be a text")
    relevant = _relevant(told.get("relevant"))
    unjudged = frozenset(_ids(told.get("unjudged") or [], "unjudged"))
    both = sorted(unjudged & relevant.keys())
    if both:
        raise _FaultError(f"{both[0]!r} is both relevant and unjudged")
    query_id = told.get("id")
    if query_id is not None and not isinstance(query_id, str | int):
        raise _FaultError("'id' should be a text")
    return Query(
        query_id=str(number) if query_id is None else str(query_id),
        text=text,
        relevant=relevant,
        type=kind,
        titled=None if titled is None else float(titled),
        unjudged=unjudged,
    )


def _relevant(told: Any) -> Mapping[str, int]:
    if isinstance(told, dict):
        for product_id, grade in told.items():
            if not isinstance(grade, int) or isinstance(grade, bool) or grade < 1:
                raise _FaultError(f"the grade of {product_id!r} should be a whole number from 1 on")
        relevant = dict(told)
    else:
        relevant = dict.fromkeys(_ids(told, "relevant"), 1)
    if not relevant:
        raise _FaultError("'relevant' should name at least one product")
    return relevant


def _ids(told: Any, key: str) -> list[str]:
    if not isinstance(told, list) or not all(
        isinstance(one, str | int) and not isinstance(one, bool) for one in told
    ):
        raise _FaultError(f"{key!r} should be a list of product ids")
    return [str(one) for one in told]


def _is_number(told: Any) -> bool:
    return isinstance(told, int | float) and not isinstance(told, bool)
