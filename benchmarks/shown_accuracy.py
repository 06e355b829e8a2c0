"""Are values right as often as asked for? What does that leave? On products nothing was fitted to.

    python benchmarks/shown_accuracy.py --catalog styles.csv --labels labels.parquet
        --split split.csv --images "224 px=images-224"
        [--texts descriptions.parquet] [--new-designs]

Tags the products of the split ``validation`` in a workspace thrown away later, then lets its rules
ask for each accuracy, with the track record that ships; once from the photo alone, once with texts.
With ``--new-designs`` only products that are none of ``train`` in another colour. Prints Markdown.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from validation import arguments, described, known_designs, products_with_photos

from hangtag.catalog import open_catalog
from hangtag.engines.registry import open_engine
from hangtag.evaluation import evaluate
from hangtag.evaluation.metrics import wilson
from hangtag.rules import default_rules
from hangtag.tagging import tag
from hangtag.taxonomy import default_taxonomy
from hangtag.track_record import shipped_record
from hangtag.workspace import Workspace


def main() -> None:
    """Print a table a folder of photos."""
    parser = arguments(__doc__, texts=True)
    parser.add_argument("--accuracy", type=float, action="append")
    parser.add_argument("--new-designs", action="store_true")
    asked = parser.parse_args()
    known = known_designs(asked.catalog, asked.split) if asked.new_designs else set()
    for pair in asked.images:
        name, _, folder = pair.partition("=")
        chosen = products_with_photos(asked.catalog, Path(folder), asked.split)
        new = [i not in known for i in chosen["product_id"].to_pylist()]
        chosen = chosen.filter(pa.array(new, pa.bool_()))
        if asked.texts:
            chosen = described(chosen, asked.texts)
        with tempfile.TemporaryDirectory() as place:
            pq.write_table(chosen, Path(place) / "chosen.parquet")
            for text in (False, True):
                print(f"**{name}, {'photo and text' if text else 'the photo alone'}**\n")
                print("| wanted | attribute | sure from | n shown | left | right (95 %) | met |")
                print("|---|---|---|---|---|---|---|")
                for wanted in asked.accuracy or [0.95]:
                    for line in lines(
                        Path(place), Path(folder), asked.labels, wanted=wanted, text=text
                    ):
                        print(line)
                print()


def lines(place: Path, images: Path, labels: Path, *, wanted: float, text: bool) -> list[str]:
    """A row an attribute."""
    taxonomy = default_taxonomy()
    engine = open_engine("compact", taxonomy)
    record = shipped_record("compact")
    assert record is not None
    record.check(engine.name, engine.version)
    rules = default_rules(taxonomy).demanding(
        record.least(taxonomy.read, wanted, text=text),
        record.least_by_side(taxonomy.read, wanted, text=text),
    )
    workspace = Workspace(place / "shop")
    catalog = open_catalog(place / "chosen.parquet")
    tag(catalog, images, workspace, engine, rules=rules, text=text)
    found = evaluate(workspace.path, labels)
    sides = Counter(workspace.read("ledger", ["photo_side"])["photo_side"].to_pylist())
    ((side, _),) = sides.most_common(1)
    told = []
    for score in found.blended if text else found.attributes:
        right = round((score.accuracy_shown or 0) * score.shown)
        low, high = wilson(right, score.shown)
        told.append(
            f"| {wanted:g} | {score.attribute} | {rules.minimums(side)[score.attribute]:.2f} "
            f"| {score.shown:,} | {score.coverage or 0:.3f} "
            f"| {score.accuracy_shown or 0:.3f} ({low:.3f}–{high:.3f}) "
            f"| {'yes' if high >= wanted else 'no'} |"
        )
    return told


if __name__ == "__main__":
    main()
