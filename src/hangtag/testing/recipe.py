"""What a drawing is made from: all that is decided before the first line is drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hangtag.testing.cloth import Cloth
from hangtag.testing.palette import RGB, brightness, darker, lighter
from hangtag.testing.prints import printed_cloth


@dataclass(frozen=True)
class Recipe:
    """One product to draw. Attribute fields hold options of the taxonomy.

    Attributes:
        seed: of all that is random in the drawing itself.
        article: an article type of the Kaggle catalog, such as `Tshirts`.
        cut: which variety of the article, such as `polo`; each drawing module knows its own.
        shot: `model`, `laid` (the garment alone) or `folded`.
        colour_name, colour: of the product's ground.
        second, third: colours of its print and trimmings.
        closure: `none`, `buttons`, `half buttons`, `zip` or `half zip`.
        details: those that can be seen; an empty tuple means that there are none.
        fit, formality, style: None where the truth cannot be decided.
    """

    seed: int
    article: str
    gender: str
    cut: str
    shot: str
    colour_name: str
    colour: RGB
    second: RGB
    third: RGB
    material: str
    pattern: str
    collar: str = "not applicable"
    sleeves: str = "not applicable"
    fit: str | None = None
    formality: str | None = "casual"
    style: tuple[str, ...] | None = None
    details: tuple[str, ...] = ()
    closure: str = "none"

    @property
    def women(self) -> bool:
        """Whether it is cut for women or girls."""
        return self.gender in ("Women", "Girls")

    def chance(self, purpose: str) -> np.random.Generator:
        """Random numbers of this product for one purpose, the same at every call."""
        return np.random.default_rng([self.seed, *purpose.encode()])

    def cloth(self, *, upright: bool = False, size: float = 1.0) -> Cloth:
        """The product's cloth with its print on it."""
        return printed_cloth(
            self.pattern,
            self.colour,
            [self.second, self.third],
            int(self.chance("print").integers(2**31)),
            upright=upright,
            size=size,
        )

    def thread(self) -> RGB:
        """A line colour that shows on the ground: darker, or lighter where that is nearly black."""
        if brightness(self.colour) < 0.22:
            return lighter(self.colour, 0.2)
        return darker(self.colour, 0.3)
