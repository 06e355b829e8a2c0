"""Score a workspace's readings against labels.

It is the ``readings`` that are scored, what the engine saw in the photo alone: no rule and no
metadata has touched them. ``coverage`` and ``accuracy_shown`` are of the ``attributes`` table, what
is left once readings that are not sure enough have been withheld. Where titles and descriptions
count in that table, ``blended`` are the same figures of photo and text together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hangtag.evaluation.blended import blended_readings, with_answers
from hangtag.evaluation.checks import Check, aggregate_checks
from hangtag.evaluation.conformal import SetScore, set_score
from hangtag.evaluation.joining import labelled
from hangtag.evaluation.label_noise import LabelNoise, label_noise
from hangtag.evaluation.metrics import (
    Bin,
    calibration_error,
    chance_errors,
    macro_f1,
    majority,
    reliability,
    wilson,
)
from hangtag.evaluation.options import (
    OptionScore,
    option_scores,
    said_options,
    told_options,
    with_readings,
)
from hangtag.evaluation.selective import RiskCurve, Selecting, Selection
from hangtag.taxonomy import Attribute
from hangtag.track_record import TrackRecord, accuracy_wanted
from hangtag.workspace import Workspace

if TYPE_CHECKING:
    import duckdb

__all__ = ["AttributeScore", "Evaluation", "Mistake", "TextScore", "evaluate"]

_MISTAKES = 12
# How often perfect confidence may show as large an ECE for it to count as at fault.
_RARELY = 0.05


@dataclass(frozen=True, slots=True)
class AttributeScore:
    """A single-choice attribute, over all labels or those of one ``source``.

    ``majority``: the accuracy of always giving the same answer, the best such. ``macro_f1``: over
    the options that labels mean. ``coverage``: the share of readings that ``attributes`` shows, of
    products that have such an attribute at all, and ``accuracy_shown``: how many of the ``shown``
    are right; None where there are none. ``ece_by_chance``: the ``ece`` that perfect confidence
    would show on as many products, and ``ece_p``: how often it would show one as large. ``brier``:
    the mean square of confidence minus rightness.
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
    shown: int
    accuracy_shown: float | None
    ece: float
    ece_by_chance: float
    ece_p: float
    brier: float
    bins: Sequence[Bin]

    @property
    def beyond_chance(self) -> bool:
        """Whether confidence is off by more than chance alone is likely to make it seem."""
        return self.ece_p < _RARELY


@dataclass(frozen=True, slots=True)
class TextScore:
    """Products of whose attribute the text says something: the photo alone, and with the text.

    ``source``: of labels; nothing for all of them, those of one only where there are several.
    ``share``: of the labelled products that were read. ``sources``: who spoke for how many values.
    """

    attribute: str
    source: str
    said: int
    share: float
    photo: float
    accuracy: float
    low: float
    high: float
    majority: float
    macro_f1: float
    sources: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Mistake:
    """A reading that labels contradict."""

    product_id: str
    attribute: str
    said: str
    accepted: Sequence[str]
    confidence: float


@dataclass(frozen=True)
class Evaluation:
    """All that ``evaluate`` found.

    ``calibrated``: whether any confidences were fitted to labels; ``uncalibrated``: attributes of
    which they were not. ``contradicting``: labels that contradict each other, of none of which
    anything counts. ``taught``: attribute → products whose labels are left out, since they were
    taught. ``unmeasured``: attributes to read that no label can score.

    ``mistakes``: the surest few of each attribute, surest first. ``blended``, by source too, and
    ``texts``: empty where texts do not count, or no label could show it. ``selections`` and
    ``curves``: of the photo alone and, where texts count, of both. ``record``: for the workspace.
    """

    engine: str
    engine_version: str
    calibrated: bool
    uncalibrated: Sequence[str]
    labels: str
    products: int
    contradicting: int
    taught: Mapping[str, int]
    attributes: Sequence[AttributeScore]
    by_source: Sequence[AttributeScore]
    options: Sequence[OptionScore]
    mistakes: Sequence[Mistake]
    unmeasured: Sequence[str]
    checks: Sequence[Check]
    blended: Sequence[AttributeScore] = ()
    blended_by_source: Sequence[AttributeScore] = ()
    texts: Sequence[TextScore] = ()
    selections: Sequence[Selection] = ()
    curves: Sequence[RiskCurve] = ()
    sets: Sequence[SetScore] = ()
    noise: Sequence[LabelNoise] = ()
    record: TrackRecord | None = None

    def balanced(self, attribute: str) -> float | None:
        """The mean balanced accuracy over the options that can be scored, or None."""
        found = [o.balanced for o in self.options if o.attribute == attribute]
        scored = [value for value in found if value is not None]
        return sum(scored) / len(scored) if scored else None

    def to_json(self) -> dict[str, Any]:
        """For ``json.dumps``."""
        names = {option.attribute for option in self.options}
        return {
            **{name: told for name, told in asdict(self).items() if name != "record"},
            "checks": [check.to_json() for check in self.checks],
            "balanced": {name: self.balanced(name) for name in sorted(names)},
        }


def evaluate(
    workspace: Path | str,
    labels: Path | str,
    *,
    only: Collection[str] | None = None,
    shown_accuracy: float = 0.95,
    sets: float | None = None,
    noise: bool = False,
    taught: bool = False,
) -> Evaluation:
    """How right the readings of a workspace are; ``only`` restricts it to these product ids.

    ``labels``: a file, or ``reviews`` for what people said in this very workspace.
    ``shown_accuracy``: how often values shall be right, for ``selections``. ``sets``: how often
    sets of options shall hold the right one; without, there are none.
    ``noise``: estimate how many labels are wrong themselves. ``taught``: score labels as well that
    heads or words of this workspace were fitted to; they are known by heart.

    Raises LabelsError when the labels cannot be read or fit no product that was read;
    WorkspaceError when there are no tables; UsageError for an accuracy that cannot be.
    """
    accuracy_wanted(shown_accuracy)
    place = Workspace(workspace)
    taxonomy = place.taxonomy()
    attributes, by_source, options, mistakes = [], [], [], []
    blended, blended_by_source, texts = [], [], []
    set_scores: list[SetScore] = []
    label_noises: list[LabelNoise] = []
    selecting = Selecting(shown_accuracy)
    with labelled(place, taxonomy, labels, only, taught=taught) as beside:
        tables, left_out = beside.tables, beside.taught
        blends = blended_readings(tables, taxonomy, place.words())
        for attribute in taxonomy.read:
            if attribute.multiple:
                told = told_options(attribute, tables)
                options += option_scores(attribute, told)
                selecting.add(attribute, said_options(told), text=False)
                if blends is not None:
                    with_text = with_readings(told, blends.multiple.get(attribute.name, {}))
                    selecting.add(attribute, said_options(with_text), text=True)
                continue
            if noise:
                label_noises += label_noise(attribute, tables)
            if sets is not None:
                set_scores += filter(None, [set_score(attribute, tables, sets)])
            pairs = _pairs(attribute, tables)
            wrong = pairs.filter(pc.and_(pairs["read"], pc.invert(pairs["right"])))
            mistakes += _mistakes(attribute, wrong)
            attributes += _score(attribute, "", pairs)
            selecting.add(attribute, pairs, text=False)
            for source in sorted(pairs["source"].unique().to_pylist()):
                some = pairs.filter(pc.equal(pairs["source"], source))
                by_source += _score(attribute, source, some)
            if blends is None:
                continue
            with_text = with_answers(pairs, blends.single.get(attribute.name, {}))
            blended += _score(attribute, "", with_text)
            selecting.add(attribute, with_text, text=True)
            texts += _text_score(attribute, "", with_text)
            sources = sorted(with_text["source"].unique().to_pylist())
            for source in sources:
                some = with_text.filter(pc.equal(with_text["source"], source))
                blended_by_source += _score(attribute, source, some)
                if len(sources) > 1:
                    texts += _text_score(attribute, source or "unnamed", some)
    run = place.last_run() or {}
    bare = [a.name for a in taxonomy.read if a.name in place.uncalibrated()]
    measured = {score.attribute for score in attributes} | {o.attribute for o in options}
    return Evaluation(
        engine=run.get("engine", ""),
        engine_version=run.get("engine_version", ""),
        calibrated=len(bare) < len(taxonomy.read),
        uncalibrated=bare,
        labels=Path(labels).name,
        products=beside.products,
        contradicting=beside.contradicting,
        taught=left_out,
        attributes=attributes,
        by_source=by_source,
        options=options,
        mistakes=mistakes,
        unmeasured=[a.name for a in taxonomy.read if a.name not in {*measured, *left_out}],
        checks=aggregate_checks(place, taxonomy),
        blended=blended,
        blended_by_source=blended_by_source,
        texts=texts,
        selections=selecting.selections,
        curves=selecting.curves,
        sets=set_scores,
        noise=label_noises,
        record=TrackRecord(
            engine=run.get("engine", ""),
            engine_version=run.get("engine_version", ""),
            fitted_on=f"{beside.products} products of {Path(labels).name}",
            photo=selecting.photo,
            both=selecting.both,
        ),
    )


def _pairs(attribute: Attribute, tables: duckdb.DuckDBPyConnection) -> pa.Table:
    """The labels of a single-choice attribute, each with what was read and whether it is shown."""
    # The attribute's name is an identifier, checked when the taxonomy is loaded.
    shown = f'a."{attribute.name}" IS NOT NULL AS shown'
    query = (
        "SELECT product_id, p.value AS meant, accepted, source, read, said[1] AS said, confidence, "  # noqa: S608
        f"coalesce(list_contains(accepted, said[1]), false) AS right, {shown}, product_group "
        "FROM pairs p LEFT JOIN attributes a USING (product_id) "
        "LEFT JOIN placed USING (product_id) WHERE attribute = ?"
    )
    return tables.sql(query, params=[attribute.name]).to_arrow_table()


def _score(attribute: Attribute, source: str, pairs: pa.Table) -> list[AttributeScore]:
    """One score, or none where no labelled product was read."""
    read = pairs.filter(pairs["read"])
    if not read.num_rows:
        return []
    right = read["right"].to_numpy()
    shown = read["shown"].to_numpy()
    confidence = read["confidence"].to_numpy().astype(float)
    applies = np.array([attribute.applies_to(group) for group in read["product_group"].to_pylist()])
    accepted = read["accepted"].to_pylist()
    n, hits = len(right), int(right.sum())
    low, high = wilson(hits, n)
    bins = reliability(confidence, right)
    ece, by_chance = calibration_error(bins), chance_errors(confidence)
    return [
        AttributeScore(
            attribute=attribute.name,
            source=source,
            labels=pairs.num_rows,
            read=n,
            accuracy=hits / n,
            low=low,
            high=high,
            majority=majority(accepted),
            macro_f1=_macro_f1(read),
            coverage=float(shown[applies].mean()) if applies.any() else None,
            shown=int(shown.sum()),
            accuracy_shown=float(right[shown].mean()) if shown.any() else None,
            ece=ece,
            ece_by_chance=float(by_chance.mean()),
            ece_p=float((by_chance >= ece).mean()),
            brier=float(((confidence - right) ** 2).mean()),
            bins=bins,
        )
    ]


def _text_score(attribute: Attribute, source: str, pairs: pa.Table) -> list[TextScore]:
    """One score, or none where the text says nothing of any labelled product."""
    read = pairs.filter(pairs["read"])
    spoken = read.filter(read["spoken"])
    n = spoken.num_rows
    if not n:
        return []
    right = spoken["right"].to_numpy()
    low, high = wilson(int(right.sum()), n)
    return [
        TextScore(
            attribute=attribute.name,
            source=source,
            said=n,
            share=n / read.num_rows,
            photo=float(spoken["photo_right"].to_numpy().mean()),
            accuracy=float(right.mean()),
            low=low,
            high=high,
            majority=majority(spoken["accepted"].to_pylist()),
            macro_f1=_macro_f1(spoken),
            sources=dict(sorted(Counter(spoken["speaks"].to_pylist()).items())),
        )
    ]


def _macro_f1(read: pa.Table) -> float:
    """A label that leaves its option open means the one that was read, if that is accepted.

    Where it says which, and something else that it accepts was read, that counts as the same.
    """
    rows = zip(*(read[name].to_pylist() for name in ("meant", "said", "right")), strict=True)
    truth, said = [], []
    for meant, answer, right in rows:
        truth.append(answer if right and meant is None else meant)
        said.append(meant if right and meant is not None else answer or "")
    return macro_f1(truth, said)


def _mistakes(attribute: Attribute, wrong: pa.Table) -> list[Mistake]:
    surest = wrong.sort_by([("confidence", "descending"), ("product_id", "ascending")])
    return [
        Mistake(
            row["product_id"], attribute.name, row["said"] or "", row["accepted"], row["confidence"]
        )
        for row in surest.slice(0, _MISTAKES).to_pylist()
    ]
