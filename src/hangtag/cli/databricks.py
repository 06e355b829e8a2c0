"""The verb ``databricks``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hangtag.cli.options import AMOUNT, FOLDER, common

if TYPE_CHECKING:
    from collections.abc import Callable

    from hangtag.databricks import Names

__all__ = ["databricks"]


@click.group(short_help="The same run on Databricks: a bundle, its check, its search index.")
def databricks() -> None:
    """Jobs, endpoints and a search index in a Databricks workspace.

    init writes an asset bundle, check validates it offline, sync makes the index or brings it up to
    date. Host and credentials come from the environment, as databricks-sdk takes them.
    """


def _named(verb: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--endpoint", default="hangtag", show_default=True, help="Of AI Search."),
        click.option("--prefix", default="hangtag_", show_default=True, help="Of our tables."),
        click.option("--schema", default="fashion_demo", show_default=True, help="Of all tables."),
        click.option("--catalog", default="main", show_default=True, help="Unity Catalog's."),
    ):
        verb = option(verb)
    return verb


def _names(**told: str) -> Names:
    from hangtag.databricks import Names

    return Names(**told)


@databricks.command(short_help="Write an asset bundle.")
@_named
@click.option("--volume", default="raw_data", show_default=True, help="Where the photos lie.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("databricks"),
    show_default=True, help="Folder of the bundle.",
)  # fmt: skip
@click.option("--replace", is_flag=True, help="Files that were changed, too.")
@common
def init(*, out: Path, replace: bool, as_json: bool, quiet: bool, **names: str) -> None:  # noqa: ARG001
    """Write the files of an asset bundle: jobs, endpoints, grants."""
    from hangtag.databricks import write_bundle

    written = write_bundle(out, _names(**names), replace=replace)
    if as_json:
        click.echo(json.dumps({"files": [str(path) for path in written]}, indent=1))
        return
    click.echo("\n".join(str(path) for path in written))
    click.echo(f"Check: hangtag databricks check {out}")


@databricks.command(short_help="Validate a bundle offline.")
@click.argument("folder", type=FOLDER, default=Path("databricks"))
@common
def check(*, folder: Path, as_json: bool, quiet: bool) -> int:
    """See whether the bundle in FOLDER holds together; say what only a workspace can show.

    Exit code 1 when something is wrong.
    """
    from hangtag.databricks.checking import LIVE, check_bundle

    found = check_bundle(folder)
    if as_json:
        wrong = [asdict(finding) for finding in found]
        click.echo(json.dumps({"findings": wrong, "live": LIVE}, indent=1))
        return int(bool(found))
    for finding in found:
        line = "" if finding.line is None else f":{finding.line}"
        click.echo(f"{finding.file}{line}: {finding.what}")
    if not quiet:
        click.echo("Fields, references, names, entry points and parameters hold." if not found
                   else f"{len(found)} things are wrong.")  # fmt: skip
        click.echo("Only a live workspace can show:")
        for one in LIVE:
            click.echo(f"  - {one}")
    return int(bool(found))


@databricks.command(short_help="Make the AI Search index, or bring it up to date.")
@_named
@click.option("--column", default="photo_vector", show_default=True, help="Or text_vector.")
@click.option("--storage-optimized", is_flag=True, help="A new endpoint for very many vectors.")
@click.option("--minutes", type=AMOUNT, default=30.0, help="To wait for a new endpoint.")
@common
def sync(
    *, column: str, storage_optimized: bool, minutes: float, as_json: bool, quiet: bool,
    **names: str,
) -> None:  # fmt: skip
    """Make the index over the search table where there is none; else have it follow the table."""
    from hangtag.databricks.indexing import IndexPlan
    from hangtag.databricks.sdk_workspace import sync_index

    kind = "STORAGE_OPTIMIZED" if storage_optimized else "STANDARD"
    plan = IndexPlan.of(_names(**names), column=column, endpoint_type=kind)
    done = sync_index(plan, minutes=minutes)
    if as_json:
        click.echo(json.dumps({"index": plan.index, "done": done}, indent=1))
    elif not quiet:
        click.echo(f"{plan.index}: {done}.")
