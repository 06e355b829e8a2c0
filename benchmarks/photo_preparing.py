"""Preparing photos for SmolVLM: our way beside that of the model's processor, same pixels.

    python benchmarks/photo_preparing.py [--photos 24] [--edge 1000] [--images DIR]

Both begin with the bytes of a square JPEG and end with what the model is given, in one thread; what
counts is the processor time it takes. Theirs: Pillow opens it, and the processor, not cutting into
tiles, resizes, rescales and normalises: once as it comes (it resizes to its largest size first),
and once told to go to the tile's size at once, which makes the very same pixels of a square photo.
Ours: decoded whole, resized once (``images.decode``, exact), normalised in one step; and the same
with the decoder of JPEG shrinking first. Photos are drawn by hangtag, or the first of --images.
Medians of a photo, taken in turns.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from random_vlm import SIZES, random_processor

from hangtag.engines.vlm.torch_inputs import Inputs
from hangtag.engines.vlm.torch_loading import Loaded
from hangtag.images import PhotoLimits, decode
from hangtag.testing import random_product


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--photos", type=int, default=24)
    parser.add_argument("--edge", type=int, default=1000, help="pixels a side of drawn photos")
    parser.add_argument("--images", type=Path, help="a folder of JPEGs instead")
    parser.add_argument("--size", choices=SIZES, default="2.2B")
    options = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    inputs = _inputs(options.size)
    side = inputs.tile
    files = list(_files(options))
    ways: dict[str, Callable[[bytes], Any]] = {
        "processor, as it comes": lambda data: _theirs(inputs, data, None),
        "processor, at the tile's size": lambda data: _theirs(inputs, data, side),
        "ours": lambda data: _ours(inputs, data, side, exact=True),
        "ours, JPEG shrunk by its decoder": lambda data: _ours(inputs, data, side, exact=False),
    }
    took: dict[str, list[float]] = {way: [] for way in ways}
    away: dict[str, list[float]] = {way: [] for way in ways}
    for data in files:
        # The same pixels: squashed to a square in one go, which is what the engine reads.
        truth = _square(inputs, data, side)
        for way, prepare in ways.items():
            start = time.process_time()
            made = prepare(data)
            took[way].append(time.process_time() - start)
            away[way].append(float((made - truth).abs().mean()))
    ours = statistics.median(took["ours"])
    print(f"{len(files)} photos, to {side}² pixels; difference of normalised pixels, mean")
    print(f"{'way':<36}{'ms a photo':>12}{'times ours':>12}{'difference':>12}")
    for way in ways:
        middle = statistics.median(took[way])
        told = f"{max(away[way]):.1e}"
        print(f"{way:<36}{middle * 1000:>12.1f}{middle / ours:>12.2f}{told:>12}")


def _files(options: argparse.Namespace) -> Any:
    if options.images:
        paths = sorted(options.images.glob("*.jpg"))[: options.photos]
        yield from (path.read_bytes() for path in paths)
        return
    for seed in range(options.photos):
        drawn = random_product(np.random.default_rng(seed), "Tshirts").photo(options.edge)
        file = BytesIO()
        drawn.resize((options.edge, options.edge)).save(file, "JPEG", quality=90)
        yield file.getvalue()


def _inputs(size: str) -> Inputs:
    import torch

    class _Bare:
        """A model of which only its configuration is asked."""

        config = None

    loaded = Loaded(size, "0", _Bare(), random_processor(size), "cpu", torch.float32)
    return Inputs(loaded)


def _ours(inputs: Inputs, data: bytes, side: int, *, exact: bool) -> Any:
    pixels = decode(data, (side,), PhotoLimits(), exact=exact)
    return inputs.photos(pixels[None])["pixel_values"]


def _theirs(inputs: Inputs, data: bytes, side: int | None) -> Any:
    how: dict[str, Any] = {} if side is None else {"size": {"longest_edge": side}}
    with Image.open(BytesIO(data)) as photo:
        made = inputs.loaded.processor.image_processor(
            images=[[photo.convert("RGB")]], do_image_splitting=False, return_tensors="pt", **how
        )
    return made["pixel_values"]


def _square(inputs: Inputs, data: bytes, side: int) -> Any:
    """By the processor, from the photo resized to a square by Pillow."""
    with Image.open(BytesIO(data)) as photo:
        square = photo.convert("RGB").resize((side, side), Image.Resampling.LANCZOS)
    made = inputs.loaded.processor.image_processor(
        images=[[square]], do_image_splitting=False, size={"longest_edge": side},
        return_tensors="pt",
    )  # fmt: skip
    return made["pixel_values"]


if __name__ == "__main__":
    main()
