"""Which function draws which article."""

from __future__ import annotations

from collections.abc import Callable

from hangtag.testing import accessories, bags, bottoms, footwear, jewellery
from hangtag.testing.canvas import Canvas
from hangtag.testing.dresses import draw_dress
from hangtag.testing.folded import draw_folded
from hangtag.testing.recipe import Recipe
from hangtag.testing.studio import OpenPage
from hangtag.testing.tops import draw_top

Draw = Callable[[Recipe, OpenPage], Canvas]

_TOPS = (
    "Tshirts",
    "Shirts",
    "Sweatshirts",
    "Sweaters",
    "Jackets",
    "Blazers",
    "Tops",
    "Kurtas",
    "Innerwear Vests",
)

_BY_ARTICLE: dict[str, Draw] = {
    **dict.fromkeys(_TOPS, draw_top),
    "Dresses": draw_dress,
    **dict.fromkeys(("Jeans", "Trousers", "Shorts", "Track Pants"), bottoms.draw_trousers),
    "Skirts": bottoms.draw_skirt,
    **dict.fromkeys(("Briefs", "Trunk"), bottoms.draw_underwear),
    **dict.fromkeys(("Casual Shoes", "Sports Shoes", "Formal Shoes", "Heels"), footwear.draw_shoes),
    "Sandals": footwear.draw_sandals,
    "Flip Flops": footwear.draw_flip_flops,
    "Handbags": bags.draw_handbag,
    "Backpacks": bags.draw_backpack,
    "Wallets": bags.draw_wallet,
    "Belts": bags.draw_belt,
    "Watches": accessories.draw_watch,
    "Necklace and Chains": jewellery.draw_necklace,
    **dict.fromkeys(("Ring", "Bangle"), jewellery.draw_ring),
    "Earrings": jewellery.draw_earrings,
    "Sunglasses": accessories.draw_sunglasses,
    "Ties": accessories.draw_tie,
    "Caps": accessories.draw_cap,
    "Socks": accessories.draw_socks,
    "Scarves": accessories.draw_scarf,
    "Perfume and Body Mist": accessories.draw_perfume,
}


def draw(recipe: Recipe, open_page: OpenPage) -> Canvas:
    """Draw a recipe on the page that `open_page` opens for it."""
    if recipe.shot == "folded":
        return draw_folded(recipe, open_page)
    return _BY_ARTICLE[recipe.article](recipe, open_page)
