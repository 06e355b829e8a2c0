"""The verb ``report``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from hangtag.cli.options import FILE, FOLDER, common, workspace

__all__ = ["report"]


@click.command(short_help="Show a workspace as one HTML file.")
@workspace
@click.option("--labels", type=FILE, help="Score the readings against these, and show how right.")
@click.option("--images", type=FOLDER, help="Folder of the photos, if they have moved.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it. [default: report.html in the workspace]",
)  # fmt: skip
@click.option("--open", "show", is_flag=True, help="Show it in the browser.")
@common
def report(
    *,
    workspace: Path,
    labels: Path | None,
    images: Path | None,
    out: Path | None,
    show: bool,
    as_json: bool,
    quiet: bool,  # noqa: ARG001 - there is no progress to keep quiet about
) -> None:
    """Write one HTML file that shows what WORKSPACE holds.

    Counts, distributions, confidence, the rules that spoke, failures, and photos of every option,
    the surest and the least sure. It needs no network and no other file.
    """
    from hangtag.report import write_report

    path = write_report(workspace, out=out, labels=labels, images=images)
    if as_json:
        click.echo(json.dumps({"report": str(path)}))
    else:
        click.echo(f"The report lies in {path}")
    if show:
        click.launch(str(path))
