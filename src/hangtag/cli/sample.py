"""The verb ``sample``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hangtag.cli.options import COUNT, common, workspace

if TYPE_CHECKING:
    from hangtag.sampling import Drawn, SampleEstimate, Share

__all__ = ["print_estimate", "sample"]


@click.command(short_help="Draw a spot check, and say what it tells of the whole catalog.")
@workspace
@click.option("--n", type=COUNT, default=50, show_default=True, help="How many products.")
@click.option("--name", help="Of the sample.  [default: spot-check, spot-check-2, …]")
@click.option("--seed", type=int, help="Draw the same sample again from the same tables.")
@click.option("--estimate", "estimating", is_flag=True, help="What the last sample tells so far.")
@common
def sample(
    *,
    workspace: Path,
    n: int,
    name: str | None,
    seed: int | None,
    estimating: bool,
    as_json: bool,
    quiet: bool,  # noqa: ARG001 - there is no progress to keep quiet about
) -> None:
    """Draw products of WORKSPACE to be checked by people, by category and confidence.

    Check them with `hangtag review WORKSPACE --sample NAME`, where confidence stays unseen. Then
    --estimate says how right the whole catalog is: weighted, with intervals, and how many more to
    check for ±3 %. With --name, of that sample.
    """
    from hangtag.errors import UsageError
    from hangtag.sampling import draw, estimate, sample_names
    from hangtag.workspace import Workspace

    place = Workspace(workspace)
    if estimating:
        names = sample_names(place)
        if name is None and not names:
            raise UsageError("There is no sample yet.", f"Draw one: hangtag sample {workspace}")
        found = estimate(place, name or names[-1])
        if as_json:
            click.echo(json.dumps(found.to_json(), indent=1))
        else:
            print_estimate(found, workspace)
        return
    drawn = draw(place, n, name=name, seed=seed)
    if as_json:
        click.echo(json.dumps(_told(drawn), indent=1))
    else:
        _print(drawn, workspace)


def _told(drawn: Drawn) -> dict[str, object]:
    return {
        "sample": drawn.name,
        "seed": drawn.seed,
        "products": drawn.products,
        "strata": [
            {"stratum": one.name, "products": one.products, "drawn": one.drawn,
             "probability": one.probability}
            for one in drawn.strata
        ],
    }  # fmt: skip


def _print(drawn: Drawn, workspace: Path) -> None:
    from hangtag.cli.tables import print_table

    click.echo(f"{drawn.products:,} products drawn as {drawn.name} (seed {drawn.seed}):")
    rows = [(one.name, f"{one.drawn:,}", f"of {one.products:,}") for one in drawn.strata]
    print_table(rows, ("stratum", "drawn", ""), numbers=[1, 2])
    click.echo(f"\nCheck them with: hangtag review {workspace} --sample {drawn.name}")


def print_estimate(found: SampleEstimate, workspace: Path) -> None:
    """The estimates of a sample as a table."""
    from hangtag.cli.tables import print_table

    click.echo(
        f"Sample {found.sample}: {found.checked:,} of {found.drawn:,} checked, "
        f"for a catalog of {found.products:,}"
    )
    if not found.checked:
        click.echo(f"Check them with: hangtag review {workspace} --sample {found.sample}")
        return
    rows = [
        (one.attribute, *_cells(one.read), *_cells(one.shown)[:2],
         f"{one.read.more:,}" if one.read else "–", f"{one.unsaid:,}" if one.unsaid else "")
        for one in found.attributes
    ]  # fmt: skip
    header = ("attribute", "read right", "95 %", "of", "shown right", "95 %", "more for ±3 %",
              "unsaid")  # fmt: skip
    print_table(rows, header, numbers=range(1, len(header)))
    if found.whole is not None:
        share, interval, _ = _cells(found.whole)
        click.echo(f"\nNothing shown is wrong in {share} of products ({interval}).")
    if found.checked < found.drawn:
        click.echo("The sample is not through: strata without a check are taken to be as the rest.")


def _cells(share: Share | None) -> tuple[str, str, str]:
    if share is None:
        return "–", "–", ""
    interval = f"{100 * share.low:.1f}–{100 * share.high:.1f} %"
    return f"{100 * share.share:.1f} %", interval, f"{share.checked:,}"
