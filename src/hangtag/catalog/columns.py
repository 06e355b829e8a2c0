"""Other people's column names, and ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from hangtag.errors import CatalogError
from hangtag.readings import CATALOG

__all__ = ["match_columns"]

# By column of ours, the names it goes by in the catalogs we know, best first. The camel-case ones
# are of the Kaggle "Fashion Product Images" file.
_KNOWN: Mapping[str, Sequence[str]] = {
    "product_id": ("product_id", "id", "sku", "item_id", "article_id", "handle", "uid", "asin"),
    "photo": ("photo", "image_path", "image", "image_file", "filename", "file_name", "path", "img"),
    "title": ("title", "productDisplayName", "product_name", "display_name", "name", "prod_name"),
    "gender": ("gender", "sex", "target_gender", "index_group_name"),
    "master_category": ("master_category", "masterCategory", "department"),
    "sub_category": ("sub_category", "subCategory", "category", "product_group_name"),
    "article_type": ("article_type", "articleType", "product_type", "type", "product_type_name"),
    "base_colour": ("base_colour", "baseColour", "colour", "color", "base_color", "colour_group"),
    "season": ("season",),
    "year": ("year",),
    "usage": ("usage", "occasion"),
    "brand": ("brand", "vendor", "manufacturer"),
    "price": ("price",),
    "description": ("description", "body_html", "detail_desc", "long_description"),
}


def match_columns(found: Iterable[str], asked: Mapping[str, str] | None = None) -> dict[str, str]:
    """Our name → theirs, for each column of ours that the catalog has.

    ``asked`` are the user's own pairs and come before what is known. Raises CatalogError when one
    of them names no column, or when nothing is left for the product id.
    """
    theirs = list(found)
    by_case = {name.strip().casefold(): name for name in reversed(theirs)}
    matched: dict[str, str] = {}
    for ours, name in (asked or {}).items():
        if ours not in CATALOG.names:
            raise CatalogError(
                f"hangtag has no column {ours!r}.", f"It has {', '.join(CATALOG.names)}."
            )
        if name not in theirs:
            raise CatalogError(f"The catalog has no column {name!r}.", _suggestion(name, theirs))
        matched[ours] = name
    taken = set(matched.values())
    for ours, names in _KNOWN.items():
        known = (by_case.get(name.casefold()) for name in names)
        name_there = next((name for name in known if name is not None and name not in taken), None)
        if ours not in matched and name_there is not None:
            matched[ours] = name_there
            taken.add(name_there)
    if "product_id" not in matched:
        raise CatalogError(
            "The catalog has no column that looks like a product id.",
            f"Name it with --columns product_id=NAME; it has {', '.join(map(repr, theirs))}.",
        )
    return matched


def _suggestion(name: str, theirs: Sequence[str]) -> str:
    near = get_close_matches(name, theirs, n=1)
    meant = f"Did you mean {near[0]!r}? " if near else ""
    return f"{meant}It has {', '.join(map(repr, theirs))}."
