"""One drawn product: its catalog line, its truth, and its photo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from PIL import Image

from hangtag.testing.chance import pick
from hangtag.testing.choosing import ARTICLES, choose
from hangtag.testing.drawing import draw
from hangtag.testing.recipe import Recipe
from hangtag.testing.studio import take_photo
from hangtag.testing.titles import make_title

CATEGORIES: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        ("Tshirts", "Shirts", "Sweatshirts", "Sweaters", "Jackets", "Blazers", "Tops", "Kurtas"),
        ("Apparel", "Topwear"),
    ),
    **dict.fromkeys(
        ("Jeans", "Trousers", "Shorts", "Track Pants", "Skirts"), ("Apparel", "Bottomwear")
    ),
    "Dresses": ("Apparel", "Dress"),
    **dict.fromkeys(("Innerwear Vests", "Briefs", "Trunk"), ("Apparel", "Innerwear")),
    **dict.fromkeys(
        ("Casual Shoes", "Sports Shoes", "Formal Shoes", "Heels"), ("Footwear", "Shoes")
    ),
    "Sandals": ("Footwear", "Sandal"),
    "Flip Flops": ("Footwear", "Flip Flops"),
    **dict.fromkeys(("Handbags", "Backpacks"), ("Accessories", "Bags")),
    "Watches": ("Accessories", "Watches"),
    "Belts": ("Accessories", "Belts"),
    "Wallets": ("Accessories", "Wallets"),
    **dict.fromkeys(
        ("Necklace and Chains", "Ring", "Earrings", "Bangle"), ("Accessories", "Jewellery")
    ),
    "Sunglasses": ("Accessories", "Eyewear"),
    "Ties": ("Accessories", "Ties"),
    "Caps": ("Accessories", "Headwear"),
    "Socks": ("Accessories", "Socks"),
    "Scarves": ("Accessories", "Scarves"),
    "Perfume and Body Mist": ("Personal Care", "Fragrance"),
}
"""Article type -> (master category, sub category), as the Kaggle catalog names them."""

SHARES: dict[str, float] = {
    "Tshirts": 10,
    "Shirts": 9,
    "Sweatshirts": 7,
    "Sweaters": 6,
    "Jackets": 6,
    "Blazers": 2,
    "Tops": 11,
    "Kurtas": 5,
    "Dresses": 8,
    "Jeans": 3,
    "Trousers": 4,
    "Shorts": 3,
    "Track Pants": 3,
    "Skirts": 3,
    "Innerwear Vests": 1,
    "Briefs": 1,
    "Trunk": 1,
    "Casual Shoes": 2,
    "Sports Shoes": 2,
    "Formal Shoes": 2,
    "Heels": 1.5,
    "Sandals": 1.5,
    "Flip Flops": 1.5,
    "Handbags": 2,
    "Backpacks": 1.5,
    "Watches": 1.5,
    "Belts": 1,
    "Wallets": 1,
    "Necklace and Chains": 0.6,
    "Ring": 0.5,
    "Earrings": 0.5,
    "Bangle": 0.4,
    "Sunglasses": 1,
    "Ties": 1.5,
    "Caps": 1,
    "Socks": 1.5,
    "Scarves": 1.5,
    "Perfume and Body Mist": 1,
}
"""How often each article is drawn when no kind is asked for."""


@dataclass(frozen=True)
class DrawnProduct:
    """A product that was drawn, so that everything about it is known.

    Attributes:
        id: such as `D0001`.
        metadata: gender, master_category, sub_category, article_type, base_colour, season, year,
            usage and title, all as text, as a catalog would give them.
        truth: attribute -> the options that hold, in the words of the default taxonomy.
            Single-choice attributes have one. `details` and `style_keywords` may be empty: known to
            have none. An attribute that cannot be decided is absent.
    """

    id: str
    metadata: Mapping[str, str]
    truth: Mapping[str, tuple[str, ...]]
    _recipe: Recipe = field(repr=False)

    def photo(self, height: int = 640) -> Image.Image:
        """An RGB photo, `height` pixels tall and 3/4 of that wide; the same at every call.

        Raises:
            ValueError: `height` is less than 40 pixels.
        """
        if height < 40:
            raise ValueError(f"a photo needs a height of at least 40 pixels, not {height}")
        return take_photo(self._recipe, draw, height)


def truth_of(recipe: Recipe) -> dict[str, tuple[str, ...]]:
    """What a recipe says about each attribute."""
    single = {
        "material": recipe.material,
        "pattern": recipe.pattern,
        "formality": recipe.formality,
        "collar": recipe.collar,
        "sleeves": recipe.sleeves,
        "fit": recipe.fit,
    }
    truth: dict[str, tuple[str, ...]] = {name: (v,) for name, v in single.items() if v is not None}
    if recipe.style is not None:
        truth["style_keywords"] = recipe.style
    if recipe.details is not None:
        truth["details"] = recipe.details
    return truth


def product_from(recipe: Recipe, product_id: str) -> DrawnProduct:
    """Give a recipe an id and a line in a catalog."""
    rng = recipe.chance("catalog line")
    master, sub = CATEGORIES[recipe.article]
    usage = {"formal": "Formal", "athletic": "Sports", "business casual": "Smart Casual"}.get(
        recipe.formality or "", "Casual"
    )
    if recipe.article == "Kurtas":
        usage = "Ethnic"
    warm = recipe.sleeves in ("short sleeve", "sleeveless") or recipe.article in (
        "Shorts",
        "Sandals",
        "Flip Flops",
    )
    season = str(rng.choice(["Summer", "Spring"] if warm else ["Fall", "Winter", "Summer"]))
    metadata = {
        "gender": recipe.gender,
        "master_category": master,
        "sub_category": sub,
        "article_type": recipe.article,
        "base_colour": recipe.colour_name,
        "season": season,
        "year": str(int(rng.integers(2012, 2020))),
        "usage": usage,
        "title": make_title(recipe),
    }
    return DrawnProduct(
        product_id, MappingProxyType(metadata), MappingProxyType(truth_of(recipe)), recipe
    )


def random_product(rng: np.random.Generator, kind: str | None = None) -> DrawnProduct:
    """One product out of endlessly many, for training and for tests that need variety.

    Args:
        rng: the only source of chance; the same state gives the same product.
        kind: an article type (`Tshirts`) or a sub category (`Topwear`) of the Kaggle catalog;
            any by default.

    Raises:
        ValueError: `kind` is neither; the message lists what there is.
    """
    shares = {a: share for a, share in SHARES.items() if a in ARTICLES}
    if kind is not None:
        shares = {a: share for a, share in shares.items() if kind in (a, CATEGORIES[a][1])}
    if not shares:
        known = sorted({*SHARES, *(sub for _, sub in CATEGORIES.values())})
        raise ValueError(
            f"nothing of the kind {kind!r} can be drawn; there are: {', '.join(known)}"
        )
    recipe = choose(pick(rng, shares), rng)
    return product_from(recipe, f"D{int(rng.integers(10**9)):09d}")
