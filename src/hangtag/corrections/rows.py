"""One thing that a person said, and which of many such things stand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from hangtag.readings import CORRECTIONS
from hangtag.workspace import Workspace

__all__ = [
    "Correction",
    "corrections_of",
    "from_table",
    "last_words",
    "not_taken_back",
    "standing",
    "standing_of",
    "to_table",
]


@dataclass(frozen=True, slots=True)
class Correction:
    """A row of ``corrections``; see ``readings.CORRECTIONS``.

    ``value``: the options that a person says hold, None where they take something back.
    """

    correction_id: str
    save_id: str
    product_id: str
    attribute: str
    kind: str
    value: tuple[str, ...] | None
    before: tuple[str, ...] | None
    before_source: str | None
    read: tuple[str, ...] | None
    read_confidence: float | None
    engine: str | None
    engine_version: str | None
    taxonomy_version: str | None
    person: str
    said_at: datetime
    queue: str
    note: str
    reverts: str | None


def to_table(rows: Iterable[Correction]) -> pa.Table:
    """As a table of ``CORRECTIONS``."""
    return pa.Table.from_pylist([asdict(row) for row in rows], schema=CORRECTIONS)


def from_table(table: pa.Table) -> list[Correction]:
    """In the order in which they were said."""
    rows = table.select(CORRECTIONS.names).to_pylist()
    for row in rows:
        for name in ("value", "before", "read"):
            row[name] = None if row[name] is None else tuple(row[name])
    return sorted((Correction(**row) for row in rows), key=_when)


def corrections_of(
    place: Workspace, product_ids: Collection[str] | None = None
) -> list[Correction]:
    """What people said of these products, or of all, in order; nothing where nobody did.

    Raises WorkspaceError when the table cannot be read.
    """
    if not place.has("corrections"):
        return []
    where = None
    if product_ids is not None:
        where = pc.field("product_id").isin(pa.array(sorted(product_ids), pa.string()))
    return from_table(place.read("corrections", None, where))


def standing(rows: Iterable[Correction]) -> dict[str, dict[str, Correction]]:
    """Product → attribute → the last word that nobody took back."""
    found: dict[str, dict[str, Correction]] = {}
    for row in not_taken_back(rows):
        found.setdefault(row.product_id, {})[row.attribute] = row
    return found


def standing_of(
    place: Workspace, product_ids: Collection[str] | None = None
) -> dict[str, dict[str, tuple[str, ...]]]:
    """Product → attribute → the options that people say hold, of these products or of all."""
    return {
        product_id: {name: row.value or () for name, row in said.items()}
        for product_id, said in standing(corrections_of(place, product_ids)).items()
    }


def last_words(
    rows: Iterable[Correction],
) -> Mapping[tuple[str, str], Mapping[str, Correction]]:
    """(Product, attribute) → person → the last word of each."""
    found: dict[tuple[str, str], dict[str, Correction]] = {}
    for row in not_taken_back(rows):
        found.setdefault((row.product_id, row.attribute), {})[row.person] = row
    return found


def not_taken_back(rows: Iterable[Correction]) -> list[Correction]:
    """What people said and nobody took back, in order."""
    told = sorted(rows, key=_when)
    gone = {row.reverts for row in told if row.reverts}
    return [row for row in told if row.value is not None and row.correction_id not in gone]


def _when(row: Correction) -> tuple[datetime, str]:
    return row.said_at, row.correction_id
