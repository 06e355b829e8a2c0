"""Labels files: the truth to score against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from hangtag.errors import LabelsError
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

_ID = ("id", "product_id")
# Columns of a wide file that are no attributes.
_BESIDES = ("source", "split", "present", "accepted")
_NO = frozenset({"false", "0", "no", "f", "n"})


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
    taxonomy are understood.

    Raises LabelsError when the file cannot be read, or names attributes or options that are not
    known.
    """
    table = _table(path)
    columns = table.column_names
    key = next((name for name in _ID if name in columns), None)
    if key is None or not table.num_rows:
        raise LabelsError(f"{path} has no column 'id', or no rows.", "A labels file has one.")
    words = _Words(taxonomy)
    long = {"attribute", "value"} <= set(columns)
    told = _long(table, words) if long else _wide(table, words, key)
    sources = _texts(table, "source")
    ids = [_id(value) for value in table[key].to_pylist()]
    product_ids, meant, source = [], [], []
    for place, meaning in told:
        product_ids.append(ids[place])
        meant.append(meaning)
        source.append(sources[place] or "")
    if words.faults:
        shown = "; ".join(f"{fault} ({n}×)" for fault, n in words.faults.most_common(5))
        raise LabelsError(
            f"{path} speaks of what the taxonomy does not have: {shown}.",
            "Mend the labels, or add synonyms to the taxonomy.",
        )
    if not meant:
        raise LabelsError(f"{path} holds no label.", "Its columns should be id, attribute, value.")
    attribute, value, accepted, present = zip(*meant, strict=True)
    return pa.table([product_ids, attribute, value, accepted, present, source], schema=LABELS)


def read_ids(path: Path, split: str | None = None) -> frozenset[str]:
    """Product ids from a file with a column ``id``; with ``split``, those of that split alone.

    Raises LabelsError.
    """
    table = _table(path)
    key = next((name for name in _ID if name in table.column_names), None)
    if key is None:
        raise LabelsError(f"{path} has no column 'id'.", "Name a file that lists product ids.")
    ids = [_id(value) for value in table[key].to_pylist()]
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
        attribute = self.attributes.get(name)
        if attribute is None:
            faults.append(_unknown("attribute", name, self.attributes))
            return
        meant = self.options(attribute, value, faults)
        right = self.options(attribute, accepted, faults) or meant
        if attribute.multiple:
            for option in right:
                yield _Meaning(name, option, (option,), present)
        elif right:
            yield _Meaning(name, meant[0] if len(meant) == 1 else None, right, True)

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
    present = [text.casefold() not in _NO for text in _texts(table, "present")]
    columns = (_texts(table, name) for name in ("attribute", "value", "accepted"))
    for place, told in enumerate(zip(*columns, present, strict=True)):
        for meaning in words.meanings(*told):
            yield place, meaning


def _wide(table: pa.Table, words: _Words, key: str) -> Iterator[tuple[int, _Meaning]]:
    """Each label with the number of its row."""
    for name in table.column_names:
        attribute = words.attributes.get(name)
        if attribute is None:
            if name != key and name not in _BESIDES:
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


def _id(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
