"""What one request may ask for."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Beyond these a request is refused with a sentence, not tried.

    ``most``: products of one page. ``deepest``: how far down a ranking one may page.
    ``query_letters``: of a query; of a ``where`` a tenth. ``photo_bytes``, ``photo_pixels``: of a
    photo that is sent or shown. ``filters``: values to filter by. ``thumbnail_bytes``: memory that
    small photos may take, all together.
    """

    most: int = 100
    deepest: int = 2000
    query_letters: int = 20_000
    photo_bytes: int = 20 * 2**20
    photo_pixels: int = 60_000_000
    filters: int = 100
    thumbnail_bytes: int = 64 * 2**20
