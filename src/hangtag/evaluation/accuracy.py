"""Score a workspace's readings against labels.

It is the ``readings`` that are scored, what the engine saw in the photo alone: no rule and no
metadata has touched them. ``coverage`` and ``accuracy_shown`` are of the ``attributes`` table, what
is left once readings that are not sure enough have been withheld.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from hangtag.errors import LabelsError
from hangtag.evaluation.checks import Check, aggregate_checks, product_groups
from hangtag.evaluation.labels import Label, read_labels
from hangtag.evaluation.metrics import Bin, calibration_error, macro_f1, reliability, wilson
from hangtag.taxonomy import Attribute
from hangtag.workspace import Workspace

__all__ = ["AttributeScore", "Evaluation", "OptionScore", "evaluate"]


@dataclass(frozen=True)
class AttributeScore:
    """A single-choice attribute, over all labels or those of one ``source``.

    ``majority``: the accuracy of always giving the same answer, the best such. ``macro_f1``: over
    the options that labels mean. ``coverage``: the share of readings that ``attributes`` shows, of
    products that have such an attribute at all, and ``accuracy_shown``: how many of those are
    right; None where there are none.
    """

    attribute: str
    source: str
    labels: int
    read: int
    accuracy: float
    low: float
    high: float
    majority: float
    macro_f1: float
    coverage: float | None
    accuracy_shown: float | None
    ece: float
    brier: float
    bins: Sequence[Bin]


@dataclass(frozen=True)
class OptionScore:
    """One option of a multiple-choice attribute.

    ``balanced``: the mean of recall and specificity, as if there were as many products without as
    with it; None where nobody said of a product that it has, or has not, the option.
    """

    attribute: str
    option: str
    present: int
    absent: int
    recall: float | None
    specificity: float | None
    balanced: float | None
    ece: float | None


@dataclass(frozen=True)
class Evaluation:
    """All that ``evaluate`` found. ``unmeasured``: attributes that were read and have no labels."""

    engine: str
    engine_version: str
    calibrated: bool
    labels: str
    products: int
    attributes: Sequence[AttributeScore]
    by_source: Sequence[AttributeScore]
    options: Sequence[OptionScore]
    unmeasured: Sequence[str]
    checks: Sequence[Check]

    def balanced(self, attribute: str) -> float | None:
        """The mean balanced accuracy over the options that can be scored, or None."""
        found = [o.balanced for o in self.options if o.attribute == attribute]
        scored = [value for value in found if value is not None]
        return sum(scored) / len(scored) if scored else None

    def to_json(self) -> dict[str, Any]:
        """For ``json.dumps``."""
        names = {option.attribute for option in self.options}
        return {**asdict(self), "balanced": {name: self.balanced(name) for name in sorted(names)}}


@dataclass(frozen=True, slots=True)
class _Read:
    value: frozenset[str]
    confidence: float
    probabilities: Mapping[str, float]
    applies: bool
    shown: bool


def evaluate(
    workspace: Path | str, labels: Path | str, *, only: Collection[str] | None = None
) -> Evaluation:
    """How right the readings of a workspace are; ``only`` restricts it to these product ids.

    Raises LabelsError when the labels cannot be read or fit no product that was read;
    WorkspaceError when there are no tables.
    """
    place = Workspace(workspace)
    taxonomy = place.taxonomy()
    told: dict[str, list[Label]] = defaultdict(list)
    for label in read_labels(Path(labels), taxonomy):
        if only is None or label.product_id in only:
            told[label.attribute].append(label)
    groups = product_groups(place, taxonomy)
    attributes, by_source, options = [], [], []
    products: set[str] = set()
    for attribute in taxonomy.read:
        there = told[attribute.name]
        read = _readings(place, attribute, groups) if there else {}
        products.update(label.product_id for label in there if label.product_id in read)
        if attribute.multiple:
            options += [_option_score(attribute, o, there, read) for o in attribute.names if there]
            continue
        score = _score(attribute, "", there, read)
        attributes += [score] if score else []
        for source in sorted({label.source for label in there}):
            some = _score(attribute, source, [x for x in there if x.source == source], read)
            by_source += [some] if some else []
    if not products:
        raise LabelsError(
            "None of the labels is of a product that was read.", "Are the ids the same ones?"
        )
    run = place.last_run() or {}
    return Evaluation(
        engine=run.get("engine", ""),
        engine_version=run.get("engine_version", ""),
        calibrated=bool(run.get("calibrated", False)),
        labels=Path(labels).name,
        products=len(products),
        attributes=attributes,
        by_source=by_source,
        options=options,
        unmeasured=[a.name for a in taxonomy.read if not told[a.name]],
        checks=aggregate_checks(place, taxonomy),
    )


def _readings(
    place: Workspace, attribute: Attribute, groups: Mapping[str, str | None]
) -> dict[str, _Read]:
    """Product id → what was read of one attribute."""
    if attribute.multiple:
        shown: set[str] = set()
    else:
        kept = place.read("attributes", ["product_id"], pc.field(attribute.name).is_valid())
        shown = set(kept["product_id"].to_pylist())
    columns = ["product_id", "value", "confidence"]
    columns += ["probabilities"] if attribute.multiple else []
    rows = place.read("readings", columns, pc.field("attribute") == attribute.name)
    return {
        row["product_id"]: _Read(
            value=frozenset(row["value"]),
            confidence=row["confidence"],
            probabilities=dict(row.get("probabilities") or ()),
            applies=attribute.applies_to(groups.get(row["product_id"])),
            shown=row["product_id"] in shown,
        )
        for row in rows.to_pylist()
    }


def _score(
    attribute: Attribute, source: str, labels: Sequence[Label], read: Mapping[str, _Read]
) -> AttributeScore | None:
    """None where no labelled product was read."""
    pairs = [(label, read[label.product_id]) for label in labels if label.product_id in read]
    if not pairs:
        return None
    right = np.array([bool(reading.value & label.accepted) for label, reading in pairs])
    confidence = np.array([reading.confidence for _, reading in pairs])
    applies = np.array([reading.applies for _, reading in pairs])
    shown = np.array([reading.shown for _, reading in pairs])
    n, hits = len(pairs), int(right.sum())
    low, high = wilson(hits, n)
    bins = reliability(confidence, right)
    said = [next(iter(reading.value), "") for _, reading in pairs]
    return AttributeScore(
        attribute=attribute.name,
        source=source,
        labels=len(labels),
        read=n,
        accuracy=hits / n,
        low=low,
        high=high,
        majority=max(sum(o in label.accepted for label, _ in pairs) for o in attribute.names) / n,
        macro_f1=macro_f1([_meant(*pair) for pair in pairs], _as_meant(pairs, said)),
        coverage=float(shown[applies].mean()) if applies.any() else None,
        accuracy_shown=float(right[shown].mean()) if shown.any() else None,
        ece=calibration_error(bins),
        brier=float(((confidence - right) ** 2).mean()),
        bins=bins,
    )


def _meant(label: Label, reading: _Read) -> str:
    """The option that a label means: where it leaves that open, the one read if it is accepted."""
    if label.value is not None:
        return label.value
    right = reading.value & label.accepted
    return next(iter(right)) if right else min(label.accepted)


def _as_meant(pairs: Sequence[tuple[Label, _Read]], said: Sequence[str]) -> list[str]:
    """What was read, as the option meant where it counts as right."""
    return [
        _meant(label, reading) if reading.value & label.accepted else option
        for (label, reading), option in zip(pairs, said, strict=True)
    ]


def _option_score(
    attribute: Attribute, option: str, labels: Sequence[Label], read: Mapping[str, _Read]
) -> OptionScore:
    pairs = [
        (label.present, read[label.product_id])
        for label in labels
        if option in label.accepted and label.product_id in read
    ]
    taken = [option in reading.value for present, reading in pairs if present]
    spared = [option not in reading.value for present, reading in pairs if not present]
    recall = sum(taken) / len(taken) if taken else None
    specificity = sum(spared) / len(spared) if spared else None
    balanced = None if recall is None or specificity is None else (recall + specificity) / 2
    p = np.array([reading.probabilities.get(option, 0.0) for _, reading in pairs])
    truth = np.array([present for present, _ in pairs])
    return OptionScore(
        attribute=attribute.name,
        option=option,
        present=len(taken),
        absent=len(spared),
        recall=recall,
        specificity=specificity,
        balanced=balanced,
        ece=None if balanced is None else calibration_error(reliability(p, truth)),
    )
