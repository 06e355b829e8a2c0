"""Labels files: the truth to score against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from hangtag.errors import LabelsError
from hangtag.evaluation.agreeing import agreeing
from hangtag.evaluation.files import product_ids, table_of
from hangtag.taxonomy import Attribute, Taxonomy

__all__ = ["LABELS", "read_ids", "read_labels"]

# What somebody says of one attribute of one product.
#   value     single choice: the option that is meant, null where that is left open;
#             multiple choice: the option that the row is about
#   accepted  the options that count as right; for a multiple choice the value alone
#   present   multiple choice: whether the product has it
#   source    who says so, may be empty
LABELS = pa.schema(
    [
        pa.field("product_id", pa.string(), nullable=False),
        pa.field("attribute", pa.string(), nullable=False),
        pa.field("value", pa.string()),
        pa.field("accepted", pa.list_(pa.string())),
        pa.field("present", pa.bool_()),
        pa.field("source", pa.string()),
    ]
)

# Columns of a wide file that are no attributes.
_BESIDES = frozenset({"id", "product_id", "source", "split", "present", "accepted"})
# "1.0" is how data frames write true when some rows say nothing.
_PRESENT = {
    **dict.fromkeys(("", "true", "1", "1.0", "yes", "t", "y"), True),
    **dict.fromkeys(("false", "0", "0.0", "no", "f", "n"), False),
}


class _Meaning(NamedTuple):
    """One row of LABELS, without product and source."""

    attribute: str
    value: str | None
    accepted: tuple[str, ...]
    present: bool


def read_labels(path: Path, taxonomy: Taxonomy) -> pa.Table:
    """Labels from a Parquet or CSV file in either of two shapes, as a table of ``LABELS``.

    Long: ``id, attribute, value`` and, where there are, ``accepted`` (options joined by ``|``),
    ``present`` and ``source``. Wide: ``id`` and a column an attribute; several options of a
    multiple-choice attribute are joined by ``|``, and those not named are absent. Synonyms of the
    taxonomy are understood. What several rows of one source say of the same is made one, or left
    out where they contradict each other: see ``agreeing``.

    Raises LabelsError when the file cannot be read, or names attributes or options that are not
    known, or holds contradictions only.
    """
    table = table_of(path)
    ids = product_ids(table, path)
    words = _Words(taxonomy)
    long = {"attribute", "value"} <= set(table.column_names)
    told = _long(table, words) if long else _wide(table, words)
    sources = _texts(table, "source")
    labelled, meant, source = [], [], []
    for place, meaning in told:
        labelled.append(ids[place])
        meant.append(meaning)
        source.append(sources[place])
    if words.faults:
        shown = "; ".join(f"{fault} ({n}×)" for fault, n in words.faults.most_common(5))
        raise LabelsError(
            f"{path} speaks of what the taxonomy does not have: {shown}.",
            "Mend the labels, or add synonyms to the taxonomy.",
        )
    if not meant:
        raise LabelsError(f"{path} holds no label.", "Its columns should be id, attribute, value.")
    attribute, value, accepted, present = zip(*meant, strict=True)
    every = pa.table([labelled, attribute, value, accepted, present, source], schema=LABELS)
    found = agreeing(every, frozenset(a.name for a in taxonomy if a.multiple))
    if not found.num_rows:
        raise LabelsError(
            f"{path} holds only labels that contradict each other.",
            "Keep one row for each product and attribute.",
        )
    return found


def read_ids(path: Path, split: str | None = None) -> frozenset[str]:
    """Product ids from a file with a column ``id``; with ``split``, those of that split alone.

    Raises LabelsError.
    """
    table = table_of(path)
    ids = product_ids(table, path)
    if split is None:
        return frozenset(ids)
    if "split" not in table.column_names:
        raise LabelsError(f"{path} has no column 'split'.", "Leave out --split.")
    splits = table["split"].to_pylist()
    if split not in splits:
        known = ", ".join(sorted({str(name) for name in splits})[:10])
        raise LabelsError(f"{path} has no split {split!r}.", f"It has {known}.")
    return frozenset(i for i, name in zip(ids, splits, strict=True) if name == split)


class _Words:
    """Other people's words into the taxonomy's, and a tally of those that it does not have.

    A file of a million labels has a few hundred distinct ones, so each is looked up once.
    """

    def __init__(self, taxonomy: Taxonomy):
        self.attributes = {attribute.name: attribute for attribute in taxonomy}
        self.faults: Counter[str] = Counter()
        self._known: dict[tuple[str, str, str, bool], tuple[Sequence[_Meaning], list[str]]] = {}

    def meanings(self, attribute: str, value: str, accepted: str, present: bool) -> list[_Meaning]:
        """The rows that one line of a long file stands for."""
        key = (attribute, value, accepted, present)
        if key not in self._known:
            faults: list[str] = []
            self._known[key] = list(self._looked_up(*key, faults)), faults
        meanings, faults = self._known[key]
        self.faults.update(faults)
        return list(meanings)

    def _looked_up(
        self, name: str, value: str, accepted: str, present: bool, faults: list[str]
    ) -> Iterator[_Meaning]:
        attribute = self.attributes.get(name.strip())
        if attribute is None:
            faults.append(_unknown("attribute", name, self.attributes))
            return
        meant = self.options(attribute, value, faults)
        right = self.options(attribute, accepted, faults) or meant
        if attribute.multiple:
            for option in right:
                yield _Meaning(attribute.name, option, (option,), present)
        elif not present:
            faults.append(f"{name} that is absent, which only a multiple choice can be")
        elif right:
            yield _Meaning(attribute.name, meant[0] if len(meant) == 1 else None, right, True)

    def present(self, text: str) -> bool:
        """Whether the product has it; where nothing is said, it has."""
        found = _PRESENT.get(text.strip().casefold())
        if found is None:
            self.faults[f"present {text!r}, where true or false should be"] += 1
        return bool(found)

    def options(self, attribute: Attribute, words: str, faults: list[str]) -> tuple[str, ...]:
        """The options that words joined by ``|`` name, each once."""
        found: dict[str, None] = {}
        for word in filter(None, (word.strip() for word in words.split("|"))):
            option = attribute.option_for(word)
            if option is None:
                faults.append(_unknown(attribute.name, word, attribute.names))
            else:
                found[option] = None
        return tuple(found)


def _long(table: pa.Table, words: _Words) -> Iterator[tuple[int, _Meaning]]:
    """Each label with the number of its row."""
    present = [words.present(text) for text in _texts(table, "present")]
    columns = (_texts(table, name) for name in ("attribute", "value", "accepted"))
    for place, told in enumerate(zip(*columns, present, strict=True)):
        for meaning in words.meanings(*told):
            yield place, meaning


def _wide(table: pa.Table, words: _Words) -> Iterator[tuple[int, _Meaning]]:
    """Each label with the number of its row."""
    for name in table.column_names:
        attribute = words.attributes.get(name)
        if attribute is None:
            if name.casefold() not in _BESIDES:
                words.faults[_unknown("attribute", name, words.attributes)] += table.num_rows
            continue
        # Nothing at all is "nobody looked"; an empty text or list is "none of them".
        known = table[name].is_valid().to_pylist()
        for place, text in enumerate(_texts(table, name)):
            meanings = words.meanings(name, text, "", True)
            yield from ((place, meaning) for meaning in meanings)
            if attribute.multiple and known[place]:
                named = {meaning.value for meaning in meanings}
                for option in attribute.names:
                    if option not in named:
                        yield place, _Meaning(name, option, (option,), False)


def _texts(table: pa.Table, name: str) -> list[str]:
    """A column as texts: none where there is nothing, lists joined by ``|``."""
    if name not in table.column_names:
        return [""] * table.num_rows
    return [_text(value) for value in table[name].to_pylist()]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return "|".join(map(_text, value)) if isinstance(value, list) else str(value)


def _unknown(what: str, word: str, known: Iterable[str] | Mapping[str, Any]) -> str:
    near = get_close_matches(word, list(known), n=1)
    return f"{what} {word!r}" + (f", did you mean {near[0]!r}?" if near else "")
