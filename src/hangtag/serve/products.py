"""One product as the page shows it: from its rows in the tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hangtag.deriving import PERSON
from hangtag.errors import HangtagError
from hangtag.lookup import rows_of
from hangtag.readings import METADATA
from hangtag.rules import Rules
from hangtag.serve.payloads import Known, ProductAnswer, ReadAttribute
from hangtag.taxonomy import Attribute, Taxonomy
from hangtag.texts import Because
from hangtag.workspace import Workspace

__all__ = ["UnknownProductError", "describe_product", "titles_of"]


class UnknownProductError(HangtagError):
    """There is no product of that id."""

    def __init__(self, product_id: str):
        super().__init__(
            f"There is no product {product_id[:80]!r}.", "Its id is the one that the catalog gives."
        )


def titles_of(taxonomy: Taxonomy) -> dict[str, str]:
    """Columns as people call them: those of metadata, then the attributes."""
    named = {name: name.replace("_", " ").capitalize() for name in METADATA}
    return named | {
        attribute.name: attribute.title or attribute.name.replace("_", " ").capitalize()
        for attribute in taxonomy
    }


def describe_product(
    place: Workspace,
    taxonomy: Taxonomy,
    rules: Rules,
    product_id: str,
    because: Because | None = None,
) -> ProductAnswer | None:
    """All that the tables say of a product, or None where they do not have it.

    ``because`` knows which words speak for a value.
    """
    products = rows_of(place, "products", product_id)
    if not products:
        return None
    told = products[0]
    said = next(iter(rows_of(place, "attributes", product_id)), {})
    read = {row["attribute"]: row for row in rows_of(place, "readings", product_id)}
    failures = rows_of(place, "failures", product_id)
    titles = titles_of(taxonomy)
    bare = place.uncalibrated()
    readings = [
        _read(
            attribute,
            titles[attribute.name],
            read[attribute.name],
            said,
            calibrated=attribute.name not in bare,
        )
        for attribute in taxonomy.read
        if attribute.name in read
    ]
    for one in readings:
        if because is not None and one.source in ("text", "both"):
            spoken = [because.words(taxonomy[one.attribute], o, told) for o in one.value]
            one.words = list(dict.fromkeys(word for words in spoken for word in words))
    return ProductAnswer(
        product_id=product_id,
        title=told["title"] or "",
        description=said.get("description") or "",
        metadata={
            name: Known(title=titles[name], value=told[name])
            for name in METADATA
            if name != "title" and told.get(name)
        },
        readings=readings,
        derived={
            attribute.name: list(said[attribute.name])
            for attribute in taxonomy
            if attribute.tier == 3 and said.get(attribute.name)
        },
        issues=[rules.explain(issue) for issue in said.get("issues") or ()],
        needs_review=bool(said.get("needs_review")),
        failure=failures[0]["message"] if failures else None,
    )


def _read(
    attribute: Attribute,
    title: str,
    row: Mapping[str, Any],
    said: Mapping[str, Any],
    *,
    calibrated: bool,
) -> ReadAttribute:
    # Workspaces of earlier versions do not say: there, only photos were read.
    speaks = dict(said.get("sources") or ()).get(attribute.name, "photo")
    value, confidence = list(row["value"] or ()), row["confidence"]
    told = said.get(attribute.name)
    if told is not None and speaks in ("text", PERSON):
        # They have changed what was read.
        value = list(told) if attribute.multiple else [told]
        confidence = said.get(f"{attribute.name}_confidence", confidence)
    return ReadAttribute(
        attribute=attribute.name,
        title=title,
        value=value,
        confidence=confidence,
        source=speaks,
        read=list(row["value"] or ()),
        read_confidence=row["confidence"],
        calibrated=calibrated,
        shown=told is not None,
        probabilities=dict(row["probabilities"] or ()),
    )
