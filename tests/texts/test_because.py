"""Which words speak for a value."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hangtag.taxonomy import default_taxonomy
from hangtag.texts import Because, Texts
from hangtag.texts.bag import WordOdds
from hangtag.texts.odds import AttributeOdds, TextOdds

TAXONOMY = default_taxonomy()
# "Breezy" speaks for stripes, "airy" does a little, "sober" against them.
WORDS = WordOdds(
    {"pattern": ("solid color", "striped")},
    {"title": {"breezy": 0, "airy": 1, "sober": 2}, "description": {"breezy": 3}},
    np.full(4, 2.0),
    np.array([2.0, 2.0]),
    np.array([[0, 4], [0, 1], [4, 0], [0, 2]], float),
    np.zeros(2),
    np.log([0.5, 0.5]),
)
WEIGHT = {"title": 1.0, "description": 1.0, "photo": 1.0, "words": 0.5, "photo_and_words": 1.0}
ODDS = TextOdds({"pattern": AttributeOdds(WEIGHT, {"title alone": 2.0})}, AttributeOdds(WEIGHT))
BECAUSE = Because(Texts(TAXONOMY, ODDS, WORDS))


def told(option: str, **metadata: str) -> list[str]:
    return BECAUSE.words(TAXONOMY["pattern"], option, metadata)


def test_the_strongest_words_are_told_first() -> None:
    """Those that speak against it are not, and neither is what nobody knows."""
    assert told("striped", title="Airy BREEZY sober tee") == ["breezy", "airy"]
    assert told("solid color", title="Airy BREEZY sober tee") == ["sober"]
    assert told("striped", title="Tee") == []


def test_a_letter_alone_is_told_with_the_word_behind_it() -> None:
    """Nobody would know what "t" is."""
    words = replace(WORDS, words={"title": {"t": 0, "airy": 1, "sober": 2}, "description": {}})
    because = Because(Texts(TAXONOMY, ODDS, words))
    assert because.words(TAXONOMY["pattern"], "striped", {"title": "Blue T-shirt"}) == ["t shirt"]


def test_phrases_come_before_other_words() -> None:
    """And no word of theirs is told again."""
    assert told("striped", title="A breezy tee with stripes") == ["stripes", "breezy"]
    assert told("striped", title="A tee without stripes") == []


def test_a_word_of_title_and_description_counts_for_both() -> None:
    """Weak ones together may be worth telling of."""
    assert told("striped", description="An airy, breezy, long, soft and loose summer tee") == [
        "breezy"
    ]


def test_options_and_attributes_that_no_word_speaks_of_have_none() -> None:
    """Phrases may speak of them all the same."""
    assert told("checkered", title="Breezy") == []
    assert BECAUSE.words(TAXONOMY["sleeves"], "long sleeve", {"title": "Breezy long sleeve"}) == [
        "long sleeve"
    ]
