"""What the likeliest option's confidence says of a single choice: how often it is right.

A label may accept several options: what is "formal" may be called "business casual" as well. So
the likeliest one is right more often than its own probability says: where it is meant, and where
another is meant whose label accepts it, too. The log-odds of that are scaled and shifted (Platt,
1999). The other options share what is left as before.
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
    """``scale`` and ``shift`` of the log-odds of being accepted.

    ``accepted``: row by row, how often a label accepts the option when it means each of them; 1 for
    itself. Empty where labels mean and accept the same.
    """

    scale: float = 1.0
    shift: float = 0.0
    accepted: tuple[tuple[float, ...], ...] = ()

    def of(self, columns: Sequence[int]) -> Sureness:
        """The same for a selection of the options."""
        rows = [self.accepted[c] for c in columns] if self.accepted else []
        return replace(self, accepted=tuple(tuple(row[c] for c in columns) for row in rows))

    def told(self, confidence: NDArray[np.floating]) -> NDArray[np.float64]:
        """Confidences [n] → how often such readings are right."""
        odds = self.scale * _log_odds(np.asarray(confidence, np.float64)) + self.shift
        return np.asarray(1 / (1 + np.exp(-odds)))

    def confidence(self, likely: NDArray[np.floating]) -> NDArray[np.float64]:
        """How likely the likeliest of [n, options] is accepted, before scale and shift, [n]."""
        rows = np.arange(len(likely))
        first = likely.argmax(axis=1)
        if not self.accepted:
            return np.asarray(likely[rows, first], np.float64)
        return np.asarray((np.asarray(self.accepted)[first] * likely).sum(axis=1), np.float64)

    def applied_to_one(self, likely: Sequence[float]) -> list[float]:
        """The same as ``applied`` of one product's probabilities [options], quicker."""
        top = max(likely)
        place = likely.index(top)
        others = [max(p, 1e-9) for p in likely]
        others[place] = 0.0
        left = sum(others)
        if self.accepted:
            top = sum(a * p for a, p in zip(self.accepted[place], likely, strict=True))
        held = min(max(top, _LEAST), 1 - _LEAST)
        odds = self.scale * math.log(held / (1 - held)) + self.shift
        second = max(others) / left
        sure = max(1 / (1 + math.exp(-odds)), second / (1 + second) + 1e-4)
        found = [p * (1 - sure) / left for p in others]
        found[place] = sure
        return found

    def applied(self, likely: Probabilities) -> Probabilities:
        """Probabilities [n, options] with another confidence, and the same option on top."""
        rows = np.arange(len(likely))
        first = likely.argmax(axis=1)
        # What the other options have of what is left, also where nothing is left.
        others = np.maximum(likely.astype(np.float64), 1e-9)
        others[rows, first] = 0.0
        others /= others.sum(axis=1, keepdims=True)
        second = others.max(axis=1)
        sure = np.maximum(self.told(self.confidence(likely)), second / (1 + second) + 1e-4)
        found = others * (1 - sure)[:, None]
        found[rows, first] = sure
        return np.asarray(found, np.float32)

    def to_json(self) -> dict[str, Any]:
        """For ``json.dumps``."""
        own = {"accepted": [list(row) for row in self.accepted]} if self.accepted else {}
        return {"scale": self.scale, "shift": self.shift, **own}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Sureness:
        """What ``to_json`` gave."""
        rows = data.get("accepted", ())
        own = tuple(tuple(map(float, row)) for row in rows)
        if any(len(row) != len(own) for row in own):
            raise ValueError("what labels accept is not told of each option")
        return cls(float(data["scale"]), float(data["shift"]), own)


def fit_sureness(
    confidence: NDArray[np.floating],
    right: NDArray[np.bool_],
    *,
    towards: Sureness | None = None,
    strength: float = 4.0,
) -> Sureness:
    """The one under which confidences [n] of options that were right, or not, are likeliest.

    Scale and shift are drawn ``towards`` those of another fit, such as that of all attributes
    together, which counts for ``strength`` products.
    """
    from scipy.optimize import minimize

    usual = towards or Sureness()
    odds = _log_odds(np.asarray(confidence, np.float64))
    sign = np.where(right, 1.0, -1.0)

    def loss(x: NDArray[np.float64]) -> float:
        fit = np.logaddexp(0, -sign * (np.exp(x[0]) * odds + x[1])).sum()
        away = (x[0] - np.log(usual.scale)) ** 2 + 0.25 * (x[1] - usual.shift) ** 2
        return float(fit + strength * away)

    start = np.array([np.log(usual.scale), usual.shift])
    best = minimize(loss, start, method="L-BFGS-B", bounds=[(-2, 2), (-4, 4)]).x
    return Sureness(round(float(np.exp(best[0])), 5), round(float(best[1]), 5))


def _log_odds(p: NDArray[np.float64]) -> NDArray[np.float64]:
    held = np.clip(p, _LEAST, 1 - _LEAST)
    return np.log(held / (1 - held))
