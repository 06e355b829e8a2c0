"""CSV as it comes: odd delimiters, broken lines, other encodings."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from hangtag.catalog.columns import match_columns
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
        if not first.strip():
            raise CatalogError(f"{path} has no header line.", "Is it the right file?")
        self._delimiter = max(",;\t|", key=first.count)
        self._header = next(csv.reader([first], delimiter=self._delimiter))
        self.columns = match_columns(self._header, columns)
        self._places = {ours: self._header.index(name) for ours, name in self.columns.items()}

    def rows(self, notes: Counter[str]) -> Iterator[dict[str, str]]:
        """Our columns of every line that can be read; ``notes`` counts what was wrong."""
        with self._translated(), self._path.open(encoding=self._encoding, newline="") as lines:
            reader = csv.reader(lines, delimiter=self._delimiter)
            next(reader)
            while True:
                try:
                    row = next(reader, None)
                except csv.Error as error:
                    raise CatalogError(
                        f"{self._path}:{reader.line_num}: {error}.", "Is a quote left open there?"
                    ) from error
                if row is None:
                    return
                if len(row) != len(self._header):
                    row = self._mended(row, reader.line_num, notes)
                if row:
                    yield {ours: row[place] for ours, place in self._places.items()}

    def _mended(self, row: list[str], line: int, notes: Counter[str]) -> list[str]:
        """The row with as many fields as the header, or an empty one where that is not certain."""
        if not row:
            return row  # a blank line
        fields = len(self._header)
        if self._strict:
            raise CatalogError(
                f"{self._path}:{line}: {len(row)} fields where the header has {fields}.",
                "Quote fields that hold a delimiter, or leave out --strict.",
            )
        if len(row) > fields and self._surplus_is_text(row):
            notes["repaired_lines"] += 1
            return [*row[: fields - 1], self._delimiter.join(row[fields - 1 :])]
        notes["broken_lines"] += 1
        return []

    def _surplus_is_text(self, row: Sequence[str]) -> bool:
        """Whether the surplus delimiters certainly stand in the last column."""
        last = len(self._header) - 1
        if not any(self._places.get(name) == last for name in _FREE_TEXT):
            return False
        if any(self._places.get(name, last) != last for name in _FREE_TEXT):
            return False  # they might as well stand in another text
        year = self._places.get("year")
        return year is None or row[year] in ("", "NA") or row[year].isdigit()

    def _translated(self) -> _Translated:
        return _Translated(self._path, self._encoding)


class _Translated:
    """Turns what opening and decoding may raise into a CatalogError."""

    def __init__(self, path: Path, encoding: str):
        self._path, self._encoding = path, encoding

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if isinstance(error, UnicodeDecodeError):
            line = _line_of_fault(self._path, self._encoding)
            raise CatalogError(
                f"{self._path}:{line}: the bytes there are not {self._encoding}.",
                "Say what they are, such as --encoding cp1252.",
            ) from error
        if isinstance(error, LookupError) and "encoding" in str(error):
            raise CatalogError(
                f"There is no encoding {self._encoding!r}.", "Try utf-8, cp1252 or utf-16."
            ) from error
        if isinstance(error, OSError):
            raise CatalogError(
                f"{self._path} cannot be read: {error.strerror}.", "Is the path right?"
            ) from error


def _line_of_fault(path: Path, encoding: str) -> int:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError:
                return number
    return 1
