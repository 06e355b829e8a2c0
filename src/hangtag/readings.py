"""What flows through a run, and the columns it is kept in; nowhere else are they named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hangtag.taxonomy import Attribute, Taxonomy

__all__ = [
    "CATALOG",
    "CORRECTIONS",
    "FAILURES",
    "LEDGER",
    "METADATA",
    "READINGS",
    "SAMPLES",
    "Failure",
    "Reading",
    "attributes_schema",
    "decide",
]


@dataclass(frozen=True, slots=True)
class Reading:
    """One engine's answer for one product and one attribute.

    ``probabilities`` holds every option, as calibrated: they add up to 1 in a single-choice
    attribute and are independent in a multiple-choice one. ``confidence`` is the probability of
    ``value``; for a multiple-choice attribute it is the probability of its least sure decision.
    """

    attribute: str
    value: tuple[str, ...]
    confidence: float
    probabilities: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why one product could not be read: the stage it stopped at, a reason code, a sentence."""

    product_id: str
    stage: str
    reason: str
    message: str


# What a catalog may know of a product, besides its id and photo. All of it is text.
METADATA: Sequence[str] = (
    "title", "gender", "master_category", "sub_category", "article_type", "base_colour",
    "season", "year", "usage", "brand", "price", "description",
)  # fmt: skip

CATALOG = pa.schema(
    [pa.field("product_id", pa.string(), nullable=False), pa.field("photo", pa.string())]
    + [pa.field(name, pa.string()) for name in METADATA]
)

READINGS = pa.schema(
    [
        pa.field("product_id", pa.string(), nullable=False),
        pa.field("attribute", pa.string(), nullable=False),
        pa.field("value", pa.list_(pa.string())),
        pa.field("confidence", pa.float32()),
        pa.field("probabilities", pa.map_(pa.string(), pa.float32())),
        pa.field("engine", pa.string()),
        pa.field("engine_version", pa.string()),
        pa.field("taxonomy_version", pa.string()),
        pa.field("image_sha256", pa.string()),
        pa.field("read_at", pa.timestamp("us", tz="UTC")),
    ]
)

FAILURES = pa.schema(
    [
        pa.field("product_id", pa.string(), nullable=False),
        pa.field("stage", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("message", pa.string()),
        pa.field("failed_at", pa.timestamp("us", tz="UTC")),
    ]
)

# The ledger row of a product is written after all its other rows: while it is missing or stale,
# the product counts as not done, whatever the other tables hold. `fingerprint` is what read the
# photo (engine, version, calibration; for a photo that failed, the decoder), `attribute_keys` which
# definitions its readings answer, `metadata_sha256` what the attributes row was derived from,
# `photo_side` at how many pixels a side the photo was read.
LEDGER = pa.schema(
    [
        pa.field("product_id", pa.string(), nullable=False),
        pa.field("image_sha256", pa.string()),
        pa.field("fingerprint", pa.string()),
        pa.field("attribute_keys", pa.list_(pa.string())),
        pa.field("metadata_sha256", pa.string()),
        pa.field("category_seen", pa.string()),
        pa.field("photo_side", pa.int32()),
        pa.field("outcome", pa.string()),
        pa.field("reason", pa.string()),
    ]
)

# What people said; rows are added and never changed. `save_id` is the key that whoever sends a
# save chose, so that a save sent twice is one; `correction_id` is it with the attribute. `kind` is
# confirmed, corrected or reverted; `before` and `before_source` are what stood in attributes then,
# `read` and `read_confidence` what the engine said. `queue` is how the product came to the person.
CORRECTIONS = pa.schema(
    [
        pa.field("correction_id", pa.string(), nullable=False),
        pa.field("save_id", pa.string(), nullable=False),
        pa.field("product_id", pa.string(), nullable=False),
        pa.field("attribute", pa.string(), nullable=False),
        pa.field("kind", pa.string()),
        pa.field("value", pa.list_(pa.string())),
        pa.field("before", pa.list_(pa.string())),
        pa.field("before_source", pa.string()),
        pa.field("read", pa.list_(pa.string())),
        pa.field("read_confidence", pa.float32()),
        pa.field("engine", pa.string()),
        pa.field("engine_version", pa.string()),
        pa.field("taxonomy_version", pa.string()),
        pa.field("person", pa.string()),
        pa.field("said_at", pa.timestamp("us", tz="UTC")),
        pa.field("queue", pa.string()),
        pa.field("note", pa.string()),
        pa.field("reverts", pa.string()),
    ]
)

# Products drawn to be checked; rows are added and never changed. `probability` is that with which
# a product of its stratum got into the sample: `stratum_drawn` of `stratum_products`. Of these,
# `stratum_read` had a reading of the attribute, and `stratum_shown` a value of it in attributes.
# `position` is its place in a random order, in which the sample is reviewed.
SAMPLES = pa.schema(
    [
        pa.field("sample", pa.string(), nullable=False),
        pa.field("product_id", pa.string(), nullable=False),
        pa.field("stratum", pa.string()),
        pa.field("stratum_products", pa.int64()),
        pa.field("stratum_drawn", pa.int64()),
        pa.field("stratum_read", pa.map_(pa.string(), pa.int64())),
        pa.field("stratum_shown", pa.map_(pa.string(), pa.int64())),
        pa.field("probability", pa.float64()),
        pa.field("position", pa.int64()),
        pa.field("seed", pa.int64()),
        pa.field("engine", pa.string()),
        pa.field("engine_version", pa.string()),
        pa.field("drawn_at", pa.timestamp("us", tz="UTC")),
    ]
)


def attributes_schema(taxonomy: Taxonomy) -> pa.Schema:
    """One row a product: a column and a confidence for each single choice, lists for the rest.

    ``sources``: who speaks for each value: ``photo``, ``text``, ``both`` or ``person``.
    """
    fields = [pa.field("product_id", pa.string(), nullable=False)]
    for attribute in taxonomy.attributes:
        if attribute.multiple:
            fields.append(pa.field(attribute.name, pa.list_(pa.string())))
        else:
            fields.append(pa.field(attribute.name, pa.string()))
            fields.append(pa.field(f"{attribute.name}_confidence", pa.float32()))
    fields.append(pa.field("sources", pa.map_(pa.string(), pa.string())))
    fields.append(pa.field("description", pa.string()))
    fields.append(pa.field("issues", pa.list_(pa.string())))
    fields.append(pa.field("needs_review", pa.bool_()))
    return pa.schema(fields)


def decide(
    attribute: Attribute,
    probabilities: NDArray[np.float32],
    thresholds: NDArray[np.float32] | None = None,
) -> tuple[tuple[str, ...], float]:
    """The value that probabilities [options] speak for, and how sure it is.

    Single choice: the likeliest option. Multiple choice: every option from its threshold on (the
    attribute's own unless ``thresholds`` [options] are given), the likeliest ``at_most`` of them;
    the confidence is that of the least sure decision, taken or not.
    """
    if not attribute.multiple:
        best = int(probabilities.argmax())
        return (attribute.names[best],), float(probabilities[best])
    least = attribute.threshold if thresholds is None else thresholds
    taken = np.flatnonzero(probabilities >= least)
    if attribute.at_most is not None and len(taken) > attribute.at_most:
        strongest = np.argsort(-probabilities[taken], kind="stable")[: attribute.at_most]
        taken = np.sort(taken[strongest])
    sure = np.where(np.isin(np.arange(len(probabilities)), taken), probabilities, 1 - probabilities)
    return tuple(attribute.names[i] for i in taken), float(sure.min())
