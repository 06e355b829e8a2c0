"""Options of multiple choices as readings of their own."""

from __future__ import annotations

import pyarrow as pa

from hangtag.evaluation.options import option_scores, said_options, with_readings
from hangtag.readings import Reading
from hangtag.taxonomy import default_taxonomy

DETAILS = default_taxonomy()["details"]


def told(*rows: tuple[str, str, bool, bool, float, str]) -> pa.Table:
    """Rows of product, option, present, taken, probability and source of the label."""
    names = ("product_id", "option", "present", "taken", "probability", "source")
    columns = zip(*rows, strict=True)
    table = pa.table({name: list(column) for name, column in zip(names, columns, strict=True)})
    return table.append_column("product_group", pa.array(["garment_top"] * len(rows)))


TOLD = told(
    ("1", "has hood", True, True, 0.9, "staff"),
    ("2", "has hood", False, True, 0.6, "staff"),
    ("3", "has hood", False, False, 0.1, "description"),
    ("1", "has logo", True, True, 0.8, "staff"),
    ("2", "has logo", True, True, 0.7, "staff"),
)


def test_what_is_said_can_be_right_or_wrong() -> None:
    """Only options that a reading has, each with its own probability."""
    rows = said_options(TOLD).to_pylist()
    assert [(r["product_id"], r["confidence"], r["right"]) for r in rows] == [
        ("1", 0.9, True),
        ("2", 0.6, False),
    ]
    assert all(row["read"] for row in rows)


def test_what_nobody_denies_judges_nothing() -> None:
    """An option that labels only ever affirm would always be right."""
    assert said_options(TOLD.filter(TOLD["present"])).num_rows == 0


def test_with_texts_other_readings_stand_in_and_labels_from_texts_do_not_count() -> None:
    """Of products of which a text speaks; all others as the photo says."""
    hooded = Reading("details", ("has hood",), 0.95, {"has hood": 0.95, "has logo": 0.2})
    rows = with_readings(TOLD, {"2": hooded}).to_pylist()
    assert {(r["product_id"], r["option"]): (r["taken"], r["probability"]) for r in rows} == {
        ("1", "has hood"): (True, 0.9),
        ("2", "has hood"): (True, 0.95),
        ("1", "has logo"): (True, 0.8),
        ("2", "has logo"): (False, 0.2),
    }


def test_every_option_has_a_score_or_says_why_not() -> None:
    """Of no labels at all there are none."""
    scores = {score.option: score for score in option_scores(DETAILS, TOLD)}
    assert (scores["has hood"].recall, scores["has hood"].specificity) == (1.0, 0.5)
    assert scores["has logo"].why_not == "no product without it"
    assert scores["has zipper"].why_not == "no labels"
    assert option_scores(DETAILS, TOLD.slice(0, 0)) == []
