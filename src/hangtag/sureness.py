"""What the likeliest option's confidence says of a single choice: how often it is right.

A label may accept several options, so the likeliest one is right more often than its own
probability says; how much more depends on which it is: what is "formal" may be called "business
casual" as well, and what is "leather" is nothing else. So its log-odds are scaled and shifted
(Platt, 1999), where labels tell by a shift of the option's own, too. The other options share what
is left as before.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Sureness", "fit_sureness"]

Probabilities = NDArray[np.float32]

# Log-odds end here.
_LEAST = 1e-5


@dataclass(frozen=True, slots=True)
class Sureness:
    """``scale`` and ``shift`` of the log-odds; ``by_option``: a further shift each, or nothing."""

    scale: float = 1.0
    shift: float = 0.0
    by_option: tuple[float, ...] = ()

    def of(self, columns: Sequence[int]) -> Sureness:
        """The same for a selection of the options."""
        return replace(self, by_option=tuple(self.by_option[c] for c in columns if self.by_option))

    def told(
        self, confidence: NDArray[np.floating], own: NDArray[np.float64] | float = 0.0
    ) -> NDArray[np.float64]:
        """Confidences [n] → how often such readings are right; ``own``: a shift of each option."""
        odds = self.scale * _log_odds(np.asarray(confidence, np.float64)) + self.shift
        return np.asarray(1 / (1 + np.exp(-(odds + own))))

    def applied_to_one(self, likely: Sequence[float]) -> list[float]:
        """The same as ``applied`` of one product's probabilities [options], quicker."""
        top = max(likely)
        place = likely.index(top)
        others = [max(p, 1e-9) for p in likely]
        others[place] = 0.0
        left = sum(others)
        held = min(max(top, _LEAST), 1 - _LEAST)
        odds = self.scale * math.log(held / (1 - held)) + self.shift
        if self.by_option:
            odds += self.by_option[place]
        second = max(others) / left
        sure = max(1 / (1 + math.exp(-odds)), second / (1 + second) + 1e-4)
        found = [p * (1 - sure) / left for p in others]
        found[place] = sure
        return found

    def applied(self, likely: Probabilities) -> Probabilities:
        """Probabilities [n, options] with another confidence, and the same option on top."""
        rows = np.arange(len(likely))
        first = likely.argmax(axis=1)
        top = likely[rows, first].astype(np.float64)
        # What the other options have of what is left, also where nothing is left.
        others = np.maximum(likely.astype(np.float64), 1e-9)
        others[rows, first] = 0.0
        others /= others.sum(axis=1, keepdims=True)
        second = others.max(axis=1)
        own = np.asarray(self.by_option)[first] if self.by_option else 0.0
        sure = np.maximum(self.told(top, own), second / (1 + second) + 1e-4)
        found = others * (1 - sure)[:, None]
        found[rows, first] = sure
        return np.asarray(found, np.float32)

    def to_json(self) -> dict[str, Any]:
        """For ``json.dumps``."""
        own = {"by_option": list(self.by_option)} if self.by_option else {}
        return {"scale": self.scale, "shift": self.shift, **own}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Sureness:
        """What ``to_json`` gave."""
        own = tuple(map(float, data.get("by_option", ())))
        return cls(float(data["scale"]), float(data["shift"]), own)


def fit_sureness(
    confidence: NDArray[np.floating],
    right: NDArray[np.bool_],
    *,
    towards: Sureness | None = None,
    strength: float = 4.0,
    option: NDArray[np.intp] | None = None,
    options: int = 0,
    strength_of_options: float = 100.0,
) -> Sureness:
    """The one under which confidences [n] of options that were right, or not, are likeliest.

    Scale and shift are drawn ``towards`` those of another fit, such as that of all attributes
    together, which counts for ``strength`` products. With ``option`` [n], the number of the
    likeliest of ``options`` options, each gets a shift of its own, drawn towards none.
    """
    from scipy.optimize import minimize

    usual = towards or Sureness()
    odds = _log_odds(np.asarray(confidence, np.float64))
    sign = np.where(right, 1.0, -1.0)
    own = options if option is not None else 0

    def loss(x: NDArray[np.float64]) -> float:
        shift = x[1] + (x[2:][option] if own else 0.0)
        fit = np.logaddexp(0, -sign * (np.exp(x[0]) * odds + shift)).sum()
        away = (x[0] - np.log(usual.scale)) ** 2 + 0.25 * (x[1] - usual.shift) ** 2
        return float(fit + strength * away + strength_of_options * 0.25 * (x[2:] ** 2).sum())

    start = np.array([np.log(usual.scale), usual.shift, *[0.0] * own])
    bounds = [(-2, 2), *[(-4, 4)] * (1 + own)]
    best = minimize(loss, start, method="L-BFGS-B", bounds=bounds).x
    shifts = tuple(round(float(one), 5) for one in best[2:])
    return Sureness(round(float(np.exp(best[0])), 5), round(float(best[1]), 5), shifts)


def _log_odds(p: NDArray[np.float64]) -> NDArray[np.float64]:
    held = np.clip(p, _LEAST, 1 - _LEAST)
    return np.log(held / (1 - held))
