"""The verb ``serve``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hangtag.cli.options import common, embedder_of, served, workspace

if TYPE_CHECKING:
    from hangtag.serve.serving import Serving

__all__ = ["serve"]


@click.command(short_help="Search in the browser, and over a REST API.")
@workspace
@served(8000)
@embedder_of("The one of the index.")
@click.option("--open", "show", is_flag=True, help="Show it in the browser.")
@common
def serve(
    *,
    workspace: Path,
    host: str,
    port: int,
    images: Path | None,
    embedder: str,
    embedder_model: str | None,
    show: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Serve a search page for WORKSPACE, and the API that it uses, until Ctrl-C.

    This machine alone can reach it. With --host 0.0.0.0 others can too, and nobody is asked who
    they are: put a proxy that does in front. Run `hangtag index` first; what is indexed while it
    serves is found from then on.
    """
    from hangtag.serve.serving import serve as serve_shop

    def ready(serving: Serving) -> None:
        if as_json:
            click.echo(json.dumps({"address": serving.address, "products": serving.products}))
        elif not quiet:
            _print(serving)
        if show:
            click.launch(serving.address)

    serve_shop(
        workspace, host=host, port=port, images=images, embedder=embedder,
        embedder_model=embedder_model, ready=ready,
    )  # fmt: skip


def _print(serving: Serving) -> None:
    click.echo(f"{serving.products:,} products at {serving.address}   (API: {serving.address}docs)")
    if serving.images is None:
        click.echo("No folder of photos is known. Name it with --images to see them.")
    if serving.public:
        click.echo("Whoever can reach this machine can search it and see its photos.")
    click.echo("Ctrl-C ends it.")
