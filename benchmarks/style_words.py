"""Do the style words that hangtag shows fit? Against judgements by eye, beside words drawn by lot.

    python benchmarks/style_words.py --workspace shop/

``style_judgements.csv`` has 200 validation products of the catalog that the model card tells of,
at 224 px, drawn from those that got a style word: each word that the compact model 1.1.0 showed,
and as many others, drawn by how often they are shown. Whoever judged saw the photo and the words in
alphabetical order, not which was which. The rubric: would someone who asks for this kind of product
in that style be content to be shown this one, as far as the photo tells? In doubt, no. Ten words
more, which 1.2.0 shows of the same products, were judged by the same rubric, but not blind.

Of a workspace of another engine the words that nobody judged are told as such.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hangtag.evaluation import read_labels
from hangtag.workspace import Workspace

JUDGED = Path(__file__).with_name("style_judgements.csv")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--judgements", type=Path, default=JUDGED)
    asked = parser.parse_args()
    shop = Workspace(asked.workspace)
    told = read_labels(asked.judgements, shop.taxonomy()).to_pylist()
    fits = {(row["product_id"], row["value"]): bool(row["present"]) for row in told}
    products = {product for product, _ in fits}
    rows = shop.read("attributes", ["product_id", "style_keywords"]).to_pylist()
    shown = {
        (row["product_id"], word)
        for row in rows
        if row["product_id"] in products
        for word in row["style_keywords"] or ()
    }
    judged = sorted(shown & fits.keys())
    others = sorted(fits.keys() - shown)
    print(f"{len(products)} products; {len(shown - fits.keys())} words shown that nobody judged\n")
    print("| words | n | fit (95 %) |")
    print("|---|---|---|")
    for name, some in (("shown", judged), ("not shown", others)):
        share, low, high = of_products([one[0] for one in some], [fits[one] for one in some])
        print(f"| {name} | {len(some)} | {share:.3f} ({low:.3f}–{high:.3f}) |")
    print("\n| word | shown | fit | not shown | would have fit |")
    print("|---|---|---|---|---|")
    for word in sorted({word for _, word in fits}):
        cells = []
        for some in (judged, others):
            right = [fits[one] for one in some if one[1] == word]
            cells += [str(len(right)), f"{np.mean(right):.2f}" if right else "–"]
        print(f"| {word} | {' | '.join(cells)} |")


def of_products(
    products: Sequence[str], fits: Sequence[bool], draws: int = 2000
) -> tuple[float, float, float]:
    """The share that fits, and the percentile interval of a bootstrap over products."""
    groups: dict[str, list[bool]] = {}
    for product, one in zip(products, fits, strict=True):
        groups.setdefault(product, []).append(one)
    counts = np.array([(sum(group), len(group)) for group in groups.values()])
    drawn = np.random.default_rng(0).integers(len(counts), size=(draws, len(counts)))
    right, all_of_them = counts[drawn].sum(axis=1).T
    low, high = np.percentile(right / all_of_them, [2.5, 97.5])
    return float(np.mean(fits)), float(low), float(high)


if __name__ == "__main__":
    main()
