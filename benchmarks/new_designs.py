"""How right the compact engine is on designs that it has never seen in any colour.

    python benchmarks/new_designs.py --catalog styles.csv --labels labels.parquet --split split.csv
        --images "224 px=images-224" [--images "60×80 px=images-60x80"]

No title of the split ``validation`` is in ``train``; but titles name colours, and many a product of
``validation`` is one of ``train`` in another colour. A design counts as known where its title,
without the names of colours, is in ``train``. Prints Markdown, of the photo alone.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow.parquet as pq
from validation import arguments, known_designs, products_with_photos

from hangtag.catalog import open_catalog
from hangtag.engines.registry import open_engine
from hangtag.evaluation import Evaluation, evaluate
from hangtag.tagging import tag
from hangtag.taxonomy import default_taxonomy
from hangtag.workspace import Workspace


def main() -> None:
    """Print a table a folder of photos."""
    asked = arguments(__doc__).parse_args()
    for pair in asked.images:
        name, _, folder = pair.partition("=")
        products = products_with_photos(asked.catalog, Path(folder), asked.split)
        ids = set(products["product_id"].to_pylist())
        known = ids & known_designs(asked.catalog, asked.split)
        with tempfile.TemporaryDirectory() as place:
            chosen = Path(place) / "chosen.parquet"
            pq.write_table(products, chosen)
            workspace = Workspace(Path(place) / "shop")
            engine = open_engine("compact", default_taxonomy())
            tag(open_catalog(chosen), Path(folder), workspace, engine, text=False)
            seen = evaluate(workspace.path, asked.labels, only=known)
            new = evaluate(workspace.path, asked.labels, only=ids - known)
        print(markdown(name, seen, new))


def markdown(name: str, seen: Evaluation, new: Evaluation) -> str:
    """One table, attribute by attribute."""
    lines = [
        f"**{name}**: {seen.products:,} products of known designs, {new.products:,} of new ones",
        "",
        "| attribute | known: n | accuracy (95 %) | ECE (by chance) | new: n | accuracy (95 %) "
        "| ECE (by chance) |",
        "|---|---|---|---|---|---|---|",
    ]
    others = {score.attribute: score for score in new.attributes}
    for score in seen.attributes:
        cells = [score.attribute]
        for one in (score, others[score.attribute]):
            star = "*" if one.beyond_chance else ""
            cells += [
                f"{one.read:,}",
                f"{one.accuracy:.3f} ({one.low:.3f}–{one.high:.3f})",
                f"{one.ece:.3f}{star} ({one.ece_by_chance:.3f})",
            ]
        lines.append(f"| {' | '.join(cells)} |")
    details = [f"{one.balanced('details'):.3f}" for one in (seen, new)]
    lines.append(f"| details, balanced | | {details[0]} | | | {details[1]} | |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
