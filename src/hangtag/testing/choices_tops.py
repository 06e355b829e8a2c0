"""What tops and dresses can be."""

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
    plain_style,
    shot,
)


def _tshirt(rng: np.random.Generator) -> Choice:
    whose = gender(rng, 0.4)
    collar = pick(
        rng,
        {
            "crew neck": 0.36,
            "V-neck": 0.2,
            "collar": 0.2,
            "scoop neck": 0.13,
            "hooded": 0.07,
            "turtleneck": 0.04,
        },
    )
    pattern = any_pattern(rng, graphic_print=0.0 if collar == "collar" else 0.17)
    sleeves = pick(
        rng,
        {
            "short sleeve": 0.62,
            "long sleeve": 0.16,
            "three-quarter sleeve": 0.14,
            "sleeveless": 0.08,
        },
    )
    fit = pick(rng, {"regular": 0.5, "fitted": 0.2, "loose": 0.14, "oversized": 0.16})
    formality = (
        "athletic" if pattern in ("solid color", "striped") and rng.random() < 0.16 else "casual"
    )
    details = logo(rng, 0.3 if pattern != "graphic print" else 0.0)
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
    if (
        collar in ("crew neck", "V-neck")
        and pattern in ("solid color", "striped")
        and rng.random() < 0.1
    ):
        details.add("has pockets")
        details.discard("has logo")
    style = ("athletic", "sporty") if formality == "athletic" else plain_style(pattern, details)
    if pattern == "graphic print" and fit == "oversized":
        style = ("streetwear",)
    return {
        "gender": whose,
        "cut": cut,
        "shot": shot(rng),
        "collar": collar,
        "pattern": pattern,
        "sleeves": sleeves,
        "fit": fit,
        "formality": formality,
        "details": details,
        "closure": closure,
        "material": "synthetic"
        if formality == "athletic" and rng.random() < 0.0
        else "knit fabric",
        "style": style,
    }


def _shirt(rng: np.random.Generator) -> Choice:
    formality = pick(rng, {"casual": 0.5, "formal": 0.3, "business casual": 0.2})
    whose = gender(rng, 0.25)
    if formality == "formal":
        pattern = pick(rng, {"solid color": 0.6, "striped": 0.3, "checkered": 0.1})
    elif formality == "business casual":
        pattern = pick(rng, {"solid color": 0.4, "striped": 0.25, "checkered": 0.35})
    else:
        pattern = any_pattern(rng, checkered=0.2, graphic_print=0.0)
    material = (
        "denim"
        if formality == "casual" and pattern == "solid color" and rng.random() < 0.35
        else "woven fabric"
    )
    sleeves = pick(rng, {"long sleeve": 0.66, "short sleeve": 0.24, "three-quarter sleeve": 0.1})
    if formality == "formal":
        sleeves = "long sleeve"
    details = {"has buttons"}
    if rng.random() < 0.5 or material == "denim":
        details.add("has pockets")
    elif formality != "formal" and rng.random() < 0.25:
        details.add("has logo")
    collar = "collar"
    shown = "folded" if rng.random() < 0.14 else shot(rng)
    choice: Choice = {
        "gender": whose,
        "cut": "mandarin" if formality == "casual" and rng.random() < 0.08 else "shirt",
        "shot": shown,
        "collar": collar,
        "pattern": pattern,
        "sleeves": sleeves,
        "fit": pick(rng, {"regular": 0.58, "fitted": 0.24, "loose": 0.1, "oversized": 0.08}),
        "formality": formality,
        "details": details,
        "closure": "buttons",
        "material": material,
        "style": ("professional",) if formality != "casual" else None,
    }
    if shown == "folded":
        choice["fit"] = "cannot determine"
        choice["cut"] = "shirt"
        if choice["sleeves"] == "three-quarter sleeve":
            choice["sleeves"] = "long sleeve"
    if material == "denim":
        choice["colour_name"] = str(rng.choice(["Blue", "Navy Blue"]))
    if formality == "formal":
        choice["colour_name"] = str(
            rng.choice(["White", "Blue", "Grey", "Black", "Lavender", "Pink", "Cream"])
        )
    return choice


def _sweatshirt(rng: np.random.Generator) -> Choice:
    collar = pick(rng, {"hooded": 0.62, "crew neck": 0.24, "turtleneck": 0.08, "V-neck": 0.06})
    pattern = any_pattern(rng, solid_color=0.45, graphic_print=0.2, striped=0.12, checkered=0.03)
    closure = (
        "zip"
        if collar == "hooded" and pattern != "graphic print" and rng.random() < 0.5
        else "none"
    )
    if collar == "turtleneck":
        closure = pick(rng, {"zip": 0.6, "half zip": 0.4})
    details = logo(rng, 0.25 if pattern == "solid color" else 0.0)
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
    return {
        "gender": gender(rng, 0.4),
        "cut": "plain",
        "shot": shot(rng),
        "collar": collar,
        "pattern": pattern,
        "sleeves": "long sleeve",
        "fit": fit,
        "formality": formality,
        "details": details,
        "closure": closure,
        "material": "knit fabric",
        "style": ("athletic", "sporty") if formality == "athletic" else style,
    }


def _sweater(rng: np.random.Generator) -> Choice:
    collar = pick(rng, {"crew neck": 0.28, "V-neck": 0.28, "turtleneck": 0.4, "collar": 0.04})
    pattern = any_pattern(
        rng,
        solid_color=0.5,
        striped=0.22,
        graphic_print=0.0,
        floral_print=0.02,
        polka_dots=0.05,
        abstract_print=0.03,
        checkered=0.03,
    )
    sleeves = "sleeveless" if collar == "V-neck" and rng.random() < 0.2 else "long sleeve"
    details: set[str] = set()
    closure = "none"
    if collar == "V-neck" and sleeves == "long sleeve" and rng.random() < 0.3:
        closure = "buttons"  # a cardigan
        details.add("has buttons")
    if collar == "collar":
        closure = "half buttons"
        details.add("has buttons")
    return {
        "gender": gender(rng, 0.5),
        "cut": "polo" if collar == "collar" else "plain",
        "shot": shot(rng),
        "collar": collar,
        "pattern": pattern,
        "sleeves": sleeves,
        "fit": pick(rng, {"regular": 0.5, "fitted": 0.18, "loose": 0.16, "oversized": 0.16}),
        "formality": "casual",
        "details": details,
        "closure": closure,
        "material": "knit fabric",
        "style": plain_style(pattern, details),
    }


def _jacket(rng: np.random.Generator) -> Choice:
    cut = pick(rng, {"track": 0.22, "bomber": 0.16, "biker": 0.2, "trucker": 0.18, "rain": 0.24})
    details = {"has pockets"}
    colours: tuple[str, ...] = COMMON
    formality: str | None = "casual"
    style: tuple[str, ...] | None = None
    pattern = "solid color"
    if cut == "track":
        collar, closure, material = "turtleneck", "zip", "synthetic"
        formality, style = "athletic", ("athletic", "sporty")
        details |= logo(rng, 0.6)
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
    return {
        "gender": gender(rng, 0.35),
        "cut": cut,
        "shot": shot(rng, 0.45),
        "collar": collar,
        "pattern": pattern,
        "sleeves": "long sleeve",
        "fit": pick(rng, {"regular": 0.65, "fitted": 0.15, "loose": 0.1, "oversized": 0.1}),
        "formality": formality,
        "details": details,
        "closure": closure,
        "material": material,
        "style": style,
        "colours": colours,
    }


def _blazer(rng: np.random.Generator) -> Choice:
    formality = pick(rng, {"formal": 0.6, "business casual": 0.4})
    pattern = (
        "solid color"
        if formality == "formal"
        else pick(rng, {"solid color": 0.4, "checkered": 0.4, "striped": 0.2})
    )
    return {
        "gender": gender(rng, 0.3),
        "cut": "blazer",
        "shot": shot(rng),
        "collar": "collar",
        "pattern": pattern,
        "sleeves": "long sleeve",
        "fit": pick(rng, {"regular": 0.6, "fitted": 0.4}),
        "formality": formality,
        "details": {"has pockets", "has buttons"},
        "closure": "buttons",
        "material": "woven fabric",
        "style": ("professional", "elegant"),
        "colours": ("Black", "Navy Blue", "Charcoal", "Grey", "Brown", "Beige", "Maroon"),
    }


def _top(rng: np.random.Generator) -> Choice:
    collar = pick(
        rng,
        {"scoop neck": 0.22, "no collar": 0.3, "other": 0.22, "crew neck": 0.12, "V-neck": 0.14},
    )
    cut = "plain"
    sleeves = pick(
        rng,
        {
            "short sleeve": 0.3,
            "sleeveless": 0.28,
            "three-quarter sleeve": 0.28,
            "long sleeve": 0.14,
        },
    )
    if collar == "no collar":
        cut = pick(rng, {"straps": 0.5, "strapless": 0.22, "off-shoulder": 0.28})
        sleeves = "sleeveless" if cut != "off-shoulder" else "short sleeve"
    elif collar == "other":
        cut = pick(rng, {"boat": 0.34, "square": 0.26, "cowl": 0.24, "halter": 0.16})
        if cut == "halter":
            sleeves = "sleeveless"
    # The folds of a cowl would hide a picture.
    pattern = any_pattern(rng, graphic_print=0.0 if cut == "cowl" else 0.06)
    fit = pick(rng, {"regular": 0.4, "fitted": 0.24, "loose": 0.28, "oversized": 0.08})
    details: set[str] = set()
    style = plain_style(pattern, details)
    if pattern == "floral print" and (fit == "loose" or cut == "off-shoulder"):
        style = ("bohemian",)
    return {
        "gender": "Women" if rng.random() < 0.93 else "Girls",
        "cut": cut,
        "shot": shot(rng, 0.6),
        "collar": collar,
        "pattern": pattern,
        "sleeves": sleeves,
        "fit": fit,
        "formality": "casual",
        "details": details,
        "closure": "none",
        "style": style,
        "material": "knit fabric"
        if cut in ("cowl", "straps") or rng.random() < 0.5
        else "woven fabric",
    }


def _kurta(rng: np.random.Generator) -> Choice:
    collar = pick(rng, {"collar": 0.4, "scoop neck": 0.2, "V-neck": 0.2, "crew neck": 0.2})
    buttons = collar == "collar"
    pattern = any_pattern(rng, graphic_print=0.0)
    return {
        "gender": gender(rng, 0.7),
        "cut": "mandarin" if buttons else "plain",
        "shot": shot(rng, 0.6),
        "collar": collar,
        "pattern": pattern,
        "sleeves": pick(
            rng,
            {
                "three-quarter sleeve": 0.5,
                "long sleeve": 0.25,
                "short sleeve": 0.15,
                "sleeveless": 0.1,
            },
        ),
        "fit": pick(rng, {"regular": 0.7, "loose": 0.3}),
        "formality": "casual",
        "details": {"has buttons"} if buttons else set(),
        "closure": "half buttons" if buttons else "none",
        "material": "woven fabric",
        "style": ("bohemian",) if pattern == "floral print" else None,
    }


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
        choice.update(
            collar="collar",
            cut="shirt",
            closure="buttons",
            details={"has buttons"},
            material="woven fabric",
            sleeves="short sleeve",
        )
    return choice


def _vest(rng: np.random.Generator) -> Choice:
    return {
        "gender": "Men",
        "cut": "vest",
        "shot": shot(rng, 0.4),
        "collar": "scoop neck",
        "pattern": "solid color",
        "sleeves": "sleeveless",
        "fit": "fitted",
        "formality": "casual",
        "details": set(),
        "closure": "none",
        "material": "knit fabric",
        "style": ("minimalist",),
        "colours": ("White", "White", "Black", "Grey", "Navy Blue", "Red"),
    }


TOPS: dict[str, Callable[[np.random.Generator], Choice]] = {
    "Tshirts": _tshirt,
    "Shirts": _shirt,
    "Sweatshirts": _sweatshirt,
    "Sweaters": _sweater,
    "Jackets": _jacket,
    "Blazers": _blazer,
    "Tops": _top,
    "Kurtas": _kurta,
    "Dresses": _dress,
    "Innerwear Vests": _vest,
}
