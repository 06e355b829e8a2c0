"""The rulebook: the YAML file that says which rules there are."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from hangtag.rules.conditions import strangers
from hangtag.taxonomy import Taxonomy
from hangtag.yamlfile import read_yaml

__all__ = ["Consistency", "Derivation", "Disbelief", "Evidence", "Rulebook", "read_rulebook"]

Names = dict[str, list[str]]
Severity = Literal["review", "note"]
Mapped = TypeVar("Mapped", bound=Mapping[str, Collection[str]])

# `when` may speak of what is known or read, `expect` of what is read, `add` of what is derived.
_READ = (1, 2)
_DERIVED = (3,)
# To be raised when the same rulebook comes to be applied in another way.
_MEANING = "1"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class Evidence(_Strict):
    """How often a rule held where somebody had said the answer.

    ``evidence``: ``labels`` (the labels that people typed), ``by construction`` (the labels were
    made from what the rule looks at, so that the rate says nothing), or else the name of a field
    that the shop's staff fill in. ``n`` products had an answer; it agreed in ``hit_rate`` of them.
    """

    evidence: str = Field(min_length=1)
    hit_rate: float = Field(ge=0, le=1)
    n: int = Field(ge=0)


class Sureness(_Strict):
    """The least confidence with which a reading is kept; which withheld ones a person shall see."""

    says: str = "The photo does not show clearly enough what it is."
    minimum: float = Field(default=0.5, ge=0, le=1)
    minimum_for: dict[str, float] = Field(default_factory=dict)
    review: list[str] = Field(default_factory=list)

    @field_validator("minimum_for")
    @classmethod
    def _probabilities(cls, value: dict[str, float], info: ValidationInfo) -> dict[str, float]:
        for name, least in value.items():
            if not 0 <= least <= 1:
                raise ValueError(f"{name}: {least} is not between 0 and 1")
        _known(dict.fromkeys(value, ()), info, _READ)
        return value

    @field_validator("review")
    @classmethod
    def _attributes(cls, value: list[str], info: ValidationInfo) -> list[str]:
        _known(dict.fromkeys(value, ()), info, _READ)
        return value


class CategoryCheck(_Strict):
    """Whether the photo shows what the catalog says; groups that look ``alike`` are one."""

    on: bool = True
    says: str = "The photo shows another kind of product than the catalog says."
    severity: Severity = "review"
    alike: list[list[str]] = Field(default_factory=list)

    @field_validator("alike")
    @classmethod
    def _groups(cls, value: list[list[str]], info: ValidationInfo) -> list[list[str]]:
        for groups in value:
            _known({"group": groups}, info, (), columns=True)
        return value


class Disbelief(_Strict):
    """Of products for which ``when`` holds, ``options`` are not believed, however sure the reading.

    ``when`` may speak of metadata columns and ``group`` only.
    """

    says: str = Field(min_length=1)
    on: bool = True
    when: Names = Field(min_length=1)
    options: Names = Field(min_length=1)

    @field_validator("when")
    @classmethod
    def _when(cls, value: Names, info: ValidationInfo) -> Names:
        return _known(_full(value), info, (), columns=True)

    @field_validator("options")
    @classmethod
    def _options(cls, value: Names, info: ValidationInfo) -> Names:
        return _known(_full(value), info, _READ)


class Consistency(_Strict):
    """Where ``when`` holds, every attribute in ``expect`` has one of the options named."""

    says: str = Field(min_length=1)
    on: bool = True
    severity: Severity = "review"
    when: Names = Field(min_length=1)
    expect: Names = Field(min_length=1)
    measured: list[Evidence] = Field(default_factory=list)

    @field_validator("when")
    @classmethod
    def _when(cls, value: Names, info: ValidationInfo) -> Names:
        return _known(_full(value), info, _READ, columns=True)

    @field_validator("expect")
    @classmethod
    def _expect(cls, value: Names, info: ValidationInfo) -> Names:
        return _known(_full(value), info, _READ)


class Derivation(_Strict):
    """Where ``when`` holds and nothing in ``unless`` does, the options in ``add`` hold too."""

    on: bool = True
    when: Names = Field(min_length=1)
    unless: Names = Field(default_factory=dict)
    add: Names = Field(min_length=1)

    @field_validator("when", "unless")
    @classmethod
    def _when(cls, value: Names, info: ValidationInfo) -> Names:
        return _known(_full(value), info, _READ, columns=True)

    @field_validator("add")
    @classmethod
    def _add(cls, value: Names, info: ValidationInfo) -> Names:
        return _known(_full(value), info, _DERIVED)


class Rulebook(_Strict):
    """The whole file. Rules are named by their reason codes."""

    name: str = Field(min_length=1)
    confidence: Sureness = Field(default_factory=Sureness)
    category: CategoryCheck = Field(default_factory=CategoryCheck)
    disbelieve: dict[str, Disbelief] = Field(default_factory=dict)
    consistency: dict[str, Consistency] = Field(default_factory=dict)
    derive: dict[str, Derivation] = Field(default_factory=dict)
    otherwise: Names = Field(default_factory=dict)

    @field_validator("disbelieve", "consistency", "derive")
    @classmethod
    def _codes(cls, value: dict[str, Any]) -> dict[str, Any]:
        for code in value:
            if not code.isidentifier() or code in ("unsure", "category_mismatch"):
                raise ValueError(f"{code!r} cannot be a reason code")
        return value

    @field_validator("otherwise")
    @classmethod
    def _otherwise(cls, value: Names, info: ValidationInfo) -> Names:
        return _known(_full(value), info, _DERIVED)

    @property
    def version(self) -> str:
        """12 hexadecimal digits that change with what the rules do, not with how they are put."""
        told: Any = {
            "consistency": {"__all__": {"says", "measured"}},
            "disbelieve": {"__all__": {"says"}},
            "category": {"says"},
            "confidence": {"says"},
        }
        acting = self.model_dump_json(exclude=told)
        return hashlib.sha256(f"{_MEANING}\n{acting}".encode()).hexdigest()[:12]

    def for_taxonomy(self, taxonomy: Taxonomy) -> Rulebook:
        """This rulebook without whatever speaks of attributes, options or groups not there."""
        names = {attribute.name for attribute in taxonomy.read}

        def fits(named: Names, tiers: Collection[int], columns: bool = False) -> bool:
            return strangers(named, taxonomy, tiers=tiers, columns=columns) is None

        return self.model_copy(
            update={
                "confidence": self.confidence.model_copy(
                    update={
                        "minimum_for": _among(self.confidence.minimum_for, names),
                        "review": [name for name in self.confidence.review if name in names],
                    }
                ),
                "category": self.category.model_copy(
                    update={
                        "alike": [
                            [g for g in groups if g in taxonomy.groups]
                            for groups in self.category.alike
                        ]
                    }
                ),
                "disbelieve": {
                    code: rule
                    for code, rule in self.disbelieve.items()
                    if fits(rule.when, (), True) and fits(rule.options, _READ)
                },
                "consistency": {
                    code: rule
                    for code, rule in self.consistency.items()
                    if fits(rule.when, _READ, True) and fits(rule.expect, _READ)
                },
                "derive": {
                    code: rule
                    for code, rule in self.derive.items()
                    if fits(rule.when | rule.unless, _READ, True) and fits(rule.add, _DERIVED)
                },
                "otherwise": {
                    name: options
                    for name, options in self.otherwise.items()
                    if fits({name: options}, _DERIVED)
                },
            }
        )


def read_rulebook(path: Path, taxonomy: Taxonomy | None = None) -> Rulebook:
    """Read a rulebook. Raises TaxonomyError with file and line where it is not valid.

    With a taxonomy, every attribute, option and group that the rulebook speaks of must be in it.
    """
    return read_yaml(path, Rulebook, context=None if taxonomy is None else {"taxonomy": taxonomy})


def _among(table: Mapping[str, float], names: Collection[str]) -> dict[str, float]:
    return {name: value for name, value in table.items() if name in names}


def _full(names: Names) -> Names:
    empty = next((key for key, options in names.items() if not options), None)
    if empty is not None:
        raise ValueError(f"{empty!r} names nothing")
    return names


def _known(
    names: Mapped, info: ValidationInfo, tiers: Collection[int], *, columns: bool = False
) -> Mapped:
    taxonomy = (info.context or {}).get("taxonomy")
    problem = taxonomy and strangers(names, taxonomy, tiers=tiers, columns=columns)
    if problem:
        raise ValueError(problem)
    return names
