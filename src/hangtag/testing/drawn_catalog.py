"""A sample catalog: few enough to look at, with every category and every option among them."""

from __future__ import annotations

from collections import Counter

import numpy as np

from hangtag.testing.chance import pick
from hangtag.testing.choosing import ARTICLES, choose
from hangtag.testing.product import SHARES, DrawnProduct, product_from, truth_of
from hangtag.testing.recipe import Recipe

OPTIONS: dict[str, tuple[str, ...]] = {
    "material": (
        "leather",
        "denim",
        "knit fabric",
        "woven fabric",
        "synthetic",
        "metal",
        "canvas",
        "unknown",
    ),
    "pattern": (
        "solid color",
        "striped",
        "floral print",
        "graphic print",
        "geometric pattern",
        "polka dots",
        "checkered",
        "abstract print",
        "no clear pattern",
    ),
    "formality": ("formal", "business casual", "casual", "athletic"),
    "collar": (
        "crew neck",
        "V-neck",
        "collar",
        "hooded",
        "turtleneck",
        "scoop neck",
        "no collar",
        "other",
        "not applicable",
    ),
    "sleeves": (
        "short sleeve",
        "long sleeve",
        "sleeveless",
        "three-quarter sleeve",
        "not applicable",
    ),
    "fit": ("fitted", "regular", "loose", "oversized", "cannot determine"),
    "style_keywords": (
        "athletic",
        "sporty",
        "vintage",
        "modern",
        "minimalist",
        "bohemian",
        "streetwear",
        "professional",
        "elegant",
    ),
    "details": (
        "has pockets",
        "has buttons",
        "has zipper",
        "has hood",
        "has drawstrings",
        "has logo",
    ),
}
"""Every attribute that is drawn, with every option of it."""

SMALLEST = 60
"""The fewest products among which every category and every option has room."""


def drawn_catalog(n: int = 72, seed: int = 0) -> list[DrawnProduct]:
    """Draw a catalog: every article and every option at least once, the rest balanced.

    Args:
        n: how many products, at least 60.
        seed: the same seed gives the same products, to the last pixel.

    Raises:
        ValueError: `n` is less than 60.
    """
    if n < SMALLEST:
        raise ValueError(f"a catalog with every option needs at least {SMALLEST} products, not {n}")
    rng = np.random.default_rng([seed, 1])
    counts: Counter[tuple[str, str]] = Counter()
    chosen: list[Recipe] = []

    def take(recipe: Recipe) -> None:
        chosen.append(recipe)
        counts.update(_holds(recipe))

    for article in ARTICLES:
        take(_rarest([choose(article, rng) for _ in range(6)], counts))
    wanted = [(a, o) for a, options in OPTIONS.items() for o in options]
    for option in wanted:
        while not counts[option]:
            recipe = _any_recipe(rng)
            if option in _holds(recipe):
                take(recipe)
    while len(chosen) < n:
        take(_rarest([_any_recipe(rng) for _ in range(8)], counts))
    order = rng.permutation(n)
    return [product_from(chosen[k], f"D{i + 1:04d}") for i, k in enumerate(order)]


def _any_recipe(rng: np.random.Generator) -> Recipe:
    return choose(pick(rng, SHARES), rng)


def _holds(recipe: Recipe) -> list[tuple[str, str]]:
    return [(a, option) for a, options in truth_of(recipe).items() for option in options]


def _rarest(recipes: list[Recipe], counts: Counter[tuple[str, str]]) -> Recipe:
    """The recipe whose rarest option has been seen least."""
    return min(recipes, key=lambda r: sorted(counts[pair] for pair in _holds(r))[:3])
