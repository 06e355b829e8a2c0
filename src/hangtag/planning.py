"""What is left to do for each product, from the ledger: the content-addressed half of a run.

A product is done when its photo's hash, what read it, the definition of every attribute, its
metadata and the rules are what they were. Otherwise only what is missing is done: a new attribute
is read and the other readings are kept; new metadata or rules derive its attributes row anew from
the readings there are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pyarrow as pa

import hangtag
from hangtag.engines.base import Engine, attribute_versions
from hangtag.images import PhotoLimits
from hangtag.known import STORED, Known, Row, Seen
from hangtag.readings import CATALOG
from hangtag.rules import Rules
from hangtag.taxonomy import Attribute, Taxonomy
from hangtag.texts import Texts

__all__ = ["WORK", "Keys", "keys_of", "plan_products"]

# The rows that ``tagging.read_products`` takes: a catalog row, and
#   metadata_sha256  of what its attributes row would be derived from now
#   known_sha256     of its photo when it was last read, or failed
#   known_reason     why it failed, where it did and nothing but its photo could change that
#   known_category   the category seen in its photo then
#   known_side       at how many pixels a side it was read then
#   todo             attributes to read even if the photo is the same
#   changed          its attributes row must be derived anew even if the photo is the same
#   stored           its readings, where they may be needed
#   fresh            no table has a row of it
WORK = pa.schema(
    [
        *CATALOG,
        pa.field("metadata_sha256", pa.string()),
        pa.field("known_sha256", pa.string()),
        pa.field("known_reason", pa.string()),
        pa.field("known_category", pa.string()),
        pa.field("known_side", pa.int32()),
        pa.field("todo", pa.list_(pa.string())),
        pa.field("changed", pa.bool_()),
        pa.field("stored", pa.list_(STORED)),
        pa.field("fresh", pa.bool_()),
    ]
)

# What the ledger is asked about.
_TOLD = pa.schema(list(WORK)[: len(CATALOG) + 1])

# Failures that may have had nothing to do with the photo's bytes: worth another try every time.
_WORTH_ANOTHER_TRY = frozenset({"decoder_died"})


@dataclass(frozen=True)
class Keys:
    """What the ledger says of a product that this very run has done.

    ``engine``, ``photos``: what reads photos, what decodes them. ``attributes``: name → name and
    hash of all in the definition that a reading depends on. ``derivation``: hash of all but the
    metadata that an attributes row depends on, besides readings.
    """

    engine: str
    photos: str
    attributes: Mapping[str, str]
    derivation: str

    def metadata(self, values: Sequence[str | None]) -> str:
        """The hash of a catalog row's ``values`` and of what turns them into an attributes row."""
        told = "\x1f".join(["\x00" if value is None else value for value in values])
        return hashlib.sha256(f"{self.derivation}\x1e{told}".encode()).hexdigest()


def keys_of(
    engine: Engine,
    taxonomy: Taxonomy,
    rules: Rules,
    limits: PhotoLimits | None = None,
    texts: Texts | None = None,
) -> Keys:
    """The keys of a run with these; without ``texts``, attributes come from photos alone."""
    calibration = _digest(repr(engine.calibration)) if engine.calibration else "uncalibrated"
    versions = attribute_versions(engine)
    return Keys(
        engine=f"{engine.name} {engine.version} {calibration}",
        photos=f"photos {hangtag.__version__} {_digest(repr(limits or PhotoLimits()))}",
        attributes={
            a.name: f"{a.name}@{_digest(_definition(a))}{versions.get(a.name, '')}"
            for a in taxonomy.read
        },
        derivation=_digest(
            [hangtag.__version__, rules.version, _whole(taxonomy), texts and texts.version]
        ),
    )


def _definition(attribute: Attribute) -> list[Any]:
    options = [[o.name, o.definition] for o in attribute.options]
    a = attribute
    return [options, a.multiple, a.at_most, a.threshold, a.question]


def _whole(taxonomy: Taxonomy) -> list[Any]:
    attributes = [
        [a.name, a.tier, _definition(a), a.fallback, a.only_for, a.not_for] for a in taxonomy
    ]
    return [attributes, {name: dict(columns) for name, columns in taxonomy.groups.items()}]


def _digest(told: Any) -> str:
    text = json.dumps(told, default=sorted, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def plan_products(
    batches: Iterator[pa.RecordBatch], known: Known, keys: Keys
) -> Iterator[pa.RecordBatch]:
    """Catalog rows → WORK rows, in the same order, none left out."""
    told = (_with_metadata(batch, keys) for batch in batches)
    attribute_keys = keys.attributes.values()
    for seen in known.beside(told, fingerprint=keys.engine, attribute_keys=attribute_keys):
        if seen.batch.num_rows:
            yield _plan(seen, keys)


def _with_metadata(batch: pa.RecordBatch, keys: Keys) -> pa.RecordBatch:
    """The catalog's rows, each with the hash of its metadata."""
    told = zip(*(batch[name].to_pylist() for name in CATALOG.names[1:]), strict=True)
    metadata = pa.array([keys.metadata(values) for values in told], pa.string())
    columns = [*(batch[name] for name in CATALOG.names), metadata]
    return pa.RecordBatch.from_arrays(columns, schema=_TOLD)


def _plan(seen: Seen, keys: Keys) -> pa.RecordBatch:
    everything = list(keys.attributes)
    plans = [
        _plan_one(row, sha, keys, everything)
        for row, sha in zip(seen.rows, seen.batch["metadata_sha256"].to_pylist(), strict=True)
    ]
    stored = _names(seen.stored)
    for place, (row, (sha, todo, changed)) in enumerate(zip(seen.rows, plans, strict=True)):
        if row is None or sha is None or row.outcome != "tagged" or not (todo or changed):
            continue
        # Whoever took rows out of the table wants them read again.
        missing = [name for name in everything if name in todo or name not in stored[place]]
        plans[place] = (sha, missing, changed)
    return pa.RecordBatch.from_arrays(
        [
            *(seen.batch[name] for name in _TOLD.names),
            pa.array([plan[0] for plan in plans], pa.string()),
            pa.array([row and row.reason for row in seen.rows], pa.string()),
            pa.array([row and row.category_seen for row in seen.rows], pa.string()),
            pa.array([row and row.photo_side for row in seen.rows], pa.int32()),
            pa.array([plan[1] for plan in plans], WORK.field("todo").type),
            pa.array([plan[2] for plan in plans], pa.bool_()),
            seen.stored,
            pa.array([row is None for row in seen.rows], pa.bool_()),
        ],
        schema=WORK,
    )


def _names(stored: pa.Array) -> list[list[str]]:
    """The attributes of each list of readings."""
    names = stored.values.field("attribute").to_pylist()
    ends = stored.offsets.to_pylist()
    return [names[start:end] for start, end in pairwise(ends)]


def _plan_one(
    row: Row | None, metadata_sha256: str, keys: Keys, everything: list[str]
) -> tuple[str | None, list[str], bool]:
    """The photo's known hash, what to read even if it still has it, whether to derive anew."""
    if row is None or row.outcome is None:
        return None, everything, True
    changed = row.metadata_sha256 != metadata_sha256
    if row.outcome == "failed":
        same = row.fingerprint == keys.photos and row.reason not in _WORTH_ANOTHER_TRY
        return (row.image_sha256 if same and not changed else None), everything, changed
    if row.fingerprint != keys.engine:
        return None, everything, True
    there = set(row.attribute_keys or ())
    todo = [name for name, key in keys.attributes.items() if key not in there]
    if len(todo) == len(everything):
        return None, everything, True
    return row.image_sha256, todo, changed
