"""Some products' rows, found in tables of millions without reading them whole."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hangtag.workspace import Workspace

__all__ = ["by_product", "rows_of"]


def rows_of(place: Workspace, name: str, product_id: str) -> list[dict[str, Any]]:
    """The rows of a product in one table, with all their columns.

    First only the ids are looked through; then all columns of those row groups that have it, which
    is one most of the time. Raises WorkspaceError when there is no such table.
    """
    wanted = pc.field("product_id") == product_id
    found: list[dict[str, Any]] = []
    for fragment in place.dataset(name).get_fragments():
        for group in fragment.split_by_row_group():
            if group.count_rows(filter=wanted):
                found += group.to_table(filter=wanted).to_pylist()
    return found


def by_product(
    place: Workspace, name: str, product_ids: Collection[str]
) -> dict[str, list[dict[str, Any]]]:
    """Product → its rows in one table; a product without rows is left out.

    Raises WorkspaceError when there is no such table.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    if len(product_ids) == 1:
        rows = rows_of(place, name, next(iter(product_ids)))
    else:
        wanted = pa.array(sorted(product_ids), pa.string())
        rows = place.read(name, None, pc.field("product_id").isin(wanted)).to_pylist()
    for row in rows:
        found.setdefault(row["product_id"], []).append(row)
    return found
