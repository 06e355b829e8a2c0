"""The workspace folder."""

from __future__ import annotations

import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pyarrow as pa
import pytest

from hangtag.errors import WorkspaceBusyError, WorkspaceError
from hangtag.readings import CATALOG
from hangtag.taxonomy import default_taxonomy
from hangtag.workspace import TABLES, Workspace

TAXONOMY = default_taxonomy()


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "workspace")
    with workspace.lock():
        workspace.create(TAXONOMY)
    return workspace


def products(*product_ids: str) -> pa.Table:
    return pa.table({"product_id": list(product_ids)})


def test_tables_are_there_and_empty_from_the_first_moment(workspace: Workspace) -> None:
    """Making them again changes nothing."""
    workspace.create(TAXONOMY)
    assert {name: workspace.count(name) for name in TABLES} == dict.fromkeys(TABLES, 0)
    assert workspace.read("products").schema == CATALOG


def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    """Nothing of it is touched; an empty folder is fine."""
    (tmp_path / "holiday.jpg").write_bytes(b"me at the beach")
    with pytest.raises(WorkspaceError, match=r"holiday\.jpg") as refused:
        Workspace(tmp_path)
    assert "empty" in refused.value.hint
    assert [p.name for p in tmp_path.iterdir()] == ["holiday.jpg"]
    (tmp_path / "empty").mkdir()
    Workspace(tmp_path / "empty")


def test_a_file_is_no_workspace(tmp_path: Path) -> None:
    """It is named."""
    file = tmp_path / "shop.zip"
    file.write_bytes(b"PK")
    with pytest.raises(WorkspaceError, match=r"shop\.zip"):
        Workspace(file)


def test_a_workspace_that_lost_its_hidden_files_is_one_still(workspace: Workspace) -> None:
    """As after a copy with ``cp -r workspace/* elsewhere``."""
    (workspace.path / ".lock").unlink()
    (workspace.path / "notes.txt").write_text("mine")
    Workspace(workspace.path)


def test_a_missing_table_says_how_to_get_it(tmp_path: Path) -> None:
    """By tagging."""
    with pytest.raises(WorkspaceError, match="hangtag tag"):
        Workspace(tmp_path / "nowhere").read("readings")


def test_rows_take_the_place_of_others(workspace: Workspace) -> None:
    """Those that the expression holds for go, the others are left."""
    workspace.append("products", products("a", "b", "c"))
    new = pa.table({"product_id": ["b", "d"], "title": ["Bee", "Dee"]})
    workspace.replace("products", "product_id IN ('a', 'b', 'd')", new)
    rows = workspace.read("products", ["product_id", "title"]).to_pylist()
    assert sorted(rows, key=lambda row: row["product_id"]) == [
        {"product_id": "b", "title": "Bee"},
        {"product_id": "c", "title": None},
        {"product_id": "d", "title": "Dee"},
    ]


def test_an_attribute_that_changes_its_kind_needs_another_workspace(tmp_path: Path) -> None:
    """A column of one option cannot become one of many."""
    from dataclasses import replace

    workspace = Workspace(tmp_path / "workspace")
    workspace.path.mkdir()
    workspace.create(TAXONOMY)
    attributes = tuple(replace(a, multiple=True) if a.name == "fit" else a for a in TAXONOMY)
    with pytest.raises(WorkspaceError, match="column fit"):
        workspace.create(replace(TAXONOMY, attributes=attributes))


HOLDER = """
import sys
from hangtag.workspace import Workspace
with Workspace(sys.argv[1]).lock():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_lock_dies_with_its_holder(workspace: Workspace) -> None:
    """Another process holds it, is named, is killed, and the lock is free."""
    command = [sys.executable, "-c", HOLDER, str(workspace.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(WorkspaceBusyError, match=f"process {holder.pid}"), workspace.lock():
            pass
        holder.kill()
    with workspace.lock():
        pass


def test_the_rules_of_the_last_run_are_kept(workspace: Workspace, tmp_path: Path) -> None:
    """A report explains the codes that those rules gave, not those of other ones."""
    shipped = workspace.rules()
    own = tmp_path / "own.yaml"
    text = (files("hangtag") / "rules" / "fashion.yaml").read_text("utf-8")
    own.write_text(text + "# ours\n", encoding="utf-8")
    with workspace.lock():
        workspace.keep_rules(own)
    own.unlink()
    assert workspace.rules().version == shipped.version
    assert (workspace.path / "rules.yaml").read_text("utf-8").endswith("# ours\n")
    workspace.keep_rules(None)
    assert not (workspace.path / "rules.yaml").exists()


def test_a_run_summary_is_kept_whole(workspace: Workspace) -> None:
    """No half-written file is left beside it."""
    assert workspace.last_run() is None
    workspace.keep_run({"products": 1})
    workspace.keep_run({"products": 2})
    assert workspace.last_run() == {"products": 2}
    (workspace.path / "run.json").write_text("[1, 2]")
    assert workspace.last_run() is None
    assert not list(workspace.path.glob(".new-*"))
