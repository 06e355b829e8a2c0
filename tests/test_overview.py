"""What a run says in the terminal of the values it found."""

from __future__ import annotations

from pathlib import Path

import pytest
from colour_shop import ColourShop

from hangtag.cli.overview import most_common
from hangtag.cli.tag import print_run
from hangtag.querying import opened
from hangtag.report.figures import ask_only_what_applies, distributions
from hangtag.tagging import tag
from hangtag.taxonomy import default_taxonomy
from hangtag.testing.scripted import ScriptedEngine
from hangtag.workspace import Workspace

TAXONOMY = default_taxonomy()


def test_shares_are_of_the_same_products_as_in_the_report_and_a_list_of_nothing_is_an_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who has no detail counts among those that were asked; a line without options is none."""
    shop = ColourShop(tmp_path / "shop", products=4)
    nothing: dict[str, object] = {"details": (), "style_keywords": ()}
    answers = {f"p{n}": nothing for n in range(4)}
    answers["p0"] = {**nothing, "details": ("has hood",)}
    place = Workspace(tmp_path / "out")
    engine = ScriptedEngine(TAXONOMY, answers=answers)
    run = tag(shop.catalog(), shop.images, place, engine, text=False)
    said = {common.title: common.said for common in most_common(place)}
    with opened(place) as tables:
        ask_only_what_applies(tables, TAXONOMY)
        shown = {d.attribute.title: d.products for d in distributions(tables, TAXONOMY)}
    assert said == shown
    assert said["Details"] == 4
    print_run(run, place)
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line}
    assert "has hood 25 %" in lines["Details"]
    assert "Style" not in lines
