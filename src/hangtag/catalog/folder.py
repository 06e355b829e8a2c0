"""A bare folder of photos as a catalog: the name of a file is the id of its product."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

import pyarrow as pa

from hangtag.errors import CatalogError

__all__ = ["PhotoFolder"]

_PHOTOS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"})


class PhotoFolder:
    """Photos in a folder and the folders below it, in the order of their names."""

    columns: Mapping[str, str]

    def __init__(self, path: Path):
        self._path = path
        self.columns = {"product_id": "file name", "photo": "path"}
        if next(self._photos(), None) is None:
            raise CatalogError(
                f"There is no photo in {path}.", "Name a folder with photos, or a catalog file."
            )

    def batches(self, notes: Counter[str], rows: int) -> Iterator[dict[str, pa.Array]]:
        """Id and path, relative to the folder; both exactly as the file is named."""
        named = self._named(notes)
        while chunk := list(islice(named, rows)):
            ids, photos = zip(*chunk, strict=True)
            yield {"product_id": pa.array(ids), "photo": pa.array(photos)}

    def _named(self, notes: Counter[str]) -> Iterator[tuple[str, str]]:
        for file in self._photos():
            photo = file.relative_to(self._path).as_posix()
            if _is_text(photo):
                yield file.stem, photo
            else:
                notes["unreadable_names"] += 1

    def _photos(self) -> Iterator[Path]:
        for folder, folders, files in os.walk(self._path):
            # Hidden ones hold thumbnails and the like.
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(files):
                file = Path(folder, name)
                if file.suffix.casefold() in _PHOTOS and not name.startswith("."):
                    yield file


def _is_text(name: str) -> bool:
    # Names are bytes on some systems; those that are no UTF-8 cannot be kept in a table.
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
