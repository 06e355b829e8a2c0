"""Checks on the whole: shares that would look wrong before anybody has labelled a thing."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from hangtag.querying import opened
from hangtag.taxonomy import Taxonomy
from hangtag.workspace import Workspace

if TYPE_CHECKING:
    import duckdb

__all__ = ["Check", "aggregate_checks", "place_groups"]

_CATEGORIES = ("article_type", "sub_category", "master_category")


@dataclass(frozen=True, slots=True)
class Check:
    """One share and the bounds it should keep; ``share`` is None where no product counts.

    ``products``: those that the share is of.
    """

    name: str
    says: str
    share: float | None
    products: int
    least: float
    most: float

    @property
    def holds(self) -> bool | None:
        """Whether the share keeps its bounds; None where there is none."""
        return None if self.share is None else self.least <= self.share <= self.most

    def to_json(self) -> dict[str, Any]:
        """For ``json.dumps``."""
        return {**asdict(self), "holds": self.holds}


class _Plan(NamedTuple):
    """``group``: of which products, None for all. The bounds fit a mixed fashion catalog."""

    name: str
    says: str
    attribute: str
    option: str
    group: str | None
    least: float
    most: float


_PLANS = (
    _Plan("unknown_material", "Material is unknown", "material", "unknown", None, 0.0, 0.2),
    _Plan("plain", "One plain colour", "pattern", "solid color", None, 0.2, 0.85),
    _Plan("plain_tops", "Tops of one colour", "pattern", "solid color", "garment_top", 0.2, 0.8),
    _Plan("metal_watches", "Watches of metal", "material", "metal", "watch", 0.5, 1.0),
    _Plan("leather_shoes", "Footwear of leather", "material", "leather", "footwear", 0.05, 0.8),
    _Plan("casual", "Casual products", "formality", "casual", None, 0.4, 0.95),
    _Plan("other_neckline", "Tops of another neckline", "collar", "other", "garment_top", 0.0, 0.1),
)


def aggregate_checks(place: Workspace, taxonomy: Taxonomy) -> list[Check]:
    """The checks that the taxonomy has the attributes and groups for, over values shown.

    Raises WorkspaceError when there are no tables.
    """
    options = {attribute.name: attribute.names for attribute in taxonomy}
    checks = []
    with opened(place) as tables:
        place_groups(tables, taxonomy)
        for plan in _PLANS:
            if plan.option not in options.get(plan.attribute, ()):
                continue
            if plan.group is not None and plan.group not in taxonomy.groups:
                continue
            # The name is an identifier of the taxonomy, checked when it is loaded.
            column = f'"{plan.attribute}"'
            ((hits, products),) = tables.execute(
                f"SELECT count(*) FILTER ({column} = $option), count({column}) "  # noqa: S608
                "FROM attributes JOIN placed USING (product_id) "
                "WHERE $group IS NULL OR product_group = $group",
                {"option": plan.option, "group": plan.group},
            ).fetchall()
            share = hits / products if products else None
            checks.append(Check(plan.name, plan.says, share, products, plan.least, plan.most))
    return checks


def place_groups(tables: duckdb.DuckDBPyConnection, taxonomy: Taxonomy) -> None:
    """Make the table ``placed``: product_id, product_group by the catalog's categories or null."""
    columns = ", ".join(_CATEGORIES)
    kinds = tables.execute(f"SELECT DISTINCT {columns} FROM products").fetchall()  # noqa: S608
    groups = [taxonomy.group(dict(zip(_CATEGORIES, kind, strict=True))) for kind in kinds]
    names = ("k0", "k1", "k2", "product_group")
    texts = [*map(list, zip(*kinds, strict=True)), groups] if kinds else [[]] * len(names)
    tables.register(
        "kinds", pa.table(dict(zip(names, (pa.array(t, pa.string()) for t in texts), strict=True)))
    )
    same = " AND ".join(f"{c} IS NOT DISTINCT FROM k{i}" for i, c in enumerate(_CATEGORIES))
    query = f"SELECT product_id, product_group FROM products JOIN kinds ON {same}"  # noqa: S608
    tables.execute(f"CREATE OR REPLACE TEMP TABLE placed AS {query}")
