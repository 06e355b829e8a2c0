"""The page that products are drawn on: flat colour, light and coverage, kept apart until the end.

Colour is drawn at twice the size of the photo and halved at the end, which gives smooth edges;
light is soft and is drawn at the photo's own size, which makes drawing fast.
"""

# ruff: noqa: PLR0917 - a drawing reads as its measures, in their order

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from hangtag.testing.geometry import PAGE_HEIGHT, PAGE_WIDTH, PointLike, Points
from hangtag.testing.palette import RGB, darker, lighter

FINE = 2  # colour is drawn this many times larger than the photo
EVEN_LIGHT = 200  # the light canvas can darken to 0 and brighten to 255 from here


class Paint(Protocol):
    """Cloth off the roll: what a piece of a product is cut from."""

    colour: RGB

    def cut(self, box: tuple[int, int, int, int], unit: float, turned: float) -> Image.Image:
        """An RGB piece of the size of `box`; `unit` fine pixels a unit of the page."""
        ...


class Canvas:
    """One page. Points are in page units; `centre` is where the page's origin for x lies.

    Args:
        height: of the photo to come, in pixels; its width is three quarters of it.
        wobble: random numbers that bend every outline a little, so that no two sides are alike.
        background: the colour behind the product.
    """

    def __init__(
        self,
        height: int,
        wobble: np.random.Generator,
        background: RGB = (255, 255, 255),
        *,
        zoom: float = 1.0,
        focus: tuple[float, float] = (0.0, 200.0),
        tilt: float = 0.0,
        waviness: float = 1.0,
    ) -> None:
        self.height = height
        self.width = round(height * PAGE_WIDTH / PAGE_HEIGHT)
        self.unit = height / PAGE_HEIGHT * FINE
        self._zoom, self._focus, self._tilt = float(zoom), focus, float(np.radians(tilt))
        self._waves = wobble.uniform([0.01, 0, 0.3], [0.045, 6.3, 1.1], (4, 3)) * [1, 1, waviness]
        fine = (self.width * FINE, self.height * FINE)
        self.colour = Image.new("RGB", fine, background)
        self.covered = Image.new("L", fine, 0)
        self.cloth = Image.new("L", fine, 0)
        self.light = Image.new("L", (self.width, self.height), EVEN_LIGHT)
        self.gloss = Image.new("L", (self.width, self.height), 0)
        self._pen = ImageDraw.Draw(self.colour)
        self._cover_pen = ImageDraw.Draw(self.covered)
        self._cloth_pen = ImageDraw.Draw(self.cloth)

    @property
    def scale(self) -> float:
        """Fine pixels a unit of the drawing, the zoom included."""
        return self.unit * self._zoom

    def place(self, outline: PointLike) -> Points:
        """Page units to fine pixels."""
        p = np.asarray(outline, dtype=np.float64)
        x, y = p[:, 0], p[:, 1]
        (f0, p0, a0), (f1, p1, a1), (f2, p2, a2), (f3, p3, a3) = self._waves
        dx = a0 * np.sin(f0 * y + p0) + a1 * np.sin(f1 * (x + y) + p1)
        dy = a2 * np.sin(f2 * x + p2) + a3 * np.sin(f3 * (x - y) + p3)
        x, y = x + dx - self._focus[0], y + dy - self._focus[1]
        c, s = np.cos(self._tilt) * self._zoom, np.sin(self._tilt) * self._zoom
        return np.stack(
            [(x * c - y * s + PAGE_WIDTH / 2), (x * s + y * c + PAGE_HEIGHT / 2)], axis=1
        ) * (self.unit)

    def fill(
        self,
        outline: PointLike,
        paint: Paint | RGB,
        *,
        depth: float = 0.3,
        bright: float = 1.0,
        cast: float = 0.0,
        turned: float = 0.0,
        cloth: bool | None = None,
        gloss: float = 0.0,
        rim: float = 9.0,
    ) -> None:
        """Lay one piece on the page.

        Args:
            outline: the closed shape, page units.
            paint: a plain colour or cloth with a print.
            depth: how much its edges fall into the dark, which makes it round.
            bright: its own lightness, 1 as it is.
            cast: how dark a shadow it throws on what lies below.
            turned: degrees by which the print is turned on this piece.
            cloth: whether the grain of the product's material shows; by default on cloth only.
            gloss: strength of a soft highlight along its middle.
            rim: width of the dark edge, page units.
        """
        px = self.place(outline)
        pad = 2 * FINE
        x0, y0 = (int(v) // FINE * FINE - pad for v in px.min(axis=0))
        x1, y1 = (int(v) // FINE * FINE + pad + FINE for v in px.max(axis=0))
        x0, y0 = max(x0, 0), max(y0, 0)
        x1, y1 = min(x1, self.width * FINE), min(y1, self.height * FINE)
        if x1 <= x0 or y1 <= y0:
            return
        mask = Image.new("L", (x1 - x0, y1 - y0), 0)
        ImageDraw.Draw(mask).polygon(_flat(px - [x0, y0]), fill=255)
        if isinstance(paint, tuple):
            self.colour.paste(paint, (x0, y0, x1, y1), mask)
        else:
            piece = paint.cut((x0, y0, x1, y1), self.scale, turned + np.degrees(self._tilt))
            self.colour.paste(piece, (x0, y0), mask)
        on_cloth = cloth if cloth is not None else not isinstance(paint, tuple)
        self._cover_pen.polygon(_flat(px), fill=255)
        self._cloth_pen.polygon(_flat(px), fill=255 if on_cloth else 0)
        self._lay_light(mask, (x0 // FINE, y0 // FINE), depth, bright, cast, gloss, rim)

    def _lay_light(
        self,
        mask: Image.Image,
        corner: tuple[int, int],
        depth: float,
        bright: float,
        cast: float,
        gloss: float,
        rim: float,
    ) -> None:
        half = mask.reduce(FINE)
        w, h = half.size
        reach = rim * self.scale / FINE
        if cast > 0:
            self._cast_shadow(half, corner, cast)
        # Blurring the mask tells how far the edge is: half covered at it, fully well inside.
        step = max(1, int(reach / 3))
        low = half.reduce(step) if step > 1 else half
        pad = 4 + 2 * int(reach / step)
        padded = Image.new("L", (low.width + 2 * pad, low.height + 2 * pad), 0)
        padded.paste(low, (pad, pad))
        wide = padded.filter(ImageFilter.GaussianBlur(max(reach / step, 0.6)))
        inner = (pad, pad, pad + low.width, pad + low.height)
        soft = wide.crop(inner)
        level = EVEN_LIGHT * bright
        edge = np.maximum(0.0, 1 - np.arange(256) / 255)
        ramp = np.clip(level * (1 - depth * edge * 1.6), 0, 255).astype(int).tolist()
        shade = soft.point(ramp).resize((w, h), Image.Resampling.BILINEAR)
        self.light.paste(shade, corner, half)
        if gloss > 0:
            # Lit from above and the left: where coverage grows away from the lamp.
            d = max(1, int(reach / step * 0.7))
            lit = ImageChops.subtract(
                ImageChops.offset(wide, -d // 2, -d), ImageChops.offset(wide, d // 2, d)
            ).crop(inner)
            shine = lit.point(
                (np.arange(256) ** 1.3 * gloss * 0.2).clip(0, 255).astype(int).tolist()
            )
            self.gloss.paste(shine.resize((w, h), Image.Resampling.BILINEAR), corner, half)
        else:
            self.gloss.paste(0, (*corner, corner[0] + w, corner[1] + h), half)

    def _cast_shadow(self, half: Image.Image, corner: tuple[int, int], cast: float) -> None:
        blur = 1.6 * self.scale / FINE
        pad = int(blur * 3) + 2
        dark = Image.new("L", (half.width + 2 * pad, half.height + 2 * pad), 255)
        dark.paste(int(255 * (1 - cast)), (pad, pad), half)
        dark = dark.filter(ImageFilter.GaussianBlur(blur))
        drop = int(1.5 * self.scale / FINE)
        x, y = corner[0] - pad, corner[1] - pad + drop
        box = (
            max(x, 0),
            max(y, 0),
            min(x + dark.width, self.width),
            min(y + dark.height, self.height),
        )
        if box[2] <= box[0] or box[3] <= box[1]:
            return
        part = dark.crop((box[0] - x, box[1] - y, box[2] - x, box[3] - y))
        self.light.paste(ImageChops.multiply(self.light.crop(box), part), box[:2])

    def line(
        self, path: PointLike, colour: RGB, width: float = 1.0, *, closed: bool = False
    ) -> None:
        """A line of `width` page units."""
        px = self.place(path)
        flat = _flat(px)
        if closed:
            flat = flat + flat[:2]
        thick = max(1, round(width * self.scale))
        self._pen.line(flat, fill=colour, width=thick, joint="curve" if thick > 3 else None)
        self._cover_pen.line(flat, fill=255, width=thick)

    def stitch(self, path: PointLike, colour: RGB, width: float = 0.7, dash: float = 2.2) -> None:
        """A dashed line: thread."""
        px = self.place(path)
        gaps = np.hypot(*np.diff(px, axis=0).T)
        along = np.concatenate([[0.0], np.cumsum(gaps)])
        step = dash * self.scale
        starts = np.arange(0, along[-1], step)
        ends = np.minimum(starts + step * 0.6, along[-1])
        thick = max(1, round(width * self.scale))
        for a, b in zip(starts, ends, strict=True):
            ends_x = np.interp([a, b], along, px[:, 0])
            ends_y = np.interp([a, b], along, px[:, 1])
            self._pen.line([ends_x[0], ends_y[0], ends_x[1], ends_y[1]], fill=colour, width=thick)

    def seam(self, path: PointLike, colour: RGB, width: float = 0.8) -> None:
        """A dark line with a light one beside it: two pieces sewn together."""
        p = np.asarray(path, dtype=np.float64)
        self.line(p + np.array([width, width * 0.4]), lighter(colour, 0.12), width)
        self.line(p, darker(colour, 0.38), width)

    def dot(self, x: float, y: float, radius: float, colour: RGB) -> None:
        """A filled circle."""
        (px,) = self.place([(x, y)])
        r = radius * self.scale
        self._pen.ellipse([px[0] - r, px[1] - r, px[0] + r, px[1] + r], fill=colour)
        self._cover_pen.ellipse([px[0] - r, px[1] - r, px[0] + r, px[1] + r], fill=255)

    def stroke_light(self, strokes: Sequence[tuple[PointLike, float, float]], blur: float) -> None:
        """Soft folds: (path, width, strength) each; strength below 0 darkens, above brightens."""
        layer = Image.new("L", self.light.size, 128)
        pen = ImageDraw.Draw(layer)
        for path, width, strength in strokes:
            px = self.place(path) / FINE
            thick = max(1, round(width * self.scale / FINE))
            pen.line(_flat(px), fill=int(np.clip(128 + 127 * strength, 0, 255)), width=thick)
        layer = layer.filter(ImageFilter.GaussianBlur(max(0.6, blur * self.scale / FINE)))
        cloth = self.cloth.reduce(FINE)
        added = ImageChops.add(self.light, layer, 1, -128)
        self.light.paste(added, (0, 0), cloth)

    def patch(self, art: Image.Image, centre: tuple[float, float], turned: float = 0.0) -> None:
        """Print an RGBA picture (fine pixels) on what is already there, its middle at `centre`."""
        degrees = turned + np.degrees(self._tilt)
        if abs(degrees) > 0.2:
            art = art.rotate(-degrees, Image.Resampling.BILINEAR, expand=True)
        (px,) = self.place([centre])
        corner = (int(px[0] - art.width / 2), int(px[1] - art.height / 2))
        inside = Image.new("L", art.size, 0)
        inside.paste(self.cloth.crop((*corner, corner[0] + art.width, corner[1] + art.height)))
        self.colour.paste(art, corner, ImageChops.multiply(art.getchannel("A"), inside))

    def patch_cloth(self, outline: PointLike, colour: RGB) -> None:
        """Dye a part of the cloth that is already there; its light stays."""
        px = self.place(outline)
        mask = Image.new("L", self.colour.size, 0)
        ImageDraw.Draw(mask).polygon(_flat(px), fill=255)
        self.colour.paste(colour, (0, 0), ImageChops.multiply(mask, self.cloth))

    def developed(self) -> tuple[NDArray[Any], ...]:
        """Colour (h, w, 3), light, gloss, coverage and cloth (h, w), each at the photo's size.

        Colour is 0 to 255; light is 1 where even; the others are 0 to 1.
        """
        colour = np.asarray(self.colour.reduce(FINE), dtype=np.float32)
        light, gloss, covered, cloth = (
            np.asarray(layer, dtype=np.float32) / np.float32(full)
            for layer, full in (
                (self.light, EVEN_LIGHT),
                (self.gloss, 255),
                (self.covered.reduce(FINE), 255),
                (self.cloth.reduce(FINE), 255),
            )
        )
        return colour, light, gloss, covered, cloth


def _flat(px: Points) -> list[float]:
    flat: list[float] = px.reshape(-1).tolist()
    return flat
