"""What garments below the waist can be."""

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
    shot,
)


def _jeans(rng: np.random.Generator) -> Choice:
    return {
        "gender": gender(rng, 0.45),
        "cut": "jeans",
        "shot": shot(rng),
        "pattern": "solid color",
        "fit": pick(rng, {"fitted": 0.36, "regular": 0.34, "loose": 0.2, "oversized": 0.1}),
        "details": {"has pockets", "has buttons", "has zipper"},
        "closure": "buttons",
        "material": "denim",
        "style": ("vintage",) if rng.random() < 0.3 else None,
        "colours": ("Blue", "Blue", "Navy Blue", "Navy Blue", "Black", "Charcoal"),
    }


def _trousers(rng: np.random.Generator) -> Choice:
    formality = pick(rng, {"formal": 0.4, "business casual": 0.25, "casual": 0.35})
    pattern = pick(rng, {"solid color": 0.62, "striped": 0.16, "checkered": 0.22})
    cut = "cargo" if formality == "casual" and rng.random() < 0.4 else "chino"
    if cut == "cargo":
        pattern = pick(rng, {"solid color": 0.7, "abstract print": 0.3})
    grey = ("Black", "Charcoal", "Grey", "Navy Blue", "Brown")
    return {
        "gender": gender(rng, 0.35),
        "cut": cut,
        "shot": shot(rng),
        "pattern": pattern,
        "fit": pick(rng, {"fitted": 0.25, "regular": 0.5, "loose": 0.25}),
        "formality": formality,
        "details": {"has pockets", "has buttons", "has zipper"},
        "closure": "buttons",
        "material": "woven fabric",
        "style": ("professional",) if formality != "casual" else None,
        "colours": grey
        if formality == "formal"
        else ("Khaki", "Beige", "Olive", "Grey", "Brown", "Navy Blue", "Tan", "Cream"),
    }


def _shorts(rng: np.random.Generator) -> Choice:
    cut = pick(rng, {"sport": 0.4, "denim shorts": 0.25, "chino": 0.2, "cargo": 0.15})
    details = {"has pockets", "has buttons", "has zipper"}
    pattern, material, formality = "solid color", "woven fabric", "casual"
    choice: Choice = {}
    if cut == "sport":
        details = {"has drawstrings"} | logo(rng, 0.5)
        if rng.random() < 0.4:
            details.add("has pockets")
        formality, material = "athletic", "synthetic"
        pattern = any_pattern(rng, graphic_print=0.0, solid_color=0.7)
    elif cut == "denim shorts":
        material = "denim"
        choice["colours"] = ("Blue", "Navy Blue", "Blue", "Black")
    elif cut == "chino":
        pattern = any_pattern(rng, graphic_print=0.0, checkered=0.2)
    return {
        **choice,
        "gender": gender(rng, 0.4),
        "cut": cut,
        "shot": shot(rng),
        "pattern": pattern,
        "fit": pick(rng, {"fitted": 0.2, "regular": 0.5, "loose": 0.3}),
        "formality": formality,
        "details": details,
        "closure": "none",
        "material": material,
        "style": ("athletic", "sporty") if cut == "sport" else None,
    }


def _track_pants(rng: np.random.Generator) -> Choice:
    details = logo(rng, 0.5)
    if rng.random() < 0.75:
        details.add("has drawstrings")
    if rng.random() < 0.6:
        details.add("has pockets")
        if rng.random() < 0.3:
            details.add("has zipper")
    return {
        "gender": gender(rng, 0.4),
        "cut": "track",
        "shot": shot(rng),
        "pattern": "solid color",
        "fit": pick(rng, {"fitted": 0.15, "regular": 0.5, "loose": 0.35}),
        "formality": "athletic",
        "details": details,
        "material": "knit fabric",
        "style": ("athletic", "sporty"),
        "colours": (
            "Black",
            "Navy Blue",
            "Grey",
            "Charcoal",
            "Blue",
            "Maroon",
            "Green",
            "Red",
            "Purple",
        ),
    }


def _skirt(rng: np.random.Generator) -> Choice:
    cut = pick(rng, {"mini": 0.3, "pencil": 0.2, "a-line": 0.25, "maxi": 0.13, "denim": 0.12})
    pattern = "solid color" if cut == "denim" else any_pattern(rng, graphic_print=0.0)
    details: set[str] = set()
    if cut == "denim":
        details = {"has pockets", "has buttons"}
    elif cut == "a-line" and rng.random() < 0.3:
        details = {"has buttons"}
    formal = cut == "pencil" and pattern == "solid color"
    style: tuple[str, ...] | None = ("professional", "elegant") if formal else None
    if cut == "maxi" and pattern == "floral print":
        style = ("bohemian",)
    return {
        "gender": "Women",
        "cut": cut,
        "shot": shot(rng, 0.55),
        "pattern": pattern,
        "fit": "fitted" if cut == "pencil" else "regular" if cut in ("mini", "denim") else "loose",
        "formality": "formal" if formal else "casual",
        "details": details,
        "style": style,
        "material": "denim" if cut == "denim" else "woven fabric",
        "colours": ("Blue", "Navy Blue", "Black") if cut == "denim" else COMMON,
    }


def _underwear(rng: np.random.Generator) -> Choice:
    pattern = any_pattern(rng, graphic_print=0.0, solid_color=0.55)
    return {
        "gender": "Men",
        "cut": "plain",
        "shot": "laid",
        "pattern": pattern,
        "fit": "fitted",
        "details": logo(rng, 0.4),
        "material": "knit fabric",
        "style": None,
    }


BOTTOMS: dict[str, Callable[[np.random.Generator], Choice]] = {
    "Jeans": _jeans,
    "Trousers": _trousers,
    "Shorts": _shorts,
    "Track Pants": _track_pants,
    "Skirts": _skirt,
    "Briefs": _underwear,
    "Trunk": _underwear,
}
