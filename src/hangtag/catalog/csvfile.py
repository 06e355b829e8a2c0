"""CSV as it comes: odd delimiters, broken lines, other encodings."""

from __future__ import annotations

import csv
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path

import pyarrow as pa

from hangtag.catalog.columns import match_columns
from hangtag.catalog.lines import Record, records
from hangtag.catalog.texts import as_told, trimmed
from hangtag.errors import CatalogError

__all__ = ["CsvFile"]

# Unquoted commas may stand in such a column without anybody noticing.
_FREE_TEXT = ("title", "description")


class CsvFile:
    """A CSV file with a header line; ``columns`` maps our names to its own.

    Raises CatalogError when there is no header, no id column, or the encoding is another.
    """

    def __init__(
        self, path: Path, columns: Mapping[str, str] | None, *, strict: bool, encoding: str
    ):
        self._path, self._strict, self._encoding = path, strict, encoding
        with self._translated(), path.open(encoding=encoding, newline="") as lines:
            first = lines.readline()
            told = _told_delimiter(first)
            if told:
                first = lines.readline()
            if not first.strip():
                raise CatalogError(f"{path} has no header line.", "Is it the right file?")
            self._delimiter = told or max(",;\t|", key=first.count)
            self._told = bool(told)
            self._header = _header(first, lines, self._delimiter)
        self.columns = match_columns(self._header, columns)
        self._places = {ours: self._header.index(name) for ours, name in self.columns.items()}

    def batches(self, notes: Counter[str], rows: int) -> Iterator[dict[str, pa.Array]]:
        """Our columns of every line that can be read; ``notes`` counts what was wrong."""
        with self._translated(), self._path.open(encoding=self._encoding, newline="") as lines:
            found = self._whole(lines, notes)
            while chunk := list(islice(found, rows)):
                texts = list(zip(*chunk, strict=True))
                yield {
                    ours: (trimmed if ours == "product_id" else as_told)(
                        pa.array(texts[place], pa.string())
                    )
                    for ours, place in self._places.items()
                }

    def _whole(self, lines: Iterator[str], notes: Counter[str]) -> Iterator[list[str]]:
        fields = len(self._header)
        found = records(lines, self._delimiter, fields)
        if self._told:
            next(found, None)
        header = next(found, None)
        if header is None or header.fields != self._header:
            raise CatalogError(
                f"{self._path} has changed since its header was read.",
                "Start again when nothing writes it any more.",
            )
        for record in found:
            if len(record.fields) == fields:
                yield record.fields
                continue
            if self._strict:
                raise self._refusal(record)
            mended = self._mended(record.fields)
            notes["repaired_lines" if mended else "broken_lines"] += 1
            if mended:
                yield mended

    def _refusal(self, record: Record) -> CatalogError:
        what = f"{len(record.fields)} fields where the header has {len(self._header)}"
        return CatalogError(
            f"{self._path}:{record.line}: {record.fault or what}.",
            "Quote fields that hold a delimiter, or leave out --strict.",
        )

    def _mended(self, row: Sequence[str]) -> list[str] | None:
        """The row with as many fields as the header; None where that is not certain."""
        fields = len(self._header)
        if len(row) <= fields or not self._surplus_is_text(row):
            return None
        return [*row[: fields - 1], self._delimiter.join(row[fields - 1 :])]

    def _surplus_is_text(self, row: Sequence[str]) -> bool:
        """Whether the surplus delimiters certainly stand in the last column."""
        last = len(self._header) - 1
        if not any(self._places.get(name) == last for name in _FREE_TEXT):
            return False
        if any(self._places.get(name, last) != last for name in _FREE_TEXT):
            return False  # they might as well stand in another text
        year = self._places.get("year")
        if year is not None and row[year] not in ("", "NA") and not row[year].isdigit():
            return False  # what stands before the text is not in its place
        # "Casual, Sports,Shirt": the text would begin in the midst of what stood before it.
        # "19,90,Shirt": so it would behind a number that was cut in two.
        cut_number = last > 0 and row[last - 1].strip().isdigit() and row[last].strip().isdigit()
        return not row[last].startswith(" ") and (not cut_number or last == 1)

    def _translated(self) -> _Translated:
        return _Translated(self._path, self._encoding)


def _told_delimiter(first: str) -> str:
    """Of a line such as ``sep=;``, with which spreadsheets have a file begin; else nothing."""
    told = first.rstrip("\r\n")
    return told[4] if len(told) == 5 and told[:4].lower() == "sep=" else ""


def _header(first: str, others: Iterable[str], delimiter: str) -> list[str]:
    """The names of the columns; a quoted one may go on into other lines, as spreadsheets have it.

    Where a quote is left open, the first line alone.
    """
    try:
        return next(csv.reader(chain([first], others), delimiter=delimiter, strict=True))
    except csv.Error:
        return next(csv.reader([first], delimiter=delimiter))


class _Translated:
    """Turns what opening and decoding may raise into a CatalogError."""

    def __init__(self, path: Path, encoding: str):
        self._path, self._encoding = path, encoding

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if isinstance(error, UnicodeError):
            raise CatalogError(
                f"{self._path}{_line_of_fault(self._path, self._encoding)}: "
                f"the bytes there are not {self._encoding.removesuffix('-sig')}.",
                f"Say what they are, such as --encoding {_likely(self._path)}.",
            ) from error
        if isinstance(error, LookupError) and "encoding" in str(error):
            raise CatalogError(
                f"There is no encoding {self._encoding!r}.", "Try utf-8, cp1252 or utf-16."
            ) from error
        if isinstance(error, OSError):
            raise CatalogError(
                f"{self._path} cannot be read: {error.strerror}.", "Is the path right?"
            ) from error


def _likely(path: Path) -> str:
    with path.open("rb") as file:
        return "utf-16" if file.read(2) in (BOM_UTF16_LE, BOM_UTF16_BE) else "cp1252"


def _line_of_fault(path: Path, encoding: str) -> str:
    """``:line``, or nothing where a line of bytes is no line of text."""
    if encoding.lower().startswith(("utf-16", "utf16", "utf-32", "utf32")):
        return ""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                line.decode(encoding)
            except UnicodeError:
                return f":{number}"
    return ""
