"""Photos small enough to lie inside the page."""

from __future__ import annotations

import base64
from pathlib import Path

from hangtag.errors import PhotoError
from hangtag.images import PhotoLimits, locate, read_photo
from hangtag.thumbnails import thumbnail

__all__ = ["Thumbnails"]

# The longer edge, in pixels. Shown a little smaller, so that they stay sharp on fine screens.
_LONGER = 112
_LIMITS = PhotoLimits()


class Thumbnails:
    """Data URLs of JPEGs, each made once. ``images`` is where photos are looked for, None: nowhere.

    A product that serves as example for several options comes up again and again.
    """

    def __init__(self, images: Path | None):
        self._images = images
        self._made: dict[str, str | None] = {}

    def of(self, product_id: str, photo: str | None) -> str | None:
        """The photo that ``photo`` or the id names, None where it is gone or damaged by now."""
        if self._images is None:
            return None
        if product_id not in self._made:
            try:
                # Whether it may lie outside the folder was decided when it was tagged.
                path = locate(product_id, photo, self._images, allow_outside=True)
                self._made[product_id] = _data_url(read_photo(path, _LIMITS))
            except PhotoError:
                self._made[product_id] = None
        return self._made[product_id]


def _data_url(data: bytes) -> str:
    small = thumbnail(data, _LONGER, _LIMITS)
    return "data:image/jpeg;base64," + base64.b64encode(small).decode()
