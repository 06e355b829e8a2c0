"""What queries mean."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import pytest

from hangtag.search.understanding import Understanding, Vocabulary, understand
from hangtag.taxonomy import default_taxonomy, load_taxonomy

FACETS = {
    "gender": ["Men", "Women", "Boys", "Girls", "Unisex"],
    "base_colour": [
        "Blue", "Navy Blue", "Green", "Red", "White", "Off White", "Gold", "Grey", "NA",
    ],
    "article_type": [
        "Shirts", "Tshirts", "Jeans", "Watches", "Casual Shoes", "Formal Shoes", "Dresses",
        "Shorts", "Sweatshirts", "Perfume and Body Mist", "Scarves",
    ],
    "sub_category": ["Shoes", "Bags", "Dress"],
    "usage": ["Casual", "Ethnic", "NA"],
    "season": ["Fall", "Summer"],
}  # fmt: skip
SAID = ("striped", "v", "neck", "polo", "full", "sleeve", "blue", "navy", "tee", "zorb")
VOCABULARY = Vocabulary.of(default_taxonomy(), FACETS)


def understood(query: str) -> Understanding:
    return understand(query, VOCABULARY)


def told(query: str) -> list[str]:
    """The meanings of a query as text: ``pattern=striped``, ``pattern!=striped``."""
    return [f"{m.column}{'!' * m.negated}={'|'.join(m.values)}" for m in understood(query).meanings]


def test_a_shoppers_sentence_is_understood_word_by_word() -> None:
    """In its order, each meaning with the words it comes from."""
    found = understood("Checked shirt, long sleeves for office")
    assert [(m.words, m.column, m.values) for m in found.meanings] == [
        ("Checked", "pattern", ("checkered",)),
        ("shirt", "article_type", ("Shirts",)),
        ("long sleeves", "sleeves", ("long sleeve",)),
        ("office", "occasion", ("office",)),
    ]
    assert found.rest == ()


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("full sleeve", ["sleeves=long sleeve"]),
        ("full-sleeved", ["sleeves=long sleeve"]),
        ("FULL  SLEEVES", ["sleeves=long sleeve"]),
        ("3/4th sleeves", ["sleeves=three-quarter sleeve"]),
        ("v neck", ["collar=V-neck"]),
        ("vneck", ["collar=V-neck"]),
        ("V-Necked", ["collar=V-neck"]),
        ("polo neck", ["collar=turtleneck"]),
        ("polo", ["collar=collar"]),
        ("hood", ["details=has hood"]),
        ("hooded", ["collar=hooded"]),
        ("tie-dye", ["pattern=abstract print"]),
        ("boat neck", ["collar=other"]),
        ("women's", ["gender=Women"]),
        ("womens", ["gender=Women"]),
        ("ladies’", ["gender=Women"]),
        ("t shirt", ["article_type=Tshirts"]),
        ("T-Shirts", ["article_type=Tshirts"]),
        ("tee", ["article_type=Tshirts"]),
        ("dress", ["article_type=Dresses"]),
        ("scarf", ["article_type=Scarves"]),
        ("body mist", ["article_type=Perfume and Body Mist"]),
        ("bag", ["sub_category=Bags"]),
        ("shoes", ["sub_category=Shoes"]),
        ("formal shoe", ["article_type=Formal Shoes"]),
        ("gray", ["base_colour=Grey"]),
        ("kids", ["gender=Boys|Girls"]),
        ("shorts", ["article_type=Shorts"]),
        ("short", []),
        (
            "printed",
            ["pattern=floral print|graphic print|geometric pattern|polka dots|abstract print"],
        ),
        ("floral prints", ["pattern=floral print"]),
        ("autumn", ["season=Fall"]),
        ("rainy season", ["season_refined=monsoon"]),
        ("ethnic", ["usage=Ethnic"]),
    ],
)
def test_a_phrase_is_understood_however_it_is_written(query: str, meant: list[str]) -> None:
    """Case, plurals, possessives, hyphens and gaps do not count; synonyms do."""
    assert told(query) == meant


def test_a_word_that_could_mean_several_things_means_the_likeliest() -> None:
    """The kind of product before the material, an option's own name before a synonym."""
    assert told("jeans") == ["article_type=Jeans"]
    assert told("gold") == ["base_colour=Gold"]
    assert told("formal") == ["formality=formal"]
    assert told("casual") == ["formality=casual"]


def test_a_general_colour_takes_its_shades_along() -> None:
    """Who asks for blue may be shown navy blue, but not the other way round."""
    assert told("blue") == ["base_colour=Blue|Navy Blue"]
    assert told("navy blue") == ["base_colour=Navy Blue"]


def test_the_longest_phrase_takes_its_words() -> None:
    """No word is used twice: a polo neck is no polo, and off white is not white."""
    assert told("polo neck polo") == ["collar=turtleneck", "collar=collar"]
    assert told("off white shirt") == ["base_colour=Off White", "article_type=Shirts"]
    for query in ("green checked long-sleeve shirt for women", "no sleeves no collar no hood"):
        spans = [(m.start, m.end) for m in understood(query).meanings]
        assert all(end <= start for (_, end), (start, _) in pairwise(spans))


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("not striped", ["pattern!=striped"]),
        ("without pockets", ["details!=has pockets"]),
        ("without any pockets or buttons", ["details!=has pockets", "details!=has buttons"]),
        ("no pockets and long sleeves", ["details!=has pockets", "sleeves=long sleeve"]),
        ("no pockets, striped or checked",
         ["details!=has pockets", "pattern=striped", "pattern=checkered"]),
        ("non-leather shoes", ["material!=leather", "sub_category=Shoes"]),
        ("red, not blue", ["base_colour=Red", "base_colour!=Blue|Navy Blue"]),
        ("no sleeves", ["sleeves=sleeveless"]),
        ("shirt without sleeves", ["article_type=Shirts", "sleeves=sleeveless"]),
        ("red or blue", ["base_colour=Red", "base_colour=Blue|Navy Blue"]),
    ],
)  # fmt: skip
def test_a_negation_is_about_what_comes_right_behind_it(query: str, meant: list[str]) -> None:
    """And about what "or" adds, unless the phrase has a meaning of its own."""
    assert told(query) == meant
    assert understood(query).rest == ()


def test_what_is_not_understood_is_told_as_it_was_written() -> None:
    """Without the words that only hold a sentence together; a lone negation stays."""
    assert understood("Knee-length dress for the Ångström gala").rest == (
        "Knee", "length", "Ångström"
    )  # fmt: skip
    assert understood("not zorbly").rest == ("not", "zorbly")


def test_values_that_say_nothing_are_not_understood() -> None:
    """Nobody asks for a catalog's gaps, or for what a photo does not show."""
    for query in ("NA", "unknown", "other", "not applicable", "cannot determine"):
        assert told(query) == []


def test_without_facets_the_taxonomy_alone_is_understood() -> None:
    """A catalog may know nothing but photos."""
    found = understand("striped shirt", Vocabulary.of(default_taxonomy()))
    assert [m.column for m in found.meanings] == ["pattern"]
    assert found.rest == ("shirt",)


def test_a_shoppers_word_counts_only_where_the_catalog_has_its_value() -> None:
    """A catalog without T-shirts has nothing to mean by "tee"."""
    vocabulary = Vocabulary.of(default_taxonomy(), {"article_type": ["Shirts"]})
    assert understand("tee", vocabulary).rest == ("tee",)


def test_a_taxonomy_of_ones_own_brings_its_own_words(tmp_path: Path) -> None:
    """Options, synonyms and words for the catalog's values."""
    path = tmp_path / "mine.yaml"
    path.write_text(
        "name: mine\nversion: 1\nwords: {article_type: {Footgear: [clogs]}}\n"
        "attributes: {sole: {tier: 1, options: {cork sole: {synonyms: [cork]}, flat: }}}\n",
        encoding="utf-8",
    )
    vocabulary = Vocabulary.of(load_taxonomy(path), {"article_type": ["footgear"]})
    found = understand("Cork clogs", vocabulary)
    assert [(m.column, m.values) for m in found.meanings] == [
        ("sole", ("cork sole",)), ("article_type", ("footgear",)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "query",
    [
        "", " ", "\0", "😀👗" * 2000, "'; DROP TABLE products; --", "<script>alert(1)</script>",
        "x" * 10_000, "shirt " * 2000, "not " * 2500, "a-b'c’d_" * 1200, "धारीदार कमीज़",
        "\u202e" * 99, "ﬁtted", "İ" * 5000, "'" * 10_000,
    ],
)  # fmt: skip
def test_anything_gets_an_answer(query: str) -> None:
    """A query is data: nothing in it breaks the reading, and every meaning lies in it."""
    found = understood(query)
    assert found.query == query
    for meaning in found.meanings:
        assert query[meaning.start : meaning.end] == meaning.words


def test_random_words_never_overlap_and_never_get_lost() -> None:
    """Every word of a short query is in a meaning, in the rest, or says nothing by itself."""
    chance = random.Random(7)
    quiet = {"or", "and", "a", "for", "not", "no", "without"}
    pool = [
        *sorted(quiet),
        *(["striped", "v", "neck", "polo", "full", "sleeve", "blue", "navy", "tee", "zorb"]),
    ]
    for _ in range(300):
        query = " ".join(chance.choices(pool, k=chance.randrange(1, 12)))
        found = understood(query)
        spans = [(m.start, m.end) for m in found.meanings]
        assert spans == sorted(spans)
        words = [word for m in found.meanings for word in m.words.split()]
        left = [w for w in query.split() if w not in quiet]
        assert sorted(w for w in (*words, *found.rest) if w not in quiet) == sorted(left)
