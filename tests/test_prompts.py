"""Questions and prompts written from the taxonomy."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from hangtag.prompts import (
    Wording,
    json_prompt,
    json_schema,
    letters,
    letters_question,
    question,
    repair_prompt,
    stages,
    yes_no_question,
)
from hangtag.taxonomy import Attribute, Option, default_taxonomy

TAXONOMY = default_taxonomy()
WORDINGS = get_args(Wording)


def names(group: str | None) -> dict[str, list[str]]:
    return {s.name: [a.name for a in s.attributes] for s in stages(TAXONOMY.read, group)}


def test_a_garment_is_asked_in_three_stages() -> None:
    """Material and pattern; formality, style and details; then the cut."""
    assert names("garment_top") == {
        "material": ["material", "pattern"],
        "style": ["formality", "style_keywords", "details"],
        "shape": ["collar", "sleeves", "fit"],
    }


def test_what_does_not_apply_is_not_asked() -> None:
    """A shoe has no collar: the third stage is left out, and details with it."""
    assert names("footwear") == {
        "material": ["material", "pattern"],
        "style": ["formality", "style_keywords"],
    }
    assert names("cosmetic") == {}


def test_a_product_of_unknown_kind_is_asked_everything() -> None:
    """Nobody knows what does not apply to it."""
    assert sum(map(len, names(None).values())) == len(TAXONOMY.read)


def test_one_prompt_can_ask_for_everything() -> None:
    """Not staged: a single stage without a name, or none."""
    (stage,) = stages(TAXONOMY.read, "garment_top", staged=False)
    assert stage.attributes == TAXONOMY.read
    assert stages(TAXONOMY.read, "cosmetic", staged=False) == ()


def test_attributes_of_ones_own_find_a_stage() -> None:
    """What is limited to some products goes with the cut, anything else with the style."""
    heel = Attribute("heel", 1, (Option("flat"), Option("high")), only_for=frozenset({"footwear"}))
    mood = Attribute("mood", 1, (Option("calm"), Option("loud")))
    assert [(s.name, s.attributes) for s in stages([heel, mood])] == [
        ("style", (mood,)),
        ("shape", (heel,)),
    ]


@pytest.mark.parametrize("wording", WORDINGS)
@pytest.mark.parametrize("attribute", TAXONOMY.read, ids=lambda a: a.name)
def test_prompts_do_not_depend_on_the_order_of_options(
    attribute: Attribute, wording: Wording
) -> None:
    """A taxonomy file may list them as it likes."""
    turned = replace(attribute, options=attribute.options[::-1])
    assert question(turned, wording) == question(attribute, wording)
    assert letters_question(turned, 2, wording) == letters_question(attribute, 2, wording)
    assert json_prompt([turned], wording) == json_prompt([attribute], wording)


def test_long_questions_tell_what_options_mean() -> None:
    """Every definition is in it; the short one is the bare question."""
    pattern = TAXONOMY["pattern"]
    assert question(pattern) == pattern.question
    assert all(o.name in question(pattern, "long") for o in pattern.options)
    assert all(o.definition in question(pattern, "long") for o in pattern.options)
    assert pattern.options[0].definition in yes_no_question(pattern, pattern.options[0], "long")


def test_letters_go_round() -> None:
    """Each beginning gives every option another letter; none is lost."""
    fit = TAXONOMY["fit"]
    orders = [letters_question(fit, first)[1] for first in range(len(fit.options))]
    assert all(sorted(order) == sorted(fit.names) for order in orders)
    assert all(len(set(column)) == len(fit.options) for column in zip(*orders, strict=True))
    text, order = letters_question(fit, 1)
    assert f"A. {order[0]}\n" in text


def test_there_are_26_letters() -> None:
    """A longer list cannot be asked that way."""
    assert letters(3) == ("A", "B", "C")
    with pytest.raises(ValueError, match="27"):
        letters(27)


def test_an_attribute_without_question_is_asked_by_its_title() -> None:
    """Users' own attributes need not have one."""
    bare = Attribute("heel_height", 1, (Option("flat"), Option("high")))
    assert question(bare) == "What is its heel height?"


def test_the_schema_allows_options_and_nothing_else() -> None:
    """One of them, or an array of as many as there may be; every key is required."""
    schema = json_schema([TAXONOMY["fit"], TAXONOMY["style_keywords"], TAXONOMY["details"]])
    fit, style, details = schema["properties"].values()
    assert sorted(fit["enum"]) == sorted(TAXONOMY["fit"].names)
    assert style["maxItems"] == 3
    assert details["maxItems"] == len(TAXONOMY["details"].options)
    assert schema["required"] == ["fit", "style_keywords", "details"]
    assert schema["additionalProperties"] is False


def test_confidence_is_asked_for_where_it_is_wanted() -> None:
    """In the prompt and in the schema, attribute by attribute."""
    fit = [TAXONOMY["fit"]]
    assert "confidence" not in json_prompt(fit)
    assert '"fit_confidence": 0.0' in json_prompt(fit, confidence=True)
    about = json_schema(fit, confidence=True)["properties"]["fit_confidence"]
    assert (about["minimum"], about["maximum"]) == (0, 1)


def test_a_repair_names_every_fault() -> None:
    """So the model knows what to write anew."""
    told = repair_prompt({"fit": "it is missing", "collar": "'round' is not one of the options"})
    assert "- fit: it is missing" in told
    assert "- collar: 'round'" in told
