"""The sample catalog as files: what a shop would hand over, and the truth beside it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hangtag.testing.drawn_catalog import OPTIONS, drawn_catalog
from hangtag.testing.product import DrawnProduct

STYLES_HEADER = (
    "id",
    "gender",
    "masterCategory",
    "subCategory",
    "articleType",
    "baseColour",
    "season",
    "year",
    "usage",
    "productDisplayName",
)
LABELS_HEADER = ("id", "attribute", "value", "accepted", "present", "source")
_METADATA = (
    "gender",
    "master_category",
    "sub_category",
    "article_type",
    "base_colour",
    "season",
    "year",
    "usage",
    "title",
)


@dataclass(frozen=True)
class DrawnCatalogFiles:
    """Where a drawn catalog was written."""

    styles: Path
    images: Path
    labels: Path


def write_drawn_catalog(folder: str | Path, n: int = 72, seed: int = 0) -> DrawnCatalogFiles:
    """Write a drawn catalog: `styles.csv`, `images/<id>.jpg` (480×640) and `labels.csv`.

    `styles.csv` has the columns of the Kaggle catalog. `labels.csv` has one row for each
    single-choice attribute that is decided, and one for each option of `details`, whose `present`
    tells whether the product has it. Files of the same names are replaced.

    Args:
        folder: made if it is missing.
        n: how many products, at least 60.
        seed: the same seed gives the same files.

    Raises:
        ValueError: `n` is less than 60.
        OSError: the folder cannot be written.
    """
    products = drawn_catalog(n, seed)
    root = Path(folder)
    files = DrawnCatalogFiles(root / "styles.csv", root / "images", root / "labels.csv")
    files.images.mkdir(parents=True, exist_ok=True)
    with files.styles.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(STYLES_HEADER)
        writer.writerows((p.id, *(p.metadata[key] for key in _METADATA)) for p in products)
    with files.labels.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(LABELS_HEADER)
        for product in products:
            writer.writerows(_labels(product))
    for product in products:
        product.photo(640).save(files.images / f"{product.id}.jpg", quality=90)
    return files


def _labels(product: DrawnProduct) -> Iterator[tuple[str, str, str, str, str, str]]:
    for attribute, options in product.truth.items():
        if attribute == "details":
            for option in OPTIONS["details"]:
                present = str(option in options)
                yield product.id, attribute, option, option, present, "drawn"
        elif attribute != "style_keywords":
            yield product.id, attribute, options[0], options[0], "True", "drawn"
