"""Photos behind a URL that fsspec knows: object stores, web servers, archives; or any path at all.

A catalog is other people's data. Its photo names are looked for below the root and nowhere else,
unless whoever starts the run says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from posixpath import normpath
from typing import Any

from hangtag.errors import MissingExtraError, PhotoError
from hangtag.images import PhotoLimits

__all__ = ["RemotePhotos", "is_url"]

_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif")


@dataclass(frozen=True)
class RemotePhotos:
    """Photos below ``root``: ``s3://bucket/images``, ``memory://photos``, ``/Volumes/…``.

    ``root`` None: each photo is where the catalog says, a path or a URL of its own. With
    ``allow_outside``, so is one that is no name below the root. Credentials come from where
    fsspec's own libraries look for them.
    """

    root: str | None
    allow_outside: bool = False
    parallel: int = 16

    @property
    def place(self) -> str:
        """The root, without a user's name and password that may stand in it."""
        return re.sub(r"://[^/@]*@", "://", self.root or "")

    def locate(self, product_id: str, photo: str | None) -> str:
        """The URL of a product's photo: what the catalog names, else ``<id>.jpg`` and the like.

        Raises PhotoError ``missing_photo``, ``outside_images_folder`` or ``unreadable``.
        """
        for url in self._candidates(product_id, photo):
            if self._asked(url, "isfile"):
                return url
        raise _missing(product_id, photo)

    def read(self, product_id: str, photo: str | None, limits: PhotoLimits) -> bytes:
        """Its bytes, no more than one over the limit. Raises PhotoError, as ``locate`` does."""
        for url in self._candidates(product_id, photo):
            try:
                # One byte more than is allowed tells that there is more, however large it is.
                data: bytes = self._asked(url, "cat_file", start=0, end=limits.max_bytes + 1)
            except FileNotFoundError:
                continue
            if len(data) > limits.max_bytes:
                raise PhotoError(
                    "too_many_bytes", f"It has more than the {limits.max_bytes:,} bytes allowed."
                )
            return data
        raise _missing(product_id, photo)

    def _candidates(self, product_id: str, photo: str | None) -> Iterator[str]:
        if photo:
            yield self._place(photo)
        elif self.root and product_id and not {"/", "\\"} & set(product_id):
            yield from (f"{self.root.rstrip('/')}/{product_id}{suffix}" for suffix in _SUFFIXES)

    def _place(self, photo: str) -> str:
        absolute = is_url(photo) or photo.startswith("/")
        if self.root is None:
            if not absolute:
                raise PhotoError(
                    "missing_photo", f"{photo[:200]!r} is no whole path, and no folder was named."
                )
            return photo
        root = self.root.rstrip("/")
        if absolute and photo.startswith(root + "/"):
            photo, absolute = photo[len(root) + 1 :], False
        below = normpath(photo)
        if absolute or below == ".." or below.startswith("../"):
            if self.allow_outside and absolute:
                return photo
            raise PhotoError("outside_images_folder", f"{photo[:200]!r} leads out of it.")
        return f"{root}/{below}"

    def _asked(self, url: str, what: str, **options: Any) -> Any:
        try:
            import fsspec
        except ImportError as error:
            raise MissingExtraError("fsspec", "spark") from error
        try:
            files, path = fsspec.core.url_to_fs(url)
            return getattr(files, what)(path, **options)
        except FileNotFoundError:
            raise
        except IsADirectoryError as error:
            raise FileNotFoundError(url) from error
        except ImportError as error:
            # Of the library for this very kind of store, such as s3fs.
            raise PhotoError("unreadable", f"{url[:200]}: {error}"[:300]) from error
        except Exception as error:  # every kind of store has errors of its own
            told = f"{type(error).__name__}: {error}"
            raise PhotoError("unreadable", f"It could not be fetched: {told}"[:300]) from error


def is_url(place: str | Path) -> bool:
    """Whether it has a scheme, as in ``s3://bucket/photos``."""
    return "://" in str(place)


def _missing(product_id: str, photo: str | None) -> PhotoError:
    wanted = photo or f"{product_id}.jpg"
    return PhotoError("missing_photo", f"There is no {wanted[:200]!r} in the images folder.")
