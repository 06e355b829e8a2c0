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
    other; ``taught``: attribute → products whose labels it was taught. Both are left out.
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
    """Labels beside what was read; ``taught``: those as well that it goes by, by heart.

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
            "r.value AS said, r.confidence, r.engine_version AS read_by FROM labels l LEFT JOIN "
            "(SELECT product_id, attribute, value, confidence, engine_version FROM readings) r "
            "USING (product_id, attribute)"
        )
        if not _products(tables):
            raise LabelsError(
                "None of the labels is of a product that was read.", "Are the ids the same ones?"
            )
        left_out = {} if taught else _without_taught(tables, place)
        yield Labelled(tables, _products(tables), contradictions(told), left_out)


def _products(tables: duckdb.DuckDBPyConnection) -> int:
    query = "SELECT count(DISTINCT product_id) FROM pairs WHERE read"
    ((products,),) = tables.execute(query).fetchall()
    return int(products)


def _without_taught(tables: duckdb.DuckDBPyConnection, place: Workspace) -> dict[str, int]:
    """Drop the pairs of labels that what was read goes by; attribute → of how many products.

    A reading by a head that was taught has the head's version behind the engine's. What another
    engine read, or what was read before the lesson, knows nothing of the labels.
    """
    told = place.taught_labels()
    if not len(told):
        return {}
    tables.register("taught", told)
    run = (place.last_run() or {}).get("engine_version")
    by_words = pa.array(sorted(place.words()), pa.string())
    tables.register("worded", pa.table({"attribute": by_words}))
    tables.execute(
        "CREATE TEMP TABLE known AS SELECT product_id, attribute FROM pairs "
        "SEMI JOIN taught USING (product_id, attribute) "
        "WHERE attribute IN (SELECT attribute FROM worded) "
        "OR coalesce(starts_with(read_by, ? || '+'), read)",
        [run],
    )
    found = tables.execute(
        "SELECT attribute, count(DISTINCT product_id) FROM known GROUP BY 1 ORDER BY 1"
    ).fetchall()
    tables.execute(
        "DELETE FROM pairs USING known k "
        "WHERE pairs.product_id = k.product_id AND pairs.attribute = k.attribute"
    )
    return {name: int(n) for name, n in found}


def taught_line(taught: Mapping[str, int]) -> str:
    """What a person is told of labels that were left out since they were taught.

    >>> taught_line({"heel_type": 400})
    'Left out, since they were taught and known by heart: labels of 400 products (heel_type).'
    """
    of = "; ".join(f"{n:,} products ({name})" for name, n in taught.items())
    return f"Left out, since they were taught and known by heart: labels of {of}."
