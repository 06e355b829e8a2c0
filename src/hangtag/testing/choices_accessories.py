"""What shoes, bags and other accessories can be."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hangtag.testing.chance import (
    COMMON,
    Choice,
    any_pattern,
    gender,
    logo,
    pick,
)


def _casual_shoes(rng: np.random.Generator) -> Choice:
    cut = pick(rng, {"plimsoll": 0.4, "high top": 0.22, "derby": 0.2, "loafer": 0.18})
    cloth = cut in ("plimsoll", "high top")
    material = pick(rng, {"canvas": 0.75, "denim": 0.1, "synthetic": 0.15}) if cloth else "leather"
    pattern = (
        any_pattern(rng, graphic_print=0.0, solid_color=0.8)
        if cloth and material == "canvas"
        else "solid color"
    )
    return {
        "gender": gender(rng, 0.4),
        "cut": cut,
        "shot": "laid",
        "pattern": pattern,
        "material": material,
        "formality": "business casual" if cut == "loafer" else "casual",
        "details": logo(rng, 0.3 if pattern == "solid color" and cut != "loafer" else 0.0),
        "style": None,
        "colour_name": "Blue" if material == "denim" else None,
        "colours": COMMON if cloth else ("Brown", "Tan", "Black", "Rust", "Olive", "Navy Blue"),
    }


def _sports_shoes(rng: np.random.Generator) -> Choice:
    return {
        "gender": gender(rng, 0.4),
        "cut": "runner",
        "shot": "laid",
        "pattern": "solid color",
        "material": "synthetic",
        "formality": "athletic",
        "details": set(),
        "style": ("athletic", "sporty"),
        "colours": (
            "White",
            "White",
            "Grey",
            "Black",
            "Blue",
            "Red",
            "Charcoal",
            "Navy Blue",
            "Lime Green",
            "Orange",
        ),
    }


def _formal_shoes(rng: np.random.Generator) -> Choice:
    cut = pick(rng, {"oxford": 0.6, "loafer": 0.4})
    return {
        "gender": "Men",
        "cut": cut,
        "shot": "laid",
        "pattern": "solid color",
        "material": "leather",
        "formality": "formal",
        "details": set(),
        "style": ("professional", "elegant"),
        "colours": ("Black", "Black", "Brown", "Tan", "Burgundy"),
    }


def _heels(rng: np.random.Generator) -> Choice:
    return {
        "gender": "Women",
        "cut": "heel",
        "shot": "laid",
        "pattern": any_pattern(rng, graphic_print=0.0, solid_color=1.5),
        "material": pick(rng, {"leather": 0.6, "synthetic": 0.4}),
        "details": set(),
        "style": ("elegant",),
    }


def _sandals(rng: np.random.Generator) -> Choice:
    material = pick(rng, {"leather": 0.7, "synthetic": 0.3})
    return {
        "gender": gender(rng, 0.5),
        "cut": "sandal",
        "shot": "laid",
        "pattern": "solid color",
        "material": material,
        "details": set(),
        "style": None,
        "colours": ("Brown", "Black", "Tan", "Beige", "Grey", "Rust", "Gold", "Navy Blue", "Red"),
    }


def _flip_flops(rng: np.random.Generator) -> Choice:
    pattern = any_pattern(rng, graphic_print=0.0, solid_color=0.6)
    return {
        "gender": gender(rng, 0.5),
        "cut": "flip flop",
        "shot": "laid",
        "pattern": pattern,
        "material": "synthetic",
        "details": logo(rng, 0.3 if pattern == "solid color" else 0.0),
        "style": None,
    }


def _handbag(rng: np.random.Generator) -> Choice:
    material = pick(rng, {"leather": 0.55, "canvas": 0.25, "synthetic": 0.2})
    cut = pick(rng, {"tote": 0.4, "satchel": 0.35, "hobo": 0.25})
    pattern = "solid color"
    if material == "canvas":  # the flap of a satchel would hide a picture
        pattern = any_pattern(rng, solid_color=0.4, graphic_print=0.0 if cut == "satchel" else 0.1)
    details: set[str] = set()
    if cut != "satchel" and rng.random() < 0.5:
        details.add("has zipper")
    if cut != "satchel" and pattern == "solid color" and rng.random() < 0.3:
        details.add("has pockets")
    elif pattern == "solid color":
        details |= logo(rng, 0.3)
    return {
        "gender": "Women",
        "cut": cut,
        "shot": "laid",
        "pattern": pattern,
        "material": material,
        "details": details,
        "style": ("elegant",) if material == "leather" and cut == "satchel" else None,
    }


def _backpack(rng: np.random.Generator) -> Choice:
    material = pick(rng, {"synthetic": 0.7, "canvas": 0.3})
    pattern = any_pattern(rng, solid_color=0.8, graphic_print=0.0)
    return {
        "gender": "Unisex",
        "cut": "pack",
        "shot": "laid",
        "pattern": pattern,
        "material": material,
        "details": {"has pockets", "has zipper"}
        | logo(rng, 0.5 if pattern == "solid color" else 0.0),
        "style": None,
    }


def _wallet(rng: np.random.Generator) -> Choice:
    women = rng.random() < 0.4
    return {
        "gender": "Women" if women else "Men",
        "cut": "purse" if women else "bifold",
        "shot": "laid",
        "pattern": "solid color",
        "material": "leather",
        "details": logo(rng, 0.4),
        "style": None,
        "colours": COMMON if women else ("Black", "Brown", "Tan", "Burgundy", "Brown"),
    }


def _belt(rng: np.random.Generator) -> Choice:
    formal = rng.random() < 0.4
    return {
        "gender": gender(rng, 0.25),
        "cut": "belt",
        "shot": "laid",
        "pattern": "solid color",
        "material": "leather" if formal or rng.random() < 0.7 else "canvas",
        "formality": "formal" if formal else "casual",
        "details": set(),
        "style": ("professional",) if formal else None,
        "colours": ("Black", "Brown")
        if formal
        else ("Brown", "Tan", "White", "Olive", "Red", "Navy Blue", "Khaki"),
    }


def _watch(rng: np.random.Generator) -> Choice:
    cut = pick(rng, {"bracelet": 0.6, "strap": 0.4})
    return {
        "gender": gender(rng, 0.4),
        "cut": cut,
        "shot": "laid",
        "pattern": "solid color",
        "material": "metal",
        "details": set(),
        "style": ("modern",) if cut == "bracelet" else None,
        "colours": ("Silver", "Steel", "Gold", "Copper", "Charcoal"),
    }


def _jewel(cuts: tuple[str, ...]) -> Callable[[np.random.Generator], Choice]:
    def choose_jewel(rng: np.random.Generator) -> Choice:
        return {
            "gender": "Women",
            "cut": cuts[int(rng.integers(len(cuts)))],
            "shot": "laid",
            "pattern": "no clear pattern",
            "material": "metal",
            "details": set(),
            "style": ("elegant",),
            "colours": ("Gold", "Silver", "Copper", "Gold", "Silver"),
        }

    return choose_jewel


def _sunglasses(rng: np.random.Generator) -> Choice:
    cut = pick(rng, {"wayfarer": 0.5, "aviator": 0.3, "round": 0.2})
    metal = cut == "aviator" or (cut == "round" and rng.random() < 0.5)
    return {
        "gender": gender(rng, 0.5),
        "cut": cut,
        "shot": "laid",
        "pattern": "no clear pattern",
        "material": "metal" if metal else "synthetic",
        "details": set(),
        "style": ("vintage",) if cut == "round" else None,
        "colours": ("Gold", "Silver", "Steel", "Copper")
        if metal
        else ("Black", "Brown", "Black", "Red", "White", "Purple", "Teal"),
    }


def _tie(rng: np.random.Generator) -> Choice:
    pattern = pick(
        rng,
        {
            "striped": 0.34,
            "solid color": 0.14,
            "checkered": 0.14,
            "polka dots": 0.18,
            "geometric pattern": 0.14,
            "floral print": 0.06,
        },
    )
    return {
        "gender": "Men",
        "cut": "tie",
        "shot": "laid",
        "pattern": pattern,
        "material": "woven fabric",
        "formality": "formal",
        "details": set(),
        "style": ("professional",),
    }


def _cap(rng: np.random.Generator) -> Choice:
    pattern = any_pattern(rng, graphic_print=0.0, solid_color=0.7)
    athletic = pattern == "solid color" and rng.random() < 0.3
    return {
        "gender": "Unisex",
        "cut": "cap",
        "shot": "laid",
        "pattern": pattern,
        "material": "synthetic" if athletic else "woven fabric",
        "formality": "athletic" if athletic else "casual",
        "details": logo(rng, 0.6 if pattern == "solid color" else 0.0),
        "style": ("sporty",) if athletic else ("streetwear",),
    }


def _socks(rng: np.random.Generator) -> Choice:
    pattern = any_pattern(rng, graphic_print=0.0, solid_color=0.3, geometric_pattern=0.2)
    formality = (
        pick(rng, {"casual": 0.6, "athletic": 0.4})
        if pattern in ("solid color", "striped")
        else "casual"
    )
    return {
        "gender": gender(rng, 0.3),
        "cut": "sock",
        "shot": "laid",
        "pattern": pattern,
        "material": "knit fabric",
        "formality": formality,
        "details": logo(rng, 0.6 if formality == "athletic" and pattern == "solid color" else 0.0),
        "style": None,
    }


def _scarf(rng: np.random.Generator) -> Choice:
    return {
        "gender": "Women" if rng.random() < 0.75 else "Unisex",
        "cut": "scarf",
        "shot": "laid",
        "pattern": any_pattern(rng, graphic_print=0.0),
        "material": pick(rng, {"woven fabric": 0.7, "knit fabric": 0.3}),
        "details": set(),
        "style": None,
    }


def _perfume(rng: np.random.Generator) -> Choice:
    return {
        "gender": gender(rng, 0.5),
        "cut": pick(rng, {"box": 0.45, "round": 0.25, "spray": 0.3}),
        "shot": "laid",
        "pattern": "no clear pattern",
        "material": "unknown",
        "details": set(),
        "style": None,
    }


ACCESSORIES: dict[str, Callable[[np.random.Generator], Choice]] = {
    "Casual Shoes": _casual_shoes,
    "Sports Shoes": _sports_shoes,
    "Formal Shoes": _formal_shoes,
    "Heels": _heels,
    "Sandals": _sandals,
    "Flip Flops": _flip_flops,
    "Handbags": _handbag,
    "Backpacks": _backpack,
    "Wallets": _wallet,
    "Belts": _belt,
    "Watches": _watch,
    "Necklace and Chains": _jewel(("chain",)),
    "Ring": _jewel(("stone", "band")),
    "Bangle": _jewel(("bangle",)),
    "Earrings": _jewel(("drop",)),
    "Sunglasses": _sunglasses,
    "Ties": _tie,
    "Caps": _cap,
    "Socks": _socks,
    "Scarves": _scarf,
    "Perfume and Body Mist": _perfume,
}
