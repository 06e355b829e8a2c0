"""The index of a workspace, searched in several ways, as ``compare`` wants them."""

from __future__ import annotations

from collections.abc import Sequence

from hangtag.comparison.comparing import Found, Ranker
from hangtag.search import Configuration, Searcher

__all__ = ["rankers_of"]


def rankers_of(searcher: Searcher, configurations: Sequence[Configuration]) -> dict[str, Ranker]:
    """One a configuration, by its name."""
    return {one.name: _ranker(searcher, one) for one in configurations}


def _ranker(searcher: Searcher, configuration: Configuration) -> Ranker:
    def rank(text: str, k: int) -> list[Found]:
        return [Found(*one) for one in searcher.rank(text, k=k, configuration=configuration)]

    return rank
