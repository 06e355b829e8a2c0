"""What a server has answered, kept until a run has written it into its tables.

Answers cost time and money, and tables are written in waves: without this, a run that is killed
would ask again for what the last wave lacks. One row an answer, named by the hash of all that was
asked, written before the answer is used.
"""

from __future__ import annotations

import sqlite3
import threading
import time
import warnings
from pathlib import Path

from hangtag.errors import HangtagWarning

__all__ = ["Journal"]

# A run that has not been taken up for so long asks again.
_DAYS = 14


class Journal:
    """Answers in ``folder``/served.sqlite; without a folder, or where it fails, it keeps nothing.

    Several runs may use it at the same time.
    """

    def __init__(self, folder: Path | None):
        self._lock = threading.Lock()
        self._file: sqlite3.Connection | None = None
        self.found = 0
        if folder is None:
            return
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / "served.sqlite"
            path.touch(mode=0o600)
            # Each write is a transaction that a killed process cannot undo; only a machine that
            # loses its power may lose the last ones.
            self._file = sqlite3.connect(
                path, timeout=10, isolation_level=None, check_same_thread=False
            )
            self._file.execute("PRAGMA journal_mode = WAL")
            self._file.execute("PRAGMA synchronous = NORMAL")
            self._file.execute(
                "CREATE TABLE IF NOT EXISTS answers "
                "(asked TEXT PRIMARY KEY, said TEXT NOT NULL, at REAL NOT NULL)"
            )
            self._file.execute("DELETE FROM answers WHERE at < ?", (time.time() - _DAYS * 86400,))
        except (OSError, sqlite3.Error) as error:
            self._gives_up(error)

    def get(self, asked: str) -> str | None:
        """What was said to the question with this hash."""
        with self._lock:
            if self._file is None:
                return None
            try:
                row = self._file.execute(
                    "SELECT said FROM answers WHERE asked = ?", (asked,)
                ).fetchone()
            except sqlite3.Error as error:
                self._gives_up(error)
                return None
            self.found += row is not None
        return None if row is None else str(row[0])

    def put(self, asked: str, said: str) -> None:
        """Keep it."""
        with self._lock:
            if self._file is None:
                return
            try:
                self._file.execute(
                    "INSERT OR REPLACE INTO answers VALUES (?, ?, ?)", (asked, said, time.time())
                )
            except sqlite3.Error as error:
                self._gives_up(error)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _gives_up(self, error: Exception) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        warnings.warn(
            f"Answers cannot be kept on the way: {error}. Should the run be killed, what was "
            "answered in its last seconds is asked again.",
            HangtagWarning,
            stacklevel=4,
        )
