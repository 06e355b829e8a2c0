"""How much a photo, and the phrases and words of its texts, count beside each other.

First photo and phrases are weighed, where there are phrases; then words on top of phrases, whose
weights stay: they hold for phrases of any taxonomy, words for what words were fitted to. Last comes
how sure both together are. All of it is fitted to labelled products that neither the photo's reader
nor the words were fitted to. Needs scipy.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from hangtag.readings import Reading
from hangtag.sureness import Sureness, fit_sureness
from hangtag.taxonomy import Attribute
from hangtag.texts.bag import WordOdds
from hangtag.texts.odds import AttributeOdds, TextOdds
from hangtag.texts.reading import PLACES, Evidence, Written

__all__ = [
    "Pair", "Weighing", "answers", "phrase_weights", "shares", "surenesses", "word_weights",
]  # fmt: skip

PARTS = (*PLACES, "words", "photo")
# What weights are drawn towards, and how many products that counts for.
USUAL = {"title": 0.8, "description": 0.8, "words": 0.3, "photo": 1.0}
STRENGTH = 5.0
# How many products the sureness of all attributes counts for in that of one.
STRENGTH_OF_ALL = 10.0


@dataclass(frozen=True)
class Pair:
    """A photo and texts of one labelled product.

    ``moved``: [parts, options], what each part adds to the log-probability of each option;
    ``accepted``: [options]; ``phrases``, ``words``: whether the texts have any.
    """

    moved: np.ndarray
    accepted: np.ndarray
    phrases: bool
    words: bool


@dataclass(frozen=True)
class Weighing:
    """What is weighed for one attribute; ``odds`` without weights."""

    attribute: Attribute
    odds: AttributeOdds
    words: WordOdds

    def pair(
        self,
        photo: Reading,
        accepted: frozenset[str],
        texts: Sequence[Written],
        evidence: Sequence[Evidence],
    ) -> Pair:
        """What photo and texts say, each by itself."""
        names = self.attribute.names
        known: Mapping[str, float] = {}
        if self.words.speaks_of(self.attribute):
            known = self.words.shifts(texts).get(self.attribute.name, {})
        shifts = [self._only(place).shifts(self.attribute, evidence) for place in PLACES]
        moved = [[part.get(option, 0.0) for option in names] for part in (*shifts, known)]
        moved.append([math.log(max(photo.probabilities[option], 1e-5)) for option in names])
        right = np.array([option in accepted for option in names])
        return Pair(np.array(moved), right, bool(evidence), bool(known))

    def _only(self, place: str) -> TextOdds:
        """The odds with all of their weight on one place."""
        odds = self.odds
        weight: dict[str, float] = {name: float(name == place) for name in PLACES}
        whole = AttributeOdds(weight, odds.odds, odds.options, odds.phrases)
        return TextOdds({self.attribute.name: whole}, AttributeOdds(weight))


def phrase_weights(pairs: Sequence[Pair]) -> dict[str, float]:
    """Of ``title``, ``description`` and ``photo``, from pairs with phrases."""
    found = fitted([pair for pair in pairs if pair.phrases], USUAL | {"words": 0.0}, ("words",))
    return {name: found[name] for name in (*PLACES, "photo")}


def word_weights(pairs: Sequence[Pair], phrases: Mapping[str, float]) -> dict[str, float]:
    """Of ``words``, and of ``photo_and_words``: of the photo where words are known."""
    known = [pair for pair in pairs if pair.words]
    if not known:
        return {}
    places = {place: phrases[place] for place in PLACES}
    found = fitted(known, USUAL | places, PLACES)
    return {"words": found["words"], "photo_and_words": found["photo"]}


def surenesses(
    pairs: Mapping[str, Sequence[Pair]], weights: Mapping[str, Mapping[str, float]]
) -> dict[str, Sureness]:
    """What confidence of photo and text together says, drawn towards all attributes together."""
    told = {name: answers(some, weights[name]) for name, some in pairs.items()}
    everything = [np.concatenate(columns) for columns in zip(*told.values(), strict=True)]
    pooled = fit_sureness(everything[0], everything[1])
    return {
        name: fit_sureness(confidence, right, towards=pooled, strength=STRENGTH_OF_ALL)
        for name, (confidence, right) in told.items()
    }


def answers(pairs: Sequence[Pair], weights: Mapping[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Confidence [n] of the likeliest option where the text says something; whether it is right."""
    confidence, right = [], []
    for pair in pairs:
        if pair.phrases or pair.words:
            share = shares(pair, weights)
            confidence.append(share.max())
            right.append(bool(pair.accepted[share.argmax()]))
    return np.array(confidence), np.array(right)


def shares(pair: Pair, weights: Mapping[str, float]) -> np.ndarray:
    """How likely each option is by photo and texts together, [options]."""
    photo = weights["photo_and_words"] if pair.words else weights["photo"]
    by_part = {**weights, "words": weights.get("words", 0.0), "photo": photo}
    score = np.array([by_part[part] for part in PARTS]) @ pair.moved
    return np.asarray(np.exp(score - np.logaddexp.reduce(score)))


def fitted(
    pairs: Sequence[Pair], usual: Mapping[str, float], fixed: Sequence[str]
) -> dict[str, float]:
    """Weights that make the accepted options likeliest, drawn towards the usual ones.

    Those of ``fixed`` are the usual ones.
    """
    towards = np.array([usual[part] for part in PARTS])
    free = np.array([part not in fixed for part in PARTS])
    if not pairs:
        return dict(zip(PARTS, towards.tolist(), strict=True))
    moved = np.array([pair.moved for pair in pairs])
    right = np.array([pair.accepted for pair in pairs])

    def whole(weights: np.ndarray) -> np.ndarray:
        every = towards.copy()
        every[free] = weights
        return every

    def loss(weights: np.ndarray) -> float:
        score = np.einsum("p,npo->no", whole(weights), moved)
        every = np.logaddexp.reduce(score, axis=1)
        hits = np.logaddexp.reduce(np.where(right, score, -50.0), axis=1)
        away = float(((weights - towards[free]) ** 2).sum())
        return float((every - hits).sum()) + STRENGTH * away

    best = minimize(loss, towards[free], bounds=[(0.0, 2.0)] * int(free.sum())).x
    return {p: round(float(w), 3) for p, w in zip(PARTS, whole(best), strict=True)}
