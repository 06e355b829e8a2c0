"""Photo and text together."""

from __future__ import annotations

import math
import pickle
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hangtag.readings import Reading
from hangtag.taxonomy import Option, default_taxonomy
from hangtag.texts import Texts
from hangtag.texts.odds import AttributeOdds, TextOdds

TAXONOMY = default_taxonomy()
WHERES = ("alone", "first", "later", "made alone", "denied", "part", "imitated", "beside")
EVEN = {"title": 1.0, "description": 1.0, "photo": 1.0}
ODDS = AttributeOdds(
    EVEN,
    {
        f"{place} {where}": {"denied": -3.0, "beside": 0.0}.get(where, 2.0)
        for place in ("title", "description")
        for where in WHERES
    },
)
TEXTS = Texts(TAXONOMY, TextOdds({}, ODDS))


def seen(attribute: str, **likely: float) -> dict[str, Reading]:
    """What the photo says: these options, and the rest alike. Underscores stand for spaces."""
    names = TAXONOMY[attribute].names
    told = {option.replace("_", " "): p for option, p in likely.items()}
    rest = (1 - sum(told.values())) / (len(names) - len(told))
    probabilities = {option: told.get(option, rest) for option in names}
    best = max(probabilities, key=probabilities.__getitem__)
    return {attribute: Reading(attribute, (best,), probabilities[best], probabilities)}


def details(**likely: float) -> dict[str, Reading]:
    told = {f"has {option}": p for option, p in likely.items()}
    probabilities = {option: told.get(option, 0.02) for option in TAXONOMY["details"].names}
    taken = tuple(option for option, p in probabilities.items() if p >= 0.5)
    return {"details": Reading("details", taken, 0.9, probabilities)}


def test_log_odds_add_up() -> None:
    """The odds of what is said against all else are multiplied, as Bayes has it."""
    photo = seen("pattern", solid_color=0.6, striped=0.3)
    blend = TEXTS.blend(photo, {"title": "Striped tee"})
    p = blend.readings["pattern"].probabilities
    assert p["striped"] / (1 - p["striped"]) == pytest.approx(0.3 / 0.7 * math.e**2, rel=1e-3)
    assert sum(p.values()) == pytest.approx(1, abs=1e-4)
    assert p["solid color"] / p["checkered"] == pytest.approx(
        photo["pattern"].probabilities["solid color"] / photo["pattern"].probabilities["checkered"],
        rel=0.02,
    )
    assert blend.readings["pattern"].value == ("striped",)
    assert blend.readings["pattern"].confidence == p["striped"]


@pytest.mark.parametrize(
    ("title", "likely", "value", "source"),
    [
        ("A tee", {"striped": 0.7}, "striped", "photo"),
        ("Striped tee", {"striped": 0.7}, "striped", "both"),
        ("Striped tee", {"solid_color": 0.5, "striped": 0.4}, "striped", "text"),
        ("Striped tee", {"solid_color": 0.99}, "solid color", "photo"),
        ("Not striped", {"striped": 0.7, "checkered": 0.25}, "checkered", "photo"),
        ("Goes with striped tees", {"checkered": 0.7}, "checkered", "photo"),
        ("Printed top", {"floral_print": 0.5, "solid_color": 0.3}, "floral print", "both"),
        ("Printed top", {"floral_print": 0.3, "solid_color": 0.5}, "floral print", "text"),
    ],
)
def test_every_value_says_who_speaks_for_it(
    title: str, likely: dict[str, float], value: str, source: str
) -> None:
    """The photo, the text against the photo, or both."""
    blend = TEXTS.blend(seen("pattern", **likely), {"title": title})
    assert blend.readings["pattern"].value == (value,)
    assert blend.sources["pattern"] == source


@pytest.mark.parametrize(
    ("text", "likely", "value", "source"),
    [
        ("A shirt", {"buttons": 0.9}, ("has buttons",), "photo"),
        ("Two pockets", {"buttons": 0.9, "pockets": 0.3}, ("has pockets", "has buttons"), "both"),
        ("Two pockets", {"pockets": 0.4}, ("has pockets",), "text"),
        ("Two pockets", {"pockets": 0.8}, ("has pockets",), "both"),
        ("No pockets", {"pockets": 0.7, "buttons": 0.9}, ("has buttons",), "photo"),
        ("No pockets", {"pockets": 0.999}, ("has pockets",), "photo"),
        ("No pockets", {}, (), "photo"),
    ],
)
def test_options_of_a_multiple_choice_move_one_by_one(
    text: str, likely: dict[str, float], value: tuple[str, ...], source: str
) -> None:
    """What is denied is dropped unless the photo is very sure."""
    blend = TEXTS.blend(details(**likely), {"description": text})
    assert blend.readings["details"].value == value
    assert blend.sources["details"] == source


def test_without_any_text_the_photo_speaks_alone() -> None:
    """To the last digit."""
    photo = seen("pattern", striped=0.7) | details(pockets=0.8)
    for metadata in ({}, {"title": None}, {"title": "", "description": "<br>"}, {"brand": "X"}):
        blend = TEXTS.blend(photo, metadata)
        assert blend.readings == photo
        assert set(blend.sources.values()) == {"photo"}
        assert not blend.said


def test_what_was_not_read_is_not_made_up() -> None:
    """A text alone gives no reading."""
    blend = TEXTS.blend(seen("pattern", striped=0.7), {"title": "Hooded denim jacket"})
    assert set(blend.readings) == {"pattern"}


def test_the_photo_s_readings_stay_as_they_are() -> None:
    """They are what the table readings keeps."""
    photo = seen("pattern", solid_color=0.5, striped=0.4)
    before = dict(photo["pattern"].probabilities)
    TEXTS.blend(photo, {"title": "Striped tee"})
    assert photo["pattern"].probabilities == before
    assert photo["pattern"].value == ("solid color",)


def test_the_version_changes_with_all_that_a_blend_depends_on() -> None:
    """Synonyms and odds; and it is the same in another process."""
    assert TEXTS.version == Texts(TAXONOMY, TextOdds({}, ODDS)).version
    assert pickle.loads(pickle.dumps(TEXTS)).version == TEXTS.version
    other = TextOdds({}, replace(ODDS, odds={**ODDS.odds, "title alone": 2.1}))
    assert Texts(TAXONOMY, other).version != TEXTS.version
    pattern = TAXONOMY["pattern"]
    more = replace(pattern, options=(*pattern.options, Option("houndstooth")))
    taxonomy = replace(TAXONOMY, attributes=(more,))
    assert Texts(taxonomy, TextOdds({}, ODDS)).version != TEXTS.version


def test_the_odds_that_ship_serve_any_taxonomy() -> None:
    """Attributes that nothing was fitted to go by those of all."""
    heel = replace(
        TAXONOMY["pattern"], name="heel", together={}, options=(Option("block"), Option("wedge"))
    )
    texts = Texts.shipped(replace(TAXONOMY, attributes=(heel,)))
    photo = {"heel": Reading("heel", ("block",), 0.6, {"block": 0.6, "wedge": 0.4})}
    blend = texts.blend(photo, {"title": "Wedge sandals"})
    assert blend.readings["heel"].value == ("wedge",)
    assert blend.sources["heel"] == "text"


@given(
    st.lists(st.floats(0, 1), min_size=9, max_size=9),
    st.sampled_from(["Striped", "not striped", "printed, striped, checked", "denim"]),
)
def test_probabilities_stay_probabilities(weights: list[float], title: str) -> None:
    """Whatever the photo was sure of, nothing and all included."""
    names = TAXONOMY["pattern"].names
    total = sum(weights) or 1.0
    likely = {o: w / total for o, w in zip(names, weights, strict=True)}
    best = max(names, key=likely.__getitem__)
    photo = {"pattern": Reading("pattern", (best,), likely[best], likely)}
    reading = TEXTS.blend(photo, {"title": title}).readings["pattern"]
    assert all(0 <= p <= 1 for p in reading.probabilities.values())
    assert 0 <= reading.confidence <= 1
