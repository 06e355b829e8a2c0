"""Outcomes into the tables, a wave at a time, so that a run can die at any moment.

A wave goes through the tables in the order of ``workspace.TABLES``, one commit each; its products
count as done with the last one, the ledger's. Dying in between leaves rows that the ledger does
not know of, and the next run puts the same rows in their place.

Products that no table knows are appended; the others replace their rows, in waves of their own,
since that rewrites files. What they replace leaves the ledger first: a run that dies then, on a
catalog that goes back to the old photos, must not take the new readings for the old ones.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from hangtag import delta
from hangtag.deriving import Deriving
from hangtag.planning import Keys
from hangtag.readings import LEDGER, READINGS
from hangtag.settling import with_corrections
from hangtag.workspace import Workspace

__all__ = ["Committing"]

# In a run of millions of products: so many waves, and the small files they left become one.
_WAVES_TO_COMPACT = 64


@dataclass
class Committing:
    """Gathers outcomes and writes them when a wave of ``rows`` is full or ``after`` seconds old.

    ``seconds``: spent writing so far.
    """

    workspace: Workspace
    deriving: Deriving
    keys: Keys
    rows: int = 4096
    after: float = 30.0
    seconds: float = 0.0
    _fresh: list[pa.RecordBatch] = field(default_factory=list)
    _others: list[pa.RecordBatch] = field(default_factory=list)
    _since: float = 0.0
    _waves: int = 0

    def add(self, outcomes: pa.RecordBatch) -> None:
        """Rows of ``outcomes.outcomes_schema``. Raises WorkspaceError when they cannot be kept."""
        changed = outcomes.filter(pc.is_in(outcomes["outcome"], pa.array(["tagged", "failed"])))
        if not (self._fresh or self._others):
            self._since = time.monotonic()
        for waiting, mask in (
            (self._fresh, changed["fresh"]),
            (self._others, pc.invert(changed["fresh"])),
        ):
            part = changed.filter(mask)
            if part.num_rows:
                waiting.append(part)
            if sum(batch.num_rows for batch in waiting) >= self.rows:
                self._write(waiting)
        if time.monotonic() - self._since >= self.after:
            self.flush()

    def flush(self) -> None:
        """Write what is waiting."""
        self._write(self._fresh)
        self._write(self._others)
        self._since = time.monotonic()

    def _write(self, waiting: list[pa.RecordBatch]) -> None:
        if not waiting:
            return
        start = time.perf_counter()
        wave = pa.Table.from_batches(waiting).combine_chunks()
        waiting.clear()
        # What people say meanwhile waits, and is put into rows that are complete.
        with self.workspace.settling():
            wave = with_corrections(wave, self.workspace, self.deriving)
            if wave["fresh"][0].as_py():
                self._append(wave)
            else:
                self._replace(wave)
        self._waves += 1
        if self._waves % _WAVES_TO_COMPACT == 0:
            self.workspace.compact()
        self.seconds += time.perf_counter() - start

    def _append(self, wave: pa.Table) -> None:
        tagged, failed = _split(wave)
        self.workspace.append("products", _unnested(wave, "product"))
        self.workspace.append("readings", _readings(tagged))
        self.workspace.append("attributes", _unnested(tagged, "attributes"))
        self.workspace.append("failures", _unnested(failed, "failure"))
        self.workspace.append("ledger", self._ledger(wave))

    def _replace(self, wave: pa.Table) -> None:
        tagged, failed = _split(wave)
        product_ids = wave["product_id"].to_pylist()
        self.workspace.replace(
            "ledger", delta.among("product_id", product_ids), LEDGER.empty_table()
        )
        self.workspace.renew("products", product_ids, _unnested(wave, "product"))
        outdated = _outdated(wave)
        if outdated is not None:
            self.workspace.replace("readings", outdated, _readings(tagged))
        self.workspace.renew("attributes", product_ids, _unnested(tagged, "attributes"))
        self.workspace.renew("failures", product_ids, _unnested(failed, "failure"))
        self.workspace.append("ledger", self._ledger(wave))

    def _ledger(self, wave: pa.Table) -> pa.Table:
        tagged = pc.equal(wave["outcome"], "tagged")
        # What an engine choked on may be worth another try with nothing changed: no fingerprint.
        stage = pc.struct_field(wave["failure"], "stage")
        decoded = pc.if_else(
            pc.equal(stage, "photo"), self.keys.photos, pa.scalar(None, pa.string())
        )
        keys = pa.scalar(list(self.keys.attributes.values()), LEDGER.field("attribute_keys").type)
        columns = {
            "product_id": wave["product_id"],
            "image_sha256": wave["image_sha256"],
            "fingerprint": pc.if_else(tagged, self.keys.engine, decoded),
            "attribute_keys": pa.array(
                [keys.as_py() if t else None for t in tagged.to_pylist()], keys.type
            ),
            "metadata_sha256": wave["metadata_sha256"],
            "category_seen": wave["category_seen"],
            "photo_side": wave["photo_side"],
            "outcome": wave["outcome"],
            "reason": pc.struct_field(wave["failure"], "reason"),
        }
        return pa.table([columns[name] for name in LEDGER.names], schema=LEDGER)


def _split(wave: pa.Table) -> tuple[pa.Table, pa.Table]:
    tagged = pc.equal(wave["outcome"], "tagged")
    return wave.filter(tagged), wave.filter(pc.invert(tagged))


def _outdated(wave: pa.Table) -> str | None:
    """Which readings make room for new ones, or hold no longer; None where all stay."""
    lost = wave.filter(pc.invert(wave["keeps"]))["product_id"].to_pylist()
    renewed: dict[tuple[str, ...], list[str]] = {}
    kept = wave.filter(wave["keeps"])
    for product_id, readings in zip(
        kept["product_id"].to_pylist(), kept["readings"].to_pylist(), strict=True
    ):
        names = tuple(reading["attribute"] for reading in readings)
        renewed.setdefault(names, []).append(product_id)
    parts = [delta.among("product_id", lost)] if lost else []
    for names, product_ids in renewed.items():
        if names:
            one, other = delta.among("product_id", product_ids), delta.among("attribute", names)
            parts.append(f"({one} AND {other})")
    return " OR ".join(parts) or None


def _unnested(wave: pa.Table, name: str) -> pa.Table:
    """The product ids and the fields of a struct column, side by side."""
    flat = wave.select(["product_id", name]).flatten()
    return flat.rename_columns([column.removeprefix(f"{name}.") for column in flat.column_names])


def _readings(wave: pa.Table) -> pa.Table:
    """One row a reading."""
    lists = wave["readings"].combine_chunks()
    if isinstance(lists, pa.ChunkedArray):  # no rows, no chunk
        return READINGS.empty_table()
    rows = pa.Table.from_struct_array(pc.list_flatten(lists))
    ids = wave["product_id"].take(pc.list_parent_indices(lists))
    return rows.add_column(0, READINGS.field("product_id"), ids)
