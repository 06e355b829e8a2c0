"""Clouds, marble, brush strokes, splashes, tie-dye: prints of nothing in particular."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hangtag.testing.cloth import Repeat
from hangtag.testing.geometry import closed, smooth
from hangtag.testing.palette import RGB, blend, far_from, lighter

Draw = Callable[[Repeat], None]


def abstract(ground: RGB, others: list[RGB], rng: np.random.Generator) -> tuple[Draw, float, float]:
    """One repeat of such a print, its period in page units and its angle in degrees."""
    style = str(rng.choice(["clouds", "marble", "strokes", "splashes", "tie-dye", "zebra"]))
    second, third = others[0], others[1]
    fourth = far_from([ground, second], rng, 70)
    seed = int(rng.integers(2**31))
    period = float(rng.uniform(80, 190))
    pool = [ground, second, third, fourth]

    def draw(page: Repeat) -> None:
        own = np.random.default_rng(seed)
        n = page.pixels
        if style in ("clouds", "marble", "zebra", "tie-dye"):
            a = _soft_field(n, 5, own) + 0.45 * _soft_field(n, 11, own)
            b = _soft_field(n, 4, own)
            yy = np.arange(n, dtype=np.float32)[:, None] / n
            if style == "clouds":
                steps = np.digitize(a, np.quantile(a[::8, ::8], [0.32, 0.56, 0.78]))
                colours = np.asarray(pool, np.uint8)[steps]
            elif style == "marble":
                wave = (np.sin(6.283 * (3 * yy + 1.3 * a)) + 1) / 2
                colours = _ramp([ground, second, lighter(third, 0.2), ground], wave)
            elif style == "zebra":
                wave = np.sin(6.283 * (6 * yy + 1.1 * a))
                colours = np.where(
                    (wave > 0.6 * b)[..., None], np.asarray(second), np.asarray(ground)
                )
            else:
                xx = np.arange(n, dtype=np.float32)[None, :] / n
                away = np.hypot(xx - 0.5, yy - 0.5)
                wave = (np.sin(6.283 * (4 * away + 0.35 * a)) + 1) / 2
                colours = _ramp([ground, second, third, lighter(ground, 0.4)], wave)
            page.image.paste(Image.fromarray(np.ascontiguousarray(colours, np.uint8), "RGB"))
            return
        for i in range(46 if style == "strokes" else 60):
            colour = blend(pool[1 + i % 3], ground, float(own.uniform(0, 0.35)))
            x, y = own.uniform(0, 1, 2)
            if style == "strokes":
                lean = own.normal(0.6, 0.5)
                length = own.uniform(0.1, 0.4)
                path = smooth(
                    (x, y),
                    (
                        x + np.cos(lean) * length / 2 + own.normal(0, 0.04),
                        y + np.sin(lean) * length / 2 + own.normal(0, 0.04),
                    ),
                    (x + np.cos(lean) * length, y + np.sin(lean) * length),
                    steps=5,
                )
                page.stroke(path, float(own.uniform(0.015, 0.07)), colour)
            else:
                k = int(own.integers(6, 11))
                radius = float(own.exponential(0.05)) + 0.012
                spikes = own.uniform(0.45, 1.5, k) * radius
                around = np.arange(k) * 2 * np.pi / k
                blob = np.stack([x + spikes * np.cos(around), y + spikes * np.sin(around)], axis=1)
                page.shape(closed(*blob, steps=4), colour)

    return (
        draw,
        period,
        float(rng.uniform(-25, 25) if style in ("marble", "zebra") else rng.uniform(0, 360)),
    )


def _soft_field(n: int, cells: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Smooth noise (n, n), about -1 to 1, that joins itself at every side."""
    grid = rng.uniform(-1, 1, (cells, cells)).astype(np.float32)
    wide = np.pad(grid, 2, mode="wrap")
    big = Image.fromarray(wide, "F").resize(
        (n, n), Image.Resampling.BICUBIC, box=(2, 2, 2 + cells, 2 + cells)
    )
    return np.asarray(big, np.float32)


def _ramp(colours: list[RGB], where: NDArray[np.floating]) -> NDArray[np.uint8]:
    stops = np.linspace(0, 255, len(colours))
    table = np.stack(
        [np.interp(np.arange(256), stops, [c[i] for c in colours]) for i in range(3)], axis=1
    ).astype(np.uint8)
    inked: NDArray[np.uint8] = table[np.clip(where * 255, 0, 255).astype(np.uint8)]
    return inked
