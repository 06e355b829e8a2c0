"""How many labels are wrong themselves, and which of them look so: by cleanlab."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hangtag.errors import MissingExtraError
from hangtag.taxonomy import Attribute

if TYPE_CHECKING:
    import duckdb

__all__ = ["LabelNoise", "Suspect", "label_noise"]

# Options with fewer labels are left out: nothing can be said of what they are mixed up with.
_LEAST = 10
_SUSPECTS = 12


@dataclass(frozen=True, slots=True)
class Suspect:
    """A label that looks wrong: what it says, what was read, the probability of what it says."""

    product_id: str
    label: str
    read: str
    probability: float


@dataclass(frozen=True, slots=True)
class LabelNoise:
    """Labels of one attribute and source: ``wrong``, the share that is, as estimated.

    ``suspects``: the least likely few of them. ``labels``: those of options with enough of them
    that say which one is meant.
    """

    attribute: str
    source: str
    labels: int
    wrong: float
    suspects: Sequence[Suspect]


def label_noise(attribute: Attribute, tables: duckdb.DuckDBPyConnection) -> list[LabelNoise]:
    """One estimate a source; ``tables`` has ``pairs`` of labels and readings, and ``readings``.

    Confident learning (Northcutt, Jiang & Chuang, 2021): a label counts as wrong where the reading
    is surer of another option than it is on average of products with that label. What the engine
    mistakes with conviction counts too, so it is an upper bound rather than a measurement; and of
    labels that the engine was trained on it says too little. Raises MissingExtraError.
    """
    found = tables.sql(
        "SELECT product_id, p.value AS meant, p.source, r.value[1] AS read, probabilities, "
        "product_group FROM pairs p JOIN readings r USING (product_id, attribute) "
        "LEFT JOIN placed USING (product_id) WHERE attribute = ? AND read AND p.value IS NOT NULL "
        "ORDER BY product_id",
        params=[attribute.name],
    ).to_arrow_table()
    kept = [attribute.applies_to(group) for group in found["product_group"].to_pylist()]
    rows = found.filter(pa.array(kept, pa.bool_())).to_pylist()
    sources = sorted({row["source"] for row in rows})
    estimates = (_estimate(attribute, s, [r for r in rows if r["source"] == s]) for s in sources)
    return [one for one in estimates if one is not None]


def _estimate(
    attribute: Attribute, source: str, rows: Sequence[dict[str, Any]]
) -> LabelNoise | None:
    counts = {o: sum(row["meant"] == o for row in rows) for o in attribute.names}
    options = [option for option, n in counts.items() if n >= _LEAST]
    rows = [row for row in rows if row["meant"] in options]
    if len(options) < 2:
        return None
    likely = np.array([[dict(row["probabilities"]).get(o, 0.0) for o in options] for row in rows])
    likely = np.maximum(likely, 1e-6)
    likely /= likely.sum(axis=1, keepdims=True)
    labels = np.array([options.index(row["meant"]) for row in rows])
    wrong = _wrong(labels, likely)
    own = likely[np.arange(len(rows)), labels]
    worst = [i for i in np.argsort(own, kind="stable") if wrong[i]][:_SUSPECTS]
    return LabelNoise(
        attribute=attribute.name,
        source=source,
        labels=len(rows),
        wrong=float(wrong.mean()),
        suspects=[
            Suspect(
                rows[i]["product_id"], rows[i]["meant"], rows[i]["read"], round(float(own[i]), 4)
            )
            for i in worst
        ],
    )


def _wrong(labels: NDArray[np.int64], likely: NDArray[np.float64]) -> NDArray[np.bool_]:
    """[n] which labels look wrong."""
    try:
        from cleanlab.filter import find_label_issues
    except ImportError as error:
        raise MissingExtraError("cleanlab", "trust") from error
    found: NDArray[np.bool_] = find_label_issues(
        labels, likely, filter_by="confident_learning", n_jobs=1
    )
    return found
