"""A Spark session, what Spark raises, and whether its workers are fit to read."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hangtag
from hangtag.errors import EngineError, HangtagError, MissingExtraError, UsageError
from hangtag.planning import Keys
from hangtag.running import Identity
from hangtag.spark.job import ReadingJob
from hangtag.spark.workers import Rows, looking, reading_tasks

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["Cluster", "Outlook", "open_session", "translated"]

_LOCAL: Mapping[str, str] = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "2g",
    "spark.ui.enabled": "false",
}
_QUIET: Mapping[str, str] = {"spark.log.level": "ERROR", "spark.ui.showConsoleProgress": "false"}

# Spark lends workers once more that have died since its last job, and a master local[N] tries no
# task twice; so whoever asks them does, as often as other masters would.
_TRIES = 4

_LOG = logging.getLogger("hangtag.spark")

# How a Python error of ours stands in the trace that Spark hands on as text.
_OURS = re.compile(r"^hangtag\.errors\.(\w+): (.*)$", re.MULTILINE)


@contextmanager
def open_session(
    master: str | None, settings: Mapping[str, str] | None = None
) -> Iterator[SparkSession]:
    """A session at ``master``: ``local[2]``, ``spark://…``, ``sc://…`` for Spark Connect.

    None: the one that is there, or what the environment says. Ended if it was begun here. Raises
    MissingExtraError without pyspark, UsageError when there is no session to be had.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise MissingExtraError("pyspark", "spark") from error
    there = SparkSession.getActiveSession()
    # Executors on this machine are to have the very Python that hangtag runs in.
    if master is None or master.startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder: Any = SparkSession.builder
    wanted = dict(settings or {})
    if master is not None and master.startswith("sc://"):
        builder = builder.remote(master)
    else:
        builder = builder.appName("hangtag")
        if master is not None:
            builder = builder.master(master)
        if master is not None and master.startswith("local"):
            wanted = {**_LOCAL, **wanted}
        wanted = {**_QUIET, **wanted}
    for name, value in wanted.items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except Exception as error:  # Java, gRPC and Python each have their own
        raise UsageError(
            f"There is no Spark at {master or 'hand'}: {_first_line(error)}",
            "Is the address right, and Java 17 or later installed?",
        ) from error
    try:
        yield session
    finally:
        if there is None:
            session.stop()


@dataclass(frozen=True)
class Outlook:
    """What the workers say before a run. ``places``: how many of them read at once."""

    identity: Identity
    keys: Keys
    places: int


class Cluster:
    """A session, for the two things that a run asks of it; both work through Spark Connect."""

    def __init__(self, session: SparkSession, job: ReadingJob):
        self._session, self._job = session, job.to_bytes()
        self._tag = f"hangtag-{uuid.uuid4().hex}"
        # Through Connect there is no context.
        self._remote = type(session).__module__.startswith("pyspark.sql.connect")

    def look(self, folder: Path) -> Outlook:
        """Ask the workers for their engine and whether they see ``folder``; opens their engines.

        Raises UsageError when they do not, or have another hangtag or none; EngineError when the
        engine does not open there.
        """
        token = folder / f"seen-{uuid.uuid4().hex}"
        token.touch()
        try:
            rows = self._asked(looking(self._job, token), "card string, sees boolean")
        finally:
            token.unlink()
        if not all(row["sees"] for row in rows):
            raise UsageError(
                f"Spark's workers do not see {folder}.",
                "Name a folder that they see at the same path with --staging, such as one on a "
                "network drive or a Volume.",
            )
        cards = {row["card"] for row in rows}
        about = json.loads(min(cards))
        if len(cards) > 1 or about["hangtag"] != hangtag.__version__:
            versions = sorted({json.loads(card)["hangtag"] for card in cards})
            raise UsageError(
                f"Spark's workers do not agree with this hangtag, {hangtag.__version__}, or with "
                f"each other: they have {', '.join(versions)}.",
                "Install the same version of hangtag and of the model everywhere.",
            )
        return Outlook(Identity(**about["identity"]), Keys(**about["keys"]), len(rows))

    def submit(self, folder: Path, tasks: int) -> None:
        """Execute the tasks of a wave, one partition each; returns when all are done.

        Raises HangtagError for an error that would come again; others when workers died.
        """
        self._collect(tasks, reading_tasks(self._job, folder), "id long")

    def interrupt(self) -> None:
        """End what ``submit`` has under way."""
        if self._remote:
            self._session.interruptTag(self._tag)
        else:
            # A session's own tags are known only to the thread that has set them.
            self._session.sparkContext.cancelJobsWithTag(self._tag)

    def _asked(self, rows: Rows, schema: str) -> list[Any]:
        for _ in range(_TRIES - 1):
            try:
                return self._collect(None, rows, schema)
            except HangtagError:
                raise
            except Exception:
                _LOG.debug("Spark's workers were asked and did not answer.", exc_info=True)
        return self._collect(None, rows, schema)

    def _collect(self, partitions: int | None, rows: Rows, schema: str) -> list[Any]:
        if self._remote:
            self._session.addTag(self._tag)
        else:
            self._session.sparkContext.addJobTag(self._tag)
        try:
            # By itself Spark makes as many partitions as tasks run at once.
            n = 1 << 16 if partitions is None else partitions
            numbers: DataFrame = self._session.range(0, n, 1, partitions)
            found: list[Any] = numbers.mapInArrow(rows, schema).collect()
            return found
        except Exception as error:
            ours = translated(error)
            if ours is not None:
                raise ours from error
            raise


def translated(error: Exception) -> HangtagError | None:
    """What Spark raised as an error of ours; None where a worker died and another try may help."""
    told = str(error)
    ours = _OURS.findall(told)
    if ours:
        kind, message = ours[-1]
        if kind.endswith("EngineError"):
            return EngineError(message)
        return UsageError(message) if kind.endswith("UsageError") else HangtagError(message)
    if "No module named 'hangtag'" in told:
        return UsageError(
            "Spark's workers have no hangtag.",
            "Install it where their Python is (PYSPARK_PYTHON names it), or ship the wheel.",
        )
    worker_ended = "crashed" in told or "KeyboardInterrupt" in told
    if "Traceback (most recent call last)" in told and not worker_ended:
        return HangtagError(
            f"A task failed: {told.strip().splitlines()[-1][:300]}",
            "That should not happen. Run it again with --debug, and report what it prints.",
        )
    return None


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:300]
