"""A calibration for an engine that has none, from labels; what it is worth on other products."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hangtag.calibration import Calibration, Curve, fit_curve, uncalibrated
from hangtag.errors import UsageError
from hangtag.evaluation.joining import labelled
from hangtag.evaluation.metrics import calibration_error, reliability
from hangtag.taxonomy import Attribute
from hangtag.workspace import Workspace

if TYPE_CHECKING:
    import duckdb

__all__ = ["CalibrationFit", "fit_calibration"]

_FOLDS = 5
# Of fewer products nothing can be learned that holds for others.
_ENOUGH = 30
# Stored probabilities have five digits.
_LEAST = 1e-5

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CalibrationFit:
    """What a fit makes of one attribute's probabilities.

    ``before``, ``after``: expected calibration error of the engine's own probabilities, and of
    those fitted on four fifths of the products and shown on the other; of a multiple choice over
    all its labelled options. ``kept``: whether labels became likelier by it, and the fit counts.
    """

    attribute: str
    labels: int
    before: float
    after: float | None
    kept: bool


@dataclass(frozen=True)
class _Labelled:
    """Products of one attribute: ids [n]; scores, accepted and weight [n, options]."""

    ids: list[str]
    scores: Floats
    accepted: Floats
    weight: Floats


def fit_calibration(
    workspace: Path | str, labels: Path | str, *, only: Collection[str] | None = None
) -> tuple[Calibration | None, list[CalibrationFit]]:
    """What labels make of an engine's own probabilities, and how it does on other products.

    ``labels`` and ``only`` as in ``evaluate``. The calibration is of the engine's version that the
    last run had, from its readings alone, and of the attributes that have none; what was fitted for
    others stays. None where no attribute gained by it.

    Raises LabelsError, WorkspaceError, and UsageError where probabilities are calibrated already,
    or are those of a cascade.
    """
    place = Workspace(workspace)
    taxonomy, run = place.taxonomy(), place.last_run() or {}
    if "engine" not in run:
        raise UsageError(
            f"Which engine read {place.path} is not known: no run has come to its end.",
            "Run the same hangtag tag again.",
        )
    engine, version = str(run["engine"]), str(run["engine_version"])
    if engine == "cascade":
        raise UsageError(
            "A cascade has two engines, each with a calibration of its own.",
            "Tag with the one that has none, fit that (hangtag tag … --engine vlm --limit 1000): "
            "the cascade takes it.",
        )
    every = [] if run.get("calibrated") else [a.name for a in taxonomy.read]
    bare = run.get("uncalibrated", every)
    fits: list[CalibrationFit] = []
    curves: dict[str, Mapping[int, Curve]] = {}
    sureness: dict[str, tuple[float, ...]] = {}
    # An engine that has no calibration was not taught by anybody here.
    with labelled(place, taxonomy, labels, only, taught=True) as (tables, products, _, _):
        for attribute in taxonomy.read:
            told = _labelled(attribute, tables, engine, version)
            if not told.ids or attribute.name not in bare:
                continue
            fit, curve, sure = _fitted(attribute, told)
            fits.append(fit)
            if curve is not None:
                curves[attribute.name] = {0: curve}
                sureness[attribute.name] = sure
    if not fits and set(bare) != {a.name for a in taxonomy.read}:
        raise UsageError(
            f"The probabilities of {engine} are calibrated already, as far as labels go.",
            "From which on values are right often enough is learned by --keep.",
        )
    if not curves:
        return None, fits
    fitted_on = f"{products} products of {Path(labels).name}"
    options = {a.name: a.names for a in taxonomy.read if a.name in curves}
    found = Calibration(engine, version, fitted_on, options, curves, sureness)
    return _beside(place, found), fits


def _beside(place: Workspace, found: Calibration) -> Calibration:
    """With what was fitted before, to other labels: to the same version, of other attributes."""
    if not place.calibration_file.exists():
        return found
    before = Calibration.load(place.calibration_file)
    if (before.engine, before.engine_version) != (found.engine, found.engine_version):
        return found
    return replace(
        found,
        fitted_on=found.fitted_on
        if before.fitted_on == found.fitted_on
        else f"{before.fitted_on}; {found.fitted_on}",
        options={**before.options, **found.options},
        curves={**before.curves, **found.curves},
        sureness={**before.sureness, **found.sureness},
    )


def _fitted(
    attribute: Attribute, told: _Labelled
) -> tuple[CalibrationFit, Curve | None, tuple[float, ...]]:
    """What the fit is worth, the curve where it is worth keeping, and how sure readings then are.

    The last is of products that each fit did not see, spread evenly over them.
    """
    name, n = attribute.name, len(told.ids)
    own = _probabilities(attribute, told.scores)
    before = _error(attribute, told, own)
    if n < _ENOUGH:
        return CalibrationFit(name, n, before, None, kept=False), None, ()
    fold = np.array([zlib.crc32(one.encode()) % _FOLDS for one in told.ids])
    fitted = np.empty_like(own)
    for held in range(_FOLDS):
        here = fold == held
        curve = _curve(attribute, told, ~here)
        fitted[here] = _probabilities(attribute, _curved(told.scores[here], curve))
    kept = _surprise(attribute, told, fitted) < _surprise(attribute, told, own)
    fit = CalibrationFit(name, n, before, _error(attribute, told, fitted), kept)
    if not kept:
        return fit, None, ()
    sure = () if attribute.multiple else _spread(fitted.max(axis=1))
    return fit, _curve(attribute, told, np.ones(n, bool)), sure


def _spread(confidence: Floats) -> tuple[float, ...]:
    """A hundred of them at most, at even ranks."""
    shares = (np.arange(min(100, len(confidence))) + 0.5) / min(100, len(confidence))
    return tuple(round(float(c), 5) for c in np.quantile(confidence, shares))


def _labelled(
    attribute: Attribute, tables: duckdb.DuckDBPyConnection, engine: str, version: str
) -> _Labelled:
    # What an earlier run left may be another engine's.
    rows = tables.sql(
        "SELECT product_id, p.value AS option, accepted, present, probabilities FROM pairs p "
        "JOIN readings r USING (product_id, attribute) LEFT JOIN placed USING (product_id) "
        "WHERE attribute = ? AND read AND engine = ? AND engine_version = ? "
        "ORDER BY product_id, option, source",
        params=[attribute.name, engine, version],
    ).fetchall()
    row_of: dict[str, int] = {}
    for row in rows:
        row_of.setdefault(row[0], len(row_of))
    shape = len(row_of), len(attribute.names)
    scores, accepted, weight = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for product_id, option, right, present, likely in rows:
        at = row_of[product_id]
        p = np.clip([likely.get(o, 0.0) for o in attribute.names], _LEAST, 1 - _LEAST)
        if attribute.multiple:
            scores[at] = np.log(p / (1 - p))
            column = attribute.names.index(option)
            accepted[at, column], weight[at, column] = float(present), 1.0
        else:
            scores[at] = np.log(p)
            accepted[at], weight[at] = [float(o in right) for o in attribute.names], 1.0
    return _Labelled(list(row_of), scores, accepted, weight)


def _curve(attribute: Attribute, told: _Labelled, here: NDArray[np.bool_]) -> Curve:
    some = (np.asarray(a[here], np.float32) for a in (told.scores, told.accepted, told.weight))
    return fit_curve(*some, multiple=attribute.multiple)


def _curved(scores: Floats, curve: Curve) -> Floats:
    curved: Floats = scores * np.asarray(curve.scale) + np.asarray(curve.shift)
    return curved


def _probabilities(attribute: Attribute, scores: Floats) -> Floats:
    found = uncalibrated(attribute, np.asarray(scores, np.float32))
    return np.clip(np.asarray(found, np.float64), _LEAST, 1 - _LEAST)


def _error(attribute: Attribute, told: _Labelled, likely: Floats) -> float:
    if attribute.multiple:
        known = told.weight > 0
        return calibration_error(reliability(likely[known], told.accepted[known] > 0))
    first = likely.argmax(axis=1)
    rows = np.arange(len(likely))
    return calibration_error(reliability(likely[rows, first], told.accepted[rows, first] > 0))


def _surprise(attribute: Attribute, told: _Labelled, likely: Floats) -> float:
    """The mean negative log-probability of the labels."""
    if attribute.multiple:
        each = np.where(told.accepted > 0, np.log(likely), np.log(1 - likely))
        return float(-(each * told.weight).sum() / told.weight.sum())
    return float(-np.log((likely * told.accepted).sum(axis=1).clip(_LEAST)).mean())
