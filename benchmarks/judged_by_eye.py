"""Does what hangtag shows fit the eye, and how much that fits does it show? Style words and logos.

    python benchmarks/judged_by_eye.py --workspace shop/

Labels cannot tell: descriptions praise everything, and no brand mark was ever denied. So
``judged_by_eye.csv`` has what one person saw on validation products of the catalog that the model
card tells of, at 224 px.

Style words. Rubric: would someone who asks for this kind of product in that style be content to be
shown this one, as far as the photo tells? In doubt, no.

- ``drawn by lot``: 215 products, of each every one of the nine words. Whoever judged saw photos and
  nothing else.
- ``shown or drawn``: 200 others, drawn from those that got a style word of compact 1.1.0: each word
  that it showed, and as many others, drawn by how often they are shown, in alphabetical order. Ten
  words more, which 1.2.0 shows of the same products, were not judged blind.

Logos, ``drawn by lot``: of 160 garments, whether a brand's name, emblem or mark shows. Slogans and
pictures are none; in doubt, no.

Of a workspace of another engine what nobody judged is told as such.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from hangtag.evaluation import read_labels
from hangtag.evaluation.metrics import calibration_error, chance_error, reliability
from hangtag.workspace import Workspace

JUDGED = Path(__file__).with_name("judged_by_eye.csv")
# Of what was picked because it was shown, no probability can be judged.
BY_LOT = "drawn by lot"

# Product and option.
Pair = tuple[str, str]


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
    for attribute, source in sorted({(row["attribute"], row["source"]) for row in told}):
        fits = {
            (row["product_id"], row["value"]): bool(row["present"])
            for row in told
            if (row["attribute"], row["source"]) == (attribute, source)
        }
        print(f"\n**{attribute}, {source}**: ", end="")
        likely = probabilities(shop, attribute) if source == BY_LOT else {}
        tell(fits, shown(shop, attribute, fits), likely)


def shown(shop: Workspace, attribute: str, fits: Mapping[Pair, bool]) -> set[Pair]:
    """What is shown of these products, of the options that were judged."""
    products, options = ({pair[i] for pair in fits} for i in (0, 1))
    return {
        (row["product_id"], option)
        for row in shop.read("attributes", ["product_id", attribute]).to_pylist()
        for option in row[attribute] or ()
        if row["product_id"] in products and option in options
    }


def probabilities(shop: Workspace, attribute: str) -> dict[Pair, float]:
    """How likely each product has each option."""
    columns = ["product_id", "attribute", "probabilities"]
    return {
        (row["product_id"], option): probability
        for row in shop.read("readings", columns).to_pylist()
        if row["attribute"] == attribute
        for option, probability in row["probabilities"]
    }


def tell(fits: Mapping[Pair, bool], here: set[Pair], likely: Mapping[Pair, float]) -> None:
    """The tables of one part of the judgements."""
    products = {product for product, _ in fits}
    judged, others = sorted(here & fits.keys()), sorted(fits.keys() - here)
    print(
        f"{len(products)} products, {len(here) / len(products):.2f} shown of each; "
        f"{len(here - fits.keys())} shown that nobody judged\n"
    )
    print("| options | n | fit (95 %) |")
    print("|---|---|---|")
    for name, some in (("shown", judged), ("not shown", others)):
        share, low, high = of_products([one[0] for one in some], [fits[one] for one in some])
        print(f"| {name} | {len(some)} | {share:.3f} ({low:.3f}–{high:.3f}) |")
    right = sum(fits[pair] for pair in judged)
    print(f"\n{right} of {sum(fits.values())} judged options that fit are shown.")
    known = sorted(fits.keys() & likely.keys())
    p, so = np.array([likely[pair] for pair in known]), np.array([fits[pair] for pair in known])
    if len(p):
        print(
            f"Of {len(p)} probabilities: ECE {calibration_error(reliability(p, so)):.3f} "
            f"(chance {chance_error(p):.3f}), Brier {np.mean((p - so) ** 2):.4f}."
        )
    print("\n| option | shown | fit | not shown | would have fit |")
    print("|---|---|---|---|---|")
    for option in sorted({option for _, option in fits}):
        cells = []
        for some in (judged, others):
            fitting = [fits[one] for one in some if one[1] == option]
            cells += [str(len(fitting)), f"{np.mean(fitting):.2f}" if fitting else "–"]
        print(f"| {option} | {' | '.join(cells)} |")


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
