"""Readings, texts, metadata and what people said → one row of ``attributes``.

A run derives rows from what an engine has just answered; a correction, or one taken back, derives
the row of its product anew from what the tables hold. Both come through here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from hangtag.describe import describe
from hangtag.readings import Reading
from hangtag.rules import Rules, Verdict
from hangtag.taxonomy import Taxonomy
from hangtag.texts import Blend, Texts

__all__ = ["PERSON", "Derived", "Deriving", "attributes_array"]

PERSON = "person"
"""Who speaks for a value that a person confirmed or gave."""


@dataclass(frozen=True, slots=True)
class Derived:
    """What ``attributes`` says of a product. ``sources``: attribute → who speaks for its value."""

    verdict: Verdict
    sources: Mapping[str, str]
    description: str


@dataclass(frozen=True)
class Deriving:
    """What an attributes row depends on besides its product. Without ``texts``: photos alone."""

    taxonomy: Taxonomy
    rules: Rules
    texts: Texts | None = None

    def derive(
        self,
        readings: Mapping[str, Reading],
        metadata: Mapping[str, str | None],
        category_seen: str | None,
        photo_side: int | None = None,
        said: Mapping[str, Sequence[str]] | None = None,
    ) -> Derived:
        """The row of one product; ``said``: attribute → the options that a person gave.

        ``photo_side``: at how many pixels a side its photo was read, where that is known.
        What a person said in words that the taxonomy does not have any more is left out.
        """
        blend = self.texts.blend(readings, metadata) if self.texts else Blend.of_photo(readings)
        given = self._given(said or {})
        verdict = self.rules.apply(blend.readings, metadata, category_seen, given, photo_side)
        sources = {
            name: blend.sources[name]
            for name, value in verdict.values.items()
            if value and name in blend.sources and name not in given
        }
        sources |= dict.fromkeys(given, PERSON)
        return Derived(verdict, sources, describe(verdict, metadata, self.taxonomy))

    def terms(self) -> dict[str, Any]:
        """What a workspace keeps of it besides taxonomy and rules, for ``json.dumps``."""
        return {"text": self.texts is not None, **self.rules.lines()}

    def _given(self, said: Mapping[str, Sequence[str]]) -> dict[str, str | tuple[str, ...]]:
        given: dict[str, str | tuple[str, ...]] = {}
        for attribute in self.taxonomy:
            options = said.get(attribute.name)
            if options is None or not set(options) <= set(attribute.names):
                continue
            if attribute.multiple:
                given[attribute.name] = tuple(o for o in attribute.names if o in options)
            elif len(options) == 1:
                given[attribute.name] = options[0]
        return given


def attributes_array(
    rows: Sequence[Derived | None], kind: pa.StructType, taxonomy: Taxonomy
) -> pa.StructArray:
    """Rows as a struct array of ``readings.attributes_schema`` without product_id; None is null."""
    verdicts = [row and row.verdict for row in rows]
    columns: dict[str, list[Any]] = {}
    for attribute in taxonomy:
        name = attribute.name
        values = [v.values.get(name) if v else None for v in verdicts]
        if attribute.multiple:
            columns[name] = [None if v is None else list(v) for v in values]
        else:
            columns[name] = values
            columns[f"{name}_confidence"] = [
                v.confidence.get(name) if v else None for v in verdicts
            ]
    columns["sources"] = [row and list(row.sources.items()) for row in rows]
    columns["description"] = [row and row.description for row in rows]
    columns["issues"] = [v and list(v.issues) for v in verdicts]
    columns["needs_review"] = [v and v.needs_review for v in verdicts]
    return pa.StructArray.from_arrays(
        [pa.array(columns[f.name], f.type) for f in kind],
        fields=list(kind),
        mask=pa.array([v is None for v in verdicts], pa.bool_()),
    )
