"""The figures beside the rules, and the page that shows them."""

from __future__ import annotations

import csv
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hangtag.rules import default_rules
from hangtag.taxonomy import default_taxonomy

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def hit_rates() -> ModuleType:
    """The script, which is no part of the package."""
    path = ROOT / "benchmarks" / "rule_hit_rates.py"
    spec = importlib.util.spec_from_file_location("rule_hit_rates", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["rule_hit_rates"] = module  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """Four invented products; the last is not to be looked at."""
    header = "id gender masterCategory subCategory articleType baseColour season year usage name"
    with (tmp_path / "styles.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header.split())
        for number in range(1, 5):
            writer.writerow(
                [
                    number,
                    "Men",
                    "Apparel",
                    "Topwear",
                    "Shirts",
                    "Red",
                    "Summer",
                    2012,
                    "Casual",
                    "x",
                ]
            )
    splits = "id,split\n1,train\n2,train\n3,train\n4,validation\n"
    (tmp_path / "split.csv").write_text(splits, encoding="utf-8")
    columns = ("id", "attribute", "value", "accepted", "present", "source")
    labels = [
        (1, "collar", "collar", "collar", True, "merchandiser"),
        (2, "collar", "crew neck", "crew neck|V-neck", True, "merchandiser"),
        (3, "collar", "collar", "collar", True, "category"),
        (4, "collar", "hooded", "hooded", True, "merchandiser"),
        (1, "details", "has hood", "has hood", False, "description"),
    ]
    rows = [dict(zip(columns, row, strict=True)) for row in labels]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "labels.parquet")
    fields = [{"id": 2, "attribute": "Neck", "value": "Polo"}]
    pq.write_table(pa.Table.from_pylist(fields), tmp_path / "merchandiser_attributes.parquet")
    return tmp_path


def test_a_hit_rate_is_of_products_for_which_somebody_said_the_answer(
    hit_rates: ModuleType, catalog: Path
) -> None:
    """What was derived from the category is no evidence, nor is what was kept to choose with."""
    products = hit_rates.read_products(catalog)
    rule = default_rules(default_taxonomy()).rulebook.consistency["shirts_without_collar"]
    assert hit_rates.measure(rule, "labels", products) == (3, 2, 1)
    assert hit_rates.measure(rule, "by construction", products) == (3, 3, 2)
    assert hit_rates.measure(rule, "Neck", products) == (3, 1, 1)
    assert hit_rates.measure(rule, "Weather", products) == (3, 0, 0)


def test_the_check_fails_where_the_rulebook_is_wrong(
    hit_rates: ModuleType,
    catalog: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Three products are not the catalog that the rulebook speaks of."""
    monkeypatch.setattr(sys, "argv", ["x", "--catalog", str(catalog), "--check"])
    assert hit_rates.main() == 1
    shown = capsys.readouterr()
    assert "the rulebook says" in shown.out
    assert "are not what the catalog gives" in shown.err


def test_intervals_are_wilsons(hit_rates: ModuleType) -> None:
    """Known values; nothing said leaves everything open."""
    low, high = hit_rates.wilson(90, 100)
    assert (round(low, 3), round(high, 3)) == (0.826, 0.945)
    assert hit_rates.wilson(0, 0) == (0.0, 1.0)
    assert hit_rates.wilson(10, 10)[1] == 1.0


def test_the_page_shows_the_rulebooks_figures(hit_rates: ModuleType) -> None:
    """docs/rules.md holds the table as --markdown prints it."""
    rules = default_rules(default_taxonomy()).rulebook.consistency
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert "\n".join(hit_rates.table(rules)) in page, (
        "run: python benchmarks/rule_hit_rates.py --markdown"
    )
