"""Which way of scoring a model can be trusted with: tried once when it is loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hangtag.errors import EngineError

__all__ = ["Tiers", "Tried", "probe", "trusted", "watched"]

# Natural logarithms. In half precision, likelihoods of the same answer differ by some hundredths.
_EXACT, _HALF = 1e-3, 0.25
_WATCHED = 6


class Tiers(Protocol):
    """What scores lines in several ways; see ``torch_scoring.Scorer``."""

    def score(self, tier: str, photos: Any, count: int) -> NDArray[np.float32]: ...  # noqa: D102


@dataclass(frozen=True)
class Tried:
    """The way to score by, and those that were refused: their names and why."""

    tier: str
    refused: Mapping[str, str]


def probe(side: int) -> NDArray[np.uint8]:
    """Two photos of nothing in particular, uint8 [2, side, side, 3], the same every time."""
    chance = np.random.default_rng(11)
    coarse = chance.integers(40, 216, (2, 6, 6, 3))
    reach = -(-side // 6)
    return np.asarray(coarse.repeat(reach, 1).repeat(reach, 2)[:, :side, :side], np.uint8)


def watched(lengths: Sequence[int]) -> list[int]:
    """Some lines to compare, by the lengths of their answers: spread evenly, and the longest."""
    count = len(lengths)
    even = {round(step * (count - 1) / (_WATCHED - 2)) for step in range(_WATCHED - 1)}
    return sorted({*even, int(np.argmax(lengths))})


def trusted(
    tiers: Sequence[str],
    scorer: Tiers,
    truth: Tiers,
    *,
    photos: Any,
    last: Any,
    places: Sequence[int],
    exact: bool,
) -> Tried:
    """The first of ``tiers`` that scores as the reference does.

    ``photos`` are two, of which ``last`` is the second alone: a way that lets photos of a batch see
    each other, or that spoils its cache with the first, is found out. ``scorer`` has all lines,
    ``truth`` those at ``places``.

    Raises EngineError when not even the reference comes to numbers.
    """
    expected = truth.score("reference", last, 1)[0]
    if not np.isfinite(expected).all():
        raise EngineError(
            "The model's likelihoods are no numbers.",
            "Its weights may be damaged, or too large for half precision: try --device cpu.",
        )
    refused: dict[str, str] = {}
    for tier in tiers:
        if tier == "reference":
            break
        try:
            told = scorer.score(tier, photos, 2)[1][list(places)]
        except Exception as error:  # a model may take offence at a mask in any way at all
            refused[tier] = f"{type(error).__name__}: {error}".splitlines()[0][:200]
            continue
        away = float(np.abs(told - expected).max())
        if away <= (_EXACT if exact else _HALF):
            return Tried(tier, refused)
        refused[tier] = f"it is off by {away:.3g} nats"
    return Tried("reference", refused)
