"""Titles for drawn products, in the manner of a shop; makers' names are invented."""

from __future__ import annotations

from hangtag.testing.recipe import Recipe

MAKERS = (
    "Alderwick",
    "Bramley & Co",
    "Cotterhall",
    "Dunmore",
    "Elmstead",
    "Fernway",
    "Gullane",
    "Harrowby",
    "Inkerman",
    "Juniper Lane",
    "Kestrel",
    "Larkfield",
    "Marrow",
    "Nettle",
    "Oxbow",
    "Pennard",
    "Quarry",
    "Rowanberry",
    "Saltmarsh",
    "Thistledown",
    "Umber",
    "Vellum",
    "Windle",
    "Yarrow",
)
NOUNS = {
    "Tshirts": "T-shirt",
    "Shirts": "Shirt",
    "Sweatshirts": "Sweatshirt",
    "Sweaters": "Sweater",
    "Jackets": "Jacket",
    "Blazers": "Blazer",
    "Tops": "Top",
    "Kurtas": "Kurta",
    "Dresses": "Dress",
    "Innerwear Vests": "Vest",
    "Briefs": "Briefs",
    "Trunk": "Trunks",
    "Watches": "Watch",
    "Belts": "Belt",
    "Wallets": "Wallet",
    "Handbags": "Handbag",
    "Backpacks": "Backpack",
    "Ties": "Tie",
    "Caps": "Cap",
    "Skirts": "Skirt",
    "Scarves": "Scarf",
    "Necklace and Chains": "Necklace",
    "Perfume and Body Mist": "Perfume",
}
SHORT_PATTERN = {
    "striped": "Striped",
    "floral print": "Floral",
    "graphic print": "Printed",
    "geometric pattern": "Geometric",
    "polka dots": "Polka Dot",
    "checkered": "Checked",
    "abstract print": "Abstract Print",
    "solid color": "Solid",
}
SHORT_MATERIAL = {"leather": "Leather", "denim": "Denim", "canvas": "Canvas", "metal": "Steel"}


def make_title(recipe: Recipe) -> str:
    """A title. About half name pattern, material or collar; the others leave it to the photo."""
    rng = recipe.chance("title")
    words = [str(rng.choice(MAKERS)), recipe.gender]
    if rng.random() < 0.8:
        words.append(recipe.colour_name)
    if rng.random() < 0.35 and recipe.pattern in SHORT_PATTERN:
        words.append(SHORT_PATTERN[recipe.pattern])
    if rng.random() < 0.3 and recipe.material in SHORT_MATERIAL:
        words.append(SHORT_MATERIAL[recipe.material])
    if rng.random() < 0.15 and recipe.collar in ("V-neck", "hooded", "turtleneck", "crew neck"):
        words.append(recipe.collar.title().replace("V-Neck", "V-Neck"))
    words.append(NOUNS.get(recipe.article, recipe.article))
    return " ".join(words)
