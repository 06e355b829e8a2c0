"""What people said, put into ``attributes``.

``corrections`` is the record; ``attributes`` follow. A run puts what people said into the rows that
it writes; whoever takes corrections in calls ``settle`` afterwards. Both hold the lock
``Workspace.settling``, so that neither writes over what the other has just written.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hangtag import delta
from hangtag.corrections import corrections_of, standing_of
from hangtag.deriving import Derived, Deriving, attributes_array
from hangtag.lookup import by_product
from hangtag.readingblock import restored
from hangtag.readings import METADATA, attributes_schema
from hangtag.taxonomy import Taxonomy
from hangtag.texts import Texts
from hangtag.workspace import Workspace

__all__ = ["deriving_of", "settle", "with_corrections"]

# Products derived anew at once.
_ROWS = 4096


def deriving_of(place: Workspace) -> Deriving:
    """What the last run derived attributes with."""
    taxonomy, terms = place.taxonomy(), place.terms()
    known = {attribute.name for attribute in taxonomy}
    least = {name: value for name, value in (terms.get("least") or {}).items() if name in known}
    by_side = {
        int(side): {name: value for name, value in lines.items() if name in known}
        for side, lines in (terms.get("least_by_side") or {}).items()
    }
    counts = terms.get("text")
    if counts is None:
        # Earlier versions did not say; the first of them read photos alone and named no sources.
        counts = "sources" in place.dataset("attributes").schema.names
    texts = Texts.shipped(taxonomy, place.words()) if counts else None
    return Deriving(taxonomy, place.rules().demanding(least, by_side), texts)


def settle(place: Workspace, product_ids: Collection[str] | None = None) -> int:
    """Make ``attributes`` say what people said of these products, or of all; how many rows changed.

    A product that a run has not done, or could not read, is left to the next run. Raises
    WorkspaceError when the tables cannot be read or written.
    """
    if product_ids is None:
        product_ids = {row.product_id for row in corrections_of(place)}
    wanted = sorted(product_ids)
    if not wanted:
        return 0
    deriving = deriving_of(place)
    # Of an earlier version it may lack columns, by which we tell: remember what they told.
    if "text" not in place.terms():
        bare = sorted(place.uncalibrated())
        place.keep_terms({**deriving.terms(), "uncalibrated": bare})
    delta.create(place.table("attributes"), attributes_schema(deriving.taxonomy))
    changed = 0
    for start in range(0, len(wanted), _ROWS):
        with place.settling():
            changed += _settle(place, deriving, wanted[start : start + _ROWS])
    place.compact(only=["attributes"])
    return changed


def _settle(place: Workspace, deriving: Deriving, product_ids: list[str]) -> int:
    said = standing_of(place, product_ids)
    products = by_product(place, "products", product_ids)
    readings = by_product(place, "readings", product_ids)
    done = {
        product_id: rows[0]
        for product_id, rows in by_product(place, "ledger", product_ids).items()
        if rows[0]["outcome"] == "tagged"
    }
    derived = {
        product_id: deriving.derive(
            restored(readings.get(product_id)),
            _metadata(products[product_id][0]),
            row["category_seen"],
            row.get("photo_side"),  # of an earlier version's ledger: not there
            said.get(product_id),
        )
        for product_id, row in done.items()
        if product_id in products
    }
    rows = _table(derived, deriving.taxonomy)
    return place.renew("attributes", list(derived), rows) if derived else 0


def with_corrections(wave: pa.Table, place: Workspace, deriving: Deriving) -> pa.Table:
    """Rows of ``outcomes.outcomes_schema``, those of products that people spoke of derived anew."""
    if not place.has("corrections"):
        return wave
    ids: list[str] = wave["product_id"].to_pylist()
    tagged = set(wave.filter(pc.equal(wave["outcome"], "tagged"))["product_id"].to_pylist())
    said = {i: words for i, words in standing_of(place, ids).items() if i in tagged}
    if not said:
        return wave
    stored = by_product(place, "readings", said)
    places = [at for at, product_id in enumerate(ids) if product_id in said]
    derived: list[Derived | None] = []
    for row in wave.select(
        ["product_id", "category_seen", "photo_side", "keeps", "product", "readings"]
    ).take(places).to_pylist():  # fmt: skip
        product_id = row["product_id"]
        kept = restored(stored.get(product_id)) if row["keeps"] else {}
        derived.append(
            deriving.derive(
                kept | restored(row["readings"]),
                _metadata(row["product"]),
                row["category_seen"],
                row["photo_side"],
                said[product_id],
            )
        )
    kind = wave.schema.field("attributes").type
    before = wave["attributes"].combine_chunks()
    new = attributes_array(derived, kind, deriving.taxonomy)
    order = list(range(len(ids)))
    for fresh, at in enumerate(places, start=len(ids)):
        order[at] = fresh
    both = pa.chunked_array([before, new], kind).combine_chunks().take(pa.array(order))
    at = wave.schema.get_field_index("attributes")
    return wave.set_column(at, wave.schema.field("attributes"), both)


def _metadata(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: row[name] for name in METADATA if row.get(name)}


def _table(derived: Mapping[str, Derived], taxonomy: Taxonomy) -> pa.Table:
    schema = attributes_schema(taxonomy)
    kind = pa.struct([field for field in schema if field.name != "product_id"])
    rows: Sequence[Derived | None] = list(derived.values())
    columns = attributes_array(rows, kind, taxonomy).flatten()
    return pa.table([pa.array(list(derived), pa.string()), *columns], schema=schema)
