"""Garments for the upper body, from vests to hooded jackets; dresses are tops that go on."""

# ruff: noqa: PLR0917 - a drawing reads as its measures, in their order

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hangtag.testing import body
from hangtag.testing.body import NECK
from hangtag.testing.canvas import Canvas
from hangtag.testing.cloth import Cloth
from hangtag.testing.collars import draw_back_of_neck, draw_collar, draw_hood_behind
from hangtag.testing.fastenings import draw_closure, draw_drawstrings, draw_pockets
from hangtag.testing.geometry import (
    Points,
    both_halves,
    closed,
    flip,
    join,
    points,
    ribbon,
    shift,
    smooth,
)
from hangtag.testing.graphics import draw_chest_print, draw_logo
from hangtag.testing.palette import HAIRS, RGB, brightness, darker, lighter
from hangtag.testing.recipe import Recipe
from hangtag.testing.studio import OpenPage

SLEEVE_LENGTH = {"short sleeve": 60.0, "three-quarter sleeve": 112.0, "long sleeve": 158.0}


@dataclass(frozen=True)
class Pattern:
    """The measures of one top, page units: half widths, and heights on the page."""

    neck: float
    neck_depth: float
    shoulder: float
    shoulder_y: float
    chest: float
    armpit_y: float
    waist: float
    waist_y: float
    hem: float
    hem_y: float
    sleeve: float
    cuff: float
    arm_angle: float
    back_neck: float = 4.0


def measure(recipe: Recipe) -> Pattern:
    """Cut a pattern for a recipe: sizes follow gender, article, collar, sleeves and fit."""
    rng = recipe.chance("pattern")
    women = recipe.women
    shoulder = 57.0 if women else 66.0
    chest, waist, hem = (46.0, 39.0, 47.0) if women else (53.0, 50.0, 51.0)
    length = float(rng.uniform(176, 204) if women else rng.uniform(188, 212))
    fit = recipe.fit or "regular"
    grow = {"fitted": 0.93, "regular": 1.0, "loose": 1.15, "oversized": 1.27}.get(fit, 1.0)
    chest *= grow
    waist *= {"fitted": 0.9, "regular": 1.02, "loose": 1.26, "oversized": 1.4}.get(fit, 1.0)
    hem *= {"fitted": 0.92, "regular": 1.02, "loose": 1.28, "oversized": 1.32}.get(fit, 1.0)
    if fit == "oversized":
        shoulder *= 1.2
        length += 14
    if fit == "loose":
        shoulder *= 1.05
    if recipe.article in ("Kurtas", "Dresses"):
        length = float(rng.uniform(262, 292)) if recipe.article == "Kurtas" else 126.0
        hem *= 1.08 if recipe.article == "Kurtas" else 0.9
    if recipe.cut in ("bomber", "biker", "crop"):
        length -= 22
    neck, depth = {
        "crew neck": (21, 17),
        "V-neck": (20, 48),
        "scoop neck": (31, 42),
        "turtleneck": (17, 10),
        "hooded": (21, 26),
        "collar": (18, 15),
        "no collar": (30, 40),
        "other": (36, 12),
    }.get(recipe.collar, (21, 17))
    neck_half, neck_depth = (
        neck * float(rng.uniform(0.94, 1.1)),
        depth * float(rng.uniform(0.86, 1.2)),
    )
    if recipe.collar == "other":
        neck_half, neck_depth = {
            "boat": (44.0, 12.0),
            "square": (31.0, 38.0),
            "cowl": (30.0, 32.0),
            "halter": (14.0, 8.0),
        }.get(recipe.cut, (40.0, 12.0))
    if recipe.sleeves == "sleeveless":
        shoulder *= 0.8 if women else 0.84
    shoulder = max(shoulder, neck_half + 9)
    slope = float(rng.uniform(16, 23)) * (1.3 if fit == "oversized" else 1.0)
    drop = 62 * (1.0 if fit != "oversized" else 1.24)
    angle = float(rng.uniform(8, 15) if recipe.shot == "model" else rng.uniform(13, 33))
    cuff = (
        21.0
        if recipe.sleeves == "long sleeve"
        else 31.0
        if recipe.sleeves == "short sleeve"
        else 25.0
    )
    cuff *= {"fitted": 0.88, "loose": 1.3, "oversized": 1.4}.get(fit, 1.0)
    size = SLEEVE_LENGTH.get(recipe.sleeves, 0.0) * float(rng.uniform(0.95, 1.06))
    if recipe.sleeves == "short sleeve" and women and rng.random() < 0.35:
        size *= 0.62
    if fit == "oversized":
        size *= 0.92
    return Pattern(
        neck=neck_half,
        neck_depth=neck_depth,
        shoulder=shoulder * float(rng.uniform(0.97, 1.04)),
        shoulder_y=NECK + slope * (shoulder - neck_half * 0.5) / 50,
        chest=chest * float(rng.uniform(0.97, 1.04)),
        armpit_y=NECK + drop,
        waist=waist * float(rng.uniform(0.96, 1.05)),
        waist_y=NECK + 124,
        hem=hem * float(rng.uniform(0.97, 1.06)),
        hem_y=NECK + length,
        sleeve=size,
        cuff=cuff,
        arm_angle=angle,
        back_neck=8.0 if recipe.collar == "scoop neck" else 4.0,
    )


def neckline(recipe: Recipe, p: Pattern) -> Points:
    """The right half of the front neckline, from its lowest point up to the shoulder."""
    n, d, y = p.neck, p.neck_depth, NECK
    if recipe.collar in ("V-neck", "collar"):
        return smooth((0, y + d), (n * 0.52, y + d * 0.46), (n, y), steps=5)
    if recipe.collar == "other" and recipe.cut == "square":
        return points((0, y + d), (n - 3, y + d - 1), (n, y))
    if recipe.collar == "other" and recipe.cut == "cowl":
        return smooth((0, y + d), (n * 0.6, y + d * 0.72), (n, y))
    if recipe.collar == "other":
        return smooth((0, y + d), (n * 0.5, y + d * 0.86), (n, y))
    return smooth((0, y + d), (n * 0.55, y + d * 0.86), (n * 0.92, y + d * 0.42), (n, y))


def torso(recipe: Recipe, p: Pattern) -> Points:
    """The outline of the body of a top."""
    side = smooth((p.chest, p.armpit_y), (p.waist, p.waist_y), (p.hem, p.hem_y))
    sag = 7.0 if recipe.article == "Shirts" else 3.0
    low = smooth((p.hem, p.hem_y), (p.hem * 0.55, p.hem_y + sag), (0, p.hem_y + sag * 1.2))
    if recipe.collar == "no collar" and recipe.cut == "strapless":
        top = smooth((0, NECK + 50), (p.chest * 0.5, NECK + 44), (p.chest - 1, NECK + 54))
        return both_halves(join(top, side, low[1:]))
    if recipe.collar == "no collar" and recipe.cut == "off-shoulder":
        top = smooth((0, NECK + 36), (p.shoulder * 0.6, NECK + 34), (p.shoulder + 5, NECK + 28))
        return both_halves(join(top, side, low[1:]))
    if recipe.collar == "no collar":  # thin straps
        x = p.neck + 3
        cup = smooth((0, NECK + 52), (x * 0.55, NECK + 50), (x - 3, NECK + 36), (x - 4, NECK + 4))
        arm = smooth((x + 1, NECK + 4), (x + 4, NECK + 34), (p.chest, p.armpit_y))
        return both_halves(join(cup, arm, side[1:], low[1:]))
    if recipe.collar == "other" and recipe.cut == "halter":
        cup = points((0, NECK + 30), (p.neck - 3, NECK - 6))
        arm = smooth((p.neck + 4, NECK - 4), (p.neck + 12, NECK + 34), (p.chest, p.armpit_y))
        return both_halves(join(cup, arm, side[1:], low[1:]))
    armhole = smooth(
        (p.shoulder, p.shoulder_y),
        (min(p.shoulder, p.chest) - 3, p.shoulder_y + (p.armpit_y - p.shoulder_y) * 0.55),
        (p.chest, p.armpit_y),
    )
    return both_halves(join(neckline(recipe, p), armhole, side[1:], low[1:]))


@dataclass(frozen=True)
class Sleeve:
    """One sleeve, the right one on the page: its outline and the frame of its end."""

    outline: Points
    end: Points
    along: tuple[float, float]
    degrees: float


def cut_sleeve(
    p: Pattern, length: float, cuff: float, *, bend: float = 3.0, puff: float = 0.0
) -> Sleeve:
    """A sleeve that hangs from the armhole."""
    a = np.radians(p.arm_angle)
    along, out = np.array([np.sin(a), np.cos(a)]), np.array([np.cos(a), -np.sin(a)])
    top, low = np.array([p.shoulder, p.shoulder_y]), np.array([p.chest, p.armpit_y])
    start = (top + low) / 2
    width = float(np.hypot(*(top - low)))
    elbow = start + along * length * 0.5 + out * bend
    a2 = a - 0.05
    wrist = start + np.array([np.sin(a2), np.cos(a2)]) * length * 0.96
    middle = cuff + (width * 0.74 - cuff) * 0.5 + puff
    half_end, half_middle = out * cuff / 2, out * middle / 2
    # The sleeve starts on the shoulder line and ends inside the body, which is drawn over it.
    onset = top - np.array([10.0, 2.6])
    cap = top + along * 3.5 + out * (2.2 + puff * 0.7)
    first = top + along * 14 + out * (4.6 + puff)
    if length > 75:
        outer = smooth(onset, cap, first, elbow + half_middle, wrist + half_end)
        inner = smooth(wrist - half_end, elbow - half_middle, low + along * 4)
    else:
        outer = smooth(onset, cap, first, wrist + half_end)
        inner = points(wrist - half_end, low + along * 3)
    inside = points(low - (16, 4), top - (18, -10))
    end = np.stack([wrist + half_end, wrist - half_end])
    return Sleeve(join(outer, inner, inside), end, (float(along[0]), float(along[1])), p.arm_angle)


def draw_top(recipe: Recipe, open_page: OpenPage) -> Canvas:
    """A top on a person or by itself."""
    p = measure(recipe)
    rng = recipe.chance("top")
    worn = recipe.shot == "model"
    reach = p.chest + float(np.sin(np.radians(p.arm_angle))) * max(p.sleeve, 20) + 17
    if recipe.sleeves in ("sleeveless", "not applicable"):
        reach = max(p.chest, p.hem, p.shoulder) + 6
    if worn:
        headless = rng.random() < 0.3
        reach = max(reach, 74)
        page = open_page(-reach, 58 if headless else 2, reach, p.hem_y + float(rng.uniform(30, 90)))
    else:
        above = {"hooded": 62, "turtleneck": 26, "collar": 12}.get(recipe.collar, 4)
        page = open_page(-reach, NECK - above, reach, p.hem_y + 8)
    cloth = recipe.cloth(upright=recipe.article in ("Shirts", "Kurtas"))
    draw_garment(page, recipe, p, cloth, rng)
    return page


def draw_garment(
    page: Canvas, recipe: Recipe, p: Pattern, cloth: Cloth, rng: np.random.Generator
) -> None:
    """Everything from the person behind a top to the folds on it."""
    worn = recipe.shot == "model"
    if worn:
        draw_wearer(page, recipe, p, rng)
    else:
        draw_back_of_neck(page, recipe, p.neck, neckline(recipe, p), p.back_neck)
    trim = _trim_colour(recipe, rng)
    thick = 0.42 if recipe.material in ("knit fabric", "leather", "synthetic") else 0.36
    shine = {"leather": 0.55, "synthetic": 0.3}.get(recipe.material, 0.0)
    if p.sleeve:
        draw_sleeves(page, recipe, p, cloth, trim, rng, thick, shine)
    body_outline = torso(recipe, p)
    page.fill(body_outline, cloth, depth=thick, cast=0.25, gloss=shine * 0.6, rim=11)
    if p.sleeve and recipe.cut not in ("raglan", "off-shoulder"):
        _armhole_seams(page, recipe, p)
    if recipe.cut == "color block":
        band = points(
            (-p.chest - 8, p.armpit_y + 4),
            (p.chest + 8, p.armpit_y + 4),
            (p.chest + 8, p.armpit_y + 44),
            (-p.chest - 8, p.armpit_y + 44),
        )
        page.patch_cloth(band, recipe.second)
    _finish_hem(page, recipe, p, trim)
    if recipe.pattern == "graphic print":
        draw_chest_print(page, recipe, p.chest, p.armpit_y, p.hem_y, NECK + p.neck_depth)
    draw_folds(page, recipe, p, rng)
    draw_pockets(page, recipe, p.chest, p.armpit_y, p.waist, p.hem_y, cloth)
    draw_closure(page, recipe, NECK + p.neck_depth, p.hem_y, cloth)
    draw_collar(page, recipe, p.neck, p.neck_depth, neckline(recipe, p), cloth, trim, p.chest)
    if "has drawstrings" in recipe.details and recipe.collar == "hooded":
        draw_drawstrings(page, recipe, 9.0, NECK + 27, rng)
    if "has logo" in recipe.details:
        draw_logo(page, recipe, p.chest * 0.48, p.armpit_y + 2)


def draw_wearer(page: Canvas, recipe: Recipe, p: Pattern, rng: np.random.Generator) -> None:
    """The person: hair, trousers, arms, neck and head."""
    skin = body.pick_skin(rng)
    hair = HAIRS[int(rng.integers(len(HAIRS)))]
    long = recipe.women
    trousers = [(44, 62, 98), (30, 34, 52), (36, 36, 40), (92, 110, 140), (172, 152, 118)]
    lower: RGB = trousers[int(rng.integers(len(trousers)))]
    body.draw_hair_behind(page, hair, long=long)
    if recipe.collar == "hooded":
        draw_hood_behind(page, recipe, up=False)
    hip = 45.0 if long else 47.0
    bare = recipe.article == "Dresses" or (
        recipe.article == "Kurtas" and long and rng.random() < 0.2
    )
    if recipe.article != "Dresses":
        body.draw_hips(page, min(p.hem_y - 30, 262), hip, lower, skin, rng, bare=bare)
    path = arm_path(recipe, p)
    body.draw_arm(page, ribbon(path, (25, 22, 19, 17, 13)), skin)
    hand = path[-1]
    for side in (-1, 1):
        page.fill(_hand(side * hand[0], hand[1] + 8), skin, depth=0.4, rim=4)
    if (
        recipe.collar in ("no collar", "other", "scoop neck", "V-neck")
        or recipe.sleeves == "sleeveless"
    ):
        wide = 50.0 if long else 60.0
        if recipe.sleeves != "sleeveless":
            wide = min(wide, p.shoulder - 2)
        bust = smooth(
            (0, NECK - 8),
            (16, NECK + 2),
            (wide - 5, NECK + 17),
            (wide, NECK + 27),
            (min(wide, p.chest - 2), p.armpit_y + 4),
            (0, p.armpit_y + 10),
        )
        page.fill(both_halves(bust), skin, depth=0.2)
    body.draw_head(page, skin, hair, long=long)


def arm_path(recipe: Recipe, p: Pattern) -> Points:
    """The middle line of the right arm, which lies inside the sleeve."""
    bare = 50.0 if recipe.women else 60.0
    x = bare - 9 if recipe.sleeves == "sleeveless" else p.shoulder - 14
    a = np.radians(p.arm_angle)
    if p.sleeve:  # follow the middle of the sleeve
        x, y = (p.shoulder + p.chest) / 2, (p.shoulder_y + p.armpit_y) / 2
        start = (x - 4, p.shoulder_y + 14)
    else:
        y = NECK + 48
        start = (x - 2, NECK + 26)
    elbow = (x + np.sin(a) * 74 + 3, y + np.cos(a) * 74)
    wrist = (x + np.sin(a - 0.05) * 156, y + np.cos(a - 0.05) * 156)
    return smooth(start, (x + np.sin(a) * 20, y + np.cos(a) * 20), elbow, wrist)


def _hand(x: float, y: float) -> Points:
    side = 1 if x > 0 else -1
    return closed(
        (x - 6, y - 12), (x + 6, y - 12), (x + 7, y + 2), (x + side * 1, y + 15), (x - 6, y + 4)
    )


def draw_sleeves(
    page: Canvas,
    recipe: Recipe,
    p: Pattern,
    cloth: Cloth,
    trim: RGB,
    rng: np.random.Generator,
    depth: float,
    shine: float,
) -> None:
    """Both sleeves with their ends."""
    puff = float(rng.uniform(3, 9)) if recipe.women and rng.random() < 0.2 else 0.0
    sleeve = cut_sleeve(p, p.sleeve, p.cuff, puff=puff)
    contrast = recipe.cut in ("raglan", "varsity")
    paint: Cloth | RGB = recipe.second if contrast else cloth
    for side in (1, -1):
        outline = sleeve.outline if side == 1 else flip(sleeve.outline)
        page.fill(
            outline,
            paint,
            depth=depth + 0.06,
            turned=-side * sleeve.degrees,
            cloth=True,
            gloss=shine,
            rim=8,
        )
        _finish_sleeve(page, recipe, sleeve, side, cloth, trim)


def _finish_sleeve(
    page: Canvas, recipe: Recipe, sleeve: Sleeve, side: int, cloth: Cloth, trim: RGB
) -> None:
    end = sleeve.end * [side, 1]
    along = np.array(sleeve.along) * [side, 1]
    out, inn = end
    colour = recipe.colour if recipe.cut not in ("raglan", "varsity") else recipe.second
    if recipe.article == "Shirts" and recipe.sleeves == "long sleeve":
        cuff = join([out - along * 16], [inn - along * 16], [inn + along], [out + along])
        page.fill(cuff, cloth, depth=0.3, cast=0.2, turned=-side * sleeve.degrees + 2, rim=4)
        page.seam(cuff[:2], colour)
        mid = (inn * 0.75 + out * 0.25) - along * 8
        if "has buttons" in recipe.details:
            page.dot(float(mid[0]), float(mid[1]), 1.7, lighter(colour, 0.6))
    elif _ribbed(recipe) and recipe.sleeves != "short sleeve":
        shrink = (out - inn) * 0.08
        cuff = join([out], [inn], [inn + along * 13 + shrink], [out + along * 13 - shrink])
        page.fill(cuff, trim, depth=0.35, cloth=True, rim=4)
        _rib(page, [out, inn], [out + along * 13 - shrink, inn + along * 13 + shrink], trim, 7)
    else:
        back = along * 5
        page.line(np.stack([out - back, inn - back]), darker(colour, 0.24), 0.8)
        page.line(np.stack([out - back * 0.86, inn - back * 0.86]), lighter(colour, 0.1), 0.6)


def _rib(page: Canvas, top: list[Points], low: list[Points], colour: RGB, count: int) -> None:
    line = darker(colour, 0.2) if brightness(colour) > 0.2 else lighter(colour, 0.16)
    for t in np.linspace(0.08, 0.92, count):
        a, b = top[0] * (1 - t) + top[1] * t, low[0] * (1 - t) + low[1] * t
        page.line(np.stack([a, b]), line, 0.7)


def _ribbed(recipe: Recipe) -> bool:
    return recipe.article in ("Sweatshirts", "Sweaters") or recipe.cut in (
        "bomber",
        "varsity",
        "track",
    )


def _finish_hem(page: Canvas, recipe: Recipe, p: Pattern, trim: RGB) -> None:
    if recipe.article == "Dresses":
        return
    if _ribbed(recipe):
        top = points((-p.hem + 1, p.hem_y - 12), (p.hem - 1, p.hem_y - 12))
        low = points((-p.hem + 4, p.hem_y + 4), (p.hem - 4, p.hem_y + 4))
        page.fill(
            join(
                top, smooth((p.hem - 4, p.hem_y + 4), (0, p.hem_y + 7), (-p.hem + 4, p.hem_y + 4))
            ),
            trim,
            depth=0.35,
            cloth=True,
            cast=0.15,
        )
        _rib(page, [top[0], top[1]], [low[0], low[1]], trim, 30)
    else:
        line = smooth((-p.hem, p.hem_y - 5), (0, p.hem_y - 1), (p.hem, p.hem_y - 5))
        page.line(line, recipe.thread(), 0.7)


def _armhole_seams(page: Canvas, recipe: Recipe, p: Pattern) -> None:
    seam = smooth(
        (p.shoulder, p.shoulder_y),
        (min(p.shoulder, p.chest) - 3, p.shoulder_y + (p.armpit_y - p.shoulder_y) * 0.55),
        (p.chest, p.armpit_y),
    )
    for line in (seam, flip(seam)):
        page.line(line, recipe.thread(), 0.9)


def draw_folds(page: Canvas, recipe: Recipe, p: Pattern, rng: np.random.Generator) -> None:
    """Soft folds: from the armpits to the waist, across the waist, and along the sleeves."""
    strokes: list[tuple[Points, float, float]] = []
    stiff = 0.6 if recipe.material in ("leather", "denim") else 1.0
    deep = 0.17 + 0.12 * (1 - brightness(recipe.colour))
    for side in (-1, 1):
        for _ in range(int(rng.integers(2, 5))):
            x0, y0 = side * p.chest * rng.uniform(0.8, 0.98), p.armpit_y + rng.uniform(-4, 18)
            x1, y1 = side * p.chest * rng.uniform(0.1, 0.6), y0 + rng.uniform(18, 70)
            path = smooth(
                (x0, y0), ((x0 + x1) / 2 + side * 4, (y0 + y1) / 2 - 4), (x1, y1), steps=5
            )
            strength = -deep * stiff * float(rng.uniform(0.4, 1.0))
            strokes += [(path, 4.0, strength), (shift(path, 3.5, 3), 3.0, -strength * 0.7)]
        for _ in range(int(rng.integers(1, 4))):
            y = p.waist_y + rng.uniform(-12, 38)
            path = smooth(
                (side * p.waist * 0.98, y),
                (side * p.waist * 0.6, y + rng.uniform(-2, 8)),
                (side * p.waist * rng.uniform(0.0, 0.4), y + rng.uniform(-6, 6)),
                steps=5,
            )
            strength = -deep * stiff * float(rng.uniform(0.3, 0.9))
            strokes += [(path, 4.0, strength), (shift(path, 0, 4), 3.0, -strength * 0.7)]
        if p.sleeve > 80:
            a = np.radians(p.arm_angle)
            for t in rng.uniform(0.3, 0.8, 3):
                x = side * (p.chest * 0.5 + p.shoulder * 0.5 + np.sin(a) * p.sleeve * t)
                y = (p.shoulder_y + p.armpit_y) / 2 + np.cos(a) * p.sleeve * t
                path = smooth((x + 11, y - 3), (x, y + 3), (x - 11, y - 2), steps=5)
                strokes += [(path, 3.0, -deep * 0.8), (shift(path, 0, 3.5), 2.5, deep * 0.5)]
    if recipe.fit in ("loose", "oversized"):
        for _ in range(5):
            x = rng.uniform(-0.8, 0.8) * p.hem
            path = smooth(
                (x * 0.7, p.armpit_y + 40), (x * 0.9, p.waist_y + 20), (x, p.hem_y), steps=5
            )
            strokes += [(path, 6.0, -deep), (shift(path, 7, 0), 5.0, deep * 0.7)]
    page.stroke_light(strokes, 2.2)


def _trim_colour(recipe: Recipe, rng: np.random.Generator) -> RGB:
    """Ribs and bands: mostly as the garment, sometimes in contrast."""
    if recipe.cut in ("varsity", "ringer", "raglan") or rng.random() < 0.15:
        return recipe.second
    if recipe.pattern not in ("solid color", "graphic print") and rng.random() < 0.3:
        return recipe.second
    tone = recipe.colour
    return darker(tone, 0.08) if brightness(tone) > 0.15 else lighter(tone, 0.06)
