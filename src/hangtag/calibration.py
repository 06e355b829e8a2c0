"""From an engine's raw scores to probabilities that hold on labelled products.

Single choice: a temperature and a shift an option before the softmax ("bias-corrected temperature
scaling", Alexandari, Kundaje & Shrikumar, 2020). Multiple choice: a scale and a shift an option
before the sigmoid (Platt, 1999). Fits are drawn towards "change nothing", the more so the fewer
labels there are.

Last of all ``sureness`` has the likeliest option of a single choice say how often it is right.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hangtag.errors import CalibrationError
from hangtag.sureness import Sureness
from hangtag.taxonomy import Attribute

__all__ = ["Calibration", "Curve", "fit_curve", "uncalibrated", "uncalibrated_line"]

Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Curve:
    """How one attribute's scores become probabilities: ``scale * score + shift``, an option each.

    ``threshold``: from which probability on an option of a multiple-choice attribute is taken.
    ``sure``: of a single choice, what its likeliest option's confidence says.
    """

    scale: tuple[float, ...]
    shift: tuple[float, ...]
    threshold: tuple[float, ...] | None = None
    sure: Sureness | None = None


@dataclass(frozen=True)
class Calibration:
    """Curves by attribute and photo size, and what they were fitted for.

    ``curves``: attribute → pixels a side → options in the order of the fit and their curve.
    ``sureness``: attribute → confidences of labelled products that it was not fitted on, spread
    evenly over them; where they are known.
    """

    engine: str
    engine_version: str
    fitted_on: str
    options: Mapping[str, tuple[str, ...]]
    curves: Mapping[str, Mapping[int, Curve]] = field(default_factory=dict)
    sureness: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    def check(self, engine: str, engine_version: str) -> None:
        """Raises CalibrationError when the fit was made for another engine or another version."""
        if (engine, engine_version) != (self.engine, self.engine_version):
            raise CalibrationError(
                f"The calibration was fitted for {self.engine} {self.engine_version}, "
                f"not for {engine} {engine_version}.",
                "Fit it again with this engine, or use the engine that it was made for.",
            )

    def covers(self, attribute: Attribute) -> bool:
        """Whether the attribute has a curve for each of its options."""
        return attribute.name in self.curves and set(attribute.names) <= set(
            self.options[attribute.name]
        )

    def probabilities(self, attribute: Attribute, side: int, scores: Scores) -> Scores:
        """[n, options] raw scores of photos with ``side`` pixels a side → probabilities.

        An attribute that was not fitted gets its uncalibrated probabilities.
        """
        if not self.covers(attribute):
            return uncalibrated(attribute, scores)
        curve, columns = self._curve(attribute, side)
        scale = np.asarray(curve.scale, np.float32)[columns]
        shift = np.asarray(curve.shift, np.float32)[columns]
        likely = uncalibrated(attribute, scores * scale + shift)
        if curve.sure is None or attribute.multiple or len(columns) < 2:
            return likely
        return curve.sure.of(columns).applied(likely)

    def thresholds(self, attribute: Attribute, side: int) -> Scores:
        """The probability from which on each option of a multiple choice is taken, [options]."""
        if self.covers(attribute):
            curve, columns = self._curve(attribute, side)
            if curve.threshold is not None:
                return np.asarray(curve.threshold, np.float32)[columns]
        return np.full(len(attribute.options), attribute.threshold, np.float32)

    def _curve(self, attribute: Attribute, side: int) -> tuple[Curve, list[int]]:
        sides = self.curves[attribute.name]
        nearest = min(sides, key=lambda known: abs(known - side))
        order = self.options[attribute.name]
        return sides[nearest], [order.index(name) for name in attribute.names]

    @classmethod
    def load(cls, path: Path) -> Calibration:
        """Raises CalibrationError when the file is missing or not a calibration."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                engine=data["engine"],
                engine_version=data["engine_version"],
                fitted_on=data["fitted_on"],
                options={name: tuple(a["options"]) for name, a in data["attributes"].items()},
                curves={
                    name: {int(side): _curve_from(c) for side, c in a["sides"].items()}
                    for name, a in data["attributes"].items()
                },
                sureness={
                    name: tuple(a["sureness"])
                    for name, a in data["attributes"].items()
                    if "sureness" in a
                },
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise CalibrationError(
                f"{path} is not a calibration: {error}.", "Fit one on labelled products."
            ) from error

    def save(self, path: Path) -> None:
        """Write it as JSON that a person can read."""
        path.write_text(json.dumps(self.to_json(), indent=1) + "\n", encoding="utf-8")

    def to_json(self) -> dict[str, Any]:
        """For ``json.dumps``."""
        attributes: dict[str, dict[str, Any]] = {
            name: {
                "options": self.options[name],
                "sides": {str(side): _curve_to(curve) for side, curve in sides.items()},
            }
            for name, sides in self.curves.items()
        }
        for name, confidences in self.sureness.items():
            attributes[name]["sureness"] = list(confidences)
        return {
            "engine": self.engine,
            "engine_version": self.engine_version,
            "fitted_on": self.fitted_on,
            "attributes": attributes,
        }


def uncalibrated(attribute: Attribute, scores: Scores) -> Scores:
    """[n, options] scores → the probabilities they stand for as they are."""
    if attribute.multiple:
        return np.asarray(1 / (1 + np.exp(-np.clip(scores, -60, 60))), np.float32)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def uncalibrated_line(bare: Collection[str], *, every: bool) -> str:
    """A sentence on attributes that no labels were fitted to; nothing where there are none.

    ``every``: they are all that there are.

    >>> uncalibrated_line(["collar", "fit"], every=False)
    'Uncalibrated, so as the engine gives it, is the confidence of collar, fit.'
    """
    if not bare:
        return ""
    which = "every attribute" if every else ", ".join(bare)
    return f"Uncalibrated, so as the engine gives it, is the confidence of {which}."


def fit_curve(
    scores: Scores,
    accepted: Scores,
    weight: Scores,
    *,
    multiple: bool,
    towards: Curve | None = None,
    strength: float = 4.0,
) -> Curve:
    """The curve that makes labelled products likeliest, drawn towards another one.

    ``scores``, ``accepted`` (1 where an option counts as right) and ``weight`` are [n, options]; a
    single-choice product without label has weight 0. ``towards`` is a fit on more products, or
    scale 1 and shift 0 where there is none; ``strength`` says how many products it counts for.
    """
    from scipy.optimize import minimize

    options = scores.shape[1]
    shared = not multiple
    towards = towards or Curve((1.0,) * options, (0.0,) * options)
    usual_scale, usual_shift = np.log(towards.scale), np.asarray(towards.shift)

    def loss(parameters: NDArray[np.float64]) -> float:
        scale, shift = _unpacked(parameters, options, shared)
        z = scores * scale + shift
        if multiple:
            each = np.logaddexp(0, z) - accepted * z
            fit = float((each * weight).sum())
        else:
            log_all = np.logaddexp.reduce(z, axis=1)
            log_right = np.logaddexp.reduce(np.where(accepted > 0, z, -1e4), axis=1)
            fit = float(((log_all - log_right) * weight[:, 0]).sum())
        away = ((np.log(scale) - usual_scale) ** 2).mean() * len(scale)
        return fit + strength * float(away + 0.25 * ((shift - usual_shift) ** 2).sum())

    start = np.concatenate([usual_scale[: 1 if shared else options], usual_shift])
    bounds = [(-3, 3)] * (len(start) - options) + [(-6, 6)] * options
    best = minimize(loss, start, method="L-BFGS-B", bounds=bounds)
    scale, shift = _unpacked(best.x, options, shared)
    return Curve(
        tuple(round(float(v), 5) for v in np.broadcast_to(scale, options)),
        tuple(round(float(v), 5) for v in shift),
    )


def _unpacked(
    parameters: NDArray[np.float64], options: int, shared: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.exp(parameters[: 1 if shared else options]), parameters[-options:]


def _curve_from(data: Mapping[str, Any]) -> Curve:
    threshold, sure = data.get("threshold"), data.get("sure")
    return Curve(
        scale=tuple(data["scale"]),
        shift=tuple(data["shift"]),
        threshold=tuple(threshold) if threshold else None,
        sure=Sureness.from_json(sure) if sure else None,
    )


def _curve_to(curve: Curve) -> dict[str, Any]:
    data: dict[str, Any] = {"scale": curve.scale, "shift": curve.shift}
    if curve.threshold is not None:
        data["threshold"] = curve.threshold
    if curve.sure is not None:
        data["sure"] = curve.sure.to_json()
    return data
