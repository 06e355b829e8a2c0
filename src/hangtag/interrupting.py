"""Ctrl-C as a wish to end well."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["first_ctrl_c"]


@contextmanager
def first_ctrl_c() -> Iterator[threading.Event]:
    """An event that the first Ctrl-C sets; the next one is a KeyboardInterrupt as ever."""
    interrupted = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield interrupted
        return
    before = signal.getsignal(signal.SIGINT)

    def heard(_signal: int, _frame: FrameType | None) -> None:
        interrupted.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGINT, heard)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)
