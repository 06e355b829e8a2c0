"""Trousers, jeans, shorts, track pants, skirts and underwear for the hips."""

# ruff: noqa: PLR0917 - a drawing reads as its measures, in their order

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hangtag.testing import body
from hangtag.testing.canvas import Canvas
from hangtag.testing.cloth import Cloth
from hangtag.testing.dresses import page_skirt
from hangtag.testing.fastenings import button_colour, draw_button, draw_drawstrings, draw_zip
from hangtag.testing.geometry import Points, both_halves, flip, join, points, ribbon, shift, smooth
from hangtag.testing.graphics import draw_logo
from hangtag.testing.palette import RGB, brightness, darker, far_from, lighter
from hangtag.testing.recipe import Recipe
from hangtag.testing.studio import OpenPage

TOP = 92.0  # height of the waistband on the page


@dataclass(frozen=True)
class Legs:
    """Measures of a garment with legs, half widths and heights in page units."""

    waist: float
    hip: float
    crotch_y: float
    leg_x: float  # middle of a leg at its end
    leg: float  # half width of a leg at its end
    hem_y: float


def measure_legs(recipe: Recipe) -> Legs:
    """Sizes by article, cut and fit."""
    rng = recipe.chance("legs")
    fit = recipe.fit or "regular"
    waist = float(rng.uniform(37, 42)) if recipe.women else float(rng.uniform(42, 46))
    hip = (
        waist
        + float(rng.uniform(6, 10))
        + {"fitted": -2.0, "loose": 5.0, "oversized": 8.0}.get(fit, 0)
    )
    end = {"fitted": 11.0, "regular": 17.0, "loose": 24.0, "oversized": 28.0}.get(fit, 17.0)
    hem = float(rng.uniform(338, 352))
    crotch = TOP + float(rng.uniform(68, 78)) + (6 if fit == "oversized" else 0)
    if recipe.article == "Shorts":
        hem = crotch + float(rng.uniform(38, 84))
        end = {"fitted": 21.0, "regular": 25.0, "loose": 30.0, "oversized": 33.0}.get(fit, 25.0)
    middle = 25.0 if recipe.article != "Shorts" else 28.0 + (end - 25) * 0.4
    return Legs(
        waist, hip, crotch, max(middle, end + 1.5), end * float(rng.uniform(0.93, 1.07)), hem
    )


def draw_trousers(recipe: Recipe, open_page: OpenPage) -> Canvas:
    """Anything with two legs, on a person or by itself."""
    m = measure_legs(recipe)
    rng = recipe.chance("trousers")
    reach = max(m.hip, m.leg_x + m.leg) + 12
    cloth = recipe.cloth(upright=recipe.article == "Trousers")
    if recipe.shot == "model":
        low = m.hem_y + 26 if recipe.article != "Shorts" else m.hem_y + float(rng.uniform(60, 130))
        page = open_page(-reach - 16, TOP - float(rng.uniform(20, 60)), reach + 16, low)
        draw_lower_person(page, recipe, m.waist, m.hem_y, m.leg_x, rng)
    else:
        page = open_page(-reach, TOP - 8, reach, m.hem_y + 8)
        inside = darker(recipe.colour, 0.35)
        page.fill(
            smooth((-m.waist, TOP), (0, TOP - 5), (m.waist, TOP), (0, TOP + 10), (-m.waist, TOP)),
            inside,
            cloth=True,
        )
    _legs(page, recipe, m, cloth)
    _leg_folds(page, recipe, m, rng)
    if recipe.cut in ("jeans", "denim shorts"):
        _jeans(page, recipe, m, cloth, rng)
    elif recipe.cut in ("track", "sport"):
        _track(page, recipe, m, cloth, rng)
    else:
        _tailored(page, recipe, m, cloth)
    return page


def draw_lower_person(
    page: Canvas, recipe: Recipe, waist: float, hem: float, leg_x: float, rng: np.random.Generator
) -> None:
    """Shirt above, forearms beside, shoes or legs below."""
    skin = body.pick_skin(rng)
    shirt = far_from([recipe.colour], rng, 90)
    apart = leg_x if hem > 300 else 22.0
    ankle = 352.0
    if hem < 320:
        body.draw_legs(page, min(hem - 30, 250), ankle, skin, apart=apart)
    shoe: RGB = ((34, 32, 34), (96, 62, 42), (210, 208, 204))[int(rng.integers(3))]
    body.draw_feet(page, max(ankle, hem), shoe, apart=apart - 2)
    arm = smooth(
        (waist + 16, -10), (waist + 21, 50), (waist + 16, TOP + 34), (waist + 12, TOP + 62)
    )
    body.draw_arm(page, ribbon(arm, (20, 17, 13, 9)), skin)
    side = smooth((waist + 6, -40), (waist + 3, 50), (waist + 5, TOP + 9))
    page.fill(both_halves(join([(0, -40)], side, [(0, TOP + 12)])), shirt, depth=0.4)


def _outline(m: Legs) -> Points:
    outer = smooth(
        (m.waist, TOP),
        (m.hip, TOP + 48),
        (max(m.hip - 3, m.leg_x + m.leg - 1), m.crotch_y + 24),
        (m.leg_x + m.leg, m.hem_y),
    )
    inner = smooth(
        (m.leg_x - m.leg, m.hem_y),
        (m.leg_x - m.leg * 0.94 - 2, (m.hem_y + m.crotch_y) / 2),
        (2.0, m.crotch_y + 3),
    )
    return join([(0, TOP + 3)], outer, inner, [(0, m.crotch_y)])


def _legs(page: Canvas, recipe: Recipe, m: Legs, cloth: Cloth) -> None:
    leg = _outline(m)
    for side in (1, -1):
        outline = leg if side == 1 else flip(leg)
        page.fill(
            outline,
            cloth,
            depth=0.42,
            turned=-side * 2.0,
            rim=9,
            gloss=0.3 if recipe.material in ("leather", "synthetic") else 0.0,
        )
    # One shade over the hips, so that the two halves are one garment there.
    hips = both_halves(
        join(
            [(0, TOP + 3)],
            smooth((m.waist, TOP), (m.hip, TOP + 48), (m.hip - 1, m.crotch_y - 12)),
            [(0, m.crotch_y - 2)],
        )
    )
    page.fill(hips, cloth, depth=0.3, rim=11)
    for x in (-1, 1):
        page.line(
            [(x * (m.leg_x - m.leg), m.hem_y - 6), (x * (m.leg_x + m.leg), m.hem_y - 6)],
            recipe.thread(),
            0.8,
        )
    page.line([(0, TOP + 12), (0, m.crotch_y)], recipe.thread(), 1.0)


def _leg_folds(page: Canvas, recipe: Recipe, m: Legs, rng: np.random.Generator) -> None:
    strokes: list[tuple[Points, float, float]] = []
    deep = 0.18 + 0.12 * (1 - brightness(recipe.colour))
    for side in (-1, 1):
        for _ in range(4):
            y = m.crotch_y + rng.uniform(-14, 26)
            path = smooth(
                (side * 3, y),
                (side * 16, y + rng.uniform(0, 9)),
                (side * rng.uniform(22, 40), y + rng.uniform(-6, 14)),
            )
            strokes += [
                (path, 3.4, -deep * float(rng.uniform(0.4, 1))),
                (shift(path, 0, 3.4), 3, deep * 0.4),
            ]
        if m.hem_y > 300:
            for y in (
                *rng.uniform(-16, 22, 2) + (m.crotch_y + m.hem_y) / 2,
                m.hem_y - 18,
                m.hem_y - 9,
            ):
                a, b = rng.uniform(-0.9, -0.1) * m.leg, rng.uniform(0.2, 0.9) * m.leg
                path = smooth(
                    (side * m.leg_x + a, y),
                    (side * m.leg_x + (a + b) / 2, y + 4),
                    (side * m.leg_x + b, y - 2),
                )
                strokes += [
                    (path, 3.2, -deep * float(rng.uniform(0.4, 1))),
                    (shift(path, 0, 3.4), 3, deep * 0.5),
                ]
        if recipe.cut in ("jeans", "denim shorts") and recipe.chance("wash").random() < 0.75:
            thigh = points(
                (side * m.leg_x * 0.9, TOP + 46),
                (side * m.leg_x, min(m.hem_y - 10, m.crotch_y + 90)),
            )
            strokes.append((thigh, m.leg * 1.0, 0.3))
    page.stroke_light(strokes, 2.4 if recipe.cut != "jeans" else 3.2)


def _waistband(
    page: Canvas, recipe: Recipe, m: Legs, paint: Cloth | RGB, height: float = 11.0
) -> None:
    top = smooth((-m.waist - 0.5, TOP - 1), (0, TOP + 4), (m.waist + 0.5, TOP - 1))
    low = smooth(
        (m.waist + 1.5, TOP + height), (0, TOP + height + 4), (-m.waist - 1.5, TOP + height)
    )
    page.fill(join(top, low), paint, depth=0.25, cast=0.2, cloth=True, rim=4)
    page.line(low, recipe.thread(), 0.9)


def _jeans(page: Canvas, recipe: Recipe, m: Legs, cloth: Cloth, rng: np.random.Generator) -> None:
    thread: RGB = (196, 148, 88) if rng.random() < 0.75 else lighter(recipe.colour, 0.35)
    _waistband(page, recipe, m, cloth)
    for x in (-0.62, 0.62, -0.05):
        page.fill(
            points(
                (m.waist * x - 2, TOP - 1),
                (m.waist * x + 2, TOP - 1),
                (m.waist * x + 2, TOP + 17),
                (m.waist * x - 2, TOP + 17),
            ),
            cloth,
            depth=0.1,
            cast=0.25,
            rim=2,
        )
    for side in (-1, 1):
        pocket = smooth(
            (side * m.waist * 0.52, TOP + 15),
            (side * m.waist * 0.6, TOP + 33),
            (side * (m.hip - 1), TOP + 38),
        )
        page.seam(pocket, recipe.colour, 1.2)
        page.stitch(shift(pocket, 0, 2.6), thread, 0.8)
        for x, y in (pocket[0], pocket[-1] - [side * 3, 0]):
            page.dot(float(x), float(y), 1.4, (190, 140, 90))
        edge = smooth(
            (side * (m.hip - 3), TOP + 52),
            (side * (m.leg_x + m.leg - 3), m.crotch_y + 30),
            (side * (m.leg_x + m.leg - 2.5), m.hem_y),
        )
        page.stitch(edge, thread, 0.7)
        page.stitch(
            [(side * (m.leg_x - m.leg), m.hem_y - 5), (side * (m.leg_x + m.leg), m.hem_y - 5)],
            thread,
            0.8,
        )
    fly = smooth((9, TOP + 15), (9, TOP + 46), (0, m.crotch_y - 4))
    page.stitch(fly, thread, 0.8)
    page.stitch(fly - [2.6, 0], thread, 0.8)
    page.line([(0, TOP + 12), (0, m.crotch_y - 2)], darker(recipe.colour, 0.45), 1.4)
    draw_zip(page, points((1, TOP + 17), (1, TOP + 26)), recipe.colour, width=1.6)
    for y in (TOP + 2, TOP + 11.5):
        page.stitch(smooth((-m.waist, y - 1), (0, y + 4), (m.waist, y - 1)), thread, 0.7)
    draw_button(page, 1, TOP + 9, button_colour(recipe), 2.7)


def _tailored(page: Canvas, recipe: Recipe, m: Legs, cloth: Cloth) -> None:
    _waistband(page, recipe, m, cloth)
    line = recipe.thread()
    for side in (-1, 1):
        page.seam(
            [(side * m.waist * 0.6, TOP + 15), (side * (m.hip - 0.5), TOP + 46)], recipe.colour, 1.2
        )
        if recipe.formality != "casual" and m.hem_y > 300:
            crease = smooth(
                (side * m.leg_x * 0.82, TOP + 20),
                (side * m.leg_x, m.crotch_y + 40),
                (side * m.leg_x, m.hem_y),
            )
            page.line(crease, lighter(recipe.colour, 0.12), 0.9)
            page.line(shift(crease, 1.2, 0), darker(recipe.colour, 0.25), 0.9)
        if recipe.cut == "cargo":
            y = m.crotch_y + (24 if m.hem_y > 300 else 8)
            x = side * (m.leg_x + m.leg * 0.42)
            box = points((x - 11, y), (x + 11, y), (x + 11, y + 30), (x - 11, y + 30))
            page.fill(box, cloth, depth=0.12, cast=0.35, rim=3)
            page.line(box, line, 0.9, closed=True)
            page.fill(
                points((x - 12, y - 2), (x + 12, y - 2), (x + 12, y + 9), (x - 12, y + 9)),
                cloth,
                depth=0.1,
                cast=0.35,
                rim=3,
            )
            page.line([(x - 12, y + 9), (x + 12, y + 9)], line, 0.9)
    page.line(smooth((8, TOP + 15), (8, TOP + 44), (0, m.crotch_y - 6)), line, 0.8)
    draw_zip(page, points((1, TOP + 17), (1, TOP + 25)), recipe.colour, width=1.4)
    for x in (-0.6, 0.6):
        page.line([(m.waist * x, TOP), (m.waist * x, TOP + 14)], line, 2)
    draw_button(page, 1, TOP + 8.5, button_colour(recipe), 2.2)


def _track(page: Canvas, recipe: Recipe, m: Legs, cloth: Cloth, rng: np.random.Generator) -> None:
    if recipe.pattern == "solid color" and rng.random() < 0.65:
        count = int(rng.integers(1, 4))
        for side in (-1, 1):
            for k in range(count):
                inset = 4.0 + 4.5 * k
                edge = smooth(
                    (side * (m.hip - inset - 2), TOP + 40),
                    (side * (max(m.hip - 3, m.leg_x + m.leg - 1) - inset), m.crotch_y + 24),
                    (side * (m.leg_x + m.leg - inset), m.hem_y),
                )
                page.line(edge, recipe.second, 2.2)
    _waistband(page, recipe, m, cloth, 13.0)
    for x in np.linspace(-m.waist + 2, m.waist - 2, 26):
        page.line([(x, TOP + 2), (x * 1.01, TOP + 14)], recipe.thread(), 0.6)
    if "has pockets" in recipe.details:
        for side in (-1, 1):
            path = [(side * m.waist * 0.8, TOP + 22), (side * (m.hip - 2), TOP + 52)]
            page.seam(path, recipe.colour, 1.5)
            if "has zipper" in recipe.details:
                draw_zip(page, points(*path), recipe.colour, width=1.8)
    if "has drawstrings" in recipe.details:
        draw_drawstrings(page, recipe, 4.5, TOP + 10, rng)
    if "has logo" in recipe.details:
        draw_logo(page, recipe, m.leg_x + 4, TOP + (62 if m.hem_y > 300 else 70), 9)
    if recipe.article == "Track Pants" and rng.random() < 0.4:
        for side in (-1, 1):
            x = side * m.leg_x
            page.fill(
                points(
                    (x - m.leg, m.hem_y - 8),
                    (x + m.leg, m.hem_y - 8),
                    (x + m.leg * 0.8, m.hem_y + 3),
                    (x - m.leg * 0.8, m.hem_y + 3),
                ),
                darker(recipe.colour, 0.12),
                cloth=True,
                cast=0.2,
                rim=3,
            )


def draw_skirt(recipe: Recipe, open_page: OpenPage) -> Canvas:
    """A skirt, on a person or by itself."""
    rng = recipe.chance("skirt")
    waist = float(rng.uniform(34, 39))
    length, flare = {
        "mini": (rng.uniform(76, 104), rng.uniform(1.6, 2.3)),
        "pencil": (rng.uniform(128, 158), rng.uniform(1.08, 1.25)),
        "a-line": (rng.uniform(120, 160), rng.uniform(1.6, 2.2)),
        "maxi": (rng.uniform(220, 245), rng.uniform(1.7, 2.4)),
        "denim": (rng.uniform(84, 110), rng.uniform(1.35, 1.6)),
    }[recipe.cut]
    hem, low = waist * float(flare), TOP + float(length)
    reach = max(hem, waist) + 10
    if recipe.shot == "model":
        page = open_page(
            -max(reach, 60),
            TOP - float(rng.uniform(24, 60)),
            max(reach, 60),
            min(max(low + 50, 330), 372),
        )
        draw_lower_person(page, recipe, waist + 2, low, 18.0, rng)
    else:
        page = open_page(-reach, TOP - 6, reach, low + 6)
    cloth = recipe.cloth()
    page_skirt(page, recipe, waist, TOP + 4, hem, low, cloth, rng)
    band = Legs(waist, waist + 4, TOP + 60, 20, 20, low)
    _waistband(page, recipe, band, cloth)
    if "has buttons" in recipe.details:
        for y in np.arange(TOP + 8, low - 12, 18.0):
            draw_button(page, 0, float(y), button_colour(recipe), 2.3)
        for x in (-5, 5):
            page.line([(x, TOP + 12), (x * 1.2, low)], recipe.thread(), 0.7)
    if "has pockets" in recipe.details:
        for side in (-1, 1):
            pocket = smooth(
                (side * waist * 0.5, TOP + 16),
                (side * waist * 0.62, TOP + 34),
                (side * (waist + 6), TOP + 38),
            )
            page.seam(pocket, recipe.colour, 1.2)
            page.stitch(shift(pocket, 0, 2.5), (196, 148, 88), 0.8)
    return page


def draw_underwear(recipe: Recipe, open_page: OpenPage) -> Canvas:
    """Briefs and trunks by themselves."""
    rng = recipe.chance("underwear")
    w = 58.0
    page = open_page(-78, 100, 78, 250)
    cloth = recipe.cloth(size=0.8)
    y = 130.0
    low = y + (62 if recipe.article == "Briefs" else 92)
    if recipe.article == "Briefs":
        right = join(
            [(0, y)],
            points((w, y)),
            smooth((w + 2, y + 12), (w - 18, y + 34), (18, low + 22)),
            [(0, low + 26)],
        )
    else:
        right = join(
            [(0, y)],
            smooth((w, y), (w + 6, y + 40), (w + 4, low)),
            points((8, low + 6), (3, y + 74), (0, y + 74)),
        )
    page.fill(both_halves(right), cloth, depth=0.35)
    for side in (-1, 1):
        page.seam(
            smooth((side * 16, y + 10), (side * 20, y + 40), (side * 6, y + 76)), recipe.colour, 0.9
        )
    band = points((-w - 1, y - 8), (w + 1, y - 8), (w + 1, y + 7), (-w - 1, y + 7))
    tone = recipe.second if rng.random() < 0.6 else darker(recipe.colour, 0.3)
    page.fill(band, tone, depth=0.2, cast=0.2, cloth=True, rim=4)
    for k in (-5.0, 4.0):
        page.line([(-w, y + k), (w, y + k)], darker(tone, 0.25), 0.8)
    if "has logo" in recipe.details:
        draw_logo(page, recipe, 0, y, 10)
    return page
