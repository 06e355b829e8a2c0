"""Cloth off the roll: one repeat of a print, drawn once, cut at any place, size and angle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from hangtag.testing.geometry import PointLike
from hangtag.testing.palette import RGB


class Repeat:
    """One repeat of a print: a square that joins itself at every side, coordinates 0 to 1."""

    def __init__(self, pixels: int, ground: RGB) -> None:
        self.pixels = pixels
        self.image = Image.new("RGB", (pixels, pixels), ground)
        self._pen = ImageDraw.Draw(self.image)

    def shape(self, outline: PointLike, colour: RGB) -> None:
        """A filled shape; what leaves on one side comes in on the other."""
        p = np.asarray(outline, dtype=np.float64)
        low, high = p.min(axis=0), p.max(axis=0)
        for dx in (-1, 0, 1):
            for dy in (-1, 0, 1):
                if low[0] + dx < 1 and high[0] + dx > 0 and low[1] + dy < 1 and high[1] + dy > 0:
                    flat = ((p + np.array([dx, dy])) * self.pixels).reshape(-1).tolist()
                    self._pen.polygon(flat, fill=colour)

    def disc(self, x: float, y: float, radius: float, colour: RGB) -> None:
        """A filled circle."""
        for dx in (-1, 0, 1):
            for dy in (-1, 0, 1):
                cx, cy = x + dx, y + dy
                if -radius < cx < 1 + radius and -radius < cy < 1 + radius:
                    box = [cx - radius, cy - radius, cx + radius, cy + radius]
                    self._pen.ellipse([v * self.pixels for v in box], fill=colour)

    def stroke(self, path: PointLike, width: float, colour: RGB) -> None:
        """A line; `width` as a share of the repeat."""
        p = np.asarray(path, dtype=np.float64)
        low, high = p.min(axis=0) - width, p.max(axis=0) + width
        thick = max(1, round(width * self.pixels))
        for dx in (-1, 0, 1):
            for dy in (-1, 0, 1):
                if low[0] + dx < 1 and high[0] + dx > 0 and low[1] + dy < 1 and high[1] + dy > 0:
                    flat = ((p + np.array([dx, dy])) * self.pixels).reshape(-1).tolist()
                    self._pen.line(flat, fill=colour, width=thick, joint="curve")

    def bands(self, edges: list[float], colours: list[RGB]) -> None:
        """Stripes across the whole repeat, from each edge to the next."""
        for a, b, colour in zip(edges[:-1], edges[1:], colours, strict=True):
            low, high = a * self.pixels, b * self.pixels - 1
            box = [0, low, self.pixels, high]
            if high >= low:
                self._pen.rectangle(box, fill=colour)


@dataclass
class Cloth:
    """Cloth to cut pieces from.

    Attributes:
        colour: its ground colour, for seams and the reverse side.
        draw: draws one repeat; None for plain cloth.
        period: side of one repeat, page units.
        angle: degrees by which the print lies turned on the page.
    """

    colour: RGB
    draw: Callable[[Repeat], None] | None = None
    period: float = 40.0
    angle: float = 0.0
    _repeats: dict[int, NDArray[np.uint8]] = field(default_factory=dict, repr=False)

    def cut(self, box: tuple[int, int, int, int], unit: float, turned: float) -> Image.Image:
        """An RGB piece of the size of `box` (pixels), with `unit` pixels a page unit."""
        width, height = box[2] - box[0], box[3] - box[1]
        if self.draw is None:
            return Image.new("RGB", (width, height), self.colour)
        span = self.period * unit
        repeat = self._repeat(1 << int(np.clip(np.ceil(np.log2(max(span, 8))), 4, 9)))
        side = repeat.shape[0]
        step = side / span
        a = np.radians(self.angle + turned)
        c, s = np.cos(a) * step, np.sin(a) * step
        x = np.arange(box[0], box[2], dtype=np.float32)
        y = np.arange(box[1], box[3], dtype=np.float32)
        far = side * 4096  # keeps the whole numbers below positive
        u = ((x * c + far).astype(np.float32)[None, :] + (y * s)[:, None]).astype(np.int32)
        v = ((y * c + far).astype(np.float32)[:, None] - (x * s)[None, :]).astype(np.int32)
        u &= side - 1
        v &= side - 1
        v *= side
        v += u
        return Image.fromarray(
            repeat.reshape(-1, 4)
            .view(np.uint32)
            .ravel()[v]
            .view(np.uint8)
            .reshape(height, width, 4),
            "RGBX",
        ).convert("RGB")

    def _repeat(self, side: int) -> NDArray[np.uint8]:
        if side not in self._repeats:
            page = Repeat(side * 2, self.colour)
            if self.draw is not None:
                self.draw(page)
            self._repeats[side] = np.ascontiguousarray(
                np.asarray(page.image.reduce(2).convert("RGBX"), dtype=np.uint8)
            )
        return self._repeats[side]
