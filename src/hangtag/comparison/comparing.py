"""Two or more configurations of search, asked the same queries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hangtag.comparison.interleaving import CLICK_MODELS, Interleaving, simulate
from hangtag.comparison.measures import MEASURES, measured
from hangtag.comparison.queries import TITLE, Query
from hangtag.comparison.spread import Spread, spread_of
from hangtag.comparison.statistics import bootstrap_interval, holm, randomisation_test
from hangtag.errors import UsageError

__all__ = ["Comparison", "Difference", "Found", "Outcome", "Ranker", "compare"]

# How far down a ranking is looked at.
_DEPTH = 100
# Products kept of each ranking, to be shown.
_SHOWN = 10


class Found(NamedTuple):
    """One product of a ranking."""

    product_id: str
    score: float


# Query text and how many products → at most so many, best first.
Ranker = Callable[[str, int], Sequence[Found]]


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure of one group of queries, of configuration ``a`` and another one, ``b``.

    ``difference`` is b − a and ``low`` to ``high`` its 95 % bootstrap interval; ``relative`` is the
    difference as a share of a, None where a is 0. ``p`` is of the paired randomisation test,
    ``p_holm`` the same after all the tests of the comparison.
    """

    group: str
    queries: int
    measure: str
    a: str
    b: str
    a_mean: float
    b_mean: float
    difference: float
    low: float
    high: float
    relative: float | None
    p: float
    p_holm: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one query got: scores by configuration, each [measures], and the first products."""

    query: Query
    scores: Mapping[str, Sequence[float]]
    found: Mapping[str, Sequence[Found]]


@dataclass(frozen=True)
class Comparison:
    """All that ``compare`` found; the first of ``configurations`` is the one compared with.

    ``interleavings``: simulated clicks, by configuration and click model.
    """

    configurations: Sequence[str]
    measures: Sequence[str]
    queries: int
    depth: int
    differences: Sequence[Difference]
    spreads: Mapping[str, Spread]
    interleavings: Mapping[str, Sequence[Interleaving]]
    outcomes: Sequence[Outcome]

    def to_json(self) -> dict[str, Any]:
        """For ``json.dumps``; of the queries, their scores alone."""
        return {
            "configurations": list(self.configurations),
            "measures": list(self.measures),
            "queries": self.queries,
            "depth": self.depth,
            "differences": [asdict(one) for one in self.differences],
            "spreads": {name: asdict(one) for name, one in self.spreads.items()},
            "simulated_interleaving": {
                name: [asdict(one) for one in several]
                for name, several in self.interleavings.items()
            },
            "scores": [
                {
                    "id": one.query.query_id,
                    "query": one.query.text,
                    "type": one.query.type,
                    **{
                        name: dict(zip(self.measures, scores, strict=True))
                        for name, scores in one.scores.items()
                    },
                }
                for one in self.outcomes
            ],
        }

    def gained_most(self, b: str, n: int = 6) -> list[Outcome]:
        """The queries that configuration ``b`` does most better on."""
        return self._ranked(b, 1)[:n]

    def lost_most(self, b: str, n: int = 6) -> list[Outcome]:
        """The queries that it does most worse on."""
        return self._ranked(b, -1)[:n]

    def _ranked(self, b: str, sign: int) -> list[Outcome]:
        gains = [(sign * self.gain(outcome, b), outcome) for outcome in self.outcomes]
        gains.sort(key=lambda pair: -pair[0])
        return [outcome for gain, outcome in gains if gain > 0]

    def gain(self, outcome: Outcome, b: str) -> float:
        """Of one query, what ``b`` has more than the first configuration in the first measure.

        Where they are even in that, the second measure decides.
        """
        a = outcome.scores[self.configurations[0]]
        weights = [1.0, 1e-3, *([0.0] * len(a))]
        pairs = zip(a, outcome.scores[b], weights, strict=False)
        return sum(weight * (of_b - of_a) for of_a, of_b, weight in pairs)


def compare(
    queries: Sequence[Query],
    rankers: Mapping[str, Ranker],
    *,
    measures: Sequence[str] = MEASURES,
    depth: int = _DEPTH,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Ask every configuration every query, and hold the first of ``rankers`` against the others.

    A query's unjudged products are taken out of its rankings before they are scored (condensed
    lists: Sakai, 2007), in all configurations alike. ``progress`` is told how many rankings of how
    many have been made. The same ``seed`` gives the same figures.

    Raises UsageError with fewer than two configurations, MissingExtraError without ir-measures.
    """
    names = list(rankers)
    if len(names) < 2:
        raise UsageError(
            "There is nothing to compare.", "Name two configurations that are not the same."
        )
    # Before the work: what is missing, or a measure nobody knows, should be told at once.
    measured([], [], measures)
    raw: dict[str, list[Sequence[Found]]] = {}
    kept: dict[str, list[list[str]]] = {}
    for place, (name, ranker) in enumerate(rankers.items()):
        raw[name], kept[name] = [], []
        for number, query in enumerate(queries):
            found = ranker(query.text, depth + len(query.unjudged))
            raw[name].append(found[:_SHOWN])
            judged = [one.product_id for one in found if one.product_id not in query.unjudged]
            kept[name].append(judged[:depth])
            if progress is not None:
                progress(place * len(queries) + number + 1, len(names) * len(queries))
    scores = {name: measured(queries, kept[name], measures) for name in names}
    relevant = [query.relevant for query in queries]
    return Comparison(
        configurations=names,
        measures=list(measures),
        queries=len(queries),
        depth=depth,
        differences=_differences(queries, scores, measures, seed),
        spreads={name: spread_of([[o.score for o in one] for one in raw[name]]) for name in names},
        interleavings={
            name: [
                simulate(relevant, kept[names[0]], kept[name], model=model, seed=seed)
                for model in CLICK_MODELS
            ]
            for name in names[1:]
        },
        outcomes=[
            Outcome(
                query,
                {name: tuple(map(float, scores[name][place])) for name in names},
                {name: tuple(raw[name][place]) for name in names},
            )
            for place, query in enumerate(queries)
        ],
    )


def _differences(
    queries: Sequence[Query],
    scores: Mapping[str, NDArray[np.float64]],
    measures: Sequence[str],
    seed: int,
) -> list[Difference]:
    (a, of_a), *others = scores.items()
    found: list[Difference] = []
    for group, members in _groups(queries).items():
        for b, of_b in others:
            before, after = of_a[members], of_b[members]
            p_values = randomisation_test(after - before, seed=seed)
            low, high = bootstrap_interval(after - before, seed=seed)
            for place, measure in enumerate(measures):
                a_mean, b_mean = float(before[:, place].mean()), float(after[:, place].mean())
                found.append(
                    Difference(
                        group=group,
                        queries=len(members),
                        measure=measure,
                        a=a,
                        b=b,
                        a_mean=a_mean,
                        b_mean=b_mean,
                        difference=b_mean - a_mean,
                        low=float(low[place]),
                        high=float(high[place]),
                        relative=(b_mean - a_mean) / a_mean if a_mean else None,
                        p=float(p_values[place]),
                        p_holm=1.0,
                    )
                )
    adjusted = holm([one.p for one in found])
    return [_with_holm(one, p) for one, p in zip(found, adjusted, strict=True)]


def _with_holm(difference: Difference, p: float) -> Difference:
    return Difference(**{**asdict(difference), "p_holm": p})


def _groups(queries: Sequence[Query]) -> dict[str, list[int]]:
    """The places of all queries, of those whose words titles say or do not say, of each type.

    Titles as queries are a type apart and in no other group: a title always says its own words.
    """
    places = range(len(queries))
    intents = [place for place in places if queries[place].type != TITLE]
    titled = {place: queries[place].titled for place in intents}
    groups = {
        "all but titles" if len(intents) < len(queries) else "all": intents,
        "not in titles": [place for place, share in titled.items() if share == 0],
        "in titles": [place for place, share in titled.items() if share],
    }
    types = dict.fromkeys(query.type for query in queries if query.type)
    for name in types:
        groups[name] = [place for place in places if queries[place].type == name]
    found: dict[str, list[int]] = {}
    for name, members in groups.items():
        # The same queries under two names are told once.
        if members and members not in found.values():
            found[name] = members
    return found
