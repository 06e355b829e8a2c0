"""What people said of a sample, and what follows for the whole catalog."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from hangtag.corrections import Correction, corrections_of, not_taken_back
from hangtag.lookup import by_product
from hangtag.sampling.drawing import rows_of_sample
from hangtag.sampling.strata import Part, Share, stratified_share
from hangtag.taxonomy import Taxonomy
from hangtag.workspace import Workspace

__all__ = ["Estimate", "SampleEstimate", "estimate"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """How often one attribute is right.

    ``read``: in the photo's readings, of all products that have one; ``shown``: in attributes, of
    those products where something stood there. A value of several options is right when all of them
    are. ``unsaid``: products of which nobody could tell.
    """

    attribute: str
    read: Share | None
    shown: Share | None
    unsaid: int


@dataclass(frozen=True, slots=True)
class SampleEstimate:
    """Of a whole sample: ``checked`` of its ``drawn`` products, of a catalog of ``products``.

    ``whole``: the share of products of which nothing that was shown is wrong.
    """

    sample: str
    products: int
    drawn: int
    checked: int
    attributes: Sequence[Estimate]
    whole: Share | None

    def to_json(self) -> dict[str, Any]:
        """For ``json.dumps``."""
        return asdict(self)


def estimate(place: Workspace, name: str) -> SampleEstimate:
    """What the sample says so far. Raises UsageError where there is no such sample.

    Only what was said in the sample's own queue counts: there, nobody saw the confidence, and what
    comes to be reviewed elsewhere is no fair draw.
    """
    taxonomy = place.taxonomy()
    rows = rows_of_sample(place, name).to_pylist()
    ids = [row["product_id"] for row in rows]
    said = _said(place, ids, f"sample:{name}")
    readings = {
        (product_id, row["attribute"]): set(row["value"] or ())
        for product_id, found in by_product(place, "readings", ids).items()
        for row in found
    }
    asked = {
        (product_id, name.removesuffix("_confidence"))
        for product_id, (row,) in by_product(place, "attributes", ids).items()
        for name, value in row.items()
        if value is not None
    }
    strata: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        strata.setdefault(row["stratum"], []).append(row)

    def share(
        size: Callable[[Mapping[str, Any]], int], right: Callable[[str], bool | None]
    ) -> Share | None:
        parts = []
        for found in strata.values():
            told = [answer for row in found if (answer := right(row["product_id"])) is not None]
            parts.append(Part(size(found[0]), len(told), sum(told)))
        return stratified_share(parts)

    def of(attribute: str) -> Estimate:
        def read(product_id: str) -> bool | None:
            row, value = said[product_id].get(attribute), readings.get((product_id, attribute))
            return None if row is None or value is None else set(row.value or ()) == value

        def shown(product_id: str) -> bool | None:
            return _was_right(said[product_id].get(attribute))

        return Estimate(
            attribute=attribute,
            read=share(lambda row: dict(row["stratum_read"])[attribute], read),
            shown=share(lambda row: dict(row["stratum_shown"])[attribute], shown),
            unsaid=sum(
                bool(said[i]) and attribute not in said[i] and (i, attribute) in asked for i in ids
            ),
        )

    def whole(product_id: str) -> bool | None:
        told = [_was_right(row) for row in said[product_id].values()]
        return all(answer is not False for answer in told) if told else None

    sizes = {row["stratum"]: row["stratum_products"] for row in rows}
    return SampleEstimate(
        sample=name,
        products=sum(sizes.values()),
        drawn=len(rows),
        checked=sum(bool(said[i]) for i in ids),
        attributes=[found for a in _known(taxonomy, rows) if (found := of(a)).read is not None],
        whole=share(lambda row: int(row["stratum_products"]), whole),
    )


def _said(
    place: Workspace, product_ids: Sequence[str], queue: str
) -> dict[str, dict[str, Correction]]:
    """Product → attribute → the last word said in a queue."""
    found: dict[str, dict[str, Correction]] = {i: {} for i in product_ids}
    for row in not_taken_back(corrections_of(place, product_ids)):
        if row.queue == queue:
            found[row.product_id][row.attribute] = row
    return found


def _was_right(row: Correction | None) -> bool | None:
    """Whether what stood in attributes was; None where nothing did, or a person's word already."""
    if row is None or row.before is None or row.before_source == "person":
        return None
    return set(row.value or ()) == set(row.before)


def _known(taxonomy: Taxonomy, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Attributes of the taxonomy that were there when the sample was drawn."""
    there = {name for row in rows for name, _ in row["stratum_read"]}
    return [attribute.name for attribute in taxonomy.read if attribute.name in there]
