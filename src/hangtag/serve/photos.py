"""A catalog's photos as a browser gets them: small ones made on the way, whole ones as they are."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from hangtag.errors import PhotoError, UsageError
from hangtag.images import PhotoLimits, locate, read_photo
from hangtag.thumbnails import thumbnail
from hangtag.workspace import Workspace

__all__ = ["WIDTHS", "PhotoShelf", "ServedPhoto", "media_type", "photos_folder"]

# The longer edges that small photos are made in: a row, a card, a sharp card, a panel.
WIDTHS = (128, 320, 512, 960)

# How a file begins, and what a browser should take it for. Names of files are not believed.
_KINDS = (
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"WEBP", 8, "image/webp"),
    (b"GIF8", 0, "image/gif"),
    (b"BM", 0, "image/bmp"),
    (b"II*\0", 0, "image/tiff"),
    (b"MM\0*", 0, "image/tiff"),
)
# Decoding takes memory; this many photos at once are plenty for a page.
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class ServedPhoto:
    """Bytes, what they are, and a tag that changes when the file does."""

    data: bytes
    media_type: str
    tag: str


class PhotoShelf:
    """The photos of one folder; nothing outside of it is ever read. For many threads.

    ``images`` None: there are no photos to show. Small photos are kept, those asked for last, up to
    ``keep_bytes``.
    """

    def __init__(self, images: Path | None, *, limits: PhotoLimits, keep_bytes: int):
        self._images = images
        self._limits = limits
        self._keep_bytes = keep_bytes
        self._kept: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()
        self._working = threading.BoundedSemaphore(_AT_ONCE)

    def tag(self, product_id: str, photo: str | None, width: int | None) -> str:
        """What ``photo`` would be tagged with, without reading it. Raises PhotoError."""
        return self._found(product_id, photo, width)[1]

    def photo(self, product_id: str, photo: str | None, width: int | None) -> ServedPhoto:
        """A product's photo, its longer edge ``width`` pixels at most, or as it is (None).

        ``photo`` is what the catalog calls it. Raises PhotoError where it is missing, lies outside
        of the folder, or is none.
        """
        path, tag = self._found(product_id, photo, width)
        if width is None:
            data = read_photo(path, self._limits)
            return ServedPhoto(data, media_type(data), tag)
        key = (tag, width)
        with self._lock:
            small = self._kept.get(key)
            if small is not None:
                self._kept.move_to_end(key)
        if small is None:
            with self._working:
                small = thumbnail(read_photo(path, self._limits), width, self._limits, quality=82)
            self._keep(key, small)
        return ServedPhoto(small, "image/jpeg", tag)

    @property
    def kept_bytes(self) -> int:
        """Memory that small photos take now."""
        return self._bytes

    def _found(self, product_id: str, photo: str | None, width: int | None) -> tuple[Path, str]:
        if self._images is None:
            raise PhotoError("missing_photo", "No images folder is known.")
        path = locate(product_id, photo, self._images)
        try:
            about = path.stat()
        except OSError as error:
            raise PhotoError("unreadable", f"It cannot be read: {error.strerror}.") from error
        told = f"{path}\0{about.st_mtime_ns}\0{about.st_size}\0{width}"
        return path, hashlib.sha256(told.encode(errors="surrogateescape")).hexdigest()[:24]

    def _keep(self, key: tuple[str, int], small: bytes) -> None:
        with self._lock:
            before = self._kept.pop(key, b"")
            self._kept[key] = small
            self._bytes += len(small) - len(before)
            while self._bytes > self._keep_bytes and self._kept:
                self._bytes -= len(self._kept.popitem(last=False)[1])


def media_type(data: bytes) -> str:
    """What a photo's bytes are. Raises PhotoError ``not_an_image`` for anything else."""
    for mark, place, name in _KINDS:
        if data[place : place + len(mark)] == mark:
            return name
    raise PhotoError("not_an_image", "The file holds no photo.")


def photos_folder(place: Workspace, images: Path | None) -> Path | None:
    """``images``, by default where the last run found them; None where that is gone.

    Raises UsageError where ``images`` is no folder.
    """
    if images is not None:
        if not images.is_dir():
            raise UsageError(f"{images} is no folder.", "Name the folder that holds the photos.")
        return images
    told = (place.last_run() or {}).get("images")
    return Path(told) if isinstance(told, str) and Path(told).is_dir() else None
