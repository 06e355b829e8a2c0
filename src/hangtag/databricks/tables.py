"""Our tables where the platform has Delta: made, read, and merged into by Spark itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

from hangtag.databricks.names import Names
from hangtag.databricks.search_rows import search_schema
from hangtag.databricks.sql import create_table, merge
from hangtag.readings import CATALOG, FAILURES, READINGS, attributes_schema
from hangtag.taxonomy import Taxonomy

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["DeltaTables", "Tables", "keys_of_table", "table_schemas"]

# Of each product: with what it was done, in the order in which tasks do it.
_DONE = pa.schema(
    [
        pa.field("product_id", pa.string(), nullable=False),
        pa.field("outcome", pa.string()),
        pa.field("done_key", pa.string()),
        pa.field("image_sha256", pa.string()),
    ]
)


def table_schemas(taxonomy: Taxonomy) -> dict[str, pa.Schema]:
    """Name → columns. ``done`` is written last of a wave, as a workspace's ledger is."""
    return {
        "products": CATALOG,
        "readings": READINGS,
        "attributes": attributes_schema(taxonomy),
        "failures": FAILURES,
        "done": _DONE,
        "search": search_schema(taxonomy),
    }


def keys_of_table(name: str) -> list[str]:
    """The primary key."""
    return ["product_id", "attribute"] if name == "readings" else ["product_id"]


class Tables(Protocol):
    """What a run needs of a platform's tables, by their short names."""

    def create(self, name: str, schema: pa.Schema) -> None:
        """Make it if it is not there."""
        ...

    def read(self, name: str) -> DataFrame:
        """Its rows."""
        ...

    def stage(self, name: str, rows: DataFrame) -> DataFrame:
        """Compute rows once and keep them, in the place of what was staged there before."""
        ...

    def merge(self, name: str, rows: DataFrame) -> None:
        """Rows replace those with the same primary key, or are added; columns may be some."""
        ...

    def delete(self, name: str, ids: DataFrame) -> None:
        """Delete the rows of the products in ``ids``."""
        ...


class DeltaTables:
    """Delta tables in Unity Catalog, written by nobody but Spark."""

    def __init__(self, session: SparkSession, names: Names):
        self._session, self._names = session, names

    def create(self, name: str, schema: pa.Schema) -> None:
        """See ``Tables.create``."""
        self._session.sql(create_table(self._names.table(name), schema, keys_of_table(name)))

    def read(self, name: str) -> DataFrame:
        """See ``Tables.read``."""
        return self._session.table(self._names.table(name))

    def stage(self, name: str, rows: DataFrame) -> DataFrame:
        """See ``Tables.stage``."""
        whole = self._names.table(f"staged_{name}")
        rows.write.format("delta").mode("overwrite").option("overwriteSchema", "true").saveAsTable(
            whole
        )
        return self._session.table(whole)

    def merge(self, name: str, rows: DataFrame) -> None:
        """See ``Tables.merge``."""
        view = f"hangtag_merging_{name}"
        rows.createOrReplaceTempView(view)
        self._session.sql(merge(self._names.table(name), view, rows.columns, keys_of_table(name)))

    def delete(self, name: str, ids: DataFrame) -> None:
        """See ``Tables.delete``."""
        ids.select("product_id").createOrReplaceTempView("hangtag_deleting")
        self._session.sql(
            f"DELETE FROM {self._names.table(name)} WHERE product_id IN "  # noqa: S608 - checked
            "(SELECT product_id FROM hangtag_deleting)"
        )
