"""Contact sheets: for each option the photos the engine is surest of and least sure of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from hangtag.evaluation import Mistake
from hangtag.report.thumbnails import Thumbnails
from hangtag.taxonomy import Taxonomy

if TYPE_CHECKING:
    import duckdb

__all__ = ["Sheet", "Shot", "contact_sheets", "shots_of_mistakes"]

_EACH = 5


@dataclass(frozen=True, slots=True)
class Shot:
    """One photo: ``data`` is a JPEG as data URL, ``probability`` that of the option it shows."""

    product_id: str
    title: str
    probability: float
    data: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One option of an attribute; no photo is in both rows."""

    option: str
    products: int
    surest: Sequence[Shot]
    least_sure: Sequence[Shot]


# What was read, an option a row, and its places among those of the same option.
_CHOSEN = """
WITH chosen AS (
    SELECT product_id, attribute, value[1] AS option, confidence AS p
    FROM asked WHERE NOT list_contains($multiple, attribute)
  UNION ALL
    SELECT product_id, attribute, option, probabilities[option]
    FROM (SELECT product_id, attribute, unnest(value) AS option, probabilities
          FROM asked WHERE list_contains($multiple, attribute))
), placed AS (
    SELECT *,
        row_number() OVER (PARTITION BY attribute, option ORDER BY p DESC, product_id) AS first,
        count(*) OVER (PARTITION BY attribute, option) AS n
    FROM chosen
    WHERE option <> 'not applicable'  -- there would be nothing to see
)
SELECT attribute, option, n, first, product_id, p, photo, title
FROM placed JOIN products USING (product_id)
WHERE first <= $each OR first > n - $each
ORDER BY attribute, option, first
"""


def contact_sheets(
    tables: duckdb.DuckDBPyConnection, taxonomy: Taxonomy, thumbnails: Thumbnails
) -> Mapping[str, Sequence[Sheet]]:
    """Attribute → a sheet for every option that was read, in the taxonomy's order; from ``asked``.

    Photos that are not found any more are left out.
    """
    multiple = [attribute.name for attribute in taxonomy.read if attribute.multiple]
    query = tables.execute(_CHOSEN, {"multiple": multiple, "each": _EACH})
    found = {
        key: _sheet(key[1], list(rows), thumbnails)
        for key, rows in groupby(query.fetchall(), key=itemgetter(0, 1))
    }
    return {
        a.name: [found[a.name, option] for option in a.names if (a.name, option) in found]
        for a in taxonomy.read
    }


def _sheet(option: str, rows: Sequence[tuple[Any, ...]], thumbnails: Thumbnails) -> Sheet:
    surest: list[Shot] = []
    least_sure: list[Shot] = []
    for _, _, _, first, product_id, probability, photo, title in rows:
        data = thumbnails.of(product_id, photo)
        if data:
            shots = surest if first <= _EACH else least_sure
            shots.append(Shot(product_id, title or product_id, probability, data))
    return Sheet(option, rows[0][2], surest, least_sure[::-1])


def shots_of_mistakes(
    tables: duckdb.DuckDBPyConnection, mistakes: Sequence[Mistake], thumbnails: Thumbnails
) -> Mapping[str, Sequence[tuple[Mistake, Shot]]]:
    """Attribute → its mistakes with their photos; those without one are left out."""
    rows = tables.execute(
        "SELECT product_id, photo, title FROM products WHERE list_contains($ids, product_id)",
        {"ids": sorted({mistake.product_id for mistake in mistakes})},
    ).fetchall()
    known = {product_id: (photo, title) for product_id, photo, title in rows}
    found: dict[str, list[tuple[Mistake, Shot]]] = {}
    for mistake in mistakes:
        product_id = mistake.product_id
        photo, title = known.get(product_id, (None, None))
        data = thumbnails.of(product_id, photo)
        if data:
            shot = Shot(product_id, title or product_id, mistake.confidence, data)
            found.setdefault(mistake.attribute, []).append((mistake, shot))
    return found
