"""Tokens and money: counted, and held below a limit."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Bill", "Prices"]


@dataclass(frozen=True)
class Prices:
    """What a million tokens cost, read and written, in whatever currency."""

    read: float
    written: float

    def of(self, read: int, written: int) -> float:
        """What so many tokens cost."""
        return (read * self.read + written * self.written) / 1e6


@dataclass
class Bill:
    """What was asked so far. ``limit``: what may be spent, in the currency of ``prices``.

    ``uncounted``: answers for which the server did not say how many tokens they took.
    """

    prices: Prices | None = None
    limit: float | None = None
    requests: int = 0
    tokens_read: int = 0
    tokens_written: int = 0
    uncounted: int = 0
    _dearest: float = field(default=0.0)

    @property
    def spent(self) -> float | None:
        """In the currency of the prices, None without prices."""
        if self.prices is None:
            return None
        return self.prices.of(self.tokens_read, self.tokens_written)

    def allows(self, under_way: int) -> bool:
        """Whether one more may be asked while so many others are, each as dear as the dearest."""
        spent = self.spent
        if self.limit is None or spent is None:
            return True
        return spent + self._dearest * (under_way + 1) <= self.limit

    def add(self, read: int | None, written: int | None) -> None:
        """One was answered."""
        self.requests += 1
        if read is None or written is None:
            self.uncounted += 1
            return
        self.tokens_read += read
        self.tokens_written += written
        if self.prices is not None:
            self._dearest = max(self._dearest, self.prices.of(read, written))
