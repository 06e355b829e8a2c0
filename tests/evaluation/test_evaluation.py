"""How right the readings are, on workspaces of which every answer is known."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from hangtag.errors import LabelsError, WorkspaceError
from hangtag.evaluation import (
    Evaluation,
    evaluate,
    evaluation_table,
    option_table,
    read_ids,
    read_labels,
)
from hangtag.evaluation.metrics import (
    calibration_error,
    chance_error,
    chance_errors,
    macro_f1,
    reliability,
    wilson,
)
from hangtag.readings import CATALOG, READINGS, attributes_schema
from hangtag.taxonomy import default_taxonomy
from hangtag.workspace import Workspace

TAXONOMY = default_taxonomy()
NOW = datetime(2026, 1, 1, tzinfo=UTC)

# Product → the pattern read, how sure, and whether the attributes table shows it.
PATTERNS = {
    "1": ("striped", 0.9, True),
    "2": ("striped", 0.8, True),
    "3": ("checkered", 0.6, True),
    "4": ("solid color", 0.4, False),
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four shirts with a pattern and details, one watch."""
    place = Workspace(tmp_path_factory.mktemp("evaluation") / "shop")
    with place.lock():
        place.create(TAXONOMY)
    metadata = {"1": "Shirts", "2": "Shirts", "3": "Shirts", "4": "Shirts", "5": "Watches"}
    products = [
        {
            **dict.fromkeys(CATALOG.names),
            "product_id": i,
            "article_type": kind,
            "sub_category": kind,
        }
        for i, kind in metadata.items()
    ]
    place.append("products", pa.Table.from_pylist(products, CATALOG))
    rows = [reading(i, "pattern", [v], p, {v: p}) for i, (v, p, _) in PATTERNS.items()]
    rows += [
        reading("1", "details", ["has buttons"], 0.9, {"has buttons": 0.9, "has hood": 0.1}),
        reading("2", "details", [], 0.8, {"has buttons": 0.2, "has hood": 0.1}),
        reading("5", "collar", ["not applicable"], 1.0, {"not applicable": 1.0}),
    ]
    place.append("readings", pa.Table.from_pylist(rows, READINGS))
    schema = attributes_schema(TAXONOMY)
    shown = [
        {**dict.fromkeys(schema.names), "product_id": i, "pattern": v if there else None}
        for i, (v, _, there) in PATTERNS.items()
    ]
    place.append("attributes", pa.Table.from_pylist(shown, schema))
    return place.path


def reading(
    product: str, attribute: str, value: list[str], sure: float, p: dict[str, float]
) -> dict[str, Any]:
    return {
        "product_id": product, "attribute": attribute, "value": value, "confidence": sure,
        "probabilities": list(p.items()), "engine": "test", "engine_version": "1",
        "taxonomy_version": "1", "image_sha256": "0", "read_at": NOW,
    }  # fmt: skip


def labels_file(folder: Path, text: str, name: str = "labels.csv") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def scored(shop: Path, folder: Path, text: str, **how: Any) -> Evaluation:
    return evaluate(shop, labels_file(folder, text), **how)


def test_accuracy_is_over_accepted_options(shop: Path, tmp_path: Path) -> None:
    """A label may leave open which of several options holds."""
    text = (
        "id,attribute,value,accepted\n1,pattern,striped,striped\n"
        "2,pattern,solid color,solid color\n"
        "3,pattern,,checkered|striped\n4,pattern,striped,striped|solid color\n"
    )
    (score,) = scored(shop, tmp_path, text).attributes
    assert (score.labels, score.read, score.accuracy) == (4, 4, 0.75)
    assert score.low < 0.75 < score.high
    assert score.majority == 0.75  # "striped" would be right three times
    assert score.coverage == 0.75
    assert score.accuracy_shown == pytest.approx(2 / 3)


def test_labels_of_products_that_were_not_read_are_counted_apart(
    shop: Path, tmp_path: Path
) -> None:
    """They are no mistakes of the engine."""
    (score,) = scored(
        shop, tmp_path, "id,attribute,value\n1,pattern,striped\n99,pattern,striped\n"
    ).attributes
    assert (score.labels, score.read, score.accuracy) == (2, 1, 1.0)


def test_each_source_of_labels_is_scored_by_itself(shop: Path, tmp_path: Path) -> None:
    """Labels made from the category say less than those that somebody typed."""
    text = "id,attribute,value,source\n1,pattern,striped,staff\n2,pattern,checkered,category\n"
    found = {score.source: score.accuracy for score in scored(shop, tmp_path, text).by_source}
    assert found == {"staff": 1.0, "category": 0.0}


def test_labels_that_repeat_weigh_no_more_and_those_that_contradict_are_told(
    shop: Path, tmp_path: Path
) -> None:
    """An interval is of products, not of lines; what is left out is no secret."""
    text = (
        "id,attribute,value\n1,pattern,striped\n1,pattern,striped\n1,pattern,striped\n"
        "2,pattern,striped\n2,pattern,floral\n3,pattern,floral\n"
    )
    found = scored(shop, tmp_path, text)
    (pattern,) = found.attributes
    assert (pattern.read, pattern.accuracy) == (2, 0.5)
    assert found.contradicting == found.to_json()["contradicting"] == 1
    fewer = scored(shop, tmp_path, text, only=["1", "2"])
    assert fewer.contradicting == 1
    (some,) = fewer.attributes
    assert (some.read, some.accuracy) == (1, 1.0)


def test_options_of_a_multiple_choice_are_scored_one_by_one(shop: Path, tmp_path: Path) -> None:
    """And only where there are products with it and products without."""
    text = (
        "id,attribute,value,present\n1,details,has buttons,True\n2,details,has buttons,False\n"
        "1,details,has hood,True\n"
    )
    evaluation = scored(shop, tmp_path, text)
    options = {o.option: o for o in evaluation.options}
    assert (options["has buttons"].recall, options["has buttons"].specificity) == (1.0, 1.0)
    assert (options["has buttons"].f1, options["has buttons"].why_not) == (1.0, "")
    assert (options["has hood"].recall, options["has hood"].balanced) == (0.0, None)
    assert options["has hood"].why_not == "no product without it"
    assert options["has logo"].why_not == "no labels"
    assert evaluation.balanced("details") == 1.0


def test_the_surest_mistakes_come_first(shop: Path, tmp_path: Path) -> None:
    """They are where to look: at the engine, or at the labels."""
    text = "id,attribute,value\n1,pattern,checkered\n2,pattern,striped\n3,pattern,floral\n"
    found = [(m.product_id, m.said, m.accepted) for m in scored(shop, tmp_path, text).mistakes]
    assert found == [("1", "striped", ["checkered"]), ("3", "checkered", ["floral print"])]


def test_an_attribute_whose_labels_fit_no_reading_is_not_measured(
    shop: Path, tmp_path: Path
) -> None:
    """Its labels are of products that were not read."""
    text = "id,attribute,value\n1,pattern,striped\n99,fit,loose\n98,details,has hood\n"
    assert {"fit", "details"} <= set(scored(shop, tmp_path, text).unmeasured)


def test_checks_are_of_the_group_they_name(shop: Path, tmp_path: Path) -> None:
    """Products without a category count where the check is of all."""
    checks = {
        c.name: c for c in scored(shop, tmp_path, "id,attribute,value\n1,pattern,striped\n").checks
    }
    assert (checks["plain_tops"].products, checks["plain_tops"].share) == (3, 0.0)
    assert checks["plain_tops"].holds is False
    assert (checks["metal_watches"].share, checks["metal_watches"].holds) == (None, None)


def test_coverage_leaves_out_products_without_such_an_attribute(shop: Path, tmp_path: Path) -> None:
    """A watch has no collar to show, however right the reading is."""
    (score,) = scored(shop, tmp_path, "id,attribute,value\n5,collar,not applicable\n").attributes
    assert (score.accuracy, score.coverage, score.accuracy_shown) == (1.0, None, None)


def test_only_some_products_can_be_asked_for(shop: Path, tmp_path: Path) -> None:
    """Such as those of a split."""
    split = labels_file(tmp_path, "id,split\n1,validation\n2,train\n", "split.csv")
    text = "id,attribute,value\n1,pattern,striped\n2,pattern,checkered\n"
    only = read_ids(split, "validation")
    assert only == {"1"}
    assert read_ids(split) == {"1", "2"}
    assert scored(shop, tmp_path, text, only=only).attributes[0].accuracy == 1.0
    with pytest.raises(LabelsError, match="train, validation"):
        read_ids(split, "test")


def test_wide_labels_and_synonyms_are_understood(tmp_path: Path) -> None:
    """A column an attribute; what is not named among the details is absent."""
    text = "id,pattern,details\n007,Checked,has buttons|hoodie\n8,,\n"
    labels = read_labels(labels_file(tmp_path, text), TAXONOMY).to_pylist()
    (pattern,) = (x for x in labels if x["attribute"] == "pattern")
    assert (pattern["product_id"], pattern["value"]) == ("007", "checkered")
    told = (x for x in labels if x["attribute"] == "details")
    details = {(x["product_id"], x["value"]): x["present"] for x in told}
    assert details["007", "has hood"]
    assert not details["007", "has zipper"]
    assert not details["8", "has hood"]


def test_parquet_ids_that_are_numbers_are_ids(tmp_path: Path) -> None:
    """As they come out of a data frame."""
    table = pa.table({"id": [7], "attribute": ["pattern"], "value": ["striped"], "present": [True]})
    pq.write_table(table, tmp_path / "labels.parquet")
    (label,) = read_labels(tmp_path / "labels.parquet", TAXONOMY).to_pylist()
    assert label["product_id"] == "7"


def test_wide_parquet_may_hold_lists_and_say_nothing(tmp_path: Path) -> None:
    """An empty list is "none of them", null is "nobody looked"."""
    details = [["has zipper"], [], None]
    pq.write_table(pa.table({"id": [1, 2, 3], "details": details}), tmp_path / "labels.parquet")
    labels = read_labels(tmp_path / "labels.parquet", TAXONOMY).to_pylist()
    zipped = {x["product_id"]: x["present"] for x in labels if x["value"] == "has zipper"}
    assert zipped == {"1": True, "2": False}


def test_options_joined_in_a_simple_file_are_all_meant(tmp_path: Path) -> None:
    """Of a single choice any of them counts; of a multiple choice each is there."""
    text = 'id,attribute,value\n1,pattern,striped|floral\n1,details,"has hood|zip"\n'
    labels = read_labels(labels_file(tmp_path, text), TAXONOMY).to_pylist()
    assert [(x["value"], x["accepted"]) for x in labels] == [
        (None, ["striped", "floral print"]),
        ("has hood", ["has hood"]),
        ("has zipper", ["has zipper"]),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,attribute,value\n1,patern,striped\n", "'patern', did you mean 'pattern'"),
        ("id,attribute,value\n1,pattern,stripedd\n", "'stripedd', did you mean 'striped'"),
        ("id,colour\n1,red\n", "attribute 'colour'"),
        ("product,attribute,value\n1,pattern,striped\n", "no column 'id'"),
        ("id,attribute,value\n", "has no rows"),
        ("id,attribute,value\n1,pattern\n", "cannot be read"),
        ("id,attribute,value\n98,pattern,striped\n", "None of the labels"),
    ],
)
def test_labels_that_do_not_fit_are_one_clear_error(
    shop: Path, tmp_path: Path, text: str, said: str
) -> None:
    """With what was meant, where that can be guessed."""
    with pytest.raises(LabelsError, match=said):
        scored(shop, tmp_path, text)


def test_a_missing_file_or_workspace_is_one_clear_error(shop: Path, tmp_path: Path) -> None:
    """Each in its own words."""
    with pytest.raises(LabelsError, match="cannot be read"):
        evaluate(shop, tmp_path / "nowhere.csv")
    with pytest.raises(WorkspaceError):
        scored(tmp_path / "nowhere", tmp_path, "id,attribute,value\n1,pattern,striped\n")


def test_an_evaluation_prints_as_json_and_as_tables(shop: Path, tmp_path: Path) -> None:
    """In eighty columns nothing is cut off."""
    text = "id,attribute,value,present\n1,pattern,striped,\n1,details,has buttons,True\n"
    evaluation = scored(shop, tmp_path, text)
    told = json.loads(json.dumps(evaluation.to_json()))
    assert told["attributes"][0]["accuracy"] == 1.0
    assert all("holds" in check for check in told["checks"])
    assert "style_keywords" in told["unmeasured"]
    console = Console(width=80, file=StringIO())
    with console.capture() as captured:
        console.print(evaluation_table(evaluation), option_table(evaluation))
    shown = captured.get()
    assert "…" not in shown
    assert "uncalibrated" in shown


def test_chance_alone_makes_a_calibration_error_and_more_so_among_few() -> None:
    """Nobody should mend what is only noise."""
    rng = np.random.default_rng(3)
    few, many = rng.uniform(0.5, 1, 200), rng.uniform(0.5, 1, 20_000)
    assert 0.03 < chance_error(few) < 0.1
    assert chance_error(many) < chance_error(few) / 5
    assert chance_error(few[::-1]) == chance_error(few)
    honest, boasting = rng.random(200) < few, rng.random(200) < few - 0.2
    assert calibration_error(reliability(few, honest)) < 2.5 * chance_error(few)
    assert (chance_errors(few) >= calibration_error(reliability(few, honest))).mean() > 0.05
    assert (chance_errors(few) >= calibration_error(reliability(few, boasting))).mean() < 0.01


def test_a_perfectly_honest_engine_has_no_calibration_error() -> None:
    """And one that is always sure and half the time right is off by a half."""
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.3, 1, 200_000)
    honest = rng.uniform(size=200_000) < confidence
    assert calibration_error(reliability(confidence, honest)) < 0.01
    boast = reliability(np.ones(1000), np.arange(1000) % 2 == 0)
    assert calibration_error(boast) == pytest.approx(0.5)
    assert calibration_error([]) == 0.0


def test_intervals_and_f1_are_those_of_the_books() -> None:
    """Wilson's interval for 8 of 10; F1 of a confusion worked by hand."""
    assert wilson(8, 10) == pytest.approx((0.490, 0.943), abs=0.001)
    assert wilson(0, 0) == (0.0, 1.0)
    assert macro_f1(["a", "a", "b"], ["a", "b", "b"]) == pytest.approx((2 / 3 + 2 / 3) / 2)
    # Wrong, and nobody knows what would have been right: it counts against "a" alone.
    assert macro_f1(["a", "b", None], ["a", "b", "a"]) == pytest.approx((2 / 3 + 1) / 2)
    assert macro_f1([None], ["a"]) == 0.0
