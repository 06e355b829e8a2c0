"""Flowers with leaves and stems, from small and dense to large and few."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hangtag.testing.cloth import Repeat
from hangtag.testing.geometry import Points, closed, shift, smooth, turn
from hangtag.testing.palette import RGB, blend, brightness, darker, lighter
from hangtag.testing.scatter import scatter

Draw = Callable[[Repeat], None]


def floral(ground: RGB, others: list[RGB], rng: np.random.Generator) -> tuple[Draw, float, float]:
    """One repeat of such a print, its period in page units and its angle in degrees."""
    big = rng.random()
    period = float(rng.uniform(38, 62) if big < 0.4 else rng.uniform(62, 140))
    count = int(rng.integers(5, 13))
    spots = scatter(count, 0.26, rng)
    leaf = blend((60, 110, 60), others[1], float(rng.uniform(0, 0.6)))
    if abs(brightness(leaf) - brightness(ground)) < 0.12:
        leaf = lighter(leaf, 0.45) if brightness(ground) < 0.5 else darker(leaf, 0.45)
    heart: RGB = (244, 208, 90) if rng.random() < 0.6 else darker(others[0], 0.5)
    size = float(rng.uniform(0.62, 1.15)) * 0.62 / np.sqrt(count)
    petals = int(rng.integers(5, 9))
    slim = float(rng.uniform(0.34, 0.62))
    layered = rng.random() < 0.5
    flowers: list[tuple[float, float, float, float, RGB]] = []
    leaves: list[Points] = []
    stems: list[Points] = []
    for i, (x, y) in enumerate(spots):
        r = size * float(rng.uniform(0.65, 1.2))
        tint = others[0] if rng.random() < 0.7 else blend(others[0], others[1], 0.6)
        flowers.append((x, y, r, float(rng.uniform(0, 360)), tint))
        for _ in range(int(rng.integers(1, 4))):
            a = float(rng.uniform(0, 360))
            blade = closed((0, 0), (0.45, -0.2), (1.1, 0), (0.45, 0.2), steps=5) * r * 1.25
            leaves.append(shift(turn(shift(blade, r * 0.75, 0), a), x, y))
        a = rng.uniform(0, 6.3)
        end = (x + np.cos(a) * r * 3, y + np.sin(a) * r * 3)
        bend = (x + np.cos(a + 0.6) * r * 1.6, y + np.sin(a + 0.6) * r * 1.6)
        stems.append(smooth((x, y), bend, end, steps=5))
        if i % 2:
            flowers.append((end[0], end[1], r * 0.42, a * 57, others[1]))

    def draw(page: Repeat) -> None:
        for stem in stems:
            page.stroke(stem, 0.012, leaf)
        for blade in leaves:
            page.shape(blade, leaf)
        for x, y, r, a, tint in flowers:
            for k in range(petals):
                petal = (
                    closed(
                        (0.05, 0),
                        (0.5, -slim / 2),
                        (1, -slim / 4),
                        (1, slim / 4),
                        (0.5, slim / 2),
                        steps=4,
                    )
                    * r
                )
                angle = a + k * 360 / petals
                page.shape(shift(turn(petal, angle), x, y), darker(tint, 0.14) if k % 2 else tint)
                if layered:
                    inner = shift(turn(petal * 0.6, angle + 20), x, y)
                    page.shape(inner, lighter(tint, 0.35))
            page.disc(x, y, r * 0.24, heart)

    return draw, period, float(rng.uniform(0, 360))
