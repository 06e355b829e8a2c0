"""Shoes, sandals and flip flops."""

from __future__ import annotations

import numpy as np

from hangtag.testing.canvas import Canvas
from hangtag.testing.cloth import Cloth
from hangtag.testing.geometry import (
    Points,
    closed,
    flip,
    join,
    points,
    ribbon,
    rounded_box,
    shift,
    smooth,
    turn,
)
from hangtag.testing.graphics import draw_logo
from hangtag.testing.palette import RGB, brightness, darker, lighter
from hangtag.testing.recipe import Recipe
from hangtag.testing.studio import OpenPage


def draw_shoes(recipe: Recipe, open_page: OpenPage) -> Canvas:
    """A shoe from the side; sometimes its fellow behind it."""
    rng = recipe.chance("shoes")
    pair = rng.random() < 0.35
    mirrored = rng.random() < 0.5
    page = open_page(-128, 90 if not pair else 62, 128, 262)
    if pair:
        _shoe(page, recipe, (-14.0, -32.0), mirrored)
    _shoe(page, recipe, (6.0, 0.0) if pair else (0.0, 0.0), mirrored)
    return page


def _shoe(page: Canvas, recipe: Recipe, at: tuple[float, float], mirrored: bool) -> None:
    def put(outline: Points) -> Points:
        moved = shift(outline, *at)
        return flip(moved) if mirrored else moved

    rng = recipe.chance("shoe")
    if recipe.cut == "heel":
        _heel(page, recipe, put)
        return
    cloth = recipe.cloth(size=0.6)
    formal, sport = recipe.cut in ("oxford", "loafer"), recipe.article == "Sports Shoes"
    toe = float(rng.uniform(-3, 6)) + (6 if formal else 0)
    lift = -2.0 if formal else 6.0 if sport else 0.0
    collar = 118.0 if recipe.cut == "high top" else 166.0 if formal else 156.0
    tongue = collar - (4 if formal else 12)
    shine = 1.0 if formal else 0.7 if recipe.material == "leather" else 0.15
    white: RGB = (240, 240, 236)
    sole: RGB = (
        darker(recipe.colour, 0.6) if formal else white if rng.random() < 0.7 else recipe.second
    )
    inside = darker(recipe.colour, 0.55) if brightness(recipe.colour) > 0.2 else (70, 62, 58)
    # The far side of the opening, then the upper over it.
    page.fill(
        put(
            closed(
                (-90, collar + 4),
                (-60, collar - 1),
                (-24, tongue),
                (-30, collar + 22),
                (-84, collar + 20),
            )
        ),
        inside,
        depth=0.3,
    )
    slope = join(
        smooth(
            (-20, tongue + 1),
            (14, tongue + (186 - tongue) * 0.62),
            (50, 186),
            (82, 192),
            (106 + toe, 205),
            (113 + toe, 222),
        ),
        smooth((108 + toe, 230), (0, 232), (-94, 230)),
        smooth((-101, 220), (-97, 196), (-92, (collar + 210) / 2), (-96, collar)),
    )
    upper = join(
        smooth(
            (-95, collar), (-82, collar + 9), (-56, collar + 15), (-34, collar + 9), (-21, tongue)
        ),
        slope,
    )
    page.fill(put(upper), cloth, depth=0.4, gloss=shine, rim=9)
    bottom = 238.0
    if formal:
        base = join(
            smooth((-100, 226), (0, 229), (60, 227), (114 + toe, 222)),
            smooth((116 + toe, 228), (60, 236), (-30, 234)),
            [(-48, 234), (-50, 244), (-98, 244), (-100, 226)],
        )
    else:
        thick = 16.0 if sport else 11.0
        base = join(
            smooth((-103, 218 - lift), (-40, 222 - lift * 0.4), (50, 224), (112 + toe, 212)),
            smooth(
                (118 + toe, 220),
                (108 + toe, 238),
                (0, bottom),
                (-98, bottom),
                (-107, bottom - thick * 0.6),
            ),
        )
    page.fill(put(base), sole, depth=0.3, cast=0.3, rim=5)
    if sport:
        for k in range(7):
            x = -88 + 28 * k
            page.line(put(smooth((x, 234), (x + 9, 228), (x + 20, 234))), darker(sole, 0.3), 1.6)
        page.line(
            put(smooth((-102, 228 - lift * 0.5), (0, 231), (112 + toe, 222))), recipe.second, 2.2
        )
        swoosh = join(
            smooth((-62, 214), (-20, 196), (26, 184)), smooth((38, 196), (-10, 212), (-58, 222))
        )
        page.fill(put(swoosh), recipe.second, depth=0.1, rim=3)
        page.fill(
            put(join(smooth((-95, collar + 12), (-78, collar + 24), (-74, 214)), [(-100, 220)])),
            recipe.third,
            depth=0.3,
            cast=0.1,
        )
        page.fill(
            put(
                join(
                    smooth((68, 186), (72, 206), (88, 222)),
                    smooth((112 + toe, 218), (106 + toe, 202), (88, 188)),
                )
            ),
            darker(recipe.colour, 0.25),
            depth=0.3,
            cloth=True,
        )
    elif recipe.cut in ("plimsoll", "high top"):
        page.fill(
            put(
                join(
                    smooth((78, 185), (76, 204), (84, 222)),
                    smooth((114 + toe, 216), (108 + toe, 202), (92, 188)),
                )
            ),
            white,
            depth=0.3,
            cast=0.2,
            rim=5,
        )
        page.line(put(smooth((-102, 230), (0, 233), (110 + toe, 229))), recipe.second, 1.6)
    elif recipe.cut == "oxford" and rng.random() < 0.5:
        page.seam(put(smooth((66, 183), (62, 204), (72, 224))), recipe.colour, 1.0)
    if recipe.cut == "loafer":
        page.seam(put(smooth((0, 190), (30, 188), (66, 192), (100, 204))), recipe.colour, 1.4)
        page.fill(
            put(closed((-6, tongue + 12), (18, 178), (30, 196), (22, 214), (2, 214), (-12, 192))),
            cloth,
            depth=0.25,
            cast=0.3,
            gloss=shine * 0.5,
            rim=4,
        )
        if rng.random() < 0.5:
            page.line(put(smooth((-2, 192), (12, 194), (26, 192))), (198, 176, 110), 3)
    else:
        quarter = smooth((-21, tongue + 2), (-14, tongue + 22), (18, 198), (44, 192))
        page.seam(put(quarter), recipe.colour, 1.2)
        lace: RGB = (
            darker(recipe.colour, 0.35) if formal else white if rng.random() < 0.7 else recipe.third
        )
        rows = 6 if recipe.cut == "high top" else 4 if formal else 5
        for t in np.linspace(0.1, 0.92, rows):
            x, y = -20 + t * 58, tongue + (183 - tongue) * t
            page.line(put(points((x + 1, y), (x - 7, y + 12))), darker(lace, 0.45), 4.4)
            page.line(put(points((x + 1, y), (x - 7, y + 12))), lace, 3.0)
    if recipe.material == "leather" and not formal:
        page.stitch(
            put(smooth((-66, 218), (-62, 194), (-54, collar + 18))),
            lighter(recipe.colour, 0.25),
            0.9,
        )
    if "has logo" in recipe.details:
        spot = put(points((-44, 196)))[0]
        draw_logo(page, recipe, float(spot[0]), float(spot[1]), 14)


def _heel(page: Canvas, recipe: Recipe, put: object) -> None:
    place = put if callable(put) else None
    assert place is not None
    rng = recipe.chance("heel")
    cloth = recipe.cloth(size=0.6)
    rise = float(rng.uniform(30, 58))
    inner = darker(recipe.colour, 0.2) if brightness(recipe.colour) > 0.5 else (172, 140, 112)
    page.fill(
        place(
            join(
                smooth((-96, 150 + 58 - rise), (-40, 180 + 20 - rise * 0.3), (20, 206)),
                smooth((20, 214), (-50, 200), (-96, 170)),
            )
        ),
        inner,
        depth=0.2,
    )
    upper = join(
        smooth(
            (-98, 196 - rise),
            (-70, 206 - rise * 0.7),
            (-30, 210 - rise * 0.2),
            (24, 202),
            (40, 190),
        ),
        smooth((70, 192), (104, 214), (118, 234)),
        smooth((80, 238), (20, 234), (-40, 226 - rise * 0.25), (-92, 226 - rise)),
    )
    page.fill(place(upper), cloth, depth=0.4, gloss=0.8, rim=8)
    spike = join(
        smooth((-98, 214 - rise), (-96, 232 - rise * 0.3), (-88, 246)),
        [(-80, 246)],
        smooth((-80, 236 - rise * 0.2), (-62, 226 - rise * 0.8)),
    )
    page.fill(place(spike), darker(recipe.colour, 0.15), depth=0.35, gloss=0.5, rim=4)
    page.line(
        place(smooth((-62, 234 - rise * 0.75), (-20, 234), (30, 242), (116, 240))),
        darker(recipe.colour, 0.5),
        3.2,
    )


def draw_sandals(recipe: Recipe, open_page: OpenPage) -> Canvas:
    """A sandal from the side: a footbed and straps."""
    rng = recipe.chance("sandals")
    page = open_page(-125, 120, 125, 262)
    mirrored = rng.random() < 0.5
    cloth = recipe.cloth(size=0.6)
    wedge = float(rng.uniform(0, 22)) if recipe.women else 2.0

    def put(outline: Points) -> Points:
        return flip(outline) if mirrored else outline

    top = 224.0 - wedge
    bed = join(
        smooth((-104, top - 2), (-40, top + 4), (20, 226), (70, 226), (112, 220)),
        smooth((118, 230), (100, 246), (0, 248), (-100, 248), (-110, top + 10)),
    )
    page.fill(
        put(bed),
        (188, 150, 108) if rng.random() < 0.5 else darker(recipe.colour, 0.45),
        depth=0.3,
        rim=6,
    )
    page.fill(
        put(
            join(
                smooth((-108, 238), (0, 240), (114, 234)), smooth((110, 246), (0, 250), (-104, 250))
            )
        ),
        (44, 38, 36),
        depth=0.2,
    )
    shine = 0.8 if recipe.material == "leather" else 0.15
    dark = darker(recipe.colour, 0.4)
    mid = 158.0 - wedge * 0.6
    for x, y in ((66.0, 190.0), (-18.0, mid)):  # the far side of the straps
        page.fill(
            put(ribbon(smooth((x, y), (x + 20, y + 14), (x + 26, 224)), (8, 14))), dark, depth=0.3
        )
    page.fill(
        put(ribbon(smooth((-30, mid + 12), (-64, mid + 4), (-92, mid + 12)), 9)), dark, depth=0.3
    )
    heel = closed(
        (-104, top + 6),
        (-102, mid + 26),
        (-94, mid + 6),
        (-84, mid + 10),
        (-84, mid + 30),
        (-76, top + 8),
    )
    middle = join(
        smooth((-58, top + 10), (-44, mid + 30), (-32, mid + 4), (-18, mid - 3), (-4, mid + 4)),
        smooth((0, mid + 30), (-8, 232 - wedge * 0.3)),
    )
    front = join(
        smooth((26, 232), (38, 206), (54, 188), (66, 184), (80, 188)), smooth((88, 204), (86, 232))
    )
    strap = ribbon(smooth((-92, mid + 16), (-64, mid + 10), (-34, mid + 14)), (12, 10))
    for piece in (heel, middle, front, strap):
        page.fill(put(piece), cloth, depth=0.4, cast=0.35, gloss=shine, rim=6)
    if recipe.material == "leather":
        for piece in (middle, front):
            centre = piece.mean(axis=0)
            page.stitch(put((piece - centre) * 0.82 + centre), lighter(recipe.colour, 0.3), 0.8)
    else:
        for piece in (middle, front):
            page.fill(put(ribbon(piece[4:14], 7)), recipe.second, depth=0.2)
    page.line(put(rounded_box(-70, mid + 2, -54, mid + 18, 3)), (192, 190, 184), 2.6, closed=True)
    return page


def draw_flip_flops(recipe: Recipe, open_page: OpenPage) -> Canvas:
    """A pair from above, or one in the foreground."""
    rng = recipe.chance("flip flops")
    page = open_page(-108, 76, 108, 326)
    cloth = recipe.cloth(size=0.7)
    spread = float(rng.uniform(3, 12))
    strap: Cloth | RGB = (
        recipe.second if recipe.pattern == "solid color" or rng.random() < 0.7 else cloth
    )
    tone = strap if isinstance(strap, tuple) else recipe.colour
    for side in (-1, 1):
        foot = closed(
            (-2, 88),
            (24, 98),
            (35, 130),
            (31, 180),
            (24, 230),
            (27, 280),
            (14, 310),
            (-8, 312),
            (-24, 296),
            (-26, 250),
            (-28, 200),
            (-36, 150),
            (-32, 110),
        )
        outline = foot if side == 1 else flip(foot)
        outline = shift(turn(outline, side * spread, (0, 200)), side * 48, 0)
        page.fill(shift(outline, 2.5, 5), darker(recipe.colour, 0.45), depth=0.2)
        page.fill(outline, cloth, depth=0.3, rim=7)
        page.line(outline, darker(recipe.colour, 0.3), 0.9, closed=True)
        for k in range(5):
            y = 250 + 8 * k
            row = shift(turn(points((-12, y), (12, y)), side * spread, (0, 200)), side * 48, 0)
            page.stitch(row, darker(recipe.colour, 0.25), 1.0)
        post = (0.0 - side * 6, 126.0)
        for end in ((-30.0, 200.0), (28.0, 200.0)):
            path = smooth(post, ((post[0] + end[0]) / 2 + (6 if end[0] > 0 else -6), 152), end)
            placed = shift(turn(path, side * spread, (0, 200)), side * 48, 0)
            page.fill(
                ribbon(placed, (8, 13, 11)),
                strap,
                depth=0.35,
                cast=0.45,
                cloth=False,
                gloss=0.3,
                rim=4,
            )
        spot = shift(turn(points(post), side * spread, (0, 200)), side * 48, 0)[0]
        page.dot(float(spot[0]), float(spot[1]), 4, darker(tone, 0.3))
        if "has logo" in recipe.details:
            draw_logo(page, recipe, side * 48, 276, 12)
    return page
