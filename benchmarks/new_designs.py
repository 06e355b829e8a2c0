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

from validation import arguments, ece, known_designs, products_with_photos, tagged

from hangtag.evaluation import Evaluation, evaluate


def main() -> None:
    """Print a table a folder of photos."""
    asked = arguments(__doc__).parse_args()
    designs = known_designs(asked.catalog, asked.split)
    for pair in asked.images:
        name, _, folder = pair.partition("=")
        products = products_with_photos(asked.catalog, Path(folder), asked.split)
        ids = set(products["product_id"].to_pylist())
        with tempfile.TemporaryDirectory() as place:
            shop = tagged(products, Path(folder), Path(place), text=False).path
            seen = evaluate(shop, asked.labels, only=ids & designs)
            new = evaluate(shop, asked.labels, only=ids - designs)
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
            right = f"{one.accuracy:.3f} ({one.low:.3f}–{one.high:.3f})"
            cells += [f"{one.read:,}", right, ece(one)]
        lines.append(f"| {' | '.join(cells)} |")
    details = [f"{one.balanced('details'):.3f}" for one in (seen, new)]
    lines.append(f"| details, balanced | | {details[0]} | | | {details[1]} | |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
