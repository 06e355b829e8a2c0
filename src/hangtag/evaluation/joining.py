"""Labels beside what was read of the same products."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from hangtag.errors import LabelsError
from hangtag.evaluation.agreeing import contradictions
from hangtag.evaluation.checks import place_groups
from hangtag.evaluation.labels import read_labels
from hangtag.evaluation.reviewed import REVIEWS, review_labels
from hangtag.querying import opened
from hangtag.taxonomy import Taxonomy
from hangtag.workspace import Workspace

if TYPE_CHECKING:
    import duckdb

__all__ = ["labelled"]


@contextmanager
def labelled(
    place: Workspace, taxonomy: Taxonomy, labels: Path | str, only: Collection[str] | None = None
) -> Iterator[tuple[duckdb.DuckDBPyConnection, int, int]]:
    """The tables of a workspace with labels beside them; how many products have both.

    Third, how many labels contradict each other and are left out.

    Besides the workspace's there are ``labels``; ``pairs``, a row a label with what was read;
    ``placed``, the group of each product. Readings are gone over once for all attributes.

    Raises LabelsError when the labels cannot be read or fit no product that was read;
    WorkspaceError when there are no tables.
    """
    if str(labels) == REVIEWS:
        told = review_labels(place, taxonomy)
    else:
        told = read_labels(Path(labels), taxonomy)
    if only is not None:
        told = told.filter(pc.is_in(told["product_id"], pa.array(sorted(only), pa.string())))
    with opened(place) as tables:
        tables.register("labels", told)
        place_groups(tables, taxonomy)
        tables.execute(
            "CREATE TEMP TABLE pairs AS SELECT l.*, r.product_id IS NOT NULL AS read, "
            "r.value AS said, r.confidence FROM labels l LEFT JOIN "
            "(SELECT product_id, attribute, value, confidence FROM readings) r "
            "USING (product_id, attribute)"
        )
        query = "SELECT count(DISTINCT product_id) FROM pairs WHERE read"
        ((products,),) = tables.execute(query).fetchall()
        if not products:
            raise LabelsError(
                "None of the labels is of a product that was read.", "Are the ids the same ones?"
            )
        yield tables, int(products), contradictions(told)
