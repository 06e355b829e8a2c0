"""Other processes that read and decode photos ahead of the engine, a bounded number of them.

Each process imports little (NumPy, Pillow), ends when its parent does, however that dies, and may
itself be killed by a photo, or kept for ever, without taking the run along.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hangtag.errors import HangtagError, PhotoError
from hangtag.images import PhotoLimits, decode
from hangtag.photo_sources import LocalPhotos, PhotoSource, within_limits

__all__ = ["Photo", "PhotoPool", "PhotoRequest"]

# Photos handed to a process at once: fewer, and the handing over costs more than the decoding.
_CHUNK = 16
# Chunks under way for each process: one in its hands, the others waiting so that it never does.
_AHEAD = 3
# Seconds without photos after which it is looked whether all processes live, and get on.
_LOOKED_AFTER = 2.0
# Seconds that processes have to end in, once their work is of no use any more.
_GRACE = 5.0


class PhotoRequest(NamedTuple):
    """A photo to read. ``photo``: what the catalog says of where it lies, if anything.

    ``known_sha256``: with this hash it need not be decoded. ``data``: its bytes, or why
    there are none, where that is known already. ``fault``: why it must not be decoded.
    """

    product_id: str
    photo: str | None
    known_sha256: str | None = None
    data: bytes | PhotoError | None = None
    fault: PhotoError | None = None


class Photo(NamedTuple):
    """What came of a request: ``pixels``, uint8 [side, side, 3], or an error.

    Neither of them: the photo's hash is the one that was known. ``sha256`` is of the file's bytes,
    None where there were none to read.
    """

    product_id: str
    sha256: str | None
    pixels: NDArray[np.uint8] | None
    error: PhotoError | None


class _Chunk(NamedTuple):
    """Photos handed over. ``slot``: where the process tells which of them is in its hands."""

    requests: list[PhotoRequest]
    slot: int
    future: Future[list[Photo]]


class _HungError(Exception):
    """A process does not get on with the photo at this ``place`` in its chunk."""

    def __init__(self, place: int):
        self.place = place


class _Job(NamedTuple):
    """What is the same for every photo of a run."""

    source: PhotoSource
    sides: Sequence[int]
    limits: PhotoLimits
    exact: bool


class PhotoPool:
    """Reads photos in ``processes`` others (one a core, at most four); a context manager.

    ``images``: their folder, or another source of photos, which then knows by itself what it
    allows. ``sides``: the sizes to decode to, ascending; ``exact``: how; see ``images.decode``.
    """

    def __init__(
        self,
        images: Path | PhotoSource,
        sides: Sequence[int],
        *,
        processes: int | None = None,
        limits: PhotoLimits | None = None,
        allow_outside: bool = False,
        exact: bool = False,
    ):
        source = LocalPhotos(images, allow_outside) if isinstance(images, Path) else images
        self._job = _Job(source, tuple(sides), limits or PhotoLimits(), exact)
        self._processes = processes or min(4, _cores())
        self._executor: ProcessPoolExecutor | None = None
        # Closing it tells the processes to leave their work. A pipe, since one that is killed can
        # hold no lock of it.
        self._at_work: Connection | None = None
        # A slot for each chunk under way: the number of the photo in hand, from 1 on, or 0.
        self._in_hand: Any = None
        self._submitted = 0

    def __enter__(self) -> PhotoPool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def read(self, requests: Iterable[PhotoRequest]) -> Iterator[Photo]:
        """One Photo a request, in the same order; ``requests`` is drawn from as there is room.

        Raises HangtagError where no process can be kept alive.
        """
        waiting = iter(requests)
        under_way: deque[_Chunk] = deque()
        while True:
            while len(under_way) < self._processes * _AHEAD:
                chunk = list(islice(waiting, _CHUNK))
                if not chunk:
                    break
                under_way.append(self._submit(chunk))
            if not under_way:
                return
            first = under_way[0]
            try:
                photos = self._answer(first)
            except _HungError as hung:
                # The others are as they were: all that is under way goes again, but for this one.
                self._close(grace=0)
                first.requests[hung.place] = self._too_slow(first.requests[hung.place])
                again = [chunk.requests for chunk in under_way]
                under_way.clear()
                under_way.extend(map(self._submit, again))
            except BrokenProcessPool:
                # Everything under way is lost with the process that died. Nobody knows which photo
                # killed it, so those go again one by one, and the one that kills again is it.
                self._close()
                lost = [request for chunk in under_way for request in chunk.requests]
                under_way.clear()
                for request in lost:
                    yield self._alone(request)
            else:
                under_way.popleft()
                yield from photos

    def _submit(self, requests: list[PhotoRequest]) -> _Chunk:
        executor = self._executor or self._open()
        self._submitted += 1
        slot = self._submitted % len(self._in_hand)
        try:
            with _undisturbed():
                future = executor.submit(_read_chunk, self._job, requests, slot)
        except BrokenProcessPool as error:
            # Told by the result, where a death is dealt with.
            future = Future()
            future.set_exception(error)
        return _Chunk(requests, slot, future)

    def _answer(self, chunk: _Chunk) -> list[Photo]:
        """What a process made of its chunk.

        Raises BrokenProcessPool when one has died, _HungError when this one does not get on.
        """
        pause = min(_LOOKED_AFTER, self._job.limits.max_seconds)
        in_hand, waited = 0, 0.0
        while True:
            try:
                return chunk.future.result(timeout=pause)
            except TimeoutError:
                if chunk.future.done():
                    raise
                if self._executor is not None:
                    _break_if_stuck(self._executor)
            # Counted by looks and not by the clock: a run may have been stopped for a while.
            now = self._in_hand[chunk.slot]
            waited = waited + pause if now == in_hand else 0.0
            in_hand = now
            if in_hand and waited >= self._job.limits.max_seconds:
                raise _HungError(in_hand - 1)

    def _too_slow(self, request: PhotoRequest) -> PhotoRequest:
        error = PhotoError(
            "decoder_hung",
            f"Decoding it had not come to an end after {self._job.limits.max_seconds:g} seconds.",
        )
        # Where it was not the decoder that hung, its bytes are what it must do without.
        return request._replace(fault=error, data=error if request.fault else request.data)

    def _alone(self, request: PhotoRequest) -> Photo:
        # Twice, for the first time the process may have been killed for another's sake, such as by
        # a system short of memory.
        deaths = 0
        while deaths < 2:
            try:
                return self._answer(self._submit([request]))[0]
            except _HungError:
                self._close(grace=0)
                request = self._too_slow(request)
            except BrokenProcessPool:
                self._close()
                deaths += 1
        self._expect_life()
        error = PhotoError("decoder_died", "The process that decoded it was killed.")
        return Photo(request.product_id, None, None, error)

    def _expect_life(self) -> None:
        """Raise HangtagError where processes die without any photo: then no photo is guilty."""
        try:
            self._answer(self._submit([]))
        except BrokenProcessPool as error:
            self._close()
            raise HangtagError(
                "The processes that decode photos die as soon as they start.",
                "A script of yours must start the run below `if __name__ == '__main__':`, and come "
                "from a file; otherwise see whether memory has run out.",
            ) from error

    def _open(self) -> ProcessPoolExecutor:
        # Not forked: this process has threads of other libraries, whose locks would be copied.
        context = multiprocessing.get_context("spawn")
        watched, self._at_work = context.Pipe(duplex=False)
        self._in_hand = context.RawArray("i", self._processes * _AHEAD)
        self._executor = ProcessPoolExecutor(
            self._processes, context, initializer=_begin, initargs=(watched, self._in_hand)
        )
        return self._executor

    def _close(self, grace: float | None = None) -> None:
        if self._at_work is not None:
            self._at_work.close()
            self._at_work = None
        if self._executor is not None:
            # A photo that hangs would be waited for without end.
            seconds = _GRACE if grace is None else grace
            impatience = threading.Timer(seconds, _break, _processes_of(self._executor))
            impatience.start()
            self._executor.shutdown(wait=True, cancel_futures=True)
            impatience.cancel()
            impatience.join()
            self._executor = None


def _processes_of(executor: ProcessPoolExecutor) -> tuple[list[Any], Connection]:
    """Its processes, and its end to write into of the pipe that they answer by."""
    queue: Any = executor._result_queue
    return list((executor._processes or {}).values()), queue._writer


def _break(processes: list[Any], answers: Connection) -> None:
    """Kill an executor's processes, and let it see that they are dead.

    One that is killed while it hands over its photos leaves half of them in the pipe. The executor
    waits for the other half, for ever, since this process holds an end to write into as well; and
    the other processes wait for their turn. It has no public way to be told.
    """
    for process in processes:
        process.kill()
    answers.close()


def _break_if_stuck(executor: ProcessPoolExecutor) -> None:
    """Let an executor see that a process of its has died, where it may not see it by itself."""
    processes, answers = _processes_of(executor)
    if any(process.exitcode is not None for process in processes):
        _break(processes, answers)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C waits until the end; a process that is started herein does not hear of it at all.

    Otherwise it could die of it before it can ignore it, or be left half started.
    """
    heard: list[int] = []
    usual = signal.getsignal(signal.SIGINT)
    deferred = threading.current_thread() is threading.main_thread() and usual is not None
    if deferred:
        signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    # What is blocked is inherited. Here another thread may be given the signal all the same.
    blocks = hasattr(signal, "pthread_sigmask")
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if blocks else set()
    try:
        yield
    finally:
        if blocks:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if deferred:
            signal.signal(signal.SIGINT, usual)
        if heard:
            signal.raise_signal(signal.SIGINT)


def _cores() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# In a decoding process: a pipe that ends when the work in hand is of no use any more; where it says
# which photo of a chunk is in its hands.
_watched: Connection | None = None
_in_hand: Any = [0]


def _begin(watched: Connection, in_hand: Any) -> None:
    """First thing in a decoding process."""
    global _watched, _in_hand
    _watched, _in_hand = watched, in_hand
    # Ctrl-C goes to every process of a terminal; ending cleanly is the parent's business.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # libtiff writes of damaged files there, in the midst of the progress bar.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    Image.preinit()  # else Pillow loads its formats in the first photo's time
    Image.MAX_IMAGE_PIXELS = None  # `decode` has a limit of its own, which the user can set


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _read_chunk(job: _Job, requests: Sequence[PhotoRequest], slot: int) -> list[Photo]:
    if job.source.parallel > 1 and len(requests) > 1:
        # Waiting for a network is done for all of them at once.
        with ThreadPoolExecutor(job.source.parallel) as threads:
            fetched = threads.map(lambda request: _fetch(job, request), requests)
            requests = [r._replace(data=data) for r, data in zip(requests, fetched, strict=True)]
    photos = []
    try:
        for number, request in enumerate(requests, 1):
            if _watched is not None and _watched.poll():
                break
            _in_hand[slot] = number
            photos.append(_read(job, request))
    finally:
        _in_hand[slot] = 0
    return photos


def _fetch(job: _Job, request: PhotoRequest) -> bytes | PhotoError:
    if request.data is not None:
        return request.data
    try:
        return job.source.read(request.product_id, request.photo, job.limits)
    except PhotoError as error:
        return error


def _read(job: _Job, request: PhotoRequest) -> Photo:
    sha = None
    try:
        data = _fetch(job, request)
        if isinstance(data, PhotoError):
            raise data
        within_limits(data, job.limits)
        sha = hashlib.sha256(data).hexdigest()
        if request.fault is not None:
            raise request.fault
        known = sha == request.known_sha256
        pixels = None if known else decode(data, job.sides, job.limits, exact=job.exact)
        return Photo(request.product_id, sha, pixels, None)
    except PhotoError as error:
        return Photo(request.product_id, sha, None, error)
