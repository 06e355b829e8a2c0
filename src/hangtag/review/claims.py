"""Who is looking at which product now: claims with a time-out, for many threads and processes.

In SQLite, beside the tables: claims change with every product and are worth nothing afterwards, so
they are no rows of a Delta table. What is lost with the file is who looks at what, and no word of
what anybody said.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hangtag.errors import WorkspaceError

__all__ = ["Claims"]

_MAKE = """
CREATE TABLE IF NOT EXISTS claims
    (product_id TEXT PRIMARY KEY, session TEXT NOT NULL, person TEXT NOT NULL, until REAL NOT NULL);
CREATE TABLE IF NOT EXISTS skipped
    (person TEXT, product_id TEXT, until REAL NOT NULL, PRIMARY KEY (person, product_id));
"""
# Another server of the same workspace may be writing.
_PATIENCE_SECONDS = 10.0


class Claims:
    """Claims of sessions (an open page each) on products, and what people skipped.

    ``seconds``: how long a claim holds unless it is renewed. ``skip_seconds``: how long a product
    that a person skipped does not come back to that person.
    """

    def __init__(
        self,
        path: Path,
        *,
        seconds: float = 300.0,
        skip_seconds: float = 12 * 3600.0,
        now: Callable[[], float] = time.time,
    ):
        self._seconds = seconds
        self._skip_seconds = skip_seconds
        self._now = now
        self._path = path
        self._lock = threading.Lock()
        try:
            self._base = sqlite3.connect(
                path, timeout=_PATIENCE_SECONDS, isolation_level=None, check_same_thread=False
            )
            # Safe when the process dies; only a power cut may lose claims.
            self._base.execute("PRAGMA synchronous = OFF")
            self._base.executescript(_MAKE)
        except sqlite3.Error as error:
            raise self._broken(error) from error

    def close(self) -> None:
        """Leave the file."""
        with self._lock:
            self._base.close()

    def take(self, session: str, person: str, product_ids: Iterable[str], n: int) -> list[str]:
        """Claim the first ``n`` that are free, or this session's already."""
        taken: list[str] = []
        with self._writing() as base:
            now = self._now()
            held = dict(
                base.execute(
                    "SELECT product_id, session FROM claims WHERE until > ?", [now]
                ).fetchall()
            )
            skipped = {
                row[0]
                for row in base.execute(
                    "SELECT product_id FROM skipped WHERE person = ? AND until > ?", [person, now]
                )
            }
            for product_id in product_ids:
                if len(taken) == n:
                    break
                if held.get(product_id, session) == session and product_id not in skipped:
                    taken.append(product_id)
            self._hold(base, session, person, taken)
        return taken

    def renew(self, session: str, person: str, product_ids: Sequence[str]) -> list[str]:
        """Hold these for longer; those that are not another session's by now."""
        with self._writing() as base:
            others = {
                row[0]
                for row in base.execute(
                    "SELECT product_id FROM claims WHERE until > ? AND session != ?",
                    [self._now(), session],
                )
            }
            kept = [product_id for product_id in product_ids if product_id not in others]
            self._hold(base, session, person, kept)
        return kept

    def release(self, session: str, product_ids: Sequence[str] | None = None) -> None:
        """Let go of these, or of all that the session holds."""
        with self._writing() as base:
            if product_ids is None:
                base.execute("DELETE FROM claims WHERE session = ?", [session])
            else:
                base.executemany(
                    "DELETE FROM claims WHERE session = ? AND product_id = ?",
                    [(session, product_id) for product_id in product_ids],
                )

    def skip(self, session: str, person: str, product_id: str) -> None:
        """Let go of a product, which this person will not look at now."""
        with self._writing() as base:
            base.execute(
                "INSERT OR REPLACE INTO skipped VALUES (?, ?, ?)",
                [person, product_id, self._now() + self._skip_seconds],
            )
            base.execute(
                "DELETE FROM claims WHERE session = ? AND product_id = ?", [session, product_id]
            )

    def people(self) -> list[str]:
        """Who has a claim now."""
        with self._writing() as base:
            rows = base.execute(
                "SELECT DISTINCT person FROM claims WHERE until > ? ORDER BY person", [self._now()]
            ).fetchall()
        return [row[0] for row in rows]

    def _hold(
        self, base: sqlite3.Connection, session: str, person: str, product_ids: Sequence[str]
    ) -> None:
        until = self._now() + self._seconds
        base.executemany(
            "INSERT OR REPLACE INTO claims VALUES (?, ?, ?, ?)",
            [(product_id, session, person, until) for product_id in product_ids],
        )
        base.execute("DELETE FROM claims WHERE until <= ?", [self._now()])

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction of its own, seen by others whole or not at all."""
        with self._lock:
            try:
                self._base.execute("BEGIN IMMEDIATE")
                try:
                    yield self._base
                except BaseException:
                    self._base.execute("ROLLBACK")
                    raise
                self._base.execute("COMMIT")
            except sqlite3.Error as error:
                raise self._broken(error) from error

    def _broken(self, error: sqlite3.Error) -> WorkspaceError:
        return WorkspaceError(
            f"{self._path} cannot be used: {error}.",
            "It holds nothing of worth: remove it, and start again.",
        )
