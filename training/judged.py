"""What the eye tells better than texts, in the file that ships: style words and logos.

    python -m training.judged --catalog DIR --work DIR

The network learned these from descriptions. Their praise is cheap, and half of the brand marks that
they mention cannot be seen: half of its style words fitted no photo, and two in three of its logos
were not there. ``judged_by_eye.csv`` says of each product of the calibration part that has a large
photo which words fit it and, of garments, whether a brand mark shows, as one person judged by the
rubric in ``benchmarks/judged_by_eye.py``, seeing nothing but photos. What the network makes of such
a photo, all options of all heads, tells that far better than its own answer does. So a penalised
logistic regression on them takes its place. Its penalty, and the one factor that makes its log-odds
hold, come from products of other titles than those that a fit has seen.

Every other score stays what it was, to the last bit.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
from onnx import helper, numpy_helper
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from training.asking import asked_of_network
from training.export import VERSION
from training.graph import JUDGED, last_node, moved_aside, without
from training.labels import read_styles, split_ids
from training.middle import Looking, Source
from training.photos import photo_stores

JUDGEMENTS = Path(__file__).with_name("judged_by_eye.csv")
STYLE, DETAILS, LOGO = "style_keywords", "details", "has logo"
FOLDS = 10
# Inverse penalties to choose from.
STRENGTHS = (0.01, 0.03, 0.1, 0.3, 1.0)


def by_eye(attribute: str, options: Sequence[str]) -> list[int]:
    """The places of those options that are judged by eye: of every style word, and of logos."""
    judged = {STYLE: set(options), DETAILS: {LOGO}}.get(attribute, set())
    return [place for place, option in enumerate(options) if option in judged]


@dataclass(frozen=True)
class Judgements:
    """``fits``: product → the options that it has; ``asked``: attribute → products asked about."""

    fits: Mapping[int, frozenset[str]]
    asked: Mapping[str, Sequence[int]]

    @classmethod
    def read(cls, path: Path = JUDGEMENTS) -> Judgements:
        """Columns: id, the words that fit, and ``yes`` or ``no`` where a logo was asked for."""
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        fits = {
            int(row["id"]): frozenset(filter(None, row[STYLE].split("|")))
            | ({LOGO} if row["has_logo"] == "yes" else set())
            for row in rows
        }
        garments = [int(row["id"]) for row in rows if row["has_logo"]]
        return cls(fits, {STYLE: list(fits), DETAILS: garments})


def fitted(seen: np.ndarray, fits: np.ndarray, strength: float) -> tuple[np.ndarray, np.ndarray]:
    """Weights [scores, options] and bias [options] that say of ``seen`` [n, scores] what fits."""
    mean, spread = seen.mean(0), seen.std(0) + 1e-3
    weights = np.zeros((seen.shape[1], fits.shape[1]))
    bias = np.zeros(fits.shape[1])
    for option in range(fits.shape[1]):
        model = LogisticRegression(C=strength, max_iter=2000)
        model.fit((seen - mean) / spread, fits[:, option])
        weights[:, option] = model.coef_[0] / spread
        bias[option] = model.intercept_[0] - mean @ weights[:, option]
    return weights, bias


def apart(seen: np.ndarray, fits: np.ndarray, titles: Sequence[str], strength: float) -> np.ndarray:
    """Log-odds [n, options] of photos, by a fit that has seen none of the same title."""
    found = np.zeros(fits.shape)
    for known, unknown in GroupKFold(FOLDS).split(seen, groups=titles):
        weights, bias = fitted(seen[known], fits[known], strength)
        found[unknown] = seen[unknown] @ weights + bias
    return found


def log_loss(odds: np.ndarray, fits: np.ndarray) -> float:
    """Of log-odds: the mean of -log of what is so."""
    return float(np.logaddexp(0, np.where(fits, -odds, odds)).mean())


def holding(odds: np.ndarray, fits: np.ndarray) -> float:
    """The factor that makes log-odds of photos not seen hold."""
    found = minimize_scalar(
        lambda logarithm: log_loss(np.exp(logarithm) * odds, fits), bounds=(-2, 2), method="bounded"
    )
    return float(np.exp(found.x))


class Learned(NamedTuple):
    """``weights`` [scores, options] and ``bias`` [options] whose log-odds hold.

    ``apart``: those of each photo [n, options] by a fit that has seen none of the same title.
    """

    weights: np.ndarray
    bias: np.ndarray
    apart: np.ndarray


def learned(
    options: Sequence[str], seen: np.ndarray, fits: np.ndarray, titles: Sequence[str]
) -> Learned:
    """Fit, and print how it does on what it has not seen."""
    odds = {strength: apart(seen, fits, titles, strength) for strength in STRENGTHS}
    for strength, found in odds.items():
        print(f"strength {strength:<5} log-loss {log_loss(found, fits):.4f}")
    best = min(odds, key=lambda strength: log_loss(odds[strength], fits))
    factor = holding(odds[best], fits)
    show(options, odds[best], fits)
    print(f"strength {best}, factor {factor:.3f}", flush=True)
    weights, bias = fitted(seen, fits, best)
    return Learned(factor * weights, factor * bias, factor * odds[best])


def show(options: Sequence[str], odds: np.ndarray, fits: np.ndarray) -> None:
    """How often what is likelier than not fits, and how much of what fits is found."""
    for i, option in enumerate([*options, "all"]):
        said, right = (odds > 0, fits) if option == "all" else (odds[:, i] > 0, fits[:, i])
        print(
            f"  {option:13} fits {right.sum():4} said {said.sum():4} "
            f"right {(said & right).sum() / max(said.sum(), 1):.2f} "
            f"found {(said & right).sum() / max(right.sum(), 1):.2f}"
        )


class Mixed:
    """Every score as it is, until some are made of all of them."""

    def __init__(self, scores: int):
        self.weights, self.bias = np.eye(scores, dtype=np.float32), np.zeros(scores, np.float32)

    def take(self, columns: Sequence[int], weights: np.ndarray, bias: np.ndarray) -> None:
        """Scores in ``columns`` are made so."""
        self.weights[:, columns], self.bias[columns] = weights, bias

    def within(self, model: onnx.ModelProto) -> onnx.ModelProto:
        """The network whose scores these are."""
        whole = onnx.ModelProto()
        whole.CopyFrom(model)
        graph = whole.graph
        for name, values in (("weights", self.weights), ("bias", self.bias)):
            graph.initializer.append(numpy_helper.from_array(values, f"{JUDGED}_{name}"))
        own = moved_aside(graph, JUDGED)
        graph.node.append(last_node(JUDGED, "Gemm", [own, f"{JUDGED}_weights", f"{JUDGED}_bias"]))
        onnx.checker.check_model(whole)
        return whole


def apart_file(work: Path, attribute: str) -> Path:
    """Where the log-odds of an attribute's photos that a fit has not seen lie."""
    return work / f"judged-{attribute}.npz"


def said_apart(work: Path, attribute: str) -> list[tuple[int, float, bool]]:
    """What is said of photos that a fit has not seen: pixels a side, how sure, and whether it fits.

    Raises OSError where ``main`` has not been run.
    """
    with np.load(apart_file(work, attribute)) as found:
        rows, options = np.nonzero(found["odds"] > 0)
        likely = 1 / (1 + np.exp(-found["odds"][rows, options]))
        columns = (found["side"][rows], likely, found["fits"][rows, options])
        return list(zip(*(column.tolist() for column in columns), strict=True))


def main() -> None:
    """Look, fit, print and write."""
    asked = asked_of_network(__doc__)
    plain = without(onnx.load(asked.model), JUDGED)
    about = json.loads({p.key: p.value for p in plain.metadata_props}["hangtag"])
    judged = Judgements.read()
    never_seen = set(map(int, split_ids(asked.catalog, asked.fold)["calibration"]))
    if judged.fits.keys() - never_seen:
        raise SystemExit("The network was trained on products that were judged by eye.")
    stores = photo_stores(asked.catalog, asked.work)
    sources = [
        Source(store, [i for i in judged.fits if i in store.row], side)
        for side, store in stores.items()
    ]
    products = [i for source in sources for i in source.ids]
    _, seen = Looking(plain).at(sources, 0)
    sides = np.concatenate([np.full(len(source.ids), source.side) for source in sources])
    titles = read_styles(asked.catalog / "styles.csv").title.reindex(products).tolist()
    mixed = Mixed(seen.shape[1])
    start = 0
    for name, options in about["heads"].items():
        places = by_eye(name, options)
        if places:
            rows = np.flatnonzero(np.isin(products, judged.asked[name]))
            chosen = [options[place] for place in places]
            fits = np.array([[o in judged.fits[products[row]] for o in chosen] for row in rows])
            found = learned(chosen, seen[rows], fits, [titles[row] for row in rows])
            mixed.take([start + place for place in places], found.weights, found.bias)
            kept = apart_file(asked.work, name)
            np.savez(kept, side=sides[rows], odds=found.apart, fits=fits)
        start += len(options)
    whole = mixed.within(plain)
    helper.set_model_props(whole, {"hangtag": json.dumps({**about, "version": VERSION})})
    onnx.save(whole, asked.model)
    print(asked.model)


if __name__ == "__main__":
    main()
