"""Rows of the index as hits, each with the reasons why it was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hangtag.search.corpus import Corpus
from hangtag.search.results import Hit, Reason
from hangtag.search.understanding import Meaning, Understanding

__all__ = ["hits_of"]


def hits_of(
    corpus: Corpus,
    rows: NDArray[np.intp],
    scores: NDArray[np.float32],
    meanings: Understanding,
) -> list[Hit]:
    """A hit a row, in the same order."""
    words = tuple(dict.fromkeys(word.casefold() for word in meanings.rest))
    found = zip(rows.tolist(), scores.tolist(), corpus.fields(rows.tolist()), strict=True)
    return [
        _hit(corpus.product_ids[row], score, fields, meanings, words)
        for row, score, fields in found
    ]


def _hit(
    product_id: str,
    score: float,
    fields: Mapping[str, Any],
    meanings: Understanding,
    words: Sequence[str],
) -> Hit:
    title = str(fields.get("title", ""))
    found = [r for meaning in meanings.meanings if (r := _reason(meaning, fields)) is not None]
    spoken = set(title.casefold().split())
    found += [Reason(word, "title", (word,), None) for word in words if word in spoken]
    return Hit(product_id, score, title, fields, tuple(found))


def _reason(meaning: Meaning, fields: Mapping[str, Any]) -> Reason | None:
    if meaning.negated:
        return None
    has = fields.get(meaning.column)
    own = has if isinstance(has, list) else [has]
    kept = tuple(value for value in own if value in meaning.values)
    if not kept:
        return None
    return Reason(meaning.words, meaning.column, kept, fields.get(f"{meaning.column}_confidence"))
