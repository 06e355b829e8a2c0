"""Photos to an engine: in batches of one size and one question, one by one where it chokes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hangtag.engines.base import Engine, PhotoBatch
from hangtag.errors import EngineError
from hangtag.outcomes import Outcomes, Work
from hangtag.taxonomy import Attribute

__all__ = ["Asking"]

# So many batches in a row without a single answer, and it is not the photos' fault.
_HOPELESS = 3
# Engines that tell which photos they could not read may have small batches of bad ones.
_PHOTOS_AT_LEAST = 12

_Item = tuple[Work, str, NDArray[np.uint8]]


class _GivenUpError(Exception):
    """The engine will not answer any more; asking for one photo at a time would not help."""

    def __init__(self, error: EngineError):
        super().__init__(error.message)
        self.error = error


@dataclass
class Asking:
    """Gathers photos, asks the engine when a batch is full, and tells ``outcomes``.

    ``seconds``: spent in the engine so far.
    """

    engine: Engine
    outcomes: Outcomes
    seconds: float = 0.0
    _waiting: dict[tuple[int, tuple[str, ...]], list[_Item]] = field(default_factory=dict)
    _questions: dict[tuple[str, ...], Sequence[Attribute]] = field(default_factory=dict)
    # Photos without an answer, until it is known whether they or the engine are to blame.
    _suspects: list[tuple[_Item, str]] = field(default_factory=list)
    _silent: int = 0
    # Photos in a row that the engine said it could not read.
    _unread: int = 0

    def add(
        self,
        work: Work,
        sha: str,
        pixels: NDArray[np.uint8],
        attributes: Sequence[Attribute],
    ) -> None:
        """One photo and what to read in it. Raises EngineError when there is no hope any more."""
        names = tuple(a.name for a in attributes)
        self._questions[names] = attributes
        key = (len(pixels), names)
        items = self._waiting.setdefault(key, [])
        items.append((work, sha, pixels))
        if len(items) >= self.engine.batch_size:
            self._ask(self._waiting.pop(key), attributes)

    def finish(self) -> None:
        """Ask for what has not filled a batch."""
        while self._waiting:
            (_, names), items = self._waiting.popitem()
            self._ask(items, self._questions[names])
        self._blame_photos()

    def _ask(self, items: Sequence[_Item], attributes: Sequence[Attribute]) -> None:
        try:
            self._answer(items, attributes)
        except _GivenUpError as given_up:
            raise given_up.error from None
        except EngineError as error:
            if self._ask_singly(items, attributes, error):
                return
        self._silent = 0
        self._blame_photos()

    def _ask_singly(
        self, items: Sequence[_Item], attributes: Sequence[Attribute], error: EngineError
    ) -> bool:
        """Ask again for one photo at a time; whether the engine said nothing at all."""
        choked = []
        for item in items:
            try:
                if len(items) == 1:
                    raise error
                self._answer([item], attributes)
            except EngineError as reason:
                choked.append((item, str(reason)))
                error = reason
        self._suspects += choked
        if len(choked) < len(items):
            return False
        self._silent += 1
        if self._silent >= _HOPELESS:
            raise EngineError(
                f"The engine {self.engine.name} has not answered for {_HOPELESS} batches in a "
                f"row: {error.message}",
                error.hint or "Run `hangtag doctor`, or choose another engine with --engine.",
            ) from error
        return True

    def _blame_photos(self) -> None:
        """The engine is alive: it was the photos that it choked on."""
        for (work, sha, _), message in self._suspects:
            self.outcomes.failed(work, sha, "engine", "engine_error", message)
        self._suspects.clear()

    def _answer(self, items: Sequence[_Item], attributes: Sequence[Attribute]) -> None:
        works, shas, pixels = zip(*items, strict=True)
        batch = PhotoBatch(
            [work.product_id for work in works],
            np.stack(pixels),
            [work.metadata() for work in works],
        )
        start = time.perf_counter()
        try:
            answers = self.engine.answer(batch, attributes)
        finally:
            self.seconds += time.perf_counter() - start
        stopped = answers.stopped
        rows = [row for row in range(len(works)) if stopped is None or row not in stopped.rows]
        if rows:
            part = answers.part(rows) if stopped else answers
            self.outcomes.answered(
                [works[row] for row in rows], [shas[row] for row in rows], attributes,
                batch.side, part,
            )  # fmt: skip
            self._unread = self._unread + len(rows) if len(part.unread) == len(rows) else 0
        if stopped is not None:
            raise _GivenUpError(stopped.error)
        if self._unread >= max(_PHOTOS_AT_LEAST, _HOPELESS * self.engine.batch_size):
            raise _GivenUpError(
                EngineError(
                    f"The engine {self.engine.name} could read none of the last {self._unread} "
                    f"photos: {answers.unread[len(rows) - 1]}",
                    "Run `hangtag doctor`, or choose another engine with --engine.",
                )
            )
