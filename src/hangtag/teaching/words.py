"""Words of a shop's own titles and descriptions, taught from the same labels as heads.

A photo does not show everything: what a heel is called is a matter of pixels that may not be there,
and a description names it. Words are fitted in folds, and so are their weights beside the photo,
whose probabilities are of products that its head had not seen: nothing vouches for itself. They are
kept where that makes what is right of products held out surely likelier than what counts already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hangtag.evaluation.metrics import calibration_error, chance_error, reliability, wilson
from hangtag.readings import Reading
from hangtag.sureness import Sureness, fit_sureness
from hangtag.taxonomy import Attribute
from hangtag.teaching.fitting import LEAST, SURELY, TOTAL, Held
from hangtag.texts import TaughtWords, Texts

if TYPE_CHECKING:
    from hangtag.texts.bag import WordOdds
    from hangtag.texts.reading import Written
    from hangtag.texts.weighing import Pair

__all__ = ["WordLesson", "learn_words"]

# A word that fewer products have is known of those alone.
_ENOUGH = 3
# How many products the sureness that ships, or none, counts for.
_STRENGTH = 20.0

# Words that say nothing.
_NONE: Mapping[str, float] = {"words": 0.0, "photo_and_words": 1.0}

Metadata = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class WordLesson:
    """What came of it; ``words`` is None where it was refused, and ``refused`` says why.

    ``labels``: products that have a text. Figures are of those, photo and text together, each held
    out: ``accuracy`` within ``low`` and ``high``, ``ece`` and what chance alone would make of it;
    ``before``: accuracy with what counts without being taught.
    """

    labels: int
    refused: str = ""
    accuracy: float | None = None
    low: float | None = None
    high: float | None = None
    ece: float | None = None
    ece_by_chance: float | None = None
    before: float | None = None
    words: TaughtWords | None = None


class _Product(NamedTuple):
    """One labelled product: what the photo says, what is written, what is right."""

    photo: Reading
    texts: Sequence[Written]
    option: str
    fold: int


class _Trial(NamedTuple):
    """Photo and text together, of a product held out: as they are, and with words taught.

    ``unworded``: how likely the right option is without words, but as well calibrated as with them.
    """

    product: _Product
    before: Reading
    after: Reading
    unworded: float


def learn_words(
    attribute: Attribute, held: Held, metadata: Sequence[Metadata], texts: Texts
) -> WordLesson:
    """Teach words of a single choice, or say why not.

    ``held``: what photos say of labelled products, each by a fit that had not seen it;
    ``metadata``: title, description and brand of each; ``texts``: what counts without being taught.
    """
    from threadpoolctl import threadpool_limits

    products = [
        _Product(
            _reading(attribute, held.options, likely),
            texts.reader.texts(told), held.options[option], int(fold),
        )
        for likely, told, option, fold in zip(
            held.likely, metadata, held.right, held.fold, strict=True
        )
        if told.get("title") or told.get("description")
    ]  # fmt: skip
    if len(products) < TOTAL:
        few = f"{len(products)} products have a text and a label not made of it; {TOTAL} are needed"
        return WordLesson(len(products), refused=few)
    course = _Course(attribute, texts)
    try:
        with threadpool_limits(limits=1):
            trials, taught = course.held(products)
    except ValueError as error:
        return WordLesson(len(products), refused=str(error))
    figures = _figures(trials)
    gain = _gain(trials)
    if gain.mean() <= SURELY * gain.std() / np.sqrt(len(gain)):
        return WordLesson(len(trials), "they add nothing to what counts already", **figures)
    about = {"labels": len(trials), **figures}
    return WordLesson(len(trials), **figures, words=replace(taught, about=about))


class _Course:
    """Fits words and their weights for one attribute."""

    def __init__(self, attribute: Attribute, texts: Texts):
        self.attribute, self.texts = attribute, texts
        self.phrases = texts.odds.of(attribute)

    def held(self, products: Sequence[_Product]) -> tuple[list[_Trial], TaughtWords]:
        """Every product by words and weights that had not seen it; words of all of them.

        Raises ValueError where there is too little for it.
        """
        folds = sorted({one.fold for one in products})
        words = {k: self._words([one for one in products if one.fold != k]) for k in folds}
        pairs = [(one.fold, self._pair(one, words[one.fold])) for one in products]
        trials = []
        for k in folds:
            others = [pair for fold, pair in pairs if fold != k]
            taught, unworded = self._weighed(words[k], others), self._unworded(others)
            then = replace(self.texts, taught={self.attribute.name: taught})
            trials += [
                _Trial(
                    one, self._blended(one, self.texts), self._blended(one, then), unworded(pair)
                )
                for one, (_, pair) in zip(products, pairs, strict=True)
                if one.fold == k
            ]
        return trials, self._weighed(self._words(products), [pair for _, pair in pairs])

    def _words(self, products: Sequence[_Product]) -> WordOdds:
        from hangtag.texts.regression import Said, WordFit, fit_words

        name = self.attribute.name
        said = [Said(one.texts, frozenset([one.option])) for one in products]
        how = WordFit(enough=_ENOUGH, labels=LEAST, brands=True)
        return fit_words({name: self.attribute.names}, {name: said}, how)

    def _pair(self, product: _Product, words: WordOdds) -> Pair:
        """What photo, phrases and words add, each by itself."""
        from hangtag.texts.weighing import Weighing

        evidence = [
            one
            for text in product.texts
            for one in self.texts.reader.evidence(text)
            if one.attribute == self.attribute.name
        ]
        weighing = Weighing(self.attribute, self.phrases, words)
        return weighing.pair(product.photo, frozenset([product.option]), product.texts, evidence)

    def _weighed(self, words: WordOdds, pairs: Sequence[Pair]) -> TaughtWords:
        """Words with the weights and the sureness that fit these pairs."""
        from hangtag.texts.weighing import word_weights

        weights = {**_NONE, **word_weights(pairs, self.phrases.weight)}
        return TaughtWords(words, weights, self._sureness(pairs, weights), {})

    def _unworded(self, pairs: Sequence[Pair]) -> Callable[[Pair], float]:
        """How likely what is right is by photo and phrases, once calibrated on these pairs."""
        from hangtag.texts.weighing import shares

        sure = self._sureness(pairs, _NONE)

        def likely(pair: Pair) -> float:
            found = sure.applied(shares(pair, {**self.phrases.weight, **_NONE})[None])[0]
            return float(found[pair.accepted].sum())

        return likely

    def _sureness(self, pairs: Sequence[Pair], weights: Mapping[str, float]) -> Sureness:
        from hangtag.texts.weighing import answers

        confidence, right = answers(pairs, {**self.phrases.weight, **weights})
        usual = self.phrases.sure or Sureness()
        return fit_sureness(confidence, right, towards=usual, strength=_STRENGTH)

    def _blended(self, product: _Product, texts: Texts) -> Reading:
        """Photo and text together, as a run would have them."""
        name = self.attribute.name
        return texts.blend_written({name: product.photo}, product.texts).readings[name]


def _figures(trials: Sequence[_Trial]) -> dict[str, Any]:
    right = np.array([one.after.value == (one.product.option,) for one in trials])
    before = np.array([one.before.value == (one.product.option,) for one in trials])
    sure = np.array([one.after.confidence for one in trials])
    low, high = wilson(int(right.sum()), len(right))
    return {
        "accuracy": float(right.mean()),
        "low": low,
        "high": high,
        "ece": calibration_error(reliability(sure, right)),
        "ece_by_chance": chance_error(sure),
        "before": float(before.mean()),
    }


def _gain(trials: Sequence[_Trial]) -> NDArray[np.float64]:
    """By how much log-likelihoods of what is right have risen, product by product.

    Beside what counts already or, where that is better, the same calibrated anew: not words have
    the credit for what a calibration does.
    """
    likely = [
        (one.before.probabilities[option], one.unworded, one.after.probabilities[option])
        for one in trials
        for option in [one.product.option]
    ]
    before, unworded, after = np.log(np.maximum(likely, 1e-5)).T
    return np.asarray(after - max(before, unworded, key=np.mean))


def _reading(attribute: Attribute, options: Sequence[str], likely: NDArray[np.float32]) -> Reading:
    known = dict(zip(options, likely.tolist(), strict=True))
    probabilities = {option: known.get(option, 0.0) for option in attribute.names}
    best = max(probabilities, key=probabilities.__getitem__)
    return Reading(attribute.name, (best,), probabilities[best], probabilities)
