"""From probabilities to a value, and the columns of the tables."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from hangtag.readings import attributes_schema, decide
from hangtag.taxonomy import default_taxonomy

TAXONOMY = default_taxonomy()


def probabilities(attribute: str, **known: float) -> np.ndarray:
    names = TAXONOMY[attribute].names
    return np.array([known.get(name.replace(" ", "_"), 0.0) for name in names], np.float32)


def test_a_single_choice_takes_the_likeliest_option() -> None:
    """Its confidence is that option's probability."""
    value, confidence = decide(
        TAXONOMY["pattern"], probabilities("pattern", striped=0.7, checkered=0.3)
    )
    assert value == ("striped",)
    assert confidence == pytest.approx(0.7)


def test_a_multiple_choice_takes_every_option_from_its_threshold_on() -> None:
    """The confidence is that of the least sure decision, taken or not."""
    p = probabilities("details", has_pockets=0.9, has_buttons=0.5, has_zipper=0.2)
    value, confidence = decide(TAXONOMY["details"], p)
    assert value == ("has pockets", "has buttons")
    assert confidence == pytest.approx(0.5)


def test_thresholds_of_a_calibration_replace_the_attributes_own() -> None:
    """An option may have to be surer, or less sure, than the others."""
    p = probabilities("details", has_pockets=0.9, has_hood=0.3)
    least = np.full(6, 0.95, np.float32)
    least[3] = 0.25
    assert decide(TAXONOMY["details"], p, least)[0] == ("has hood",)


def test_no_more_than_the_likeliest_few_are_taken_in_the_taxonomys_order() -> None:
    """Style takes up to three words; which came first does not depend on their probabilities."""
    p = probabilities("style_keywords", modern=0.6, vintage=0.8, athletic=0.7, elegant=0.9)
    assert decide(TAXONOMY["style_keywords"], p)[0] == ("athletic", "vintage", "elegant")


def test_nothing_taken_is_an_answer_too() -> None:
    """An empty value is as sure as the likeliest option is unlikely."""
    value, confidence = decide(TAXONOMY["details"], probabilities("details", has_hood=0.2))
    assert value == ()
    assert confidence == pytest.approx(0.8)


def test_the_attributes_table_has_the_columns_of_the_contract() -> None:
    """Dashboards read these names."""
    schema = attributes_schema(TAXONOMY)
    assert schema.names == [
        "product_id",
        "material", "material_confidence", "pattern", "pattern_confidence",
        "formality", "formality_confidence", "collar", "collar_confidence",
        "sleeves", "sleeves_confidence", "style_keywords", "details", "fit", "fit_confidence",
        "occasion", "season_refined", "sources", "description", "issues", "needs_review",
    ]  # fmt: skip
    assert schema.field("details").type == pa.list_(pa.string())
