"""Does search find more with what was read in the photos? Metadata against metadata + descriptions.

    python benchmarks/compare.py --catalog styles.csv --images images-60x80 --split split.csv
        --labels labels.parquet --source merchandiser

Tags and indexes the products of the split ``validation`` that have a photo, in a workspace that is
thrown away (or kept, with --keep), asks both configurations the same queries, and prints Markdown.
Nothing was fitted to these products, their labels or these queries.

The queries are made from labels of the source and from titles. "Not in titles" are those none of
whose answers says what is asked for in its title. Products that nobody judged are taken out of
rankings; the second table counts them as wrong instead, which is harder on whoever finds more.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from validation import products_with_photos, tagged

from hangtag.comparison import Comparison, Query, compare, label_queries, title_queries
from hangtag.comparison.page import write_page
from hangtag.comparison.searching import rankers_of
from hangtag.comparison.spread import spread_of
from hangtag.embedders.base import Embedder
from hangtag.embedders.registry import open_embedder
from hangtag.evaluation import read_labels
from hangtag.search import Searcher, build_index, configuration
from hangtag.workspace import Workspace


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--catalog", type=Path, required=True)
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--split", type=Path, required=True)
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--source", default="merchandiser")
    parser.add_argument("--a", default="metadata")
    parser.add_argument("--b", action="append")
    parser.add_argument("--embedder", default="compact")
    parser.add_argument("--keep", type=Path, help="folder to tag and index in, and to reuse")
    parser.add_argument("--page", type=Path, help="write the page of the first comparison")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        products = products_with_photos(asked.catalog, asked.images, asked.split)
        workspace = tagged(products, asked.images, asked.keep or Path(folder))
        embedder = open_embedder(asked.embedder)
        build_index(workspace, images=asked.images, embedder=embedder)
        taxonomy, rows = workspace.taxonomy(), workspace.read("products")
        labels = read_labels(asked.labels, taxonomy)
        intents = label_queries(rows, labels, taxonomy, sources=[asked.source])
        every = label_queries(rows, labels, taxonomy, sources=[asked.source], most_share=1.0)
        names = [asked.a, *(asked.b or ["description"])]
        ways = [configuration(name) for name in names]
        rankers = rankers_of(Searcher(workspace, embedder), ways)
        found = compare([*intents, *title_queries(rows)], rankers)
        print(f"**{products.num_rows:,} products**, {embedder.name} {embedder.version}\n")
        print(markdown(found))
        print("**Unjudged products counted as wrong**\n")
        print(markdown(compare(strict(intents), rankers, depth=10), only="P@10"))
        print("**Queries too that most of the products of the kind answer**\n")
        print(markdown(compare(every, rankers, depth=10), only="P@10"))
        print(spreads(workspace, embedder, intents, found))
        if asked.page is not None:
            write_page(found, workspace, asked.page, images=asked.images)


def strict(queries: Sequence[Query]) -> list[Query]:
    """The same queries, with nothing unjudged."""
    return [replace(query, unjudged=frozenset()) for query in queries]


def markdown(found: Comparison, only: str | None = None) -> str:
    """The differences as a table."""
    a = found.configurations[0]
    lines = [
        f"| queries | n | measure | {a} | other | difference (95 %) | relative | p (Holm) |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in found.differences:
        if only is None or one.measure == only:
            relative = "–" if one.relative is None else f"{100 * one.relative:+.0f} %"
            lines.append(
                f"| {one.group} | {one.queries} | {one.measure} | {one.a_mean:.3f} "
                f"| {one.b} {one.b_mean:.3f} | {one.difference:+.3f} ({one.low:+.3f} to "
                f"{one.high:+.3f}) | {relative} | "
                f"{'< .001' if one.p_holm < 0.001 else f'{one.p_holm:.3f}'} |"
            )
    return "\n".join([*lines, ""])


def spreads(
    workspace: Workspace, embedder: Embedder, queries: Sequence[Query], found: Comparison
) -> str:
    """How far the tenth score lies below the first: of each configuration, and of bare cosines.

    Fused scores are stretched between a query's own best and worst, so they spread by themselves;
    the cosines of a query to all titles, and to all descriptions, are as the embedder gives them.
    """
    scores = {f"{name}, fused": one for name, one in found.spreads.items()}
    vectors = embedder.embed_texts([query.text for query in queries])
    for table, column in (("products", "title"), ("attributes", "description")):
        texts = [text or "" for text in workspace.read(table, [column])[column].to_pylist()]
        cosines = vectors @ embedder.embed_texts(texts).T
        best = -np.sort(-np.partition(cosines, -10, axis=1)[:, -10:], axis=1)
        scores[f"{column}, cosine"] = spread_of(best.tolist())
    lines = ["| scores | spread, median | middle half | queries |", "|---|---|---|---|"]
    for name, one in scores.items():
        if one.median is not None and one.low is not None and one.high is not None:
            lines.append(
                f"| {name} | {one.median:.1%} | {one.low:.1%} to {one.high:.1%} | {one.queries} |"
            )
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
