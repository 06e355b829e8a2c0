"""What is left of an attribute when its values must be right so often, and what that costs."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from hangtag.evaluation.metrics import wilson
from hangtag.taxonomy import Attribute
from hangtag.track_record import NEVER, Judged

__all__ = ["Answered", "RiskCurve", "Selecting", "Selection", "answered", "risk_curve", "selection"]

_FOLDS = 5
_POINTS = 60
# Below so many readings the accuracy of the surest says nothing.
_ENOUGH = 10


class Answered(NamedTuple):
    """Labelled readings of products that have such an attribute: ids, confidence and right [n]."""

    product_ids: Sequence[str]
    confidence: NDArray[np.float64]
    right: NDArray[np.bool_]

    def judged(self) -> Judged:
        """For a track record."""
        return Judged.of(self.confidence, self.right)


@dataclass(frozen=True, slots=True)
class Selection:
    """Values of which a share ``wanted`` shall be right; the others are left empty.

    ``least``: the confidence from which on, fitted to all labels; None where there is none that is
    enough. ``coverage``: the share of values that is left, and ``accuracy`` of those, None where
    nothing is left: of each fifth of the products, with what was fitted to the other four. ``low``
    and ``high`` are its interval. ``text``: whether texts count.
    """

    attribute: str
    text: bool
    wanted: float
    labels: int
    least: float | None
    coverage: float
    accuracy: float | None
    low: float
    high: float

    @property
    def met(self) -> bool | None:
        """Whether the accuracy wanted lies in the interval or below it; None: nothing is left."""
        return None if self.accuracy is None else self.high >= self.wanted


@dataclass(frozen=True, slots=True)
class RiskCurve:
    """Share of values shown and how many of them are right, from the surest few to all of them."""

    attribute: str
    text: bool
    points: Sequence[tuple[float, float]]

    @property
    def floor(self) -> float:
        """The lower edge for a plot: a tenth at or below all accuracies, at most 0.8."""
        lowest = min((accuracy for _, accuracy in self.points), default=0.8)
        return min(0.8, int(10 * lowest) / 10)


@dataclass
class Selecting:
    """Selections and curves at one accuracy, attribute by attribute.

    ``photo`` and ``both``: what was judged, for a track record.
    """

    wanted: float
    selections: list[Selection] = field(default_factory=list)
    curves: list[RiskCurve] = field(default_factory=list)
    photo: dict[str, Judged] = field(default_factory=dict)
    both: dict[str, Judged] = field(default_factory=dict)

    def add(self, attribute: Attribute, pairs: pa.Table, *, text: bool) -> None:
        """Pairs of labels and readings; nothing comes of none that count."""
        found = answered(attribute, pairs)
        if len(found.right):
            self.selections.append(selection(attribute.name, found, self.wanted, text=text))
            self.curves.append(risk_curve(attribute.name, found, text=text))
            (self.both if text else self.photo)[attribute.name] = found.judged()


def answered(attribute: Attribute, pairs: pa.Table) -> Answered:
    """Of pairs of labels and readings, those that count."""
    groups = pairs["product_group"].to_pylist()
    counts = pa.array([attribute.applies_to(group) for group in groups], pa.bool_())
    kept = pairs.filter(pc.and_(pairs["read"], counts))
    return Answered(
        kept["product_id"].to_pylist(),
        kept["confidence"].to_numpy().astype(np.float64),
        kept["right"].to_numpy().astype(bool),
    )


def selection(name: str, found: Answered, wanted: float, *, text: bool) -> Selection:
    """Thresholds fitted on some products and shown on others."""
    n = len(found.right)
    # By the id alone, so that a product is always on the same side.
    fold = np.array([zlib.crc32(i.encode()) % _FOLDS for i in found.product_ids], int)
    shown = np.zeros(n, bool)
    for held in range(_FOLDS):
        here = fold == held
        fit = Judged.of(found.confidence[~here], found.right[~here])
        shown[here] = found.confidence[here] >= fit.threshold(wanted)
    least = found.judged().threshold(wanted)
    kept, hits = int(shown.sum()), int(found.right[shown].sum())
    low, high = wilson(hits, kept)
    return Selection(
        attribute=name,
        text=text,
        wanted=wanted,
        labels=n,
        least=None if least == NEVER else least,
        coverage=kept / n if n else 0.0,
        accuracy=hits / kept if kept else None,
        low=low,
        high=high,
    )


def risk_curve(name: str, found: Answered, *, text: bool) -> RiskCurve:
    """Accuracy at every share of values shown (Geifman & El-Yaniv, 2017), thinned out."""
    order = np.argsort(-found.confidence, kind="stable")
    falling, n = found.confidence[order], len(order)
    shares = np.cumsum(found.right[order]) / np.arange(1, n + 1)
    # Between readings of one confidence nobody can draw a line.
    ends = np.flatnonzero(np.append(falling[1:] != falling[:-1], True)) if n else order
    ends = ends[ends + 1 >= min(_ENOUGH, n)]
    places = np.unique(np.linspace(0, len(ends) - 1, _POINTS).astype(int)) if len(ends) else ends
    points = [((int(end) + 1) / n, float(shares[end])) for end in ends[places]]
    return RiskCurve(name, text, points)
