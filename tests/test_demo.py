"""The demo: the whole way on drawn products."""

from __future__ import annotations

from pathlib import Path

import pytest

from hangtag.demo import SHOWN, run_demo
from hangtag.engines import registry
from hangtag.errors import UsageError
from hangtag.testing.scripted import ScriptedEngine


@pytest.fixture(autouse=True)
def _scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_OPENERS", {"scripted": ScriptedEngine})


@pytest.mark.slow
def test_it_draws_tags_evaluates_and_reports_and_does_so_again(tmp_path: Path) -> None:
    """A second demo in the same folder finds that all is done."""
    demo = run_demo(tmp_path / "demo", n=60, engine="scripted")
    assert demo.run.tagged == 60
    assert demo.evaluation is not None
    assert demo.evaluation.products == 60
    assert demo.report is not None
    assert demo.report.exists()
    assert len(demo.products) >= 10
    assert all(set(product.said) == set(SHOWN) for product in demo.products)
    again = run_demo(tmp_path / "demo", n=60, engine="scripted")
    assert (again.run.tagged, again.run.reused) == (0, 60)


def test_a_folder_with_other_things_is_left_as_it_is(tmp_path: Path) -> None:
    """A catalog that somebody already has there is not drawn over."""
    (tmp_path / "styles.csv").write_text("id\n1\n")
    with pytest.raises(UsageError, match="--out"):
        run_demo(tmp_path, engine="scripted")
    assert [file.name for file in tmp_path.iterdir()] == ["styles.csv"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    """So is any place where nothing can be written."""
    (tmp_path / "demo").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        run_demo(tmp_path / "demo", engine="scripted")


def test_too_few_products_are_refused_before_anything_is_drawn(tmp_path: Path) -> None:
    """The message says from how many on there is room for every option."""
    with pytest.raises(UsageError, match="60"):
        run_demo(tmp_path / "demo", n=59, engine="scripted")
    assert not (tmp_path / "demo").exists()
