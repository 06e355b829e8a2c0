"""Prints that repeat: one function a pattern, endless variety from its random numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hangtag.testing.abstract_prints import abstract
from hangtag.testing.cloth import Cloth, Repeat
from hangtag.testing.floral_prints import floral
from hangtag.testing.geometric_prints import geometric
from hangtag.testing.palette import RGB, lighter
from hangtag.testing.scatter import scatter

Draw = Callable[[Repeat], None]


def printed_cloth(
    pattern: str,
    ground: RGB,
    others: list[RGB],
    seed: int,
    *,
    upright: bool = False,
    size: float = 1.0,
) -> Cloth:
    """Cloth with a print.

    Args:
        pattern: an option of the attribute `pattern`. What has no repeat (`solid color`,
            `graphic print`, `no clear pattern`) gives plain cloth.
        ground: its ground colour.
        others: colours for the print, at least two.
        seed: of everything random in it.
        upright: stripes run from top to bottom.
        size: 1 for a garment; smaller for smaller things.
    """
    rng = np.random.default_rng(seed)
    makers = {
        "striped": _striped,
        "checkered": _checkered,
        "polka dots": _polka_dots,
        "geometric pattern": geometric,
        "floral print": floral,
        "abstract print": abstract,
    }
    if pattern not in makers:
        return Cloth(ground)
    draw, period, angle = makers[pattern](ground, others, rng)
    if upright and pattern == "striped":
        angle += 90
    return Cloth(ground, draw, period * size, angle + float(rng.normal(0, 1.0)))


def _striped(ground: RGB, others: list[RGB], rng: np.random.Generator) -> tuple[Draw, float, float]:
    style = rng.choice(["even", "pin", "multi", "group", "breton"], p=[0.3, 0.15, 0.25, 0.15, 0.15])
    second, third = others[0], others[1]
    period = float(rng.uniform(9, 34))
    if style == "even":
        edges, colours = [0.0, 0.5, 1.0], [ground, second]
    elif style == "pin":
        period = float(rng.uniform(4.5, 11))
        edges, colours = [0.0, 0.74, 1.0], [ground, second]
    elif style == "breton":
        edges, colours = [0.0, float(rng.uniform(0.55, 0.7)), 1.0], [ground, second]
        period = float(rng.uniform(9, 20))
    elif style == "multi":
        cuts = np.sort(rng.uniform(0.08, 0.92, int(rng.integers(3, 7))))
        edges = [0.0, *cuts.tolist(), 1.0]
        pool = [ground, second, third, ground, lighter(second, 0.5)]
        colours = [pool[(i * 2 + i // 3) % len(pool)] for i in range(len(edges) - 1)]
        period = float(rng.uniform(24, 70))
    else:
        edges = [0.0, 0.42, 0.52, 0.58, 0.64, 0.74, 1.0]
        colours = [ground, second, ground, third, ground, ground]
        period = float(rng.uniform(14, 40))

    def draw(page: Repeat) -> None:
        page.bands(edges, colours)

    return draw, period, 0.0


def _checkered(
    ground: RGB, others: list[RGB], rng: np.random.Generator
) -> tuple[Draw, float, float]:
    style = rng.choice(["gingham", "plaid", "window", "buffalo"], p=[0.27, 0.43, 0.18, 0.12])
    second, third = others[0], others[1]
    if style in ("gingham", "buffalo"):
        period = float(rng.uniform(5, 14) if style == "gingham" else rng.uniform(18, 34))
        across = [(0.5, 1.0, second, 0.5)]
        along = across
    elif style == "window":
        period = float(rng.uniform(10, 30))
        line = float(rng.uniform(0.06, 0.14))
        across = [(0.4, 0.4 + line, second, 0.75)]
        along = across
    else:
        period = float(rng.uniform(18, 52))
        across = _plaid_bands(second, third, rng)
        along = across if rng.random() < 0.6 else _plaid_bands(second, third, rng)
    tilt = 45.0 if rng.random() < 0.05 else 0.0

    def draw(page: Repeat) -> None:
        n = page.pixels
        cloth: NDArray[np.float32] = np.empty((n, n, 3), np.float32)
        cloth[:] = ground
        for bands, axis in ((along, 0), (across, 1)):
            for a, b, colour, share in bands:
                part = (
                    cloth[int(a * n) : int(b * n)]
                    if axis == 0
                    else cloth[:, int(a * n) : int(b * n)]
                )
                part += (np.asarray(colour, np.float32) - part) * share
        page.image.paste(Image.fromarray(cloth.astype(np.uint8), "RGB"))

    return draw, period, tilt


def _plaid_bands(
    second: RGB, third: RGB, rng: np.random.Generator
) -> list[tuple[float, float, RGB, float]]:
    broad = float(rng.uniform(0.2, 0.42))
    bands = [(0.05, 0.05 + broad, second, float(rng.uniform(0.45, 0.6)))]
    for _ in range(int(rng.integers(1, 4))):
        at = float(rng.uniform(0.02, 0.9))
        bands.append((at, at + float(rng.uniform(0.03, 0.08)), third, 0.7))
    return bands


def _polka_dots(
    _ground: RGB, others: list[RGB], rng: np.random.Generator
) -> tuple[Draw, float, float]:
    style = rng.choice(["staggered", "square", "loose"], p=[0.62, 0.18, 0.2])
    period = float(rng.choice([rng.uniform(9, 15), rng.uniform(12, 26), rng.uniform(22, 46)]))
    radius = float(rng.uniform(0.13, 0.24))
    many = rng.random() < 0.2
    spots: list[tuple[float, float, float, RGB]]
    if style == "loose":
        period *= 3
        spots = []
        for x, y in scatter(int(rng.integers(14, 26)), 0.16, rng):
            spots.append((x, y, 0.05 * float(rng.uniform(0.8, 1.4)), others[0]))
    elif style == "square":
        spots = [(0.5, 0.5, radius * 1.25, others[0])]
    elif many:
        period *= 2
        spots = []
        for i, (x, y) in enumerate([(0, 0), (0.5, 0), (0, 0.5), (0.5, 0.5)]):
            tint = others[i % 2]
            spots += [(x, y, radius / 2, tint), (x + 0.25, y + 0.25, radius / 2, tint)]
    else:
        spots = [(0.0, 0.0, radius, others[0]), (0.5, 0.5, radius, others[0])]

    def draw(page: Repeat) -> None:
        for x, y, r, colour in spots:
            page.disc(x, y, r, colour)

    return draw, period, float(rng.choice([0.0, 0.0, 45.0]))
