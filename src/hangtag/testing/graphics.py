"""Pictures and words printed on the chest, and small logos. All words and marks are our own."""

# ruff: noqa: PLR0917 - a drawing reads as its measures, in their order

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from hangtag.testing.canvas import FINE, Canvas
from hangtag.testing.geometry import closed, ellipse, smooth
from hangtag.testing.palette import RGB, brightness, far_from
from hangtag.testing.recipe import Recipe

WORDS = (
    "NORTH",
    "RIVER 76",
    "wander",
    "OAKLEAF",
    "SUNDAY",
    "BLOOM",
    "HELLO",
    "DUSK",
    "atlas",
    "MERIDIAN",
    "TEAM 09",
    "COAST",
    "Nomad",
    "PIXEL",
    "LUCKY",
    "HARBOUR",
    "RIDE ON",
    "ECHO",
    "1984",
    "so what",
    "SUMMIT",
    "GARAGE",
    "wild",
    "MAPLE",
    "ZERO",
    "KITE CLUB",
    "DRIFT",
    "Bonjour",
    "ROUTE 5",
    "FOLK",
)


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def draw_chest_print(
    page: Canvas, recipe: Recipe, chest: float, armpit: float, hem: float, neck: float
) -> None:
    """One picture, word or both, on the front of a top."""
    rng = recipe.chance("graphic")
    width = chest * float(rng.uniform(0.85, 1.6))
    height = width * float(rng.uniform(0.7, 1.35))
    top = max(neck + 10, armpit - 26)
    height = min(height, hem - top - 34)
    side = int(max(12, width * page.scale))
    tall = int(max(12, height * page.scale))
    inks = [recipe.second, recipe.third]
    inks.append(far_from([recipe.colour], rng, 90))
    if abs(brightness(inks[0]) - brightness(recipe.colour)) < 0.22:
        inks[0] = (246, 244, 238) if brightness(recipe.colour) < 0.5 else (28, 28, 32)
    art = Image.new("RGBA", (side, tall), (*inks[0], 0))
    pen = ImageDraw.Draw(art)
    style = str(
        rng.choice(["words", "badge", "scene", "creature", "poster", "big word", "collage"])
    )
    if style == "words":
        _words(pen, side, tall, inks, rng, int(rng.integers(2, 4)))
    elif style == "big word":
        _word(pen, str(rng.choice(WORDS)), (side // 2, tall // 3), side * 0.98, inks[0])
        if rng.random() < 0.6:
            _word(pen, str(rng.choice(WORDS)), (side // 2, int(tall * 0.55)), side * 0.5, inks[1])
    elif style == "badge":
        _badge(pen, side, tall, inks, rng)
    elif style == "scene":
        _scene(pen, side, tall, inks, rng)
    elif style == "creature":
        _creature(pen, side, tall, inks, rng)
    elif style == "poster":
        _scene(pen, side, int(tall * 0.78), inks, rng)
        _word(pen, str(rng.choice(WORDS)), (side // 2, int(tall * 0.88)), side * 0.9, inks[0])
    else:
        _collage(pen, side, tall, inks, rng)
    if rng.random() < 0.25:  # a worn print
        fade = rng.integers(90, 256, (tall // (3 * FINE) + 1, side // (3 * FINE) + 1)).astype(
            np.uint8
        )
        worn = Image.fromarray(fade, "L").resize((side, tall), Image.Resampling.NEAREST)
        alpha = np.asarray(art.getchannel("A"), np.float32) * np.asarray(worn, np.float32) / 255
        art.putalpha(Image.fromarray(alpha.astype(np.uint8), "L"))
    off = float(rng.normal(0, 3)) if rng.random() < 0.8 else float(rng.uniform(-0.3, 0.3)) * chest
    page.patch(art, (off, top + height / 2), float(rng.normal(0, 1)))


def draw_logo(page: Canvas, recipe: Recipe, x: float, y: float, size: float = 11.0) -> None:
    """A small mark of a maker that does not exist."""
    rng = recipe.chance("logo")
    ink: RGB = (246, 246, 244) if brightness(recipe.colour) < 0.5 else (26, 28, 36)
    if rng.random() < 0.4:
        ink = far_from([recipe.colour], rng, 150)
    side = int(max(8, size * float(rng.uniform(0.85, 1.5)) * page.scale))
    art = Image.new("RGBA", (side * 2, side), (*ink, 0))
    pen = ImageDraw.Draw(art)
    full = (*ink, 255)
    style = int(rng.integers(5))
    c, r = side, side / 2
    if style == 0:
        pen.polygon(
            _flat(closed((0.1, 0.7), (0.9, 0.25), (1.9, 0.05), (1.1, 0.6), (0.5, 0.95)), side),
            fill=full,
        )
    elif style == 1:
        for k in range(3):
            x0 = (0.35 + 0.45 * k) * side
            pen.polygon(
                [
                    x0,
                    side * 0.9,
                    x0 + side * 0.25,
                    side * 0.9,
                    x0 + side * 0.25,
                    side * (0.6 - 0.22 * k),
                    x0,
                    side * (0.7 - 0.22 * k),
                ],
                fill=full,
            )
    elif style == 2:
        pen.ellipse([c - r, 0, c + r, side - 1], outline=full, width=max(2, side // 8))
        pen.polygon([c, side * 0.2, c + r * 0.6, side * 0.75, c - r * 0.6, side * 0.75], fill=full)
    elif style == 3:
        _word(pen, str(rng.choice(WORDS)), (side, side // 2), side * 1.9, ink)
    else:
        star = [
            (
                r * (1 if i % 2 == 0 else 0.42) * np.sin(i * np.pi / 5) + c,
                r - r * (1 if i % 2 == 0 else 0.42) * np.cos(i * np.pi / 5),
            )
            for i in range(10)
        ]
        pen.polygon([(float(a), float(b)) for a, b in star], fill=full)
    page.patch(art, (x, y))


def _flat(outline: object, side: float) -> list[float]:
    flat: list[float] = (np.asarray(outline, dtype=np.float64) * side).reshape(-1).tolist()
    return flat


def _word(
    pen: ImageDraw.ImageDraw, word: str, middle: tuple[int, int], width: float, ink: RGB
) -> None:
    probe = _font(40)
    size = int(np.clip(40 * width / max(1.0, probe.getlength(word)), 6, 220))
    stroke = max(0, size // 22)
    pen.text(middle, word, fill=(*ink, 255), font=_font(size), anchor="mm", stroke_width=stroke)


def _words(
    pen: ImageDraw.ImageDraw, w: int, h: int, inks: list[RGB], rng: np.random.Generator, lines: int
) -> None:
    for i in range(lines):
        word = str(rng.choice(WORDS))
        _word(
            pen,
            word,
            (w // 2, int(h * (i + 0.6) / (lines + 0.4))),
            w * float(rng.uniform(0.6, 0.98)),
            inks[i % 2],
        )
    if rng.random() < 0.4:
        y = int(h * 0.97)
        pen.rectangle([w * 0.1, y - max(1, h // 60), w * 0.9, y], fill=(*inks[1], 255))


def _badge(
    pen: ImageDraw.ImageDraw, w: int, h: int, inks: list[RGB], rng: np.random.Generator
) -> None:
    side = min(w, h)
    x, y, r = w / 2, h / 2, side / 2 - 2
    pen.ellipse([x - r, y - r, x + r, y + r], fill=(*inks[0], 255))
    pen.ellipse([x - r * 0.88, y - r * 0.88, x + r * 0.88, y + r * 0.88], fill=(*inks[1], 255))
    points = int(rng.integers(5, 13))
    star = []
    for i in range(points * 2):
        q = r * (0.66 if i % 2 == 0 else 0.34)
        star.append((x + q * np.sin(i * np.pi / points), y - q * np.cos(i * np.pi / points)))
    pen.polygon([(float(a), float(b)) for a, b in star], fill=(*inks[0], 255))
    band = [x - r * 1.05, y - r * 0.2, x + r * 1.05, y + r * 0.2]
    pen.rectangle(band, fill=(*inks[2], 255))
    _word(pen, str(rng.choice(WORDS)), (int(x), int(y)), r * 1.5, inks[0])


def _scene(
    pen: ImageDraw.ImageDraw, w: int, h: int, inks: list[RGB], rng: np.random.Generator
) -> None:
    pen.rectangle([0, 0, w, h], fill=(*inks[0], 255))
    r = h * float(rng.uniform(0.16, 0.28))
    x, y = w * float(rng.uniform(0.3, 0.7)), h * 0.42
    pen.ellipse([x - r, y - r, x + r, y + r], fill=(*inks[1], 255))
    if rng.random() < 0.5:
        for k in range(4):
            a, b = w * float(rng.uniform(-0.2, 0.8)), w * float(rng.uniform(0.3, 0.6))
            pen.polygon(
                [a, h, a + b / 2, h * float(rng.uniform(0.35, 0.65)), a + b, h],
                fill=(*inks[1 + k % 2], 255),
            )
    else:
        for k in range(4):
            yy = h * (0.6 + 0.1 * k)
            wave = smooth(
                *[
                    (w * t, yy + h * 0.04 * (1 if i % 2 else -1))
                    for i, t in enumerate(np.linspace(0, 1, 7))
                ]
            )
            pen.polygon([*_flat(wave, 1), w, h, 0, h], fill=(*inks[k % 3], 255))
        trunk = smooth((w * 0.2, h), (w * 0.24, h * 0.6), (w * 0.3, h * 0.34))
        pen.line(_flat(trunk, 1), fill=(28, 28, 30, 255), width=max(2, w // 26))
        for a in np.linspace(-2.6, 0.4, 6):
            leaf = smooth(
                (w * 0.3, h * 0.34),
                (w * (0.3 + 0.12 * np.cos(a)), h * (0.3 + 0.1 * np.sin(a))),
                (w * (0.3 + 0.22 * np.cos(a)), h * (0.37 + 0.16 * np.sin(a))),
            )
            pen.line(_flat(leaf, 1), fill=(28, 28, 30, 255), width=max(2, w // 30))


def _creature(
    pen: ImageDraw.ImageDraw, w: int, h: int, inks: list[RGB], rng: np.random.Generator
) -> None:
    """A head with ears and eyes: cat, bear, robot or skull, by chance."""
    ink, eye, extra = ((*c, 255) for c in inks)
    kind = int(rng.integers(4))
    box = [w * 0.14, h * 0.2, w * 0.86, h * 0.88]
    if kind == 0:
        for s in (0.18, 0.62):
            pen.polygon(
                [w * s, h * 0.42, w * (s + 0.03), h * 0.02, w * (s + 0.24), h * 0.3], fill=ink
            )
        pen.ellipse(box, fill=ink)
    elif kind == 1:
        for s in (0.06, 0.66):
            pen.ellipse([w * s, h * 0.06, w * (s + 0.28), h * 0.38], fill=ink)
        pen.ellipse(box, fill=ink)
    elif kind == 2:
        pen.rounded_rectangle(box, radius=w // 10, fill=ink)
        pen.line([w / 2, h * 0.2, w / 2, h * 0.05], fill=ink, width=max(2, w // 24))
        pen.ellipse([w * 0.44, 0, w * 0.56, h * 0.1], fill=extra)
    else:
        pen.ellipse([w * 0.12, h * 0.04, w * 0.88, h * 0.72], fill=ink)
        pen.rectangle([w * 0.3, h * 0.6, w * 0.7, h * 0.92], fill=ink)
        for k in range(4):
            x = w * (0.36 + 0.09 * k)
            pen.line([x, h * 0.74, x, h * 0.92], fill=eye, width=max(1, w // 50))
    for s in (0.3, 0.56):
        pen.ellipse([w * s, h * 0.4, w * (s + 0.15), h * 0.55], fill=eye)
    pen.polygon([w * 0.5, h * 0.58, w * 0.45, h * 0.65, w * 0.55, h * 0.65], fill=extra)
    if kind < 2:
        for k in (-1, 0, 1):
            for s in (-1, 1):
                pen.line(
                    [
                        w * (0.5 + s * 0.1),
                        h * (0.68 + 0.01 * k),
                        w * (0.5 + s * 0.34),
                        h * (0.68 + 0.06 * k),
                    ],
                    fill=eye,
                    width=max(1, w // 70),
                )


def _collage(
    pen: ImageDraw.ImageDraw, w: int, h: int, inks: list[RGB], rng: np.random.Generator
) -> None:
    for i in range(int(rng.integers(6, 14))):
        x, y = w * float(rng.uniform(0.05, 0.75)), h * float(rng.uniform(0.05, 0.75))
        s = min(w, h) * float(rng.uniform(0.12, 0.36))
        ink = (*inks[i % 3], 255)
        kind = int(rng.integers(3))
        if kind == 0:
            pen.rectangle([x, y, x + s, y + s * 0.7], fill=ink)
        elif kind == 1:
            pen.polygon(_flat(ellipse(x + s / 2, y + s / 2, s / 2, s / 2), 1), fill=ink)
        else:
            pen.polygon([x, y + s, x + s / 2, y, x + s, y + s], fill=ink)
    _word(pen, str(rng.choice(WORDS)), (w // 2, int(h * 0.5)), w * 0.9, inks[0])
