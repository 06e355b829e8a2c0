"""How materials look close up: weave, rib, twill, pores; arrays (h, w), about 1, to multiply."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Grain = NDArray[np.float32]


def grain(material: str, h: int, w: int, unit: float, rng: np.random.Generator) -> Grain:
    """The surface of a material, for a photo of h by w pixels with `unit` pixels a page unit."""
    x = np.arange(w, dtype=np.float32)[None, :] / unit
    y = np.arange(h, dtype=np.float32)[:, None] / unit
    surface: Grain = 1 + _mottle(h, w, 9, 0.035, rng)
    if material == "denim":
        surface += np.sin((x + y) * 2.1) * 0.05
        surface += rng.standard_normal((1, w), dtype=np.float32) * 0.025
        surface += rng.standard_normal((h, w), dtype=np.float32) * 0.045
    elif material == "knit fabric":
        rib = float(rng.uniform(1.3, 2.6))
        surface += np.sin(x * 6.283 / rib) * 0.02 + np.sin(y * 6.283 / 1.4) * 0.008
    elif material == "canvas":
        surface += np.sign(np.sin(x * 2.4)) * np.sign(np.sin(y * 2.4)) * 0.035
        surface += rng.standard_normal((h, w), dtype=np.float32) * 0.04
    elif material == "leather":
        surface += _mottle(h, w, max(24, int(h / unit / 2.4)), 0.045, rng)
        surface += _mottle(h, w, 14, 0.03, rng)
    elif material == "synthetic":
        surface += _sheen(h, w, 12, 0.10, rng)
    elif material == "metal":
        surface += rng.standard_normal((1, w), dtype=np.float32) * 0.02
    else:
        surface += np.sin(x * 3.1) * np.sin(y * 3.1) * 0.016
    return surface


def _mottle(h: int, w: int, cells: int, strength: float, rng: np.random.Generator) -> Grain:
    across = max(3, int(cells * w / h))
    coarse = rng.uniform(-strength, strength, (cells, across)).astype(np.float32)
    return np.asarray(
        Image.fromarray(coarse, "F").resize((w, h), Image.Resampling.BILINEAR), np.float32
    )


def _sheen(h: int, w: int, cells: int, strength: float, rng: np.random.Generator) -> Grain:
    """Creases of thin, smooth cloth: sharp on one side, soft on the other."""
    return np.asarray(np.abs(_mottle(h, w, cells, 1.0, rng)) ** 0.5 * strength - strength * 0.6)
