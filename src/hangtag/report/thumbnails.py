"""Photos small enough to lie inside the page."""

from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path

from PIL import Image

from hangtag.errors import PhotoError
from hangtag.images import PhotoLimits, decode, locate, read_photo

__all__ = ["Thumbnails"]

# The longer edge, in pixels. Shown a little smaller, so that they stay sharp on fine screens.
_LONGER = 112
_LIMITS = PhotoLimits()
_EXIF_ORIENTATION = 0x0112


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
                self._made[product_id] = _thumbnail(read_photo(path, _LIMITS))
            except PhotoError:
                self._made[product_id] = None
        return self._made[product_id]


def _thumbnail(data: bytes) -> str:
    pixels = decode(data, (_LONGER,), _LIMITS)
    width, height = _size(data)
    scale = min(1.0, _LONGER / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    file = BytesIO()
    Image.fromarray(pixels).resize(size).save(file, "JPEG", quality=74, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()


def _size(data: bytes) -> tuple[int, int]:
    """Width and height as the photo is looked at; of a photo that has just been decoded."""
    with Image.open(BytesIO(data)) as photo:
        sideways = photo.getexif().get(_EXIF_ORIENTATION, 1) >= 5
        width, height = photo.size
    return (height, width) if sideways else (width, height)
