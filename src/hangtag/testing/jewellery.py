"""Necklaces, rings, bangles and earrings."""

from __future__ import annotations

import numpy as np

from hangtag.testing.canvas import Canvas
from hangtag.testing.geometry import (
    both_halves,
    closed,
    ellipse,
    join,
    points,
    ribbon,
    shift,
    smooth,
)
from hangtag.testing.palette import RGB, darker, lighter
from hangtag.testing.recipe import Recipe
from hangtag.testing.studio import OpenPage


def draw_necklace(recipe: Recipe, open_page: OpenPage) -> Canvas:
    """A chain with a pendant."""
    rng = recipe.chance("necklace")
    page = open_page(-92, 70, 92, 320)
    deep = float(rng.uniform(236, 262))
    chain = smooth((-70, 78), (-76, 130), (-52, 200), (0, deep), (52, 200), (76, 130), (70, 78))
    metal = recipe.colour
    beads = rng.random() < 0.35
    if beads:
        for x, y in smooth(*chain[::8], steps=7)[::2]:
            page.dot(float(x) + 0.7, float(y) + 1, 5, darker(recipe.second, 0.4))
            page.dot(float(x), float(y), 4.6, recipe.second)
            page.dot(float(x) - 1.3, float(y) - 1.5, 1.3, lighter(recipe.second, 0.6))
    else:
        page.line(chain, darker(metal, 0.45), 3.4)
        page.stitch(chain, lighter(metal, 0.35), 2.6, 4.2)
    style = int(rng.integers(3))
    y = deep + 20
    if style == 0:
        drop = closed(
            (0, y - 18), (13, y + 4), (9, y + 18), (0, y + 22), (-9, y + 18), (-13, y + 4)
        )
        page.fill(drop, metal, depth=0.45, gloss=0.5, rim=5, cloth=True)
        page.fill(
            shift(shift(drop, 0, -y - 5) * 0.62, 0, y + 5),
            recipe.second,
            depth=0.4,
            gloss=0.8,
            rim=4,
        )
    elif style == 1:
        heart = both_halves(smooth((0, y - 4), (8, y - 14), (18, y - 8), (15, y + 6), (0, y + 20)))
        page.fill(heart, metal, depth=0.5, gloss=0.6, rim=5, cloth=True)
    else:
        page.fill(ellipse(0, y, 15, 15), metal, depth=0.5, gloss=0.5, rim=5, cloth=True)
        for k in range(10):
            page.dot(11 * np.cos(k * 0.628), y + 11 * np.sin(k * 0.628), 1.8, (250, 250, 252))
        page.dot(0, y, 5, recipe.second)
    return page


def draw_ring(recipe: Recipe, open_page: OpenPage) -> Canvas:
    """A ring or bangle, standing, with or without a stone."""
    rng = recipe.chance("ring")
    bangle = recipe.article == "Bangle"
    page = open_page(-92, 100, 92, 300)
    metal = recipe.colour
    thick = float(rng.uniform(10, 18))
    ry = float(rng.uniform(64, 80)) if not bangle else float(rng.uniform(40, 62))
    rx = 68.0 if not bangle else 82.0
    path = ellipse(0, 210, rx, ry, -90, 270)
    page.fill(
        join(path, [(path[0])], path[::-1] * [0.9, 0.97] + [0, 6]),
        darker(metal, 0.45),
        depth=0.2,
        cloth=True,
    )
    band = ribbon(path, thick)
    half = len(path)
    page.fill(join(band[:half], band[half:]), metal, depth=0.5, gloss=0.6, rim=4, cloth=True)
    page.line(path - [1.5, 2], lighter(metal, 0.6), 2.0)
    if bangle:
        for t in np.linspace(0, 2 * np.pi, 34):
            page.dot(
                rx * np.cos(t),
                210 + ry * np.sin(t),
                2.0,
                recipe.second if rng.random() < 0.5 else (252, 252, 255),
            )
    elif recipe.cut == "stone":
        y = 210 - ry - 12
        gem: RGB = ((214, 236, 248), (170, 30, 52), (40, 74, 160), (44, 130, 92))[
            int(rng.integers(4))
        ]
        stone = points((-22, y), (-13, y - 13), (13, y - 13), (22, y), (0, y + 24))
        page.fill(stone, gem, depth=0.3, gloss=0.5, rim=5)
        for a in ((-8, y), (8, y)):
            page.line([a, (0, y + 24)], lighter(gem, 0.5), 1.0)
        page.line([(-22, y), (22, y)], lighter(gem, 0.6), 1.2)
        page.line(
            [(-13, y - 13), (-8, y), (0, y - 13), (8, y), (13, y - 13)], lighter(gem, 0.55), 1.0
        )
        for side in (-1, 1):
            page.line([(side * 10, y + 18), (side * 17, y + 2)], metal, 3.4)
    return page


def draw_earrings(recipe: Recipe, open_page: OpenPage) -> Canvas:
    """A pair of earrings that hang."""
    rng = recipe.chance("earrings")
    page = open_page(-86, 90, 86, 310)
    metal = recipe.colour
    style = int(rng.integers(3))
    for side in (-1, 1):
        x = side * 42.0
        page.line(
            smooth((x, 142), (x - 2, 116), (x + 8, 104), (x + 12, 118)), darker(metal, 0.2), 2.6
        )
        page.dot(x, 148, 6, metal)
        if style == 0:
            for r, y in ((13.0, 172.0), (17.0, 204.0), (22.0, 244.0)):
                page.fill(ellipse(x, y, r, r * 1.15), recipe.second, depth=0.45, gloss=0.8, rim=6)
                page.line(ellipse(x, y, r, r * 1.15), metal, 2.4, closed=True)
        elif style == 1:
            for r in (32.0, 22.0):
                ring = ellipse(x, 152 + r, r * 0.8, r)
                page.line(ring, darker(metal, 0.4), 4.6, closed=True)
                page.line(ring, metal, 3.2, closed=True)
                page.line(ring - [0.8, 0.8], lighter(metal, 0.6), 1.0, closed=True)
        else:
            fan = join(
                smooth((x - 8, 156), (x - 34, 224)),
                smooth((x - 26, 246), (x, 254), (x + 26, 246)),
                smooth((x + 34, 224), (x + 8, 156)),
            )
            page.fill(fan, metal, depth=0.45, gloss=0.3, rim=6, cloth=True)
            for k in range(-3, 4):
                page.line([(x + k * 2, 166), (x + k * 7, 236)], darker(metal, 0.4), 1.2)
                page.dot(x + k * 7.6, 252 - abs(k) * 2, 4, recipe.second)
    return page
