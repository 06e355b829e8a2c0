"""Fit a network's probabilities and thresholds.

    python -m training.calibrate --catalog DIR --work DIR

Fitted on the products that the network never saw, for which options it leans to is its own, and
shown on ``validation``, at both photo sizes. The scores come from the very file that ships, 8-bit
and all. With ``--fold second`` the same for the second network of ``training.folds``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar

from hangtag.calibration import Calibration, Curve, fit_curve, uncalibrated
from hangtag.engines.base import PhotoBatch
from hangtag.engines.compact import CompactEngine
from hangtag.taxonomy import Attribute, default_taxonomy
from training.asking import asked_of_network
from training.export import squashed
from training.judged import by_eye
from training.labels import Part, Targets, build_part, split_ids
from training.photos import SIDES, PhotoStore, photo_stores
from training.train import vocabulary

# Nine in ten products have the same answer: a shift for each option would be fitted to a handful of
# the others. On validation it cost formality half a point, and fit its calibration.
WITHOUT_SHIFT = ("formality", "fit")


def scored(
    engine: CompactEngine, store: PhotoStore, ids: np.ndarray, side: int
) -> dict[str, np.ndarray]:
    """Attribute → raw scores [n, options] of the products' photos."""
    attributes = default_taxonomy().read
    parts: dict[str, list[np.ndarray]] = {a.name: [] for a in attributes}
    for start in range(0, len(ids), engine.batch_size):
        chosen = [int(i) for i in ids[start : start + engine.batch_size]]
        batch = PhotoBatch(
            list(map(str, chosen)), squashed(store, chosen, side), [{}] * len(chosen)
        )
        for name, scores in engine.answer(batch, attributes).scores.items():
            parts[name].append(scores)
    return {name: np.concatenate(values) for name, values in parts.items()}


def thresholds(
    attribute: Attribute, probabilities: np.ndarray, targets: Targets
) -> tuple[float, ...]:
    """From which probability on each option is taken: where its F1 is best, at most one half.

    A text that does not name a detail is not proof of its absence, so labels see too few; a
    threshold of one half would keep the mistake.
    """
    best = []
    for i in range(len(attribute.options)):
        known = targets.weight[:, i] > 0
        truth, p, weight = (
            targets.accepted[known, i],
            probabilities[known, i],
            targets.weight[known, i],
        )
        grid = np.arange(0.2, 0.501, 0.02)
        right = np.array([(weight * truth * (p >= t)).sum() for t in grid])
        taken = np.array([(weight * (p >= t)).sum() for t in grid])
        f1 = 2 * right / (taken + (weight * truth).sum()).clip(1)
        best.append(round(float(grid[f1.argmax()]), 2))
    return tuple(best)


def temperature(scores: np.ndarray, targets: Targets) -> Curve:
    """One factor for all options and no shift (Guo et al., 2017)."""

    def loss(logarithm: float) -> float:
        z = scores * np.exp(logarithm)
        right = np.logaddexp.reduce(np.where(targets.accepted > 0, z, -1e4), axis=1)
        return float(((np.logaddexp.reduce(z, axis=1) - right) * targets.weight[:, 0]).sum())

    best = float(np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x))
    return Curve((round(best, 5),) * scores.shape[1], (0.0,) * scores.shape[1])


def as_judged(attribute: Attribute, curve: Curve) -> Curve:
    """The same curve, but for options whose scores hold as they are (``training.judged``).

    Of these what is likelier than not is taken.
    """
    scale, shift, threshold = list(curve.scale), list(curve.shift), list(curve.threshold or ())
    for place in by_eye(attribute.name, attribute.names):
        scale[place], shift[place], threshold[place] = 1.0, 0.0, 0.5
    return Curve(tuple(scale), tuple(shift), tuple(threshold))


def fitted(attribute: Attribute, sides: dict[int, tuple[np.ndarray, Targets]]) -> dict[int, Curve]:
    """The curves of one attribute: one for each photo size, near the one for all sizes together."""
    if attribute.name in WITHOUT_SHIFT:
        return {side: temperature(scores, targets) for side, (scores, targets) in sides.items()}
    scores = np.concatenate([scores for scores, _ in sides.values()])
    accepted = np.concatenate([targets.accepted for _, targets in sides.values()])
    weight = np.concatenate([targets.weight for _, targets in sides.values()])
    pooled = fit_curve(scores, accepted, weight, multiple=attribute.multiple)
    curves = {
        side: fit_curve(
            scores, t.accepted, t.weight, multiple=attribute.multiple, towards=pooled, strength=20
        )
        for side, (scores, t) in sides.items()
    }
    if not attribute.multiple:
        return curves
    p = np.concatenate([_applied(attribute, curves[side], s) for side, (s, _) in sides.items()])
    least = thresholds(attribute, p, Targets(attribute.names, True, accepted, weight))
    return {
        side: as_judged(attribute, replace(curve, threshold=least))
        for side, curve in curves.items()
    }


def _applied(attribute: Attribute, curve: Curve, scores: np.ndarray) -> np.ndarray:
    scale, shift = np.array(curve.scale, np.float32), np.array(curve.shift, np.float32)
    return uncalibrated(attribute, scores * scale + shift)


def calibration_error(confidence: np.ndarray, right: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error over equal-width bins of confidence."""
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(confidence[which == b].sum() - right[which == b].sum()) for b in range(bins)]
    return float(sum(gaps) / max(len(right), 1))


def show(attribute: Attribute, p: np.ndarray, least: np.ndarray, targets: Targets) -> None:
    """One line an attribute, or an option of a multiple-choice attribute."""
    if attribute.multiple:
        for i, option in enumerate(attribute.names):
            known = targets.weight[:, i] == 1
            truth, taken = targets.accepted[known, i] > 0, p[known, i] >= least[i]
            if truth.any() and not truth.all():
                recall, specificity = taken[truth].mean(), (~taken[~truth]).mean()
                even = (
                    (p[known, i] >= truth.mean())[truth].mean()
                    + (p[known, i] < truth.mean())[~truth].mean()
                ) / 2
                print(
                    f"  {option:18} n {len(truth):5} recall {recall:.3f} "
                    f"specificity {specificity:.3f} balanced {(recall + specificity) / 2:.3f} "
                    f"(at prevalence {even:.3f}) threshold {least[i]:.2f}"
                )
        return
    known = targets.weight[:, 0] > 0
    accepted, p = targets.accepted[known], p[known]
    right = accepted[np.arange(len(p)), p.argmax(1)]
    majority = accepted.mean(0).max()
    ece = calibration_error(p.max(1), right)
    print(
        f"  {attribute.name:18} n {len(p):5} accuracy {right.mean():.3f} "
        f"majority {majority:.3f} ECE {ece:.3f}"
    )


def beside(network: Path) -> Path:
    """Where a network's calibration lies."""
    return network.with_suffix(".calibration.json")


def main() -> None:
    """Fit, write and print."""
    arguments = asked_of_network(__doc__)
    target = beside(arguments.model)
    target.unlink(missing_ok=True)  # an older fit would be refused
    engine = CompactEngine(default_taxonomy(), model=arguments.model)
    parts = {
        name: build_part(arguments.catalog, ids, vocabulary(), {})
        for name, ids in split_ids(arguments.catalog, arguments.fold).items()
        if name != "train"
    }
    answers: dict[tuple[str, int], tuple[Part, np.ndarray, dict[str, np.ndarray]]] = {}
    for side, store in photo_stores(arguments.catalog, arguments.work).items():
        for name, part in parts.items():
            rows = np.array([i for i, p in enumerate(part.ids) if int(p) in store.row])
            answers[name, side] = (part, rows, scored(engine, store, part.ids[rows], side))
    curves = {}
    for attribute in default_taxonomy().read:
        labelled = {}
        for side in SIDES:
            part, rows, scores = answers["calibration", side]
            labelled[side] = (scores[attribute.name], chosen(part, attribute, rows))
        curves[attribute.name] = fitted(attribute, labelled)
    calibration = Calibration(
        engine=engine.name,
        engine_version=engine.version,
        fitted_on="products of the train part that the network never saw, by title",
        options={a.name: a.names for a in default_taxonomy().read},
        curves=curves,
    )
    calibration.save(target)
    for side in SIDES:
        part, rows, scores = answers["validation", side]
        print(f"validation, {len(rows)} photos at {side} px")
        for attribute in default_taxonomy().read:
            p = calibration.probabilities(attribute, side, scores[attribute.name])
            show(
                attribute, p, calibration.thresholds(attribute, side), chosen(part, attribute, rows)
            )


def chosen(part: Part, attribute: Attribute, rows: np.ndarray) -> Targets:
    """The targets of an attribute for these rows of a part."""
    targets = part.heads[attribute.name]
    return replace(targets, accepted=targets.accepted[rows], weight=targets.weight[rows])


if __name__ == "__main__":
    main()
