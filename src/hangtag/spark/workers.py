"""What runs in Spark's Python workers. Each has one process that reads, and keeps it."""

from __future__ import annotations

import atexit
import functools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa

from hangtag.spark.apart import ReaderApart
from hangtag.spark.staging import WaveFolder

__all__ = ["Rows", "looking", "reading_rows", "reading_tasks"]

# What ``DataFrame.mapInArrow`` takes.
Rows = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]

# Of this worker process. Engine and photo pool are opened in it once, not once a task.
_reader: ReaderApart | None = None


def reading_rows(job: bytes) -> Rows:
    """Rows of ``readings.CATALOG``, perhaps with a column ``content`` → one outcome each."""
    return functools.partial(_read_rows, job)


def _read_rows(job: bytes, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield from _reader_here().read(job, batches, raw=True)


def reading_tasks(job: bytes, folder: Path) -> Rows:
    """Numbers of tasks in a wave's folder → the same, once their outcomes are staged there."""
    return functools.partial(_read_tasks, job, str(folder))


def _read_tasks(
    job: bytes, folder: str, batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    wave = WaveFolder(Path(folder))
    for batch in batches:
        for number in batch.column(0).to_pylist():
            stages: dict[str, float] = {}
            outcomes = _reader_here().read(job, wave.read_todo(number), spent=stages.update)
            wave.write_done(number, outcomes, stages)
        yield batch


def looking(job: bytes, token: Path) -> Rows:
    """Whatever rows → one row a worker: the engine's card, and whether it sees the token."""
    return functools.partial(_look, job, str(token))


def _look(job: bytes, token: str, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for _ in batches:
        pass
    told = {"card": [_reader_here().look(job)], "sees": [Path(token).exists()]}
    yield pa.RecordBatch.from_pydict(told)


def _reader_here() -> ReaderApart:
    global _reader  # noqa: PLW0603 - what a worker process keeps from task to task
    environment = _devices()
    if _reader is not None and _reader.environment != environment:
        _reader.close()
        _reader = None
    if _reader is None:
        _reader = ReaderApart(environment)
        atexit.register(_reader.close)
    return _reader


def _devices() -> dict[str, str]:
    """The GPUs that Spark has given this task, as everything on CUDA takes them."""
    from pyspark import TaskContext

    context = TaskContext.get()
    gpus = context.resources().get("gpu") if context is not None else None
    if gpus is None or "CUDA_VISIBLE_DEVICES" in os.environ:
        return {}
    return {"CUDA_VISIBLE_DEVICES": ",".join(gpus.addresses)}
