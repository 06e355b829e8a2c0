"""Fit what words of titles and descriptions say of an attribute, whatever words they are.

    python -m training.text_words --catalog DIR --work DIR

Fitted to the training part of ``train``, for either network of ``training.folds`` its own, by what
the shop's staff typed; each product stands there twice, with its description and without. Writes
``models/words.npz``: stems, rarities and weights. Names of brands are no words here, and neither is
what few products have: both would only be known in this shop. How much words count beside the photo
and the taxonomy's phrases is fitted by ``training.text_evidence``, which has to run after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from hangtag.taxonomy import Taxonomy, default_taxonomy
from hangtag.texts import TextReader
from hangtag.texts.bag import WordOdds
from hangtag.texts.regression import Said, WordFit, fit_words
from training.asking import parser_of
from training.folds import FOLDS
from training.labels import split_ids
from training.text_evidence import Labelled, metadata_of, staff_labels

FILE = "words.npz"
# All single-choice attributes but fit, which gains nothing by it on the calibration part.
GAINING = ("material", "pattern", "formality", "collar", "sleeves")
# Words and options of few products would only be known in this shop.
FIT = WordFit(enough=5, labels=30)


def asked_labels(
    catalog: Path, products: set[int], metadata: Mapping[int, dict[str, str]], taxonomy: Taxonomy
) -> list[Labelled]:
    """Labels of attributes that words speak of, of products that have such an attribute."""
    return [
        label
        for label in staff_labels(catalog, products)
        if label.attribute in GAINING
        and taxonomy[label.attribute].applies_to(taxonomy.group(metadata[label.product]))
    ]


def fitted(labels: Sequence[Labelled], metadata: Mapping[int, dict[str, str]]) -> WordOdds:
    """The words of all labelled products, and what they say of each attribute."""
    taxonomy = default_taxonomy()
    reader = TextReader.of(taxonomy)
    products = sorted({label.product for label in labels})
    written = {product: reader.texts(metadata.get(product, {})) for product in products}
    said: dict[str, list[Said]] = {a.name: [] for a in taxonomy.read if a.name in GAINING}
    for label in labels:
        said[label.attribute].append(Said(written[label.product], label.accepted))
    return fit_words({name: taxonomy[name].names for name in said}, said, FIT)


def main() -> None:
    """Fit, write and print."""
    asked = parser_of(__doc__).parse_args()
    taxonomy = default_taxonomy()
    metadata = metadata_of(asked.catalog)
    for fold in FOLDS.values():
        train = set(map(int, split_ids(asked.catalog, fold)["train"]))
        words = fitted(asked_labels(asked.catalog, train, metadata, taxonomy), metadata)
        out = fold.models(asked.work) / FILE
        words.save(out)
        counts = ", ".join(f"{len(known):,} in a {place}" for place, known in words.words.items())
        print(f"{fold.name} {FILE}: {out.stat().st_size / 1000:.0f} kB; words known {counts}")


if __name__ == "__main__":
    main()
