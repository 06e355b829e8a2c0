"""Words of titles and descriptions fitted to labels: logistic regression on bags of words.

Whose labels they are is up to the caller: those that ship are one shop's, without the names of its
brands (``training/text_words.py``); ``hangtag.teaching`` fits a shop's own for itself. Needs
scikit-learn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix, diags, hstack, vstack
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression

from hangtag.texts.bag import WordOdds
from hangtag.texts.reading import PLACES, Written

__all__ = ["Said", "WordFit", "fit_words"]

# Inverse strength of the regression's L2 penalty.
_LOOSE = 12.0


class Said(NamedTuple):
    """What is written of one labelled product, and the options that count as right."""

    texts: Sequence[Written]
    accepted: frozenset[str]


@dataclass(frozen=True)
class WordFit:
    """How words are fitted.

    ``enough``: a word that fewer products have says more of them than of the word; ``labels``: an
    option with fewer is one that words say nothing of; ``brands``: whether names of brands are
    words like others.
    """

    enough: int
    labels: int
    brands: bool = False


def fit_words(
    attributes: Mapping[str, Sequence[str]], said: Mapping[str, Sequence[Said]], how: WordFit
) -> WordOdds:
    """What words say of each attribute (name → options), from what is ``said`` for each of them.

    Every product stands there twice, with its description and without. Raises ValueError where no
    text has a word, or an attribute has not two options with labels enough.
    """
    texts = {id(one.texts): one.texts for some in said.values() for one in some}
    places = [_Place(list(texts.values()), place, how) for place in PLACES]
    words: dict[str, dict[str, int]] = {}
    row = 0
    for place in places:
        words[place.place] = {word: row + i for i, word in enumerate(place.known)}
        row += len(place.known)
    if not row:
        raise ValueError("no word is known of enough products")
    told = {name: _regression(attributes[name], said[name], places, how) for name in attributes}
    return WordOdds(
        {name: one.options for name, one in told.items()},
        words,
        np.concatenate([place.rarity for place in places]),
        np.array([place.rarity_of_others for place in places]),
        np.concatenate([one.weights for one in told.values()], 1),
        np.concatenate([one.before for one in told.values()]),
        np.concatenate([one.usual for one in told.values()]),
        how.brands,
    )


class _Place:
    """The words of one place, and texts as rows of length one; unknown words take their part."""

    def __init__(self, texts: Sequence[Sequence[Written]], place: str, how: WordFit):
        self.place, self._brands = place, how.brands
        bags = self._bags(texts)
        many = len(bags) >= how.enough and any(bags)
        self._counter = CountVectorizer(analyzer=sorted, binary=True, min_df=how.enough)
        try:
            if not many:
                raise ValueError("no text")
            counts = self._counter.fit_transform(bags)
            self.known = self._counter.get_feature_names_out().tolist()
        except ValueError:  # no word is known of enough products
            self.known = []
            counts = csr_matrix((len(bags), 0))
        self._weighing = TfidfTransformer(norm=None).fit(counts) if self.known else None
        self.rarity = self._weighing.idf_ if self._weighing else np.zeros(0)
        self.rarity_of_others = float(np.log((1 + len(bags)) / how.enough) + 1)

    def rows(self, texts: Sequence[Sequence[Written]]) -> csr_matrix:
        """[texts, words], each row of length one together with its unknown words."""
        bags = self._bags(texts)
        if self._weighing is None:
            return csr_matrix((len(bags), 0))
        counts = self._counter.transform(bags)
        rows = self._weighing.transform(counts)
        others = np.array([len(bag) for bag in bags]) - counts.sum(1).A1
        squares = rows.multiply(rows).sum(1).A1 + others * self.rarity_of_others**2
        return diags(1 / np.sqrt(np.maximum(squares, 1e-9))) @ rows

    def _bags(self, texts: Sequence[Sequence[Written]]) -> list[set[str]]:
        found: list[set[str]] = []
        for written in texts:
            here = [text.said(brand=self._brands) for text in written if text.place == self.place]
            found.append(here[0] if here else set())
        return found


class _Regression(NamedTuple):
    """Weights [words, options], constants [options] and log shares [options] of one attribute."""

    options: tuple[str, ...]
    weights: np.ndarray
    before: np.ndarray
    usual: np.ndarray


def _regression(
    names: Sequence[str], said: Sequence[Said], places: Sequence[_Place], how: WordFit
) -> _Regression:
    """Which option a text makes how likely, of those that have labels enough.

    A label that allows several options stands for each of them, with a part of its weight.
    """
    allowed = [
        (one.texts, option, 1 / len(one.accepted))
        for one in said
        for option in sorted(one.accepted)
    ]
    share: dict[str, float] = defaultdict(float)
    for _, option, part in allowed:
        share[option] += part
    options = [option for option in names if share[option] >= how.labels]
    if len(options) < 2:
        raise ValueError("there are not two options with labels enough")
    known = [row for row in allowed if row[1] in options]
    texts, right = [row[0] for row in known], [options.index(row[1]) for row in known]
    parts = np.array([row[2] for row in known])
    title, description = (place.rows(texts) for place in places)
    rows = vstack([hstack([title, description]), hstack([title, csr_matrix(description.shape)])])
    model = LogisticRegression(C=_LOOSE, max_iter=200, tol=1e-3)
    model.fit(rows.tocsr(), right * 2, sample_weight=np.tile(parts, 2) / 2)
    weights, before = model.coef_.T, model.intercept_
    if len(options) == 2:  # one column, for the second option
        weights = np.concatenate([-weights / 2, weights / 2], axis=1)
        before = np.concatenate([-before / 2, before / 2])
    usual = np.log(np.bincount(right, parts) / parts.sum())
    return _Regression(tuple(options), weights, before, usual)
