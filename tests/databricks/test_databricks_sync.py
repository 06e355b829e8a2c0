"""What is asked of a workspace: nothing but the index, and that exactly."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_workspace import FakeWorkspace, fake_workspace

from hangtag.cli.entry import run
from hangtag.databricks import Names
from hangtag.databricks.indexing import IndexPlan
from hangtag.databricks.sdk_workspace import sync_index
from hangtag.errors import HangtagError, UsageError

PLAN = IndexPlan.of(
    Names("shop_catalog", "wear", prefix="tag_", endpoint="search-one"), dimension=512
)


@pytest.fixture
def workspace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeWorkspace]:
    with fake_workspace() as there:
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("DATABRICKS_HOST", there.url)
        monkeypatch.setenv("DATABRICKS_TOKEN", "a-secret")
        yield there


def golden(name: str) -> Any:
    return json.loads((Path(__file__).parent / "golden" / f"{name}.json").read_text("utf-8"))


def test_an_index_is_made_and_then_follows_its_table(workspace: FakeWorkspace) -> None:
    """Requests are those that were written down from the API's documentation."""
    assert sync_index(PLAN) == "created"
    assert workspace.asked == golden("create_index")
    workspace.asked.clear()
    assert sync_index(PLAN) == "building"
    workspace.indexes[PLAN.index]["status"] = {"ready": True}
    workspace.asked.clear()
    assert sync_index(PLAN) == "synced"
    assert workspace.asked == golden("sync_index")
    assert workspace.tokens == {"Bearer a-secret"}


def test_an_index_that_is_another_one_is_left_alone(workspace: FakeWorkspace) -> None:
    """It is told what differs."""
    sync_index(PLAN)
    workspace.asked.clear()
    with pytest.raises(UsageError, match="dimension is 512, not 256") as caught:
        sync_index(replace(PLAN, dimension=256))
    assert "vector column" not in caught.value.message
    assert {asked["method"] for asked in workspace.asked} == {"GET"}


@pytest.mark.parametrize("status", [(403, "PERMISSION_DENIED"), (400, "INVALID_PARAMETER_VALUE")])
def test_a_refusal_is_told(workspace: FakeWorkspace, status: tuple[int, str]) -> None:
    """With what to look at, and without the token."""
    workspace.refuse = status
    with pytest.raises(HangtagError, match=f"{status[1]} it is") as caught:
        sync_index(PLAN)
    assert "permissions.sql" in caught.value.hint
    assert "a-secret" not in str(caught.value)


def test_without_a_workspace_it_is_said_what_to_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Credentials come from the environment alone."""
    for name in ("DATABRICKS_HOST", "DATABRICKS_TOKEN", "DATABRICKS_CONFIG_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(UsageError, match="no workspace") as caught:
        sync_index(PLAN)
    assert "DATABRICKS_TOKEN" in caught.value.hint


def test_the_command_says_what_was_done(
    workspace: FakeWorkspace, capsys: pytest.CaptureFixture[str]
) -> None:
    """For the shipped embedder, whose dimension it knows."""
    words = ["--catalog", "shop_catalog", "--schema", "wear", "--prefix", "tag_"]
    assert run(["databricks", "sync", *words, "--endpoint", "search-one", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"index": PLAN.index, "done": "created"}
    assert run(["databricks", "sync", *words, "--column", "title"]) == 2
    assert "photo_vector" in capsys.readouterr().err
