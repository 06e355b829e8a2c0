"""One product's rows, found in tables of millions without reading them whole."""

from __future__ import annotations

from typing import Any

import pyarrow.compute as pc

from hangtag.workspace import Workspace

__all__ = ["rows_of"]


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
