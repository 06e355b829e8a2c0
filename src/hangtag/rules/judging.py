"""One product's readings and metadata through the rulebook."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from hangtag.readings import Reading
from hangtag.rules.conditions import Answers, Condition, Value, compiled, one_of
from hangtag.rules.rulebook import Rulebook, Severity, read_rulebook
from hangtag.taxonomy import Attribute, Taxonomy

__all__ = ["Rules", "Verdict", "default_rules", "load_rules", "says_nothing"]

# How options begin that are honest answers and yet no statement about the product.
_NO_ANSWER = re.compile(
    r"(unknown|unclear|unspecified|other|none|n/?a)$|(not|cannot|can't|no clear)\b", re.IGNORECASE
)

# Catalogs have a few thousand combinations of category, season and usage; this bounds odd ones.
_PLANS = 8192

_NOTHING: frozenset[str] = frozenset()

_CATEGORIES = ("article_type", "sub_category", "master_category")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the catalog may say of a product.

    ``values`` has every attribute of the taxonomy: an option, a tuple of options for a
    multiple-choice attribute, or None where nothing was asked or the reading is not sure enough.
    ``confidence`` is that of each reading that was asked for, the withheld ones included, and 1 of
    what a person said.
    ``issues`` are reason codes: ``unsure:<attribute>``, ``disbelieved:<attribute>``,
    ``category_mismatch``, or the name of a consistency rule. ``doubted`` are the attributes whose
    value a rule contradicts. ``category`` is the category seen in the photo, where the metadata
    knows none.
    """

    values: Mapping[str, Value]
    confidence: Mapping[str, float]
    issues: tuple[str, ...] = ()
    needs_review: bool = False
    doubted: frozenset[str] = frozenset()
    category: str | None = None


@dataclass(frozen=True, slots=True)
class _Check:
    """A consistency rule, for products whose metadata it speaks of."""

    code: str
    when: Answers
    expect: Answers
    severity: Severity


@dataclass(frozen=True, slots=True)
class _Derive:
    """A derivation, for products whose metadata it speaks of."""

    when: Answers
    unless: Answers
    add: tuple[tuple[str, list[str]], ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    """All that the rules have to say to products with the same metadata."""

    asked: tuple[tuple[Attribute, float], ...]
    disbelieved: Mapping[str, frozenset[str]]
    mismatch: bool
    checks: tuple[_Check, ...]
    derivations: tuple[_Derive, ...]


@dataclass(frozen=True)
class Rules:
    """A rulebook at work. Make one with ``load_rules`` or ``default_rules``.

    ``least_by_side``: pixels a side → attribute → the least confidence that is kept of photos read
    at that size or one near it. It stands in the place of the rulebook's own.
    """

    taxonomy: Taxonomy
    rulebook: Rulebook
    least_by_side: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    _plans: dict[tuple[str | int | None, ...], _Plan] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @cached_property
    def version(self) -> str:
        """12 hexadecimal digits; another value means that a verdict could be another."""
        if not self.least_by_side:
            return self.rulebook.version
        lines = sorted((side, sorted(own.items())) for side, own in self.least_by_side.items())
        told = f"{self.rulebook.version} {lines}"
        return hashlib.sha256(told.encode()).hexdigest()[:12]

    def demanding(
        self, least: Mapping[str, float], by_side: Mapping[int, Mapping[str, float]] | None = None
    ) -> Rules:
        """These rules with higher minimums: attribute → the least confidence that is kept.

        Of a multiple choice, the least probability of each option. ``by_side``: the same of photos
        of some sizes, by pixels a side. A minimum that is lower than the rulebook's own changes
        nothing.
        """
        sureness = self.rulebook.confidence
        usual = {a.name: self._usual(a) for a in self.taxonomy.read}

        def higher(lines: Mapping[str, float]) -> dict[str, float]:
            return {
                name: max(value, usual.get(name, sureness.minimum)) for name, value in lines.items()
            }

        minimums = {**sureness.minimum_for, **higher(least)}
        stricter = sureness.model_copy(update={"minimum_for": minimums})
        return Rules(
            self.taxonomy,
            self.rulebook.model_copy(update={"confidence": stricter}),
            {side: higher(lines) for side, lines in (by_side or {}).items()},
        )

    def minimums(self, photo_side: int | None = None) -> dict[str, float]:
        """Attribute that is read → the confidence from which on it is kept.

        A multiple choice only where its options need a probability. Of photos read at
        ``photo_side`` pixels a side; of any where that is None.
        """
        lines = ((a, self._least(a, photo_side)) for a in self.taxonomy.read)
        return {a.name: least for a, least in lines if least or not a.multiple}

    def lines(self) -> dict[str, Any]:
        """All minimums, for ``json.dumps``; ``least_by_side`` only where photo sizes have some."""
        told: dict[str, Any] = {"least": self.minimums()}
        if self.least_by_side:
            told["least_by_side"] = {str(side): self.minimums(side) for side in self.least_by_side}
        return told

    def explain(self, issue: str) -> str:
        """The sentence behind a reason code; the code itself where no rule has it."""
        if issue.startswith("unsure:"):
            return self.rulebook.confidence.says
        if issue.startswith("disbelieved:"):
            return "The photo cannot be right: products of this kind are not like that."
        if issue == "category_mismatch":
            return self.rulebook.category.says
        rule = self.rulebook.consistency.get(issue)
        return rule.says if rule else issue

    def apply(
        self,
        readings: Mapping[str, Reading],
        metadata: Mapping[str, str | None],
        category_seen: str | None = None,
        said: Mapping[str, Value] | None = None,
        photo_side: int | None = None,
    ) -> Verdict:
        """What holds for one product.

        ``category_seen``, a sub-category read from the photo, stands in where the metadata has no
        category, and is compared with it where it has. ``said``: values that a person gave. They
        stand whatever was read; no rule doubts them, and derivations go by them. ``photo_side``:
        at how many pixels a side the photo was read, where that is known.
        """
        said = said or {}
        plan = self._plan(metadata, category_seen, photo_side)
        values: dict[str, Value] = {a.name: None for a in self.taxonomy.attributes}
        confidence: dict[str, float] = {}
        issues: list[str] = []
        review = False

        for attribute, least in plan.asked:
            reading = readings.get(attribute.name)
            if reading is None or attribute.name in said:
                continue
            confidence[attribute.name] = reading.confidence
            disbelieved = plan.disbelieved.get(attribute.name, _NOTHING)
            if attribute.multiple:
                values[attribute.name] = tuple(
                    option
                    for option in reading.value
                    if option not in disbelieved
                    and (not least or reading.probabilities.get(option, 0.0) >= least)
                )
            elif not reading.value or not reading.confidence >= least:
                issues.append(f"unsure:{attribute.name}")
                review = review or attribute.name in self._reviewed
            elif reading.value[0] in disbelieved:
                issues.append(f"disbelieved:{attribute.name}")
            else:
                values[attribute.name] = reading.value[0]

        values.update(said)
        confidence.update(dict.fromkeys(said, 1.0))

        if plan.mismatch:
            issues.append("category_mismatch")
            review = review or self.rulebook.category.severity == "review"

        doubted: set[str] = set()
        for check in plan.checks:
            broken = [name for name in _broken(check, values) if name not in said]
            if broken:
                issues.append(check.code)
                doubted.update(broken)
                review = review or check.severity == "review"

        trusted = dict.fromkeys(doubted)
        self._derive(plan, {**values, **trusted}, values)
        values.update(said)
        known = any(metadata.get(column) for column in _CATEGORIES)
        return Verdict(
            values=values,
            confidence=confidence,
            issues=tuple(issues),
            needs_review=review,
            doubted=frozenset(doubted),
            category=None if known else category_seen,
        )

    def _derive(self, plan: _Plan, trusted: Mapping[str, Value], values: dict[str, Value]) -> None:
        found: dict[str, set[str]] = {attribute.name: set() for attribute in self._derived}
        for rule in plan.derivations:
            if _all_hold(rule.when, trusted) and not _any_holds(rule.unless, trusted):
                for name, options in rule.add:
                    found[name].update(options)
        for attribute in self._derived:
            usual = self.rulebook.otherwise.get(attribute.name, [])
            holding = found[attribute.name] or set(usual)
            kept = tuple(name for name in attribute.names if name in holding)
            values[attribute.name] = kept if attribute.multiple else next(iter(kept), None)

    @cached_property
    def _reviewed(self) -> frozenset[str]:
        return frozenset(self.rulebook.confidence.review)

    @cached_property
    def _derived(self) -> tuple[Attribute, ...]:
        return tuple(a for a in self.taxonomy.attributes if a.tier == 3)

    @cached_property
    def _checks(self) -> tuple[tuple[Condition, _Check], ...]:
        return tuple(
            (when, _Check(code, when.answers, compiled(rule.expect).answers, rule.severity))
            for code, rule in self.rulebook.consistency.items()
            if rule.on
            for when in (compiled(rule.when),)
        )

    @cached_property
    def _derivations(self) -> tuple[tuple[Condition, Condition, _Derive], ...]:
        return tuple(
            (when, unless, _Derive(when.answers, unless.answers, tuple(rule.add.items())))
            for rule in self.rulebook.derive.values()
            if rule.on
            for when, unless in ((compiled(rule.when), compiled(rule.unless)),)
        )

    @cached_property
    def _columns(self) -> tuple[str, ...]:
        """The metadata columns on which a verdict can depend."""
        conditions = [when for when, _ in self._checks]
        conditions += [compiled(rule.when) for rule in self.rulebook.disbelieve.values()]
        conditions += [c for when, unless, _ in self._derivations for c in (when, unless)]
        spoken_of = {column for c in conditions for column, _ in c.columns}
        return (*_CATEGORIES, *sorted(spoken_of.difference(_CATEGORIES)))

    def _plan(
        self, metadata: Mapping[str, str | None], category_seen: str | None, photo_side: int | None
    ) -> _Plan:
        side = self._nearest(photo_side)
        key = (side, category_seen, *map(metadata.get, self._columns))
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) >= _PLANS:
                self._plans.clear()
            plan = self._plans[key] = self._make_plan(metadata, category_seen, side)
        return plan

    def _make_plan(
        self, metadata: Mapping[str, str | None], category_seen: str | None, side: int | None
    ) -> _Plan:
        known = self.taxonomy.group(metadata)
        seen = self.taxonomy.group({"sub_category": category_seen}) if category_seen else None
        group = known or seen
        return _Plan(
            asked=tuple(
                (attribute, self._least(attribute, side))
                for attribute in self.taxonomy.read
                if attribute.applies_to(group)
            ),
            disbelieved=self._disbelieved(metadata, group),
            mismatch=self._differ(known, seen),
            checks=tuple(check for when, check in self._checks if all(when.known(metadata, group))),
            derivations=tuple(
                derivation
                for when, unless, derivation in self._derivations
                if all(when.known(metadata, group)) and not any(unless.known(metadata, group))
            ),
        )

    def _disbelieved(
        self, metadata: Mapping[str, str | None], group: str | None
    ) -> Mapping[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}
        for rule in self.rulebook.disbelieve.values():
            if rule.on and all(compiled(rule.when).known(metadata, group)):
                for name, options in rule.options.items():
                    found[name] = found.get(name, _NOTHING) | frozenset(options)
        return found

    def _differ(self, known: str | None, seen: str | None) -> bool:
        category = self.rulebook.category
        if not category.on or known is None or seen is None or known == seen:
            return False
        return not any(known in groups and seen in groups for groups in category.alike)

    def _nearest(self, photo_side: int | None) -> int | None:
        """The size with minimums of its own that is nearest, or None."""
        if photo_side is None or not self.least_by_side:
            return None
        return min(self.least_by_side, key=lambda side: abs(side - photo_side))

    def _least(self, attribute: Attribute, photo_side: int | None) -> float:
        side = self._nearest(photo_side)
        if side is not None and attribute.name in self.least_by_side[side]:
            return self.least_by_side[side][attribute.name]
        return self._usual(attribute)

    def _usual(self, attribute: Attribute) -> float:
        # The options of a multiple-choice attribute have passed their own thresholds already.
        default = 0.0 if attribute.multiple else self.rulebook.confidence.minimum
        return self.rulebook.confidence.minimum_for.get(attribute.name, default)


@lru_cache(maxsize=4096)
def says_nothing(option: str) -> bool:
    """Whether an option is an answer and yet no statement, as "unknown" or "not applicable" are.

    Such a value is kept in the tables, contradicts nothing, and is not described.
    """
    return _NO_ANSWER.match(option) is not None


def load_rules(path: Path | str, taxonomy: Taxonomy) -> Rules:
    """The rules of a rulebook file.

    Raises TaxonomyError, with file and line, where the file is not valid or speaks of attributes,
    options or groups that ``taxonomy`` does not have.
    """
    return Rules(taxonomy, read_rulebook(Path(path), taxonomy))


def default_rules(taxonomy: Taxonomy) -> Rules:
    """The rules that ship with hangtag, as far as ``taxonomy`` has what they speak of."""
    return Rules(taxonomy, _shipped().for_taxonomy(taxonomy))


@cache
def _shipped() -> Rulebook:
    with resources.as_file(resources.files("hangtag.rules") / "fashion.yaml") as path:
        return read_rulebook(path)


def _broken(check: _Check, values: Mapping[str, Value]) -> list[str]:
    """The attributes that contradict the rule. What says nothing contradicts nothing."""
    if not _all_hold(check.when, values):
        return []
    return [
        name
        for name, options in check.expect
        if (value := values[name]) is not None
        and not one_of(value, options)
        and not (isinstance(value, str) and says_nothing(value))
    ]


def _all_hold(answers: Answers, values: Mapping[str, Value]) -> bool:
    for name, options in answers:  # noqa: SIM110 - a generator costs more than the comparison
        if not one_of(values[name], options):
            return False
    return True


def _any_holds(answers: Answers, values: Mapping[str, Value]) -> bool:
    for name, options in answers:  # noqa: SIM110 - as above
        if one_of(values[name], options):
            return True
    return False
