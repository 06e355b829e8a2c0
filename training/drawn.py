"""Drawn products for the training mix: ``python -m training.drawn --work DIR --count 6000``.

They cover what the shop hardly has (polka dots, hoods, turtlenecks, oversized cuts), and they are
what the demo shows. Their share of a batch is small, so that photos decide what the network learns.
"""

from __future__ import annotations

import argparse
import json
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from PIL import Image

from hangtag.testing import random_product

SIDE = 192


def drawn(number: int) -> tuple[np.ndarray, dict[str, list[str]]]:
    """One drawn product: its photo, squashed to [192, 192, 3], and its truth."""
    product = random_product(np.random.default_rng([20, number]))
    photo = product.photo(320).convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    truth = {name: list(options) for name, options in product.truth.items()}
    truth["category"] = [product.metadata["sub_category"]]
    return np.asarray(photo), truth


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--count", type=int, default=6000)
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    with Pool(arguments.processes) as pool:
        products = pool.map(drawn, range(arguments.count), chunksize=50)
    arguments.work.mkdir(parents=True, exist_ok=True)
    np.savez(
        arguments.work / "drawn.npz",
        pixels=np.stack([photo for photo, _ in products]),
        truths=json.dumps([truth for _, truth in products]),
    )


if __name__ == "__main__":
    main()
