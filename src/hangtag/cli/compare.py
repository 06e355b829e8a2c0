"""The verb ``compare``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hangtag.cli.options import FILE, FOLDER, common, embedder_of, workspace

if TYPE_CHECKING:
    from hangtag.comparison import Comparison, Query
    from hangtag.workspace import Workspace

__all__ = ["compare", "print_comparison"]

# Queries made from titles beside those from labels.
_TITLES = 300


@click.command(short_help="Prove that one way to search is better than another.")
@workspace
@click.option("--a", default="title", show_default=True, help="The configuration to start from.")
@click.option(
    "--b", "others", multiple=True, default=("description",), show_default=True,
    help="The one held against it. May be repeated.",
)  # fmt: skip
@click.option("--queries", type=FILE, help="Queries and what answers them, one JSON object a line.")
@click.option("--labels", type=FILE, help="Make queries from these labels and from titles.")
@click.option("--source", multiple=True, help="Of the labels, only those of this source.")
@click.option(
    "--write-queries", type=click.Path(dir_okay=False, path_type=Path),
    help="Keep the queries that were made, for --queries.",
)  # fmt: skip
@embedder_of("The one of the index.")
@click.option("--images", type=FOLDER, help="Folder of the photos, if they have moved.")
@click.option("--seed", default=0, show_default=True, help="Of everything that is drawn by lot.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path),
    help="Write a page with the queries that gained and lost most.",
)  # fmt: skip
@click.option("--open", "show", is_flag=True, help="Show the page in the browser.")
@common
def compare(
    *,
    workspace: Path,
    a: str,
    others: Sequence[str],
    queries: Path | None,
    labels: Path | None,
    source: Sequence[str],
    write_queries: Path | None,
    embedder: str,
    embedder_model: str | None,
    images: Path | None,
    seed: int,
    out: Path | None,
    show: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Ask two configurations of search the same queries, and say which is better.

    Precision, nDCG, reciprocal rank and recall, with tests and intervals that say whether the
    difference is more than chance. The queries come from a file, or are made from labels and
    titles: such as "green checked shirts", answered by what labels and the catalog say, never by
    readings.
    """
    from hangtag.comparison import compare as compare_rankers
    from hangtag.comparison.page import write_page
    from hangtag.comparison.searching import rankers_of
    from hangtag.embedders.registry import open_embedder
    from hangtag.search import Searcher, configuration
    from hangtag.workspace import Workspace

    if (queries is None) == (labels is None):
        raise click.UsageError("Where are the queries? Add --queries FILE or --labels FILE.")
    if labels is None and (source or write_queries):
        raise click.UsageError("--source and --write-queries go with --labels.")
    place = Workspace(workspace)
    ways = [configuration(name) for name in dict.fromkeys((a, *others))]
    asked = _asked(place, queries, labels, source, seed)
    if write_queries is not None:
        from hangtag.comparison import write_queries as keep

        keep(asked, write_queries)
    searcher = Searcher(place, open_embedder(embedder, model=embedder_model))
    with _shown(quiet) as progress:
        found = compare_rankers(asked, rankers_of(searcher, ways), seed=seed, progress=progress)
    page = None
    if out is not None or show:
        page = write_page(found, place, out or place.path / "compare.html", images=images)
    if as_json:
        told = found.to_json()
        click.echo(json.dumps({**told, "page": str(page)} if page else told, indent=1))
    else:
        print_comparison(found)
        if page is not None:
            click.echo(f"\nThe page lies in {page}")
    if show:
        click.launch(str(page))


def _asked(
    place: Workspace, queries: Path | None, labels: Path | None, source: Sequence[str], seed: int
) -> Sequence[Query]:
    from hangtag.comparison import label_queries, queries_of, read_queries, title_queries
    from hangtag.errors import LabelsError
    from hangtag.evaluation import read_labels

    columns = ["product_id", "title", "article_type", "base_colour", "gender"]
    products = place.read("products", columns)
    if labels is None:
        told = () if queries is None else read_queries(queries)
        return queries_of(told, products["product_id"].to_pylist())
    taxonomy, said = place.taxonomy(), read_labels(labels, place.taxonomy())
    made = label_queries(products, said, taxonomy, sources=source, seed=seed)
    if not made:
        raise LabelsError(
            "The labels make no query: none of their options is that of five products here.",
            "Are the ids the same ones, and is the --source right?",
        )
    return [*made, *title_queries(products, each=_TITLES, seed=seed)]


@contextmanager
def _shown(quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """A function to be told how many rankings of how many are made, None where none is shown."""
    import sys

    if quiet or not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1, label="asking", file=sys.stderr) as bar:

        def tell(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield tell


def print_comparison(found: Comparison) -> None:
    """Tables of the differences, the spread of scores and the simulated clicks."""
    from hangtag.cli.tables import print_table, share

    a = found.configurations[0]
    for b in found.configurations[1:]:
        click.echo(f"{b} against {a}, {found.queries:,} queries")
        rows = []
        for one in (one for one in found.differences if one.b == b):
            first = one.measure == found.measures[0]
            rows.append(
                (
                    one.group if first else "",
                    f"{one.queries:,}" if first else "",
                    one.measure,
                    f"{one.a_mean:.3f}",
                    f"{one.b_mean:.3f}",
                    f"{one.difference:+.3f}",
                    f"{one.low:+.3f} to {one.high:+.3f}",
                    "–" if one.relative is None else f"{100 * one.relative:+.0f} %",
                    "<.001" if one.p_holm < 0.001 else f"{one.p_holm:.3f}".removeprefix("0"),
                )
            )
        header = ("queries", "n", "measure", a, b, "difference", "95 %", "relative", "p (Holm)")
        print_table(rows, header, numbers=[1, 3, 4, 5, 6, 7, 8])
    click.echo("\nSpread of scores: the tenth lies below the first by")
    print_table(
        [
            (name, "–" if one.median is None else share(one.median), f"of {one.queries:,} queries")
            for name, one in found.spreads.items()
        ],
        numbers=[1],
    )
    click.echo("\nSimulated clicks on interleaved lists; nobody was asked")
    print_table(
        [
            (name, one.model, f"won by {a} {one.a_wins:,}", f"by {name} {one.b_wins:,}",
             f"ties {one.ties:,}")
            for name, several in found.interleavings.items()
            for one in several
        ]
    )  # fmt: skip
