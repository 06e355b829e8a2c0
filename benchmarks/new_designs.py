"""How right the compact engine is on designs that it has never seen in any colour.

    python benchmarks/new_designs.py --catalog styles.csv --labels labels.parquet --split split.csv
        --images "224 px=images-224" [--images "60×80 px=images-60x80"]

No title of the split ``validation`` is in ``train``; but titles name colours, and many a product of
``validation`` is one of ``train`` in another colour. A design counts as known where its title,
without the names of colours, is in ``train``. Prints Markdown, of the photo alone.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from validation import arguments, products_with_photos

from hangtag.catalog import open_catalog
from hangtag.engines.registry import open_engine
from hangtag.evaluation import Evaluation, evaluate, read_ids
from hangtag.tagging import tag
from hangtag.taxonomy import default_taxonomy
from hangtag.workspace import Workspace


def main() -> None:
    """Print a table a folder of photos."""
    asked = arguments(__doc__).parse_args()
    rows = pa.Table.from_batches(open_catalog(asked.catalog).batches())
    designs = designs_of(rows)
    train = {designs[i] for i in read_ids(asked.split, "train") if i in designs}
    for pair in asked.images:
        name, _, folder = pair.partition("=")
        products = products_with_photos(asked.catalog, Path(folder), asked.split)
        ids = products["product_id"].to_pylist()
        known = {i for i in ids if designs[i] in train}
        with tempfile.TemporaryDirectory() as place:
            chosen = Path(place) / "chosen.parquet"
            pq.write_table(products, chosen)
            workspace = Workspace(Path(place) / "shop")
            engine = open_engine("compact", default_taxonomy())
            tag(open_catalog(chosen), Path(folder), workspace, engine, text=False)
            seen = evaluate(workspace.path, asked.labels, only=known)
            new = evaluate(workspace.path, asked.labels, only=set(ids) - known)
        print(markdown(name, seen, new))


def designs_of(products: pa.Table) -> dict[str, str]:
    """Product → the words of its title that name no colour of the catalog."""
    names = (name or "" for name in products["base_colour"].to_pylist())
    colours = {word for name in names for word in re.findall("[a-z]+", name.lower())}
    ids, titles = products["product_id"].to_pylist(), products["title"].to_pylist()
    return {
        i: " ".join(w for w in re.findall("[a-z]+", (title or "").lower()) if w not in colours)
        for i, title in zip(ids, titles, strict=True)
    }


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
