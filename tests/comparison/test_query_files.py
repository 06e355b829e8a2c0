"""Files of queries."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hangtag.comparison.queries import Query, read_queries, write_queries
from hangtag.errors import LabelsError, WorkspaceError

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)
IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


def written(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "queries.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_line_needs_a_query_and_what_answers_it(tmp_path: Path) -> None:
    """All else has a default; numbers as ids are taken as text; empty lines do not count."""
    path = written(tmp_path, "", '{"query": "striped shirt", "relevant": ["a", 7]}', "  ")
    (query,) = read_queries(path)
    assert query == Query("2", "striped shirt", {"a": 1, "7": 1})


def test_a_line_may_say_more(tmp_path: Path) -> None:
    """Grades, id, type, whose titles say it, and what nobody has judged."""
    path = written(
        tmp_path,
        '{"query": "tee", "relevant": {"a": 2, "b": 1}, "id": "q", "type": "kind", "titled": 0.5,'
        ' "unjudged": ["c"]}',
    )
    (query,) = read_queries(path)
    assert query == Query("q", "tee", {"a": 2, "b": 1}, "kind", 0.5, frozenset({"c"}))


@given(
    st.lists(
        st.builds(
            Query,
            query_id=IDS,
            text=TEXTS,
            relevant=st.dictionaries(IDS, st.integers(1, 9), min_size=1, max_size=3),
            type=st.text(st.characters(exclude_categories=["Cs"]), max_size=9),
            titled=st.none() | st.sampled_from([0.0, 0.25, 1.0]),
        ),
        min_size=1,
        max_size=4,
        unique_by=lambda query: query.query_id,
    )
)
def test_what_was_written_is_read_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, queries: list[Query]
) -> None:
    """Whatever characters stand in it, line ends of every script among them."""
    path = tmp_path_factory.mktemp("queries") / "queries.jsonl"
    write_queries(queries, path)
    assert read_queries(path) == tuple(queries)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "this is no JSON"),
        ("[" * 100_000, "this is no JSON"),
        ("[]", "no JSON object"),
        ('{"relevant": ["a"]}', "'query' should be a text"),
        ('{"query": " ", "relevant": ["a"]}', "'query' should be a text"),
        ('{"query": "q"}', "'relevant' should be a list"),
        ('{"query": "q", "relevant": "a"}', "'relevant' should be a list"),
        ('{"query": "q", "relevant": [true]}', "'relevant' should be a list"),
        ('{"query": "q", "relevant": []}', "at least one product"),
        ('{"query": "q", "relevant": {"a": 0}}', "grade of 'a'"),
        ('{"query": "q", "relevant": {"a": true}}', "grade of 'a'"),
        ('{"query": "q", "relevant": ["a"], "titled": 2}', "'titled' should be"),
        ('{"query": "q", "relevant": ["a"], "titled": NaN}', "'titled' should be"),
        ('{"query": "q", "relevant": ["a"], "type": 1}', "'type' should be"),
        ('{"query": "q", "relevant": ["a"], "id": []}', "'id' should be"),
        ('{"query": "q", "relevant": ["a"], "unjudged": ["a"]}', "both relevant and unjudged"),
        ('{"query": "q", "relevants": ["a"]}', "no key 'relevants'"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, line: str, told: str) -> None:
    """And with what a line should look like."""
    path = written(tmp_path, '{"query": "q", "relevant": ["a"]}', line)
    with pytest.raises(LabelsError, match="line 2: ") as caught:
        read_queries(path)
    assert told in caught.value.message
    assert "A line looks like" in caught.value.hint


def test_two_queries_of_one_id_are_told_with_both_lines(tmp_path: Path) -> None:
    """A line's number is an id too."""
    path = written(
        tmp_path, '{"query": "q", "relevant": ["a"]}', '{"query": "r", "relevant": ["a"], "id": 1}'
    )
    with pytest.raises(LabelsError, match="line 2: the id '1' stands in line 1 already"):
        read_queries(path)


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    """Not there, empty, not UTF-8."""
    with pytest.raises(LabelsError, match="cannot be read"):
        read_queries(tmp_path / "none.jsonl")
    with pytest.raises(LabelsError, match="holds no query"):
        read_queries(written(tmp_path, ""))
    strange = tmp_path / "strange.jsonl"
    strange.write_bytes(b'{"query": "\xff"}')
    with pytest.raises(LabelsError, match="not UTF-8"):
        read_queries(strange)


def test_a_file_that_cannot_be_written_says_why(tmp_path: Path) -> None:
    """With what to do next."""
    with pytest.raises(WorkspaceError, match="cannot be written"):
        write_queries([], tmp_path / "no" / "folder.jsonl")
