"""The verb ``review``."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hangtag.cli.options import FILE, common, served, workspace

if TYPE_CHECKING:
    from hangtag.review.reviewing import Reviewing

__all__ = ["review"]

_NEW_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(short_help="Confirm or correct readings in the browser.")
@workspace
@served(8001)
@click.option(
    "--token-file",
    type=FILE,
    help="Ask for the token that this file holds; or set HANGTAG_REVIEW_TOKEN.",
)
@click.option("--sample", metavar="NAME", help="Begin with this sample; confidence stays unseen.")
@click.option("--export-label-studio", type=_NEW_FILE, help="Write all that was said and end.")
@click.option("--import-label-studio", type=FILE, help="Take in what was said there and end.")
@click.option("--open", "show", is_flag=True, help="Show it in the browser.")
@common
def review(
    *,
    workspace: Path,
    host: str,
    port: int,
    images: Path | None,
    token_file: Path | None,
    sample: str | None,
    export_label_studio: Path | None,
    import_label_studio: Path | None,
    show: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Serve a page to review WORKSPACE until Ctrl-C, for one person or several at once.

    What people say is kept in the table corrections and stands in attributes, whatever is read
    later; readings stay as they are. This machine alone can reach the page; with --host 0.0.0.0
    others can too, and then it asks for a token.
    """
    from hangtag.review.gate import read_token
    from hangtag.review.reviewing import review as review_workspace

    if export_label_studio is not None or import_label_studio is not None:
        _exchange(workspace, export_label_studio, import_label_studio, as_json)
        return

    def ready(reviewing: Reviewing) -> None:
        if as_json:
            told = {"address": reviewing.address, "products": reviewing.products,
                    "reviewed": reviewing.reviewed}  # fmt: skip
            click.echo(json.dumps(told))
        elif not quiet:
            _print(reviewing)
        if show:
            click.launch(reviewing.address)

    token = read_token(token_file, os.environ.get("HANGTAG_REVIEW_TOKEN"))
    review_workspace(
        workspace, host=host, port=port, images=images, token=token, sample=sample, ready=ready
    )


def _exchange(workspace: Path, out: Path | None, into: Path | None, as_json: bool) -> None:
    from hangtag.review.label_studio import export_tasks, import_tasks
    from hangtag.workspace import Workspace

    place = Workspace(workspace)
    told: dict[str, int] = {}
    if into is not None:
        told["imported"] = import_tasks(place, into)
    if out is not None:
        told["exported"] = export_tasks(place, out)
    if as_json:
        click.echo(json.dumps(told))
        return
    for name, count in told.items():
        click.echo(f"{count:,} {'annotations' if name == 'imported' else 'products'} {name}.")


def _print(reviewing: Reviewing) -> None:
    done = f", {reviewing.reviewed:,} reviewed so far" if reviewing.reviewed else ""
    click.echo(f"{reviewing.products:,} products at {reviewing.address}{done}")
    if reviewing.images is None:
        click.echo("No folder of photos is known. Name it with --images to see them.")
    if reviewing.public:
        click.echo("Whoever can reach this machine and knows the token can review.")
    click.echo("Ctrl-C ends it.")
