"""What is left to do for each product, from the ledger: the content-addressed half of a run.

A product is done when its photo's hash, what read it, the definition of every attribute, its
metadata and the rules are what they were. Otherwise only what is missing is done: a new attribute
is read and the other readings are kept; new metadata or rules derive its attributes row anew from
the readings there are.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.dataset as pads

import hangtag
from hangtag.engines.base import Engine, attribute_versions
from hangtag.errors import WorkspaceError
from hangtag.images import PhotoLimits
from hangtag.readings import CATALOG, READINGS
from hangtag.rules import Rules
from hangtag.taxonomy import Attribute, Taxonomy
from hangtag.texts import Texts
from hangtag.workspace import Workspace

__all__ = ["WORK", "Keys", "Known", "keys_of", "plan_products"]

# Catalog rows looked up at once: a lookup passes over the whole ledger.
_ROWS = 4096

_STORED = pa.struct(
    [READINGS.field(name) for name in ("attribute", "value", "confidence", "probabilities")]
)

# The rows that ``tagging.read_products`` takes: a catalog row, and
#   metadata_sha256  of what its attributes row would be derived from now
#   known_sha256     of its photo when it was last read, or failed
#   known_reason     why it failed, where it did and nothing but its photo could change that
#   known_category   the category seen in its photo then
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
        pa.field("todo", pa.list_(pa.string())),
        pa.field("changed", pa.bool_()),
        pa.field("stored", pa.list_(_STORED)),
        pa.field("fresh", pa.bool_()),
    ]
)

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


class _Row(NamedTuple):
    """What the ledger knows of a product; all None where it is only known to have rows."""

    image_sha256: str | None
    fingerprint: str | None
    attribute_keys: tuple[str, ...] | None
    metadata_sha256: str | None
    category_seen: str | None
    outcome: str | None
    reason: str | None


class Known:
    """The ledger as it stood, to be asked about products; a context manager.

    Held by duckdb, in memory up to 256 MB and on disk beyond. Without a workspace, or with one that
    is still empty, nothing is known.
    """

    def __init__(self, workspace: Workspace | None):
        self._closing = ExitStack()
        self._empty = workspace is None or not workspace.has("ledger")
        if workspace is not None:
            self._workspace = workspace

    def __enter__(self) -> Known:
        if not self._empty:
            with ExitStack() as opening:
                self._open(opening)
                self._closing = opening.pop_all()
        return self

    def _open(self, opening: ExitStack) -> None:
        import duckdb

        folder = opening.enter_context(tempfile.TemporaryDirectory(prefix="hangtag-"))
        self._database = duckdb.connect(
            config={"memory_limit": "256MB", "temp_directory": folder, "threads": "1"}
        )
        opening.callback(self._database.close)
        # A product with rows that the ledger does not know of: a run died before it was done.
        self._asked(
            "CREATE TABLE known AS SELECT * FROM ledger UNION ALL BY NAME "
            "SELECT product_id FROM products ANTI JOIN ledger USING (product_id)",
            ledger=self._workspace.dataset("ledger"),
            products=self._workspace.dataset("products"),
        )

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def of(self, product_ids: Sequence[str]) -> dict[str, _Row]:
        """What is known of these products; one that is in no table is left out."""
        if self._empty:
            return {}
        found = self._asked(
            "SELECT product_id, image_sha256, fingerprint, attribute_keys, metadata_sha256, "
            "category_seen, outcome, reason FROM known SEMI JOIN wanted USING (product_id)",
            wanted=pa.table({"product_id": pa.array(product_ids, pa.string())}),
        )
        return {row[0]: _Row(*row[1:]) for row in found}

    def _asked(self, query: str, **tables: Any) -> list[tuple[Any, ...]]:
        import duckdb

        try:
            for name, table in tables.items():
                self._database.register(name, table)
            rows: list[tuple[Any, ...]] = self._database.execute(query).fetchall()
            for name in tables:
                self._database.unregister(name)
        except duckdb.Error as error:
            raise WorkspaceError(
                f"The ledger of {self._workspace.path} cannot be read: {error}.",
                "Is there free space for temporary files? Then run the same command again.",
            ) from error
        return rows

    def stored(self, product_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """The readings of these products, as they stand in the table."""
        if self._empty or not product_ids:
            return {}
        wanted = pads.field("product_id").isin(pa.array(product_ids, pa.string()))
        columns = ["product_id", *(field.name for field in _STORED)]
        found: dict[str, list[dict[str, Any]]] = {}
        for row in self._workspace.read("readings", columns, wanted).to_pylist():
            found.setdefault(row.pop("product_id"), []).append(row)
        return found


def plan_products(
    batches: Iterator[pa.RecordBatch], known: Known, keys: Keys
) -> Iterator[pa.RecordBatch]:
    """Catalog rows → WORK rows, in the same order, none left out."""
    for batch in _larger(batches, _ROWS):
        rows = known.of(batch["product_id"].to_pylist())
        plan = _plan(batch, rows, keys, known.stored)
        if plan.num_rows:
            yield plan


def _larger(batches: Iterator[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(b.num_rows for b in waiting) >= rows:
            yield pa.concat_batches(waiting)
            waiting = []
    if waiting:
        yield pa.concat_batches(waiting)


def _plan(
    batch: pa.RecordBatch,
    rows: Mapping[str, _Row],
    keys: Keys,
    stored: Callable[[Sequence[str]], Mapping[str, list[dict[str, Any]]]],
) -> pa.RecordBatch:
    everything = list(keys.attributes)
    product_ids: list[str] = batch["product_id"].to_pylist()
    told = zip(*(batch[name].to_pylist() for name in CATALOG.names[1:]), strict=True)
    metadata = [keys.metadata(values) for values in told]
    plans = [
        _plan_one(rows.get(product_id), sha, keys, everything)
        for product_id, sha in zip(product_ids, metadata, strict=True)
    ]
    partial = [
        product_id
        for product_id, (sha, todo, changed) in zip(product_ids, plans, strict=True)
        if sha is not None and rows[product_id].outcome == "tagged" and (todo or changed)
    ]
    readings = stored(partial) if partial else {}
    places = {product_id: place for place, product_id in enumerate(product_ids)}
    for product_id in partial:
        # Whoever took rows out of the table wants them read again.
        sha, todo, changed = plans[places[product_id]]
        names = {reading["attribute"] for reading in readings.get(product_id, ())}
        missing = [name for name in everything if name in todo or name not in names]
        plans[places[product_id]] = (sha, missing, changed)
    known = [rows.get(product_id) for product_id in product_ids]
    return pa.RecordBatch.from_arrays(
        [
            *(batch[name] for name in CATALOG.names),
            pa.array(metadata, pa.string()),
            pa.array([plan[0] for plan in plans], pa.string()),
            pa.array([row and row.reason for row in known], pa.string()),
            pa.array([row and row.category_seen for row in known], pa.string()),
            pa.array([plan[1] for plan in plans], WORK.field("todo").type),
            pa.array([plan[2] for plan in plans], pa.bool_()),
            pa.array([readings.get(product_id) for product_id in product_ids],
                     WORK.field("stored").type),
            pa.array([row is None for row in known], pa.bool_()),
        ],
        schema=WORK,
    )  # fmt: skip


def _plan_one(
    row: _Row | None, metadata_sha256: str, keys: Keys, everything: list[str]
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
