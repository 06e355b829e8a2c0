"""What a run tells while it goes on and when it has ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow as pa

__all__ = ["Progress", "RunSummary", "Stages", "Tally"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. ``total`` and ``remaining_seconds`` are None where nobody knows."""

    done: int
    total: int | None
    tagged: int
    reused: int
    failed: int
    seconds: float
    per_second: float
    remaining_seconds: float | None


@dataclass(slots=True)
class Stages:
    """Seconds that the run itself spent, or waited, for each stage.

    Photos are decoded by other processes meanwhile: ``decode_wait`` is what it had to wait for
    them. ``derive`` is calibration, rules, descriptions and making Arrow of it all; ``plan`` is
    reading the catalog and the ledger.
    """

    plan: float = 0.0
    decode_wait: float = 0.0
    model: float = 0.0
    derive: float = 0.0
    write: float = 0.0


@dataclass(frozen=True)
class RunSummary:
    """What came of a run: products = tagged + reused + failed.

    ``failed`` counts those that had failed before, too; ``failures`` has them all by reason.
    ``notes``: the catalog's warnings by code. ``interrupted``: stopped before the catalog's end.
    ``images``: the folder that the photos were in. ``engine_figures``: what the engine tells of its
    work (questions, tokens, money, shares), ``engine_says``: the same in sentences. ``least``: the
    confidence from which on values were shown, an attribute each; above 1 where none was enough.
    ``least_by_side``: the same by pixels a side of the photo, where sizes have lines of their own.
    ``calibrated``: whether any probabilities were fitted to labels; ``uncalibrated``: attributes of
    which they were not.
    """

    products: int
    tagged: int
    reused: int
    failed: int
    seconds: float
    photos_per_second: float
    stages: Mapping[str, float]
    failures: Mapping[str, int]
    notes: Mapping[str, int]
    engine: str
    engine_version: str
    calibrated: bool
    interrupted: bool
    started_at: str
    images: str
    text: bool
    hangtag: str
    engine_figures: Mapping[str, Any] = field(default_factory=dict)
    engine_says: Sequence[str] = ()
    least: Mapping[str, float] = field(default_factory=dict)
    least_by_side: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    uncalibrated: Sequence[str] = ()

    def to_json(self) -> dict[str, Any]:
        """For ``json.dumps``; what ``run.json`` holds."""
        return asdict(self) | {"engine_says": list(self.engine_says)}


@dataclass
class Tally:
    """Counts outcomes."""

    total: int | None = None
    outcomes: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    _planned: int = 0
    _drained: bool = False

    def watched(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The batches as they are; afterwards it is known whether every row had an outcome."""
        for batch in batches:
            self._planned += batch.num_rows
            yield batch
        self._drained = True

    @property
    def complete(self) -> bool:
        """Whether every product that was planned, to the last one, has its outcome."""
        return self._drained and self.done == self._planned

    def add(self, outcomes: list[str], reasons: list[str | None]) -> None:
        """The outcome of each product and why it failed, where it did."""
        self.outcomes.update(outcomes)
        self.failures.update(reason for reason in reasons if reason is not None)

    @property
    def done(self) -> int:
        """Products so far."""
        return self.outcomes.total()

    @property
    def tagged(self) -> int:
        """Products with new rows."""
        return self.outcomes["tagged"]

    @property
    def reused(self) -> int:
        """Products that were done before."""
        return self.outcomes["unchanged"]

    @property
    def failed(self) -> int:
        """Products that could not be read, now or before."""
        return self.outcomes["failed"] + self.outcomes["still_failed"]

    def tell(self, progress: Callable[[Progress], None], seconds: float) -> None:
        """Call ``progress`` with how far the run is."""
        rate = self.done / seconds if seconds > 0 else 0.0
        left = None if self.total is None else max(0, self.total - self.done)
        progress(
            Progress(
                done=self.done,
                total=self.total,
                tagged=self.tagged,
                reused=self.reused,
                failed=self.failed,
                seconds=seconds,
                per_second=rate,
                remaining_seconds=None if left is None or not rate else left / rate,
            )
        )
