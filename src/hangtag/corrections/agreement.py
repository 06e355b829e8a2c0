"""How far people agree, beyond what chance alone would make them: Cohen's kappa (1960)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from hangtag.corrections.rows import Correction, last_words
from hangtag.taxonomy import Attribute, Taxonomy

__all__ = ["Agreement", "Disagreement", "agreement", "disagreements"]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of one attribute and two people: ``products`` both spoke of, the share they ``agree`` on.

    ``kappa``: 1 for always, 0 for as often as chance would have it; None where both said the same
    thing of every product, so that there is nothing for chance to do. Of a multiple choice each
    option is a decision of its own, for ``agree`` and ``kappa`` alike.
    """

    attribute: str
    people: tuple[str, str]
    products: int
    agree: float
    kappa: float | None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A product of which people say different things. ``said``: person → options, last one last."""

    product_id: str
    attribute: str
    said: Mapping[str, tuple[str, ...]]


def agreement(rows: Iterable[Correction], taxonomy: Taxonomy) -> list[Agreement]:
    """Every attribute and pair of people that spoke of the same products, in order."""
    words = last_words(rows)
    found = []
    for attribute in taxonomy:
        told: dict[tuple[str, str], list[tuple[Correction, Correction]]] = {}
        for (_, name), said in sorted(words.items()):
            if name == attribute.name:
                for pair in combinations(sorted(said), 2):
                    told.setdefault(pair, []).append((said[pair[0]], said[pair[1]]))
        found += [_agreement(attribute, people, pairs) for people, pairs in sorted(told.items())]
    return found


def disagreements(rows: Iterable[Correction]) -> list[Disagreement]:
    """Where people differ, the latest first."""
    found = []
    for (product_id, name), said in last_words(rows).items():
        if len({row.value for row in said.values()}) > 1:
            told = sorted(said.values(), key=lambda row: row.said_at)
            values = {row.person: row.value or () for row in told}
            found.append((told[-1].said_at, Disagreement(product_id, name, values)))
    return [one for _, one in sorted(found, key=lambda pair: pair[0], reverse=True)]


def _agreement(
    attribute: Attribute, people: tuple[str, str], pairs: list[tuple[Correction, Correction]]
) -> Agreement:
    one = [word for a, _ in pairs for word in _decisions(attribute, a)]
    other = [word for _, b in pairs for word in _decisions(attribute, b)]
    same = sum(a == b for a, b in zip(one, other, strict=True)) / len(one)
    return Agreement(attribute.name, people, len(pairs), same, _kappa(one, other))


def _decisions(attribute: Attribute, row: Correction) -> Iterator[str]:
    said = row.value or ()
    if attribute.multiple:
        yield from ("yes" if option in said else "no" for option in attribute.names)
    else:
        yield said[0] if said else ""


def _kappa(one: list[str], other: list[str]) -> float | None:
    from sklearn.metrics import cohen_kappa_score

    if len({*one, *other}) < 2:
        return None
    return float(cohen_kappa_score(one, other))
