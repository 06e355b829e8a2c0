"""How often readings were right, by how sure they were; and so from which confidence on they stand.

"Right in 95 % of cases, or left empty" asks for the lowest confidence from which on readings are
that often right ("selective classification": El-Yaniv & Wiener, 2010; Geifman & El-Yaniv, 2017).
Among few labels many confidences look good by chance. So the share that was right is drawn towards
what the calibrated confidences themselves promise, which counts like a few labels, and it is the
lower end of its interval that must reach the accuracy wanted, nine times in ten.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hangtag.errors import CalibrationError, UsageError
from hangtag.taxonomy import Attribute

__all__ = ["NEVER", "Judged", "TrackRecord", "accuracy_wanted", "shipped_record"]

# No confidence is enough: they are at most 1.
NEVER = 2.0

# One-sided, 90 %: in standard errors of Wilson's interval.
_ERRORS = 1.2816
# What the confidences promise counts like so many labels; and of photos of one size, of which there
# are fewer, while the promise was fitted to those of all sizes as well.
_PROMISE = 20.0
_PROMISE_BY_SIDE = 300.0
_GROUPS = 250
_PARTS = 1e5


@dataclass(frozen=True)
class Judged:
    """Labelled readings of one attribute in groups, surest first.

    ``least``: the lowest confidence of each group; ``n``: readings in it; ``right``: how many of
    them were right; ``sure``: the sum of what their confidences promise.
    """

    least: tuple[float, ...]
    n: tuple[int, ...]
    right: tuple[int, ...]
    sure: tuple[float, ...]

    @classmethod
    def of(
        cls,
        confidence: NDArray[np.floating],
        right: NDArray[np.bool_],
        groups: int = _GROUPS,
        promised: NDArray[np.floating] | None = None,
    ) -> Judged:
        """Readings with confidences [n] in (0, 1), and whether each was right [n].

        Readings of the same confidence are in the same group. ``promised``: how often such readings
        are right, [n], where that is known better than their confidence says it.
        """
        order = np.argsort(-confidence, kind="stable")
        # Rounded down: the reading that a line was drawn at must not fall below it.
        falling = np.floor(np.asarray(confidence, np.float64)[order] * _PARTS) / _PARTS
        hits = np.asarray(right, bool)[order]
        sure = falling if promised is None else np.asarray(promised, np.float64)[order]
        size = max(1, math.ceil(len(falling) / groups))
        parts, start = [], 0
        for end in range(1, len(falling) + 1):
            last = end == len(falling)
            if last or (end - start >= size and falling[end] != falling[end - 1]):
                parts.append(slice(start, end))
                start = end
        return cls(
            least=tuple(float(falling[part][-1]) for part in parts),
            n=tuple(part.stop - part.start for part in parts),
            right=tuple(int(hits[part].sum()) for part in parts),
            sure=tuple(round(float(sure[part].sum()), 4) for part in parts),
        )

    def threshold(self, accuracy: float, promise: float = _PROMISE) -> float:
        """The lowest confidence from which on readings are right often enough; else ``NEVER``.

        What the confidences themselves promise counts like so many labels as ``promise`` says.
        """
        if not self.least:
            return NEVER
        n = np.cumsum(self.n, dtype=np.float64)
        hits, sure = np.cumsum(self.right), np.cumsum(self.sure)
        n_all = n + promise
        enough = np.flatnonzero(_lower((hits + promise * sure / n) / n_all, n_all) >= accuracy)
        return self.least[enough[-1]] if len(enough) else NEVER

    @property
    def labels(self) -> int:
        """How many readings it is from."""
        return sum(self.n)


class BySource(NamedTuple):
    """Attribute → what was judged: of readings, and of what photo and text say together."""

    photo: Mapping[str, Judged]
    both: Mapping[str, Judged]

    def least(
        self, attributes: Iterable[Attribute], accuracy: float, promise: float, *, text: bool
    ) -> dict[str, float]:
        """Attribute that was judged → ``Judged.threshold``; see ``TrackRecord.least``."""
        accuracy_wanted(accuracy)
        told = self.both if text else self.photo
        return {
            a.name: told[a.name].threshold(accuracy, promise) for a in attributes if a.name in told
        }

    def without(self, names: Collection[str]) -> BySource:
        """All attributes but these."""
        return BySource(
            *({name: one for name, one in part.items() if name not in names} for part in self)
        )

    def to_json(self) -> dict[str, Any]:
        """For ``json.dumps``."""
        return {
            part: {name: asdict(judged) for name, judged in attributes.items()}
            for part, attributes in self._asdict().items()
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> BySource:
        """What ``to_json`` gave. Raises KeyError, ValueError and the like for anything else."""
        return cls(
            *({name: _judged(told) for name, told in data[part].items()} for part in cls._fields)
        )


@dataclass(frozen=True)
class TrackRecord:
    """What is known of one engine's readings, an attribute each.

    Of a multiple choice every option that is said is a reading, its probability the confidence.

    ``photo``: of readings; ``both``: of what photo and text say together, as far as that is known.
    ``fitted_on``: in words. ``by_side``: the same two by pixels a side of the photo, where sizes
    were judged apart: readings of small photos are right less often than they are sure.
    """

    engine: str
    engine_version: str
    fitted_on: str
    photo: Mapping[str, Judged]
    both: Mapping[str, Judged]
    by_side: Mapping[int, BySource] = field(default_factory=dict)

    def check(self, engine: str, engine_version: str) -> None:
        """Raises CalibrationError when it is of another engine or another version."""
        if (engine, engine_version) != (self.engine, self.engine_version):
            raise CalibrationError(
                f"How right readings are is known of {self.engine} {self.engine_version}, "
                f"not of {engine} {engine_version}.",
                "Judge this engine's readings: hangtag evaluate … --labels FILE --keep",
            )

    def least(
        self, attributes: Iterable[Attribute], accuracy: float, *, text: bool
    ) -> dict[str, float]:
        """Attribute → the confidence from which on its values are right often enough.

        Of a multiple choice, the probability from which on the options that it has are so.
        Attributes that nobody has judged are left out. With ``text``, values are what photo and
        text say together. Raises UsageError for an accuracy that cannot be.
        """
        whole = BySource(self.photo, self.both)
        return whole.least(attributes, accuracy, _PROMISE, text=text)

    def least_by_side(
        self, attributes: Sequence[Attribute], accuracy: float, *, text: bool
    ) -> dict[int, dict[str, float]]:
        """``least`` of photos of each size that was judged apart, by pixels a side."""
        return {
            side: judged.least(attributes, accuracy, _PROMISE_BY_SIDE, text=text)
            for side, judged in self.by_side.items()
        }

    def photo_threshold(
        self, attribute: Attribute, accuracy: float, side: int | None = None
    ) -> float | None:
        """The confidence from which on the photo alone is right often enough; None: not judged.

        With ``side``, pixels a side, of photos of the nearest size at which the attribute was
        judged apart, if any.
        """
        told, promise = self.photo, _PROMISE
        apart = [own for own, judged in self.by_side.items() if attribute.name in judged.photo]
        if side is not None and apart:
            nearest = min(apart, key=lambda own: abs(own - side))
            told, promise = self.by_side[nearest].photo, _PROMISE_BY_SIDE
        if attribute.multiple or attribute.name not in told:
            return None
        return told[attribute.name].threshold(accuracy, promise)

    def without(self, names: Collection[str]) -> TrackRecord:
        """The record of all attributes but these."""
        own = BySource(self.photo, self.both).without(names)
        by_side = {side: judged.without(names) for side, judged in self.by_side.items()}
        return replace(self, photo=own.photo, both=own.both, by_side=by_side)

    def to_json(self) -> dict[str, Any]:
        """For ``json.dumps``."""
        return {
            "engine": self.engine,
            "engine_version": self.engine_version,
            "fitted_on": self.fitted_on,
            **BySource(self.photo, self.both).to_json(),
            "by_side": {str(side): judged.to_json() for side, judged in self.by_side.items()},
        }

    @classmethod
    def from_json(cls, text: str, name: str) -> TrackRecord:
        """What ``to_json`` gave, as text. Raises CalibrationError for anything else."""
        try:
            data = json.loads(text)
            return cls(
                engine=str(data["engine"]),
                engine_version=str(data["engine_version"]),
                fitted_on=str(data["fitted_on"]),
                **BySource.from_json(data)._asdict(),
                by_side={
                    int(side): BySource.from_json(told)
                    for side, told in data.get("by_side", {}).items()
                },
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CalibrationError(
                f"{name} does not say how right readings are: {error!r}.",
                "Judge the readings again: hangtag evaluate … --labels FILE --keep",
            ) from error


def accuracy_wanted(accuracy: float) -> float:
    """The accuracy, if it is one. Raises UsageError."""
    if not 0 < accuracy < 1:
        raise UsageError(
            f"{accuracy:g} is no accuracy to be had.", "Choose one between 0 and 1, such as 0.95."
        )
    return accuracy


def shipped_record(engine: str) -> TrackRecord | None:
    """What ships with hangtag of an engine's readings, or None."""
    place: Any = resources.files("hangtag") / "models" / f"{engine}.record.json"
    if engine != "compact" or not place.is_file():
        return None
    path = Path(str(place))
    return TrackRecord.from_json(path.read_text(encoding="utf-8"), path.name)


def _lower(share: NDArray[np.float64], n: NDArray[np.float64]) -> NDArray[np.float64]:
    """The lower end of Wilson's interval (1927)."""
    z2 = _ERRORS**2
    middle = share + z2 / (2 * n)
    spread = _ERRORS * np.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    found: NDArray[np.float64] = (middle - spread) / (1 + z2 / n)
    return found


def _judged(told: Mapping[str, Any]) -> Judged:
    columns = [told[name] for name in ("least", "n", "right", "sure")]
    if len({len(column) for column in columns}) != 1:
        raise ValueError("columns of different length")
    least, n, right, sure = columns
    if min(n, default=1) < 1 or any(r > m for r, m in zip(right, n, strict=True)):
        raise ValueError("counts that cannot be")
    return Judged(
        tuple(map(float, least)),
        tuple(map(int, n)),
        tuple(map(int, right)),
        tuple(map(float, sure)),
    )
