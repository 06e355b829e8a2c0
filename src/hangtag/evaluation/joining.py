"""Labels beside what was read of the same products."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

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

__all__ = ["Labelled", "labelled", "taught_line"]


class Labelled(NamedTuple):
    """A workspace's ``tables`` with labels beside them, and how many ``products`` have both.

    Besides the workspace's tables there are ``labels``; ``pairs``, a row a label with what was
    read; ``placed``, the group of each product. ``contradicting``: labels that contradict each
    other; ``taught``: attribute → labels that it was taught. Both are left out.
    """

    tables: duckdb.DuckDBPyConnection
    products: int
    contradicting: int
    taught: Mapping[str, int]


@contextmanager
def labelled(
    place: Workspace,
    taxonomy: Taxonomy,
    labels: Path | str,
    only: Collection[str] | None = None,
    *,
    taught: bool = False,
) -> Iterator[Labelled]:
    """Labels beside what was read; ``taught``: those as well that heads or words were fitted to.

    Readings are gone over once for all attributes.

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
        if not _products(tables):
            raise LabelsError(
                "None of the labels is of a product that was read.", "Are the ids the same ones?"
            )
        left_out = {} if taught else _without_taught(tables, place.taught_labels())
        yield Labelled(tables, _products(tables), contradictions(told), left_out)


def _products(tables: duckdb.DuckDBPyConnection) -> int:
    query = "SELECT count(DISTINCT product_id) FROM pairs WHERE read"
    ((products,),) = tables.execute(query).fetchall()
    return int(products)


def _without_taught(tables: duckdb.DuckDBPyConnection, taught: pa.Table) -> dict[str, int]:
    """Drop the pairs of labels that were taught; attribute → of how many products."""
    if not len(taught):
        return {}
    tables.register("taught", taught)
    these = "FROM pairs SEMI JOIN taught USING (product_id, attribute)"
    found = tables.execute(
        f"SELECT attribute, count(DISTINCT product_id) {these} GROUP BY 1 ORDER BY 1"
    ).fetchall()
    tables.execute(
        "DELETE FROM pairs USING taught t "
        "WHERE pairs.product_id = t.product_id AND pairs.attribute = t.attribute"
    )
    return {name: int(n) for name, n in found}


def taught_line(taught: Mapping[str, int]) -> str:
    """What a person is told of labels that were left out since they were taught.

    >>> taught_line({"heel_type": 400})
    'Left out, since they were taught and known by heart: labels of 400 products (heel_type).'
    """
    of = "; ".join(f"{n:,} products ({name})" for name, n in taught.items())
    return f"Left out, since they were taught and known by heart: labels of {of}."
