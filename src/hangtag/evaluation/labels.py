"""Labels files: the truth to score against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from hangtag.errors import LabelsError
from hangtag.taxonomy import Attribute, Taxonomy

__all__ = ["Label", "read_ids", "read_labels"]

_ID = ("id", "product_id")


@dataclass(frozen=True, slots=True)
class Label:
    """What somebody says of one attribute of one product.

    Single choice: ``accepted`` are the options that count as right, ``value`` the one meant, if
    any. Multiple choice: ``accepted`` holds one option, and ``present`` says whether it is there.
    """

    product_id: str
    attribute: str
    value: str | None
    accepted: frozenset[str]
    present: bool = True
    source: str = ""


def read_labels(path: Path, taxonomy: Taxonomy) -> list[Label]:
    """Labels from a Parquet or CSV file, in either of two shapes.

    Long: ``id, attribute, value`` and, where there are, ``accepted`` (options joined by ``|``),
    ``present`` and ``source``. Wide: ``id`` and a column an attribute; several options of a
    multiple-choice attribute are joined by ``|``, and those not named are absent. Synonyms of the
    taxonomy are understood.

    Raises LabelsError when the file cannot be read, or names attributes or options that are not
    known.
    """
    rows = _table(path).to_pylist()
    columns = set(rows[0]) if rows else set()
    key = next((name for name in _ID if name in columns), None)
    if key is None:
        raise LabelsError(f"{path} has no column 'id', or no rows.", "A labels file has one.")
    faults: Counter[str] = Counter()
    if {"attribute", "value"} <= columns:
        found = list(_long(rows, key, taxonomy, faults))
    else:
        found = list(_wide(rows, key, taxonomy, faults))
    if faults:
        shown = "; ".join(f"{fault} ({n}×)" for fault, n in faults.most_common(5))
        raise LabelsError(
            f"{path} speaks of what the taxonomy does not have: {shown}.",
            "Mend the labels, or add synonyms to the taxonomy.",
        )
    if not found:
        raise LabelsError(f"{path} holds no label.", "Its columns should be id, attribute, value.")
    return found


def read_ids(path: Path, split: str | None = None) -> frozenset[str]:
    """Product ids from a file with a column ``id``; with ``split``, those of that split alone.

    Raises LabelsError.
    """
    table = _table(path)
    key = next((name for name in _ID if name in table.column_names), None)
    if key is None:
        raise LabelsError(f"{path} has no column 'id'.", "Name a file that lists product ids.")
    ids = [_text(value) for value in table[key].to_pylist()]
    if split is None:
        return frozenset(ids)
    if "split" not in table.column_names:
        raise LabelsError(f"{path} has no column 'split'.", "Leave out --split.")
    splits = table["split"].to_pylist()
    if split not in splits:
        known = ", ".join(sorted({str(name) for name in splits})[:10])
        raise LabelsError(f"{path} has no split {split!r}.", f"It has {known}.")
    return frozenset(i for i, name in zip(ids, splits, strict=True) if name == split)


def _table(path: Path) -> pa.Table:
    try:
        if path.suffix.casefold() in (".parquet", ".pq"):
            return pq.read_table(path)
        # As text throughout: an id such as 007 is no number.
        with path.open(encoding="utf-8-sig") as lines:
            header = lines.readline().strip().split(",")
        texts = {name.strip('"'): pa.string() for name in header}
        return pacsv.read_csv(path, convert_options=pacsv.ConvertOptions(column_types=texts))
    except (OSError, UnicodeDecodeError, pa.ArrowException) as error:
        raise LabelsError(f"{path} cannot be read: {error}.", "Is the path right?") from error


def _long(
    rows: Iterable[Mapping[str, Any]], key: str, taxonomy: Taxonomy, faults: Counter[str]
) -> Iterator[Label]:
    attributes = {attribute.name: attribute for attribute in taxonomy}
    for row in rows:
        attribute = attributes.get(row["attribute"])
        if attribute is None:
            faults[_unknown("attribute", str(row["attribute"]), attributes)] += 1
            continue
        value = _option(attribute, row["value"], faults) if row["value"] else None
        words = (row.get("accepted") or row["value"] or "").split("|")
        accepted = {_option(attribute, word, faults) for word in words if word}
        present = str(row.get("present", True)).casefold() not in ("false", "0", "no")
        if accepted - {None}:
            yield Label(
                _text(row[key]), attribute.name, value,
                frozenset(name for name in accepted if name), present, row.get("source") or "",
            )  # fmt: skip


def _wide(
    rows: Iterable[Mapping[str, Any]], key: str, taxonomy: Taxonomy, faults: Counter[str]
) -> Iterator[Label]:
    attributes = {attribute.name: attribute for attribute in taxonomy}
    for row in rows:
        for name, words in row.items():
            attribute = attributes.get(name)
            if attribute is None:
                if name not in (*_ID, "source", "split"):
                    faults[_unknown("attribute", name, attributes)] += 1
                continue
            if words is None or (not words and not attribute.multiple):
                continue
            named = frozenset(
                option for word in words.split("|") if word
                for option in (_option(attribute, word, faults),) if option
            )  # fmt: skip
            source = row.get("source") or ""
            if attribute.multiple:
                for option in attribute.names:
                    yield Label(
                        _text(row[key]), name, option, frozenset({option}), option in named, source
                    )
            elif named:
                value = next(iter(named)) if len(named) == 1 else None
                yield Label(_text(row[key]), name, value, named, True, source)


def _option(attribute: Attribute, word: str, faults: Counter[str]) -> str | None:
    option = attribute.option_for(word)
    if option is None:
        faults[_unknown(attribute.name, word, attribute.names)] += 1
    return option


def _unknown(what: str, word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, list(known), n=1)
    return f"{what} {word!r}" + (f", did you mean {near[0]!r}?" if near else "")


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
