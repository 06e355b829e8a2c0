"""Readings of many photos at once: decided and turned into Arrow without a step a reading.

A photo has some eight readings with eight probabilities each; one by one they would take longer
than the network that made them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hangtag.engines.base import Answers, Engine, probable_of
from hangtag.errors import EngineError
from hangtag.readings import READINGS, Reading
from hangtag.taxonomy import Attribute

__all__ = ["NESTED_READING", "ReadingBlock", "read_answers", "restored"]

# A reading inside its product's row.
NESTED_READING = pa.struct([field for field in READINGS if field.name != "product_id"])

# Engines may differ in the last bits from one machine to the next; tables should not.
_DECIMALS = 5


@dataclass(frozen=True)
class ReadingBlock:
    """Decided readings of n photos and some attributes, side by side.

    ``probabilities``: float32 [n, all options]; ``chosen``: bool [n, all options], which options
    make up the values; ``confidence``: float32 [n, attributes].
    """

    attributes: Sequence[Attribute]
    probabilities: NDArray[np.float32]
    chosen: NDArray[np.bool_]
    confidence: NDArray[np.float32]

    def readings(self) -> Iterator[dict[str, Reading]]:
        """Photo by photo, for the rules."""
        bounds = list(pairwise(np.cumsum([0, *(len(a.options) for a in self.attributes)]).tolist()))
        for likely, taken, sure in zip(
            self.probabilities.tolist(), self.chosen.tolist(), self.confidence.tolist(), strict=True
        ):
            yield {
                a.name: Reading(
                    a.name,
                    tuple([o for o, t in zip(a.names, taken[start:end], strict=True) if t]),
                    confidence,
                    dict(zip(a.names, likely[start:end], strict=True)),
                )
                for a, (start, end), confidence in zip(self.attributes, bounds, sure, strict=True)
            }

    def to_arrow(
        self,
        shas: Sequence[str],
        *,
        engine: str,
        engine_version: str,
        attribute_versions: Mapping[str, str] | None = None,
        taxonomy_version: str,
        read_at: datetime,
    ) -> pa.ListArray:
        """For each photo a list of NESTED_READING; ``shas`` are the photos' hashes.

        ``attribute_versions``: of attributes whose answers change with more than the engine's.
        """
        more = attribute_versions or {}
        versions = [
            f"{engine_version}+{more[a.name]}" if a.name in more else engine_version
            for a in self.attributes
        ]
        n, k = self.confidence.shape
        sizes = np.array([len(a.options) for a in self.attributes])
        options = pa.array([o for a in self.attributes for o in a.names], pa.string())
        everywhere = np.tile(np.arange(len(options)), n)
        taken = np.add.reduceat(self.chosen, _starts(self.attributes), axis=1, dtype=np.int32)
        columns = {
            "attribute": pa.array([a.name for a in self.attributes] * n, pa.string()),
            "value": pa.ListArray.from_arrays(
                _offsets(taken.ravel()), options.take(pa.array(np.nonzero(self.chosen)[1]))
            ),
            "confidence": pa.array(self.confidence.ravel()),
            "probabilities": pa.MapArray.from_arrays(
                _offsets(np.tile(sizes, n)),
                options.take(pa.array(everywhere)),
                pa.array(self.probabilities.ravel()),
            ),
            "engine": _constant(engine, n * k),
            "engine_version": pa.array(versions * n, pa.string()),
            "taxonomy_version": _constant(taxonomy_version, n * k),
            "image_sha256": pa.array(shas, pa.string()).take(pa.array(np.repeat(np.arange(n), k))),
            "read_at": pa.repeat(pa.scalar(read_at, READINGS.field("read_at").type), n * k),
        }
        rows = pa.StructArray.from_arrays(
            [columns[field.name] for field in NESTED_READING], fields=list(NESTED_READING)
        )
        return pa.ListArray.from_arrays(_offsets(np.full(n, k)), rows)


def read_answers(
    answers: Answers, attributes: Sequence[Attribute], side: int, engine: Engine
) -> tuple[ReadingBlock, NDArray[np.bool_]]:
    """An engine's answers for n photos of ``side`` pixels a side, calibrated and decided.

    Beside them bool [n]: which photos got numbers for every option; the others' rows mean nothing.
    Values are those of ``hangtag.readings.decide``. Raises EngineError when the answers do not fit
    the question.
    """
    sounds: list[NDArray[np.bool_]] = []
    likely, taken, sure = [], [], []
    for attribute in attributes:
        scores = answers.scores.get(attribute.name)
        if scores is None or scores.ndim != 2 or scores.shape[1] != len(attribute.options):
            raise EngineError(
                f"The engine {engine.name} gave no scores for {attribute.name}.",
                "Report it to whoever made the engine.",
            )
        finite = np.asarray(np.isfinite(scores).all(axis=1))
        sounds.append(finite)
        scores = np.where(finite[:, None], scores, np.float32(0)).astype(np.float32)
        told = answers.probable.get(attribute.name)
        if told is None:
            told = probable_of(attribute, scores, side, engine.calibration)
        p = _rounded(np.where(finite[:, None], told.probabilities, np.float32(0)))
        if attribute.multiple:
            least = told.least
            chosen = _strongest(p, p >= least, attribute.at_most)
            confidence = np.where(chosen, p, 1 - p).min(axis=1)
        else:
            chosen = np.arange(p.shape[1]) == p.argmax(axis=1)[:, None]
            confidence = p.max(axis=1)
        likely.append(p)
        taken.append(chosen)
        sure.append(_rounded(confidence))
    block = ReadingBlock(
        attributes, np.concatenate(likely, 1), np.concatenate(taken, 1), np.stack(sure, 1)
    )
    return block, np.logical_and.reduce(sounds)


def restored(stored: Sequence[Mapping[str, object]] | None) -> dict[str, Reading]:
    """Readings as they were read back from the table."""
    return {
        str(row["attribute"]): Reading(
            str(row["attribute"]),
            tuple(row["value"]),  # type: ignore[arg-type]
            float(row["confidence"]),  # type: ignore[arg-type]
            dict(row["probabilities"]),  # type: ignore[call-overload]
        )
        for row in stored or ()
    }


def _rounded(p: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(np.round(p, _DECIMALS), np.float32)


def _strongest(
    p: NDArray[np.float32], chosen: NDArray[np.bool_], at_most: int | None
) -> NDArray[np.bool_]:
    if at_most is None or at_most >= p.shape[1]:
        return chosen
    order = np.argsort(np.where(chosen, -p, np.inf), axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(p.shape[1])[None, :], axis=1)
    return np.asarray(chosen & (rank < at_most))


def _starts(attributes: Sequence[Attribute]) -> NDArray[np.intp]:
    return np.cumsum([0, *(len(a.options) for a in attributes[:-1])])


def _offsets(lengths: NDArray[np.signedinteger]) -> pa.Array:
    return pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))


def _constant(value: str, n: int) -> pa.Array:
    return pa.repeat(pa.scalar(value, pa.string()), n)
