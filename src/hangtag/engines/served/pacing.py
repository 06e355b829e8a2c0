"""How many questions are on their way at once: fewer when the server is overrun, more when not.

Additive increase, multiplicative decrease, as networks share a line (Chiu & Jain, 1989).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

__all__ = ["Pace"]


class Pace:
    """At most ``most`` at once. ``allowed``: how many now, ``under_way``: how many there are."""

    def __init__(self, most: int):
        self.most = most
        self.allowed = float(most)
        self.under_way = 0
        self._quiet_until = 0.0
        self._cut_at = 0.0
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[float]:
        """Wait until another one may go. Gives the time at which it went."""
        async with self._changed:
            while self.under_way >= int(self.allowed):
                await self._changed.wait()
            self.under_way += 1
        try:
            while (quiet := self._quiet_until - time.monotonic()) > 0:
                await asyncio.sleep(quiet)
            yield time.monotonic()
        finally:
            self.under_way -= 1
            await asyncio.shield(self._tell())

    def well(self) -> None:
        """One was answered: after about so many of them as are allowed, one more is."""
        self.allowed = min(float(self.most), self.allowed + 1 / self.allowed)

    def overrun(self, went_at: float, seconds: float) -> None:
        """One that went at that time was turned away; nothing goes for ``seconds``.

        Those that were on their way together count as one complaint.
        """
        now = time.monotonic()
        self._quiet_until = max(self._quiet_until, now + seconds)
        if went_at >= self._cut_at:
            self._cut_at = now
            self.allowed = max(1.0, self.allowed / 2)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()
