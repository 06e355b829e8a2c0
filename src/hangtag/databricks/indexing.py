"""What the AI Search index is to be: that, and no call of anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hangtag.databricks.names import Names
from hangtag.databricks.search_rows import VECTORS
from hangtag.errors import UsageError

__all__ = ["IndexPlan"]


@dataclass(frozen=True)
class IndexPlan:
    """An index that follows the search table, over vectors that are ours.

    ``pipeline``: TRIGGERED, it follows when told; CONTINUOUS costs a machine that never rests, and
    storage-optimised endpoints do not have it. ``column``: the vectors that queries are held to.
    """

    index: str
    source: str
    endpoint: str
    dimension: int
    column: str = VECTORS[0]
    pipeline: str = "TRIGGERED"
    endpoint_type: str = "STANDARD"

    @staticmethod
    def of(
        names: Names,
        *,
        column: str = VECTORS[0],
        dimension: int | None = None,
        endpoint_type: str = "STANDARD",
    ) -> IndexPlan:
        """The plan for these names; the dimension is that of the compact embedder by default.

        Raises UsageError for a column that holds no vectors.
        """  # fmt: skip
        if column not in VECTORS:
            raise UsageError(
                f"The search table has no vectors {column!r}.", f"It has {', '.join(VECTORS)}."
            )
        if dimension is None:
            from hangtag.embedders.registry import open_embedder

            dimension = open_embedder("compact").dimension
        return IndexPlan(
            names.table("search_index"), names.table("search"), names.endpoint, dimension, column,
            endpoint_type=endpoint_type,
        )  # fmt: skip

    def differences(self, there: Mapping[str, Any]) -> list[str]:
        """What an index that is there, as the API describes it, has otherwise than this plan."""
        spec = there.get("delta_sync_index_spec") or {}
        columns = spec.get("embedding_vector_columns") or [{}]
        found = {
            "endpoint": there.get("endpoint_name"),
            "primary key": there.get("primary_key"),
            "source table": spec.get("source_table"),
            "pipeline": spec.get("pipeline_type"),
            "vector column": columns[0].get("name"),
            "dimension": columns[0].get("embedding_dimension"),
        }
        wanted = {
            "endpoint": self.endpoint,
            "primary key": "product_id",
            "source table": self.source,
            "pipeline": self.pipeline,
            "vector column": self.column,
            "dimension": self.dimension,
        }
        return [
            f"{what} is {found[what]}, not {wanted[what]}"
            for what in wanted
            if found[what] != wanted[what]
        ]
