"""The other end of ``reader``: feeds it, and finds out which product it died of."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import IO, Any

import pyarrow as pa

from hangtag.errors import EngineError, HangtagError, UsageError
from hangtag.spark.pipes import from_ipc, receive, send, to_ipc

__all__ = ["ReaderApart"]

# Handed over at once: rows that wait in the reader are lost with it and sent again.
_ROWS, _BYTES = 128, 8 * 2**20
# A reader may be killed for another's sake, such as by a system short of memory. A product that it
# dies of as often as this, when it has no other one, is to blame.
_DEATHS = 2
# As often in a row without having asked for anything, and no product is.
_STILLBORN = 3

_START = "from hangtag.spark.reader import main; main()"


class _DiedError(Exception):
    """The reader is no more."""


class ReaderApart:
    """A process that reads products: started when needed, replaced when it dies, kept otherwise.

    ``environment`` adds to this process's own.
    """

    def __init__(self, environment: Mapping[str, str] | None = None):
        self.environment = dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._open: tuple[IO[bytes], IO[bytes]] | None = None
        self._stillborn = 0

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return self._process.pid if self._process else None

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        streams, self._open = self._open or (), None
        if process is not None:
            process.kill()
            process.wait()
        for stream in streams:
            # What could not be written is of no use any more.
            with suppress(OSError):
                stream.close()

    def look(self, job: bytes) -> str:
        """What ``ReadingJob.card`` says of the job's engine, opened there.

        Raises EngineError or UsageError as opening it does.
        """
        try:
            told, answers = self._streams()
            send(told, "look", job)
            _, card = self._next(answers)
        except (_DiedError, OSError) as error:
            self.close()
            raise _hopeless() from error
        return str(card)

    def read(
        self,
        job: bytes,
        batches: Iterator[pa.RecordBatch],
        *,
        raw: bool = False,
        spent: Callable[[Mapping[str, float]], None] = lambda _: None,
    ) -> Iterator[pa.RecordBatch]:
        """Rows of ``planning.WORK`` → one outcome each, in any order; see ``read_products``.

        ``raw``: rows of ``readings.CATALOG`` instead. Either may have a column ``content``. A row
        that the process dies of becomes a failure ``worker_died``. ``spent`` is told seconds by
        stage. Raises EngineError when the engine gives up, or no process lives long enough.
        """
        flight = _InFlight(batches)
        whole = False
        try:
            while True:
                try:
                    yield from self._stream(job, flight, raw, spent)
                    break
                except _DiedError:
                    self.close()
                for row in flight.crashed():
                    yield self._alone(job, row, raw, spent)
            whole = True
        finally:
            if not whole:
                self.close()  # it would go on with what nobody wants any more

    def _alone(
        self, job: bytes, row: pa.RecordBatch, raw: bool, spent: Callable[..., None]
    ) -> pa.RecordBatch:
        for _ in range(_DEATHS):
            try:
                (outcome,) = self._stream(job, _InFlight(iter([row])), raw, spent)
            except _DiedError:
                self.close()
            else:
                return outcome
        message = f"The process that read it was killed, {_DEATHS} times in a row."
        try:
            told, answers = self._streams()
            send(told, "fail", job, to_ipc(row), raw, message)
            return from_ipc(self._next(answers)[1])
        except (_DiedError, OSError) as error:
            self.close()
            raise _hopeless() from error

    def _stream(
        self, job: bytes, flight: _InFlight, raw: bool, spent: Callable[..., None]
    ) -> Iterator[pa.RecordBatch]:
        """One pass of the protocol. Raises _DiedError when the process dies in it."""
        asked = False
        try:
            told, answers = self._streams()
            send(told, "read", job, raw)
            while True:
                kind, *rest = self._next(answers)
                if kind == "next":
                    asked = True
                    batch = flight.next()
                    send(told, *(("end",) if batch is None else ("rows", to_ipc(batch))))
                elif kind == "asking":
                    flight.in_hand = rest[0]
                elif kind == "outcomes":
                    outcomes = from_ipc(rest[0])
                    flight.landed(outcomes["product_id"].to_pylist())
                    yield outcomes
                else:
                    spent(rest[0])
                    self._stillborn = 0
                    return
        except (_DiedError, BrokenPipeError) as error:
            self._stillborn = 0 if asked else self._stillborn + 1
            if self._stillborn >= _STILLBORN:
                raise _hopeless() from error
            raise _DiedError from error

    def _streams(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process is None or self._process.poll() is not None or self._open is None:
            self.close()
            # Whatever way this process finds modules in, such as files that Spark has sent it.
            paths = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
            process = subprocess.Popen(  # noqa: S603 - this very Python, with a line of ours
                [sys.executable, "-c", _START],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, **paths, **self.environment},
            )
            if process.stdin and process.stdout:  # as was asked for
                self._process, self._open = process, (process.stdin, process.stdout)
        if self._open is None:
            raise _DiedError
        return self._open

    def _next(self, answers: IO[bytes]) -> tuple[Any, ...]:
        try:
            kind, *rest = receive(answers)
        except EOFError as error:
            raise _DiedError from error
        if kind == "error":
            name, message, hint = rest
            kinds = {"EngineError": EngineError, "CalibrationError": EngineError}
            usual = UsageError if name.endswith(("UsageError", "ExtraError")) else HangtagError
            raise kinds.get(name, usual)(message, hint)
        if kind == "bug":
            raise RuntimeError(rest[0])
        return (kind, *rest)


class _InFlight:
    """Rows that were handed over and have no outcome yet. ``in_hand``: ids the engine looks at."""

    def __init__(self, batches: Iterator[pa.RecordBatch]):
        self._source = (part for batch in batches for part in _parts(batch))
        self._again: deque[pa.RecordBatch] = deque()
        self._rows: dict[str, list[pa.RecordBatch]] = {}
        self.in_hand: list[str] = []

    def next(self) -> pa.RecordBatch | None:
        """The next rows, None when there are no more."""
        batch = self._again.popleft() if self._again else next(self._source, None)
        if batch is not None:
            for place, product_id in enumerate(batch["product_id"].to_pylist()):
                self._rows.setdefault(product_id, []).append(batch.slice(place, 1))
        return batch

    def landed(self, product_ids: list[str]) -> None:
        """These have their outcomes; of rows with the same id, it does not matter which."""
        for product_id in product_ids:
            rows = self._rows[product_id]
            rows.pop(0)
            if not rows:
                del self._rows[product_id]

    def crashed(self) -> list[pa.RecordBatch]:
        """After a death: the rows to try one by one. All others will come again by ``next``."""
        in_hand = set(self.in_hand)
        self.in_hand = []
        rows = [(product_id, row) for product_id, rows in self._rows.items() for row in rows]
        self._rows = {}
        suspects = [row for product_id, row in rows if not in_hand or product_id in in_hand]
        self._again.extendleft(row for i, row in reversed(rows) if in_hand and i not in in_hand)
        return suspects


def _parts(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Slices of so many rows and bytes at most, but of one row at least."""
    a_row = batch.nbytes // max(1, batch.num_rows) + 1
    rows = max(1, min(_ROWS, _BYTES // a_row))
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)


def _hopeless() -> EngineError:
    return EngineError(
        "The processes that read photos die before they have read any.",
        "See whether memory has run out; standard error of the worker says more.",
    )
