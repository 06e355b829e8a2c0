"""Photos made small, for pages."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from hangtag.images import PhotoLimits, decode

__all__ = ["thumbnail"]

_EXIF_ORIENTATION = 0x0112


def thumbnail(data: bytes, longer: int, limits: PhotoLimits, *, quality: int = 74) -> bytes:
    """A JPEG of the photo, upright, on white, its longer edge at most ``longer`` pixels.

    Small photos are not blown up. Nothing but pixels is taken over: no metadata, no places.
    Raises PhotoError as ``images.decode`` does.
    """
    pixels = decode(data, (longer,), limits)
    width, height = _size(data)
    scale = min(1.0, longer / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    file = BytesIO()
    Image.fromarray(pixels).resize(size).save(file, "JPEG", quality=quality, optimize=True)
    return file.getvalue()


def _size(data: bytes) -> tuple[int, int]:
    """Width and height as the photo is looked at; of a photo that has just been decoded."""
    with Image.open(BytesIO(data)) as photo:
        sideways = photo.getexif().get(_EXIF_ORIENTATION, 1) >= 5
        width, height = photo.size
    return (height, width) if sideways else (width, height)
