"""Buttons, zips, pockets and drawstrings: the details a person looks for."""

# ruff: noqa: PLR0917 - a drawing reads as its measures, in their order

from __future__ import annotations

import numpy as np

from hangtag.testing.body import NECK
from hangtag.testing.canvas import Canvas
from hangtag.testing.cloth import Cloth
from hangtag.testing.geometry import Points, points, rounded_box, shift, smooth
from hangtag.testing.palette import RGB, brightness, darker, lighter
from hangtag.testing.recipe import Recipe


def draw_button(page: Canvas, x: float, y: float, colour: RGB, radius: float = 2.2) -> None:
    """A sewn button with its shadow and holes."""
    page.dot(x + 0.4, y + 0.6, radius, darker(colour, 0.55))
    page.dot(x, y, radius, colour)
    for dx in (-0.7, 0.7):
        page.dot(x + dx, y, 0.35, darker(colour, 0.5))


def draw_zip(
    page: Canvas, path: Points, tape: RGB, *, metal: RGB = (176, 178, 182), width: float = 2.6
) -> None:
    """A zip along a path, its puller at the start."""
    page.line(path, darker(tape, 0.35), width * 1.9)
    page.line(path, metal, width)
    page.stitch(path, darker(metal, 0.5), width * 0.9, 2.0)
    x, y = path[0]
    page.fill(
        rounded_box(x - 1.8, y + 1, x + 1.8, y + 10, 1.5), metal, depth=0.3, cast=0.3, cloth=False
    )


def button_colour(recipe: Recipe) -> RGB:
    """White on dark cloth and most shirts, dark on the rest."""
    if recipe.material in ("denim",):
        return (176, 128, 82)
    if recipe.material == "leather" or recipe.cut == "blazer":
        return darker(recipe.colour, 0.4)
    return (238, 236, 230) if brightness(recipe.colour) < 0.72 else darker(recipe.second, 0.2)


def draw_closure(page: Canvas, recipe: Recipe, top: float, hem: float, cloth: Cloth) -> None:
    """What closes the front of a top, from `top` to its end."""
    kind = recipe.closure
    rng = recipe.chance("closure")
    if kind == "none":
        return
    if recipe.collar == "turtleneck":
        top = NECK - 14
    if recipe.collar == "hooded":
        top = NECK + 37
    if kind in ("buttons", "half buttons"):
        if recipe.cut == "blazer":
            for k in range(int(rng.integers(1, 3))):
                draw_button(page, 3, NECK + 118 + 22 * k, button_colour(recipe), 2.8)
            page.line(smooth((2, NECK + 110), (5, hem - 40), (14, hem + 4)), recipe.thread(), 1.2)
            return
        end = hem + 5 if kind == "buttons" else top + float(rng.uniform(40, 64))
        half = 5.2
        strip = points((-half, top - 2), (half, top - 2), (half, end), (-half, end))
        page.fill(strip, cloth, depth=0.12, cast=0.22, rim=3, turned=1.2)
        for x in (-half, half):
            page.seam([(x, top), (x, end)], recipe.colour, 0.7)
        if kind == "half buttons":
            page.line([(-half, end), (half, end)], recipe.thread(), 1)
        step = float(rng.uniform(20, 26)) if kind == "buttons" else (end - top) / 3
        colour = button_colour(recipe)
        for y in np.arange(top + step * 0.5, end - 6, step):
            draw_button(page, 0, float(y), colour)
        return
    end = hem + 4 if kind == "zip" else top + float(rng.uniform(44, 60))
    x = 9.0 if recipe.cut == "biker" else 0.0
    metal = (188, 190, 194) if rng.random() < 0.7 else (196, 160, 84)
    if recipe.cut == "track":
        metal = recipe.second
    draw_zip(page, points((x * 0.3, top), (x, top + 30), (x, end)), recipe.colour, metal=metal)
    for side in (-1, 1):
        page.line([(x + side * 5, top + 2), (x + side * 5, end)], recipe.thread(), 0.6)


def draw_pockets(
    page: Canvas,
    recipe: Recipe,
    chest: float,
    armpit: float,
    waist: float,
    hem: float,
    cloth: Cloth,
) -> None:
    """The pockets of a top, in the manner of its article."""
    if "has pockets" not in recipe.details:
        return
    rng = recipe.chance("pockets")
    line = recipe.thread()
    if recipe.article == "Sweatshirts" or recipe.cut == "hoodie":
        w, top, low = chest * 0.62, hem - 68, hem - 14
        shape = points(
            (-w * 0.66, top), (w * 0.66, top), (w, top + 24), (w, low), (-w, low), (-w, top + 24)
        )
        page.fill(shape, cloth, depth=0.14, cast=0.28, rim=4)
        page.line(shape, line, 1.0, closed=True)
        if recipe.closure == "zip":
            page.line([(0, top), (0, low)], line, 3)
            draw_zip(page, points((0, top - 4), (0, low + 2)), recipe.colour)
        return
    if recipe.article in ("Jackets", "Blazers") and recipe.material != "denim":
        for side in (-1, 1):
            a, b = (side * waist * 0.42, hem - 52), (side * waist * 0.74, hem - 20)
            if recipe.cut == "blazer":
                flap = points(
                    (side * waist * 0.25, hem - 52),
                    (side * waist * 0.8, hem - 56),
                    (side * waist * 0.8, hem - 44),
                    (side * waist * 0.25, hem - 40),
                )
                page.fill(flap, cloth, depth=0.14, cast=0.3, rim=3)
                page.line(flap, line, 0.8, closed=True)
            else:
                page.line([a, b], darker(recipe.colour, 0.55), 3.2)
                page.line(
                    [(a[0] - 1.6, a[1]), (b[0] - 1.6, b[1])], lighter(recipe.colour, 0.2), 0.9
                )
        if recipe.cut == "blazer":
            page.fill(
                points(
                    (chest * 0.34, armpit + 2),
                    (chest * 0.7, armpit - 2),
                    (chest * 0.7, armpit + 4),
                    (chest * 0.34, armpit + 8),
                ),
                cloth,
                depth=0.1,
                cast=0.3,
            )
        return
    sides = (1,) if recipe.article in ("Tshirts", "Kurtas") or rng.random() < 0.45 else (1, -1)
    if recipe.material == "denim" or recipe.cut == "work":
        sides = (1, -1)
    size = float(rng.uniform(0.36, 0.44)) * chest
    for side in sides:
        x, y = side * chest * 0.52, armpit + float(rng.uniform(-8, 2))
        x0, x1 = x - size / 2, x + size / 2
        patch = points(
            (x0, y), (x1, y), (x1, y + size * 0.95), (x, y + size * 1.18), (x0, y + size * 0.95)
        )
        page.fill(patch, cloth, depth=0.08, cast=0.3, rim=3, turned=0.8)
        page.line(patch, line, 1.0, closed=True)
        page.line([(x0, y + 4), (x1, y + 4)], line, 0.7)
        if recipe.material == "denim" or recipe.cut == "work":
            flap = points(
                (x0 - 1, y - 3), (x1 + 1, y - 3), (x1 + 1, y + 6), (x, y + 11), (x0 - 1, y + 6)
            )
            page.fill(flap, cloth, depth=0.08, cast=0.35, rim=3)
            page.line(flap, line, 1.0, closed=True)
            if "has buttons" in recipe.details:
                draw_button(page, x, y + 7, button_colour(recipe), 1.7)


def draw_drawstrings(
    page: Canvas, recipe: Recipe, x: float, y: float, rng: np.random.Generator
) -> None:
    """Two cords that hang from eyelets at (±x, y)."""
    cord: RGB = (240, 240, 236) if brightness(recipe.colour) < 0.6 else darker(recipe.colour, 0.6)
    if rng.random() < 0.3:
        cord = recipe.second
    for side in (-1, 1):
        length = float(rng.uniform(34, 54))
        sway = float(rng.uniform(-4, 5))
        path = smooth(
            (side * x, y), (side * x + side * 1.5, y + length * 0.5), (side * x + sway, y + length)
        )
        page.dot(side * x, y, 2.0, (150, 150, 152))
        page.line(shift(path, 1.0, 1.0), darker(recipe.colour, 0.35), 2.2)
        page.line(path, cord, 2.4)
        end = path[-1]
        page.line([(end[0], end[1]), (end[0], end[1] + 6)], darker(cord, 0.35), 3.2)
