"""What titles and descriptions say, and of what."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hangtag.taxonomy import Attribute, Option, Taxonomy, default_taxonomy
from hangtag.texts import TextReader

TAXONOMY = default_taxonomy()
READER = TextReader.of(TAXONOMY)


def said(text: str, *kinds: str) -> set[str]:
    """All of these kinds in a description, as "attribute: option"."""
    return {
        f"{e.attribute}: {'|'.join(e.options)}"
        for e in READER.read_text(text, "description")
        if e.kind in (kinds or ("said", "made"))
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Checked shirt", "pattern: checkered"),
        ("checks all over", "pattern: checkered"),
        ("CHECK SHIRT", "pattern: checkered"),
        ("crewneck tee", "collar: crew neck"),
        ("crew-neck tee", "collar: crew neck"),
        ("v neck", "collar: V-neck"),
        ("vneck", "collar: V-neck"),
        ("V-necked", "collar: V-neck"),
        ("long-sleeved", "sleeves: long sleeve"),
        ("full sleeves", "sleeves: long sleeve"),
        ("3/4th sleeve", "sleeves: three-quarter sleeve"),
        ("three quarter length sleeves", "sleeves: three-quarter sleeve"),
        ("with a tie-dye effect of its own", "pattern: abstract print"),
        ("made of denim", "material: denim"),
        ("slim fit", "fit: fitted"),
        ("two patch pockets", "details: has pockets"),
        ("a zippered jacket", "details: has zipper"),
    ],
)
def test_options_are_found_however_they_are_written(text: str, expected: str) -> None:
    """Case, hyphens, gaps, plurals and endings do not count."""
    kinds = ("said", "made", "imitated") if "effect" in text else ("said", "made")
    assert expected in said(text, *kinds)


@pytest.mark.parametrize(
    ("text", "expected", "not_expected"),
    [
        ("synthetic leather", "material: synthetic", "material: leather"),
        ("faux leather", "material: leather", "material: synthetic"),
        ("shirt without collar", "collar: no collar", "collar: collar"),
        ("no sleeves", "sleeves: sleeveless", "sleeves: long sleeve"),
        ("polo neck collar", "collar: collar", "collar: turtleneck"),
        ("smart casual", "formality: business casual", "formality: casual"),
        ("semi-formal", "formality: business casual", "formality: formal"),
    ],
)
def test_the_longest_phrase_counts(text: str, expected: str, not_expected: str) -> None:
    """For each attribute by itself."""
    everything = said(text, "said", "made", "denied")
    assert expected in everything
    assert not_expected not in everything


@pytest.mark.parametrize(
    "text",
    [
        "no pockets", "without pockets", "without any pockets", "no visible pockets", "pocketless",
        "does not have pockets", "has no pockets", "pocket-free", "No pockets or zips",
        "no zips nor pockets", "neither zips nor pockets", "sans pockets", "NO POCKETS",
    ],
)  # fmt: skip
def test_what_is_denied_is_not_said(text: str) -> None:
    """Nor is what an "or" adds to it."""
    assert "details: has pockets" in said(text, "denied")
    assert "details: has pockets" not in said(text)


@pytest.mark.parametrize(
    "text", ["not striped", "non-striped", "neither striped nor checked", "never striped"]
)
def test_options_of_a_single_choice_are_denied_too(text: str) -> None:
    """It may be anything else."""
    assert "pattern: striped" in said(text, "denied")
    assert "pattern: striped" not in said(text)


@pytest.mark.parametrize(
    "text",
    ["not just striped", "no fuss. Striped", "no pockets, striped", "no fading<br>striped"],
)
def test_a_negation_ends_where_its_sentence_or_clause_does(text: str) -> None:
    """It denies what comes right behind it."""
    assert "pattern: striped" in said(text)


@pytest.mark.parametrize(
    "text",
    [
        "goes with denim", "pairs well with jeans", "Pair this with jeans", "team it with jeans",
        "Wear this over a denim shirt", "can be worn with jeans", "looks great with denim",
        "Match these with your favourite jeans", "unlike denim", "choose it instead of denim",
        "style it with jeans and sandals", "teamed with blue denims",
    ],
)  # fmt: skip
def test_what_it_goes_with_is_another_product(text: str) -> None:
    """However the shop puts it; up to the end of the sentence."""
    assert "material: denim" in said(text, "beside")
    assert "material: denim" not in said(text)


@pytest.mark.parametrize(
    "text",
    [
        "pair of jeans", "a pair of denim shorts", "Wear it. Denim shirt",
        "denim, worn with a belt",
        "a style with denim",
    ],
)  # fmt: skip
def test_what_only_sounds_so_is_the_product(text: str) -> None:
    """A pair of jeans is jeans."""
    assert "material: denim" in said(text)


@pytest.mark.parametrize(
    "text",
    ["leather-look boots", "leather look", "leather effect", "feels like leather", "mock leather"],
)
def test_what_looks_like_it_is_marked(text: str) -> None:
    """Whether that is evidence is for the odds to say."""
    assert "material: leather" in said(text, "imitated")
    assert "material: leather" not in said(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rubber outsole", "material: synthetic"),
        ("leather trim", "material: leather"),
        ("striped cuffs", "pattern: striped"),
        ("checked inner lining", "pattern: checkered"),
        ("<b>Outsole</b><br>Durable rubber with grooves<br>", "material: synthetic"),
    ],
)
def test_what_only_a_part_is_made_of_is_marked(text: str, expected: str) -> None:
    """The part stands right behind it, or in the heading."""
    assert expected in said(text, "part")
    assert expected not in said(text)


@pytest.mark.parametrize(
    "text", ["leather upper", "made of soft leather", "100% leather", "Material: leather"]
)
def test_what_it_is_made_of_is_marked(text: str) -> None:
    """It is surer than a word somewhere."""
    assert "material: leather" in said(text, "made") or text.startswith("Material:")
    assert "material: leather" in said(text)


def test_words_for_several_options_mean_any_of_them() -> None:
    """They say that there is a print, not which."""
    (evidence,) = READER.read_text("Printed", "title")
    assert set(evidence.options) == set(TAXONOMY["pattern"].together["printed"])


def test_evidence_says_which_words_and_where() -> None:
    """So that whoever looks at a value can be told why it is there."""
    found = READER.read({"title": "Striped Tee", "description": "With a V-neck. Striped."})
    assert [(e.attribute, e.words, e.place) for e in found] == [
        ("pattern", "Striped", "title"),
        ("collar", "V neck", "description"),
        ("pattern", "Striped", "description"),
    ]


def test_the_name_of_the_brand_says_nothing() -> None:
    """Wherever it stands; the same words elsewhere do."""
    told = {"title": "Classic Polo striped tee", "brand": "Classic Polo"}
    assert {e.attribute for e in READER.read(told)} == {"pattern"}
    told = {"title": "Classic Polo tee with polo neck collar", "brand": "Classic Polo"}
    assert "collar" in {e.attribute for e in READER.read(told)}


@pytest.mark.parametrize("metadata", [{}, {"title": None}, {"title": "", "description": ""}])
def test_no_text_is_no_evidence(metadata: dict[str, str | None]) -> None:
    """Catalogs without titles are read all the same."""
    assert READER.read(metadata) == ()


@pytest.mark.parametrize("word", ["unknown", "other", "not applicable", "no clear pattern"])
def test_options_that_say_nothing_are_not_looked_for(word: str) -> None:
    """Other colours are no neckline."""
    assert READER.read_text(f"{word} colours available", "description") == []


def test_words_inside_of_others_are_not_found() -> None:
    """A checkout is no check, a bandstand no stripe."""
    assert said("checkout stripeless collarbone shirtdress denimite") == set()


def test_a_taxonomy_of_your_own_is_read_by_its_own_words() -> None:
    """Names of options and synonyms."""
    heel = Attribute("heel", 1, (Option("block heel", "", ("chunky heel",)), Option("stiletto")))
    reader = TextReader.of(replace(TAXONOMY, attributes=(heel,)))
    found = reader.read({"title": "Chunky-heeled pumps"})
    assert [(e.attribute, e.options) for e in found] == [("heel", ("block heel",))]
    assert TextReader.of(Taxonomy("none", "1", (), {})).read({"title": "Striped"}) == ()


@pytest.mark.parametrize(
    "text", ["no ", "wear ", "with ", "leather ", "no leather or ", "crew neck ", ", ", "v "]
)
def test_a_megabyte_of_words_takes_a_moment(text: str) -> None:
    """Nothing is tried again from every word on."""
    start = time.process_time()
    READER.read_text(text * (1_000_000 // len(text)), "description")
    assert time.process_time() - start < 2


@given(st.text(max_size=200), st.sampled_from(["title", "description"]))
def test_any_text_can_be_read(text: str, place: str) -> None:
    """Whatever somebody typed."""
    for evidence in READER.read({place: text}):
        assert evidence.attribute in {a.name for a in TAXONOMY.read}
        assert set(evidence.options) <= set(TAXONOMY[evidence.attribute].names)
