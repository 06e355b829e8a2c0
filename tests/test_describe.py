"""Descriptions."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hangtag.describe import describe
from hangtag.readings import METADATA, Reading
from hangtag.rules import Verdict, default_rules, says_nothing
from hangtag.rules.conditions import Value
from hangtag.taxonomy import Attribute, Option, Taxonomy, default_taxonomy

TAXONOMY = default_taxonomy()
SHIRT = {
    "gender": "Men",
    "article_type": "Shirts",
    "sub_category": "Topwear",
    "base_colour": "Navy Blue",
    "usage": "Formal",
    "title": "Larkspur Men Check Navy Blue Formal Shirt",
}


def told(metadata: Mapping[str, str | None], **values: Value) -> str:
    verdict = Verdict(values=values, confidence=dict.fromkeys(values, 0.9))
    return describe(verdict, metadata, TAXONOMY)


def test_a_formal_shirt_is_described_as_a_shop_would() -> None:
    """Colour, kind, cloth, sleeves, collar, details, occasion, style; of the title what is new."""
    text = told(
        SHIRT,
        material="woven fabric",
        pattern="checkered",
        formality="formal",
        collar="collar",
        sleeves="long sleeve",
        details=("has buttons",),
        occasion=("office",),
        style_keywords=("professional",),
    )
    assert text == (
        "Men navy blue formal shirt woven checkered fabric long sleeve collar buttons office wear"
        " professional Larkspur"
    )


def test_the_rules_and_the_description_go_together() -> None:
    """From readings to a line of text: what a rule contradicts is not told."""
    readings = {
        "material": Reading("material", ("leather",), 0.9, {}),
        "pattern": Reading("pattern", ("striped",), 0.3, {}),
        "collar": Reading("collar", ("other",), 0.9, {}),
    }
    verdict = default_rules(TAXONOMY).apply(readings, SHIRT)
    text = describe(verdict, SHIRT, TAXONOMY)
    assert verdict.doubted == {"material"}
    assert "leather" not in text
    assert "striped" not in text
    assert "other" not in text
    assert text.startswith("Men navy blue formal shirt")


@pytest.mark.parametrize(
    ("metadata", "values", "text"),
    [
        ({}, {}, ""),
        ({"article_type": "Formal Shoes"}, {"formality": "formal"}, "Formal shoes"),
        ({"article_type": "Watches"}, {"material": "metal"}, "Watch metal"),
        ({"article_type": "Scarves"}, {}, "Scarf"),
        ({"article_type": "Dresses"}, {"material": "knit fabric"}, "Dress knit fabric"),
        ({"article_type": "Ties"}, {"pattern": "striped"}, "Tie striped"),
        ({"article_type": "Jeans"}, {"fit": "fitted"}, "Jeans fitted"),
        ({"article_type": "Jeans"}, {"fit": "loose"}, "Jeans loose fit"),
        ({"article_type": "Tops"}, {"season_refined": ("all season",)}, "Top all season"),
        ({"article_type": "Tops"}, {"occasion": ("gym", "active wear")}, "Top gym active wear"),
        ({"sub_category": "Bags", "article_type": "NA"}, {}, "Bag"),
        ({"article_type": "Shirts"}, {"material": "unknown"}, "Shirt"),
        ({"article_type": "Shirts"}, {"pattern": "no clear pattern"}, "Shirt"),
        ({"article_type": "Shirts"}, {"collar": "no collar"}, "Shirt no collar"),
        ({"base_colour": None, "gender": "", "usage": "NA", "brand": "Wren & Co."}, {}, "Wren Co"),
        ({"usage": "Sports"}, {"formality": "casual"}, "Casual"),
        ({"usage": "Ethnic"}, {"formality": "casual"}, "Ethnic casual"),
        ({"usage": "Casual", "sub_category": "Lips"}, {}, "Lips"),
        ({"title": "Striped tee, 2 for 1!"}, {"pattern": "checkered"}, "Checkered tee 2 for 1"),
        ({"title": "Plain unknown other N/A tee"}, {}, "Plain N/A tee"),
    ],
)
def test_descriptions(metadata: dict[str, str], values: dict[str, Value], text: str) -> None:
    """One case of each habit."""
    verdict = Verdict(values=values, confidence={name: 0.9 for name, v in values.items() if v})
    assert describe(verdict, metadata, TAXONOMY) == text


def test_markup_and_control_characters_are_data() -> None:
    """What a shop pasted into a title comes out as plain words on one line."""
    title = "<b>Wren</b>\n&amp; <script src='x'>\u202eSons\u0000\t1/2 &eacute;t&eacute; साड़ी"
    assert told({"title": title}) == "Wren Sons 1/2 été साड़ी"


def test_the_category_seen_stands_in_for_one_not_known() -> None:
    """A bare folder of photos still says what the things are."""
    verdict = Verdict(values={"pattern": "striped"}, confidence={}, category="Bags")
    assert describe(verdict, {}, TAXONOMY) == "Bag striped"


def test_attributes_of_a_users_own_are_told_too() -> None:
    """In the order of their taxonomy; "yes" is told as the attribute's title, "no" not at all."""
    own = Taxonomy(
        name="own",
        version="1",
        groups={},
        attributes=tuple(
            Attribute(name, 1, (Option(a), Option(b)), title=title)
            for name, a, b, title in [
                ("heel", "high heel", "flat", "Heel"),
                ("waterproof", "yes", "no", "Waterproof"),
                ("lined", "yes", "no", "Lined"),
            ]
        ),
    )
    verdict = Verdict({"heel": "high heel", "waterproof": "yes", "lined": "no"}, {})
    assert describe(verdict, {"sub_category": "Shoes"}, own) == "Shoes high heel waterproof"


def test_a_title_of_a_thousand_words_is_cut() -> None:
    """A description is a line, not a page."""
    assert len(told({"title": " ".join(f"w{n}x" for n in range(1000))}).split()) == 24
    assert told({"title": "x" * 500}) == ""


# Whatever comes, the promises hold.

SMALL_WORDS = {"fit", "wear", "season"}
BANNED = ("unknown", "other", "not applicable", "cannot determine", "no clear pattern")

texts = st.one_of(
    st.sampled_from(
        ["Men", "Navy Blue", "Shirts", "Formal Shoes", "NA", "unknown", "Other", "Not applicable",
         "Cannot determine", "no clear pattern", "<b>Shoes</b>", "&lt;i&gt;", "a\x00b\u200dc",
         "Shirt shirts SHIRT", "T-Shirts T Shirts", "Dress dresses", "'", "’s", "ß SS", "İstanbul"]
    ),
    st.text(max_size=40),
)  # fmt: skip
metadatas = st.dictionaries(st.sampled_from(METADATA), st.one_of(st.none(), texts), max_size=8)


def answer(attribute: Attribute) -> st.SearchStrategy[Value]:
    if attribute.multiple:
        return st.lists(st.sampled_from(attribute.names), unique=True).map(tuple)
    return st.one_of(st.none(), st.sampled_from(attribute.names))


verdicts = st.builds(
    Verdict,
    values=st.fixed_dictionaries({a.name: answer(a) for a in TAXONOMY}),
    confidence=st.just({a.name: 0.9 for a in TAXONOMY}),
    doubted=st.sets(st.sampled_from([a.name for a in TAXONOMY])).map(frozenset),
    category=st.one_of(st.none(), st.sampled_from(["Topwear", "Bags"])),
)


def letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


@settings(max_examples=150)
@given(verdicts, metadatas)
def test_no_word_twice_no_empty_answer_nothing_invented(
    verdict: Verdict, metadata: dict[str, str | None]
) -> None:
    """Each word once, none of them an answer of nothing, every one from a value or the metadata."""
    text = describe(verdict, metadata, TAXONOMY)
    words = [word.casefold() for word in text.split(" ")] if text else []
    assert len(set(words)) == len(words)
    lowered = f" {text.casefold()} "
    assert not any(f" {phrase} " in lowered for phrase in BANNED)
    assert not re.search(r"[<>\x00-\x1f\u200b-\u200f\u202a-\u202e]|  ", text)
    said = [
        option
        for name, value in verdict.values.items()
        if value is not None and name not in verdict.doubted
        for option in ([value] if isinstance(value, str) else value)
        if not says_nothing(option)
    ]
    known = [html.unescape(text) for text in metadata.values() if text]
    sources = letters(" ".join([*said, *known, verdict.category or ""]))
    for word in words:
        assert word in SMALL_WORDS or letters(word) in sources or letters(word)[:-1] in sources


@settings(max_examples=50)
@given(verdicts, metadatas)
def test_the_same_product_is_always_described_alike(
    verdict: Verdict, metadata: dict[str, str | None]
) -> None:
    """Neither the order of the metadata nor what was described before counts."""
    turned = dict(reversed(metadata.items()))
    assert describe(verdict, metadata, TAXONOMY) == describe(verdict, turned, TAXONOMY)
