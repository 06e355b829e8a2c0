"""The vocabulary and its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from hangtag.errors import TaxonomyError
from hangtag.readings import CATALOG
from hangtag.taxonomy import default_taxonomy, load_taxonomy

SMALL = """\
name: shoes
version: 3
groups:
  shoe:
    sub_category: [Shoes]
attributes:
  heel:
    tier: 1
    fallback: cannot tell
    only_for: [shoe]
    options:
      flat: {synonyms: [no heel]}
      high:
      cannot tell: {}
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "own.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_default_taxonomy_has_all_three_tiers() -> None:
    """Tiers 1 and 2 are read from photos, tier 3 is derived."""
    taxonomy = default_taxonomy()
    assert {a.tier for a in taxonomy} == {1, 2, 3}
    assert [a.name for a in taxonomy.read if a.tier == 1] == [
        "material",
        "pattern",
        "formality",
        "collar",
        "sleeves",
    ]
    assert [a.name for a in taxonomy if a.multiple] == [
        "style_keywords",
        "details",
        "occasion",
        "season_refined",
    ]


def test_every_option_that_is_read_has_a_definition() -> None:
    """Prompts are written from definitions, so none may be missing."""
    for attribute in default_taxonomy().read:
        assert attribute.question
        assert all(option.definition for option in attribute.options), attribute.name


@pytest.mark.parametrize(
    ("attribute", "word", "option"),
    [
        ("pattern", "Checked", "checkered"),
        ("pattern", "striped", "striped"),
        ("collar", " Round Neck ", "crew neck"),
        ("sleeves", "Full Sleeves", "long sleeve"),
        ("pattern", "spaghetti", None),
    ],
)
def test_a_word_finds_its_option(attribute: str, word: str, option: str | None) -> None:
    """Options are found by name or synonym, whatever the case and spacing."""
    assert default_taxonomy()[attribute].option_for(word) == option


@pytest.mark.parametrize(
    ("metadata", "group"),
    [
        ({"article_type": "Jeans", "sub_category": "Bottomwear"}, "garment_bottom"),
        ({"article_type": "Something New", "sub_category": "topwear"}, "garment_top"),
        ({"sub_category": "Watches"}, "watch"),
        ({"master_category": "Footwear"}, "footwear"),
        ({"article_type": "Something New"}, None),
        ({}, None),
    ],
)
def test_the_narrowest_known_category_decides_the_group(
    metadata: dict[str, str], group: str | None
) -> None:
    """Article type comes before sub-category, and that before master category."""
    assert default_taxonomy().group(metadata) == group


def test_a_watch_has_no_collar_but_an_unknown_product_may() -> None:
    """Attributes apply by group; where the group is not known, everything is asked."""
    collar = default_taxonomy()["collar"]
    assert collar.applies_to("garment_top")
    assert not collar.applies_to("watch")
    assert collar.applies_to(None)


def test_a_users_file_works_the_same_way(tmp_path: Path) -> None:
    """A vocabulary of one's own: options without definition, a number for a version."""
    taxonomy = load_taxonomy(written(tmp_path, SMALL))
    assert taxonomy.version == "3"
    assert taxonomy["heel"].names == ("flat", "high", "cannot tell")
    assert taxonomy["heel"].option_for("No heel") == "flat"


def test_yes_and_no_are_words(tmp_path: Path) -> None:
    """An option may be called yes, no, on or off without quotes."""
    text = SMALL.replace("flat:", "yes:").replace("high:", "no:")
    assert load_taxonomy(written(tmp_path, text))["heel"].names == ("yes", "no", "cannot tell")


@pytest.mark.parametrize(
    ("before", "after", "line", "said"),
    [
        ("tier: 1", "tier: 9", 8, "tier"),
        ("fallback: cannot tell", "fallback: none", 9, "fallback"),
        ("tier: 1\n", "tier: 1\n    together: {tall: [highest]}\n", 9, "highest"),
        ("only_for: [shoe]", "only_for: [boot]", 10, "boot"),
        ("only_for: [shoe]", "onlyfor: [shoe]", 10, "onlyfor"),
        ("high:", "high: {synonyms: [flat]}", 13, "stands for both"),
        ("high:", "flat:", 13, "second time"),
        ("high:", "high: [", 15, "not valid YAML"),
        ("  heel:", "  heel height:", 7, "of a column"),
        ("name: shoes\n", "", 1, "name"),
    ],
)
def test_a_mistake_is_reported_with_its_line(
    tmp_path: Path, before: str, after: str, line: int, said: str
) -> None:
    """The message names the file, the line and what is wrong there."""
    file = written(tmp_path, SMALL.replace(before, after))
    with pytest.raises(TaxonomyError) as caught:
        load_taxonomy(file)
    assert said in str(caught.value)
    assert f"{file}:{line}:" in str(caught.value)


@pytest.mark.parametrize("name", ["description", "needs_review", "title", "season"])
def test_an_attribute_cannot_take_the_name_of_another_column(tmp_path: Path, name: str) -> None:
    """Two columns of one name would make a table that nobody can write or ask."""
    text = SMALL.replace("heel:", f"{name}:")
    with pytest.raises(TaxonomyError, match=rf":7: attributes\.{name}.*another column so named"):
        load_taxonomy(written(tmp_path, text))


def test_an_attribute_cannot_take_the_name_of_anothers_confidence(tmp_path: Path) -> None:
    """Every single choice has such a column beside it."""
    text = SMALL + "  heel_confidence:\n    tier: 1\n    options: {low: {}, high: {}}\n"
    with pytest.raises(TaxonomyError, match="heel_confidence"):
        load_taxonomy(written(tmp_path, text))


def test_no_column_of_a_catalog_can_be_an_attribute(tmp_path: Path) -> None:
    """Whatever column is added to catalogs must be kept from taxonomies too."""
    for name in (*CATALOG.names, "issues"):
        with pytest.raises(TaxonomyError):
            load_taxonomy(written(tmp_path, SMALL.replace("heel:", f"{name}:")))


def test_an_empty_or_missing_file_is_one_clear_error(tmp_path: Path) -> None:
    """No stack trace of a YAML library, whatever the path holds."""
    with pytest.raises(TaxonomyError, match="empty"):
        load_taxonomy(written(tmp_path, ""))
    with pytest.raises(TaxonomyError, match="cannot be read"):
        load_taxonomy(tmp_path / "nowhere.yaml")
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TaxonomyError, match="cannot be read"):
        load_taxonomy(binary)
