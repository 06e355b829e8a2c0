"""Outlines: arrays of points, shape (n, 2), x to the right and y down, in units of the page.

The page is 300 units wide and 400 tall, whatever size the photo will have.
"""

# ruff: noqa: PLR0917 - a drawing reads as its measures, in their order

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
PointLike = Sequence[Sequence[float]] | Points

Point = Sequence[float] | NDArray[np.float64]

PAGE_WIDTH = 300.0
PAGE_HEIGHT = 400.0


def points(*pairs: Point) -> Points:
    """Corners joined by straight lines."""
    return np.asarray(pairs, dtype=np.float64)


def smooth(*pairs: Point, steps: int = 8) -> Points:
    """A curve through every given point (Catmull-Rom), `steps` points a stretch."""
    p = np.asarray(pairs, dtype=np.float64)
    if len(p) < 3:
        return p
    first, last = 2 * p[0] - p[1], 2 * p[-1] - p[-2]
    q = np.vstack([first, p, last])
    t = np.arange(steps, dtype=np.float64)[None, :, None] / steps
    a, b, c, d = (q[i : len(p) - 1 + i, None, :] for i in range(4))
    curve = 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
    )
    return np.vstack([curve.reshape(-1, 2), p[-1:]])


def closed(*pairs: Point, steps: int = 8) -> Points:
    """A closed curve through every given point."""
    p = np.asarray(pairs, dtype=np.float64)
    ring = np.vstack([p[-2:], p, p[:2]])
    curve = smooth(*ring, steps=steps)
    return curve[2 * steps : (2 + len(p)) * steps + 1]


def join(*parts: PointLike) -> Points:
    """Stretches of an outline, end to end."""
    return np.vstack([np.asarray(part, dtype=np.float64) for part in parts])


def flip(outline: PointLike, x: float = 0.0) -> Points:
    """The mirror image about the upright line at `x`, walked the other way round."""
    p = np.asarray(outline, dtype=np.float64)[::-1].copy()
    p[:, 0] = 2 * x - p[:, 0]
    return p


def both_halves(right: PointLike) -> Points:
    """A symmetric outline about x = 0 from its right half."""
    return join(right, flip(right))


def shift(outline: PointLike, dx: float, dy: float) -> Points:
    """The outline moved by (dx, dy)."""
    moved: Points = np.asarray(outline, dtype=np.float64) + np.array([dx, dy])
    return moved


def turn(outline: PointLike, degrees: float, about: Sequence[float] = (0.0, 0.0)) -> Points:
    """The outline turned clockwise (as seen on the page)."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    centre = np.asarray(about, dtype=np.float64)
    rotation = np.array([[c, s], [-s, c]])
    turned: Points = (np.asarray(outline, dtype=np.float64) - centre) @ rotation + centre
    return turned


def ellipse(x: float, y: float, rx: float, ry: float, start: float = 0, end: float = 360) -> Points:
    """An arc of an ellipse; angles in degrees, clockwise from the right."""
    n = max(8, int(abs(end - start) / 9) + 1)
    t = np.radians(np.linspace(start, end, n))
    return np.stack([x + rx * np.cos(t), y + ry * np.sin(t)], axis=1)


def ribbon(path: PointLike, width: float | Sequence[float]) -> Points:
    """The outline of a band along a path; widths at its start and its end, or one for both."""
    p = np.asarray(path, dtype=np.float64)
    ahead = np.gradient(p, axis=0)
    length = np.maximum(np.hypot(ahead[:, 0], ahead[:, 1]), 1e-9)
    normal = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1) / length[:, None]
    w = np.asarray(width, dtype=np.float64).reshape(-1)
    half = np.interp(np.linspace(0, 1, len(p)), np.linspace(0, 1, len(w)), w)[:, None] / 2
    return np.vstack([p + normal * half, (p - normal * half)[::-1]])


def rounded_box(x0: float, y0: float, x1: float, y1: float, r: float) -> Points:
    """A box with round corners of radius `r`."""
    return join(
        ellipse(x1 - r, y0 + r, r, r, -90, 0),
        ellipse(x1 - r, y1 - r, r, r, 0, 90),
        ellipse(x0 + r, y1 - r, r, r, 90, 180),
        ellipse(x0 + r, y0 + r, r, r, 180, 270),
    )
