"""What clicks would say, simulated: two rankings in one list, and made-up shoppers who click.

No shopper was asked. The clicks follow from the same relevance that the measures use, by a model of
how people click; the simulation says how clear a difference would be in an A/B test of lists, not
that shoppers would like it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import comb

import numpy as np

__all__ = ["CLICK_MODELS", "ClickModel", "Interleaving", "interleave", "simulate"]


@dataclass(frozen=True, slots=True)
class ClickModel:
    """A shopper who looks at a list from the top on.

    The probabilities that they click a product that answers the query, or one that does not, and
    that they are done after a click on such a one.
    """

    click: float
    click_wrong: float
    stop: float
    stop_wrong: float


# After Hofmann, Whiteson, de Rijke (2011): who never errs; who wants one product; who browses.
CLICK_MODELS: Mapping[str, ClickModel] = {
    "perfect": ClickModel(1.0, 0.0, 0.0, 0.0),
    "navigational": ClickModel(0.95, 0.05, 0.9, 0.2),
    "informational": ClickModel(0.9, 0.4, 0.5, 0.1),
}


@dataclass(frozen=True, slots=True)
class Interleaving:
    """How many simulated lists each side won, by clicks on the products that it put there.

    ``p``: two-sided sign test over queries, each won by who won most of its lists.
    """

    model: str
    lists: int
    a_wins: int
    b_wins: int
    ties: int
    queries_a: int
    queries_b: int
    p: float


def interleave(
    a: Sequence[str], b: Sequence[str], length: int, chance: np.random.Generator
) -> tuple[list[str], list[bool]]:
    """Team-draft interleaving (Radlinski, Kurup, Joachims, 2008).

    In turns, who begins each round decided by lot, both sides add their best product that is not in
    the list yet. Returns the list and, for each product, whether side b put it there.
    """
    sides = (list(dict.fromkeys(a)), list(dict.fromkeys(b)))
    places, counts = [0, 0], [0, 0]
    shown: list[str] = []
    of_b: list[bool] = []
    there: set[str] = set()
    while len(shown) < length:
        for side in (0, 1):
            while places[side] < len(sides[side]) and sides[side][places[side]] in there:
                places[side] += 1
        able = [side for side in (0, 1) if places[side] < len(sides[side])]
        if not able:
            break
        if len(able) == 2:
            behind = counts[0] != counts[1]
            side = int(counts[1] < counts[0]) if behind else int(chance.integers(2))
        else:
            side = able[0]
        product = sides[side][places[side]]
        there.add(product)
        shown.append(product)
        of_b.append(side == 1)
        counts[side] += 1
    return shown, of_b


def simulate(
    relevant: Sequence[Mapping[str, int]],
    a: Sequence[Sequence[str]],
    b: Sequence[Sequence[str]],
    *,
    model: str = "navigational",
    length: int = 10,
    lists: int = 20,
    seed: int = 0,
) -> Interleaving:
    """Show ``lists`` interleaved lists for every query to shoppers of a click model, and count."""
    clicks = CLICK_MODELS[model]
    chance = np.random.default_rng(seed)
    wins = [0, 0]
    ties = 0
    queries = [0, 0]
    for truth, of_a, of_b in zip(relevant, a, b, strict=True):
        balance = 0
        for _ in range(lists):
            credit = _credit(truth, *interleave(of_a, of_b, length, chance), clicks, chance)
            ties += credit == 0
            wins[0] += credit < 0
            wins[1] += credit > 0
            balance += (credit > 0) - (credit < 0)
        queries[0] += balance < 0
        queries[1] += balance > 0
    return Interleaving(
        model=model,
        lists=lists * len(relevant),
        a_wins=wins[0],
        b_wins=wins[1],
        ties=ties,
        queries_a=queries[0],
        queries_b=queries[1],
        p=_sign_test(*queries),
    )


def _credit(
    truth: Mapping[str, int],
    shown: Sequence[str],
    of_b: Sequence[bool],
    clicks: ClickModel,
    chance: np.random.Generator,
) -> int:
    """Clicks on products of b, less those on products of a."""
    credit = 0
    for (product, is_b), (draw, stop) in zip(
        zip(shown, of_b, strict=True), chance.random((len(shown), 2)), strict=True
    ):
        right = product in truth
        if draw < (clicks.click if right else clicks.click_wrong):
            credit += 1 if is_b else -1
            if stop < (clicks.stop if right else clicks.stop_wrong):
                break
    return credit


def _sign_test(a: int, b: int) -> float:
    """Two-sided; ties do not count."""
    n = a + b
    tail: float = sum(comb(n, k) for k in range(min(a, b) + 1)) / 2**n
    return min(1.0, 2 * tail)
