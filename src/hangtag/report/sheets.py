"""Contact sheets: of each option the photos the engine is surest of and those it is least."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import duckdb
import numpy as np
from PIL import Image

from hangtag.errors import PhotoError
from hangtag.images import PhotoLimits, decode, locate, read_photo
from hangtag.taxonomy import Attribute

__all__ = ["Sheet", "Shot", "contact_sheets"]

_EACH = 5
# Width and height of a thumbnail: photos of garments are upright, as three to four.
_SIZE = (84, 112)


@dataclass(frozen=True, slots=True)
class Shot:
    """One photo: ``data`` is a JPEG as data URL."""

    product_id: str
    title: str
    probability: float
    data: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One option of an attribute."""

    option: str
    products: int
    surest: Sequence[Shot]
    least_sure: Sequence[Shot]


def contact_sheets(
    tables: duckdb.DuckDBPyConnection, attribute: Attribute, images: Path | None
) -> list[Sheet]:
    """A sheet for every option that was read, in the taxonomy's order.

    Photos not found are left out; "not applicable" has no sheet: there would be nothing to see.
    """
    sheets = []
    for option in attribute.names:
        if option == "not applicable" or images is None:
            continue
        rows = tables.execute(
            "WITH chosen AS (SELECT product_id, probabilities[$option] AS p FROM readings "
            "WHERE attribute = $name AND list_contains(value, $option)), "
            "placed AS (SELECT *, row_number() OVER (ORDER BY p DESC, product_id) AS first, "
            "row_number() OVER (ORDER BY p, product_id) AS last, count(*) OVER () AS n "
            "FROM chosen) "
            "SELECT placed.*, photo, title FROM placed JOIN products USING (product_id) "
            "WHERE first <= $each OR last <= $each ORDER BY first",
            {"option": option, "name": attribute.name, "each": _EACH},
        ).fetchall()
        shots = [
            (first, Shot(product_id, title or product_id, p, data))
            for product_id, p, first, _last, _n, photo, title in rows
            if (data := _thumbnail(product_id, photo, images))
        ]
        if rows:
            surest = [shot for first, shot in shots if first <= _EACH]
            others = [shot for first, shot in shots if first > _EACH]
            sheets.append(Sheet(option, rows[0][4], surest, others[::-1]))
    return sheets


def _thumbnail(product_id: str, photo: str | None, images: Path) -> str | None:
    """A small JPEG as data URL, or None where the photo is gone or damaged by now."""
    limits = PhotoLimits()
    try:
        # Whether it may lie outside the folder was decided when it was tagged.
        data = read_photo(locate(product_id, photo, images, allow_outside=True), limits)
        pixels = decode(data, (max(_SIZE),), limits)
    except PhotoError:
        return None
    file = BytesIO()
    Image.fromarray(np.asarray(pixels)).resize(_SIZE).save(file, "JPEG", quality=72)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
