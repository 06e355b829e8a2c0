"""Chance decides what to draw: each article has a function that makes a recipe that hangs together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hangtag.testing.palette import BASE_COLOURS, RGB, far_from, shade_of
from hangtag.testing.recipe import Recipe

PATTERNS = {
    "solid color": 0.22, "striped": 0.13, "graphic print": 0.13, "floral print": 0.1,
    "polka dots": 0.11, "checkered": 0.08, "geometric pattern": 0.12, "abstract print": 0.11,
}
"""How often each pattern is drawn on garments that can have any: rare ones far above their share in shops."""

COMMON = ("Black", "White", "Blue", "Grey", "Red", "Green", "Pink", "Navy Blue", "Purple", "Yellow",
          "Beige", "Maroon", "Orange", "Olive", "Cream", "Charcoal", "Peach", "Lavender", "Teal",
          "Magenta", "Mustard", "Rust", "Burgundy", "Turquoise Blue", "Sea Green", "Lime Green",
          "Khaki", "Brown", "Tan")

Choice = dict[str, Any]


def pick(rng: np.random.Generator, weights: Mapping[str, float]) -> str:
    """One key, as often as its weight says."""
    keys = list(weights)
    share = np.fromiter(weights.values(), dtype=np.float64)
    return keys[int(rng.choice(len(keys), p=share / share.sum()))]


def any_pattern(rng: np.random.Generator, **changed: float) -> str:
    """A pattern; keywords (underscores for spaces) replace the usual weights."""
    weights = dict(PATTERNS)
    weights.update({name.replace("_", " "): weight for name, weight in changed.items()})
    return pick(rng, weights)


def make_recipe(
    article: str, choice: Choice, rng: np.random.Generator, colours: tuple[str, ...] = COMMON
) -> Recipe:
    """Fill in what `choice` leaves open: colours, and a seed for the drawing."""
    name = str(choice.pop("colour_name", None) or colours[int(rng.integers(len(colours)))])
    colour = shade_of(name, rng)
    loud = choice.get("pattern") not in ("solid color", "no clear pattern")
    second: RGB = far_from([colour], rng, 110 if loud else 80)
    third: RGB = far_from([colour, second], rng, 80)
    # White is the commonest partner of any colour in real prints.
    if loud and rng.random() < 0.3 and name not in ("White", "Cream", "Beige", "Peach"):
        second = (244, 243, 240)
    choice["details"] = tuple(sorted(choice.get("details", ())))
    return Recipe(
        seed=int(rng.integers(2**31)), article=article, colour_name=name, colour=colour, second=second,
        third=third, **choice,
    )


def choose(kind: str, rng: np.random.Generator) -> Recipe:
    """A recipe for one article type.

    Raises:
        KeyError: `kind` is not an article type that can be drawn.
    """
    choice = ARTICLES[kind](rng)
    colours = choice.pop("colours", COMMON)
    return make_recipe(str(choice.pop("article", kind)), choice, rng, colours)


def _shot(rng: np.random.Generator, worn: float = 0.5) -> str:
    return "model" if rng.random() < worn else "laid"


def _gender(rng: np.random.Generator, women: float = 0.5) -> str:
    if rng.random() < 0.06:
        return "Girls" if rng.random() < women else "Boys"
    return "Women" if rng.random() < women else "Men"


def _logo(rng: np.random.Generator, chance: float) -> set[str]:
    return {"has logo"} if rng.random() < chance else set()


def _plain_style(pattern: str, details: set[str]) -> tuple[str, ...] | None:
    return ("minimalist",) if pattern == "solid color" and not details else None


def _tshirt(rng: np.random.Generator) -> Choice:
    gender = _gender(rng, 0.4)
    collar = pick(rng, {"crew neck": 0.36, "V-neck": 0.2, "collar": 0.2, "scoop neck": 0.13, "hooded": 0.07,
                        "turtleneck": 0.04})
    pattern = any_pattern(rng, graphic_print=0.0 if collar == "collar" else 0.17)
    sleeves = pick(rng, {"short sleeve": 0.62, "long sleeve": 0.16, "three-quarter sleeve": 0.14, "sleeveless": 0.08})
    fit = pick(rng, {"regular": 0.5, "fitted": 0.2, "loose": 0.14, "oversized": 0.16})
    formality = "athletic" if pattern in ("solid color", "striped") and rng.random() < 0.16 else "casual"
    details = _logo(rng, 0.3 if pattern != "graphic print" else 0.0)
    closure, cut = "none", pick(rng, {"plain": 0.75, "ringer": 0.15, "raglan": 0.1})
    if pattern != "solid color" or collar == "collar":
        cut = "plain"
    if collar == "collar":
        cut, closure = "polo", "half buttons"
        details.add("has buttons")
    elif collar == "hooded":
        details |= {"has hood", "has drawstrings"}
    elif collar == "crew neck" and pattern in ("solid color", "striped") and rng.random() < 0.12:
        closure = "half buttons"  # a Henley
        details.add("has buttons")
    if collar in ("crew neck", "V-neck") and pattern in ("solid color", "striped") and rng.random() < 0.1:
        details.add("has pockets")
        details.discard("has logo")
    style = ("athletic", "sporty") if formality == "athletic" else _plain_style(pattern, details)
    if pattern == "graphic print" and fit == "oversized":
        style = ("streetwear",)
    return {"gender": gender, "cut": cut, "shot": _shot(rng), "collar": collar, "pattern": pattern,
            "sleeves": sleeves, "fit": fit, "formality": formality, "details": details, "closure": closure,
            "material": "synthetic" if formality == "athletic" and rng.random() < 0.0 else "knit fabric",
            "style": style}


def _shirt(rng: np.random.Generator) -> Choice:
    formality = pick(rng, {"casual": 0.5, "formal": 0.3, "business casual": 0.2})
    gender = _gender(rng, 0.25)
    if formality == "formal":
        pattern = pick(rng, {"solid color": 0.6, "striped": 0.3, "checkered": 0.1})
    elif formality == "business casual":
        pattern = pick(rng, {"solid color": 0.4, "striped": 0.25, "checkered": 0.35})
    else:
        pattern = any_pattern(rng, checkered=0.2, graphic_print=0.0)
    material = "denim" if formality == "casual" and pattern == "solid color" and rng.random() < 0.35 else "woven fabric"
    sleeves = pick(rng, {"long sleeve": 0.66, "short sleeve": 0.24, "three-quarter sleeve": 0.1})
    if formality == "formal":
        sleeves = "long sleeve"
    details = {"has buttons"}
    if rng.random() < 0.5 or material == "denim":
        details.add("has pockets")
    elif formality != "formal" and rng.random() < 0.25:
        details.add("has logo")
    collar = "collar"
    shot = "folded" if rng.random() < 0.14 else _shot(rng)
    choice: Choice = {
        "gender": gender, "cut": "mandarin" if formality == "casual" and rng.random() < 0.08 else "shirt",
        "shot": shot, "collar": collar, "pattern": pattern, "sleeves": sleeves,
        "fit": pick(rng, {"regular": 0.58, "fitted": 0.24, "loose": 0.1, "oversized": 0.08}),
        "formality": formality, "details": details, "closure": "buttons", "material": material,
        "style": ("professional",) if formality != "casual" else None,
    }
    if shot == "folded":
        choice["fit"] = "cannot determine"
        choice["cut"] = "shirt"
        if choice["sleeves"] == "three-quarter sleeve":
            choice["sleeves"] = "long sleeve"
    if material == "denim":
        choice["colour_name"] = str(rng.choice(["Blue", "Navy Blue"]))
    if formality == "formal":
        choice["colour_name"] = str(rng.choice(["White", "Blue", "Grey", "Black", "Lavender", "Pink", "Cream"]))
    return choice


def _sweatshirt(rng: np.random.Generator) -> Choice:
    collar = pick(rng, {"hooded": 0.62, "crew neck": 0.24, "turtleneck": 0.08, "V-neck": 0.06})
    pattern = any_pattern(rng, solid_color=0.45, graphic_print=0.2, striped=0.12, checkered=0.03)
    closure = "zip" if collar == "hooded" and pattern != "graphic print" and rng.random() < 0.5 else "none"
    if collar == "turtleneck":
        closure = pick(rng, {"zip": 0.6, "half zip": 0.4})
    details = _logo(rng, 0.25 if pattern == "solid color" else 0.0)
    if closure != "none":
        details.add("has zipper")
    if collar == "hooded":
        details.add("has hood")
        if rng.random() < 0.8:
            details.add("has drawstrings")
    if collar == "hooded" and rng.random() < 0.85:
        details.add("has pockets")
    formality = "athletic" if pattern == "solid color" and rng.random() < 0.3 else "casual"
    fit = pick(rng, {"regular": 0.55, "loose": 0.15, "oversized": 0.3})
    street = collar == "hooded" and (pattern == "graphic print" or fit == "oversized")
    style = ("streetwear",) if street else None
    return {"gender": _gender(rng, 0.4), "cut": "plain", "shot": _shot(rng), "collar": collar,
            "pattern": pattern, "sleeves": "long sleeve", "fit": fit,
            "formality": formality, "details": details, "closure": closure, "material": "knit fabric",
            "style": ("athletic", "sporty") if formality == "athletic" else style}


def _sweater(rng: np.random.Generator) -> Choice:
    collar = pick(rng, {"crew neck": 0.28, "V-neck": 0.28, "turtleneck": 0.4, "collar": 0.04})
    pattern = any_pattern(rng, solid_color=0.5, striped=0.22, graphic_print=0.0, floral_print=0.02,
                          polka_dots=0.05, abstract_print=0.03, checkered=0.03)
    sleeves = "sleeveless" if collar == "V-neck" and rng.random() < 0.2 else "long sleeve"
    details: set[str] = set()
    closure = "none"
    if collar == "V-neck" and sleeves == "long sleeve" and rng.random() < 0.3:
        closure = "buttons"  # a cardigan
        details.add("has buttons")
    if collar == "collar":
        closure = "half buttons"
        details.add("has buttons")
    return {"gender": _gender(rng, 0.5), "cut": "polo" if collar == "collar" else "plain", "shot": _shot(rng),
            "collar": collar, "pattern": pattern, "sleeves": sleeves,
            "fit": pick(rng, {"regular": 0.5, "fitted": 0.18, "loose": 0.16, "oversized": 0.16}),
            "formality": "casual", "details": details, "closure": closure, "material": "knit fabric",
            "style": _plain_style(pattern, details)}


def _jacket(rng: np.random.Generator) -> Choice:
    cut = pick(rng, {"track": 0.22, "bomber": 0.16, "biker": 0.2, "trucker": 0.18, "rain": 0.24})
    details = {"has pockets"}
    colours = COMMON
    formality: str | None = "casual"
    style: tuple[str, ...] | None = None
    pattern = "solid color"
    if cut == "track":
        collar, closure, material = "turtleneck", "zip", "synthetic"
        formality, style = "athletic", ("athletic", "sporty")
        details |= _logo(rng, 0.6)
    elif cut == "bomber":
        collar, closure = "turtleneck", "zip"
        material = pick(rng, {"synthetic": 0.6, "leather": 0.4})
        style = ("streetwear",)
    elif cut == "biker":
        collar, closure, material = "collar", "zip", "leather"
        colours = ("Black", "Brown", "Tan", "Maroon", "Black")
        style = ("vintage",) if rng.random() < 0.5 else None
    elif cut == "trucker":
        collar, closure, material = "collar", "buttons", "denim"
        colours = ("Blue", "Navy Blue", "Blue", "Black")
        style = ("vintage",)
    else:
        collar, closure = "hooded", "zip"
        material = pick(rng, {"synthetic": 0.8, "canvas": 0.2})
        details |= {"has hood"}
        if rng.random() < 0.5:
            details.add("has drawstrings")
        pattern = pick(rng, {"solid color": 0.75, "abstract print": 0.15, "checkered": 0.1})
    details.add("has zipper" if closure == "zip" else "has buttons")
    if cut == "biker" and closure == "zip":
        pass
    return {"gender": _gender(rng, 0.35), "cut": cut, "shot": _shot(rng, 0.45), "collar": collar,
            "pattern": pattern, "sleeves": "long sleeve",
            "fit": pick(rng, {"regular": 0.65, "fitted": 0.15, "loose": 0.1, "oversized": 0.1}),
            "formality": formality, "details": details, "closure": closure, "material": material,
            "style": style, "colours": colours}


def _blazer(rng: np.random.Generator) -> Choice:
    formality = pick(rng, {"formal": 0.6, "business casual": 0.4})
    pattern = "solid color" if formality == "formal" else pick(rng, {"solid color": 0.4, "checkered": 0.4, "striped": 0.2})
    return {"gender": _gender(rng, 0.3), "cut": "blazer", "shot": _shot(rng), "collar": "collar",
            "pattern": pattern, "sleeves": "long sleeve", "fit": pick(rng, {"regular": 0.6, "fitted": 0.4}),
            "formality": formality, "details": {"has pockets", "has buttons"}, "closure": "buttons",
            "material": "woven fabric", "style": ("professional", "elegant"),
            "colours": ("Black", "Navy Blue", "Charcoal", "Grey", "Brown", "Beige", "Maroon")}


def _top(rng: np.random.Generator) -> Choice:
    collar = pick(rng, {"scoop neck": 0.22, "no collar": 0.3, "other": 0.22, "crew neck": 0.12, "V-neck": 0.14})
    cut = "plain"
    sleeves = pick(rng, {"short sleeve": 0.3, "sleeveless": 0.28, "three-quarter sleeve": 0.28, "long sleeve": 0.14})
    if collar == "no collar":
        cut = pick(rng, {"straps": 0.5, "strapless": 0.22, "off-shoulder": 0.28})
        sleeves = "sleeveless" if cut != "off-shoulder" else "short sleeve"
    elif collar == "other":
        cut = pick(rng, {"boat": 0.34, "square": 0.26, "cowl": 0.24, "halter": 0.16})
        if cut == "halter":
            sleeves = "sleeveless"
    pattern = any_pattern(rng, graphic_print=0.06)
    fit = pick(rng, {"regular": 0.4, "fitted": 0.24, "loose": 0.28, "oversized": 0.08})
    details: set[str] = set()
    style = _plain_style(pattern, details)
    if pattern == "floral print" and (fit == "loose" or cut == "off-shoulder"):
        style = ("bohemian",)
    return {"gender": "Women" if rng.random() < 0.93 else "Girls", "cut": cut, "shot": _shot(rng, 0.6),
            "collar": collar, "pattern": pattern, "sleeves": sleeves, "fit": fit, "formality": "casual",
            "details": details, "closure": "none", "style": style,
            "material": "knit fabric" if cut in ("cowl", "straps") or rng.random() < 0.5 else "woven fabric"}


def _kurta(rng: np.random.Generator) -> Choice:
    collar = pick(rng, {"collar": 0.4, "scoop neck": 0.2, "V-neck": 0.2, "crew neck": 0.2})
    buttons = collar == "collar"
    pattern = any_pattern(rng, graphic_print=0.0)
    return {"gender": _gender(rng, 0.7), "cut": "mandarin" if buttons else "plain", "shot": _shot(rng, 0.6),
            "collar": collar, "pattern": pattern,
            "sleeves": pick(rng, {"three-quarter sleeve": 0.5, "long sleeve": 0.25, "short sleeve": 0.15, "sleeveless": 0.1}),
            "fit": pick(rng, {"regular": 0.7, "loose": 0.3}), "formality": "casual",
            "details": {"has buttons"} if buttons else set(), "closure": "half buttons" if buttons else "none",
            "material": "woven fabric", "style": ("bohemian",) if pattern == "floral print" else None}


def _dress(rng: np.random.Generator) -> Choice:
    choice = _top(rng)
    if choice["pattern"] == "graphic print":
        choice["pattern"] = "floral print"
    choice["fit"] = pick(rng, {"regular": 0.5, "fitted": 0.3, "loose": 0.2})
    choice["gender"] = "Women"
    choice["style"] = ("elegant",) if choice["pattern"] == "solid color" else None
    if choice["pattern"] == "floral print" and choice["fit"] == "loose":
        choice["style"] = ("bohemian",)
    if choice["cut"] == "plain" and choice["collar"] == "crew neck" and rng.random() < 0.5:
        choice.update(collar="collar", cut="shirt", closure="buttons", details={"has buttons"},
                      material="woven fabric", sleeves="short sleeve")
    return choice


def _vest(rng: np.random.Generator) -> Choice:
    return {"gender": "Men", "cut": "vest", "shot": _shot(rng, 0.4), "collar": "scoop neck", "pattern": "solid color",
            "sleeves": "sleeveless", "fit": "fitted", "formality": "casual", "details": set(),
            "closure": "none", "material": "knit fabric", "style": ("minimalist",),
            "colours": ("White", "White", "Black", "Grey", "Navy Blue", "Red")}


def _jeans(rng: np.random.Generator) -> Choice:
    return {"gender": _gender(rng, 0.45), "cut": "jeans", "shot": _shot(rng), "pattern": "solid color",
            "fit": pick(rng, {"fitted": 0.36, "regular": 0.34, "loose": 0.2, "oversized": 0.1}),
            "details": {"has pockets", "has buttons", "has zipper"}, "closure": "buttons", "material": "denim",
            "style": ("vintage",) if rng.random() < 0.3 else None,
            "colours": ("Blue", "Blue", "Navy Blue", "Navy Blue", "Black", "Charcoal")}


def _trousers(rng: np.random.Generator) -> Choice:
    formality = pick(rng, {"formal": 0.4, "business casual": 0.25, "casual": 0.35})
    pattern = pick(rng, {"solid color": 0.62, "striped": 0.16, "checkered": 0.22})
    cut = "cargo" if formality == "casual" and rng.random() < 0.4 else "chino"
    if cut == "cargo":
        pattern = pick(rng, {"solid color": 0.7, "abstract print": 0.3})
    grey = ("Black", "Charcoal", "Grey", "Navy Blue", "Brown")
    return {"gender": _gender(rng, 0.35), "cut": cut, "shot": _shot(rng), "pattern": pattern,
            "fit": pick(rng, {"fitted": 0.25, "regular": 0.5, "loose": 0.25}), "formality": formality,
            "details": {"has pockets", "has buttons", "has zipper"}, "closure": "buttons", "material": "woven fabric",
            "style": ("professional",) if formality != "casual" else None,
            "colours": grey if formality == "formal" else ("Khaki", "Beige", "Olive", "Grey", "Brown", "Navy Blue", "Tan", "Cream")}


def _shorts(rng: np.random.Generator) -> Choice:
    cut = pick(rng, {"sport": 0.4, "denim shorts": 0.25, "chino": 0.2, "cargo": 0.15})
    details = {"has pockets", "has buttons", "has zipper"}
    pattern, material, formality = "solid color", "woven fabric", "casual"
    choice: Choice = {}
    if cut == "sport":
        details = {"has drawstrings"} | _logo(rng, 0.5)
        if rng.random() < 0.4:
            details.add("has pockets")
        formality, material = "athletic", "synthetic"
        pattern = any_pattern(rng, graphic_print=0.0, solid_color=0.7)
    elif cut == "denim shorts":
        material = "denim"
        choice["colours"] = ("Blue", "Navy Blue", "Blue", "Black")
    elif cut == "chino":
        pattern = any_pattern(rng, graphic_print=0.0, checkered=0.2)
    return {**choice, "gender": _gender(rng, 0.4), "cut": cut, "shot": _shot(rng), "pattern": pattern,
            "fit": pick(rng, {"fitted": 0.2, "regular": 0.5, "loose": 0.3}), "formality": formality,
            "details": details, "closure": "none", "material": material,
            "style": ("athletic", "sporty") if cut == "sport" else None}


def _track_pants(rng: np.random.Generator) -> Choice:
    details = _logo(rng, 0.5)
    if rng.random() < 0.75:
        details.add("has drawstrings")
    if rng.random() < 0.6:
        details.add("has pockets")
        if rng.random() < 0.3:
            details.add("has zipper")
    return {"gender": _gender(rng, 0.4), "cut": "track", "shot": _shot(rng), "pattern": "solid color",
            "fit": pick(rng, {"fitted": 0.15, "regular": 0.5, "loose": 0.35}), "formality": "athletic",
            "details": details, "material": "knit fabric", "style": ("athletic", "sporty"),
            "colours": ("Black", "Navy Blue", "Grey", "Charcoal", "Blue", "Maroon", "Green", "Red", "Purple")}


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
    return {"gender": "Women", "cut": cut, "shot": _shot(rng, 0.55), "pattern": pattern,
            "fit": "fitted" if cut == "pencil" else "regular" if cut in ("mini", "denim") else "loose",
            "formality": "formal" if formal else "casual", "details": details, "style": style,
            "material": "denim" if cut == "denim" else "woven fabric",
            "colours": ("Blue", "Navy Blue", "Black") if cut == "denim" else COMMON}


def _underwear(rng: np.random.Generator) -> Choice:
    pattern = any_pattern(rng, graphic_print=0.0, solid_color=0.55)
    return {"gender": "Men", "cut": "plain", "shot": "laid", "pattern": pattern, "fit": "fitted",
            "details": _logo(rng, 0.4), "material": "knit fabric", "style": None}


def _casual_shoes(rng: np.random.Generator) -> Choice:
    cut = pick(rng, {"plimsoll": 0.4, "high top": 0.22, "derby": 0.2, "loafer": 0.18})
    cloth = cut in ("plimsoll", "high top")
    material = pick(rng, {"canvas": 0.75, "denim": 0.1, "synthetic": 0.15}) if cloth else "leather"
    pattern = any_pattern(rng, graphic_print=0.0, solid_color=0.8) if cloth and material == "canvas" else "solid color"
    return {"gender": _gender(rng, 0.4), "cut": cut, "shot": "laid", "pattern": pattern, "material": material,
            "formality": "business casual" if cut == "loafer" else "casual",
            "details": _logo(rng, 0.3 if pattern == "solid color" and cut != "loafer" else 0.0), "style": None,
            "colour_name": "Blue" if material == "denim" else None,
            "colours": COMMON if cloth else ("Brown", "Tan", "Black", "Rust", "Olive", "Navy Blue")}


def _sports_shoes(rng: np.random.Generator) -> Choice:
    return {"gender": _gender(rng, 0.4), "cut": "runner", "shot": "laid", "pattern": "solid color",
            "material": "synthetic", "formality": "athletic", "details": set(), "style": ("athletic", "sporty"),
            "colours": ("White", "White", "Grey", "Black", "Blue", "Red", "Charcoal", "Navy Blue", "Lime Green", "Orange")}


def _formal_shoes(rng: np.random.Generator) -> Choice:
    cut = pick(rng, {"oxford": 0.6, "loafer": 0.4})
    return {"gender": "Men", "cut": cut, "shot": "laid", "pattern": "solid color", "material": "leather",
            "formality": "formal", "details": set(), "style": ("professional", "elegant"),
            "colours": ("Black", "Black", "Brown", "Tan", "Burgundy")}


def _sandals(rng: np.random.Generator) -> Choice:
    material = pick(rng, {"leather": 0.7, "synthetic": 0.3})
    return {"gender": _gender(rng, 0.5), "cut": "sandal", "shot": "laid", "pattern": "solid color", "material": material,
            "details": set(), "style": None,
            "colours": ("Brown", "Black", "Tan", "Beige", "Grey", "Rust", "Gold", "Navy Blue", "Red")}


def _flip_flops(rng: np.random.Generator) -> Choice:
    pattern = any_pattern(rng, graphic_print=0.0, solid_color=0.6)
    return {"gender": _gender(rng, 0.5), "cut": "flip flop", "shot": "laid", "pattern": pattern, "material": "synthetic",
            "details": _logo(rng, 0.3 if pattern == "solid color" else 0.0), "style": None}


def _handbag(rng: np.random.Generator) -> Choice:
    material = pick(rng, {"leather": 0.55, "canvas": 0.25, "synthetic": 0.2})
    cut = pick(rng, {"tote": 0.4, "satchel": 0.35, "hobo": 0.25})
    pattern = "solid color" if material != "canvas" else any_pattern(rng, solid_color=0.4)
    details: set[str] = set()
    if cut != "satchel" and rng.random() < 0.5:
        details.add("has zipper")
    if cut != "satchel" and pattern == "solid color" and rng.random() < 0.3:
        details.add("has pockets")
    elif pattern == "solid color":
        details |= _logo(rng, 0.3)
    return {"gender": "Women", "cut": cut, "shot": "laid", "pattern": pattern, "material": material,
            "details": details, "style": ("elegant",) if material == "leather" and cut == "satchel" else None}


def _backpack(rng: np.random.Generator) -> Choice:
    material = pick(rng, {"synthetic": 0.7, "canvas": 0.3})
    pattern = any_pattern(rng, solid_color=0.8, graphic_print=0.0)
    return {"gender": "Unisex", "cut": "pack", "shot": "laid", "pattern": pattern, "material": material,
            "details": {"has pockets", "has zipper"} | _logo(rng, 0.5 if pattern == "solid color" else 0.0), "style": None}


def _wallet(rng: np.random.Generator) -> Choice:
    women = rng.random() < 0.4
    return {"gender": "Women" if women else "Men", "cut": "purse" if women else "bifold", "shot": "laid",
            "pattern": "solid color", "material": "leather", "details": _logo(rng, 0.4),
            "style": None, "colours": COMMON if women else ("Black", "Brown", "Tan", "Burgundy", "Brown")}


def _belt(rng: np.random.Generator) -> Choice:
    formal = rng.random() < 0.4
    return {"gender": _gender(rng, 0.25), "cut": "belt", "shot": "laid", "pattern": "solid color",
            "material": "leather" if formal or rng.random() < 0.7 else "canvas", "formality": "formal" if formal else "casual",
            "details": set(), "style": ("professional",) if formal else None,
            "colours": ("Black", "Brown") if formal else ("Brown", "Tan", "White", "Olive", "Red", "Navy Blue", "Khaki")}


def _watch(rng: np.random.Generator) -> Choice:
    cut = pick(rng, {"bracelet": 0.6, "strap": 0.4})
    return {"gender": _gender(rng, 0.4), "cut": cut, "shot": "laid", "pattern": "solid color", "material": "metal",
            "details": set(), "style": ("modern",) if cut == "bracelet" else None,
            "colours": ("Silver", "Steel", "Gold", "Copper", "Charcoal")}


def _jewel(cuts: tuple[str, ...]) -> Callable[[np.random.Generator], Choice]:
    def choose_jewel(rng: np.random.Generator) -> Choice:
        return {"gender": "Women", "cut": cuts[int(rng.integers(len(cuts)))], "shot": "laid", "pattern": "no clear pattern",
                "material": "metal", "details": set(), "style": ("elegant",), "colours": ("Gold", "Silver", "Copper", "Gold", "Silver")}

    return choose_jewel


def _sunglasses(rng: np.random.Generator) -> Choice:
    cut = pick(rng, {"wayfarer": 0.5, "aviator": 0.3, "round": 0.2})
    metal = cut == "aviator" or (cut == "round" and rng.random() < 0.5)
    return {"gender": _gender(rng, 0.5), "cut": cut, "shot": "laid", "pattern": "no clear pattern",
            "material": "metal" if metal else "synthetic", "details": set(),
            "style": ("vintage",) if cut == "round" else None,
            "colours": ("Gold", "Silver", "Steel", "Copper") if metal else ("Black", "Brown", "Black", "Red", "White", "Purple", "Teal")}


def _tie(rng: np.random.Generator) -> Choice:
    pattern = pick(rng, {"striped": 0.34, "solid color": 0.14, "checkered": 0.14, "polka dots": 0.18, "geometric pattern": 0.14, "floral print": 0.06})
    return {"gender": "Men", "cut": "tie", "shot": "laid", "pattern": pattern, "material": "woven fabric",
            "formality": "formal", "details": set(), "style": ("professional",)}


def _cap(rng: np.random.Generator) -> Choice:
    pattern = any_pattern(rng, graphic_print=0.0, solid_color=0.7)
    athletic = pattern == "solid color" and rng.random() < 0.3
    return {"gender": "Unisex", "cut": "cap", "shot": "laid", "pattern": pattern,
            "material": "synthetic" if athletic else "woven fabric", "formality": "athletic" if athletic else "casual",
            "details": _logo(rng, 0.6 if pattern == "solid color" else 0.0), "style": ("sporty",) if athletic else ("streetwear",)}


def _socks(rng: np.random.Generator) -> Choice:
    pattern = any_pattern(rng, graphic_print=0.0, solid_color=0.3, geometric_pattern=0.2)
    formality = pick(rng, {"casual": 0.6, "athletic": 0.4}) if pattern in ("solid color", "striped") else "casual"
    return {"gender": _gender(rng, 0.3), "cut": "sock", "shot": "laid", "pattern": pattern, "material": "knit fabric",
            "formality": formality, "details": _logo(rng, 0.6 if formality == "athletic" and pattern == "solid color" else 0.0), "style": None}


def _scarf(rng: np.random.Generator) -> Choice:
    return {"gender": "Women" if rng.random() < 0.75 else "Unisex", "cut": "scarf", "shot": "laid", "pattern": any_pattern(rng, graphic_print=0.0),
            "material": pick(rng, {"woven fabric": 0.7, "knit fabric": 0.3}), "details": set(), "style": None}


def _perfume(rng: np.random.Generator) -> Choice:
    return {"gender": _gender(rng, 0.5), "cut": pick(rng, {"box": 0.45, "round": 0.25, "spray": 0.3}), "shot": "laid",
            "pattern": "no clear pattern", "material": "unknown", "details": set(), "style": None}


ARTICLES: dict[str, Callable[[np.random.Generator], Choice]] = {
    "Tshirts": _tshirt, "Shirts": _shirt, "Sweatshirts": _sweatshirt, "Sweaters": _sweater,
    "Jackets": _jacket, "Blazers": _blazer, "Tops": _top, "Kurtas": _kurta, "Dresses": _dress,
    "Innerwear Vests": _vest, "Briefs": _underwear, "Trunk": _underwear, "Jeans": _jeans,
    "Trousers": _trousers, "Shorts": _shorts, "Track Pants": _track_pants, "Skirts": _skirt,
    "Casual Shoes": _casual_shoes, "Sports Shoes": _sports_shoes, "Formal Shoes": _formal_shoes,
    "Sandals": _sandals, "Flip Flops": _flip_flops, "Handbags": _handbag, "Backpacks": _backpack,
    "Wallets": _wallet, "Belts": _belt, "Watches": _watch, "Necklace and Chains": _jewel(("chain",)),
    "Ring": _jewel(("stone", "band")), "Bangle": _jewel(("bangle",)), "Earrings": _jewel(("drop",)),
    "Sunglasses": _sunglasses, "Ties": _tie, "Caps": _cap, "Socks": _socks, "Scarves": _scarf,
    "Perfume and Body Mist": _perfume,
}
_ = BASE_COLOURS
