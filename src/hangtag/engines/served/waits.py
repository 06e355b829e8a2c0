"""How long to wait before a question is asked again."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

__all__ = ["backoff", "retry_after"]

_FIRST_SECONDS = 0.5
_MOST_SECONDS = 30.0


def backoff(tries: int, dice: random.Random, first: float = _FIRST_SECONDS) -> float:
    """Seconds before try ``tries`` + 1: up to twice as many as before, half a minute at most.

    All of it is left to chance ("full jitter": Brooker, *Exponential Backoff And Jitter*, 2015), so
    that those who were turned away together do not come back together.
    """
    return dice.uniform(0, min(_MOST_SECONDS, first * 2 ** min(tries - 1, 16)))


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds that a server asks to wait: ``Retry-After`` in seconds or as a date, or in ms."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    told = headers.get("retry-after")
    seconds = _number(told)
    if seconds is not None or told is None:
        return seconds
    try:
        moment = parsedate_to_datetime(told)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())


def _number(told: str | None) -> float | None:
    try:
        number = float(told) if told is not None else -1.0
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None
