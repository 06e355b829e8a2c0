"""Records of a CSV file: whatever was written comes back, and a stray quote does little harm."""

from __future__ import annotations

import csv
from io import StringIO

from hypothesis import given
from hypothesis import strategies as st

from hangtag.catalog.lines import records

TEXT = st.text(st.sampled_from('ab1 ,"\n'), max_size=12)
PLAIN = st.text(st.sampled_from("ab1 "), min_size=1, max_size=8)


@given(rows=st.lists(st.tuples(PLAIN, TEXT, TEXT), max_size=8))
def test_what_was_quoted_as_it_should_comes_back(rows: list[tuple[str, str, str]]) -> None:
    """Quotes, delimiters and line breaks within a field included."""
    file = StringIO(newline="")
    csv.writer(file).writerows(rows)
    found = list(records(file.getvalue().splitlines(keepends=True), ",", 3))
    assert [tuple(record.fields) for record in found] == rows
    assert not any(record.fault for record in found)


@given(
    before=st.lists(st.tuples(PLAIN, PLAIN), max_size=6),
    after=st.lists(st.tuples(PLAIN, PLAIN), min_size=1, max_size=6),
)
def test_a_stray_quote_costs_one_record(
    before: list[tuple[str, str]], after: list[tuple[str, str]]
) -> None:
    """Those before and after it are whole; its line is named."""
    lines = [f"{a},{b}\n" for a, b in before] + ['7,"Hat\n'] + [f"{a},{b}\n" for a, b in after]
    found = list(records(lines, ",", 2))
    assert [tuple(r.fields) for r in found if not r.fault] == before + after
    assert [record.line for record in found if record.fault] == [len(before) + 1]


def test_lines_are_counted_from_one_through_faults_and_line_breaks() -> None:
    """As an editor shows them."""
    lines = ['1,"two\n', 'lines"\n', "\n", '2,"open\n', "3,Cap\n", "4,Hat\n"]
    assert [record.line for record in records(lines, ",", 2)] == [1, 4, 5, 6]
