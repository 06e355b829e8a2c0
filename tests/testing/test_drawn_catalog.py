"""The sample catalog that the demo, the docs and other tests stand on."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hangtag.testing import DrawnProduct, drawn_catalog, random_product, write_drawn_catalog
from hangtag.testing.drawn_catalog import OPTIONS, SMALLEST
from hangtag.testing.product import CATEGORIES


@pytest.fixture(scope="module")
def catalog() -> list[DrawnProduct]:
    return drawn_catalog()


@pytest.mark.parametrize(("n", "seed"), [(SMALLEST, 0), (SMALLEST, 5), (72, 0), (90, 1)])
def test_every_option_and_every_category_appears(n: int, seed: int) -> None:
    """Whatever its size and seed, a catalog has each option of each attribute and each category."""
    products = drawn_catalog(n, seed)
    assert len(products) == len({p.id for p in products}) == n
    for attribute, options in OPTIONS.items():
        seen = {o for p in products for o in p.truth.get(attribute, ())}
        assert seen == set(options), attribute
    kinds = {(p.metadata["master_category"], p.metadata["sub_category"]) for p in products}
    assert kinds == set(CATEGORIES.values())


def test_too_small_a_catalog_is_refused_with_the_reason() -> None:
    """A catalog in which not every option has room says how many products it needs."""
    with pytest.raises(ValueError, match="at least 60"):
        drawn_catalog(10)


def test_truth_hangs_together(catalog: list[DrawnProduct]) -> None:
    """A hood is both a collar and a detail; only garments for the upper body have sleeves."""
    for product in catalog + [random_product(np.random.default_rng(k)) for k in range(300)]:
        truth = product.truth
        assert (truth["collar"] == ("hooded",)) == ("has hood" in truth["details"])
        upper = product.metadata["sub_category"] in ("Topwear", "Dress") or (
            product.metadata["article_type"] == "Innerwear Vests"
        )
        assert (truth["sleeves"] == ("not applicable",)) != upper
        assert (truth["collar"] == ("not applicable",)) != upper
        for attribute, options in truth.items():
            assert set(options) <= set(OPTIONS[attribute])


def test_the_same_seed_gives_the_same_pixels() -> None:
    """A product drawn twice, in any size, is the same picture to the last pixel."""
    first, second = (drawn_catalog(60, seed=3)[:6] for _ in range(2))
    for a, b in zip(first, second, strict=True):
        assert a.metadata == b.metadata
        assert a.photo(160).tobytes() == b.photo(160).tobytes() == a.photo(160).tobytes()


def test_photos_differ_between_products_and_are_not_blank(catalog: list[DrawnProduct]) -> None:
    """No two products share a photo, and a good part of each photo is the product."""
    photos = [p.photo(96) for p in catalog]
    assert {photo.size for photo in photos} == {(72, 96)}
    assert len({photo.tobytes() for photo in photos}) == len(catalog)
    for product, photo in zip(catalog, photos, strict=True):
        pixels = np.asarray(photo, dtype=np.float32)
        drawn = np.abs(pixels - pixels[2, 2]).max(axis=2) > 20
        assert 0.01 < drawn.mean() < 0.95, product.metadata["title"]


@pytest.mark.parametrize(
    "pattern",
    ["striped", "checkered", "polka dots", "floral print", "geometric pattern", "abstract print"],
)
def test_prints_can_be_seen(pattern: str) -> None:
    """A garment whose truth names a print has more than its ground colour on it."""
    rng = np.random.default_rng(4)
    found = 0
    while found < 4:
        product = random_product(rng, "Kurtas")
        if product.truth["pattern"] != (pattern,):
            continue
        found += 1
        chest = np.asarray(product.photo(320), dtype=np.float32)[130:190, 95:145]
        assert chest.mean(axis=2).std() > 7, product.metadata["title"]


@pytest.mark.parametrize("kind", ["Topwear", "Dress", "Watches", "Track Pants"])
def test_a_kind_may_be_asked_for(kind: str) -> None:
    """`random_product` draws the article type or the sub category it is asked for."""
    metadata = random_product(np.random.default_rng(1), kind).metadata
    assert kind in (metadata["sub_category"], metadata["article_type"])


def test_an_unknown_kind_lists_what_there_is() -> None:
    """Whoever asks for something that cannot be drawn is told what can."""
    with pytest.raises(ValueError, match="Tshirts"):
        random_product(np.random.default_rng(1), "Submarines")


def test_files_say_what_the_products_say(tmp_path: Path) -> None:
    """The written catalog and labels agree with the drawn products, line by line."""
    files = write_drawn_catalog(tmp_path / "shop", n=60, seed=2)
    products = {p.id: p for p in drawn_catalog(60, seed=2)}
    with files.styles.open(encoding="utf-8") as lines:
        styles = list(csv.DictReader(lines))
    assert [row["id"] for row in styles] == list(products)
    for row in styles:
        metadata = products[row["id"]].metadata
        assert row["productDisplayName"] == metadata["title"]
        assert row["articleType"] == metadata["article_type"]
        with Image.open(files.images / f"{row['id']}.jpg") as photo:
            assert photo.size == (480, 640)
    with files.labels.open(encoding="utf-8") as lines:
        labels = list(csv.DictReader(lines))
    for row in labels:
        options = products[row["id"]].truth[row["attribute"]]
        assert (row["value"] in options) == (row["present"] == "True")
    told = {(row["id"], row["attribute"]) for row in labels}
    known = {(p.id, a) for p in products.values() for a in p.truth if a != "style_keywords"}
    assert told == known
