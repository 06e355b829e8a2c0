"""How a model is asked, from options and a YAML file."""

from __future__ import annotations

from pathlib import Path

import pytest

from hangtag.engines.vlm.settings import settings_from
from hangtag.errors import TaxonomyError, UsageError
from hangtag.taxonomy import Attribute, Option, Taxonomy, default_taxonomy

TAXONOMY = default_taxonomy()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "readouts.yaml"


def test_single_choices_are_scored_by_their_text_and_several_by_yes_and_no() -> None:
    """Unless told otherwise."""
    settings = settings_from(TAXONOMY)
    assert settings.choice(TAXONOMY["pattern"]).readout == "text"
    assert settings.choice(TAXONOMY["details"]).readout == "yes_no"


def test_photos_may_be_prepared_faster(file: Path) -> None:
    """Then they are not quite what the model has seen."""
    assert settings_from(TAXONOMY).exact_photos
    file.write_text("photos: fast\n")
    assert not settings_from(TAXONOMY, readouts=file).exact_photos


def test_a_file_chooses_attribute_by_attribute(file: Path) -> None:
    """What it does not speak of stays as it was."""
    file.write_text(
        "prior: 0.5\nsingle: start\nattributes:\n"
        "  pattern: {readout: letters, rotations: 6, wording: long}\n"
        "  details: {prior: 0}\n"
    )
    settings = settings_from(TAXONOMY, readouts=file)
    pattern, details, fit = (settings.choice(TAXONOMY[n]) for n in ("pattern", "details", "fit"))
    assert (pattern.readout, pattern.rotations, pattern.wording, pattern.prior) == (
        "letters", 6, "long", 0.5
    )  # fmt: skip
    assert (details.readout, details.prior) == ("yes_no", 0)
    assert fit.readout == "start"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("single: guess\n", "single"),
        ("attributes: {pattern: {readout: text, speed: 3}}\n", "speed"),
        ("prior: 2\n", "prior"),
        ("attributes: {colour: {readout: text}}\n", "colour"),
        ("attributes: {details: {readout: text}}\n", "question of its own"),
        ("multiple: letters\n", "question of its own"),
    ],
)
def test_a_file_that_is_wrong_says_where(file: Path, text: str, told: str) -> None:
    """Before a model is loaded."""
    file.write_text(text)
    with pytest.raises((UsageError, TaxonomyError), match=told):
        settings_from(TAXONOMY, readouts=file)


@pytest.mark.parametrize("wrong", [{"mode": "guess"}, {"wording": "terse"}])
def test_options_that_there_are_not_are_refused(wrong: dict[str, str]) -> None:
    """With those that there are."""
    with pytest.raises(UsageError, match="Choose"):
        settings_from(TAXONOMY, **wrong)


def test_letters_end_at_26_options(file: Path) -> None:
    """A larger attribute is asked in another way."""
    many = Attribute("shade", 1, tuple(Option(f"shade {n}") for n in range(30)))
    file.write_text("single: letters\n")
    with pytest.raises(UsageError, match="letters"):
        settings_from(Taxonomy("own", "1", (many,), {}), readouts=file)
