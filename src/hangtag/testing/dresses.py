"""Dresses: a top down to the waist and a skirt below it."""

# ruff: noqa: PLR0917 - a drawing reads as its measures, in their order

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hangtag.testing import body
from hangtag.testing.body import NECK
from hangtag.testing.canvas import Canvas
from hangtag.testing.cloth import Cloth
from hangtag.testing.geometry import Points, both_halves, join, points, shift, smooth
from hangtag.testing.palette import brightness, darker
from hangtag.testing.recipe import Recipe
from hangtag.testing.studio import OpenPage
from hangtag.testing.tops import draw_garment, measure


def draw_dress(recipe: Recipe, open_page: OpenPage) -> Canvas:
    """A dress on a person or by itself."""
    p = measure(recipe)
    rng = recipe.chance("dress")
    waist_y = NECK + 112
    p = replace(p, waist=p.waist * 0.92, waist_y=waist_y, hem=p.waist * 0.92, hem_y=waist_y + 4)
    flare = {"fitted": 1.12, "regular": 1.7, "loose": 2.1}.get(recipe.fit or "regular", 1.6)
    low = waist_y + float(rng.uniform(112, 160))
    if recipe.fit == "loose" and rng.random() < 0.4:
        low += 60
    hem = p.hem * flare
    reach = max(hem, p.chest + float(np.sin(np.radians(p.arm_angle))) * max(p.sleeve, 20)) + 12
    worn = recipe.shot == "model"
    cloth = recipe.cloth()
    if worn:
        reach = max(reach, 70)
        page = open_page(-reach, 2, reach, min(low + 90, 462))
        body.draw_legs(page, low - 40, low + 130, body.pick_skin(recipe.chance("top")), apart=14)
    else:
        page = open_page(-reach, NECK - 6, reach, low + 10)
    page_skirt(page, recipe, p.hem, waist_y, hem, low, cloth, rng)
    draw_garment(page, recipe, p, cloth, recipe.chance("top"))
    _waist(page, recipe, p.hem, waist_y, rng)
    return page


def page_skirt(
    page: Canvas,
    recipe: Recipe,
    waist: float,
    top: float,
    hem: float,
    low: float,
    cloth: Cloth,
    rng: np.random.Generator,
) -> None:
    """A skirt from `top` to `low`, its half width going from `waist` to `hem`; with folds."""
    hip = max(waist * 1.14, waist + (hem - waist) * 0.42)
    ripple = np.linspace(hem, 0, 14)
    wave = 2.5 if hem > waist * 1.4 else 0.6
    bottom = np.stack([ripple, low + wave * np.sin(ripple * 0.36) - np.abs(ripple) * 0.05], axis=1)
    right = join(
        points((0, top), (waist, top)),
        smooth((waist, top), (hip, top + (low - top) * 0.36), (hem, low - hem * 0.05)),
        bottom,
    )
    page.fill(both_halves(right), cloth, depth=0.4, rim=12)
    strokes: list[tuple[Points, float, float]] = []
    deep = 0.2 + 0.12 * (1 - brightness(recipe.colour))
    folds = int(rng.integers(5, 10)) if hem > waist * 1.4 else 3
    for t in np.linspace(-0.85, 0.85, folds) + rng.normal(0, 0.05, folds):
        path = smooth(
            (waist * t * 0.9, top + 6), (hip * t, top + (low - top) * 0.4), (hem * t, low), steps=6
        )
        strokes += [
            (path, 4.5, -deep * float(rng.uniform(0.5, 1))),
            (shift(path, 6, 0), 4.5, deep * 0.7),
        ]
    page.stroke_light(strokes, 2.4)
    page.line(bottom - [0, 4], recipe.thread(), 0.6)
    if hem > waist * 1.4 and rng.random() < 0.2:  # a tier
        y = top + (low - top) * 0.62
        page.line(smooth((-hem * 0.8, y), (0, y + 3), (hem * 0.8, y)), recipe.thread(), 1.4)


def _waist(page: Canvas, recipe: Recipe, waist: float, y: float, rng: np.random.Generator) -> None:
    style = rng.random()
    if style < 0.4:
        belt = points(
            (-waist - 1, y - 4), (waist + 1, y - 4), (waist + 1, y + 6), (-waist - 1, y + 6)
        )
        tone = recipe.second if rng.random() < 0.5 else darker(recipe.colour, 0.5)
        page.fill(belt, tone, depth=0.4, cast=0.3, rim=4)
    elif style < 0.8:
        page.line(smooth((-waist, y), (0, y + 3), (waist, y)), recipe.thread(), 1.2)
