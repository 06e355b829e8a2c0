"""The verb ``demo``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hangtag.cli.options import COUNT, common

if TYPE_CHECKING:
    from hangtag.demo import Demo
    from hangtag.evaluation import Evaluation

__all__ = ["demo"]

_HONEST = (
    "These are drawings, made by hangtag's own code, and drawings like them were in the mix that "
    "the model was trained on. They show that everything works; how well it reads photos stands in "
    "the README, measured on a real catalog."
)


@click.command(short_help="Show the whole way on drawn products.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=Path("demo"),
    show_default=True, help="Folder for the catalog, the tables and the report.",
)  # fmt: skip
@click.option("--n", type=COUNT, default=72, show_default=True, help="Products.")
@click.option("--engine", default="compact", show_default=True, help="What looks at the photos.")
@common
def demo(out: Path, n: int, engine: str, as_json: bool, quiet: bool) -> int:
    """Show the whole way on drawn products, whose truth is known.

    Draws a catalog, tags it, scores it against the truth and writes the report.
    """
    from hangtag.cli.progress import shown_progress
    from hangtag.demo import run_demo

    if not quiet:
        click.echo(f"Drawing {n} products, tagging them, scoring, writing the report …", err=True)
    with shown_progress(quiet) as progress:
        done = run_demo(out, n=n, engine=engine, progress=progress)
    if as_json:
        click.echo(json.dumps(_document(done), indent=1))
    else:
        _print(done)
    return 130 if done.run.interrupted else 0


def _document(done: Demo) -> dict[str, object]:
    return {
        "run": done.run.to_json(),
        "evaluation": done.evaluation and done.evaluation.to_json(),
        "catalog": str(done.catalog.styles),
        "workspace": str(done.workspace.path),
        "report": done.report and str(done.report),
    }


def _print(done: Demo) -> None:
    from hangtag.cli.tables import print_table
    from hangtag.cli.tag import print_run
    from hangtag.demo import SHOWN

    print_run(done.run, done.workspace)
    if done.evaluation is None:
        click.echo("\nStopped before the end. The same command goes on from here.")
        return
    click.echo("\nA few of the products, evenly from the whole, and what was read of each")
    click.echo("(✗: another was drawn; –: not asked of such a product, or not sure enough):")
    print_table(
        [
            [p.title, *(_cell(p.said[name], p.truth.get(name)) for name in SHOWN)]
            for p in done.products
        ],
        header=["product", *SHOWN],
    )
    click.echo("\nAgainst the truth, from the picture alone:")
    _print_scores(done.evaluation)
    click.echo(f"\n{click.wrap_text(_HONEST, 100)}\n")
    click.echo(f"Report   {done.report}   (open it in a browser)")
    click.echo(f"Tables   {done.workspace.path}")
    click.echo(f"Catalog  {done.catalog.styles}")


def _cell(said: str | None, truth: str | None) -> str:
    if said is None:
        return "–"
    return said if truth in (None, said) else f"{said} ✗"


def _print_scores(evaluation: Evaluation) -> None:
    from hangtag.cli.tables import print_table, share

    rows = [
        (score.attribute, f"{score.read}", share(score.accuracy), share(score.majority))
        for score in evaluation.attributes
    ]
    for name in dict.fromkeys(option.attribute for option in evaluation.options):
        balanced = evaluation.balanced(name)
        if balanced is not None:
            scored = sum(o.balanced is not None for o in evaluation.options if o.attribute == name)
            rows.append((name, f"{scored} options", share(balanced), share(0.5)))
    print_table(
        rows, header=["attribute", "products", "right", "by always saying the same"],
        numbers=[1, 2, 3],
    )  # fmt: skip
