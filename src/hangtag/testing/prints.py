"""Prints that repeat: one function a pattern, endless variety from its random numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hangtag.testing.cloth import Cloth, Repeat
from hangtag.testing.geometry import Points, closed, ellipse, shift, smooth, turn
from hangtag.testing.palette import RGB, blend, brightness, darker, far_from, lighter

Draw = Callable[[Repeat], None]


def printed_cloth(
    pattern: str, ground: RGB, others: list[RGB], seed: int, *, upright: bool = False,
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
        "geometric pattern": _geometric,
        "floral print": _floral,
        "abstract print": _abstract,
    }
    if pattern not in makers:
        return Cloth(ground)
    draw, period, angle = makers[pattern](ground, others, rng, upright)
    return Cloth(ground, draw, period * size, angle + float(rng.normal(0, 1.0)))


def _striped(
    ground: RGB, others: list[RGB], rng: np.random.Generator, upright: bool
) -> tuple[Draw, float, float]:
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
        page.bands(edges, colours, upright=upright)

    return draw, period, 0.0


def _checkered(
    ground: RGB, others: list[RGB], rng: np.random.Generator, upright: bool
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
                part = cloth[int(a * n) : int(b * n)] if axis == 0 else cloth[:, int(a * n) : int(b * n)]
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
    ground: RGB, others: list[RGB], rng: np.random.Generator, upright: bool
) -> tuple[Draw, float, float]:
    style = rng.choice(["staggered", "square", "loose"], p=[0.62, 0.18, 0.2])
    period = float(rng.choice([rng.uniform(7, 14), rng.uniform(12, 26), rng.uniform(22, 46)]))
    radius = float(rng.uniform(0.13, 0.24))
    many = rng.random() < 0.2
    spots: list[tuple[float, float, float, RGB]]
    if style == "loose":
        period *= 3
        spots = []
        for x, y in _spread(int(rng.integers(14, 26)), 0.16, rng):
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


def _geometric(
    ground: RGB, others: list[RGB], rng: np.random.Generator, upright: bool
) -> tuple[Draw, float, float]:
    second, third = others[0], others[1]
    style = str(rng.choice(
        ["triangles", "zigzag", "argyle", "hexagons", "squares", "rings", "crosses", "scales",
         "cubes", "key"]
    ))
    size = {"zigzag": (10, 28), "argyle": (24, 50), "hexagons": (16, 40), "cubes": (20, 40)}
    period = float(rng.uniform(*size.get(style, (13, 38))))
    bold = float(rng.uniform(0.08, 0.16))

    def draw(page: Repeat) -> None:
        if style == "triangles":
            page.shape([(0, 0), (0.5, 0.5), (0, 1)], second)
            page.shape([(0.5, 0.5), (1, 0), (1, 1)], third)
            page.shape([(0, 0), (1, 0), (0.5, 0.5)], blend(ground, second, 0.3))
        elif style == "zigzag":
            for i, colour in enumerate((second, third)):
                y = 0.25 + 0.5 * i
                page.stroke([(-0.5, y + 0.25), (0, y - 0.25), (0.5, y + 0.25), (1, y - 0.25),
                             (1.5, y + 0.25)], bold * 1.4, colour)
        elif style == "argyle":
            page.shape([(0.5, 0), (1, 0.5), (0.5, 1), (0, 0.5)], second)
            page.shape([(0, 0.15), (0.35, 0.5), (0, 0.85), (-0.35, 0.5)], blend(ground, third, 0.8))
            for a, b in (((0, 0), (1, 1)), ((1, 0), (0, 1))):
                page.stroke([a, b], 0.02, lighter(third, 0.4))
        elif style == "hexagons":
            for x, y in ((0.5, 0.5), (0, 0), (1, 0), (0, 1), (1, 1)):
                hexagon = ellipse(x, y, 0.33, 0.33)[::7][:6]
                page.shape(hexagon, second)
                page.shape((hexagon - [x, y]) * 0.6 + [x, y], ground)
                page.shape((hexagon - [x, y]) * 0.3 + [x, y], third)
        elif style == "squares":
            for half, colour in ((0.42, second), (0.3, ground), (0.18, third), (0.07, ground)):
                page.shape([(0.5 - half, 0.5 - half), (0.5 + half, 0.5 - half),
                            (0.5 + half, 0.5 + half), (0.5 - half, 0.5 + half)], colour)
        elif style == "rings":
            for x, y in ((0, 0), (0.5, 0.5)):
                page.disc(x, y, 0.34, second)
                page.disc(x, y, 0.34 - bold, ground)
                page.shape(shift([(0, -0.1), (0.1, 0), (0, 0.1), (-0.1, 0)], x, y), third)
        elif style == "crosses":
            for x, y, colour in ((0.25, 0.25, second), (0.75, 0.75, third)):
                page.stroke([(x - 0.17, y), (x + 0.17, y)], bold, colour)
                page.stroke([(x, y - 0.17), (x, y + 0.17)], bold, colour)
        elif style == "scales":
            for row in range(5, -2, -1):
                for x in (-0.5, 0.0, 0.5, 1.0):
                    cx, cy = x + 0.25 * (row % 2), row * 0.25
                    for r, colour in ((0.25, second), (0.19, ground), (0.11, third)):
                        page.disc(cx, cy, r, colour)
        elif style == "cubes":
            page.shape([(0.5, 0), (1, 0.25), (0.5, 0.5), (0, 0.25)], lighter(second, 0.35))
            page.shape([(0, 0.25), (0.5, 0.5), (0.5, 1), (0, 0.75)], second)
            page.shape([(1, 0.25), (0.5, 0.5), (0.5, 1), (1, 0.75)], darker(second, 0.4))
        else:
            page.stroke([(0, 0.9), (0, 0.1), (0.8, 0.1), (0.8, 0.7), (0.35, 0.7), (0.35, 0.4),
                         (0.55, 0.4)], bold, second)
            page.stroke([(0, 0.9), (1, 0.9)], bold, second)

    return draw, period, float(rng.choice([0.0, 0.0, 0.0, 45.0]))


def _floral(
    ground: RGB, others: list[RGB], rng: np.random.Generator, upright: bool
) -> tuple[Draw, float, float]:
    big = rng.random()
    period = float(rng.uniform(38, 62) if big < 0.4 else rng.uniform(62, 140))
    count = int(rng.integers(5, 13))
    spots = _spread(count, 0.26, rng)
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
                petal = closed((0.05, 0), (0.5, -slim / 2), (1, -slim / 4), (1, slim / 4),
                               (0.5, slim / 2), steps=4) * r
                angle = a + k * 360 / petals
                page.shape(shift(turn(petal, angle), x, y), darker(tint, 0.14) if k % 2 else tint)
                if layered:
                    inner = shift(turn(petal * 0.6, angle + 20), x, y)
                    page.shape(inner, lighter(tint, 0.35))
            page.disc(x, y, r * 0.24, heart)

    return draw, period, float(rng.uniform(0, 360))


def _abstract(
    ground: RGB, others: list[RGB], rng: np.random.Generator, upright: bool
) -> tuple[Draw, float, float]:
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
                colours = np.where((wave > 0.6 * b)[..., None], np.uint8(second), np.uint8(ground))
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
                a = own.normal(0.6, 0.5)
                length = own.uniform(0.1, 0.4)
                path = smooth((x, y), (x + np.cos(a) * length / 2 + own.normal(0, 0.04),
                                       y + np.sin(a) * length / 2 + own.normal(0, 0.04)),
                              (x + np.cos(a) * length, y + np.sin(a) * length), steps=5)
                page.stroke(path, float(own.uniform(0.015, 0.07)), colour)
            else:
                k = int(own.integers(6, 11))
                radius = float(own.exponential(0.05)) + 0.012
                spikes = own.uniform(0.45, 1.5, k) * radius
                around = np.arange(k) * 2 * np.pi / k
                blob = np.stack([x + spikes * np.cos(around), y + spikes * np.sin(around)], axis=1)
                page.shape(closed(*blob, steps=4), colour)

    return draw, period, float(rng.uniform(-25, 25) if style in ("marble", "zebra") else rng.uniform(0, 360))


def _soft_field(n: int, cells: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Smooth noise (n, n), about -1 to 1, that joins itself at every side."""
    grid = rng.uniform(-1, 1, (cells, cells)).astype(np.float32)
    wide = np.pad(grid, 2, mode="wrap")
    cell = n / cells
    big = Image.fromarray(wide, "F").resize(
        (n, n), Image.Resampling.BICUBIC, box=(2, 2, 2 + cells, 2 + cells)
    )
    del cell
    return np.asarray(big, np.float32)


def _ramp(colours: list[RGB], where: NDArray[np.float32]) -> NDArray[np.uint8]:
    stops = np.linspace(0, 255, len(colours))
    table = np.stack(
        [np.interp(np.arange(256), stops, [c[i] for c in colours]) for i in range(3)], axis=1
    ).astype(np.uint8)
    return table[np.clip(where * 255, 0, 255).astype(np.uint8)]


def _spread(count: int, gap: float, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Up to `count` places in the repeat, none too near another, across its joined sides too."""
    found: list[tuple[float, float]] = []
    gap = min(gap, 0.75 / np.sqrt(count))
    for _ in range(count * 12):
        x, y = (float(v) for v in rng.uniform(0, 1, 2))
        near = (np.hypot(min(abs(x - a), 1 - abs(x - a)), min(abs(y - b), 1 - abs(y - b)))
                for a, b in found)
        if all(d > gap for d in near):
            found.append((x, y))
        if len(found) == count:
            break
    return found
