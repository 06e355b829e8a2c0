"""Where weights come from, and what is said when they are not there."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hangtag.engines.registry import look_at_engine, open_engine
from hangtag.errors import EngineError, UsageError
from hangtag.taxonomy import default_taxonomy

pytestmark = pytest.mark.vlm

TAXONOMY = default_taxonomy()


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No network, and an empty cache."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def test_missing_weights_are_named_with_the_command_that_fetches_them(offline: Path) -> None:
    """With the revision, where one was asked for."""
    with pytest.raises(EngineError) as raised:
        open_engine("vlm", TAXONOMY)
    assert "hf download HuggingFaceTB/SmolVLM-Instruct" in raised.value.hint
    with pytest.raises(EngineError, match=r"hf download some/model --revision abc"):
        open_engine("vlm", TAXONOMY, model="some/model", revision="abc")


def test_doctor_says_how_weights_are_fetched(offline: Path) -> None:
    """It neither fetches nor loads them."""
    with pytest.raises(EngineError, match="hf download"):
        look_at_engine("vlm")


def test_what_the_hubs_cache_holds_is_taken(
    offline: Path, checkpoint: Callable[[str], Path]
) -> None:
    """By the commit it is of, which the version tells."""
    commit = "0123456789abcdef0123456789abcdef01234567"
    snapshot = offline / "models--some--model" / "snapshots" / commit
    shutil.copytree(checkpoint("smolvlm"), snapshot)
    refs = offline / "models--some--model" / "refs"
    refs.mkdir()
    (refs / "main").write_text(commit)
    engine = open_engine("vlm", TAXONOMY, model="some/model", device="cpu")
    assert engine.version.startswith("model@0123456789ab+")


def test_a_folder_is_known_by_what_lies_in_it(
    checkpoint: Callable[[str], Path], tmp_path: Path
) -> None:
    """The same files elsewhere are the same revision, one byte more is another."""
    from hangtag.engines.vlm.torch_loading import load

    copy = tmp_path / "copy"
    shutil.copytree(checkpoint("smolvlm"), copy)
    revision = load(str(copy), device="cpu").revision
    assert revision == load(str(checkpoint("smolvlm")), device="cpu").revision
    config = copy / "config.json"
    config.write_text(config.read_text() + "\n")
    assert load(str(copy), device="cpu").revision != revision


@pytest.mark.parametrize("name", ["/no/such/folder", "./nowhere", "a/b/c"])
def test_a_folder_that_is_not_there_is_wrong_usage(name: str) -> None:
    """It is not looked for on the hub."""
    with pytest.raises(UsageError, match="no folder"):
        open_engine("vlm", TAXONOMY, model=name)


def test_a_folder_without_a_model_says_what_it_must_hold(tmp_path: Path) -> None:
    """In one sentence."""
    with pytest.raises(EngineError, match="must hold"):
        open_engine("vlm", TAXONOMY, model=str(tmp_path))


def test_a_folder_has_no_revisions(checkpoint: Callable[[str], Path]) -> None:
    """Only the hub has."""
    with pytest.raises(UsageError, match="revision"):
        open_engine("vlm", TAXONOMY, model=str(checkpoint("smolvlm")), revision="main")


def test_a_device_that_is_not_there_is_wrong_usage(checkpoint: Callable[[str], Path]) -> None:
    """With those that are."""
    with pytest.raises(UsageError, match="cpu"):
        open_engine("vlm", TAXONOMY, model=str(checkpoint("smolvlm")), device="quantum")
