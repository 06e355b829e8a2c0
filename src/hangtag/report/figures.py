"""Counts over a workspace's tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from hangtag.taxonomy import Attribute
from hangtag.workspace import TABLES, Workspace

__all__ = ["Count", "Distribution", "database", "distribution", "failures", "issues", "to_review"]

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


@contextmanager
def database(place: Workspace) -> Iterator[duckdb.DuckDBPyConnection]:
    """The workspace's tables for SQL, under their own names."""
    connection = duckdb.connect(config={"memory_limit": "1GB", "threads": "2"})
    try:
        for name in TABLES:
            connection.register(name, place.dataset(name))
        yield connection
    finally:
        connection.close()


def distribution(tables: duckdb.DuckDBPyConnection, attribute: Attribute) -> Distribution:
    """Values from ``attributes``, confidence from ``readings``."""
    column = f'"{attribute.name}"'
    value = f"unnest({column})" if attribute.multiple else column
    counts = tables.execute(
        f"SELECT v, count(*) FROM (SELECT {value} AS v FROM attributes) "  # noqa: S608 - the name is
        "WHERE v IS NOT NULL GROUP BY v"  # an identifier of the taxonomy, checked when it is loaded
    ).fetchall()
    found: dict[str, int] = dict(counts)
    unsure = f"list_contains(issues, 'unsure:{attribute.name}')"
    products, withheld = _one(
        tables,
        f"SELECT count({column}), count(*) FILTER ({unsure}) FROM attributes",  # noqa: S608
    )
    bins = dict(
        tables.execute(
            "SELECT least(floor(confidence * $bins)::INT, $bins - 1) AS bin, count(*) "
            "FROM readings WHERE attribute = $name GROUP BY bin",
            {"bins": _BINS, "name": attribute.name},
        ).fetchall()
    )
    options = [
        Count(name, found.get(name, 0), found.get(name, 0) / products if products else 0.0)
        for name in attribute.names
    ]
    return Distribution(
        attribute=attribute,
        products=products,
        withheld=withheld,
        options=sorted(options, key=lambda count: -count.n),
        sureness=[bins.get(b, 0) for b in range(_BINS)],
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
    (products,) = _one(tables, "SELECT count(*) FROM attributes")
    rows = tables.execute(
        "SELECT issue, count(*) FROM (SELECT unnest(issues) AS issue FROM attributes) "
        "GROUP BY issue ORDER BY count(*) DESC, issue"
    ).fetchall()
    return [Count(code, n, n / products) for code, n in rows]


def to_review(tables: duckdb.DuckDBPyConnection) -> Count:
    """Products that a person should look at."""
    n, products = _one(tables, "SELECT count(*) FILTER (needs_review), count(*) FROM attributes")
    return Count("needs_review", n, n / products if products else 0.0)


def _one(tables: duckdb.DuckDBPyConnection, query: str) -> tuple[int, ...]:
    row = tables.execute(query).fetchone()
    return row or (0, 0)
