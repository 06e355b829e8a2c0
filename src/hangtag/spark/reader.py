"""A process that reads products for another one: the middle of a run, on its own.

What a photo or an engine may do to a process (a crash in native code, memory that runs out) it
does to this one, and whoever started it goes on. It keeps the engine and the photo pool from one
task to the next. What it is told and what it answers, over its standard streams:

    read job raw    it asks next, rows come, or end; outcomes go back, and done with the seconds
    fail job rows   one failure each comes back as outcomes
    look job        what the driver must know of the engine comes back as card
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import IO, Any

import pyarrow as pa

from hangtag.engines.base import Answers, Engine, PhotoBatch, wants_exact_photos
from hangtag.errors import HangtagError
from hangtag.known import Known
from hangtag.outcomes import failed_outcomes, work_of
from hangtag.photo_pool import PhotoPool
from hangtag.planning import Keys, plan_products
from hangtag.readings import CATALOG
from hangtag.spark.job import ReadingJob
from hangtag.spark.pipes import from_ipc, receive, send, to_ipc
from hangtag.summary import Stages
from hangtag.taxonomy import Attribute

__all__ = ["main"]


def main() -> None:
    """Serve whoever started this process until the streams end."""
    # Ctrl-C goes to every process of a terminal; whoever started this one ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    told, answers = _own_streams()
    opened: _Opened | None = None
    try:
        while True:
            verb, job, *rest = receive(told)
            try:
                if opened is None or opened.data != job:
                    if opened is not None:
                        opened.close()
                    opened = _Opened(job)
                _serve(opened, verb, rest, told, answers)
            except HangtagError as error:
                send(answers, "error", type(error).__name__, error.message, error.hint)
            except (OSError, EOFError):
                raise
            except Exception:  # of whatever kind: the other end tells it, with where it arose
                send(answers, "bug", traceback.format_exc())
    except (OSError, EOFError):
        pass  # the other end is gone, and with it the use of this one
    finally:
        if opened is not None:
            opened.close()


def _own_streams() -> tuple[IO[bytes], IO[bytes]]:
    """The standard streams for messages alone: what libraries print goes to standard error."""
    told, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return told, answers


class _Opened:
    """A job with its engine and photo pool, once they are needed."""

    def __init__(self, data: bytes):
        self.data, self.job = data, ReadingJob.from_bytes(data)
        self._engine: Engine | None = None
        self._pool: PhotoPool | None = None

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            self._engine = self.job.open()
        return self._engine

    @property
    def pool(self) -> PhotoPool:
        if self._pool is None:
            self._pool = PhotoPool(
                self.job.photos, self.engine.sides, processes=self.job.processes,
                limits=self.job.limits, exact=wants_exact_photos(self.engine),
            )  # fmt: skip
        return self._pool

    def close(self) -> None:
        if self._pool is not None:
            self._pool.__exit__(None, None, None)


def _serve(
    opened: _Opened, verb: str, rest: list[Any], told: IO[bytes], answers: IO[bytes]
) -> None:
    job = opened.job
    if verb == "look":
        send(answers, "card", job.card(opened.engine))
    elif verb == "read":
        _read(opened, raw=rest[0], told=told, answers=answers)
    else:
        data, raw, message = rest
        rows = _planned(from_ipc(data), job.keys(opened.engine)) if raw else from_ipc(data)
        failed = failed_outcomes(work_of(rows), job.taxonomy, "engine", "worker_died", message)
        send(answers, "outcomes", to_ipc(failed))


def _read(opened: _Opened, *, raw: bool, told: IO[bytes], answers: IO[bytes]) -> None:
    from hangtag.tagging import read_products

    job, stages = opened.job, Stages()
    keys = job.keys(opened.engine)

    def rows() -> Iterator[pa.RecordBatch]:
        while True:
            send(answers, "next")
            verb, *rest = receive(told)
            if verb == "end":
                return
            batch = from_ipc(rest[0])
            yield _planned(batch, keys) if raw else batch

    outcomes = read_products(
        rows(), images=job.photos, engine=_Announcing(opened.engine, answers),
        taxonomy=job.taxonomy, rules=job.rules, texts=job.texts(), pool=opened.pool, stages=stages,
    )  # fmt: skip
    for batch in outcomes:
        send(answers, "outcomes", to_ipc(batch))
    send(answers, "done", asdict(stages))


def _planned(batch: pa.RecordBatch, keys: Keys) -> pa.RecordBatch:
    """Catalog rows as work of which no table knows anything."""
    catalog = pa.RecordBatch.from_arrays([batch[n] for n in CATALOG.names], schema=CATALOG)
    (work,) = plan_products(iter([catalog]), Known(None), keys)
    if "content" in batch.schema.names:
        work = work.append_column("content", batch["content"])
    return work


class _Announcing:
    """An engine that says which products it is about to look at, in case it does not survive."""

    def __init__(self, engine: Engine, answers: IO[bytes]):
        self._engine, self._answers = engine, answers
        self.name, self.version = engine.name, engine.version
        self.sides, self.batch_size = engine.sides, engine.batch_size
        self.calibration = engine.calibration

    def __getattr__(self, name: str) -> Any:
        # What only some engines say of themselves.
        return getattr(self._engine, name)

    def answer(self, batch: PhotoBatch, attributes: Sequence[Attribute]) -> Answers:
        send(self._answers, "asking", list(batch.product_ids))
        answers = self._engine.answer(batch, attributes)
        send(self._answers, "asking", [])
        return answers
