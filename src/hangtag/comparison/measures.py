"""How good rankings are, by ``ir-measures``."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hangtag.comparison.queries import Query
from hangtag.errors import MissingExtraError, UsageError

__all__ = ["MEASURES", "measured"]

# As ir-measures writes them. RR is the reciprocal rank; its mean over queries is the MRR.
MEASURES = ("P@10", "nDCG@10", "RR", "R@100")

# Of all that ir-measures understands, those that its one compiled library answers in any case.
_KNOWN = re.compile(r"(RR|AP)(@[1-9]\d{0,4})?|(P|R|nDCG|Success)@[1-9]\d{0,4}")


def measured(
    queries: Sequence[Query],
    rankings: Sequence[Sequence[str]],
    measures: Sequence[str] = MEASURES,
) -> NDArray[np.float64]:
    """Scores [queries, measures] of the products found for each query, best first.

    A query that nothing was found for scores 0. Raises UsageError for a measure that is not known,
    MissingExtraError without ir-measures.
    """
    try:
        import ir_measures
    except ImportError:
        raise MissingExtraError("ir-measures", "compare") from None
    for name in measures:
        if not _KNOWN.fullmatch(name):
            raise UsageError(
                f"There is no measure {name!r}.",
                "There are RR, AP, and with a number of places P@10, R@10, nDCG@10, Success@10.",
            )
    asked = [ir_measures.parse_measure(name) for name in measures]
    # By number: what two files call the same id is their affair. Ranks become scores, so that no
    # tie is left for the library to break its own way.
    truths = {str(place): dict(query.relevant) for place, query in enumerate(queries)}
    found = {
        str(place): {product: float(-rank) for rank, product in enumerate(ranking)}
        for place, ranking in enumerate(rankings)
    }
    scores = np.zeros((len(queries), len(asked)))
    columns = {measure: column for column, measure in enumerate(asked)}
    for score in ir_measures.iter_calc(asked, truths, found):
        scores[int(score.query_id), columns[score.measure]] = score.value
    return scores
