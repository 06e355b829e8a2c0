"""Photo bytes → pixels: formats, orientation, limits, and where a product's photo lies.

Runs in the decoding processes, so it imports nothing but NumPy and Pillow.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import (
    Image,
    TiffImagePlugin,  # noqa: F401 - importing a plugin is what makes Pillow know its format
    UnidentifiedImageError,
    WebPImagePlugin,  # noqa: F401
)

from hangtag.errors import PhotoError

__all__ = ["PhotoLimits", "decode", "locate", "read_photo"]

# Pillow knows some forty formats; a catalog needs these, and each parser is one more to attack.
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
_MAGIC = (b"\xff\xd8", b"\x89PNG", b"RIFF", b"GIF8", b"BM", b"II*\0", b"MM\0*")
_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".JPG", ".JPEG", ".PNG", ".WEBP", ".GIF")

_EXIF_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class PhotoLimits:
    """What a photo may weigh, in bytes of its file and in pixels once decoded."""

    max_bytes: int = 50 * 2**20
    max_pixels: int = 100_000_000


def locate(
    product_id: str, photo: str | None, images: Path, *, allow_outside: bool = False
) -> Path:
    """The file of a product's photo: what the catalog names, else ``<id>.jpg`` and the like.

    Raises PhotoError: ``missing_photo``; ``outside_images_folder`` for a path that leads out of
    ``images``, by ``..``, as an absolute path or by a link, unless ``allow_outside``;
    ``remote_photo`` for a URL.
    """
    if photo and "://" in photo:
        raise PhotoError("remote_photo", "The catalog names a URL; download the photos first.")
    candidates = [images / photo] if photo else _named_after(product_id, images)
    try:
        found = next((path for path in candidates if path.is_file()), None)
        inside = allow_outside or found is None or found.resolve().is_relative_to(images.resolve())
    except (OSError, ValueError):  # a name that is too long, or holds a NUL
        found, inside = None, True
    if not inside:
        raise PhotoError("outside_images_folder", f"{str(photo or found)[:200]!r} leads out of it.")
    if found is None:
        wanted = photo or f"{product_id}.jpg"
        raise PhotoError("missing_photo", f"There is no {wanted[:200]!r} in the images folder.")
    return found


def _named_after(product_id: str, images: Path) -> list[Path]:
    if not product_id or "/" in product_id or "\\" in product_id or product_id in (".", ".."):
        return []
    return [images / f"{product_id}{suffix}" for suffix in _SUFFIXES]


def read_photo(path: Path, limits: PhotoLimits) -> bytes:
    """The bytes of a photo's file. Raises PhotoError ``too_many_bytes`` or ``unreadable``."""
    try:
        size = path.stat().st_size
        if size > limits.max_bytes:
            raise PhotoError(
                "too_many_bytes", f"{size:,} bytes are more than the {limits.max_bytes:,} allowed."
            )
        return path.read_bytes()
    except OSError as error:
        raise PhotoError("unreadable", f"The file cannot be read: {error.strerror}.") from error


def decode(data: bytes, sides: Sequence[int], limits: PhotoLimits) -> NDArray[np.uint8]:
    """The photo squashed to a square, upright, on white: uint8 [side, side, 3].

    The side is the smallest of ``sides`` (ascending) that is no smaller than the photo's longer
    edge, else the largest: small photos are not blown up, large ones not looked at in vain.

    Raises PhotoError: ``empty_file``, ``not_an_image``, ``truncated``, ``corrupt``,
    ``too_many_pixels`` or ``unsupported_format``.
    """
    if not data:
        raise PhotoError("empty_file", "The file has no bytes.")
    try:
        with warnings.catch_warnings():
            # Pillow warns of large photos and of odd metadata; the limit below decides instead.
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(data), formats=_FORMATS) as photo:
                return _squashed(photo, sides, limits)
    except PhotoError:
        raise
    except Image.DecompressionBombError as error:
        raise PhotoError("too_many_pixels", f"{error}") from error
    except UnidentifiedImageError as error:
        if data.startswith(_MAGIC):
            raise PhotoError("corrupt", "It begins like a photo and goes on as none.") from error
        raise PhotoError("not_an_image", "It is no photo in any format known here.") from error
    except Exception as error:  # a damaged file can bring down a parser in any way at all
        told = f"{type(error).__name__}: {error}"
        cut = "truncated" in told.lower() or isinstance(error, EOFError)
        raise PhotoError("truncated" if cut else "corrupt", told[:300]) from error


def _squashed(photo: Image.Image, sides: Sequence[int], limits: PhotoLimits) -> NDArray[np.uint8]:
    width, height = photo.size
    if width * height > limits.max_pixels:
        raise PhotoError(
            "too_many_pixels",
            f"{width:,} × {height:,} pixels are more than the {limits.max_pixels:,} allowed.",
        )
    longer = max(width, height)
    side = next((side for side in sides if side >= longer), sides[-1])
    orientation = photo.getexif().get(_EXIF_ORIENTATION, 1)
    # A JPEG can be decoded at a half, a quarter or an eighth; twice the side loses nothing.
    photo.draft(None, (2 * side, 2 * side))
    size = (side, side)
    squashed = _plain(photo).resize(size, Image.Resampling.BILINEAR, reducing_gap=3.0)
    if orientation in _UPRIGHT:
        squashed = squashed.transpose(_UPRIGHT[orientation])
    return np.asarray(squashed.convert("RGB"))


def _plain(photo: Image.Image) -> Image.Image:
    """The first frame without transparency and in 8 bits, in a mode that can be resized."""
    photo.load()
    if photo.mode in ("RGB", "L", "CMYK", "YCbCr"):
        return photo
    if photo.mode.startswith("I"):
        deep = np.asarray(photo).astype(np.int64)
        return Image.fromarray((deep >> 8).clip(0, 255).astype(np.uint8))
    if photo.mode in ("F",):
        raise PhotoError("unsupported_format", "Its pixels are floating-point numbers.")
    if photo.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in photo.info:
        shown = photo.convert("RGBA")
        ground = Image.new("RGBA", shown.size, "white")
        return Image.alpha_composite(ground, shown).convert("RGB")
    return photo.convert("RGB")
