"""How right the compact engine is on products that nothing was fitted to: the tables of the README.

    python benchmarks/accuracy.py --catalog styles.csv --labels labels.parquet --split split.csv
        --images "224 px=images-224" --images "60×80 px=images-60x80"

Tags the products of the split ``validation`` in a workspace that is thrown away, from the photo
alone, once for each folder of photos, and prints Markdown.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hangtag.catalog import open_catalog
from hangtag.engines.registry import open_engine
from hangtag.evaluation import Evaluation, evaluate, read_ids
from hangtag.tagging import tag
from hangtag.taxonomy import default_taxonomy
from hangtag.workspace import Workspace


def main() -> None:
    """Print a table a folder of photos."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    arguments.add_argument("--catalog", type=Path, required=True)
    arguments.add_argument("--labels", type=Path, required=True)
    arguments.add_argument("--split", type=Path, required=True)
    arguments.add_argument("--images", action="append", required=True, metavar="NAME=FOLDER")
    asked = arguments.parse_args()
    only = read_ids(asked.split, "validation")
    for pair in asked.images:
        name, _, folder = pair.partition("=")
        with tempfile.TemporaryDirectory() as place:
            evaluation = measured(asked.catalog, Path(folder), asked.labels, only, Path(place))
        print(markdown(name, evaluation))


def measured(
    catalog: Path, images: Path, labels: Path, only: frozenset[str], place: Path
) -> Evaluation:
    """Tag the chosen products that have a photo here, and score them."""
    there = {path.stem for path in images.iterdir()} & only
    rows = pa.Table.from_batches(open_catalog(catalog).batches())
    chosen = rows.filter(pc.is_in(rows["product_id"], pa.array(sorted(there))))
    pq.write_table(chosen, place / "chosen.parquet")
    workspace = Workspace(place / "shop")
    engine = open_engine("compact", default_taxonomy())
    tag(open_catalog(place / "chosen.parquet"), images, workspace, engine, text=False)
    return evaluate(workspace.path, labels, only=only)


def markdown(name: str, evaluation: Evaluation) -> str:
    """The figures as tables."""
    lines = [
        f"**{name}**, {evaluation.products:,} validation products, "
        f"{evaluation.engine} {evaluation.engine_version}",
        "",
        "| attribute | labels | n | accuracy (95 %) | majority | macro-F1 | ECE (by chance) "
        "| shown | right if shown |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for score in evaluation.attributes:
        parts = [s for s in evaluation.by_source if s.attribute == score.attribute]
        for some in (score, *(parts if len(parts) > 1 else ())):
            lines.append(
                f"| {some.attribute if some is score else ''} | {some.source or 'all'} "
                f"| {some.read:,} | {some.accuracy:.3f} ({some.low:.3f}–{some.high:.3f}) "
                f"| {some.majority:.3f} | {some.macro_f1:.3f} "
                f"| {some.ece:.3f} ({some.ece_by_chance:.3f}) "
                f"| {figure(some.coverage)} | {figure(some.accuracy_shown)} |"
            )
    lines += [
        "",
        "| detail | with | without | recall | specificity | balanced | ECE |",
        "|---|---|---|---|---|---|---|",
        f"| **mean** | | | | | **{figure(evaluation.balanced('details'))}** | |",
    ]
    lines += [
        f"| {o.option} | {o.present:,} | {o.absent:,} | {figure(o.recall)} "
        f"| {figure(o.specificity)} | {figure(o.balanced)} | {figure(o.ece)} |"
        for o in evaluation.options
    ]
    return "\n".join([*lines, ""])


def figure(value: float | None) -> str:
    """Three digits, or a dash where there is nothing to measure."""
    return "–" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    main()
