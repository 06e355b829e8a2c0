"""From a drawn page to a photo: background, shadow, grain, lamp and camera."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from hangtag.testing.canvas import Canvas
from hangtag.testing.geometry import PAGE_HEIGHT, PAGE_WIDTH
from hangtag.testing.grain import grain
from hangtag.testing.palette import RGB
from hangtag.testing.recipe import Recipe

OpenPage = Callable[[float, float, float, float], Canvas]
"""Opens the page for a drawing that will reach from (x0, y0) to (x1, y1)."""


def take_photo(
    recipe: Recipe, draw: Callable[[Recipe, OpenPage], Canvas], height: int
) -> Image.Image:
    """Draw a product and photograph it: RGB, `height` pixels tall and 3/4 of that wide."""
    rng = recipe.chance("studio")
    worn = recipe.shot == "model"
    background = _background(rng)
    margin = float(rng.uniform(0.0, 0.05) if worn else rng.uniform(0.02, 0.12))
    tilt = float(rng.normal(0, 0.8 if worn else 1.6))
    off = rng.normal(0, 0.012, 2)

    def open_page(x0: float, y0: float, x1: float, y1: float) -> Canvas:
        zoom = min(PAGE_WIDTH / (x1 - x0), PAGE_HEIGHT / (y1 - y0)) * (1 - 2 * margin)
        focus = (
            (x0 + x1) / 2 + off[0] * PAGE_WIDTH / zoom,
            (y0 + y1) / 2 + off[1] * PAGE_HEIGHT / zoom,
        )
        return Canvas(
            height, recipe.chance("wobble"), background, zoom=zoom, focus=focus, tilt=tilt
        )

    page = draw(recipe, open_page)
    return _develop(page, recipe, background, rng)


def _background(rng: np.random.Generator) -> RGB:
    if rng.random() < 0.72:
        return 255, 255, 255
    level = float(rng.uniform(224, 253))
    warm = float(rng.normal(0, 2))
    r, g, b = (int(np.clip(v, 0, 255)) for v in (level + warm, level, level - warm))
    return r, g, b


def _develop(
    page: Canvas, recipe: Recipe, background: RGB, rng: np.random.Generator
) -> Image.Image:
    colour, light, gloss, covered, cloth = page.developed()
    h, w = light.shape
    light = light * (1 + cloth * (grain(recipe.material, h, w, page.scale / 2, rng) - 1))
    light *= _lamp(h, w, rng)
    # Around the product light stays even, so that its edge blends into the background's own colour.
    light = 1 + (light - 1) * covered
    photo = colour * light[..., None] + gloss[..., None] * 255
    photo *= (1 - _shadow(page, rng) * (1 - covered))[..., None]
    if background != (255, 255, 255) and rng.random() < 0.6:
        fall = np.linspace(1, float(rng.uniform(0.86, 1.0)), h, dtype=np.float32)[:, None]
        photo *= (1 - (1 - fall) * (1 - covered))[..., None]
    noise = rng.standard_normal((h, w), dtype=np.float32) * float(rng.uniform(0.4, 2.6))
    photo += (noise * (0.25 + 0.75 * covered))[..., None]
    photo *= rng.normal(1, 0.012, 3).astype(np.float32)
    if background == (255, 255, 255):
        photo += ((1 - covered) * 3)[..., None]
    picture = Image.fromarray(np.clip(photo, 0, 255).astype(np.uint8), "RGB")
    if rng.random() < 0.3:
        picture = picture.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.2, 0.7)) * h / 640))
    return picture


def _lamp(h: int, w: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Light from one side, a little uneven: (h, w), about 1."""
    x = np.linspace(-1, 1, w, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, h, dtype=np.float32)[:, None]
    side, top = rng.normal(0, 0.06), rng.normal(-0.03, 0.04)
    return np.asarray(1 + side * x + top * y, dtype=np.float32) * np.float32(
        rng.uniform(0.94, 1.05)
    )


def _shadow(page: Canvas, rng: np.random.Generator) -> NDArray[np.float32]:
    """A soft shadow on the background: (h, w), 0 where there is none."""
    strength = float(rng.uniform(0.0, 0.26))
    small = page.covered.reduce(8)
    dx, dy = rng.uniform(-0.02, 0.02), rng.uniform(0.0, 0.022)
    moved = small.transform(
        small.size, Image.Transform.AFFINE, (1, 0, -dx * small.width, 0, 1, -dy * small.height)
    ).filter(ImageFilter.GaussianBlur(small.height * 0.018))
    wide = moved.resize((page.width, page.height), Image.Resampling.BILINEAR)
    return np.asarray(wide, dtype=np.float32) * np.float32(strength / 255)
