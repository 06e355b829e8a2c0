"""A shirt folded as in a shop: its collar and chest are seen, its fit is not."""

from __future__ import annotations

from hangtag.testing.body import NECK
from hangtag.testing.canvas import Canvas
from hangtag.testing.collars import draw_back_of_neck, draw_collar
from hangtag.testing.fastenings import draw_closure, draw_pockets
from hangtag.testing.geometry import both_halves, join, points, smooth
from hangtag.testing.recipe import Recipe
from hangtag.testing.studio import OpenPage
from hangtag.testing.tops import measure, neckline


def draw_folded(recipe: Recipe, open_page: OpenPage) -> Canvas:
    """A folded shirt; a long sleeve lies across its lower edge, short ones at its sides."""
    p = measure(recipe)
    rng = recipe.chance("folded")
    cloth = recipe.cloth(upright=True)
    half, low = float(rng.uniform(66, 76)), NECK + float(rng.uniform(168, 190))
    short = recipe.sleeves == "short sleeve"
    reach = half + (26 if short else 6)
    page = open_page(-reach, NECK - 16, reach, low + 8)
    front = neckline(recipe, p)
    if short:
        for side in (-1, 1):
            sleeve = points(
                (side * (half - 10), NECK + 14),
                (side * (half + 22), NECK + 34),
                (side * (half + 20), NECK + 84),
                (side * (half - 10), NECK + 80),
            )
            page.fill(sleeve, cloth, depth=0.35, turned=-side * 14.0)
            page.line(
                [(side * (half + 17), NECK + 34), (side * (half + 15), NECK + 82)],
                recipe.thread(),
                0.8,
            )
    draw_back_of_neck(page, recipe, p.neck, front, 4)
    right = join(
        front,
        smooth((p.neck + 2, NECK), (half - 10, NECK + 10), (half, NECK + 26)),
        [(half, low - 3), (half - 3, low), (0, low)],
    )
    page.fill(both_halves(right), cloth, depth=0.22, rim=8)
    draw_pockets(page, recipe, half * 0.8, NECK + 70, half, low, cloth)
    draw_closure(page, recipe, NECK + p.neck_depth, low, cloth)
    draw_collar(page, recipe, p.neck, p.neck_depth, front, cloth, recipe.colour, half)
    if not short:
        y = low - float(rng.uniform(30, 56))
        arm = points((-half, y), (-half + 54, y - 4), (-half + 58, y + 24), (-half, y + 30))
        page.fill(arm, cloth, depth=0.2, cast=0.5, turned=90, rim=5)
        cuff = points(
            (-half + 42, y - 5), (-half + 60, y - 6), (-half + 64, y + 25), (-half + 46, y + 27)
        )
        page.fill(cuff, cloth, depth=0.15, cast=0.4, turned=88, rim=4)
        page.line(cuff, recipe.thread(), 0.8, closed=True)
        if "has buttons" in recipe.details:
            page.dot(-half + 55, y + 10, 1.9, (236, 234, 228))
    page.stroke_light(
        [
            (
                smooth((-half + 4, NECK + 60), (-half + 20, NECK + 100), (-half + 8, low - 60)),
                4,
                -0.14,
            ),
            (
                smooth((half - 6, NECK + 50), (half - 16, NECK + 100), (half - 6, low - 40)),
                4,
                -0.12,
            ),
        ],
        2.5,
    )
    return page
