"""JSON as language models write it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hangtag.engines.json_answers import Said, read_answer, scores_of_said
from hangtag.taxonomy import default_taxonomy

TAXONOMY = default_taxonomy()
PATTERN, DETAILS, STYLE = (TAXONOMY[n] for n in ("pattern", "details", "style_keywords"))


def pattern_in(text: str) -> tuple[str, ...] | None:
    return read_answer(text, [PATTERN]).values.get("pattern")


@pytest.mark.parametrize(
    "text",
    [
        '{"pattern": "striped"}',
        ' Here you are:\n```json\n{"pattern": "striped"}\n```\nAnything else?',
        '```\n{"pattern": "striped",}\n```',
        '{"pattern": "striped",}',
        "{'pattern': 'striped'}",
        '{"Pattern": "STRIPED"}',
        '{"pattern": "stripes"}',
        '{"pattern": "stripd"}',
        '{"pattern": ["striped"]}',
        '{"pattern": {"value": "striped", "confidence": 0.9}}',
        '{"pattern": "striped", "details": ["has po',
        '{"pattern": "striped", "note": "it\'s fine"',
        'The {thing} is: {"pattern": "striped"} indeed'.replace("{thing}", "thing"),
        '{"pattern": "striped", "seen": True, "why": None}',
    ],
)
def test_what_can_be_understood_is(text: str) -> None:
    """Fences, words around, trailing commas, quotes, synonyms, near misses, a missing end."""
    assert pattern_in(text) == ("striped",)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "there is no JSON object"),
        ("striped", "there is no JSON object"),
        ("[1, 2]", "there is no JSON object"),
        ("{" * 5000, "there is no JSON object"),
        ("{}", "it is missing"),
        ('{"pattern": null}', "it has no value"),
        ('{"pattern": ""}', "it has no value"),
        ('{"pattern": 7}', "its value is neither a text nor a list"),
        ('{"pattern": "sparkling"}', "'sparkling' is not one of the options"),
    ],
)
def test_what_cannot_be_understood_is_named(text: str, fault: str) -> None:
    """In words that a model can be told."""
    said = read_answer(text, [PATTERN])
    assert said.values == {}
    assert said.faults == {"pattern": fault}


def test_of_several_values_for_one_the_first_counts() -> None:
    """It is what the model thought of first."""
    assert pattern_in('{"pattern": ["checkered", "striped"]}') == ("checkered",)
    assert pattern_in('{"pattern": "checkered, striped"}') == ("checkered",)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('["has pockets", "buttons"]', ("has pockets", "has buttons")),
        ('"pockets and more, zip"', ("has zipper",)),
        ('"has hood; has logo"', ("has hood", "has logo")),
        ("[]", ()),
        ("null", ()),
        ('"none"', ()),
        ('{"has pockets": true, "has hood": false}', ("has pockets",)),
        ('["has logo", "has logo"]', ("has logo",)),
    ],
)
def test_several_values_are_read_in_many_forms(written: str, meant: tuple[str, ...]) -> None:
    """A list, a text with commas, an object of yes and no; nothing at all is an answer, too."""
    said = read_answer(f'{{"details": {written}}}', [DETAILS])
    assert said.values == {"details": meant}


def test_no_more_values_than_there_may_be() -> None:
    """The first three words of style are taken."""
    words = ["vintage", "elegant", "sporty", "modern"]
    said = read_answer(json.dumps({"style_keywords": words}), [STYLE])
    assert said.values["style_keywords"] == ("vintage", "elegant", "sporty")


@pytest.mark.parametrize(
    ("written", "number"), [("0.8", 0.8), ('"80%"', 0.8), ("85", 0.85), ("1", 1.0)]
)
def test_claimed_confidence_is_kept_apart(written: str, number: float) -> None:
    """It does not touch what is scored."""
    text = f'{{"pattern": "striped", "pattern_confidence": {written}}}'
    said = read_answer(text, [PATTERN])
    assert said.claimed == {"pattern": pytest.approx(number)}
    without = read_answer('{"pattern": "striped"}', [PATTERN])
    assert np.array_equal(scores_of_said(PATTERN, [said]), scores_of_said(PATTERN, [without]))


@pytest.mark.parametrize("written", ["-1", "true", '"very"', "400", "null"])
def test_a_confidence_that_is_none_is_dropped(written: str) -> None:
    """The answer itself still counts."""
    said = read_answer(f'{{"pattern": "striped", "pattern_confidence": {written}}}', [PATTERN])
    assert said.claimed == {}
    assert said.values == {"pattern": ("striped",)}


def test_what_is_said_becomes_scores() -> None:
    """The chosen option lies above the others; where nothing was said none does."""
    said = [Said({"pattern": ("striped",), "details": ("has hood",)}), Said({})]
    single, several = scores_of_said(PATTERN, said), scores_of_said(DETAILS, said)
    assert PATTERN.names[int(single[0].argmax())] == "striped"
    assert (several[0] > 0).tolist() == [name == "has hood" for name in DETAILS.names]
    assert not single[1].any()
    assert not several[1].any()


@given(st.text(alphabet="{}[]\",:'\\ ntrue0.5patrnsiped`", max_size=80))
def test_nothing_that_is_written_brings_it_down(text: str) -> None:
    """Every attribute has either values or a fault."""
    said = read_answer(text, [PATTERN, DETAILS])
    assert set(said.values) | set(said.faults) == {"pattern", "details"}
    assert not set(said.values) & set(said.faults)


@given(st.sampled_from(PATTERN.names), st.integers(0, 40))
def test_an_answer_that_is_cut_off_is_read_as_far_as_it_goes(option: str, cut: int) -> None:
    """Whole values before the cut are kept, and half an option is never taken for one."""
    text = json.dumps({"pattern": option, "details": ["has pockets"]})
    values = read_answer(text[: len(text) - cut], [PATTERN, DETAILS]).values
    assert values.get("pattern", (option,)) == (option,)
