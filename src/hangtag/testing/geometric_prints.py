"""Triangles, zigzags, diamonds, hexagons and the like, drawn once a repeat."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hangtag.testing.cloth import Repeat
from hangtag.testing.geometry import ellipse, shift
from hangtag.testing.palette import RGB, blend, darker, lighter

Draw = Callable[[Repeat], None]


Inks = tuple[RGB, RGB, RGB]


def geometric(
    ground: RGB, others: list[RGB], rng: np.random.Generator
) -> tuple[Draw, float, float]:
    """One repeat of such a print, its period in page units and its angle in degrees."""
    name = list(_FIGURES)[int(rng.integers(len(_FIGURES)))]
    figure, low, high = _FIGURES[name]
    period = float(rng.uniform(low, high))
    bold = float(rng.uniform(0.08, 0.16))
    inks = (ground, others[0], others[1])

    def draw(page: Repeat) -> None:
        figure(page, inks, bold)

    return draw, period, float(rng.choice([0.0, 0.0, 0.0, 45.0]))


def _triangles(page: Repeat, inks: Inks, _bold: float) -> None:
    ground, second, third = inks
    page.shape([(0, 0), (0.5, 0.5), (0, 1)], second)
    page.shape([(0.5, 0.5), (1, 0), (1, 1)], third)
    page.shape([(0, 0), (1, 0), (0.5, 0.5)], blend(ground, second, 0.3))


def _zigzag(page: Repeat, inks: Inks, bold: float) -> None:
    for i, colour in enumerate(inks[1:]):
        low, high = 0.5 + 0.5 * i, 0.5 * i
        path = [(-0.5, low), (0, high), (0.5, low), (1, high), (1.5, low)]
        page.stroke(path, bold * 1.4, colour)


def _argyle(page: Repeat, inks: Inks, _bold: float) -> None:
    ground, second, third = inks
    page.shape([(0.5, 0), (1, 0.5), (0.5, 1), (0, 0.5)], second)
    page.shape([(0, 0.15), (0.35, 0.5), (0, 0.85), (-0.35, 0.5)], blend(ground, third, 0.8))
    for ends in ([(0, 0), (1, 1)], [(1, 0), (0, 1)]):
        page.stroke(ends, 0.02, lighter(third, 0.4))


def _hexagons(page: Repeat, inks: Inks, _bold: float) -> None:
    ground, second, third = inks
    for x, y in ((0.5, 0.5), (0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)):
        for size, colour in ((0.33, second), (0.2, ground), (0.1, third)):
            page.shape(ellipse(x, y, size, size)[::7][:6], colour)


def _squares(page: Repeat, inks: Inks, _bold: float) -> None:
    ground, second, third = inks
    for half, colour in ((0.42, second), (0.3, ground), (0.18, third), (0.07, ground)):
        low, high = 0.5 - half, 0.5 + half
        page.shape([(low, low), (high, low), (high, high), (low, high)], colour)


def _rings(page: Repeat, inks: Inks, bold: float) -> None:
    ground, second, third = inks
    for x, y in ((0.0, 0.0), (0.5, 0.5)):
        page.disc(x, y, 0.34, second)
        page.disc(x, y, 0.34 - bold, ground)
        page.shape(shift([(0, -0.1), (0.1, 0), (0, 0.1), (-0.1, 0)], x, y), third)


def _crosses(page: Repeat, inks: Inks, bold: float) -> None:
    for at, colour in ((0.25, inks[1]), (0.75, inks[2])):
        page.stroke([(at - 0.17, at), (at + 0.17, at)], bold, colour)
        page.stroke([(at, at - 0.17), (at, at + 0.17)], bold, colour)


def _scales(page: Repeat, inks: Inks, _bold: float) -> None:
    ground, second, third = inks
    for row in range(5, -2, -1):
        for x in (-0.5, 0.0, 0.5, 1.0):
            for r, colour in ((0.25, second), (0.19, ground), (0.11, third)):
                page.disc(x + 0.25 * (row % 2), row * 0.25, r, colour)


def _cubes(page: Repeat, inks: Inks, _bold: float) -> None:
    second = inks[1]
    page.shape([(0.5, 0), (1, 0.25), (0.5, 0.5), (0, 0.25)], lighter(second, 0.35))
    page.shape([(0, 0.25), (0.5, 0.5), (0.5, 1), (0, 0.75)], second)
    page.shape([(1, 0.25), (0.5, 0.5), (0.5, 1), (1, 0.75)], darker(second, 0.4))


def _key(page: Repeat, inks: Inks, bold: float) -> None:
    turns = [(0, 0.9), (0, 0.1), (0.8, 0.1), (0.8, 0.7), (0.35, 0.7), (0.35, 0.4), (0.55, 0.4)]
    page.stroke(turns, bold, inks[1])
    page.stroke([(0, 0.9), (1, 0.9)], bold, inks[1])


# Figure, and the smallest and largest period in page units.
_FIGURES: dict[str, tuple[Callable[[Repeat, Inks, float], None], float, float]] = {
    "triangles": (_triangles, 13, 38),
    "zigzag": (_zigzag, 10, 28),
    "argyle": (_argyle, 24, 50),
    "hexagons": (_hexagons, 16, 40),
    "squares": (_squares, 13, 38),
    "rings": (_rings, 13, 38),
    "crosses": (_crosses, 13, 38),
    "scales": (_scales, 13, 38),
    "cubes": (_cubes, 20, 40),
    "key": (_key, 13, 38),
}
