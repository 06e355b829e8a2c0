"""Options of single engines on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from colour_shop import ColourShop

from hangtag.cli.entry import run
from hangtag.engines import registry
from hangtag.engines.registry import engine_takes, open_engine, register_engine
from hangtag.errors import UsageError
from hangtag.taxonomy import Taxonomy, default_taxonomy
from hangtag.testing.scripted import ScriptedEngine


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What an engine of somebody's own was opened with."""
    told: dict[str, Any] = {}

    def opener(taxonomy: Taxonomy, **options: Any) -> ScriptedEngine:
        told.update(options)
        return ScriptedEngine(taxonomy)

    monkeypatch.setattr(registry, "_OPENERS", dict(registry._OPENERS))
    register_engine("own", opener)
    return told


def test_an_engine_gets_what_was_given_and_nothing_else(
    tmp_path: Path, given: dict[str, Any]
) -> None:
    """Its own defaults hold for the rest."""
    shop = ColourShop(tmp_path / "shop", products=2)
    out = str(tmp_path / "out")
    assert run(["tag", str(shop.images), "--out", out, "--engine", "own", "--processes", "1",
                "--tiles", "2", "--model", "somebody/something", "--quiet"]) == 0  # fmt: skip
    assert given == {"tiles": 2, "model": "somebody/something"}


def test_an_option_of_another_engine_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the name of the engine that takes it, and before anything is read."""
    shop = ColourShop(tmp_path / "shop", products=1)
    out = tmp_path / "out"
    assert run(["tag", str(shop.images), "--out", str(out), "--tiles", "2"]) == 2
    told = capsys.readouterr().err
    assert "--tiles" in told
    assert "vlm" in told
    assert not out.exists()


def test_a_model_file_that_is_missing_is_wrong_usage(tmp_path: Path) -> None:
    """The compact engine takes a file."""
    with pytest.raises(UsageError, match="no model file"):
        open_engine("compact", default_taxonomy(), model=str(tmp_path / "none.onnx"))


def test_engines_say_what_they_take() -> None:
    """Somebody's own may be given anything."""
    assert engine_takes("compact") == {"calibration", "model", "taught", "threads"}
    assert engine_takes("somebody's own") is None
