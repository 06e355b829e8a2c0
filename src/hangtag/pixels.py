"""Pixels → a file, or pixels of another size."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["jpeg", "resized"]


def jpeg(pixels: NDArray[np.uint8], quality: int) -> bytes:
    """The photo, uint8 [height, width, 3], as a JPEG, colours as sharp as shapes."""
    file = BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality, subsampling=0)
    return file.getvalue()


def resized(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Photos, uint8 [n, any side, any side, 3], at ``side`` pixels a side, each for itself."""
    if pixels.shape[1] == side:
        return pixels
    whole = np.empty((len(pixels), side, side, 3), np.uint8)
    for row, photo in enumerate(pixels):
        small = Image.fromarray(photo).resize((side, side), Image.Resampling.BILINEAR)
        whole[row] = np.asarray(small)
    return whole
