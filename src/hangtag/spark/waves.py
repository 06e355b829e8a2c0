"""The middle of a run as waves of tasks that others execute: written, watched, taken, tried again.

Nothing here knows of Spark. Whoever executes a wave may lose tasks, repeat them, or die with all of
them: what counts is what lies in the wave's folder.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from hangtag.errors import EngineError, HangtagError
from hangtag.outcomes import failed_outcomes, outcomes_schema, work_of
from hangtag.spark.staging import WaveFolder
from hangtag.summary import Stages
from hangtag.taxonomy import Taxonomy

__all__ = ["Waves"]

# Two, so that tasks of the next one fill the places that the last ones of this leave.
_AT_ONCE = 2
# Tasks of a wave for each place that executes them.
_TASKS = 4
# A task should take so long: shorter, and starting it counts; longer, and losing it does.
_SECONDS = 8.0
# Its rows: to begin with, and within what bounds.
_FIRST, _FEWEST, _MOST = 64, 16, 4096
# A task whose executor dies comes again as so many parts, until a single product is to blame: when
# it has been alone in this many tasks that died.
_PARTS, _DEATHS = 8, 2
# Waves in a row in which not one task was taken up, and it is no product's fault.
_HOPELESS = 3
_POLL_SECONDS = 0.1


class _Task(NamedTuple):
    rows: pa.Table
    deaths: int = 0


@dataclass
class _Wave:
    folder: WaveFolder
    tasks: list[_Task]
    future: Future[None]
    taken: set[int] = field(default_factory=set)


@dataclass
class Waves:
    """Work → outcomes, by ``submit(folder, tasks)`` in threads: it returns when all tasks are done.

    It raises a HangtagError for what is not worth another try, and anything else when executors
    died. ``interrupt`` makes those under way return soon. ``places``: tasks that run at once.
    ``task_rows``: of each task, by default what takes some seconds.
    """

    submit: Callable[[Path, int], None]
    interrupt: Callable[[], None]
    folder: Path
    taxonomy: Taxonomy
    places: int
    task_rows: int | None = None
    _numbers: int = 0
    _again: deque[_Task] = field(default_factory=deque)
    _idle: int = 0
    _per_second: float | None = None

    def read(
        self, batches: Iterator[pa.RecordBatch], stop: Callable[[], bool], stages: Stages
    ) -> Generator[pa.RecordBatch, None, None]:
        """A ``running.Middle``. Stages but ``plan`` are summed over all that read at once.

        Raises EngineError when tasks die before they begin, and what ``submit`` raises.
        """
        rows = _Rows(batches, stages)
        waves: list[_Wave] = []
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            try:
                while True:
                    while len(waves) < _AT_ONCE and not stop():
                        wave = self._begin(rows, threads, waves)
                        if wave is None:
                            break
                        waves.append(wave)
                    if not waves:
                        return
                    if stop():
                        self.interrupt()
                    taken = False
                    for wave in list(waves):
                        # Asked before looking: what it left until its end is there then.
                        ended = wave.future.done()
                        for batch in self._take(wave, stages):
                            taken = True
                            yield batch
                        if ended:
                            waves.remove(wave)
                            yield from self._end(wave, stopped=stop())
                    if not taken:
                        time.sleep(_POLL_SECONDS)
            finally:
                if waves:
                    self.interrupt()

    def _begin(
        self, rows: _Rows, threads: ThreadPoolExecutor, under_way: Sequence[_Wave]
    ) -> _Wave | None:
        """The next wave; None where nothing is left, or it must wait for those under way."""
        suspects = [task for task in self._again if task.deaths]
        on_trial = any(task.deaths for wave in under_way for task in wave.tasks)
        if under_way and (suspects or on_trial):
            return None
        # Whoever executes a wave may give up all of it when one of its tasks dies. So who has died
        # alone before has nobody beside it the next time: it dies of itself or not at all.
        tasks = suspects[:1] or list(self._again)
        waiting = [task for task in self._again if not task.deaths] if suspects else []
        self._again = deque([*suspects[1:], *waiting])
        size = self._size()
        while not suspects and len(tasks) < self.places * _TASKS:
            part = rows.take(size)
            if part is None:
                break
            tasks.append(_Task(part))
        if not tasks:
            return None
        folder = WaveFolder(self.folder / f"wave-{self._numbers:06}")
        self._numbers += 1
        folder.write_todo([task.rows for task in tasks])
        return _Wave(folder, tasks, threads.submit(self.submit, folder.path, len(tasks)))

    def _size(self) -> int:
        if self.task_rows is not None:
            return self.task_rows
        if self._per_second is None:
            return _FIRST
        return max(_FEWEST, min(_MOST, int(self._per_second * _SECONDS)))

    def _take(self, wave: _Wave, stages: Stages) -> Iterator[pa.RecordBatch]:
        for number, path in wave.folder.done().items():
            if number in wave.taken:
                continue
            wave.taken.add(number)
            done = wave.folder.read_done(path, outcomes_schema(self.taxonomy))
            stages.decode_wait += done.stages.get("decode_wait", 0.0)
            stages.model += done.stages.get("model", 0.0)
            stages.derive += done.stages.get("derive", 0.0)
            rate = len(done.outcomes) / max(done.seconds, 1e-3)
            # The latest tasks count most: the first ones wait for an engine to open.
            self._per_second = math.sqrt(rate * (self._per_second or rate))
            yield from done.outcomes.to_batches()

    def _end(self, wave: _Wave, *, stopped: bool) -> Iterator[pa.RecordBatch]:
        error = wave.future.exception()
        begun = wave.folder.begun()
        missing = [n for n in range(len(wave.tasks)) if n not in wave.taken]
        wave.folder.remove()
        if stopped:
            return
        if isinstance(error, HangtagError):
            raise error
        if error is not None and not isinstance(error, Exception):
            raise error  # KeyboardInterrupt
        self._idle = self._idle + 1 if missing and not begun else 0
        if self._idle >= _HOPELESS:
            raise EngineError(
                f"Not one task of the last {_HOPELESS} waves was begun: {error}.",
                "See what Spark says of its executors, and whether they have memory enough.",
            ) from error
        for number in missing:
            task = wave.tasks[number]
            if number not in begun:
                self._again.append(task)
            elif len(task.rows) > 1:
                size = math.ceil(len(task.rows) / _PARTS)
                starts = range(0, len(task.rows), size)
                self._again.extend(_Task(task.rows.slice(start, size)) for start in starts)
            elif task.deaths + 1 < _DEATHS:
                self._again.append(_Task(task.rows, task.deaths + 1))
            else:
                message = f"Its worker was killed, {_DEATHS} times in a row: {error}"[:300]
                (batch,) = task.rows.combine_chunks().to_batches()
                yield failed_outcomes(
                    work_of(batch), self.taxonomy, "engine", "worker_died", message
                )


class _Rows:
    """Batches as tables of as many rows as one likes."""

    def __init__(self, batches: Iterator[pa.RecordBatch], stages: Stages):
        self._batches, self._stages = batches, stages
        self._rest: pa.Table | None = None

    def take(self, rows: int) -> pa.Table | None:
        """The next rows, fewer at the end; None after it."""
        start = time.perf_counter()
        parts: list[pa.Table] = []
        wanted = rows
        while wanted:
            if self._rest is None or not len(self._rest):
                batch = next(self._batches, None)
                if batch is None:
                    break
                self._rest = pa.Table.from_batches([batch])
            part = self._rest.slice(0, wanted)
            self._rest = self._rest.slice(len(part))
            wanted -= len(part)
            parts.append(part)
        self._stages.plan += time.perf_counter() - start
        return pa.concat_tables(parts) if parts else None
