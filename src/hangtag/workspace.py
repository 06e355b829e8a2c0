"""The folder that one catalog's runs fill: five Delta tables and a few small files.

    products/     what the run saw of each product
    readings/     one row a product and attribute
    attributes/   one row a product: what the rules let stand of its readings
    failures/     one row a product that could not be read
    ledger/       what was done for each product, and from what; written last
    corrections/  what people said; there once somebody did
    run.json      the summary of the last run
    taxonomy.yaml the taxonomy of the last run, where it was not the one that ships
    rules.yaml    the rules of the last run, where they were not those that ship
    terms.json    what else its attributes were derived by
    taught.npz    heads that were taught here; taught.yaml: their taxonomy, where it is one's own
    taught-words.npz  what words of titles and descriptions say, taught here
    taught-labels.parquet  of which products labels were taught, an attribute each
    words.npz     those that the last run went by
    embeddings/   what the compact network saw in photos; there once something was taught
    record.json   how right readings are by how sure they are, where somebody has judged them
    calibration.json  of an engine that has none of its own, where labels were there to fit it to
    .lock         who is writing
    .settling.lock  who is making attributes say what people said

Rows of one product get into the tables in this order, so a product that is not in ``products`` is
in no table, and one that is in ``ledger`` is in all that it should be in. A product whose rows are
about to change leaves the ledger first.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hangtag import delta
from hangtag.calibration import Calibration
from hangtag.errors import WorkspaceError
from hangtag.heads import Heads
from hangtag.locking import hold
from hangtag.readings import CATALOG, FAILURES, LEDGER, READINGS, attributes_schema
from hangtag.rules import Rules, default_rules, load_rules
from hangtag.taxonomy import Taxonomy, default_taxonomy, load_taxonomy
from hangtag.texts.taught import TaughtWords, load_taught_words, taught_words_bytes
from hangtag.track_record import TrackRecord

__all__ = ["TABLES", "TAUGHT_HEADS", "TAUGHT_WORDS", "Workspace"]

# In the order in which they are written.
TABLES = ("products", "readings", "attributes", "failures", "ledger")
# What `hangtag teach` learned; other folders may hold these two files as well.
TAUGHT_HEADS, TAUGHT_WORDS = "taught.npz", "taught-words.npz"
_TAUGHT = pa.schema({"attribute": pa.string(), "product_id": pa.string()})


class Workspace:
    """A workspace folder. Making one touches nothing; ``create`` makes folder and tables.

    Raises WorkspaceError when the path holds something else.
    """

    def __init__(self, path: Path | str):
        self.path = Path(path)
        try:
            strange = [] if self._is_ours() else sorted(p.name for p in self.path.iterdir())
        except FileNotFoundError:
            strange = []
        except OSError as error:
            raise WorkspaceError(
                f"{self.path} cannot be a workspace: {error.strerror}.", "Name a folder."
            ) from error
        if strange:
            raise WorkspaceError(
                f"{self.path} is no workspace: it holds {', '.join(strange[:3])}"
                f"{' and more' if len(strange) > 3 else ''}.",
                "Name a folder that is empty or does not exist yet.",
            )

    def __repr__(self) -> str:
        return f"Workspace({str(self.path)!r})"

    def _is_ours(self) -> bool:
        # The lock comes first in a workspace's life; a copy may have lost hidden files.
        return (self.path / ".lock").is_file() or any(self.has(name) for name in TABLES)

    def has(self, name: str) -> bool:
        """Whether there is a table of that name."""
        return delta.exists(self.table(name))

    def table(self, name: str) -> Path:
        """Where the table lies; any Delta reader takes this path."""
        return self.path / name

    def lock(self, *, wait: bool = False) -> AbstractContextManager[None]:
        """Be the only run that writes here; makes the folder.

        Raises WorkspaceBusyError, naming the holder, when another run is at it; with ``wait`` it
        waits for that run to end.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WorkspaceError(
                f"{self.path} cannot be made: {error.strerror}.", "Name another folder."
            ) from error
        return hold(self.path / ".lock", wait=wait)

    def create(self, taxonomy: Taxonomy) -> None:
        """Make the tables that are missing, and the columns that ``taxonomy`` asks for."""
        schemas = {
            "products": CATALOG,
            "readings": READINGS,
            "attributes": attributes_schema(taxonomy),
            "failures": FAILURES,
            "ledger": LEDGER,
        }
        for name in TABLES:
            delta.create(self.table(name), schemas[name])

    def read(self, name: str, columns: Sequence[str] | None = None, where: Any = None) -> pa.Table:
        """A table's rows, those that ``where`` (a ``pyarrow.compute`` expression) holds for.

        Raises WorkspaceError when there is no such table.
        """
        return delta.read(self.table(name), columns, where)

    def dataset(self, name: str) -> Any:
        """A table as ``pyarrow.dataset.Dataset``, for reading in parts or by duckdb.

        Columns that an earlier version's ledger lacks are null.
        """
        found = delta.dataset(self.table(name))
        return found.replace_schema(LEDGER) if name == "ledger" else found

    def count(self, name: str) -> int:
        """How many rows a table has."""
        return delta.count(self.table(name))

    def append(self, name: str, rows: pa.Table) -> None:
        """Add rows of products that the table does not have; see ``delta.append``."""
        delta.append(self.table(name), rows)

    def replace(self, name: str, where: str, rows: pa.Table) -> None:
        """Put rows in the place of those that ``where`` holds for; see ``delta.replace``."""
        delta.replace(self.table(name), where, rows)

    def renew(self, name: str, product_ids: Sequence[str], rows: pa.Table) -> int:
        """Make ``rows`` all that a table with a row a product says of these; how many differed.

        Only what differs is touched: a place in the expression that says what to replace costs
        more than a look at the row.
        """
        these = pc.field("product_id").isin(list(product_ids))
        before = _by_id(self.read(name, None, these))
        after = _by_id(rows)
        differing = [i for i in product_ids if before.get(i) != after.get(i)]
        if differing:
            new = rows.filter(pc.is_in(rows["product_id"], pa.array(differing, pa.string())))
            self.replace(name, delta.among("product_id", differing), new)
        return len(differing)

    def settling(self) -> AbstractContextManager[None]:
        """Be the only one that writes ``attributes``; waits for its turn, which is soon."""
        return hold(self.path / ".settling.lock", wait=True)

    def compact(self, files: int = 24, only: Sequence[str] = TABLES) -> None:
        """Rewrite tables of more than ``files`` files as few."""
        for name in only:
            delta.compact(self.table(name), files)

    def taxonomy(self) -> Taxonomy:
        """The taxonomy of the last run."""
        path = self.path / "taxonomy.yaml"
        return load_taxonomy(path) if path.exists() else default_taxonomy()

    def rules(self) -> Rules:
        """The rules of the last run, over its taxonomy."""
        path = self.path / "rules.yaml"
        taxonomy = self.taxonomy()
        return load_rules(path, taxonomy) if path.exists() else default_rules(taxonomy)

    def keep_taxonomy(self, source: Path | None) -> None:
        """Keep a copy of the taxonomy's file; None says that it is the one that ships."""
        self._keep("taxonomy.yaml", source)

    def keep_rules(self, source: Path | None) -> None:
        """Keep a copy of the rules' file; None says that they are those that ship."""
        self._keep("rules.yaml", source)

    def _keep(self, name: str, source: Path | None) -> None:
        kept = self.path / name
        if source is None:
            kept.unlink(missing_ok=True)
        elif source.resolve() != kept.resolve():
            self._write(name, source.read_bytes())

    def track_record(self) -> TrackRecord | None:
        """How right readings are, where somebody has judged them here.

        Raises CalibrationError when the file says something else.
        """
        path = self.path / "record.json"
        try:
            return TrackRecord.from_json(path.read_text("utf-8"), str(path))
        except FileNotFoundError:
            return None

    def keep_track_record(self, record: TrackRecord) -> None:
        """Write ``record.json``."""
        self._write("record.json", (json.dumps(record.to_json()) + "\n").encode())

    @property
    def calibration_file(self) -> Path:
        """Where the calibration lies that was fitted here, if there is one."""
        return self.path / "calibration.json"

    def keep_calibration(self, calibration: Calibration) -> None:
        """Write ``calibration.json``."""
        self._write("calibration.json", (json.dumps(calibration.to_json()) + "\n").encode())

    def taught(self) -> Heads | None:
        """The heads that were taught here. Raises CalibrationError when the file holds others."""
        path = self.taught_file
        return Heads.load(path) if path.exists() else None

    def taught_taxonomy(self) -> Taxonomy | None:
        """The taxonomy of the last lesson, where it was not the one that ships."""
        path = self.path / "taught.yaml"
        return load_taxonomy(path) if path.exists() else None

    @property
    def taught_file(self) -> Path:
        """Where the heads lie that were taught here, if there are any."""
        return self.path / TAUGHT_HEADS

    def keep_taught(self, heads: bytes, taxonomy: Path | None) -> None:
        """Write ``taught.npz`` and, where there is one, a copy of their taxonomy's file."""
        if taxonomy is not None:
            self._keep("taught.yaml", taxonomy)
        self._write(TAUGHT_HEADS, heads)

    def taught_words(self) -> dict[str, TaughtWords]:
        """Attribute → words that were taught here.

        Raises CalibrationError when the file holds something else.
        """
        path = self.path / TAUGHT_WORDS
        return load_taught_words(path) if path.exists() else {}

    def words(self) -> dict[str, TaughtWords]:
        """Attribute → taught words that the last run went by."""
        path = self.path / "words.npz"
        return load_taught_words(path) if path.exists() else {}

    def keep_words(self, words: Mapping[str, TaughtWords]) -> None:
        """Write ``words.npz``, or have none."""
        if words:
            self._write("words.npz", taught_words_bytes(words))
        else:
            (self.path / "words.npz").unlink(missing_ok=True)

    def keep_taught_words(self, words: Mapping[str, TaughtWords], taxonomy: Path | None) -> None:
        """Write ``taught-words.npz`` and, where there is one, a copy of their taxonomy's file."""
        if taxonomy is not None:
            self._keep("taught.yaml", taxonomy)
        self._write(TAUGHT_WORDS, taught_words_bytes(words))

    def taught_labels(self) -> pa.Table:
        """Of which products labels were taught: a row an ``attribute`` and ``product_id``."""
        path = self.path / "taught-labels.parquet"
        if not path.exists():
            return _TAUGHT.empty_table()
        try:
            return pq.read_table(path, schema=_TAUGHT)
        except (OSError, pa.ArrowInvalid) as error:
            raise WorkspaceError(
                f"{path} cannot be read: {error}.", "Teach again, from the same labels."
            ) from error

    def keep_taught_labels(self, labelled: Mapping[str, Collection[str]]) -> None:
        """Write ``taught-labels.parquet``: attribute → products, in the place of what it said."""
        before = self.taught_labels()
        others = pc.invert(pc.is_in(before["attribute"], pa.array(list(labelled), pa.string())))
        rows = [(name, product) for name, some in labelled.items() for product in sorted(some)]
        columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[], []]
        kept = pa.concat_tables([before.filter(others), pa.table(columns, schema=_TAUGHT)])
        sink = pa.BufferOutputStream()
        pq.write_table(kept, sink)
        self._write("taught-labels.parquet", sink.getvalue().to_pybytes())

    def last_run(self) -> Mapping[str, Any] | None:
        """What ``run.json`` says of the last run that came to an end, or None."""
        return self._told("run.json")

    def terms(self) -> Mapping[str, Any]:
        """What attributes were derived by besides taxonomy and rules, since the last run began.

        ``text``: whether texts count; ``least``: attribute → the confidence from which on values
        are shown; ``uncalibrated``: see there. Empty where no run has said.
        """
        return self._told("terms.json") or self.last_run() or {}

    def uncalibrated(self) -> frozenset[str]:
        """Attributes whose probabilities, or some of them, are as the engine gave them.

        All of them where nothing says which engine it was.
        """
        terms, run = self._told("terms.json") or {}, self.last_run() or {}
        told = terms.get("uncalibrated", run.get("uncalibrated"))
        if told is None:
            # Earlier versions only said of a run whether its engine was calibrated at all.
            told = () if run.get("calibrated") else (a.name for a in self.taxonomy().read)
        return frozenset(told)

    def keep_terms(self, terms: Mapping[str, Any]) -> None:
        """Write ``terms.json``."""
        self._write("terms.json", (json.dumps(terms, indent=1) + "\n").encode())

    def _told(self, name: str) -> Mapping[str, Any] | None:
        try:
            found = json.loads((self.path / name).read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def keep_run(self, summary: Mapping[str, Any]) -> None:
        """Write ``run.json``."""
        self._write("run.json", (json.dumps(summary, indent=1) + "\n").encode())

    def _write(self, name: str, data: bytes) -> None:
        """Whole or not at all, whoever reads meanwhile and whenever the process dies."""
        try:
            with tempfile.NamedTemporaryFile(dir=self.path, prefix=".new-", delete=False) as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(file.name).replace(self.path / name)
        except OSError as error:
            raise WorkspaceError(
                f"{self.path / name} cannot be written: {error.strerror}.",
                "Look at free space and permissions, then run the same command again.",
            ) from error


def _by_id(rows: pa.Table) -> dict[str, dict[str, Any]]:
    return {row["product_id"]: row for row in rows.to_pylist()}
