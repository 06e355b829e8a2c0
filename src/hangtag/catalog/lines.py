"""The records of a CSV file, a stray quote harming no record but its own."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import NamedTuple

__all__ = ["Record", "records"]


class Record(NamedTuple):
    """The fields of a record and the line it begins in, from 1; or what is wrong with it."""

    line: int
    fields: list[str]
    fault: str = ""


def records(lines: Iterable[str], delimiter: str, fields: int) -> Iterator[Record]:
    """The records of ``lines``, blank ones left out; ``fields`` is how many each should have.

    A quote that is never closed makes one field of all that follows, up to the next quote or the
    end of the file, and csv sees nothing wrong with that. Where a record goes on into other lines
    without being quoted as it should, its first line alone is at fault, and the next ones are read
    for themselves.
    """
    source = _Source(lines)
    reader = csv.reader(source, delimiter=delimiter)
    while True:
        source.taken.clear()
        try:
            row = next(reader, None)
        except csv.Error as error:  # a field that does not end within 128 KiB
            yield Record(source.give_back(), [], f"{error}; is a quote left open there?")
            continue
        if row is None:
            return
        if len(source.taken) > 1 and not _is_well_formed(source.taken, delimiter, fields):
            yield Record(source.give_back(), [], "a quote is left open there")
        elif row:
            yield Record(source.number - len(source.taken) + 1, row)


def _is_well_formed(lines: Iterable[str], delimiter: str, fields: int) -> bool:
    try:
        rows = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return False
    return len(rows) == 1 and len(rows[0]) == fields


class _Source:
    """Lines that can be given back. ``taken``: those of this record; ``number``: of the last."""

    def __init__(self, lines: Iterable[str]):
        self._lines = iter(lines)
        self._again: list[str] = []
        self.taken: list[str] = []
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._lines)
        self.number += 1
        self.taken.append(line)
        return line

    def give_back(self) -> int:
        """All but the first line of this record, whose number is returned."""
        again = self.taken[1:]
        self._again.extend(reversed(again))
        self.number -= len(again)
        return self.number
