"""What all the words of a text are worth together."""

from __future__ import annotations

import math
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hangtag.errors import CalibrationError
from hangtag.readings import Reading
from hangtag.sureness import Sureness
from hangtag.taxonomy import Taxonomy, default_taxonomy
from hangtag.texts import TextReader, Texts
from hangtag.texts.bag import WordOdds, no_words, shipped_words
from hangtag.texts.odds import AttributeOdds, TextOdds, shipped_odds

TAXONOMY = default_taxonomy()
READER = TextReader.of(TAXONOMY)
# Of patterns, words know three: "breezy" in a title speaks for stripes, "sober" for plain cloth.
WORDS = WordOdds(
    {"pattern": ("solid color", "striped", "checkered")},
    {"title": {"breezy": 0, "sober": 1, "tee": 2}, "description": {"breezy": 3}},
    np.array([3.0, 3.0, 1.0, 2.0]),
    np.array([4.0, 2.0]),
    np.array([[0, 4, 0], [4, 0, 0], [0, 0, 0], [0, 2, 0]], float),
    np.zeros(3),
    np.log(np.full(3, 1 / 3)),
)
WEIGHT = {"title": 1.0, "description": 1.0, "photo": 1.0, "words": 0.5, "photo_and_words": 0.8}
OWN = AttributeOdds(WEIGHT, {"title alone": 2.0})
ODDS = TextOdds({"pattern": OWN}, OWN)
TEXTS = Texts(TAXONOMY, ODDS, WORDS)


def shifts(words: WordOdds = WORDS, **metadata: str) -> dict[str, dict[str, float]]:
    return words.shifts(READER.texts(metadata))


def seen(**likely: float) -> dict[str, Reading]:
    """The pattern as the photo has it; what is left goes to all other options alike."""
    told = {option.replace("_", " "): p for option, p in likely.items()}
    names = TAXONOMY["pattern"].names
    rest = (1 - sum(told.values())) / (len(names) - len(told))
    probabilities = {option: told.get(option, rest) for option in names}
    best = max(probabilities, key=probabilities.__getitem__)
    return {"pattern": Reading("pattern", (best,), probabilities[best], probabilities)}


def test_a_word_moves_the_options_it_speaks_for() -> None:
    """By the logarithm of how much likelier they are with it than without any word."""
    moved = shifts(title="Breezy")["pattern"]
    assert list(moved) == ["solid color", "striped", "checkered"]
    striped = math.exp(4) / (math.exp(4) + 2)
    assert moved["striped"] == pytest.approx(math.log(striped * 3))
    assert moved["solid color"] == moved["checkered"] < 0


def test_words_share_the_length_of_their_text() -> None:
    """Rare ones have more of it, and unknown ones take their part."""
    alone, with_common, with_unknown = (
        shifts(title=title)["pattern"]["striped"]
        for title in ("breezy", "breezy tee", "breezy wonderful")
    )
    assert alone > with_common > with_unknown > 0


def test_a_word_counts_once_however_often_it_stands_there() -> None:
    """And in whatever letters."""
    assert shifts(title="Breezy BREEZY breezy's") == shifts(title="breezy")


def test_what_is_common_anyway_is_raised_by_its_odds() -> None:
    """From likely to certain is much, though the probability cannot grow by much."""
    usual = np.log([0.8, 0.1, 0.1])
    common = replace(WORDS, usual=usual)
    assert common.raised("pattern", "solid color", math.log(0.95 / 0.8)) == pytest.approx(
        math.log(0.95 / 0.05) - math.log(0.8 / 0.2)
    )
    assert common.raised("pattern", "striped", -0.2) < 0
    assert math.isfinite(common.raised("pattern", "solid color", -math.log(0.8)))
    assert common.raised("pattern", "floral print", 0.3) == 0.3


def test_title_and_description_speak_for_themselves_and_together() -> None:
    """The same word may say more in one place than in the other."""
    title, description = shifts(title="breezy"), shifts(description="breezy")
    both = shifts(title="breezy", description="breezy")
    assert both["pattern"]["striped"] > title["pattern"]["striped"]
    assert title["pattern"]["striped"] > description["pattern"]["striped"] > 0
    assert shifts(description="sober") == {}


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"title": "Ein Hemd"},
        {"title": "", "description": "<br>"},
        {"title": "2024"},
        {"title": "Breezy Sober Shirt", "brand": "breezy sober"},
        {"description": "Wear it with something breezy"},
    ],
)
def test_without_a_known_word_of_the_product_nothing_moves(metadata: dict[str, str]) -> None:
    """Names of brands are none, nor what is said of what it is worn with."""
    assert shifts(**metadata) == {}
    photo = seen(striped=0.7)
    blend = TEXTS.blend(photo, metadata)
    assert blend.readings == photo
    assert blend.sources == {"pattern": "photo"}
    assert not blend.said


@pytest.mark.parametrize(
    ("title", "likely", "value", "source"),
    [
        ("Breezy", {"striped": 0.7}, "striped", "both"),
        ("Breezy, wonderful, soft, new thing", {"striped": 0.7}, "striped", "photo"),
        ("Breezy", {"striped": 0.45, "solid_color": 0.5}, "striped", "text"),
        ("Breezy", {"striped": 0.01, "solid_color": 0.95}, "solid color", "photo"),
        ("Breezy", {"floral_print": 0.9}, "floral print", "photo"),
        ("Breezy stripes", {"striped": 0.7}, "striped", "both"),
    ],
)
def test_words_speak_for_a_value_that_the_photo_alone_would_not_have_had(
    title: str, likely: dict[str, float], value: str, source: str
) -> None:
    """A little more certainty makes no text of the photo's own value."""
    blend = TEXTS.blend(seen(**likely), {"title": title})
    assert blend.readings["pattern"].value == (value,)
    assert blend.sources["pattern"] == source
    assert ("pattern" in blend.said) is (source != "photo")


def test_words_that_are_plain_speak_for_a_value_together_with_the_photo() -> None:
    """From a factor of e on."""
    louder = replace(OWN, weight={**WEIGHT, "words": 1.0})
    blend = Texts(TAXONOMY, TextOdds({"pattern": louder}, OWN), WORDS).blend(
        seen(striped=0.7), {"title": "Breezy"}
    )
    assert blend.sources == {"pattern": "both"}
    assert blend.said == {"pattern"}


def test_log_odds_of_photo_phrases_and_words_add_up() -> None:
    """Each by its weight; the photo's is another one where words count."""
    photo = seen(striped=0.3, solid_color=0.6)["pattern"].probabilities
    blend = TEXTS.blend(seen(striped=0.3, solid_color=0.6), {"title": "Breezy stripes"})
    p = blend.readings["pattern"].probabilities
    words = shifts(title="Breezy stripes")["pattern"]
    expected = 0.8 * math.log(photo["striped"] / photo["solid color"]) + 2.0
    expected += 0.5 * (words["striped"] - words["solid color"])
    assert math.log(p["striped"] / p["solid color"]) == pytest.approx(expected, abs=1e-3)
    assert sum(p.values()) == pytest.approx(1, abs=1e-4)


def test_what_both_say_together_is_as_sure_as_such_answers_are_right() -> None:
    """The likeliest option's odds are scaled and shifted; the others share the rest as before."""
    sure = replace(OWN, sure=Sureness(0.5, 0.2))
    photo, title = seen(striped=0.3, solid_color=0.6), {"title": "Breezy stripes"}
    plain = TEXTS.blend(photo, title).readings["pattern"].probabilities
    told = Texts(TAXONOMY, TextOdds({"pattern": sure}, OWN), WORDS).blend(photo, title)
    p = told.readings["pattern"].probabilities
    odds = [math.log(q["striped"] / (1 - q["striped"])) for q in (plain, p)]
    assert odds[1] == pytest.approx(0.5 * odds[0] + 0.2, abs=1e-3)
    assert told.readings["pattern"].confidence == p["striped"]
    assert p["solid color"] / p["floral print"] == pytest.approx(
        plain["solid color"] / plain["floral print"], rel=0.05
    )


def without(option: str) -> Taxonomy:
    """The taxonomy with one pattern less."""
    pattern = TAXONOMY["pattern"]
    fewer = replace(pattern, options=tuple(o for o in pattern.options if o.name != option))
    return replace(TAXONOMY, attributes=(fewer,))


def test_words_are_left_out_where_an_option_they_know_is_gone() -> None:
    """What they would have said of it would go to the others. An option they do not know may go."""
    title = {"title": "Breezy"}
    gone, kept = Texts(without("checkered"), ODDS, WORDS), Texts(without("polka dots"), ODDS, WORDS)
    photo = seen(striped=0.45, solid_color=0.5)
    assert gone.blend(photo, title).sources == {"pattern": "photo"}
    assert kept.blend(photo, title).sources == {"pattern": "text"}


def test_words_that_were_weighed_for_no_label_do_not_count() -> None:
    """An attribute without a weight for them has phrases alone."""
    silent = replace(OWN, weight=dict.fromkeys(("title", "description", "photo"), 1.0))
    texts = Texts(TAXONOMY, TextOdds({"pattern": silent}, OWN), WORDS)
    photo = seen(striped=0.45, solid_color=0.5)
    assert texts.blend(photo, {"title": "Breezy"}).readings == photo
    assert Texts(TAXONOMY, TextOdds({}, OWN), WORDS).blend(photo, {"title": "Breezy"}).sources == {
        "pattern": "photo"
    }


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    """As good as the same, and with the same version in another process."""
    WORDS.save(tmp_path / "words.npz")
    again = WordOdds.load(tmp_path / "words.npz")
    assert (again.options, again.words) == (WORDS.options, WORDS.words)
    assert shifts(again, title="Breezy tee")["pattern"] == pytest.approx(
        shifts(title="Breezy tee")["pattern"], abs=1e-2
    )
    assert again.version == WORDS.version == pickle.loads(pickle.dumps(WORDS)).version


def test_the_version_of_texts_changes_with_their_words() -> None:
    """So that attributes are derived anew."""
    louder = replace(WORDS, weights=WORDS.weights * 2)
    versions = {Texts(TAXONOMY, ODDS, words).version for words in (no_words(), WORDS, louder)}
    assert len(versions) == 3


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 broken", None])
def test_a_file_that_holds_no_words_is_refused(tmp_path: Path, content: bytes | None) -> None:
    """With a sentence that says what to do."""
    file = tmp_path / "words.npz"
    if content is None:
        np.savez(file, title=np.array(["tee"]))
    else:
        file.write_bytes(content)
    with pytest.raises(CalibrationError, match="words"):
        WordOdds.load(file)


def test_the_words_that_ship_make_sense() -> None:
    """They were fitted to options of hangtag's own taxonomy, and know what a buyer would know."""
    words, odds = shipped_words(), shipped_odds()
    for name in words.options:
        assert words.speaks_of(TAXONOMY[name])
        assert 0 < odds.words_weight(TAXONOMY[name]) < 1
    assert np.isfinite(words.weights).all()
    running = shifts(words, title="Running shoes")
    assert running["formality"]["athletic"] > 1 > running["formality"]["formal"]
    assert shifts(words, title="Polo")["collar"]["collar"] > 0


def test_the_words_that_ship_are_words() -> None:
    """Single stems, each of several products: no number, no sentence, no markup."""
    for known in shipped_words().words.values():
        assert len(known) > 500
        for word in known:
            assert 0 < len(word) <= 40
            assert not any(mark in word for mark in " <>&;@/")
            assert not word.isdecimal()
