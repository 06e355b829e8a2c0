"""Handbags, backpacks, wallets and belts."""

from __future__ import annotations

import numpy as np

from hangtag.testing.canvas import Canvas
from hangtag.testing.fastenings import draw_zip
from hangtag.testing.geometry import (
    both_halves,
    ellipse,
    join,
    points,
    ribbon,
    rounded_box,
    shift,
    smooth,
    turn,
)
from hangtag.testing.graphics import draw_chest_print, draw_logo
from hangtag.testing.palette import RGB, darker, lighter
from hangtag.testing.recipe import Recipe
from hangtag.testing.studio import OpenPage

GOLD: RGB = (204, 168, 92)
CHROME: RGB = (194, 196, 200)


def draw_handbag(recipe: Recipe, open_page: OpenPage) -> Canvas:
    """A handbag: tote, satchel with a flap, or hobo."""
    rng = recipe.chance("bag")
    cloth = recipe.cloth()
    metal = GOLD if rng.random() < 0.6 else CHROME
    top, low = 170.0, 170 + float(rng.uniform(90, 150))
    w0, w1 = float(rng.uniform(62, 92)), float(rng.uniform(80, 106))
    arch = float(rng.uniform(62, 112))
    page = open_page(-w1 - 6, top - arch - 8, w1 + 6, low + 6)
    shine = 0.4 if recipe.material == "leather" else 0.1
    strap = recipe.third if rng.random() < 0.25 else darker(recipe.colour, 0.22)
    span = w0 * float(rng.uniform(0.4, 0.62))
    rear = smooth(
        (-span + 6, top + 8),
        (-span * 0.8, top - arch * 0.7),
        (0, top - arch - 4),
        (span * 0.8, top - arch * 0.7),
        (span - 6, top + 8),
    )
    page.fill(ribbon(rear, 8), darker(strap, 0.3), depth=0.4, cloth=True, rim=3)
    sag = 8.0 if recipe.cut == "hobo" else 2.0
    shape = join(
        smooth((0, top + sag), (w0 * 0.6, top + sag * 0.6), (w0, top)),
        smooth((w0 + 3, top + 6), (w1, low - 26), (w1 - 4, low - 8)),
        smooth((w1 - 12, low), (w1 * 0.5, low + 4), (0, low + 5)),
    )
    page.fill(both_halves(shape), cloth, depth=0.42, gloss=shine, rim=13)
    page.stitch(both_halves(shape) * [0.95, 1] + [0, -2], lighter(recipe.colour, 0.3), 0.8, 3.5)
    if recipe.pattern == "graphic print":
        draw_chest_print(page, recipe, w0 * 0.8, top + 36, low + 20, top + 6)
    if recipe.cut == "satchel":
        flap_low = top + (low - top) * float(rng.uniform(0.45, 0.65))
        flap = join(
            smooth((0, top - 2), (w0 * 0.6, top - 3), (w0 + 3, top - 1)),
            smooth((w0 + 5, flap_low - 18), (w0 * 0.7, flap_low), (0, flap_low + 5)),
        )
        page.fill(both_halves(flap), cloth, depth=0.3, cast=0.45, gloss=shine, turned=1.5)
        page.stitch(
            both_halves(flap) * [0.95, 1] + [0, -2.5], lighter(recipe.colour, 0.3), 0.8, 3.5
        )
        page.fill(
            rounded_box(-9, flap_low - 12, 9, flap_low + 8, 3), metal, depth=0.4, cast=0.4, rim=4
        )
        page.fill(rounded_box(-3, flap_low - 4, 3, flap_low + 2, 1), darker(metal, 0.5))
    elif "has zipper" in recipe.details:
        draw_zip(
            page,
            smooth((-w0 + 4, top + 5), (0, top + sag + 5), (w0 - 4, top + 5)),
            recipe.colour,
            metal=metal,
        )
    if recipe.cut == "tote":
        page.line(
            smooth((-w0, top + 6), (0, top + sag + 7), (w0, top + 6)),
            darker(recipe.colour, 0.3),
            1.2,
        )
    if "has pockets" in recipe.details:
        y = low - 62
        box = points((-w1 * 0.56, y), (w1 * 0.56, y), (w1 * 0.58, low - 12), (-w1 * 0.58, low - 12))
        page.fill(box, cloth, depth=0.2, cast=0.35, gloss=shine * 0.6)
        page.line(box, darker(recipe.colour, 0.35), 1.1, closed=True)
        page.stitch(box * [0.95, 1], lighter(recipe.colour, 0.3), 0.8, 3.5)
    front = smooth(
        (-span, top + 20),
        (-span * 0.86, top - arch * 0.6),
        (0, top - arch),
        (span * 0.86, top - arch * 0.6),
        (span, top + 20),
    )
    page.fill(ribbon(front, 9), strap, depth=0.4, cast=0.35, cloth=True, gloss=shine, rim=3)
    for side in (-1, 1):
        page.dot(side * span, top + 18, 6, metal)
        page.dot(side * span, top + 18, 3.6, darker(strap, 0.2))
    if "has logo" in recipe.details:
        draw_logo(page, recipe, 0, low - 36, 15)
    return page


def draw_backpack(recipe: Recipe, open_page: OpenPage) -> Canvas:
    """A backpack from the front."""
    rng = recipe.chance("pack")
    cloth = recipe.cloth()
    page = open_page(-92, 70, 92, 332)
    trim = recipe.second if rng.random() < 0.5 else darker(recipe.colour, 0.4)
    for side in (-1, 1):
        page.fill(
            ribbon(
                smooth((side * 46, 112), (side * 84, 160), (side * 82, 250), (side * 66, 300)),
                (16, 18, 12),
            ),
            darker(recipe.colour, 0.35),
            depth=0.4,
            cloth=True,
        )
    page.fill(
        ribbon(smooth((-18, 104), (-14, 80), (14, 80), (18, 104)), 8), darker(trim, 0.2), depth=0.4
    )
    shape = both_halves(
        smooth((0, 98), (44, 102), (66, 132), (72, 200), (72, 290), (58, 318), (0, 322))
    )
    page.fill(
        shape, cloth, depth=0.45, rim=16, gloss=0.15 if recipe.material == "synthetic" else 0.0
    )
    arch = smooth((-60, 182), (-56, 132), (-30, 112), (0, 110), (30, 112), (56, 132), (60, 182))
    page.line(arch, darker(recipe.colour, 0.4), 3.4)
    draw_zip(page, arch, recipe.colour, width=1.8)
    pocket = both_halves(smooth((0, 212), (48, 214), (58, 226), (60, 290), (50, 308), (0, 310)))
    page.fill(
        pocket,
        trim if rng.random() < 0.45 and recipe.pattern == "solid color" else cloth,
        depth=0.35,
        cast=0.5,
        cloth=True,
        rim=11,
    )
    page.line(pocket, darker(recipe.colour, 0.4), 1.0, closed=True)
    draw_zip(page, smooth((-48, 226), (0, 221), (48, 226)), recipe.colour, width=1.8)
    for side in (-1, 1):
        page.line([(side * 40, 186), (side * 40, 212)], trim, 6)
        page.fill(
            rounded_box(side * 40 - 6, 196, side * 40 + 6, 206, 2),
            (40, 40, 42),
            depth=0.3,
            cast=0.2,
        )
    if "has logo" in recipe.details:
        draw_logo(page, recipe, 0, 164, 20)
    return page


def draw_wallet(recipe: Recipe, open_page: OpenPage) -> Canvas:
    """A folded wallet, a little open or shut."""
    rng = recipe.chance("wallet")
    cloth = recipe.cloth(size=0.8)
    w, h = float(rng.uniform(78, 100)), float(rng.uniform(52, 70))
    page = open_page(-w - 12, 200 - h - 16, w + 12, 200 + h + 16)
    if rng.random() < 0.5:
        page.fill(
            turn(rounded_box(-w + 4, 200 - h - 6, w, 200 + h - 6, 5), -4, (-w, 200)),
            darker(recipe.colour, 0.3),
            depth=0.2,
            cloth=True,
        )
        for k in range(3):
            tint = ((226, 222, 210), (150, 170, 190), (190, 150, 140))[k]
            page.fill(
                rounded_box(-w + 16 + 4 * k, 200 - h - 3 + 4 * k, w - 10, 200 - h + 24, 3),
                tint,
                depth=0.1,
                cast=0.2,
            )
    body = rounded_box(-w, 200 - h, w, 200 + h, 7)
    page.fill(body, cloth, depth=0.25, cast=0.45, gloss=0.35, rim=12)
    page.stitch(
        rounded_box(-w + 5, 205 - h, w - 5, 195 + h, 5), lighter(recipe.colour, 0.28), 0.8, 3.4
    )
    if recipe.cut == "purse":
        flap = join(points((-w, 200 - h), (w, 200 - h)), smooth((w, 190), (0, 206), (-w, 190)))
        page.fill(flap, cloth, depth=0.2, cast=0.45, gloss=0.3, rim=8)
        page.stitch(flap * [0.96, 1], lighter(recipe.colour, 0.28), 0.8, 3.4)
        page.dot(0, 197, 6, GOLD)
        page.dot(0, 197, 3, lighter(GOLD, 0.4))
    else:
        page.line([(-w + 1, 200 + h - 16), (w - 1, 200 + h - 16)], darker(recipe.colour, 0.35), 1.0)
    if "has logo" in recipe.details:
        draw_logo(page, recipe, w * 0.6, 200 + h * 0.5, 13)
    return page


def draw_belt(recipe: Recipe, open_page: OpenPage) -> Canvas:
    """A belt that stands coiled, its buckle in front."""
    rng = recipe.chance("belt")
    page = open_page(-116, 140, 116, 262)
    tall = float(rng.uniform(22, 34))
    ry = float(rng.uniform(24, 36))
    cloth = recipe.cloth(size=0.6)
    inner = lighter(recipe.colour, 0.25) if rng.random() < 0.5 else (176, 136, 98)
    back = ellipse(0, 190, 104, ry, 180, 360)
    page.fill(join(back, shift(back[::-1], 0, tall)), inner, depth=0.3, cloth=True, rim=8)
    front = ellipse(0, 190, 104, ry, 0, 180)
    page.fill(
        join(front, shift(front[::-1], 0, tall)), cloth, depth=0.4, cast=0.3, gloss=0.6, rim=10
    )
    for inset in (3.0, tall - 3):
        page.stitch(shift(front, 0, inset), lighter(recipe.colour, 0.3), 0.8, 3.2)
    metal = CHROME if rng.random() < 0.7 else GOLD
    x = float(rng.uniform(-46, 20))
    y = 190 + ry * float(np.sqrt(1 - (x / 104) ** 2)) + tall / 2
    for k in range(4):
        hole = x + 44 + 9 * k
        page.dot(
            hole,
            190 + ry * float(np.sqrt(max(0.0, 1 - (hole / 104) ** 2))) + tall / 2,
            1.5,
            darker(recipe.colour, 0.65),
        )
    w, h = tall * 0.74, tall * 0.68
    page.fill(
        rounded_box(x - w, y - h, x + w, y + h, 4),
        metal,
        depth=0.35,
        cast=0.5,
        gloss=0.4,
        rim=4,
        cloth=False,
    )
    page.fill(rounded_box(x - w + 5, y - h + 5, x + w - 5, y + h - 5, 2), cloth, depth=0.3, rim=4)
    page.line([(x - w + 2, y), (x + w, y)], darker(metal, 0.15), 3.2)
    loop = x + w + 12
    page.fill(
        points(
            (loop - 4, y - h * 0.82),
            (loop + 4, y - h * 0.82),
            (loop + 4, y + h * 0.82),
            (loop - 4, y + h * 0.82),
        ),
        cloth,
        depth=0.3,
        cast=0.4,
        rim=3,
    )
    return page
