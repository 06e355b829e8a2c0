"""How much of what a query means each product has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hangtag.search.corpus import Corpus, Mask
from hangtag.search.understanding import Understanding

__all__ = ["SPOKEN_OF", "Group", "groups_of", "match_of", "narrowed", "unspoilt"]

# The catalog's own columns that queries speak of.
SPOKEN_OF = ("article_type", "gender", "base_colour", "sub_category", "master_category", "brand",
             "season", "usage")  # fmt: skip
# What counts a product that has another value than the one asked for.
_OTHER = -0.5


class Group:
    """Meanings that are alternatives; ``rows``: the products that have one of them."""

    def __init__(self, column: str, values: Sequence[str], negated: bool, corpus: Corpus):
        self.column, self.negated = column, negated
        self.rows = corpus.having(column, values)


def groups_of(meanings: Understanding, corpus: Corpus) -> list[Group]:
    """What products are held against: of a column with one value, all meanings are alternatives."""
    values: dict[tuple[str, bool, int], list[str]] = {}
    for number, meaning in enumerate(meanings.meanings):
        if meaning.column not in corpus.values:
            continue
        together = corpus.is_single(meaning.column) and not meaning.negated
        key = (meaning.column, meaning.negated, -1 if together else number)
        values.setdefault(key, []).extend(meaning.values)
    return [Group(column, said, negated, corpus) for (column, negated, _), said in values.items()]


def match_of(groups: Sequence[Group], corpus: Corpus) -> NDArray[np.float32]:
    """For each product from -½ to 1: how much it has, by how sure that is, of what is wanted."""
    total = np.zeros(corpus.size, np.float32)
    wanted = [group for group in groups if not group.negated]
    for group in wanted:
        one = np.where(corpus.known(group.column), np.float32(_OTHER), np.float32(0))
        sure = corpus.sureness(group.column)
        one[group.rows] = 1 if sure is None else np.nan_to_num(sure[group.rows], nan=1.0)
        total += one
    total /= max(1, len(wanted))
    return total


def unspoilt(allowed: Mask | None, groups: Sequence[Group], corpus: Corpus) -> Mask | None:
    """The products without anything that was negated; all of them where that would leave none."""
    left = np.ones(corpus.size, bool) if allowed is None else allowed.copy()
    for group in groups:
        if group.negated:
            left[group.rows] = False
    return left if left.any() else allowed


def narrowed(allowed: Mask | None, groups: Sequence[Group], corpus: Corpus) -> Mask:
    """The products that have all of what is wanted, and nothing that was negated."""
    left = np.ones(corpus.size, bool) if allowed is None else allowed.copy()
    for group in groups:
        has = np.zeros(corpus.size, bool)
        has[group.rows] = True
        left &= ~has if group.negated else has
    return left
