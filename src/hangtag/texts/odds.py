"""What evidence in a text is worth: log-odds, fitted to labelled products.

A cue is the place it was found in and how it stands there:

    alone      said of the product, and nothing else is said of the same attribute
    first      said, before something that cannot also hold
    later      said, behind such
    made, denied, imitated, part, beside     as in ``reading.Evidence``

Each cue of each phrase has log-odds: by how much odds for its options rise or fall with it, among
products of the same kind. Phrases with few products lean on their option's, options on their
attribute's, and attributes that nothing was fitted to have those of all attributes together.

Adding log-odds of photo and text takes the two for independent given the truth (naive Bayes; Good,
1950, on the weight of evidence). They are not quite. So each has a weight, as in a logarithmic
opinion pool (Genest & Zidek, 1986): ``title``, ``description``, all words together (see ``bag``)
and, where one of them says something, ``photo``; fitted per attribute on products that none of them
was fitted to. How sure both together are is put right last (``sureness``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from hangtag.errors import CalibrationError
from hangtag.sureness import Sureness
from hangtag.taxonomy import Attribute
from hangtag.texts.reading import Evidence

__all__ = ["AttributeOdds", "Cue", "TextOdds", "cues", "shipped_odds"]

# Which of several mentions of the same options counts.
_KINDS = ("made", "said", "denied", "part", "imitated", "beside")

# Of the product itself.
_OF_IT = ("made", "said")


class Cue(NamedTuple):
    """Evidence and how it stands: ``where`` is "title alone", "description part" and so on."""

    where: str
    evidence: Evidence

    @property
    def options(self) -> str:
        """The options as one key."""
        return "|".join(self.evidence.options)


Odds = Mapping[str, float]


@dataclass(frozen=True)
class AttributeOdds:
    """Log-odds of one attribute by ``where``: overall, by options, by options and phrase.

    ``weight``: of ``title``, ``description`` and ``photo``; where words other than phrases count
    (see ``bag``), of ``words``, and of the photo beside them as ``photo_and_words``. ``sure``: how
    often what photo and text say together is right, by how sure they are.
    """

    weight: Mapping[str, float]
    odds: Odds = field(default_factory=dict)
    options: Mapping[str, Odds] = field(default_factory=dict)
    phrases: Mapping[str, Mapping[str, Odds]] = field(default_factory=dict)
    sure: Sureness | None = None

    def of(self, cue: Cue) -> float | None:
        """The narrowest log-odds that there are for a cue."""
        by_phrase = self.phrases.get(cue.options, {}).get(cue.evidence.phrase, {})
        for odds in (by_phrase, self.options.get(cue.options, {}), self.odds):
            if cue.where in odds:
                return odds[cue.where]
        return None


@dataclass(frozen=True)
class TextOdds:
    """Log-odds of all attributes.

    ``pooled``: of any attribute, for those that were not fitted. ``silent``: attributes whose words
    in texts say too little to go by.
    """

    attributes: Mapping[str, AttributeOdds]
    pooled: AttributeOdds
    silent: frozenset[str] = frozenset()

    def shifts(self, attribute: Attribute, evidence: Sequence[Evidence]) -> dict[str, float]:
        """By how much the log-odds of each option move; options that nothing is said of are not in.

        ``evidence`` is that of this attribute.
        """
        if attribute.name in self.silent:
            return {}
        own = self.attributes.get(attribute.name)
        moved: dict[str, float] = {}
        for cue in cues(attribute, evidence):
            odds = own.of(cue) if own is not None else None
            if odds is None:
                odds = self.pooled.of(cue) or 0.0
            weight = self.pooled.weight if own is None else own.weight
            odds *= weight[cue.evidence.place]
            for option in cue.evidence.options:
                moved[option] = moved.get(option, 0.0) + odds
        return moved

    def of(self, attribute: Attribute) -> AttributeOdds:
        """An attribute's own odds and weights, or those of any."""
        return self.attributes.get(attribute.name, self.pooled)

    def photo_weight(self, attribute: Attribute, *, words: bool = False) -> float:
        """What the photo's log-probabilities are multiplied by where the text says something.

        ``words``: whether words count beside phrases.
        """
        return self.of(attribute).weight["photo_and_words" if words else "photo"]

    def words_weight(self, attribute: Attribute) -> float:
        """What words' log-odds are multiplied by: nothing, unless fitted to this attribute."""
        own = self.attributes.get(attribute.name)
        return own.weight.get("words", 0.0) if own is not None else 0.0

    def sureness(self, attribute: Attribute) -> Sureness | None:
        """What is made of a blend's confidence; None where nobody has fitted that."""
        own = self.attributes.get(attribute.name)
        return own.sure if own is not None else None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> TextOdds:
        """What ``training/text_evidence.py`` writes. Raises CalibrationError for anything else."""
        try:
            return cls(
                attributes={name: _odds(told) for name, told in data["attributes"].items()},
                pooled=_odds(data["pooled"]),
                silent=frozenset(data["silent"]),
            )
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise CalibrationError(
                f"The odds of texts cannot be read: {error!r}.", "Install hangtag again."
            ) from error


def cues(attribute: Attribute, evidence: Sequence[Evidence]) -> list[Cue]:
    """The evidence of one attribute that counts: in each place, each set of options once."""
    best: dict[tuple[str, tuple[str, ...]], Evidence] = {}
    for one in evidence:
        key = (one.place, one.options)
        known = best.get(key)
        if known is None or _KINDS.index(one.kind) < _KINDS.index(known.kind):
            best[key] = one
    found: list[Cue] = []
    for one in best.values():
        if one.kind not in _OF_IT:
            found.append(Cue(f"{one.place} {one.kind}", one))
            continue
        before, behind = False, False
        passed = False
        for other in best.values():
            if other is one:
                passed = True
            elif _against(one, other) and not attribute.multiple:
                before, behind = before or not passed, behind or passed
        standing = "later" if before else "first" if behind else "alone"
        made = "made " if one.kind == "made" else ""
        found.append(Cue(f"{one.place} {made}{standing}", one))
    return found


def _against(one: Evidence, other: Evidence) -> bool:
    """Whether both are said in one place and not both can hold: "printed" and "floral" can."""
    return (
        other.kind in _OF_IT
        and other.place == one.place
        and not set(one.options) & set(other.options)
    )


@cache
def shipped_odds() -> TextOdds:
    """The odds that ship with hangtag, for its own taxonomy and, pooled, for any other."""
    place = resources.files("hangtag") / "models" / "texts.json"
    return TextOdds.from_json(json.loads(place.read_text(encoding="utf-8")))


def _odds(told: Mapping[str, Any]) -> AttributeOdds:
    return AttributeOdds(
        weight=_numbers(told["weight"]),
        odds=_numbers(told["odds"]),
        options={key: _numbers(odds) for key, odds in told.get("options", {}).items()},
        phrases={
            key: {phrase: _numbers(odds) for phrase, odds in phrases.items()}
            for key, phrases in told.get("phrases", {}).items()
        },
        sure=Sureness.from_json(told["sure"]) if "sure" in told else None,
    )


def _numbers(odds: Mapping[str, Any]) -> Odds:
    # Beside each number stands how many products it is from and how many of them it was right for.
    return {where: float(n[0] if isinstance(n, list) else n) for where, n in odds.items()}
