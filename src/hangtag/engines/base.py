"""What an engine is, and which there are."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from hangtag.calibration import Calibration, uncalibrated
from hangtag.errors import CalibrationError, EngineError, HangtagWarning
from hangtag.taxonomy import Attribute

__all__ = [
    "Answers",
    "Engine",
    "EngineReport",
    "PhotoBatch",
    "Probable",
    "Stopped",
    "attribute_versions",
    "calibrate_parts",
    "confidence_of",
    "probable_of",
    "report_of",
    "uncalibrated_of",
    "wants_exact_photos",
    "with_calibration",
]


@dataclass(frozen=True)
class PhotoBatch:
    """Decoded photos of one size and what is known of their products.

    ``pixels``: uint8 [n, side, side, 3], RGB, squashed to a square; side is one of the engine's.
    """

    product_ids: Sequence[str]
    pixels: NDArray[np.uint8]
    metadata: Sequence[Mapping[str, str]]

    @property
    def side(self) -> int:
        """Pixels a side."""
        return int(self.pixels.shape[1])


@dataclass(frozen=True)
class Stopped:
    """An engine gave up on the way: ``rows`` of the batch were not asked, for this reason."""

    rows: frozenset[int]
    error: EngineError


@dataclass(frozen=True)
class Probable:
    """Probabilities that hold, and from which on an option of a multiple choice is taken.

    Both float32 [n, options].
    """

    probabilities: NDArray[np.float32]
    least: NDArray[np.float32]


@dataclass(frozen=True)
class Answers:
    """What an engine makes of a batch of n photos.

    ``scores``: attribute name → float32 [n, options], raw log-odds: a softmax over a single-choice
    attribute's, a sigmoid over a multiple-choice attribute's give the uncalibrated probabilities.
    ``category``: the sub-category seen in each photo, None where the engine is not sure.
    ``embedding``: float32 [n, d], where the engine has one.
    ``outside``: attribute → float32 [n], the probability that the engine would have answered
    something that is no option, where it knows; low confidence among options is another thing.
    ``claimed``: attribute → float32 [n], how sure a model says that it is, NaN where it does not.
    That is no probability, and nothing is decided by it.
    ``unread``: row → why there is no answer for this photo, though there is for others; its scores
    are NaN. ``stopped``: where the engine gave up; what it had answered until then stands.
    ``probable``: attribute → what is calibrated already, instead of the engine's calibration.
    """

    scores: Mapping[str, NDArray[np.float32]]
    category: Sequence[str | None] = field(default_factory=tuple)
    embedding: NDArray[np.float32] | None = None
    outside: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    claimed: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    unread: Mapping[int, str] = field(default_factory=dict)
    stopped: Stopped | None = None
    probable: Mapping[str, Probable] = field(default_factory=dict)

    def part(self, rows: Sequence[int]) -> Answers:
        """The answers for some photos of the batch, in the order of ``rows``."""
        chosen = list(rows)
        return Answers(
            scores={name: values[chosen] for name, values in self.scores.items()},
            category=[self.category[row] for row in chosen] if self.category else (),
            embedding=None if self.embedding is None else self.embedding[chosen],
            outside={name: values[chosen] for name, values in self.outside.items()},
            claimed={name: values[chosen] for name, values in self.claimed.items()},
            unread={new: self.unread[old] for new, old in enumerate(chosen) if old in self.unread},
            probable={
                name: Probable(told.probabilities[chosen], told.least[chosen])
                for name, told in self.probable.items()
            },
        )


@dataclass(frozen=True)
class EngineReport:
    """What an engine tells of its work since it was opened.

    ``figures``: for ``run.json``; ``says``: the same in sentences.
    """

    figures: Mapping[str, Any] = field(default_factory=dict)
    says: Sequence[str] = ()


class Engine(Protocol):
    """Looks at photos and answers.

    ``version`` changes whenever the same photo could get another answer. ``sides`` are the photo
    sizes it takes, ascending; the run decodes each photo to the smallest that loses nothing.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def version(self) -> str: ...  # noqa: D102
    @property
    def sides(self) -> Sequence[int]: ...  # noqa: D102
    @property
    def batch_size(self) -> int: ...  # noqa: D102
    @property
    def calibration(self) -> Calibration | None: ...  # noqa: D102

    def answer(self, batch: PhotoBatch, attributes: Sequence[Attribute]) -> Answers:
        """Scores for every attribute asked; raises EngineError when it cannot answer at all.

        The answer for a photo must not depend on the other photos of its batch.
        """
        ...


def attribute_versions(engine: Engine) -> Mapping[str, str]:
    """Attribute → what changes with its answers, beside the engine's version; most have none."""
    versions: Mapping[str, str] = getattr(engine, "attribute_versions", {})
    return versions


def confidence_of(attribute: Attribute, probable: Probable) -> NDArray[np.float32]:
    """[n] how sure a reading is: its option's probability; of several, that of the least sure one.

    0 where there is no number.
    """
    p = np.nan_to_num(probable.probabilities, nan=0.0)
    if attribute.multiple:
        p = np.where(p >= probable.least, p, 1 - p)
        sure = p.min(axis=1)
    else:
        sure = p.max(axis=1)
    unknown = ~np.isfinite(probable.probabilities).all(axis=1)
    return np.where(unknown, np.float32(0), sure).astype(np.float32)


class Calibratable(Protocol):
    """An engine that can be given a calibration."""

    name: str
    version: str
    calibration: Calibration | None


Fitted = TypeVar("Fitted", bound=Calibratable)


def with_calibration(engine: Fitted, path: Path | None) -> Fitted:
    """The engine, with the calibration of a file that ``hangtag evaluate`` has fitted to it.

    Without a file as it is. Raises CalibrationError for a file that is none, or was fitted to
    another engine or version: another model, revision, prompt or way of asking.
    """
    if path is not None:
        calibration = Calibration.load(path)
        _check(calibration, path, engine)
        engine.calibration = calibration
    return engine


def calibrate_parts(parts: Sequence[Engine], path: Path) -> None:
    """Give the calibration of a file to those engines of several that it was fitted to.

    Raises CalibrationError when it was fitted to another version of one of them. Warns
    (HangtagWarning) when it was fitted to none: it is another engine's, kept for when that is asked
    again, and no reason to stop.
    """
    calibration = Calibration.load(path)
    mine = [part for part in parts if part.name == calibration.engine]
    for part in mine:
        if part.version == calibration.engine_version:
            cast(Calibratable, part).calibration = calibration
    if mine and all(part.calibration is not calibration for part in mine):
        _check(calibration, path, mine[-1])
    if not mine:
        names = " or ".join(dict.fromkeys(part.name for part in parts))
        warnings.warn(
            f"{path} was fitted for {calibration.engine}, not for {names}: it does not count here.",
            HangtagWarning,
            stacklevel=2,
        )


def _check(calibration: Calibration, path: Path, engine: Engine | Calibratable) -> None:
    try:
        calibration.check(engine.name, engine.version)
    except CalibrationError as error:
        raise CalibrationError(
            str(error),
            f"Take {path} away, tag, and fit it again: "
            "hangtag evaluate … --labels FILE --fit-calibration",
        ) from error


def uncalibrated_of(engine: Engine, attributes: Sequence[Attribute]) -> list[str]:
    """The attributes whose probabilities are as the engine gives them, fitted to no labels.

    An engine that knows better than its calibration has a method ``uncalibrated(attributes)``.
    """
    tell = getattr(engine, "uncalibrated", None)
    if tell is not None:
        return list(tell(attributes))
    fitted = engine.calibration
    return [a.name for a in attributes if fitted is None or not fitted.covers(a)]


def probable_of(
    attribute: Attribute,
    scores: NDArray[np.float32],
    side: int,
    calibration: Calibration | None,
) -> Probable:
    """Scores [n, options] of photos with ``side`` pixels a side, calibrated where that is known."""
    if calibration is None:
        least = np.full(len(attribute.options), attribute.threshold, np.float32)
        p = uncalibrated(attribute, scores)
    else:
        least = calibration.thresholds(attribute, side)
        p = calibration.probabilities(attribute, side, scores)
    return Probable(p, np.broadcast_to(least, p.shape))


def report_of(engine: Engine) -> EngineReport:
    """What an engine with a method ``report()`` tells; nothing of others."""
    tell = getattr(engine, "report", None)
    return tell() if tell is not None else EngineReport()


def wants_exact_photos(engine: Engine) -> bool:
    """Whether photos must be resized in one very way, which such an engine says of itself.

    It then has ``exact_photos = True``; see ``images.decode``. Most engines do not.
    """
    return bool(getattr(engine, "exact_photos", False))
