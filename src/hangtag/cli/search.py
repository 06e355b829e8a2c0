"""The verb ``search``."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hangtag.cli.options import COUNT, FILE, common, embedder_of, workspace

if TYPE_CHECKING:
    from hangtag.search import Reason, Results
    from hangtag.search.understanding import Understanding

__all__ = ["search"]


@click.command(short_help="Find products by words, by a photo, or by another product.")
@workspace
@click.argument("query", default="")
@click.option("--k", type=COUNT, default=10, show_default=True, help="How many.")
@click.option("--where", metavar="SQL", help="Only these, as \"gender = 'Women'\".")
@click.option("--like", metavar="ID", help="Products that look like this one.")
@click.option("--photo", type=FILE, help="Products that look like this photo.")
@click.option("--strict", is_flag=True, help="What was understood must be so.")
@click.option(
    "--configuration", default="hybrid", show_default=True,
    help="How: title, metadata, description, hybrid.",
)  # fmt: skip
@embedder_of("The one of the index.")
@common
def search(
    *,
    workspace: Path,
    query: str,
    k: int,
    where: str | None,
    like: str | None,
    photo: Path | None,
    strict: bool,
    configuration: str,
    embedder: str,
    embedder_model: str | None,
    as_json: bool,
    quiet: bool,  # noqa: ARG001 - there is no progress to keep quiet about
) -> None:
    """Find the products of WORKSPACE that answer QUERY best, and say why.

    Words are understood by the taxonomy and by the catalog's own values: "checked" is a pattern,
    "without pockets" keeps pockets away. Make the index first: hangtag index WORKSPACE
    """
    from hangtag.embedders.registry import open_embedder
    from hangtag.search import Searcher
    from hangtag.search import configuration as configuration_named
    from hangtag.workspace import Workspace

    if sum(map(bool, (query, like, photo))) != 1:
        raise click.UsageError("Look for what? Give one of QUERY, --like ID and --photo FILE.")
    how = configuration_named(configuration)
    place = Workspace(workspace)
    searcher = Searcher(place, open_embedder(embedder, model=embedder_model), configuration=how)
    if like:
        found = searcher.like(like, k=k, where=where)
    elif photo:
        found = searcher.photo(photo.read_bytes(), k=k, where=where)
    else:
        found = searcher.search(query, k=k, where=where, understood_as_filters=strict)
    if as_json:
        click.echo(json.dumps(_told(found, place.uncalibrated()), indent=1))
    else:
        _print(found, place.uncalibrated())


def _told(found: Results, bare: Collection[str]) -> Mapping[str, Any]:
    return {
        "query": found.query,
        "seconds": round(found.seconds, 4),
        "understood": [
            {"words": m.words, "column": m.column, "values": m.values, "negated": m.negated}
            for m in found.understanding.meanings
        ],
        "uncalibrated": sorted(bare),
        "hits": [
            {
                "product_id": hit.product_id,
                "score": round(hit.score, 4),
                "title": hit.title,
                "reasons": [
                    {"words": r.words, "column": r.column, "values": r.values,
                     "confidence": r.confidence, "calibrated": r.calibrated(bare)}
                    for r in hit.reasons
                ],
                "fields": hit.fields,
            }
            for hit in found.hits
        ],
    }  # fmt: skip


def _print(found: Results, bare: Collection[str]) -> None:
    from hangtag.cli.tables import print_table

    if told := _meaning(found.understanding):
        click.echo(told)
    if not found.hits:
        click.echo("Nothing answers that.")
        return
    rows = [
        (
            f"{hit.score:.2f}",
            hit.product_id,
            hit.title,
            ", ".join(_reason(reason, bare) for reason in hit.reasons),
        )
        for hit in found.hits
    ]
    print_table(rows, ("score", "product", "title", "why"), numbers=[0])
    click.echo(f"{1000 * found.seconds:.0f} ms")


def _meaning(understanding: Understanding) -> str:
    """``checked → pattern: checkered · without pockets → not has pockets``."""
    parts = [
        f"{m.words} → {'not ' if m.negated else ''}{m.column}: {' or '.join(m.values[:3])}"
        for m in understanding.meanings
    ]
    return " · ".join(parts)


def _reason(reason: Reason, bare: Collection[str]) -> str:
    sure = "" if reason.confidence is None else f" {reason.confidence:.2f}".replace("0.", ".")
    if reason.calibrated(bare) is False:
        sure += " (uncalibrated)"
    return f"{', '.join(reason.values)}{sure}"
