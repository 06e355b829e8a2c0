"""The vocabulary: attributes, their options, and to which products each attribute applies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hangtag.yamlfile import MisplacedError, read_yaml

__all__ = ["Attribute", "Option", "Taxonomy", "default_taxonomy", "load_taxonomy"]


@dataclass(frozen=True, slots=True)
class Option:
    """One value of an attribute: a definition for prompts, other people's words for it."""

    name: str
    definition: str = ""
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attribute:
    """One thing to read.

    ``multiple``: any number of options may hold, up to ``at_most``, each from ``threshold`` on.
    ``only_for`` and ``not_for`` name groups of products; both empty means every product.
    ``together``: shoppers' words for any of several options. ``fallback`` is the option that says
    "cannot tell", where there is one.
    """

    name: str
    tier: int
    options: tuple[Option, ...]
    title: str = ""
    question: str = ""
    multiple: bool = False
    at_most: int | None = None
    threshold: float = 0.5
    fallback: str | None = None
    only_for: frozenset[str] = field(default_factory=frozenset)
    not_for: frozenset[str] = field(default_factory=frozenset)
    together: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The options' names in order; every array of scores or probabilities follows it."""
        return tuple(option.name for option in self.options)

    @cached_property
    def _by_word(self) -> Mapping[str, str]:
        words = {word.casefold(): o.name for o in self.options for word in o.synonyms}
        return words | {option.name.casefold(): option.name for option in self.options}

    def option_for(self, word: str) -> str | None:
        """The option that ``word`` names, itself or by a synonym, or None."""
        return self._by_word.get(word.strip().casefold())

    def applies_to(self, group: str | None) -> bool:
        """Whether the question makes sense for a product of this group (None: not known)."""
        if group is None:
            return True
        return group not in self.not_for and (not self.only_for or group in self.only_for)


@dataclass(frozen=True)
class Taxonomy:
    """A versioned vocabulary. ``groups``: name → column → lower-case category names.

    ``words``: metadata column → value → what shoppers say for it; only queries are read by it.
    """

    name: str
    version: str
    attributes: tuple[Attribute, ...]
    groups: Mapping[str, Mapping[str, frozenset[str]]]
    words: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Attribute:
        return self._by_name[name]

    def __iter__(self) -> Iterator[Attribute]:
        return iter(self.attributes)

    @cached_property
    def _by_name(self) -> Mapping[str, Attribute]:
        return {attribute.name: attribute for attribute in self.attributes}

    @cached_property
    def read(self) -> tuple[Attribute, ...]:
        """The attributes an engine is asked for: tiers 1 and 2. Tier 3 is derived by rules."""
        return tuple(a for a in self.attributes if a.tier < 3)

    @cached_property
    def _group_of(self) -> Mapping[tuple[str, str], str]:
        table: dict[tuple[str, str], str] = {}
        for group, columns in self.groups.items():
            for column, names in columns.items():
                for name in names:
                    table.setdefault((column, name), group)
        return table

    def extended(self, other: Taxonomy) -> Taxonomy:
        """This taxonomy with the attributes of another beside its own, or in their place.

        The same goes for groups and words. Name and version are those of both.
        """
        mine = [a for a in self.attributes if a.name not in other._by_name]
        return Taxonomy(
            name=f"{self.name}+{other.name}",
            version=f"{self.version}+{other.version}",
            attributes=(*mine, *other.attributes),
            groups={**other.groups, **self.groups},
            words={**self.words, **other.words},
        )

    def group(self, metadata: Mapping[str, str | None]) -> str | None:
        """The group of a product, from the narrowest category that is known, or None."""
        for column in ("article_type", "sub_category", "master_category"):
            name = metadata.get(column)
            found = self._group_of.get((column, name.casefold())) if name else None
            if found:
                return found
        return None


def load_taxonomy(path: Path | str) -> Taxonomy:
    """Read a taxonomy file. Raises TaxonomyError with file and line where it is not valid."""
    return read_yaml(Path(path), _TaxonomyFile).taxonomy()


@cache
def default_taxonomy() -> Taxonomy:
    """The taxonomy that ships with hangtag, ``fashion``."""
    with resources.as_file(resources.files("hangtag") / "taxonomies" / "fashion.yaml") as path:
        return load_taxonomy(path)


# Columns that stand beside the attributes, in tables, rules and searches: `readings.py` has them.
_TAKEN = frozenset(
    {
        "product_id", "photo", "title", "gender", "master_category", "sub_category",
        "article_type", "base_colour", "season", "year", "usage", "brand", "price", "description",
        "issues", "needs_review", "sources",
    }
)  # fmt: skip


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _OptionFile(_Strict):
    definition: str = ""
    synonyms: list[str] = Field(default_factory=list)


class _AttributeFile(_Strict):
    tier: Literal[1, 2, 3]
    title: str = ""
    question: str = ""
    kind: Literal["single", "multiple"] = "single"
    at_most: int | None = Field(default=None, ge=1)
    threshold: float = Field(default=0.5, gt=0, lt=1)
    fallback: str | None = None
    only_for: list[str] = Field(default_factory=list)
    not_for: list[str] = Field(default_factory=list)
    together: dict[str, list[str]] = Field(default_factory=dict)
    # A bare `name:` is an option without definition and synonyms.
    options: dict[str, _OptionFile | None] = Field(min_length=2)

    @model_validator(mode="after")
    def _consistent(self) -> _AttributeFile:
        if self.fallback is not None and self.fallback not in self.options:
            raise MisplacedError(f"{self.fallback!r} is not one of the options", "fallback")
        if self.at_most is not None and self.kind == "single":
            raise MisplacedError("only attributes of kind 'multiple' have it", "at_most")
        owner: dict[str, str] = {name.casefold(): name for name in self.options}
        for name, option in self.options.items():
            for word in option.synonyms if option else ():
                other = owner.setdefault(word.casefold(), name)
                if other != name:
                    fault = f"{word!r} stands for both {other!r} and {name!r}"
                    raise MisplacedError(fault, "options", name, "synonyms")
        for word, names in self.together.items():
            for name in names:
                if name not in self.options:
                    raise MisplacedError(f"{name!r} is not one of the options", "together", word)
        return self


class _TaxonomyFile(_Strict):
    # What this file adds to, or takes the place of attributes of.
    extends: Literal["fashion"] | None = None
    name: str = Field(min_length=1)
    version: str = Field(min_length=1, coerce_numbers_to_str=True)
    groups: dict[
        str, dict[Literal["article_type", "sub_category", "master_category"], list[str]]
    ] = Field(default_factory=dict)
    words: dict[
        Literal[
            "gender", "master_category", "sub_category", "article_type", "base_colour", "season",
            "usage",
        ],
        dict[str, list[str]],
    ] = Field(default_factory=dict)  # fmt: skip
    attributes: dict[str, _AttributeFile] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> _TaxonomyFile:
        groups = {*self.groups, *(default_taxonomy().groups if self.extends else ())}
        for name, attribute in self.attributes.items():
            if not name.isidentifier():
                raise MisplacedError("the name cannot be that of a column", "attributes", name)
            stem = name.removesuffix("_confidence")
            if name in _TAKEN or (stem != name and stem in self.attributes):
                raise MisplacedError("the tables have another column so named", "attributes", name)
            for key in ("only_for", "not_for"):
                for group in getattr(attribute, key):
                    if group not in groups:
                        raise MisplacedError(
                            f"there is no group {group!r}", "attributes", name, key
                        )
        return self

    def taxonomy(self) -> Taxonomy:
        own = self._own()
        return default_taxonomy().extended(own) if self.extends else own

    def _own(self) -> Taxonomy:
        return Taxonomy(
            name=self.name,
            version=self.version,
            attributes=tuple(_attribute(name, a) for name, a in self.attributes.items()),
            groups={
                group: {
                    column: frozenset(map(str.casefold, names)) for column, names in columns.items()
                }
                for group, columns in self.groups.items()
            },
            words={
                column: {value: tuple(words) for value, words in values.items()}
                for column, values in self.words.items()
            },
        )


def _attribute(name: str, file: _AttributeFile) -> Attribute:
    return Attribute(
        name=name,
        tier=file.tier,
        options=tuple(
            Option(option, o.definition, tuple(o.synonyms)) if o else Option(option)
            for option, o in file.options.items()
        ),
        title=file.title or name.replace("_", " ").capitalize(),
        question=file.question,
        multiple=file.kind == "multiple",
        at_most=file.at_most,
        threshold=file.threshold,
        fallback=file.fallback,
        only_for=frozenset(file.only_for),
        not_for=frozenset(file.not_for),
        together={word: tuple(names) for word, names in file.together.items()},
    )
