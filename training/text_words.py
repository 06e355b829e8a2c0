"""Fit what words of titles and descriptions say of an attribute, whatever words they are.

    python -m training.text_words --catalog DIR

Fitted to the training part of ``train``, by what the shop's staff typed; each product stands there
twice, with its description and without. Writes ``models/words.npz``: stems, rarities and weights.
Names of brands are no words here, and neither is what few products have: both would only be known
in this shop. How much words count beside the photo and the taxonomy's phrases is fitted by
``training.text_evidence``, which has to run after it.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix, diags, hstack, vstack
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression

from hangtag.taxonomy import Attribute, Taxonomy, default_taxonomy
from hangtag.texts import TextReader
from hangtag.texts.bag import WordOdds
from hangtag.texts.reading import PLACES
from training.labels import split_ids
from training.text_evidence import Labelled, metadata_of, staff_labels

OUT = Path(__file__).parents[1] / "src/hangtag/models/words.npz"
# All single-choice attributes but fit, which gains nothing by it on the calibration part.
GAINING = ("material", "pattern", "formality", "collar", "sleeves")
# A word that fewer products have says more of them than of the word.
ENOUGH = 5
# Inverse strength of the regression's L2 penalty.
LOOSE = 12.0
# An option with fewer labels is one that words say nothing of.
LABELS = 30

Bags = Mapping[int, Mapping[str, frozenset[str]]]
"""Product → place → the words that stand there."""


def bags_of(products: Sequence[int], metadata: Mapping[int, dict[str, str]]) -> Bags:
    """What the reader takes for said of each product."""
    reader = TextReader.of(default_taxonomy())
    return {
        product: {
            text.place: frozenset(text.said()) for text in reader.texts(metadata.get(product, {}))
        }
        for product in products
    }


class Place:
    """The words of one place, and texts as rows of length one; unknown words take their part."""

    def __init__(self, bags: Bags, place: str):
        self.place = place
        self.counter = CountVectorizer(analyzer=sorted, binary=True, min_df=ENOUGH)
        counts = self.counter.fit_transform(self._texts(bags, list(bags)))
        self.weighing = TfidfTransformer(norm=None).fit(counts)
        self.rarity_of_others = float(np.log((1 + counts.shape[0]) / ENOUGH) + 1)

    def rows(self, bags: Bags, products: Sequence[int]) -> csr_matrix:
        """[products, words], each row of length one together with its unknown words."""
        texts = self._texts(bags, products)
        counts = self.counter.transform(texts)
        rows = self.weighing.transform(counts)
        others = np.array([len(text) for text in texts]) - counts.sum(1).A1
        squares = rows.multiply(rows).sum(1).A1 + others * self.rarity_of_others**2
        return diags(1 / np.sqrt(np.maximum(squares, 1e-9))) @ rows

    def _texts(self, bags: Bags, products: Sequence[int]) -> list[frozenset[str]]:
        return [bags[product].get(self.place, frozenset()) for product in products]


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
    attributes = [a for a in default_taxonomy().read if a.name in GAINING]
    bags = bags_of(sorted({label.product for label in labels}), metadata)
    places = [Place(bags, place) for place in PLACES]
    words: dict[str, dict[str, int]] = {}
    row = 0
    for place in places:
        found = place.counter.get_feature_names_out().tolist()
        words[place.place] = {word: row + i for i, word in enumerate(found)}
        row += len(found)
    told = {attribute.name: regression(attribute, labels, bags, places) for attribute in attributes}
    return WordOdds(
        {name: one.options for name, one in told.items()},
        words,
        np.concatenate([place.weighing.idf_ for place in places]),
        np.array([place.rarity_of_others for place in places]),
        np.concatenate([one.weights for one in told.values()], 1),
        np.concatenate([one.before for one in told.values()]),
        np.concatenate([one.usual for one in told.values()]),
    )


class Regression(NamedTuple):
    """Weights [words, options], constants [options] and log shares [options] of one attribute."""

    options: tuple[str, ...]
    weights: np.ndarray
    before: np.ndarray
    usual: np.ndarray


def regression(
    attribute: Attribute, labels: Sequence[Labelled], bags: Bags, places: Sequence[Place]
) -> Regression:
    """Which option a text makes how likely, of those that have labels enough.

    A label that allows several options stands for each of them, with a part of its weight.
    """
    allowed = [
        (label.product, option, 1 / len(label.accepted))
        for label in labels
        if label.attribute == attribute.name
        for option in sorted(label.accepted)
    ]
    share: dict[str, float] = defaultdict(float)
    for _, option, part in allowed:
        share[option] += part
    options = [option for option in attribute.names if share[option] >= LABELS]
    known = [row for row in allowed if row[1] in options]
    products, right = [row[0] for row in known], [options.index(row[1]) for row in known]
    parts = np.array([row[2] for row in known])
    title, description = (place.rows(bags, products) for place in places)
    texts = vstack([hstack([title, description]), hstack([title, csr_matrix(description.shape)])])
    model = LogisticRegression(C=LOOSE, max_iter=200, tol=1e-3)
    model.fit(texts.tocsr(), right * 2, sample_weight=np.tile(parts, 2) / 2)
    usual = np.log(np.bincount(right, parts) / parts.sum())
    return Regression(tuple(options), model.coef_.T, model.intercept_, usual)


def main() -> None:
    """Fit, write and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--catalog", type=Path, required=True)
    asked = parser.parse_args()
    taxonomy = default_taxonomy()
    metadata = metadata_of(asked.catalog)
    train = set(map(int, split_ids(asked.catalog)["train"]))
    labels = asked_labels(asked.catalog, train, metadata, taxonomy)
    words = fitted(labels, metadata)
    words.save(OUT)
    counts = ", ".join(f"{len(known):,} in a {place}" for place, known in words.words.items())
    print(f"{OUT.name}: {OUT.stat().st_size / 1000:.0f} kB; words known {counts}")


if __name__ == "__main__":
    main()
