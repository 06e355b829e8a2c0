"""Queries that a catalog has answers to, for people who do not know yet what to ask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hangtag.rules import says_nothing
from hangtag.search import Searcher

__all__ = ["examples"]

_MOST = 4
_KIND = "article_type"
# Of a kind: what fewer have is an odd thing to ask for.
_SHARE = 0.05


def examples(searcher: Searcher, columns: Sequence[str]) -> list[str]:
    """A few queries: a kind of product and one of its values each; without kinds, values alone.

    Each is of another of ``columns``; the first ones are preferred. What most products of the whole
    catalog have is nothing to ask for.
    """
    left = [column for column in columns if column in searcher.columns]
    everywhere = searcher.facets(columns=left)
    common = {column: next(iter(counts), None) for column, counts in everywhere.items()}
    found = []
    for kind, filters in _kinds(searcher):
        counts = searcher.facets(columns=left, filters=filters)
        for column in left:
            value = _telling(counts[column], common.get(column))
            if value is not None:
                left.remove(column)
                found.append(f"{value} {kind}".strip().lower())
                break
    return found


def _kinds(searcher: Searcher) -> Iterator[tuple[str, Mapping[str, Sequence[str]]]]:
    kinds: Sequence[str] = ()
    if _KIND in searcher.columns:
        kinds = list(searcher.facets(columns=[_KIND])[_KIND])
    for kind in kinds[:_MOST]:
        yield kind, {_KIND: [kind]}
    if not kinds:
        for _ in range(_MOST):
            yield "", {}


def _telling(counts: Mapping[str, int], common: str | None) -> str | None:
    least = _SHARE * sum(counts.values())
    values = (v for v, n in counts.items() if n >= least and v != common and not says_nothing(v))
    return next(values, None)
