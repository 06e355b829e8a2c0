"""Where photo bytes come from: a folder on this machine, or whatever has the same two methods.

Imported by the decoding processes, so it imports no more than they do anyway.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hangtag.errors import PhotoError
from hangtag.images import PhotoLimits, locate, read_photo

__all__ = ["LocalPhotos", "PhotoSource", "within_limits"]


class PhotoSource(Protocol):
    """Photos by product. It is pickled and sent to the processes that decode.

    ``place``: what to call it. ``parallel``: how many photos are worth reading at once; 1 where
    there is nothing to wait for.
    """

    @property
    def place(self) -> str: ...  # noqa: D102

    @property
    def parallel(self) -> int: ...  # noqa: D102

    def locate(self, product_id: str, photo: str | None) -> str:
        """Where the photo lies, as a path or URL. Raises PhotoError when it lies nowhere."""
        ...

    def read(self, product_id: str, photo: str | None, limits: PhotoLimits) -> bytes:
        """Its bytes. Raises PhotoError when there are none, or more than ``limits`` allow."""
        ...


@dataclass(frozen=True)
class LocalPhotos:
    """A folder of this machine, or one that is mounted here; see ``images.locate``."""

    folder: Path
    allow_outside: bool = False
    parallel: int = 1

    @property
    def place(self) -> str:
        """The whole path."""
        return str(self.folder.resolve())

    def locate(self, product_id: str, photo: str | None) -> str:
        """See ``PhotoSource.locate``."""
        return str(locate(product_id, photo, self.folder, allow_outside=self.allow_outside))

    def read(self, product_id: str, photo: str | None, limits: PhotoLimits) -> bytes:
        """See ``PhotoSource.read``."""
        return read_photo(Path(self.locate(product_id, photo)), limits)


def within_limits(data: bytes, limits: PhotoLimits) -> bytes:
    """The bytes as they are. Raises PhotoError ``too_many_bytes`` when they are too many."""
    if len(data) > limits.max_bytes:
        raise PhotoError(
            "too_many_bytes", f"{len(data):,} bytes are more than the {limits.max_bytes:,} allowed."
        )
    return data
