"""Watches, eyewear, ties, caps, socks, scarves and perfume."""

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
    ribbon,
    rounded_box,
    shift,
    smooth,
)
from hangtag.testing.graphics import draw_logo
from hangtag.testing.palette import RGB, brightness, darker, lighter
from hangtag.testing.recipe import Recipe
from hangtag.testing.studio import OpenPage


def draw_watch(recipe: Recipe, open_page: OpenPage) -> Canvas:
    """A wristwatch from the front, its strap up and down."""
    rng = recipe.chance("watch")
    page = open_page(-62, 56, 62, 344)
    metal = recipe.colour
    r = float(rng.uniform(36, 47))
    strap_half = r * float(rng.uniform(0.46, 0.62))
    bracelet = recipe.cut == "bracelet"
    leather: RGB = ((34, 30, 30), (88, 54, 36), (150, 100, 62), (236, 234, 230))[
        int(rng.integers(4))
    ]
    strap = join(
        smooth((strap_half * 0.72, 62), (strap_half * 0.84, 110), (strap_half, 200)),
        smooth((strap_half, 200), (strap_half * 0.84, 290), (strap_half * 0.66, 340)),
    )
    page.fill(
        both_halves(strap),
        metal if bracelet else leather,
        depth=0.45,
        gloss=0.5 if bracelet else 0.2,
        cloth=bracelet,
    )
    if bracelet:
        for y in np.arange(66, 338, 9.0):
            half = strap_half * (0.72 + 0.28 * (1 - abs(y - 200) / 140))
            page.line([(-half, y), (half, y)], darker(metal, 0.45), 1.2)
            page.line([(-half, y + 1.3), (half, y + 1.3)], lighter(metal, 0.45), 1.0)
        for x in (-0.38, 0.38):
            page.line(
                [(strap_half * x, 64), (strap_half * x * 1.2, 200), (strap_half * x, 338)],
                darker(metal, 0.3),
                1.1,
            )
    else:
        for side in (-1, 1):
            page.stitch(
                [
                    (side * strap_half * 0.6, 66),
                    (side * strap_half * 0.82, 200),
                    (side * strap_half * 0.56, 336),
                ],
                lighter(leather, 0.35),
                0.9,
                3,
            )
        for y in range(282, 330, 10):
            page.dot(0, y, 1.8, darker(leather, 0.6))
    page.fill(rounded_box(r - 2, 194, r + 8, 206, 2), darker(metal, 0.15), depth=0.3, cloth=True)
    square = rng.random() < 0.25

    def face(size: float) -> Points:
        return (
            rounded_box(-size, 200 - size * 1.08, size, 200 + size * 1.08, size * 0.2)
            if square
            else ellipse(0, 200, size, size)
        )

    page.fill(face(r + 3), metal, depth=0.5, cast=0.45, gloss=0.4, rim=5, cloth=True)
    page.fill(face(r - 2), darker(metal, 0.3), depth=0.2, cloth=True, rim=3)
    dial: RGB = ((238, 238, 234), (28, 30, 36), (32, 52, 96), (226, 214, 190), (120, 34, 40))[
        int(rng.integers(5))
    ]
    page.fill(face(r - 6), dial, depth=0.22, rim=4, cast=0.3)
    ink = (30, 30, 32) if brightness(dial) > 0.5 else (236, 236, 232)
    for k in range(12):
        a = k * np.pi / 6
        inner = r - (17 if k % 3 == 0 else 12)
        page.line(
            [
                (np.sin(a) * inner, 200 - np.cos(a) * inner),
                (np.sin(a) * (r - 8), 200 - np.cos(a) * (r - 8)),
            ],
            ink,
            2.2 if k % 3 == 0 else 1.2,
        )
    if rng.random() < 0.45:
        for x, y in ((-r * 0.38, 200.0), (r * 0.38, 200.0), (0.0, 200 + r * 0.38)):
            page.dot(
                x, y, r * 0.17, darker(dial, 0.18) if brightness(dial) > 0.4 else lighter(dial, 0.2)
            )
            page.line([(x, y), (x + r * 0.1, y - r * 0.06)], ink, 0.9)
    for angle, length, width in (
        (rng.uniform(0, 6.3), r * 0.42, 3.0),
        (rng.uniform(0, 6.3), r * 0.64, 2.2),
        (rng.uniform(0, 6.3), r * 0.68, 0.9),
    ):
        page.line(
            [(0, 200), (np.sin(angle) * length, 200 - np.cos(angle) * length)],
            ink if width > 1 else (186, 40, 40),
            width,
        )
    page.dot(0, 200, 2.6, ink)
    return page


def draw_sunglasses(recipe: Recipe, open_page: OpenPage) -> Canvas:
    """Sunglasses from the front, their arms behind."""
    rng = recipe.chance("glasses")
    page = open_page(-112, 140, 112, 262)
    frame = recipe.colour
    glass: RGB = ((46, 44, 50), (86, 62, 48), (52, 70, 62), (58, 66, 110), (120, 70, 60))[
        int(rng.integers(5))
    ]
    style = recipe.cut
    w, h = float(rng.uniform(40, 47)), float(rng.uniform(30, 40))
    thick = 3.0 if recipe.material == "metal" else float(rng.uniform(5, 9))
    for side in (-1, 1):
        page.fill(
            ribbon(
                smooth(
                    (side * (w + 52), 178),
                    (side * (w + 44), 166),
                    (side * 40, 160),
                    (side * 26, 168),
                ),
                (thick, 4, 4),
            ),
            darker(frame, 0.3),
            depth=0.3,
        )
    for side in (-1, 1):
        x = side * (w + 9)
        if style == "round":
            lens = ellipse(x, 198, w * 0.86, w * 0.86)
        elif style == "aviator":
            lens = closed(
                (x - side * w * 0.95, 176),
                (x, 168),
                (x + side * w, 174),
                (x + side * w * 0.9, 206),
                (x + side * w * 0.2, 236),
                (x - side * w * 0.6, 218),
            )
        else:
            lens = closed(
                (x - w * 0.9, 174),
                (x, 169),
                (x + w * 0.9, 171),
                (x + w * 0.95, 192),
                (x + w * 0.6, 170 + h * 1.5),
                (x - w * 0.5, 171 + h * 1.5),
                (x - w * 0.95, 196),
            )
        middle = lens.mean(axis=0)
        page.fill(
            (lens - middle) * (1 + thick / w) + middle,
            frame,
            depth=0.3,
            cast=0.2,
            gloss=0.5,
            rim=4,
            cloth=True,
        )
        page.fill(lens, glass, depth=0.15, rim=10)
        low, high = lens.min(axis=0), lens.max(axis=0)
        shine = points(
            (low[0] + w * 0.5, low[1] + 8),
            (low[0] + w * 0.86, low[1] + 6),
            (low[0] + w * 0.5, high[1] - 14),
            (low[0] + w * 0.28, high[1] - 20),
        )
        page.fill(shine, lighter(glass, 0.22), depth=0.0)
        page.line([(side * (2 * w + 5), 176), (side * (2 * w + 16), 178)], frame, thick)
    page.line(smooth((-11, 190), (0, 182), (11, 190)), frame, thick)
    if style == "aviator":
        page.line([(-14, 174), (14, 174)], frame, thick)
    return page


def draw_tie(recipe: Recipe, open_page: OpenPage) -> Canvas:
    """A tied tie, hanging."""
    rng = recipe.chance("tie")
    page = open_page(-58, 62, 58, 340)
    cloth = recipe.cloth(size=0.62)
    slant = 45.0 if recipe.pattern == "striped" else 0.0
    loop = smooth((-14, 82), (-40, 70), (0, 62), (40, 70), (14, 82))
    page.fill(ribbon(loop, (12, 16, 12)), cloth, depth=0.4, bright=0.72)
    wide = float(rng.uniform(19, 28))
    page.fill(
        points((-9, 104), (7, 104), (12, 268), (2, 284), (-12, 268)),
        cloth,
        depth=0.3,
        bright=0.6,
        turned=slant,
    )
    blade = join(
        smooth((-8, 106), (-wide * 0.62, 190), (-wide, 296)),
        [(0, 332)],
        smooth((wide, 296), (wide * 0.62, 190), (8, 106)),
    )
    page.fill(blade, cloth, depth=0.32, cast=0.5, turned=slant, gloss=0.14, rim=8)
    page.fill(
        points((-14, 80), (14, 80), (9, 112), (-9, 112)),
        cloth,
        depth=0.45,
        cast=0.5,
        turned=-slant + 12,
        gloss=0.15,
        rim=6,
    )
    page.stroke_light(
        [
            (smooth((-4, 118), (-3, 170), (-6, 210)), 3.0, -0.2),
            (smooth((5, 116), (6, 160), (4, 180)), 3.0, 0.14),
        ],
        2,
    )
    return page


def draw_cap(recipe: Recipe, open_page: OpenPage) -> Canvas:
    """A cap from the side and front, its peak to one side."""
    rng = recipe.chance("cap")
    page = open_page(-112, 96, 116, 268)
    mirrored = rng.random() < 0.5
    cloth = recipe.cloth(size=0.7)

    def put(outline: Points) -> Points:
        return flip(outline) if mirrored else outline

    contrast = recipe.second if rng.random() < 0.35 and recipe.pattern == "solid color" else None
    dome = join(
        smooth((-84, 218), (-82, 164), (-50, 124), (-6, 114), (38, 130), (62, 170), (68, 214)),
        smooth((30, 226), (-30, 230), (-84, 218)),
    )
    page.fill(put(dome), cloth, depth=0.42, rim=18)
    for path in (
        smooth((-6, 114), (-34, 160), (-42, 226)),
        smooth((-6, 114), (24, 150), (34, 224)),
        smooth((-6, 114), (-58, 140), (-78, 200)),
    ):
        page.seam(put(path), recipe.colour, 0.9)
    for x, y in ((-52, 156), (2, 148), (44, 162)):
        spot = put(points((x, y)))[0]
        page.dot(float(spot[0]), float(spot[1]), 2.2, darker(recipe.colour, 0.5))
    peak = join(
        smooth((-6, 224), (30, 216), (66, 206)),
        smooth((96, 216), (110, 236), (92, 248), (50, 248), (10, 240), (-6, 224)),
    )
    page.fill(put(peak), contrast or cloth, depth=0.35, cast=0.45, turned=12, cloth=True, rim=8)
    for k in range(3):
        page.stitch(
            put(smooth((4, 229 + 3 * k), (46, 228 + 5 * k), (94 - 5 * k, 226 + 5 * k))),
            recipe.thread(),
            0.7,
        )
    top = put(points((-6, 113)))[0]
    page.dot(float(top[0]), float(top[1]), 5, contrast or darker(recipe.colour, 0.15))
    if "has logo" in recipe.details:
        spot = put(points((2, 186)))[0]
        draw_logo(page, recipe, float(spot[0]), float(spot[1]), 24)
    return page


def draw_socks(recipe: Recipe, open_page: OpenPage) -> Canvas:
    """A pair of socks, one a little behind the other."""
    rng = recipe.chance("socks")
    tall = float(rng.choice([70.0, 130.0, 150.0]))
    page = open_page(-84, 250 - tall - 22, 96, 330)
    cloth = recipe.cloth(size=0.55)
    trim = recipe.second if rng.random() < 0.55 else darker(recipe.colour, 0.2)
    top = 250 - tall
    for dx, dy in ((-34.0, -10.0), (6.0, 4.0)):
        outline = join(
            points((-28, top), (22, top)),
            smooth((21, 232), (26, 256), (54, 276), (74, 290), (76, 312), (56, 320)),
            smooth((20, 316), (-18, 302), (-34, 276), (-29, 240), (-28, top)),
        )
        page.fill(shift(outline, dx, dy), cloth, depth=0.38, cast=0.3, rim=10)
        heel = join(
            smooth((-31, 250), (-8, 262), (-8, 300)), smooth((-20, 300), (-34, 276), (-31, 250))
        )
        toe = join(
            smooth((50, 272), (44, 296), (52, 320)),
            smooth((60, 320), (78, 308), (74, 288), (50, 272)),
        )
        if recipe.pattern == "solid color":
            for part in (heel, toe):
                page.fill(shift(part, dx, dy), trim, depth=0.3, cloth=True, rim=5)
        cuff = points((-29, top - 2), (23, top - 2), (22, top + 18), (-28, top + 18))
        page.fill(shift(cuff, dx, dy), trim, depth=0.35, cloth=True, rim=5)
        for x in np.linspace(-27, 21, 13):
            page.line([(x + dx, top + dy - 1), (x + dx, top + dy + 17)], darker(trim, 0.25), 0.8)
        if "has logo" in recipe.details:
            draw_logo(page, recipe, -3 + dx, top + 36 + dy, 10)
    return page


def draw_scarf(recipe: Recipe, open_page: OpenPage) -> Canvas:
    """A scarf laid in a loop, its two fringed ends hanging."""
    rng = recipe.chance("scarf")
    page = open_page(-86, 66, 86, 336)
    cloth = recipe.cloth()
    wide = float(rng.uniform(34, 48))
    for side, end in ((-1, float(rng.uniform(270, 312))), (1, float(rng.uniform(250, 312)))):
        x = side * float(rng.uniform(22, 30))
        tail = join(
            smooth((x - wide * 0.36, 120), (x - wide * 0.5, 200), (x - wide * 0.54, end)),
            smooth((x + wide * 0.54, end), (x + wide * 0.5, 200), (x + wide * 0.36, 120)),
        )
        page.fill(tail, cloth, depth=0.4, cast=0.4, turned=side * 6.0, rim=9)
        for t in np.linspace(-0.5, 0.5, 15):
            page.line(
                smooth(
                    (x + t * wide, end - 1),
                    (x + t * wide + rng.normal(0, 1), end + 8),
                    (x + t * wide * 1.06, end + 16),
                ),
                recipe.colour,
                1.6,
            )
    loop = ribbon(
        smooth(
            (-30, 134),
            (-56, 102),
            (-30, 78),
            (0, 74),
            (30, 78),
            (56, 102),
            (30, 134),
            (0, 148),
            (-30, 134),
        ),
        (30, 36, 30, 36, 30),
    )
    half = len(loop) // 2
    page.fill(join(loop[:half], loop[half:]), cloth, depth=0.42, cast=0.4, turned=30, rim=9)
    wrap = closed((-40, 116), (-20, 124), (0, 128), (22, 124), (32, 142), (0, 164), (-34, 148))
    page.fill(wrap, cloth, depth=0.4, cast=0.3, turned=14, rim=9)
    strokes = [
        (smooth((s * x, 150), (s * (x + 3), 210), (s * x, 280)), 3.5, v)
        for s in (-1, 1)
        for x, v in ((16.0, -0.25), (24.0, 0.16), (33.0, -0.22))
    ]
    strokes += [(smooth((-50, 96 + k), (0, 140 + k), (50, 96 + k)), 3.0, -0.22) for k in (0.0, 9.0)]
    page.stroke_light(strokes, 2.4)
    return page


def draw_perfume(recipe: Recipe, open_page: OpenPage) -> Canvas:
    """A bottle of perfume."""
    rng = recipe.chance("perfume")
    w, top, low = float(rng.uniform(36, 62)), float(rng.uniform(150, 180)), 322.0
    page = open_page(-w - 14, 70, w + 14, low + 8)
    liquid = recipe.colour
    cap = darker(recipe.second, 0.2) if rng.random() < 0.5 else (206, 170, 96)
    if recipe.cut == "round":
        bottle = ellipse(0, (top + low) / 2, w, (low - top) / 2)
    elif recipe.cut == "spray":
        w *= 0.7
        bottle = rounded_box(-w, top - 30, w, low, 10)
        top -= 30
    else:
        bottle = rounded_box(-w, top, w, low, 9)
    page.fill(
        rounded_box(-9, top - 26, 9, top + 6, 2), (196, 196, 200), depth=0.4, rim=4, gloss=0.3
    )
    half = 15.0 if recipe.cut != "spray" else w * 0.94
    page.fill(rounded_box(-half, top - 60, half, top - 14, 5), cap, depth=0.45, gloss=0.6, rim=7)
    glass = lighter(liquid, 0.72)
    page.fill(bottle, glass if recipe.cut != "spray" else liquid, depth=0.35, gloss=0.3, rim=7)
    middle = bottle.mean(axis=0)
    if recipe.cut != "spray":
        fluid = (bottle - middle) * [0.88, 0.92] + middle
        fluid[:, 1] = np.maximum(fluid[:, 1], top + (low - top) * 0.2)
        page.fill(fluid, lighter(liquid, 0.25), depth=-0.15, rim=14)
    label = rounded_box(-w * 0.6, middle[1] - 20, w * 0.6, middle[1] + 26, 2)
    page.fill(label, (246, 242, 232), depth=0.06)
    page.line(label, darker(cap, 0.1), 1.2, closed=True)
    page.line([(-w * 0.42, middle[1] - 4), (w * 0.42, middle[1] - 4)], (40, 36, 34), 3)
    page.line([(-w * 0.3, middle[1] + 8), (w * 0.3, middle[1] + 8)], (90, 86, 80), 1.2)
    page.line([(-w * 0.8, top + 22), (-w * 0.8, low - 22)], (252, 252, 252), 3)
    return page
