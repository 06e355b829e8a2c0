"""The run of ``tagging.tag`` with its middle on Spark."""

from __future__ import annotations

import hashlib
import shutil
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from hangtag.catalog import Catalog
from hangtag.deriving import Deriving
from hangtag.errors import WorkspaceError
from hangtag.images import PhotoLimits
from hangtag.photo_sources import LocalPhotos, PhotoSource
from hangtag.remote_photos import RemotePhotos, is_url
from hangtag.rules import Rules, default_rules
from hangtag.running import run
from hangtag.spark.job import ReadingJob
from hangtag.spark.session import Cluster
from hangtag.spark.waves import Waves
from hangtag.summary import Progress, RunSummary, Stages
from hangtag.taxonomy import Taxonomy, default_taxonomy
from hangtag.workspace import Workspace

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["photo_source", "tag_catalog"]


def tag_catalog(
    session: SparkSession,
    catalog: Catalog,
    images: Path | str,
    workspace: Workspace,
    engine: str = "compact",
    *,
    options: Mapping[str, Any] | None = None,
    staging: Path | None = None,
    task_rows: int | None = None,
    taxonomy: Taxonomy | None = None,
    taxonomy_file: Path | None = None,
    rules: Rules | None = None,
    rules_file: Path | None = None,
    text: bool = True,
    where: str | None = None,
    order: str | None = None,
    limit: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    wait: bool = False,
    processes: int | None = None,
    limits: PhotoLimits | None = None,
    allow_outside: bool = False,
    allow_missing: bool = False,
    wave_rows: int = 4096,
    wave_seconds: float = 30.0,
) -> RunSummary:
    """What ``tagging.tag`` does, with photos read by Spark's workers and tables written here.

    ``images``: a folder that all workers see at this path, or a URL that fsspec knows. ``engine``
    is opened in the workers, never here: a name that hangtag knows, or ``package.module:callable``.
    ``staging``: a folder that the workers and this process see, by default one in the workspace.
    ``task_rows``: products of a task, by default what takes some seconds. ``processes``: that
    decode photos in each worker, by default one a core of its task. The rest is that of
    ``tagging.tag``, and so is what happens when it is killed, stopped or started again, here or on
    one machine.

    Raises what ``tagging.tag`` does; UsageError when workers lack hangtag or do not see staging.
    """
    taxonomy = taxonomy or default_taxonomy()
    rules = rules or default_rules(taxonomy)
    photos = photo_source(images, allow_outside)
    cores = int(session.conf.get("spark.task.cpus", "1") or 1)
    job = ReadingJob(
        engine, taxonomy, rules, photos, dict(options or {}), limits or PhotoLimits(),
        processes=processes or cores, threads=cores, text=text, words=workspace.taught_words(),
    )  # fmt: skip
    cluster = Cluster(session, job)
    with workspace.lock(wait=wait):
        pass  # better told that it is busy now than after an engine was opened in every worker
    shared = _staging(staging, workspace)
    outlook = cluster.look(shared)

    def middle(
        batches: Iterator[pa.RecordBatch], stop: Callable[[], bool], stages: Stages
    ) -> Generator[pa.RecordBatch, None, None]:
        # The workspace is ours now: what lies there was left by a run that was killed.
        for left in shared.glob("run-*"):
            shutil.rmtree(left, ignore_errors=True)
        folder = shared / f"run-{uuid.uuid4().hex}"
        waves = Waves(
            cluster.submit, cluster.interrupt, folder, taxonomy, outlook.places, task_rows
        )
        try:
            yield from waves.read(batches, stop, stages)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    return run(
        catalog, photos, workspace, middle, identity=outlook.identity, keys=outlook.keys,
        deriving=Deriving(taxonomy, rules, job.texts()),
        taxonomy_file=taxonomy_file, rules_file=rules_file, where=where,
        order=order, limit=limit, progress=progress, wait=wait, allow_missing=allow_missing,
        wave_rows=wave_rows, wave_seconds=wave_seconds,
    )  # fmt: skip


def _staging(staging: Path | None, workspace: Workspace) -> Path:
    """A folder for this workspace alone: what is in it belongs to whoever holds the workspace."""
    if staging is None:
        shared = workspace.path.absolute() / ".staging"
    else:
        name = hashlib.sha256(str(workspace.path.resolve()).encode()).hexdigest()[:16]
        shared = staging.absolute() / f"hangtag-{name}"
    try:
        shared.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkspaceError(
            f"{shared} cannot be made: {error.strerror}.", "Name another folder with --staging."
        ) from error
    return shared


def photo_source(images: Path | str | None, allow_outside: bool = False) -> PhotoSource:
    """Photos of a folder, below a URL, or, for None, wherever each product says."""
    if images is None or is_url(images):
        return RemotePhotos(None if images is None else str(images), allow_outside)
    return LocalPhotos(Path(images).absolute(), allow_outside)
