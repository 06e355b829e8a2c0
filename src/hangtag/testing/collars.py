"""What sits at the neck: bands, collars, hoods, rolls."""

# ruff: noqa: PLR0917 - a drawing reads as its measures, in their order

from __future__ import annotations

import numpy as np

from hangtag.testing.body import NECK
from hangtag.testing.canvas import Canvas
from hangtag.testing.cloth import Cloth
from hangtag.testing.geometry import (
    Points,
    both_halves,
    closed,
    flip,
    join,
    points,
    ribbon,
    rounded_box,
    shift,
    smooth,
)
from hangtag.testing.palette import RGB, brightness, darker, lighter
from hangtag.testing.recipe import Recipe


def draw_back_of_neck(
    page: Canvas, recipe: Recipe, neck: float, front: Points, back: float
) -> None:
    """The inside of the back, seen through the neck of a garment that nobody wears."""
    if recipe.cut in ("strapless", "off-shoulder", "halter"):
        return
    inside = (
        darker(recipe.colour, 0.3)
        if brightness(recipe.colour) > 0.2
        else lighter(recipe.colour, 0.14)
    )
    if recipe.collar == "no collar":
        for side in (-1, 1):
            page.line([(side * (neck - 1), NECK + 4), (side * (neck - 9), NECK + 46)], inside, 4)
        return
    if recipe.collar == "hooded":
        draw_hood_behind(page, recipe, up=True)
        return
    rear = smooth((-neck - 1, NECK - 1), (0, NECK + back), (neck + 1, NECK - 1))
    below = join(flip(front), front[1:])[::-1] * [1.04, 1.0] + [0, 3]
    page.fill(join(rear, below), inside, depth=0.3, cloth=True)
    page.line(shift(rear, 0, 2.5), lighter(inside, 0.12), 3.5)
    if front[0, 1] - NECK > 12:
        page.fill(
            rounded_box(-6, NECK + back + 3, 6, NECK + back + 9, 1), lighter(recipe.second, 0.5)
        )


def draw_hood_behind(page: Canvas, recipe: Recipe, *, up: bool) -> None:
    """The part of a hood that lies behind the head."""
    tone = recipe.cloth()
    if up:
        outer = smooth(
            (0, NECK - 60),
            (19, NECK - 54),
            (33, NECK - 26),
            (36, NECK + 8),
            (20, NECK + 30),
            (0, NECK + 36),
        )
        page.fill(both_halves(outer), tone, depth=0.45, rim=12)
    else:
        outer = smooth(
            (0, NECK - 26),
            (22, NECK - 22),
            (40, NECK - 6),
            (46, NECK + 14),
            (20, NECK + 30),
            (0, NECK + 30),
        )
        page.fill(both_halves(outer), tone, depth=0.5)


def draw_collar(
    page: Canvas,
    recipe: Recipe,
    neck: float,
    depth: float,
    front: Points,
    cloth: Cloth,
    trim: RGB,
    chest: float,
) -> None:
    """The collar of a recipe on a top whose neck has these measures."""
    kind = recipe.collar
    if kind == "collar":
        if recipe.cut == "mandarin":
            _mandarin(page, recipe, neck, depth, cloth)
        elif recipe.cut == "blazer":
            _lapels(page, recipe, neck, cloth)
        else:
            _flaps(page, recipe, neck, depth, cloth, trim)
    elif kind == "hooded":
        _hood_front(page, recipe, neck, cloth)
    elif kind == "turtleneck":
        _roll(page, recipe, neck, cloth)
    elif kind == "other":
        _other(page, recipe, neck, depth, front)
    elif kind in ("crew neck", "V-neck", "scoop neck"):
        _band(page, recipe, front, trim)
    elif kind == "no collar" and recipe.cut == "strapless":
        edge = smooth(
            (-chest + 1, NECK + 54),
            (-chest * 0.5, NECK + 44),
            (0, NECK + 50),
            (chest * 0.5, NECK + 44),
            (chest - 1, NECK + 54),
        )
        page.line(shift(edge, 0, 3), recipe.thread(), 0.9)
        for k in range(1, 4):
            page.line(shift(edge, 0, 3 + 3.0 * k), recipe.thread(), 0.6)
    elif kind == "no collar" and recipe.cut == "off-shoulder":
        _frill(page, recipe, chest, cloth)


def _band(page: Canvas, recipe: Recipe, front: Points, trim: RGB) -> None:
    width = 6.5 if recipe.article in ("Sweatshirts", "Sweaters") else 4.2
    path = join(flip(front), front[1:])
    page.fill(ribbon(path, width), trim, depth=0.18, cast=0.15, cloth=True, rim=3)
    line = darker(trim, 0.22) if brightness(trim) > 0.2 else lighter(trim, 0.16)
    page.line(shift(path, 0, width / 2), line, 0.8)
    if recipe.article in ("Sweatshirts", "Sweaters"):
        for x, y in path[1:-1]:
            page.line([(x - x * 0.03, y - 2.5), (x + x * 0.03, y + 2.5)], line, 0.6)


def _flaps(
    page: Canvas, recipe: Recipe, neck: float, depth: float, cloth: Cloth, trim: RGB
) -> None:
    rng = recipe.chance("collar")
    polo = recipe.cut == "polo"
    paint: Cloth | RGB = trim if polo else cloth
    opened = float(rng.uniform(6, 22)) if recipe.formality == "casual" or recipe.women else 0.0
    drop = depth + opened
    n = neck
    inside = (
        darker(recipe.colour, 0.28)
        if brightness(recipe.colour) > 0.2
        else lighter(recipe.colour, 0.14)
    )
    if recipe.shot != "model":
        rear = smooth(
            (-n + 1, NECK + 1),
            (-n + 4, NECK - 11),
            (0, NECK - 12),
            (n - 4, NECK - 11),
            (n - 1, NECK + 1),
            (0, NECK + 8),
        )
        page.fill(rear, inside, depth=0.3, cloth=True)
        page.fill(rounded_box(-6, NECK - 8, 6, NECK - 1, 1), lighter(recipe.second, 0.5))
    else:
        for side in (-1, 1):
            page.line([(side * n, NECK + 1), (side * (n - 3), NECK - 10)], inside, 4)
    tip_x, tip_y = float(rng.uniform(15, 23)), NECK + depth + float(rng.uniform(16, 26))
    flap = join(
        smooth((0.8, NECK + drop), (n * 0.62, NECK + drop * 0.3), (n - 2, NECK - 12), steps=5),
        smooth((n + 3, NECK - 8), (n + 8, NECK + 4), steps=5),
        [(tip_x + 4, tip_y)],
    )
    if opened > 4 and recipe.shot != "model":
        page.fill(
            points((-4, NECK + depth - 6), (4, NECK + depth - 6), (0, NECK + drop + 4)), inside
        )
    elif opened > 4:
        pass
    for side in (1, -1):
        outline = flap if side == 1 else flip(flap)
        page.fill(
            outline,
            paint,
            depth=0.16,
            cast=0.42,
            turned=side * 24.0,
            cloth=True,
            rim=4,
            bright=1.03,
        )
        line = recipe.thread() if not polo else darker(trim, 0.25)
        page.line(outline, line, 0.7, closed=True)
        if polo:
            edge = np.stack(
                [outline[-1] if side == 1 else outline[0], outline[-2] if side == 1 else outline[1]]
            )
            page.line(shift(edge, -side * 2, -1), recipe.second, 1.2)


def _mandarin(page: Canvas, recipe: Recipe, neck: float, depth: float, cloth: Cloth) -> None:
    for side in (1, -1):
        half = join(
            smooth((0.8, NECK + depth + 2), (neck * 0.6, NECK + depth * 0.62), (neck, NECK - 2)),
            smooth(
                (neck - 3, NECK - 12), (neck * 0.5, NECK + depth * 0.2), (0.8, NECK + depth - 9)
            ),
        )
        outline = half if side == 1 else flip(half)
        page.fill(outline, cloth, depth=0.2, cast=0.3, turned=side * 30, rim=4)
        page.line(outline, recipe.thread(), 0.8, closed=True)


def _lapels(page: Canvas, recipe: Recipe, neck: float, cloth: Cloth) -> None:
    rng = recipe.chance("lapel")
    low = NECK + float(rng.uniform(92, 112))
    shirt = lighter(recipe.second, 0.75)
    page.fill(
        points(
            (-neck, NECK - 4),
            (neck, NECK - 4),
            (neck + 6, NECK + 8),
            (0, low),
            (-neck - 6, NECK + 8),
        ),
        shirt,
        depth=0.2,
    )
    if rng.random() < 0.55:
        tie = recipe.third
        page.fill(
            points(
                (-5, NECK + 14),
                (5, NECK + 14),
                (3, NECK + 24),
                (8, low - 14),
                (0, low + 2),
                (-8, low - 14),
                (-3, NECK + 24),
            ),
            tie,
            depth=0.3,
            cast=0.3,
        )
    else:
        for k in range(3):
            page.dot(0, NECK + 34 + 18 * k, 1.6, darker(shirt, 0.25))
    for side in (1, -1):
        inner = points((1, NECK + 16), (neck - 2, NECK - 10), (neck + 4, NECK + 2), (14, NECK + 34))
        page.fill(inner if side == 1 else flip(inner), shirt, depth=0.15, cast=0.3)
    for side in (1, -1):
        lapel = join(
            smooth((0, low + 6), (neck * 0.7, NECK + 34), (neck + 3, NECK - 8)),
            [
                (neck + 9, NECK - 2),
                (neck + 15, NECK + 26),
                (neck + 8, NECK + 30),
                (neck + 21, NECK + 36),
            ],
            smooth((neck + 20, NECK + 40), (neck + 8, NECK + 74), (0, low + 6)),
        )
        outline = lapel if side == 1 else flip(lapel)
        page.fill(outline, cloth, depth=0.18, cast=0.45, turned=side * 15, rim=4, bright=1.05)
        page.line(outline, recipe.thread(), 0.8, closed=True)


def _hood_front(page: Canvas, recipe: Recipe, neck: float, cloth: Cloth) -> None:
    inside = (
        darker(recipe.colour, 0.42)
        if brightness(recipe.colour) > 0.16
        else darker(recipe.colour, 0.55)
    )
    if recipe.shot == "model":
        for side in (1, -1):
            fold = join(
                smooth((0.5, NECK + 36), (neck * 0.7, NECK + 14), (neck - 5, NECK - 12)),
                smooth(
                    (neck + 2, NECK - 22),
                    (neck + 20, NECK - 8),
                    (neck + 24, NECK + 12),
                    (neck + 2, NECK + 30),
                    (0.5, NECK + 40),
                ),
            )
            outline = fold if side == 1 else flip(fold)
            page.fill(outline, cloth, depth=0.4, cast=0.4, turned=side * 30)
            page.line(fold[:17] if side == 1 else flip(fold[:17]), recipe.thread(), 1)
        return
    outer = smooth(
        (0, NECK - 60),
        (19, NECK - 54),
        (33, NECK - 26),
        (35, NECK + 6),
        (22, NECK + 26),
        (0.5, NECK + 40),
    )
    page.fill(both_halves(outer), cloth, depth=0.42, cast=0.4, rim=11)
    hole = smooth(
        (0, NECK - 46),
        (13, NECK - 40),
        (22, NECK - 18),
        (20, NECK + 8),
        (9, NECK + 26),
        (0, NECK + 33),
    )
    page.fill(both_halves(hole), inside, depth=-0.35, bright=0.9, cloth=True, rim=10)
    rim = both_halves(hole)
    page.line(rim, lighter(recipe.colour, 0.12), 2.6, closed=True)
    page.line(rim * [1.14, 1.0] + [0, 1.0], recipe.thread(), 0.7, closed=True)
    page.line([(0, NECK + 33), (0, NECK + 40)], recipe.thread(), 1)


def _roll(page: Canvas, recipe: Recipe, neck: float, cloth: Cloth) -> None:
    rng = recipe.chance("roll")
    height = float(rng.uniform(20, 29)) if recipe.article != "Jackets" else 20.0
    n = neck
    if recipe.shot != "model":
        mouth = closed(
            (-n + 1, NECK - height),
            (0, NECK - height - 5),
            (n - 1, NECK - height),
            (0, NECK - height + 6),
        )
        page.fill(mouth, darker(recipe.colour, 0.4), cloth=True)
    tube = join(
        smooth((-n + 1, NECK - height), (0, NECK - height + 6), (n - 1, NECK - height)),
        smooth(
            (n + 1, NECK - 10),
            (n + 5, NECK + 4),
            (n * 0.5, NECK + 14),
            (0, NECK + 16),
            (-n * 0.5, NECK + 14),
            (-n - 5, NECK + 4),
            (-n - 1, NECK - 10),
        ),
    )
    page.fill(tube, cloth, depth=0.42, cast=0.35, rim=7)
    line = recipe.thread()
    for k in (0.42, 0.78) if recipe.article != "Jackets" else ():
        y = NECK - height + height * k
        page.line(smooth((-n, y - 1), (0, y + 6), (n, y - 1)), line, 1.0)
        page.line(smooth((-n, y + 1), (0, y + 8), (n, y + 1)), lighter(recipe.colour, 0.15), 1.0)
    page.line(tube, line, 0.6, closed=True)
    for x in np.linspace(-n + 3, n - 3, 9):
        page.line([(x, NECK - height + 7), (x * 1.05, NECK + 10)], line, 0.4)


def _other(page: Canvas, recipe: Recipe, neck: float, depth: float, front: Points) -> None:
    path = join(flip(front), front[1:])
    if recipe.cut == "cowl":
        for k in range(4):
            y = NECK + depth + 9 * k
            drape = smooth(
                (-neck + 3 * k - 6, NECK + 4 + 5 * k),
                (-neck * 0.5, y - 6),
                (0, y + 6),
                (neck * 0.5, y - 6),
                (neck - 3 * k + 6, NECK + 4 + 5 * k),
            )
            page.fill(
                ribbon(drape, (3.0, 10.0, 3.0)),
                recipe.colour,
                depth=0.3,
                cast=0.4,
                cloth=True,
                rim=4,
            )
    elif recipe.cut == "halter":
        for side in (-1, 1):
            page.line(
                [(side * (neck - 2), NECK - 6), (side * 1.0, NECK + 30)], recipe.thread(), 1.0
            )
    else:
        page.line(shift(path, 0, 2.4), recipe.thread(), 0.9)
        page.line(path, lighter(recipe.colour, 0.1), 1.2)


def _frill(page: Canvas, recipe: Recipe, chest: float, cloth: Cloth) -> None:
    edge = chest + 14
    waves = np.linspace(edge, -edge, 40)
    low = np.stack([waves, NECK + 66 + 3.5 * np.sin(waves * 0.42) - np.abs(waves) * 0.04], axis=1)
    top = smooth(
        (-edge + 3, NECK + 28),
        (-edge * 0.5, NECK + 34),
        (0, NECK + 36),
        (edge * 0.5, NECK + 34),
        (edge - 3, NECK + 28),
    )
    page.fill(join(top, low), cloth, depth=0.3, cast=0.4)
    page.line(shift(top, 0, 3), recipe.thread(), 0.8)
    for x in np.linspace(-edge * 0.9, edge * 0.9, 15):
        page.line([(x * 0.97, NECK + 38), (x, NECK + 60)], recipe.thread(), 0.5)
