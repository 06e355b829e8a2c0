"""The person who wears a product: a plain figure in skin colours, and plain clothes beside it."""

# ruff: noqa: PLR0917 - a drawing reads as its measures, in their order

from __future__ import annotations

import numpy as np

from hangtag.testing.canvas import Canvas
from hangtag.testing.geometry import (
    Points,
    both_halves,
    closed,
    ellipse,
    flip,
    join,
    points,
    smooth,
)
from hangtag.testing.palette import RGB, SKINS, darker, lighter

NECK = 84.0  # height on the page at which the neck meets the shoulders


def pick_skin(rng: np.random.Generator) -> RGB:
    """A skin colour."""
    return SKINS[int(rng.choice(len(SKINS), p=[0.25, 0.35, 0.25, 0.1, 0.05]))]


def draw_hair_behind(page: Canvas, hair: RGB, *, long: bool) -> None:
    """What falls behind the neck."""
    if long:
        back = smooth((0, 8), (20, 16), (27, 48), (30, 84), (20, 104), (0, 100))
        page.fill(both_halves(back), hair, depth=0.4)


def draw_head(page: Canvas, skin: RGB, hair: RGB, *, long: bool) -> None:
    """Neck and head, without likeness to anyone."""
    neck = smooth(
        (0, 60), (11 if long else 13, 62), (11.5 if long else 14, 78), (30, 92), (26, 150)
    )
    page.fill(both_halves(join(neck, [(0, 154)])), skin, depth=0.3, bright=0.94)
    face = closed(
        (0, 14),
        (15, 20),
        (18, 40),
        (15, 58),
        (7, 70),
        (0, 73),
        (-7, 70),
        (-15, 58),
        (-18, 40),
        (-15, 20),
    )
    page.fill(face, skin, depth=0.28, cast=0.3)
    brow = darker(hair, 0.1)
    for side in (-1, 1):
        page.line(smooth((side * 4, 38), (side * 8, 36), (side * 12, 38)), brow, 1.5)
        page.dot(side * 8, 42, 1.5, darker(hair, 0.4))
    page.line(smooth((-2, 53), (0, 54.5), (2, 53)), darker(skin, 0.25), 1)
    page.line(smooth((-5.5, 61), (0, 62.5), (5.5, 61)), darker((170, 80, 76), 0.1), 1.8)
    if long:
        cap = join(
            smooth((0, 10), (17, 14), (23, 34), (22, 66), (19, 76)),
            smooth((17.5, 60), (16, 36), (6, 24), (0, 22)),
        )
        page.fill(both_halves(cap), hair, depth=0.3, gloss=0.1)
    else:
        cap = join(
            smooth((0, 8), (14, 11), (20, 24), (19.5, 40)), smooth((17, 36), (14, 26), (0, 24))
        )
        page.fill(both_halves(cap), hair, depth=0.3, gloss=0.1)


def draw_arm(page: Canvas, outline: Points, skin: RGB) -> None:
    """Both arms, the given one and its mirror image."""
    page.fill(outline, skin, depth=0.45, rim=6)
    page.fill(flip(outline), skin, depth=0.45, rim=6)


def draw_hips(
    page: Canvas,
    top: float,
    hip: float,
    colour: RGB,
    skin: RGB,
    rng: np.random.Generator,
    *,
    bare: bool = False,
) -> None:
    """Trousers from the waist downwards, as far as the page goes."""
    fly = top + 60
    leg = points(
        (0, top),
        (hip - 4, top),
        (hip + 3, top + 45),
        (hip - 1, top + 130),
        (hip - 5, 460),
        (9, 460),
        (4, fly + 14),
        (0, fly),
    )
    tone = skin if bare else colour
    page.fill(both_halves(smooth(*leg, steps=4)), tone, depth=0.45, rim=11)
    if not bare:
        shade = darker(tone, 0.35)
        page.line([(0, top), (0, fly + 6)], shade, 1)
        for side in (-1, 1):
            page.line(
                smooth(
                    (side * (hip - 14), top + 8),
                    (side * (hip - 10), top + 22),
                    (side * hip, top + 28),
                ),
                shade,
                0.9,
            )
            page.line([(side * 5, fly + 16), (side * 8, 420)], darker(tone, 0.5), 1.2)
        for k in range(3):
            y = fly - 10 + 8 * k
            side = 1 if rng.random() < 0.5 else -1
            page.line(
                smooth((side * 6, y), (side * 18, y + 4), (side * 30, y - 2)), lighter(tone, 0.1), 1
            )


def draw_legs(page: Canvas, top: float, ankle: float, skin: RGB, *, apart: float = 16.0) -> None:
    """Bare legs from `top` to the feet."""
    for side in (-1.0, 1.0):
        x = side * apart
        leg = join(
            smooth(
                (x + 15, top),
                (x + 13, top + (ankle - top) * 0.4),
                (x + 13, top + (ankle - top) * 0.62),
                (x + 6, ankle),
            ),
            smooth(
                (x - 6, ankle),
                (x - 11, top + (ankle - top) * 0.62),
                (x - 10, top + (ankle - top) * 0.4),
                (x - 13, top),
            ),
        )
        page.fill(leg, skin, depth=0.4, rim=6)


def draw_feet(page: Canvas, y: float, colour: RGB, *, apart: float = 18.0) -> None:
    """A pair of plain shoes seen from the front."""
    for side in (-1.0, 1.0):
        x = side * (apart + 4)
        shoe = closed(
            (x - 8, y - 6),
            (x + 8, y - 6),
            (x + 11 + side * 3, y + 6),
            (x + 8 + side * 4, y + 14),
            (x - 8 + side * 4, y + 14),
            (x - 11 + side * 3, y + 6),
        )
        page.fill(shoe, colour, depth=0.4, rim=4, gloss=0.3)
        page.line(ellipse(x + side * 3, y + 9, 9, 5, 20, 160), lighter(colour, 0.4), 1)
