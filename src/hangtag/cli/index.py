"""The verb ``index``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hangtag.cli.options import COUNT, FOLDER, common, embedder_of, workspace

if TYPE_CHECKING:
    from hangtag.search import IndexSummary

__all__ = ["index"]


@click.command(short_help="Make what was tagged searchable.")
@workspace
@click.option("--images", type=FOLDER, help="Folder of the photos, if they have moved.")
@embedder_of("What makes the vectors.")
@click.option("--processes", type=COUNT, help="To decode photos. [default: one a core, at most 4]")
@common
def index(
    *,
    workspace: Path,
    images: Path | None,
    embedder: str,
    embedder_model: str | None,
    processes: int | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Bring the search index of WORKSPACE up to its tables.

    Only what is new or has changed since the last time is looked at; what is gone from the tables
    goes from the index. It may be stopped at any time: the next call goes on.
    """
    from hangtag.cli.progress import shown_indexing
    from hangtag.embedders.registry import open_embedder
    from hangtag.search import build_index
    from hangtag.workspace import Workspace

    place = Workspace(workspace)
    with shown_indexing(quiet) as progress:
        done = build_index(
            place, embedder=open_embedder(embedder, model=embedder_model), images=images,
            processes=processes, progress=progress,
        )  # fmt: skip
    if as_json:
        click.echo(json.dumps({**done.to_json(), "workspace": str(workspace)}, indent=1))
    else:
        _print(done, workspace)


def _print(done: IndexSummary, workspace: Path) -> None:
    from hangtag.cli.progress import duration

    click.echo(
        f"{done.products:,} products can be searched. {done.documents:,} texts and "
        f"{done.photos:,} photos were new or changed, {done.removed:,} products are gone. "
        f"{duration(done.seconds)}, {done.megabytes:,.0f} MB."
    )
    if done.without_photo:
        unreadable = f", {done.unreadable:,} of them unreadable now" if done.unreadable else ""
        click.echo(f"{done.without_photo:,} are found by text alone: no photo{unreadable}.")
    if done.recall is not None:
        click.echo(f"The approximate index finds {done.recall:.1%} of what exact search finds.")
    click.echo(f'Look: hangtag search {workspace} "striped shirt", or hangtag serve {workspace}')
