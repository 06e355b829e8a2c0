"""Chance decides what to draw: a function for each article makes a choice that hangs together."""

from __future__ import annotations

import numpy as np

from hangtag.testing.chance import COMMON, make_recipe
from hangtag.testing.choices_accessories import ACCESSORIES
from hangtag.testing.choices_bottoms import BOTTOMS
from hangtag.testing.choices_tops import TOPS
from hangtag.testing.recipe import Recipe

ARTICLES = {**TOPS, **BOTTOMS, **ACCESSORIES}
"""Article type -> what decides everything about one such article."""


def choose(kind: str, rng: np.random.Generator) -> Recipe:
    """A recipe for one article type.

    Raises:
        KeyError: `kind` is not an article type that can be drawn.
    """
    choice = ARTICLES[kind](rng)
    colours = choice.pop("colours", COMMON)
    return make_recipe(str(choice.pop("article", kind)), choice, rng, colours)
