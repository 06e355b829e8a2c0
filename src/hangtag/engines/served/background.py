"""An event loop in a thread of its own, for an engine that is asked from ordinary code.

It may be asked inside a notebook, whose own thread has a loop already, and from any thread.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

__all__ = ["Background"]

T = TypeVar("T")
_SECONDS = 5.0


class Background:
    """Runs coroutines. The thread dies with the process; ``close`` ends it before."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="hangtag-served", daemon=True
        )
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What ``work`` comes to. Whoever is interrupted while waiting (Ctrl-C) cancels it."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def close(self, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do one ``last`` thing, then end the thread. May be called from anywhere, also twice."""
        if self._loop.is_closed() or not self._loop.is_running():
            return
        ending = asyncio.run_coroutine_threadsafe(last(), self._loop)
        ending.add_done_callback(lambda _: self._loop.call_soon_threadsafe(self._loop.stop))
        if threading.current_thread() is not self._thread:
            self._thread.join(_SECONDS)
            if not self._thread.is_alive():
                self._loop.close()
