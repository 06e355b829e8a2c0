"""What was taught, as one NumPy archive: arrays, and beside them what is told of them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from hangtag.errors import CalibrationError

__all__ = ["npz_bytes", "reading_npz"]


def npz_bytes(about: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """``about``: for ``json.dumps``. No array may be called so."""
    told = np.frombuffer(json.dumps(about).encode(), np.uint8)
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **{"about": told, **arrays})
    return file.getvalue()


@contextmanager
def reading_npz(path: Path, holding: str) -> Iterator[tuple[Any, Mapping[str, np.ndarray]]]:
    """What ``npz_bytes`` was given, for as long as it takes to make something of it.

    Raises CalibrationError for anything else, or where nothing can be made of it.
    """
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            yield json.loads(arrays["about"].tobytes()), arrays
    except (
        OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile,
    ) as error:  # fmt: skip
        raise CalibrationError(
            f"{path} holds no {holding}: {error}.",
            "Teach them again: hangtag teach … --labels FILE",
        ) from error
