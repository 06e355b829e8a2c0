"""Options of a run on Spark, and the run that they ask for."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hangtag.cli.options import COUNT, FOLDER, pairs

if TYPE_CHECKING:
    from hangtag.catalog import Catalog
    from hangtag.summary import RunSummary
    from hangtag.workspace import Workspace

__all__ = ["PHOTOS", "OnSpark", "spark_options"]


class _Photos(click.ParamType[Any]):
    """A folder that is there, or a URL."""

    name = "directory"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """A Path or, of a URL, its text."""
        return value if "://" in str(value) else FOLDER.convert(value, param, ctx)


PHOTOS = _Photos()

_OPTIONS = (
    click.option(
        "--on", type=click.Choice(["here", "spark"]), default="here", show_default=True,
        help="Where photos are read; tables are written here anyway.",
    ),
    click.option("--master", help="Spark's: local[2], spark://HOST:PORT, sc://HOST (Connect)."),
    click.option(
        "--staging", type=click.Path(path_type=Path),
        help="Folder that Spark's workers see, too. [default: in the workspace]",
    ),
    click.option("--task-rows", type=COUNT, help="Of a Spark task. [default: what takes 8 s]"),
    click.option(
        "--spark-conf", multiple=True, callback=pairs, metavar="NAME=VALUE",
        help="Of the Spark session. May be repeated.",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class OnSpark:
    """What was asked for."""

    master: str | None
    staging: Path | None
    task_rows: int | None
    settings: Mapping[str, str]

    def tag(
        self,
        catalog: Catalog,
        images: Path | str,
        workspace: Workspace,
        engine: str,
        options: Mapping[str, Any],
        **rest: Any,
    ) -> RunSummary:
        """Open a session, run in it, and close it. Raises what ``spark.tag_catalog`` does."""
        from hangtag.spark import tag_catalog
        from hangtag.spark.session import open_session

        with open_session(self.master, self.settings) as session:
            return tag_catalog(
                session, catalog, images, workspace, engine, options=options,
                staging=self.staging, task_rows=self.task_rows, **rest,
            )  # fmt: skip


def spark_options(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Add them; the verb gets ``on_spark``, None unless ``--on spark``.

    Raises UsageError for one of them without ``--on spark``.
    """

    @functools.wraps(verb)
    def gathered(
        *, on: str, master: str | None, staging: Path | None, task_rows: int | None,
        spark_conf: Mapping[str, str], **given: Any,
    ) -> Any:  # fmt: skip
        if on == "here":
            for name, value in (
                ("master", master), ("staging", staging), ("task-rows", task_rows),
                ("spark-conf", spark_conf),
            ):  # fmt: skip
                if value:
                    raise click.UsageError(f"--{name} goes with --on spark.")
            return verb(**given, on_spark=None)
        return verb(**given, on_spark=OnSpark(master, staging, task_rows, spark_conf))

    for option in reversed(_OPTIONS):
        option(gathered)
    return gathered
