"""Shoes, sandals and flip flops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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

WHITE: RGB = (240, 240, 236)


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


@dataclass(frozen=True)
class Last:
    """What a shoe is built around: heights on the page, and where its outlines go."""

    toe: float  # how far the toe reaches
    collar: float  # height of the opening
    shine: float
    formal: bool
    sport: bool
    put: Callable[[Points], Points]  # moves, and mirrors, an outline

    @property
    def tongue(self) -> float:
        """Height of the tongue."""
        return self.collar - (4 if self.formal else 12)


def _shoe(page: Canvas, recipe: Recipe, at: tuple[float, float], mirrored: bool) -> None:
    def put(outline: Points) -> Points:
        moved = shift(outline, *at)
        return flip(moved) if mirrored else moved

    rng = recipe.chance("shoe")
    if recipe.cut == "heel":
        _heel(page, recipe, put)
        return
    formal = recipe.cut in ("oxford", "loafer")
    last = Last(
        toe=float(rng.uniform(-3, 6)) + (6 if formal else 0),
        collar=118.0 if recipe.cut == "high top" else 166.0 if formal else 156.0,
        shine=1.0 if formal else 0.7 if recipe.material == "leather" else 0.15,
        formal=formal,
        sport=recipe.article == "Sports Shoes",
        put=put,
    )
    cloth = recipe.cloth(size=0.6)
    _upper(page, recipe, last, cloth)
    sole = darker(recipe.colour, 0.6) if formal else WHITE
    if not formal and rng.random() < 0.3:
        sole = recipe.second
    _sole(page, last, sole)
    if last.sport:
        _runner(page, recipe, last, sole)
    elif recipe.cut in ("plimsoll", "high top"):
        _toe_cap(page, last, WHITE)
        rand = smooth((-102, 230), (0, 233), (110 + last.toe, 229))
        page.line(put(rand), recipe.second, 1.6)
    elif recipe.cut == "oxford" and rng.random() < 0.5:
        page.seam(put(smooth((66, 183), (62, 204), (72, 224))), recipe.colour, 1.0)
    if recipe.cut == "loafer":
        _penny_strap(page, recipe, last, cloth, rng)
    else:
        _laces(page, recipe, last, rng)
    if recipe.material == "leather" and not formal:
        side = smooth((-66, 218), (-62, 194), (-54, last.collar + 18))
        page.stitch(put(side), lighter(recipe.colour, 0.25), 0.9)
    if "has logo" in recipe.details:
        spot = put(points((-44, 196)))[0]
        draw_logo(page, recipe, float(spot[0]), float(spot[1]), 14)


def _upper(page: Canvas, recipe: Recipe, last: Last, cloth: Cloth) -> None:
    """The far side of the opening, then the upper over it."""
    c, t, toe = last.collar, last.tongue, last.toe
    inside = darker(recipe.colour, 0.55) if brightness(recipe.colour) > 0.2 else (70, 62, 58)
    opening = closed((-90, c + 4), (-60, c - 1), (-24, t), (-30, c + 22), (-84, c + 20))
    page.fill(last.put(opening), inside, depth=0.3)
    rim = smooth((-95, c), (-82, c + 9), (-56, c + 15), (-34, c + 9), (-21, t))
    throat = smooth(
        (-20, t + 1),
        (14, t + (186 - t) * 0.62),
        (50, 186),
        (82, 192),
        (106 + toe, 205),
        (113 + toe, 222),
    )
    low = smooth((108 + toe, 230), (0, 232), (-94, 230))
    heel = smooth((-101, 220), (-97, 196), (-92, (c + 210) / 2), (-96, c))
    page.fill(last.put(join(rim, throat, low, heel)), cloth, depth=0.4, gloss=last.shine, rim=9)


def _sole(page: Canvas, last: Last, colour: RGB) -> None:
    toe = last.toe
    if last.formal:
        base = join(
            smooth((-100, 226), (0, 229), (60, 227), (114 + toe, 222)),
            smooth((116 + toe, 228), (60, 236), (-30, 234)),
            [(-48, 234), (-50, 244), (-98, 244), (-100, 226)],
        )
    else:
        lift, thick = (6.0, 16.0) if last.sport else (0.0, 11.0)
        base = join(
            smooth((-103, 218 - lift), (-40, 222 - lift * 0.4), (50, 224), (112 + toe, 212)),
            smooth(
                (118 + toe, 220), (108 + toe, 238), (0, 238), (-98, 238), (-107, 238 - thick * 0.6)
            ),
        )
    page.fill(last.put(base), colour, depth=0.3, cast=0.3, rim=5)


def _toe_cap(page: Canvas, last: Last, colour: RGB) -> None:
    cap = join(
        smooth((78, 185), (76, 204), (84, 222)),
        smooth((114 + last.toe, 216), (108 + last.toe, 202), (92, 188)),
    )
    page.fill(last.put(cap), colour, depth=0.3, cast=0.2, rim=5, cloth=colour != WHITE)


def _runner(page: Canvas, recipe: Recipe, last: Last, sole: RGB) -> None:
    """Grooves, a coloured line on the sole, a band on the side, heel and toe in other colours."""
    for k in range(7):
        x = -88 + 28 * k
        page.line(last.put(smooth((x, 234), (x + 9, 228), (x + 20, 234))), darker(sole, 0.3), 1.6)
    page.line(last.put(smooth((-102, 225), (0, 231), (112 + last.toe, 222))), recipe.second, 2.2)
    band = join(
        smooth((-62, 214), (-20, 196), (26, 184)), smooth((38, 196), (-10, 212), (-58, 222))
    )
    page.fill(last.put(band), recipe.second, depth=0.1, rim=3)
    heel = join(smooth((-95, last.collar + 12), (-78, last.collar + 24), (-74, 214)), [(-100, 220)])
    page.fill(last.put(heel), recipe.third, depth=0.3, cast=0.1)
    _toe_cap(page, last, darker(recipe.colour, 0.25))


def _penny_strap(
    page: Canvas, recipe: Recipe, last: Last, cloth: Cloth, rng: np.random.Generator
) -> None:
    apron = smooth((0, 190), (30, 188), (66, 192), (100, 204))
    page.seam(last.put(apron), recipe.colour, 1.4)
    strap = closed((-6, last.tongue + 12), (18, 178), (30, 196), (22, 214), (2, 214), (-12, 192))
    page.fill(last.put(strap), cloth, depth=0.25, cast=0.3, gloss=last.shine * 0.5, rim=4)
    if rng.random() < 0.5:
        page.line(last.put(smooth((-2, 192), (12, 194), (26, 192))), (198, 176, 110), 3)


def _laces(page: Canvas, recipe: Recipe, last: Last, rng: np.random.Generator) -> None:
    quarter = smooth((-21, last.tongue + 2), (-14, last.tongue + 22), (18, 198), (44, 192))
    page.seam(last.put(quarter), recipe.colour, 1.2)
    lace = recipe.third if rng.random() < 0.3 else WHITE
    if last.formal:
        lace = darker(recipe.colour, 0.35)
    rows = 6 if recipe.cut == "high top" else 4 if last.formal else 5
    for t in np.linspace(0.1, 0.92, rows):
        x, y = -20 + t * 58, last.tongue + (183 - last.tongue) * t
        row = last.put(points((x + 1, y), (x - 7, y + 12)))
        page.line(row, darker(lace, 0.45), 4.4)
        page.line(row, lace, 3.0)


def _heel(page: Canvas, recipe: Recipe, place: Callable[[Points], Points]) -> None:
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
