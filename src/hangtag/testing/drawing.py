"""Which function draws which article."""

from __future__ import annotations

from collections.abc import Callable

from hangtag.testing.canvas import Canvas
from hangtag.testing.dresses import draw_dress
from hangtag.testing.recipe import Recipe
from hangtag.testing.studio import OpenPage
from hangtag.testing.tops import draw_top

DRAW: dict[str, Callable[[Recipe, OpenPage], Canvas]] = {
    **dict.fromkeys(
        ("Tshirts", "Shirts", "Sweatshirts", "Sweaters", "Jackets", "Blazers", "Tops", "Kurtas",
         "Innerwear Vests"), draw_top,
    ),
    "Dresses": draw_dress,
}
