"""Work and outcomes on their way between driver and executors: Parquet files in a shared folder.

A wave is a folder. The driver writes ``todo-N.parquet`` for each task and then submits the task's
number; whoever executes it leaves ``begun-N-…`` at once and ``done-N-….parquet`` under that name
only when it is whole. A task that is tried again, or twice at once, leaves two of them, of which
the driver takes one. So it does not matter what Spark knows of its tasks, or whether it lives.
"""

from __future__ import annotations

import json
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hangtag.errors import WorkspaceError

__all__ = ["Done", "WaveFolder"]


@dataclass(frozen=True)
class Done:
    """The outcomes of a task. ``seconds``: from its beginning to its end; ``stages``: of those."""

    outcomes: pa.Table
    seconds: float
    stages: Mapping[str, float]


@dataclass(frozen=True)
class WaveFolder:
    """One wave's folder; driver and executors must see it at the same path."""

    path: Path

    def write_todo(self, tasks: Sequence[pa.Table]) -> None:
        """Make the folder, with tasks 0, 1, … in it. Raises WorkspaceError when it cannot."""
        try:
            self.path.mkdir(parents=True)
            for number, rows in enumerate(tasks):
                pq.write_table(rows, self._todo(number))
        except OSError as error:
            raise WorkspaceError(
                f"Work cannot be staged in {self.path}: {error}.",
                "Look at free space and permissions, or name another folder with --staging.",
            ) from error

    def read_todo(self, number: int, rows: int = 1024) -> Iterator[pa.RecordBatch]:
        """The rows of a task, in an executor."""
        with pq.ParquetFile(self._todo(number), pre_buffer=False) as file:
            for batch in file.iter_batches(rows, use_threads=False):
                # What was metadata of the file is none of the batches'.
                yield batch.replace_schema_metadata(None)

    def write_done(
        self, number: int, outcomes: Iterator[pa.RecordBatch], stages: Mapping[str, float]
    ) -> int:
        """Stage what comes of a task; how many rows. ``stages`` is looked at in the end."""
        start, rows, name = time.monotonic(), 0, uuid.uuid4().hex
        (self.path / f"begun-{number}-{name}").touch()
        unfinished = self.path / f"unfinished-{number}-{name}"
        writer: pq.ParquetWriter | None = None
        try:
            for batch in outcomes:
                if writer is None:
                    writer = pq.ParquetWriter(unfinished, batch.schema, compression="zstd")
                writer.write_batch(batch)
                rows += batch.num_rows
            if writer is not None:
                spent = {"seconds": time.monotonic() - start, "stages": dict(stages)}
                writer.add_key_value_metadata({"hangtag": json.dumps(spent)})
        finally:
            if writer is not None:
                writer.close()
        asked = pq.read_metadata(self._todo(number)).num_rows
        if rows != asked:
            raise RuntimeError(f"{asked} products went in and {rows} outcomes came out")
        unfinished.replace(self.path / f"done-{number}-{name}.parquet")
        return rows

    def begun(self) -> set[int]:
        """The tasks that some executor has taken up."""
        return {int(path.name.split("-")[1]) for path in self.path.glob("begun-*")}

    def done(self) -> dict[int, Path]:
        """Task → one whole file of its outcomes."""
        return {int(p.name.split("-")[1]): p for p in sorted(self.path.glob("done-*.parquet"))}

    def read_done(self, path: Path, schema: pa.Schema) -> Done:
        """What a task left, as ``schema``. Raises WorkspaceError when it cannot be read."""
        try:
            with pq.ParquetFile(path) as file:
                table = file.read(use_threads=False).select(schema.names)
                told: dict[str, Any] = json.loads(file.metadata.metadata[b"hangtag"])
        except (OSError, pa.ArrowException) as error:
            raise WorkspaceError(
                f"{path} cannot be read: {error}.", "Run the same command again."
            ) from error
        return Done(table.cast(schema), told["seconds"], told["stages"])

    def todo(self, number: int) -> pa.Table:
        """The rows of a task, in the driver."""
        return pq.read_table(self._todo(number)).replace_schema_metadata(None)

    def remove(self) -> None:
        """Forget the wave; a late executor may still be writing into it."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _todo(self, number: int) -> Path:
        return self.path / f"todo-{number}.parquet"
