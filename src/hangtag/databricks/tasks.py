"""What the job's tasks run: ``run_task.py tag --catalog main …``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from hangtag.databricks.cloud_run import CloudRun, Wave
from hangtag.databricks.names import Names
from hangtag.databricks.taught import Taught
from hangtag.errors import MissingExtraError
from hangtag.rules import default_rules
from hangtag.taxonomy import Taxonomy, default_taxonomy

__all__ = ["STEPS", "main", "parser"]

STEPS = ("tag", "describe", "embed", "sync")


def parser() -> argparse.ArgumentParser:
    """Of a task's parameters; ``databricks check`` tries those of a bundle on it."""
    top = argparse.ArgumentParser(prog="run_task.py")
    steps = top.add_subparsers(dest="step", required=True)
    for name in STEPS:
        step = steps.add_parser(name)
        step.add_argument("--catalog", required=True)
        step.add_argument("--schema", required=True)
        step.add_argument("--prefix", required=True)
        step.add_argument("--wave-rows", type=int, default=20_000)
        if name in ("tag", "embed"):
            step.add_argument("--images", required=True)
        if name == "tag":
            step.add_argument("--products", required=True)
            step.add_argument("--engine", default="compact")
            step.add_argument("--taught", default="")
            step.add_argument("--again", action="store_true")
        if name == "sync":
            step.add_argument("--endpoint", required=True)
    return top


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one step in the session that is there; raises what it does, so that the task fails."""
    told = parser().parse_args(arguments)
    endpoint = {"endpoint": told.endpoint} if told.step == "sync" else {}
    names = Names(told.catalog, told.schema, prefix=told.prefix, **endpoint)
    if told.step == "sync":
        from hangtag.databricks.indexing import IndexPlan
        from hangtag.databricks.sdk_workspace import sync_index

        print(sync_index(IndexPlan.of(names)))  # noqa: T201 - the task's log
        return
    from hangtag.databricks.tables import DeltaTables

    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise MissingExtraError("pyspark", "spark") from error
    session = SparkSession.builder.getOrCreate()
    taxonomy = default_taxonomy()
    run = CloudRun(
        session, DeltaTables(session, names), taxonomy, default_rules(taxonomy),
        told.wave_rows, _tell,
    )  # fmt: skip
    if told.step == "tag":
        run.load(told.products)
        taught = _taught(told.taught, taxonomy)
        run.tag(told.images, told.engine, taught=taught, again=told.again)
    elif told.step == "describe":
        run.describe()
    else:
        run.embed(told.images)


def _taught(folder: str, taxonomy: Taxonomy) -> Taught:
    """What is in the folder; nothing where none is named, for a job's parameter is always given."""
    if not folder:
        return Taught()
    taught = Taught.load(Path(folder), taxonomy)
    if taught.unread:
        names = ", ".join(taught.unread)
        print(f"taught, and no attributes of this job: {names}", flush=True)  # noqa: T201
    return taught


def _tell(wave: Wave) -> None:
    print(f"{wave.step}: {wave.products:,} products, {wave.failed:,} failed", flush=True)  # noqa: T201
