"""Brings ``attributes`` up to what people said, behind their backs, so that no save waits for it.

A save is safe once it is a row of ``corrections``. Putting it into ``attributes`` rewrites the file
that holds the product's row, so corrections are gathered: the first one is put there at once, those
that come meanwhile together, as seldom as keeps it to a small share of the time.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection

from hangtag.corrections import Corrections
from hangtag.errors import WorkspaceError
from hangtag.settling import settle
from hangtag.workspace import Workspace

__all__ = ["Settler"]

_LOG = logging.getLogger("hangtag.review")
_LEAST_SECONDS, _TIMES_AS_LONG = 2.0, 40.0


class Settler:
    """A thread from ``start`` to ``stop``, which puts in what is left."""

    def __init__(self, place: Workspace, store: Corrections):
        self._place = place
        self._store = store
        self._waiting: set[str] = set()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="settler", daemon=True)

    def start(self) -> None:
        """Put in what was left when a server died, and then what comes."""
        self.touch(self._store.products())
        self._thread.start()

    def touch(self, product_ids: Collection[str]) -> None:
        """People spoke of these."""
        with self._lock:
            self._waiting.update(product_ids)
            if self._waiting:
                self._wake.set()

    def stop(self) -> None:
        """Put in what is waiting and end."""
        self._ending.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            began = time.monotonic()
            self._settle()
            if self._ending.is_set():
                return
            took = time.monotonic() - began
            self._ending.wait(max(_LEAST_SECONDS, _TIMES_AS_LONG * took))

    def _settle(self) -> None:
        with self._lock:
            these, self._waiting = self._waiting, set()
            self._wake.clear()
        if not these:
            return
        try:
            settle(self._place, these)
            self._store.tidy()
        except WorkspaceError as error:
            # The corrections are safe; they are put in with the next ones, or by the next start.
            _LOG.warning("%s", error)
            with self._lock:
                self._waiting |= these
