"""Heads that a user had taught: from what the compact network sees to scores of options.

A head is linear in the network's features, so it is a few kilobytes, quick to fit and costs nothing
beside the network. It belongs to the network that it was fitted on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hangtag.calibration import Curve, uncalibrated
from hangtag.errors import CalibrationError
from hangtag.npzfile import npz_bytes, reading_npz
from hangtag.taxonomy import Attribute

__all__ = ["Head", "Heads", "features_of"]

Array = NDArray[np.float32]

# The score of an option that nobody has labelled: it is never the answer.
_NEVER = -20.0


def features_of(middle: Array, scores: Array) -> Array:
    """What heads look at: the middle of the network [n, 1152] and the scores of its own heads.

    Its last layers know what they were trained to tell apart, and little of anything else.
    """
    return np.concatenate([middle, scores], axis=1).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Head:
    """One attribute: ``weights`` [features, options] and ``bias`` [options] of the options taught.

    ``curve`` makes probabilities of their scores. ``about``: what it was fitted on and how right it
    was on labels that it was not fitted to, for people to read.
    """

    options: tuple[str, ...]
    multiple: bool
    weights: Array
    bias: Array
    curve: Curve
    about: Mapping[str, Any]

    def scores(self, features: Array, attribute: Attribute) -> Array:
        """[n, options of ``attribute``], calibrated: a softmax or sigmoid of them holds."""
        raw = features @ self.weights + self.bias
        raw = raw * np.asarray(self.curve.scale) + np.asarray(self.curve.shift)
        found = np.full((len(features), len(attribute.options)), _NEVER, np.float32)
        for place, option in enumerate(self.options):
            if option in attribute.names:
                found[:, attribute.names.index(option)] = raw[:, place]
        return found

    def probabilities(self, features: Array, attribute: Attribute) -> Array:
        """[n, options of ``attribute``]."""
        return uncalibrated(attribute, self.scores(features, attribute))

    def fits(self, attribute: Attribute) -> bool:
        """Whether it can answer for an attribute: of the same kind, and options among its own."""
        return self.multiple == attribute.multiple and set(self.options) <= set(attribute.names)

    @cached_property
    def version(self) -> str:
        """8 hexadecimal digits; another value means another answer."""
        told = repr((self.options, self.multiple, self.curve)).encode()
        numbers = self.weights.tobytes() + self.bias.tobytes()
        return hashlib.sha256(told + numbers).hexdigest()[:8]


@dataclass(frozen=True, eq=False)
class Heads:
    """Heads by attribute, and the network whose features they look at."""

    network: str
    heads: Mapping[str, Head]

    def check(self, network: str) -> None:
        """Raises CalibrationError when they were fitted on another network."""
        if network != self.network:
            raise CalibrationError(
                f"Heads were taught on {self.network}, and this is {network}.",
                "Teach them again: hangtag teach … --labels FILE",
            )

    def with_heads(self, heads: Mapping[str, Head]) -> Heads:
        """These and others, which take the place of those of the same attribute."""
        return Heads(self.network, {**self.heads, **heads})

    def to_bytes(self) -> bytes:
        """One NumPy archive."""
        about = {
            "network": self.network,
            "heads": {
                name: {
                    "options": head.options, "multiple": head.multiple,
                    "scale": head.curve.scale, "shift": head.curve.shift,
                    "threshold": head.curve.threshold, "about": dict(head.about),
                }
                for name, head in self.heads.items()
            },
        }  # fmt: skip
        arrays: dict[str, Array] = {}
        for name, head in self.heads.items():
            arrays[f"{name}.weights"] = head.weights
            arrays[f"{name}.bias"] = head.bias
        return npz_bytes(about, arrays)

    @classmethod
    def load(cls, path: Path) -> Heads:
        """What ``to_bytes`` gave. Raises CalibrationError for anything else."""
        with reading_npz(path, "heads") as (about, arrays):
            heads = {
                name: _head(told, arrays[f"{name}.weights"], arrays[f"{name}.bias"])
                for name, told in about["heads"].items()
            }
            return cls(str(about["network"]), heads)


def _head(told: Mapping[str, Any], weights: Array, bias: Array) -> Head:
    options = tuple(told["options"])
    if weights.ndim != 2 or weights.shape[1] != len(options) or bias.shape != (len(options),):
        raise ValueError("the numbers do not fit the options")
    threshold = told["threshold"]
    return Head(
        options=options,
        multiple=bool(told["multiple"]),
        weights=np.asarray(weights, np.float32),
        bias=np.asarray(bias, np.float32),
        curve=Curve(
            tuple(told["scale"]), tuple(told["shift"]), tuple(threshold) if threshold else None
        ),
        about=told["about"],
    )
