"""Checks on the whole: shares that would look wrong before anybody has labelled a thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow.compute as pc

from hangtag.taxonomy import Taxonomy
from hangtag.workspace import Workspace

__all__ = ["Check", "aggregate_checks", "product_groups"]


@dataclass(frozen=True, slots=True)
class Check:
    """One share and the bounds it should keep; ``share`` is None where no product counts."""

    says: str
    share: float | None
    products: int
    least: float
    most: float

    @property
    def holds(self) -> bool | None:
        """Whether the share keeps its bounds; None where there is none."""
        return None if self.share is None else self.least <= self.share <= self.most


# What it says, the attribute, the option, the group it is of (None: all), the bounds.
_CHECKS = (
    ("Material is unknown", "material", "unknown", None, 0.0, 0.20),
    ("Garments of one plain colour", "pattern", "solid color", "garment_top", 0.20, 0.80),
    ("Watches of metal", "material", "metal", "watch", 0.50, 1.0),
    (
        "Footwear of leather, synthetic or canvas: leather",
        "material",
        "leather",
        "footwear",
        0.05,
        0.80,
    ),
    ("Casual products", "formality", "casual", None, 0.40, 0.95),
    ("Tops without a collar or neckline named", "collar", "other", "garment_top", 0.0, 0.10),
)


def aggregate_checks(place: Workspace, taxonomy: Taxonomy) -> list[Check]:
    """The checks that the taxonomy has the attributes and groups for, over shown values."""
    groups = product_groups(place, taxonomy)
    checks = []
    for says, name, option, group, least, most in _CHECKS:
        known = [a for a in taxonomy if a.name == name and option in a.names]
        if not known or (group is not None and group not in taxonomy.groups):
            continue
        rows = place.read("attributes", ["product_id", name], pc.field(name).is_valid())
        values = [
            value
            for product, value in zip(
                rows["product_id"].to_pylist(), rows[name].to_pylist(), strict=True
            )
            if group is None or groups.get(product) == group
        ]
        share = values.count(option) / len(values) if values else None
        checks.append(Check(says, share, len(values), least, most))
    return checks


def product_groups(place: Workspace, taxonomy: Taxonomy) -> Mapping[str, str | None]:
    """Product id → its group by the catalog's categories, None where they name none."""
    columns = ["product_id", "article_type", "sub_category", "master_category"]
    rows = place.read("products", columns).to_pylist()
    return {row["product_id"]: taxonomy.group(row) for row in rows}
