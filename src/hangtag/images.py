"""Photo bytes → pixels: formats, orientation, limits, and where a product's photo lies.

Runs in the decoding processes, so it imports nothing but NumPy and Pillow.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from math import ceil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import (
    Image,
    TiffImagePlugin,  # noqa: F401 - importing a plugin is what makes Pillow know its format
    WebPImagePlugin,  # noqa: F401
)

from hangtag.errors import PhotoError
from hangtag.photo_faults import fault_of

__all__ = ["PhotoLimits", "decode", "locate", "read_photo"]

# Pillow knows some forty formats; a catalog needs these, and each parser is one more to attack.
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".JPG", ".JPEG", ".PNG", ".WEBP", ".GIF")

# Shrinking first by whole numbers down to this many times the side changes nothing one could see.
_GAP = 3.0
# Pixels of a photo that are converted at once.
_BAND = 4_000_000

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
    """What a photo may weigh, in bytes of its file and in pixels once decoded, and take.

    Decoding takes up to 5 bytes of memory a pixel in each process that decodes. A WebP takes four
    times that, so it may have a quarter of the pixels. Those who decode in other processes wait
    ``max_seconds`` for one photo; ``decode`` itself has no clock.
    """

    max_bytes: int = 50 * 2**20
    max_pixels: int = 100_000_000
    max_seconds: float = 60.0


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
    candidates = _named(photo, images) if photo else _named_after(product_id, images)
    try:
        found = next((path for path in candidates if path.is_file()), None)
        inside = allow_outside or found is None or _is_inside(found, images)
    except (OSError, ValueError):  # a name that is too long, or holds a NUL
        found, inside = None, True
    if not inside:
        raise PhotoError("outside_images_folder", f"{str(photo or found)[:200]!r} leads out of it.")
    if found is None:
        wanted = photo or f"{product_id}.jpg"
        raise PhotoError("missing_photo", f"There is no {wanted[:200]!r} in the images folder.")
    return found


def _named(photo: str, images: Path) -> Iterator[Path]:
    yield images / photo
    # Seen from where the folder lies: `images/1.jpg`, and --images images.
    folder, _, rest = photo.partition("/")
    if rest and folder == images.name:
        yield images / rest


def _named_after(product_id: str, images: Path) -> Iterator[Path]:
    if product_id and not {"/", "\\"} & set(product_id):
        yield from (images / f"{product_id}{suffix}" for suffix in _SUFFIXES)


def _is_inside(path: Path, folder: Path) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


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


def decode(
    data: bytes, sides: Sequence[int], limits: PhotoLimits, *, exact: bool = False
) -> NDArray[np.uint8]:
    """The photo squashed to a square, upright, on white: uint8 [side, side, 3].

    The side is the smallest of ``sides`` (ascending) that is no smaller than the photo's longer
    edge, else the largest: small photos are not blown up, large ones not looked at in vain.

    ``exact``: decoded whole and resized once by Pillow's LANCZOS, as models of other people have
    seen photos. That takes longer than the usual way, which lets the decoder of JPEG shrink first.

    Raises PhotoError: ``empty_file``, ``not_an_image``, ``truncated``, ``corrupt``,
    ``too_many_pixels``, ``unsupported_format``, or ``unreadable`` where memory ran out.
    """
    if not data:
        raise PhotoError("empty_file", "The file has no bytes.")
    try:
        with warnings.catch_warnings():
            # Pillow warns of large photos and of odd metadata; the limit below decides instead.
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(data), formats=_FORMATS) as photo:
                return _squashed(photo, sides, limits, exact)
    except PhotoError:
        raise
    except Exception as error:  # a damaged file can bring down a parser in any way at all
        raise fault_of(data, error) from error


def _squashed(
    photo: Image.Image, sides: Sequence[int], limits: PhotoLimits, exact: bool
) -> NDArray[np.uint8]:
    width, height = photo.size
    # The decoder of WebP keeps two canvases and hands over two copies.
    allowed = limits.max_pixels // (4 if photo.format == "WEBP" else 1)
    if width * height > allowed:
        raise PhotoError(
            "too_many_pixels",
            f"{width:,} × {height:,} pixels are more than the {allowed:,} allowed.",
        )
    longer = max(width, height)
    side = next((side for side in sides if side >= longer), sides[-1])
    # Pillow turns a TIFF upright by itself, and nothing else.
    orientation = 1 if photo.format == "TIFF" else photo.getexif().get(_EXIF_ORIENTATION, 1)
    size = (side, side)
    if exact:
        squashed = _plain(photo, side).resize(size, Image.Resampling.LANCZOS)
    else:
        # A JPEG can be decoded at a half, a quarter or an eighth; twice the side loses nothing.
        photo.draft(None, (2 * side, 2 * side))
        whole = _plain(photo, side)
        squashed = whole.resize(size, Image.Resampling.BILINEAR, reducing_gap=_GAP)
    if orientation in _UPRIGHT:
        squashed = squashed.transpose(_UPRIGHT[orientation])
    return np.asarray(squashed.convert("RGB"))


def _plain(photo: Image.Image, side: int) -> Image.Image:
    """The first frame in a mode that can be resized, opaque, 8 bits deep.

    What has to be converted is shrunk on the way, band by band: converted whole, a photo at the
    limit would take gigabytes.
    """
    photo.load()
    if photo.mode == "F":
        raise PhotoError("unsupported_format", "Its pixels are floating-point numbers.")
    if photo.mode in ("RGB", "L", "CMYK", "YCbCr") and "transparency" not in photo.info:
        return photo
    width, height = photo.size
    across, down = (max(1, int(length / side / _GAP)) for length in photo.size)
    shrunk = Image.new("RGB", (ceil(width / across), ceil(height / down)))
    rows = max(1, _BAND // width // down) * down
    for top in range(0, height, rows):
        band = _opaque(photo.crop((0, top, width, min(top + rows, height))))
        shrunk.paste(band.reduce((across, down)), (0, top // down))
    return shrunk


def _opaque(photo: Image.Image) -> Image.Image:
    """As RGB, on white where it is transparent."""
    if photo.mode.startswith("I"):  # 16 bits a pixel
        deep = np.asarray(photo).clip(0, 0xFFFF)
        photo = Image.fromarray((deep >> 8).astype(np.uint8))
    elif photo.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in photo.info:
        shown = photo.convert("RGBA")
        photo = Image.alpha_composite(Image.new("RGBA", shown.size, "white"), shown)
    return photo.convert("RGB")
