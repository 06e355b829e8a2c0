"""Sets of options that hold the right one so often, instead of a single option: by crepes."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hangtag.errors import MissingExtraError
from hangtag.evaluation.metrics import wilson
from hangtag.taxonomy import Attribute
from hangtag.track_record import accuracy_wanted

if TYPE_CHECKING:
    import duckdb

__all__ = ["SetScore", "set_score"]

_FOLDS = 5
# With fewer labels every set holds every option.
_ENOUGH = 20


@dataclass(frozen=True, slots=True)
class SetScore:
    """Sets of options for the readings of one attribute, from the photo alone.

    ``level``: how many of them shall hold an option that is right; ``holds``: how many do, between
    ``low`` and ``high``; ``size``: options in a set on average; ``single``: the share of sets with
    one option, ``empty``: with none. Fitted on four fifths of the products, shown on the other.
    """

    attribute: str
    level: float
    labels: int
    holds: float
    low: float
    high: float
    size: float
    single: float
    empty: float


def set_score(
    attribute: Attribute, tables: duckdb.DuckDBPyConnection, level: float
) -> SetScore | None:
    """How large sets must be; None where there are too few labels to say.

    ``tables`` has ``pairs`` of labels and readings, and ``readings``. Split conformal prediction
    (Vovk, Gammerman & Shafer, 2005) with one minus the probability as strangeness; a label that
    accepts several options is as strange as the likeliest of them.

    Raises MissingExtraError; UsageError for a level that cannot be.
    """
    accuracy_wanted(level)
    found = tables.sql(
        "SELECT product_id, accepted, probabilities, product_group FROM pairs "
        "JOIN readings r USING (product_id, attribute) LEFT JOIN placed USING (product_id) "
        "WHERE attribute = ? AND read ORDER BY product_id",
        params=[attribute.name],
    ).to_arrow_table()
    kept = [attribute.applies_to(group) for group in found["product_group"].to_pylist()]
    found = found.filter(pa.array(kept, pa.bool_()))
    if found.num_rows < _ENOUGH:
        return None
    rows = [dict(likely) for likely in found["probabilities"].to_pylist()]
    strange = 1 - np.array([[row.get(o, 0.0) for o in attribute.names] for row in rows])
    right = np.array(
        [[o in some for o in attribute.names] for some in found["accepted"].to_pylist()]
    )
    fold = np.array([zlib.crc32(i.encode()) % _FOLDS for i in found["product_id"].to_pylist()])
    sets = np.zeros_like(right)
    for held in np.unique(fold):
        here = fold == held
        known = np.where(right, strange, np.inf)[~here].min(axis=1)
        sets[here] = _sets(known, strange[here], level)
    n, size = len(sets), sets.sum(axis=1)
    holds = int((sets & right).any(axis=1).sum())
    low, high = wilson(holds, n)
    return SetScore(
        attribute=attribute.name,
        level=level,
        labels=n,
        holds=holds / n,
        low=low,
        high=high,
        size=float(size.mean()),
        single=float((size == 1).mean()),
        empty=float((size == 0).mean()),
    )


def _sets(
    known: NDArray[np.float64], strange: NDArray[np.float64], level: float
) -> NDArray[np.bool_]:
    """Which options [n, options] are no stranger than labelled ones [m] at this level are."""
    try:
        from crepes import ConformalClassifier
    except ImportError as error:
        raise MissingExtraError("crepes", "trust") from error
    classifier = ConformalClassifier()
    classifier.fit(known[np.isfinite(known)])
    found: NDArray[np.bool_] = classifier.predict_set(
        strange, confidence=level, smoothing=False
    ).astype(bool)
    return found
