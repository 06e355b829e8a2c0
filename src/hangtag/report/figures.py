"""Counts over a workspace's tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from hangtag.evaluation.checks import place_groups
from hangtag.taxonomy import Attribute, Taxonomy

if TYPE_CHECKING:
    import duckdb

__all__ = [
    "Count",
    "Distribution",
    "ask_only_what_applies",
    "distributions",
    "failures",
    "issues",
    "to_review",
]

# Bins of the confidence histograms.
_BINS = 20


@dataclass(frozen=True, slots=True)
class Count:
    """How many products something holds for, and their share of those that count."""

    name: str
    n: int
    share: float
    example: str = ""


@dataclass(frozen=True, slots=True)
class Distribution:
    """One attribute: how often each option is shown, and how sure the readings are.

    ``products`` have a value; ``withheld`` had a reading that was not shown. ``sureness``: readings
    by confidence, in bins of equal width from 0 to 1.
    """

    attribute: Attribute
    products: int
    withheld: int
    options: Sequence[Count]
    sureness: Sequence[int]


def ask_only_what_applies(tables: duckdb.DuckDBPyConnection, taxonomy: Taxonomy) -> None:
    """Make the view ``asked``: the readings of attributes that the product can have at all.

    An engine answers for every photo; how short the sleeves of a watch are is of no interest.
    """
    place_groups(tables, taxonomy)
    pairs = [(a.name, g) for a in taxonomy.read for g in taxonomy.groups if not a.applies_to(g)]
    names, groups = zip(*pairs, strict=True) if pairs else ((), ())
    columns = {
        "attribute": pa.array(names, pa.string()),
        "product_group": pa.array(groups, pa.string()),
    }
    tables.register("unasked", pa.table(columns))
    tables.execute(
        "CREATE TEMP VIEW asked AS SELECT readings.* FROM readings JOIN placed USING (product_id) "
        "ANTI JOIN unasked USING (attribute, product_group)"
    )


def distributions(tables: duckdb.DuckDBPyConnection, taxonomy: Taxonomy) -> list[Distribution]:
    """Values from ``attributes``, confidence from ``asked``."""
    bins = _sureness(tables)
    return [_distribution(tables, a, bins.get(a.name, [0] * _BINS)) for a in taxonomy]


def _sureness(tables: duckdb.DuckDBPyConnection) -> Mapping[str, list[int]]:
    """Attribute → number of readings by confidence."""
    rows = tables.execute(
        "SELECT attribute, least(floor(confidence * $bins)::INT, $bins - 1) AS bin, count(*) "
        "FROM asked GROUP BY attribute, bin",
        {"bins": _BINS},
    ).fetchall()
    found: dict[str, list[int]] = {}
    for attribute, place, n in rows:
        found.setdefault(attribute, [0] * _BINS)[place] = n
    return found


def _distribution(
    tables: duckdb.DuckDBPyConnection, attribute: Attribute, sureness: Sequence[int]
) -> Distribution:
    # The name is an identifier of the taxonomy, checked when it is loaded.
    column = f'"{attribute.name}"'
    value = f"unnest({column})" if attribute.multiple else column
    query = (
        f"SELECT v, count(*) FROM (SELECT {value} AS v FROM attributes) "  # noqa: S608
        "WHERE v IS NOT NULL GROUP BY v"
    )
    found: dict[str, int] = dict(tables.execute(query).fetchall())
    query = (
        f"SELECT count({column}), "  # noqa: S608
        "count(*) FILTER (list_contains(issues, $issue)) FROM attributes"
    )
    issue = {"issue": f"unsure:{attribute.name}"}
    ((products, withheld),) = tables.execute(query, issue).fetchall()
    options = [
        Count(name, found.get(name, 0), found.get(name, 0) / products if products else 0.0)
        for name in attribute.names
    ]
    return Distribution(
        attribute=attribute,
        products=products,
        withheld=withheld,
        options=sorted(options, key=lambda count: -count.n),
        sureness=sureness,
    )


def failures(tables: duckdb.DuckDBPyConnection) -> list[Count]:
    """Products that could not be read, by reason, with one message each."""
    rows = tables.execute(
        "SELECT reason, count(*), min(product_id || ': ' || message) FROM failures "
        "GROUP BY reason ORDER BY count(*) DESC, reason"
    ).fetchall()
    everything = sum(n for _, n, _ in rows)
    return [Count(reason, n, n / everything, example) for reason, n, example in rows]


def issues(tables: duckdb.DuckDBPyConnection) -> list[Count]:
    """Products that a rule had something to say of, by reason code."""
    rows = tables.execute(
        "SELECT issue, count(*), (SELECT count(*) FROM attributes) "
        "FROM (SELECT unnest(issues) AS issue FROM attributes) "
        "GROUP BY issue ORDER BY count(*) DESC, issue"
    ).fetchall()
    return [Count(code, n, n / products) for code, n, products in rows]


def to_review(tables: duckdb.DuckDBPyConnection) -> Count:
    """Products that a person should look at."""
    query = "SELECT count(*) FILTER (needs_review), count(*) FROM attributes"
    ((n, products),) = tables.execute(query).fetchall()
    return Count("needs_review", n, n / products if products else 0.0)
