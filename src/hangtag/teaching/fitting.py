"""A head from features and labels: logistic regression, cross-validated and calibrated.

Made for the few labels that people have time to give. Features are standardised and turned to their
few hundred main directions, which needs no labels; a ridge penalty is chosen by cross-validation.
Logits of products that a fold did not see give the calibration, and that too is judged on products
that it was not fitted to, so that nothing vouches for itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hangtag.calibration import Curve, fit_curve
from hangtag.evaluation.metrics import (
    calibration_error,
    chance_error,
    macro_f1,
    reliability,
    wilson,
)
from hangtag.heads import Head
from hangtag.taxonomy import Attribute

__all__ = ["LEAST", "SURELY", "TOTAL", "Examples", "Held", "Lesson", "fit_head"]

# Products that an option must have to be taught, and labels that an attribute must have in all.
LEAST, TOTAL = 8, 40
# How many of an option's products must be other than in colour.
_DIFFERENT = 3

_FOLDS = 5
# Strengths to choose from: the inverse of the penalty.
_PENALTIES = (0.3, 1.0, 3.0, 10.0, 30.0)
# Directions at most: beyond, a fit takes long and gains nothing.
_DIRECTIONS = 320
# How many standard errors better than what is there without it anything taught must be.
SURELY = 1.645

Array = NDArray[np.float32]
Whole = NDArray[np.int64]


class Examples(NamedTuple):
    """Labelled products of one attribute: features [n, d], and what is said of each.

    ``said``: option → whether the product has it. Of a single choice one is True. ``alike``: the
    same word for products that are one but for their colour, such as the title: they are judged
    together, or each would vouch for the other.
    """

    features: Array
    said: Sequence[Mapping[str, bool]]
    alike: Sequence[str]


class Held(NamedTuple):
    """What a photo says of labelled products, each by a fit that had not seen it.

    ``rows``: which of the examples they are [n]; ``right``: the option of each [n], a number among
    ``options``; ``fold``: where each was held out [n]; ``likely``: calibrated [n, options].
    """

    rows: Whole
    options: tuple[str, ...]
    right: Whole
    fold: Whole
    likely: Array


@dataclass(frozen=True, slots=True)
class Lesson:
    """What came of teaching one attribute.

    ``head`` is None where it was refused, and ``refused`` says why. ``options``: how many products
    have each; ``left_out``: options of the attribute with too few. Figures are of products that the
    fold's fit, penalty and calibration did not see: ``accuracy`` within ``low`` and ``high``,
    ``majority``: what always giving the commonest option would reach, ``macro_f1``, ``ece`` and
    what chance alone would make of it. Of a multiple choice, accuracy and majority are means of
    balanced accuracies, and 0.5. ``before``: of the engine's own head, on the same products.
    ``held``: of a single choice with labels enough, what those figures are of. ``spare``: a head of
    no use alone, for texts that tell more to stand beside.
    """

    attribute: str
    labels: int
    options: Mapping[str, int]
    left_out: Sequence[str]
    refused: str = ""
    accuracy: float | None = None
    low: float | None = None
    high: float | None = None
    majority: float | None = None
    macro_f1: float | None = None
    ece: float | None = None
    ece_by_chance: float | None = None
    before: float | None = None
    seconds: float = 0.0
    head: Head | None = None
    spare: Head | None = None
    held: Held | None = None


def fit_head(attribute: Attribute, examples: Examples, before: Array | None = None) -> Lesson:
    """Teach one attribute, or say why not.

    ``before``: of a single choice, how likely each option is without being taught, [n, options];
    a head that is right no more often is refused.
    """
    # Loaded first: what is loaded later would not be limited.
    from sklearn import decomposition, linear_model  # noqa: F401
    from threadpoolctl import threadpool_limits

    # Matrices this small only wait for each other's threads, a hundred times longer than they take.
    with threadpool_limits(limits=1):
        return _fit_head(attribute, examples, before)


def _fit_head(attribute: Attribute, examples: Examples, before: Array | None) -> Lesson:
    counts = Counter(o for said in examples.said for o, there in said.items() if there)
    options = {name: counts[name] for name in attribute.names if counts[name]}
    if attribute.multiple:
        return _fit_multiple(attribute, examples, options)
    answer = [next((o for o, there in said.items() if there), "") for said in examples.said]
    kinds = {o: len({a for a, b in zip(examples.alike, answer, strict=True) if b == o})
             for o in options}  # fmt: skip
    taught = [o for o, n in options.items() if n >= LEAST and kinds[o] >= _DIFFERENT]
    left_out = [name for name in attribute.names if name not in taught]
    told: dict[str, Any] = {"options": options, "left_out": left_out}
    rows = np.array([i for i, option in enumerate(answer) if option in taught], np.int64)
    if len(taught) < 2 or len(rows) < TOTAL:
        why = _too_little(options, len(rows))
        return Lesson(attribute.name, len(answer), **told, refused=why)
    x = examples.features[rows]
    y = np.array([taught.index(answer[i]) for i in rows])
    turned = _Turned.of(x)
    fold = _folds(y, [examples.alike[i] for i in rows])
    fit = _cross_fitted(turned(x), y, len(taught), fold)
    weights, bias = turned.back(_regression(turned(x), y, len(taught), fit.penalty))
    likely = fit.likely
    said, right = likely.argmax(axis=1), likely.argmax(axis=1) == y
    hits, n = int(right.sum()), len(y)
    low, high = wilson(hits, n)
    majority = max(options.values()) / n
    figures: dict[str, Any] = {
        "accuracy": hits / n,
        "low": low,
        "high": high,
        "majority": majority,
        "macro_f1": macro_f1([taught[i] for i in y], [taught[i] for i in said]),
        "ece": calibration_error(reliability(likely.max(axis=1), right)),
        "ece_by_chance": chance_error(likely.max(axis=1)),
    }
    # What is read where nothing is taught: by the engine's own head, if it has one.
    own_held = None
    if before is not None:
        truth = np.array([attribute.names.index(taught[option]) for option in y])
        own_held = Held(rows, attribute.names, truth, fold, before[rows])
        own = float((before[rows].argmax(axis=1) == truth).mean())
        figures["before"] = own
        if hits / n <= own:
            why = f"right in {hits / n:.1%}, and the engine's own head in {own:.1%}"
            return Lesson(attribute.name, n, **told, refused=why, **figures, held=own_held)
    about = {"labels": n, "options": options, **figures}
    head = Head(tuple(taught), False, weights, bias, fit.curve, about)
    held = Held(rows, tuple(taught), y, fold, likely)
    if not _tells(likely, y):
        told["refused"] = (
            f"from {n} labels nothing can be told that the shares of the options do not tell"
        )
        if own_held is not None:
            return Lesson(attribute.name, n, **told, **figures, held=own_held)
        return Lesson(attribute.name, n, **told, **figures, spare=head, held=held)
    return Lesson(attribute.name, n, **told, **figures, head=head, held=held)


def _too_little(options: Mapping[str, int], n: int) -> str:
    enough = [name for name, count in options.items() if count >= LEAST]
    if len(enough) < 2:
        few = ", ".join(f"{name} {count}" for name, count in options.items()) or "none"
        return f"at least two options need {LEAST} products each; there are: {few}"
    return f"{n} labels; at least {TOTAL} are needed"


class _CrossFit(NamedTuple):
    """``likely``: calibrated probabilities [n, options] of products by fits that had not them."""

    penalty: float
    curve: Curve
    likely: Array


def _cross_fitted(x: Array, y: Whole, options: int, fold: Whole) -> _CrossFit:
    """The penalty is the one with which products of other folds are the likeliest.

    ``x``: turned features [n, r]; ``y``: the option of each [n]; ``fold``: where each is held out.
    """
    logits = {c: np.zeros((len(y), options), np.float32) for c in _PENALTIES}
    for held in range(_FOLDS):
        here = fold == held
        for c, found in logits.items():
            weights, bias = _regression(x[~here], y[~here], options, c)
            found[here] = x[here] @ weights + bias
    penalty = min(_PENALTIES, key=lambda c: _loss(logits[c], y))
    scores = logits[penalty]
    accepted = np.eye(options, dtype=np.float32)[y]
    known = np.ones_like(accepted)
    curve = fit_curve(scores, accepted, known, multiple=False)
    likely = np.zeros_like(scores)
    for held in range(_FOLDS):
        here = fold == held
        own = fit_curve(scores[~here], accepted[~here], known[~here], multiple=False)
        likely[here] = _softmax(scores[here] * np.array(own.scale) + np.array(own.shift))
    return _CrossFit(penalty, curve, likely)


def _fit_multiple(attribute: Attribute, examples: Examples, options: Mapping[str, int]) -> Lesson:
    """One option at a time, each from the products of which somebody said that it has it or not."""
    n = len(examples.said)
    taught: list[str] = []
    columns: list[tuple[Array, Array, Curve]] = []
    balanced, eces, chances = [], [], []
    turned = _Turned.of(examples.features)
    for option in attribute.names:
        rows = np.array([i for i, said in enumerate(examples.said) if option in said], np.int64)
        y = np.array([examples.said[i][option] for i in rows], np.int64)
        if min(int(y.sum()), int((1 - y).sum())) < LEAST or len(y) < TOTAL:
            continue
        sides = [{examples.alike[i] for i in rows[y == there]} for there in (0, 1)]
        if min(map(len, sides)) < _DIFFERENT:
            continue
        x = examples.features[rows]
        fold = _folds(y, [examples.alike[i] for i in rows])
        fit = _cross_fitted(turned(x), y, 2, fold)
        p, has = fit.likely[:, 1], y == 1
        taken = p >= attribute.threshold
        weights, bias = turned.back(_regression(turned(x), y, 2, fit.penalty))
        # Of two options a softmax is a sigmoid of the difference.
        scale, shift = fit.curve.scale[0], fit.curve.shift[1] - fit.curve.shift[0]
        taught.append(option)
        columns.append((
            weights[:, 1] - weights[:, 0], bias[1] - bias[0], Curve((scale,), (shift,)),
        ))  # fmt: skip
        balanced.append(float((taken[has].mean() + (~taken[~has]).mean()) / 2))
        eces.append(calibration_error(reliability(p, has)))
        chances.append(chance_error(p))
    left_out = [name for name in attribute.names if name not in taught]
    told: dict[str, Any] = {"options": options, "left_out": left_out}
    if not taught:
        why = (
            f"an option needs {TOTAL} labels, {LEAST} products with it and {LEAST} of which "
            "somebody said that they have it not"
        )
        return Lesson(attribute.name, n, **told, refused=why)
    figures: dict[str, Any] = {
        "accuracy": float(np.mean(balanced)),
        "majority": 0.5,
        "ece": float(np.mean(eces)),
        "ece_by_chance": float(np.mean(chances)),
    }
    curve = Curve(tuple(c.scale[0] for *_, c in columns), tuple(c.shift[0] for *_, c in columns))
    weights = np.stack([w for w, _, _ in columns], axis=1)
    bias = np.array([b for _, b, _ in columns], np.float32)
    about = {"labels": n, "options": options, **figures}
    head = Head(tuple(taught), True, weights, bias, curve, about)
    return Lesson(attribute.name, n, **told, **figures, head=head)


class _Turned(NamedTuple):
    """Features standardised and turned to few directions: [n, d] → [n, r]."""

    mean: Array
    turn: Array

    @classmethod
    def of(cls, x: Array) -> _Turned:
        """From features alone, whatever their labels."""
        from sklearn.decomposition import PCA

        mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-3
        most = min(_DIRECTIONS, len(x) - 1, x.shape[1])
        pca = PCA(most, svd_solver="randomized", random_state=0).fit((x - mean) / spread)
        turn = pca.components_.T / spread[:, None] / np.sqrt(x.shape[1])
        return cls(mean, np.asarray(turn, np.float32))

    def __call__(self, x: Array) -> Array:
        return np.asarray((x - self.mean) @ self.turn, np.float32)

    def back(self, fitted: tuple[Array, Array]) -> tuple[Array, Array]:
        """Weights [d, options] and bias [options] for features as they come."""
        weights = (self.turn @ fitted[0]).astype(np.float32)
        return weights, (fitted[1] - self.mean @ weights).astype(np.float32)


def _regression(x: Array, y: Whole, options: int, penalty: float) -> tuple[Array, Array]:
    """Logits by option: weights [r, options], bias [options]."""
    from sklearn.linear_model import LogisticRegression

    there = np.unique(y)
    weights = np.zeros((x.shape[1], options), np.float32)
    # An option of which no product is here: rarer than any that is.
    bias = np.full(options, -10.0, np.float32)
    if len(there) == 1:
        bias[there[0]] = 0.0
        return weights, bias
    model = LogisticRegression(C=penalty, max_iter=500, tol=1e-3).fit(x, y)
    found, constant = model.coef_.T, model.intercept_
    if len(there) == 2:  # one column, for the second option
        found = np.concatenate([-found / 2, found / 2], axis=1)
        constant = np.concatenate([-constant / 2, constant / 2])
    weights[:, there], bias[there] = found, constant
    return weights, bias


def _tells(likely: Array, y: Whole) -> bool:
    """Whether probabilities of products not seen are better than the options' shares, surely."""
    n = len(y)
    shares = np.bincount(y, minlength=likely.shape[1]) / n
    gain = np.log(np.maximum(likely[np.arange(n), y], 1e-6)) - np.log(shares[y])
    return bool(gain.mean() > SURELY * gain.std() / np.sqrt(n))


def _folds(y: Whole, alike: Sequence[str]) -> Whole:
    """Where each product is held out: those that are alike together, every option spread.

    The same each time. Rare options are dealt out first.
    """
    rng = np.random.default_rng(0)
    fold_of: dict[str, int] = {}
    dealt = 0
    for option in sorted(np.unique(y).tolist(), key=lambda o: int((y == o).sum())):
        kinds = sorted({alike[int(row)] for row in np.flatnonzero(y == option)} - fold_of.keys())
        for place in rng.permutation(len(kinds)):
            fold_of[kinds[int(place)]] = dealt % _FOLDS
            dealt += 1
    return np.array([fold_of[kind] for kind in alike], np.int64)


def _softmax(z: NDArray[np.floating]) -> Array:
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def _loss(logits: Array, y: Whole) -> float:
    log_all = np.logaddexp.reduce(logits, axis=1)
    return float((log_all - logits[np.arange(len(y)), y]).mean())
