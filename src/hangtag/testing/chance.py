"""The draws that every article shares: patterns, colours, who wears it, how it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hangtag.testing.palette import RGB, far_from, shade_of
from hangtag.testing.recipe import Recipe

PATTERNS = {
    "solid color": 0.22,
    "striped": 0.13,
    "graphic print": 0.13,
    "floral print": 0.1,
    "polka dots": 0.11,
    "checkered": 0.08,
    "geometric pattern": 0.12,
    "abstract print": 0.11,
}
"""How often each pattern is drawn where any may be: rare ones far above their share in shops."""

COMMON = (
    "Black",
    "White",
    "Blue",
    "Grey",
    "Red",
    "Green",
    "Pink",
    "Navy Blue",
    "Purple",
    "Yellow",
    "Beige",
    "Maroon",
    "Orange",
    "Olive",
    "Cream",
    "Charcoal",
    "Peach",
    "Lavender",
    "Teal",
    "Magenta",
    "Mustard",
    "Rust",
    "Burgundy",
    "Turquoise Blue",
    "Sea Green",
    "Lime Green",
    "Khaki",
    "Brown",
    "Tan",
)

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
    second: RGB = far_from([colour], rng, 110 if loud else 80, 0.22 if loud else 0.0)
    third: RGB = far_from([colour, second], rng, 80)
    # White is the commonest partner of any colour in real prints.
    if loud and rng.random() < 0.3 and name not in ("White", "Cream", "Beige", "Peach"):
        second = (244, 243, 240)
    choice["details"] = tuple(sorted(choice.get("details", ())))
    return Recipe(
        seed=int(rng.integers(2**31)),
        article=article,
        colour_name=name,
        colour=colour,
        second=second,
        third=third,
        **choice,
    )


def shot(rng: np.random.Generator, worn: float = 0.5) -> str:
    """`model` as often as `worn` says, else `laid`."""
    return "model" if rng.random() < worn else "laid"


def gender(rng: np.random.Generator, women: float = 0.5) -> str:
    """For whom; `women` is the share of women and girls."""
    if rng.random() < 0.06:
        return "Girls" if rng.random() < women else "Boys"
    return "Women" if rng.random() < women else "Men"


def logo(rng: np.random.Generator, chance: float) -> set[str]:
    """A logo among the details, or none."""
    return {"has logo"} if rng.random() < chance else set()


def plain_style(pattern: str, details: set[str]) -> tuple[str, ...] | None:
    """Minimalist where there is nothing to see; else undecided."""
    return ("minimalist",) if pattern == "solid color" and not details else None
