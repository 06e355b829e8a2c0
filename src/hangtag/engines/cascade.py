"""A cheap engine first; what it is not sure enough of goes on to a costly one.

What is sure enough follows from the accuracy that is wanted and from the first engine's
calibration: a probability that holds says of itself how often it is right. Photo by photo and
attribute by attribute, so no answer depends on other photos ("selective classification": Geifman &
El-Yaniv, 2017; "FrugalGPT": Chen, Zaharia & Zou, 2023, chains language models so).
"""

from __future__ import annotations

import hashlib
import time
import warnings
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hangtag.calibration import Calibration
from hangtag.engines.base import (
    Answers,
    Engine,
    EngineReport,
    PhotoBatch,
    Probable,
    Stopped,
    attribute_versions,
    confidence_of,
    probable_of,
    report_of,
    uncalibrated_of,
    wants_exact_photos,
)
from hangtag.engines.cascade_tally import CascadeTally
from hangtag.errors import HangtagWarning, UsageError
from hangtag.pixels import resized
from hangtag.taxonomy import Attribute, Taxonomy
from hangtag.track_record import TrackRecord, shipped_record

__all__ = ["CascadeEngine", "close_all", "thresholds"]

# Photos at once at most: that many of them wait in memory at the larger engine's size.
_MOST = 256
_MEGABYTES = 256
_NEVER = float("inf")

Scores = NDArray[np.float32]


def close_all(*engines: Engine) -> None:
    """Let engines let go of what they hold, those that hold anything."""
    for engine in engines:
        end = getattr(engine, "close", None)
        if end is not None:
            end()


def thresholds(
    calibration: Calibration | None,
    taxonomy: Taxonomy,
    target: float,
    record: TrackRecord | None = None,
    *,
    taught: Collection[str] = (),
    side: int | None = None,
) -> dict[str, float]:
    """Attribute → the confidence from which on the first engine's answer stands.

    ``side``: of photos of so many pixels a side, where the record knows sizes apart.

    With a track record it is the one from which on its answers were right often enough. Without it,
    with ``Calibration.sureness`` (how sure the engine is of labelled products) it is the lowest one
    from which on answers are right in ``target`` of cases on average; without, ``target`` itself,
    which is stricter. What was not calibrated is never sure enough: infinity. Heads that were
    ``taught`` have probabilities of their own that hold, and nobody has judged them: ``target``.
    """
    found = {}
    for attribute in taxonomy.read:
        judged = None if record is None else record.photo_threshold(attribute, target, side)
        if attribute.name in taught:
            found[attribute.name] = target
        elif judged is not None:
            found[attribute.name] = judged
        elif calibration is None or not calibration.covers(attribute):
            found[attribute.name] = _NEVER
        else:
            found[attribute.name] = _least(calibration.sureness.get(attribute.name, ()), target)
    return found


def _least(sureness: Sequence[float], target: float) -> float:
    """The lowest confidence such that those from it on are ``target`` on average, at most it."""
    falling = np.sort(np.asarray(sureness, np.float64))[::-1]
    if not len(falling):
        return target
    means = np.cumsum(falling) / np.arange(1, len(falling) + 1)
    enough = np.nonzero(means >= target)[0]
    return float(min(target, falling[enough[-1]])) if len(enough) else target


class CascadeEngine:
    """``first`` reads everything, ``then`` what the first is not sure enough of.

    ``target``: the accuracy wanted of what stands, from 0 to 1. Both keep their own calibration.

    Raises UsageError for a target that cannot be. Warns (HangtagWarning) where everything goes on,
    because the first engine's probabilities are not calibrated.
    """

    name = "cascade"
    # Each part is calibrated before the two are put together.
    calibration: Calibration | None = None

    def __init__(self, taxonomy: Taxonomy, first: Engine, then: Engine, *, target: float = 0.95):
        if not 0 < target <= 1:
            raise UsageError(
                f"{target:g} is no accuracy.", "Choose one from 0 to 1: --target-accuracy 0.95."
            )
        self.taxonomy = taxonomy
        self.first, self.then, self.target = first, then, target
        record = shipped_record(first.name)
        if record is not None and record.engine_version != first.version:
            record = None
        known = (first.calibration, taxonomy, target, record)
        taught = attribute_versions(first).keys() - uncalibrated_of(first, taxonomy.read)
        self.thresholds: Mapping[str, float] = thresholds(*known, taught=taught)
        sizes = first.sides if record is not None and record.by_side else ()
        self.thresholds_by_side: Mapping[int, Mapping[str, float]] = {
            side: thresholds(*known, taught=taught, side=side) for side in sizes
        }
        self.attribute_versions = _joined(attribute_versions(first), attribute_versions(then))
        self.exact_photos = wants_exact_photos(first) or wants_exact_photos(then)
        self.sides = tuple(sorted({*first.sides, *then.sides}))
        # What is taught changes the versions of its attributes, and not that of all the others.
        lines = [thresholds(*known), *(thresholds(*known, side=side) for side in sizes)]
        self.version = self._version(
            {n: least for n, least in own.items() if n not in taught or least != _NEVER}
            for own in lines
        )
        self._tally = CascadeTally()
        unsure = [name for name, least in self.thresholds.items() if least == _NEVER]
        if unsure:
            warnings.warn(
                f"The engine {first.name} has no calibration for {', '.join(unsure)}: how sure it "
                f"is says nothing there, and every product goes on to {then.name}.",
                HangtagWarning,
                stacklevel=2,
            )

    @property
    def batch_size(self) -> int:
        """Photos at once: so many that those which go on fill a batch of the second engine."""
        share = self._tally.share_on
        fits = max(1, _MEGABYTES * 2**20 // (3 * self.sides[-1] ** 2))
        wanted = max(self.first.batch_size, int(self.then.batch_size / share))
        return max(1, min(wanted, max(_MOST, self.then.batch_size), fits))

    def answer(self, batch: PhotoBatch, attributes: Sequence[Attribute]) -> Answers:
        """Scores and probabilities for every attribute; see ``Engine.answer``."""
        start = time.perf_counter()
        seen = _at_side(batch, self.first)
        first = self.first.answer(seen, attributes)
        made = _Made.of(first, attributes, seen.side, self.first.calibration)
        asked = time.perf_counter()
        on = self._going_on(batch, attributes, made, seen.side)
        if on:
            answers, side = self._ask_on(batch, on)
            made.fill(answers, side, self.then.calibration, on)
        ended = time.perf_counter()
        applying = [self._applying(metadata, attributes) for metadata in batch.metadata]
        self._tally.add(applying, on, made.sureness(), (asked - start, ended - asked))
        return Answers(
            scores=made.scores,
            category=first.category,
            embedding=first.embedding,
            unread={**first.unread, **made.unread},
            stopped=made.stopped or first.stopped,
            probable=made.probable,
        )

    def report(self) -> EngineReport:
        """What share went on, what that saved, and how accurate the whole should be."""
        first, then = report_of(self.first), report_of(self.then)
        figures = {
            "target_accuracy": self.target,
            "thresholds": _finite(self.thresholds),
            "thresholds_by_side": {str(k): _finite(v) for k, v in self.thresholds_by_side.items()},
            **self._tally.figures(*self._known()),
            "first": dict(first.figures),
            "then": dict(then.figures),
        }
        says = self._tally.says(self.first.name, self.then.name, *self._known())
        return EngineReport(figures, [*says, *first.says, *then.says])

    def uncalibrated(self, attributes: Sequence[Attribute]) -> list[str]:
        """Those of which the second engine's probabilities are, or the first's where they stand."""
        bare = set(uncalibrated_of(self.then, attributes))
        for name in uncalibrated_of(self.first, attributes):
            if self.thresholds[name] != _NEVER:
                bare.add(name)
        return [a.name for a in attributes if a.name in bare]

    def close(self) -> None:
        """Let both let go of what they hold."""
        close_all(self.first, self.then)

    def _known(self) -> tuple[set[str], set[str]]:
        """Attributes of which the confidence holds: where the first's stands; throughout."""
        names = {a.name for a in self.taxonomy.read}
        first = uncalibrated_of(self.first, self.taxonomy.read)
        return names - {*first}, names - {*self.uncalibrated(self.taxonomy.read)}

    def _applying(
        self, metadata: Mapping[str, str], attributes: Sequence[Attribute]
    ) -> list[Attribute]:
        group = self.taxonomy.group(metadata)
        return [a for a in attributes if a.applies_to(group)]

    def _going_on(
        self, batch: PhotoBatch, attributes: Sequence[Attribute], made: _Made, side: int
    ) -> dict[int, list[Attribute]]:
        """Row → what of it goes on; ``side``: pixels a side at which the first engine saw them."""
        lines = self.thresholds_by_side.get(side, self.thresholds)
        unsure = {name: values < lines[name] for name, values in made.sureness().items()}
        on = {}
        for row, metadata in enumerate(batch.metadata):
            wanted = [a for a in self._applying(metadata, attributes) if unsure[a.name][row]]
            if wanted:
                on[row] = wanted
        return on

    def _ask_on(
        self, batch: PhotoBatch, on: Mapping[int, Sequence[Attribute]]
    ) -> tuple[Answers, int]:
        """What the second engine answers for these rows, and at which photo size."""
        part = PhotoBatch(
            [batch.product_ids[row] for row in on],
            batch.pixels[list(on)],
            [batch.metadata[row] for row in on],
        )
        part = _at_side(part, self.then)
        wanted = list(on.values())
        each = getattr(self.then, "answer_each", None)
        if each is not None:
            return each(part, wanted), part.side
        # Asked together, each photo is looked at once, and one more question about it costs little.
        names = {a.name for attributes in wanted for a in attributes}
        return self.then.answer(part, [a for a in self.taxonomy.read if a.name in names]), part.side

    def _version(self, lines: Iterable[Mapping[str, float]]) -> str:
        fits = repr((self.first.calibration, self.then.calibration, *lines))
        digest = hashlib.sha256(fits.encode()).hexdigest()[:8]
        return (
            f"{self.first.name} {self.first.version} > {self.then.name} {self.then.version} "
            f"@{self.target:g}+{digest}"
        )


@dataclass
class _Made:
    """The answers of a batch while they are put together."""

    attributes: Sequence[Attribute]
    scores: dict[str, Scores]
    probable: dict[str, Probable]
    unread: dict[int, str] = field(default_factory=dict)
    stopped: Stopped | None = None

    @classmethod
    def of(
        cls,
        answers: Answers,
        attributes: Sequence[Attribute],
        side: int,
        calibration: Calibration | None,
    ) -> _Made:
        """As the first engine answered."""
        made = cls(attributes, {}, {})
        for a in attributes:
            scores = np.array(answers.scores[a.name], np.float32)
            told = answers.probable.get(a.name) or probable_of(a, scores, side, calibration)
            made.scores[a.name] = scores
            made.probable[a.name] = Probable(
                np.array(told.probabilities, np.float32), np.array(told.least, np.float32)
            )
        return made

    def sureness(self) -> dict[str, Scores]:
        """Attribute → confidence [n]; 0 where there is no number."""
        return {a.name: confidence_of(a, self.probable[a.name]) for a in self.attributes}

    def fill(
        self,
        answers: Answers,
        side: int,
        calibration: Calibration | None,
        on: Mapping[int, Sequence[Attribute]],
    ) -> None:
        """Take over what the second engine answered for the rows and attributes ``on``."""
        rows = list(on)
        self.unread = {rows[place]: why for place, why in answers.unread.items()}
        skipped = answers.stopped.rows if answers.stopped else frozenset()
        if answers.stopped:
            gone = frozenset(rows[place] for place in skipped)
            self.stopped = Stopped(gone, answers.stopped.error)
        for a in self.attributes:
            places = [
                place for place, row in enumerate(rows) if a in on[row] and place not in skipped
            ]
            if not places:
                continue
            scores = np.asarray(answers.scores[a.name], np.float32)
            told = answers.probable.get(a.name) or probable_of(a, scores, side, calibration)
            to = [rows[place] for place in places]
            self.scores[a.name][to] = scores[places]
            self.probable[a.name].probabilities[to] = told.probabilities[places]
            self.probable[a.name].least[to] = told.least[places]
        for scores in self.scores.values():
            scores[list(self.unread)] = np.nan


def _finite(lines: Mapping[str, float]) -> dict[str, float]:
    return {name: least for name, least in lines.items() if least != _NEVER}


def _joined(first: Mapping[str, str], then: Mapping[str, str]) -> dict[str, str]:
    """Attribute → its version with both engines, of which either may answer."""
    names = dict.fromkeys((*first, *then))
    return {name: "+".join(one[name] for one in (first, then) if name in one) for name in names}


def _at_side(batch: PhotoBatch, engine: Engine) -> PhotoBatch:
    """The batch at the smallest of the engine's sizes that loses nothing, else at its largest."""
    side = next((side for side in engine.sides if side >= batch.side), engine.sides[-1])
    if side == batch.side:
        return batch
    return PhotoBatch(batch.product_ids, resized(batch.pixels, side), batch.metadata)
