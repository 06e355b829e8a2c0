"""What evidence is worth."""

from __future__ import annotations

import json
import math
from importlib import resources

import pytest

from hangtag.errors import CalibrationError
from hangtag.taxonomy import default_taxonomy
from hangtag.texts import TextReader
from hangtag.texts.odds import AttributeOdds, TextOdds, cues, shipped_odds

TAXONOMY = default_taxonomy()
READER = TextReader.of(TAXONOMY)
PATTERN = TAXONOMY["pattern"]
EVEN = {"title": 1.0, "description": 1.0, "photo": 1.0}


def standing(attribute: str, **metadata: str) -> dict[str, str]:
    """Options → how they stand."""
    found = [e for e in READER.read(metadata) if e.attribute == attribute]
    return {cue.options: cue.where for cue in cues(TAXONOMY[attribute], found)}


def shifts(odds: TextOdds, attribute: str = "pattern", **metadata: str) -> dict[str, float]:
    found = [e for e in READER.read(metadata) if e.attribute == attribute]
    return odds.shifts(TAXONOMY[attribute], found)


def test_what_is_said_alone_stands_otherwise_than_one_of_several() -> None:
    """Two patterns in one text cannot both hold."""
    assert standing("pattern", title="Striped tee") == {"striped": "title alone"}
    assert standing("pattern", title="Striped tee, checked collar") == {
        "striped": "title first",
        "checkered": "title later",
    }


def test_what_can_both_hold_does_not_stand_against_each_other() -> None:
    """Something floral is printed; and pockets are no word against buttons."""
    assert standing("pattern", title="Floral printed top")["floral print"] == "title alone"
    found = standing("details", description="Two pockets and three buttons")
    assert set(found.values()) == {"description alone"}


def test_the_same_said_twice_in_one_place_counts_once() -> None:
    """What is said counts before what is only beside; in the other place it counts again."""
    assert standing("pattern", description="Striped. Striped, with striped cuffs") == {
        "striped": "description alone"
    }
    odds = TextOdds({}, AttributeOdds(EVEN, {"title alone": 1.0, "description alone": 0.5}))
    once = shifts(odds, title="Striped tee")
    both = shifts(odds, title="Striped tee", description="Striped, striped, striped")
    assert once == {"striped": 1.0}
    assert both == {"striped": 1.5}


def test_the_narrowest_odds_count() -> None:
    """Those of the phrase, else of the option, else of the attribute, else of all attributes."""
    odds = TextOdds(
        {
            "pattern": AttributeOdds(
                EVEN, {"title alone": 1.0}, {"striped": {"title alone": 2.0}},
                {"striped": {"pinstripe": {"title alone": 3.0}}},
            )
        },
        AttributeOdds(EVEN, {"title alone": 4.0}),
    )  # fmt: skip
    assert shifts(odds, title="Pinstripe shirt") == {"striped": 3.0}
    assert shifts(odds, title="Breton shirt") == {"striped": 2.0}
    assert shifts(odds, title="Tartan shirt") == {"checkered": 1.0}
    assert shifts(odds, "collar", title="Hooded top") == {"hooded": 4.0}


def test_odds_of_several_options_move_them_all() -> None:
    """The photo says which of them it is."""
    odds = TextOdds({}, AttributeOdds(EVEN, {"title alone": 1.0}))
    assert set(shifts(odds, title="Printed top")) == set(PATTERN.together["printed"])


def test_silent_attributes_say_nothing() -> None:
    """A clean cloth makes nothing minimalist."""
    odds = TextOdds(
        {}, AttributeOdds(EVEN, {"description alone": 1.0}), frozenset({"style_keywords"})
    )
    assert shifts(odds, "style_keywords", description="Wipe with a clean cloth") == {}


def test_the_weight_of_a_place_multiplies_its_odds() -> None:
    """Each place has its own."""
    odds = TextOdds({}, AttributeOdds({**EVEN, "title": 0.5}, {"title alone": 2.0}))
    assert shifts(odds, title="Striped tee") == {"striped": 1.0}


@pytest.mark.parametrize(
    "data",
    [{}, {"attributes": {}, "silent": []}, {"attributes": [], "pooled": {}, "silent": []},
     {"attributes": {}, "pooled": {"weight": {}, "odds": {"title alone": "much"}}, "silent": []}],
)  # fmt: skip
def test_odds_that_are_none_are_refused(data: dict[str, object]) -> None:
    """With a sentence that says what to do."""
    with pytest.raises(CalibrationError, match="odds"):
        TextOdds.from_json(data)


def test_the_odds_that_ship_make_sense() -> None:
    """What a title says outright speaks for it; what is denied speaks against it."""
    odds = shipped_odds()
    for attribute in ("pattern", "collar", "sleeves", "fit", "material", "formality"):
        own = odds.attributes[attribute]
        assert own.odds["title alone"] > 1
        assert own.odds["title alone"] > own.odds.get("description beside", 0)
        assert 0.3 < own.weight["photo"] < 1.5
    assert odds.pooled.odds["description denied"] < -1
    assert shifts(odds, "details", description="no pockets")["has pockets"] < 0
    assert shifts(odds, "pattern", title="Striped tee")["striped"] > 1


def test_nothing_of_the_catalog_s_texts_ships() -> None:
    """Only phrases that the taxonomy has anyway, and numbers."""
    place = resources.files("hangtag") / "models" / "texts.json"
    data = json.loads(place.read_text(encoding="utf-8"))
    known = {
        (phrase.attribute, "|".join(phrase.options), phrase.phrase)
        for phrases in READER.book.phrases.values()
        for phrase in phrases
    }
    for attribute, told in data["attributes"].items():
        assert set(told) == {"weight", "sure", "odds", "options", "phrases"}
        for options, phrases in told["phrases"].items():
            for phrase in phrases:
                assert (attribute, options, phrase) in known
        for options in told["options"]:
            assert set(options.split("|")) <= set(TAXONOMY[attribute].names)
        for odds in (told["odds"], *told["options"].values()):
            for shift, products, right in odds.values():
                assert math.isfinite(shift)
                assert 0 <= right <= products
