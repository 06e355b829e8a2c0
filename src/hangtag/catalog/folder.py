"""A bare folder of photos as a catalog: the name of a file is the id of its product."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from hangtag.errors import CatalogError

__all__ = ["PhotoFolder"]

_PHOTOS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"})


class PhotoFolder:
    """Photos in a folder and the folders below it, in the order of their names."""

    columns: Mapping[str, str]

    def __init__(self, path: Path):
        self._path = path
        self.columns = {"product_id": "file name", "photo": "path"}
        if next(self.rows(Counter()), None) is None:
            raise CatalogError(
                f"There is no photo in {path}.", "Name a folder with photos, or a catalog file."
            )

    def rows(self, notes: Counter[str]) -> Iterator[dict[str, str]]:  # noqa: ARG002 - none is wrong
        """Id and path, relative to the folder."""
        for folder, folders, files in os.walk(self._path):
            folders.sort()
            for name in sorted(files):
                file = Path(folder, name)
                if file.suffix.casefold() in _PHOTOS and not name.startswith("."):
                    photo = file.relative_to(self._path).as_posix()
                    yield {"product_id": file.stem, "photo": photo}
