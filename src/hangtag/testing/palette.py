"""Colours under the names that shops use for them."""

from __future__ import annotations

import numpy as np

RGB = tuple[int, int, int]

BASE_COLOURS: dict[str, RGB] = {
    "Black": (30, 30, 33),
    "White": (244, 244, 242),
    "Blue": (44, 84, 166),
    "Brown": (98, 62, 42),
    "Grey": (132, 134, 138),
    "Red": (188, 30, 44),
    "Green": (48, 122, 70),
    "Pink": (236, 138, 172),
    "Navy Blue": (32, 40, 78),
    "Purple": (106, 58, 132),
    "Yellow": (242, 206, 70),
    "Beige": (216, 196, 164),
    "Maroon": (108, 26, 40),
    "Orange": (234, 118, 40),
    "Olive": (98, 100, 58),
    "Cream": (244, 234, 208),
    "Charcoal": (66, 68, 74),
    "Peach": (248, 190, 160),
    "Lavender": (182, 164, 214),
    "Khaki": (176, 158, 116),
    "Magenta": (192, 34, 118),
    "Teal": (26, 122, 128),
    "Tan": (178, 128, 82),
    "Mustard": (208, 156, 40),
    "Rust": (164, 78, 40),
    "Burgundy": (96, 22, 48),
    "Turquoise Blue": (62, 182, 194),
    "Sea Green": (86, 168, 140),
    "Lime Green": (150, 202, 60),
    "Silver": (192, 194, 198),
    "Gold": (206, 166, 84),
    "Steel": (150, 154, 160),
    "Copper": (184, 116, 78),
}

SKINS: tuple[RGB, ...] = (
    (240, 206, 180),
    (226, 184, 150),
    (202, 154, 118),
    (150, 104, 76),
    (104, 70, 52),
)
HAIRS: tuple[RGB, ...] = ((32, 26, 24), (52, 36, 28), (84, 56, 36), (150, 112, 66))


def blend(a: RGB, b: RGB, share: float) -> RGB:
    """`share` of `b` in `a`."""
    r, g, bl = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return r, g, bl


def darker(colour: RGB, share: float) -> RGB:
    """Towards black."""
    return blend(colour, (0, 0, 0), share)


def lighter(colour: RGB, share: float) -> RGB:
    """Towards white."""
    return blend(colour, (255, 255, 255), share)


def brightness(colour: RGB) -> float:
    """0 (black) to 1 (white), as the eye weighs it."""
    r, g, b = colour
    return (0.299 * r + 0.587 * g + 0.114 * b) / 255


def shade_of(name: str, rng: np.random.Generator, spread: float = 12.0) -> RGB:
    """One of the many colours that a shop would call `name`.

    Raises:
        KeyError: no such colour name.
    """
    base = np.asarray(BASE_COLOURS[name], dtype=np.float64)
    # Dark colours vary less, or black would turn green and purple.
    spread *= 0.3 + 0.7 * float(base.max()) / 255
    r, g, b = base + rng.normal(0, spread / 2, 3) + rng.normal(0, spread / 2)
    return _byte(r), _byte(g), _byte(b)


def far_from(
    colours: list[RGB], rng: np.random.Generator, distance: float = 110.0, light: float = 0.0
) -> RGB:
    """A colour `distance` from each of `colours`, `light` lighter or darker than the first.

    Where no such colour turns up among forty, the farthest of them is taken.
    """
    names = list(BASE_COLOURS)
    best, best_gap = BASE_COLOURS["White"], 0.0
    for _ in range(40):
        candidate = shade_of(names[int(rng.integers(len(names)))], rng)
        if abs(brightness(candidate) - brightness(colours[0])) < light:
            continue
        gap = min(_distance(candidate, c) for c in colours)
        if gap >= distance:
            return candidate
        if gap > best_gap:
            best, best_gap = candidate, gap
    return best


def _distance(a: RGB, b: RGB) -> float:
    return float(np.hypot(np.hypot(a[0] - b[0], a[1] - b[1]), a[2] - b[2]))


def _byte(value: float) -> int:
    return int(np.clip(round(value), 0, 255))
